package imapmodel

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run with this seed only; 0: the usual ones and a new one")
	turnsFlag = flag.Int("turns", 0, "quiet points of a run; 0: as the build has it")
	stepsFlag = flag.Int("steps", 0, "what each does between two of them; 0: as the build has it")
)

// kinds are the sessions of a run.
var kinds = []kind{
	{name: "rev1"},
	{name: "rev1-idle", idle: true},
	{name: "condstore", condStore: true},
	{name: "condstore-idle", enable: "CONDSTORE", idle: true},
	{name: "qresync", enable: "QRESYNC"},
	{name: "qresync-idle", enable: "QRESYNC", idle: true},
	{name: "rev2-compress", enable: "IMAP4rev2", compress: true},
	{name: "rev2-notify", enable: "IMAP4rev2 QRESYNC", notify: "SELECTED"},
	{name: "notify-delayed", enable: "CONDSTORE", notify: "SELECTED-DELAYED", condStore: true},
	{name: "uidonly", enable: "QRESYNC UIDONLY", compress: true, idle: true},
	{name: "notify-new", notify: "SELECTED-DELAYED", deaf: true},
	{name: "guest", enable: "QRESYNC", idle: true, guest: true},
}

// model is a run.
type model struct {
	*world
	random  *rand.Rand
	clients []*client
	phones  []*phone
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	m := &model{world: newWorld(t), random: rand.New(rand.NewPCG(seed, 0))}
	for i, k := range kinds {
		c := &client{kind: k, world: m.world, random: rand.New(rand.NewPCG(seed, uint64(i)+1)), kept: map[string][]*cached{}}
		m.clients = append(m.clients, c)
		t.Cleanup(func() {
			if c.conn != nil {
				c.drop()
			}
		})
	}
	for range 12 {
		must(t, m.deliver(t.Context()))
	}
	for i, version := range []string{"16.1", "12.1"} {
		p, err := newPhone(t.Context(), m.world, fmt.Sprintf("phone%d", i), version, rand.New(rand.NewPCG(seed, uint64(i)+100)))
		must(t, err)
		m.phones = append(m.phones, p)
	}
	must(t, m.probe())
	return m
}

// probe finds out what the server has.
func (m *model) probe() error {
	c := &client{kind: kind{name: "probe"}, world: m.world, random: rand.New(rand.NewPCG(1, 1))}
	if err := c.login(); err != nil {
		return err
	}
	defer c.drop()
	if err := c.open("INBOX", true); err != nil {
		return err
	}
	for name, has := range map[string]*bool{"SEARCH ALL": &m.searches, "STATUS INBOX (MESSAGES)": &m.statuses} {
		cmd := newCommand("%s", name)
		cmd.mistake = true
		if err := c.run(cmd); err != nil {
			return err
		}
		*has = cmd.ok()
	}
	return nil
}

// actors are all that do something at random.
func (m *model) actors(ctx context.Context) (all []func() error) {
	for _, c := range m.clients {
		all = append(all, c.act)
	}
	for _, p := range m.phones {
		all = append(all, func() error { return p.act(ctx) })
	}
	return append(all, func() error { return m.deliver(ctx) })
}

// oneByOne lets one after another act, as the seed says.
func (m *model) oneByOne(ctx context.Context, steps int) error {
	actors := m.actors(ctx)
	m.inTurn = true
	for range steps * len(actors) {
		i := m.random.IntN(len(actors))
		if i < len(m.clients) {
			if err := m.soothe(ctx, m.clients[i]); err != nil {
				return err
			}
		}
		if err := actors[i](); err != nil {
			return err
		}
	}
	for _, c := range m.clients {
		c.calm = false
	}
	return nil
}

// soothe notes whether a client knows all that there is to know, so that it can tell what comes of its own doing.
func (m *model) soothe(ctx context.Context, c *client) error {
	c.calm = false
	if c.conn == nil || c.view == nil || c.notifying {
		return nil
	}
	all, err := m.truth(ctx)
	c.calm = err == nil && c.view.differs(find(all, c.view.name), false) == ""
	return err
}

// atOnce lets all act at the same time.
func (m *model) atOnce(ctx context.Context, steps int) error {
	return together(m.actors(ctx), func(act func() error) error {
		for range steps {
			if err := act(); err != nil {
				return err
			}
		}
		return nil
	})
}

// together runs do for each of list in a goroutine of its own.
func together[T any](list []T, do func(T) error) error {
	errs := make([]error, len(list))
	var group sync.WaitGroup
	for i, x := range list {
		group.Go(func() { errs[i] = do(x) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// settle is a quiet point: everybody learns what there is to learn, and it is compared.
func (m *model) settle(ctx context.Context) error {
	all, err := m.truth(ctx)
	if err != nil {
		return err
	}
	return errors.Join(
		together(m.clients, func(c *client) error { return c.settle(all) }),
		together(m.phones, func(p *phone) error { return p.settle(ctx, all) }),
	)
}

func TestModelOneByOne(t *testing.T) { runModels(t, (*model).oneByOne) }
func TestModelAtOnce(t *testing.T)   { runModels(t, (*model).atOnce) }

// TestModelCrowd is a mailbox of more messages than the server reads, changes or tells of in one piece.
func TestModelCrowd(t *testing.T) {
	seed := max(*seedFlag, 1)
	m := newModel(t, seed)
	m.crowd, m.sweeps = 2*many, 5
	must(t, m.fill(t.Context(), many))
	must(t, m.settle(t.Context()))
	for turn := range crowdTurns {
		if err := m.atOnce(t.Context(), crowdSteps); err != nil {
			t.Fatalf("seed %d, turn %d: %v", seed, turn, err)
		}
		if err := m.settle(t.Context()); err != nil {
			t.Fatalf("seed %d, quiet point %d: %v", seed, turn, err)
		}
	}
}

// many is more than the largest piece.
const many = 2600

func runModels(t *testing.T, act func(*model, context.Context, int) error) {
	seeds := append(usualSeeds(), uint64(time.Now().UnixNano()%1_000_000))
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { runModel(t, seed, act) })
	}
}

func usualSeeds() (list []uint64) {
	for n := range usualRuns {
		list = append(list, uint64(n)+1)
	}
	return list
}

func runModel(t *testing.T, seed uint64, act func(*model, context.Context, int) error) {
	turns, steps := usualTurns, usualSteps
	if *turnsFlag > 0 {
		turns = *turnsFlag
	}
	if *stepsFlag > 0 {
		steps = *stepsFlag
	}
	m := newModel(t, seed)
	for turn := range turns {
		if err := act(m, t.Context(), steps); err != nil {
			t.Fatalf("seed %d, turn %d: %v", seed, turn, err)
		}
		if err := m.settle(t.Context()); err != nil {
			t.Fatalf("seed %d, quiet point %d: %v", seed, turn, err)
		}
		if m.random.IntN(3) == 0 {
			must(t, m.store.Prune(t.Context(), time.Now().Add(time.Hour))) // what was remembered before is too old now
		}
	}
	t.Logf("seed %d: %s", seed, strings.Join(m.summary(), ", "))
}

func (m *model) summary() (list []string) {
	for _, c := range m.clients {
		list = append(list, fmt.Sprintf("%s %d commands, told %d, %d gone", c.kind.name, c.tags, c.told, c.gone))
	}
	return list
}
