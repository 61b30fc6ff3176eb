//go:build e2e

package easmodel

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

var (
	seedFlag  = flag.Uint64("easmodel.seed", 0, "what the devices choose in TestModel; 0: another each time")
	stepsFlag = flag.Int("easmodel.steps", 1500, "how many steps TestModel makes")
)

const (
	alice    = "alice@example.test"
	bob      = "bob@example.test"
	password = "correct horse battery"
	quiet    = 250 // steps between two quiet points
)

// TestModel lets the devices work until the steps are made.
func TestModel(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano() % 1_000_000)
	}
	t.Logf("seed %d", seed)
	w := newWorld(t, seed)
	for step := 1; step <= *stepsFlag; step++ {
		if err := w.step(); err != nil {
			t.Fatalf("seed %d, step %d: %v", seed, step, err)
		}
		if step%quiet == 0 || step == *stepsFlag {
			if err := w.settle(); err != nil {
				t.Fatalf("seed %d, quiet point at step %d: %v", seed, step, err)
			}
		}
	}
	t.Logf("seed %d: %d steps, %d requests, %d answers lost, %d kills, %d restarts, %d letters, %d sent", seed, *stepsFlag,
		w.requests, w.lost, w.kills, w.restarts, w.letters, len(w.sent))
	if w.kills < *stepsFlag/100 || w.lost < w.requests/20 {
		t.Error("the test has tested little")
	}
}

// A world is a server, its devices, and the mail that arrives.
type world struct {
	t      *testing.T
	ctx    context.Context
	random *rand.Rand
	site   *e2e.Site
	server *e2e.Server
	phones []*phone
	sent   map[string]bool // subjects of what devices sent and was answered
	killed chan error      // the kill that is under way; nil: none

	requests, lost, kills, restarts, letters int
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	ctx := t.Context()
	binary, err := e2e.Build(ctx, "../../..", t.TempDir())
	must(t, err)
	site, err := binary.Init(ctx, filepath.Join(t.TempDir(), "data"), "example.test")
	must(t, err)
	for _, a := range []string{alice, bob} {
		must(t, site.AddAccount(ctx, a, password))
	}
	w := &world{t: t, ctx: ctx, random: rand.New(rand.NewPCG(seed, 5)), site: site, sent: map[string]bool{}}
	must(t, w.start())
	t.Cleanup(func() {
		if err := w.server.Stop(); err != nil {
			t.Error(err)
		}
	})
	for range 20 {
		must(t, w.deliver())
	}
	for i, v := range []string{"2.5", "14.1", "16.1"} {
		client, err := site.HTTP(i == 2)
		must(t, err)
		p := &phone{w: w, Client: asclient.New(asclient.Config{
			URL: w.server.ActiveSync(), User: alice, Password: password, DeviceID: fmt.Sprint("phone", i), Version: v, HTTP: client,
		})}
		must(t, p.Setup(ctx))
		p.Lose = func(string) bool {
			w.requests++
			if p.calm || w.random.IntN(8) != 0 {
				return false
			}
			w.lost++
			return true
		}
		w.phones = append(w.phones, p)
	}
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start runs a server and leads the devices to it.
func (w *world) start() (err error) {
	if w.server, err = w.site.Serve(context.WithoutCancel(w.ctx)); err != nil {
		return err
	}
	for _, p := range w.phones {
		p.URL = w.server.ActiveSync()
		p.HTTP.CloseIdleConnections()
	}
	return nil
}

// deliver brings a letter by SMTP.
func (w *world) deliver() error {
	w.letters++
	c, err := e2e.Dial(w.ctx, w.server.Addr["smtp"])
	if err != nil {
		return err
	}
	letter := e2e.Letter{ID: fmt.Sprint("letter-", w.letters), To: alice, Size: 300 + w.random.IntN(4000)}
	if err := c.Deliver("sender@example.net", []string{alice}, letter.Bytes()); err != nil {
		return err
	}
	return c.Quit()
}

// step is one thing that happens.
func (w *world) step() error {
	switch n := w.random.IntN(40); {
	case n < 7:
		return w.deliver()
	case n < 8:
		w.restarts++
		if err := w.server.Stop(); err != nil {
			return err
		}
		return w.start()
	}
	p := w.phones[w.random.IntN(len(w.phones))]
	if w.random.IntN(30) == 0 {
		return w.kill(p)
	}
	return p.act(w.ctx)
}

// kill kills the server at some moment while a device asks for something, and starts another.
func (w *world) kill(p *phone) error {
	w.kills++
	wait := time.Duration(w.random.IntN(15000)) * time.Microsecond // anywhere between the request and its answer, and after
	done := make(chan error, 1)
	go func() {
		time.Sleep(wait)
		done <- w.server.Kill()
	}()
	err := p.act(w.ctx)
	if killed := <-done; killed != nil {
		return killed
	}
	if err != nil && answered(err) {
		return err
	}
	return w.start()
}

// settle is a quiet point.
func (w *world) settle() error {
	for range 2 { // what one device repeats the others must hear
		for _, p := range w.phones {
			if err := p.settle(w.ctx); err != nil {
				return fmt.Errorf("%s: %w", p.DeviceID, err)
			}
		}
	}
	if err := w.server.Stop(); err != nil {
		return err
	}
	if err := w.site.Check(w.ctx); err != nil {
		return err
	}
	if err := w.compare(); err != nil {
		return err
	}
	for _, p := range w.phones {
		if len(p.Violations) > 0 {
			return fmt.Errorf("%s: %s", p.DeviceID, strings.Join(p.Violations, "\n"))
		}
	}
	return w.start()
}
