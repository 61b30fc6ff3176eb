package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/cmd/gannet/e2e"
	"github.com/gannetmail/gannet/wbxml"
)

const (
	perMixed    = 10 // devices of one account
	mixedSeed   = 40 // messages in each Inbox at the beginning
	mixedWindow = 50
	steadyAfter = 3 // the memory of a third of the time is what that at the end is set beside
	rssEvery    = time.Second
)

func mixedAccount(i int) string { return fmt.Sprintf("mixed%d@%s", i, domain) }

// measureMixed lets many devices live for a while on one server: each waits in a Ping, syncs when that ends,
// and now and then reads, flags, answers, moves or deletes something, at all versions of the protocol, ten
// devices to an account; mail comes in all the time.
func measureMixed(ctx context.Context, b *bench) error {
	m := &mix{bench: b, took: map[string]timings{}, failures: map[string]int{}}
	devices, err := m.addDevices(ctx)
	if err != nil {
		return err
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	before, err := b.cpu()
	if err != nil {
		return err
	}
	m.took = map[string]timings{} // what setting up took is another matter
	began := time.Now()
	living, stop := context.WithTimeout(ctx, b.mix)
	defer stop()
	var everyone sync.WaitGroup
	for _, d := range devices {
		everyone.Go(func() { d.live(living) })
	}
	everyone.Go(func() { m.deliver(living) })
	memory, err := m.watchMemory(living)
	everyone.Wait()
	if err = errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	after, err := b.cpu()
	if err != nil {
		return err
	}
	return m.tell(len(devices), time.Since(began), after-before, memory)
}

// A mix is what is going on, and what came of it.
type mix struct {
	*bench
	mu        sync.Mutex
	took      map[string]timings // by command
	failures  map[string]int     // by what they say
	crossed   int                // answers that an item was gone: another device was quicker
	delivered int
	sent      int
}

// A resident is one device of the mix.
type resident struct {
	*phone
	m     *mix
	trash *asclient.Folder
	rnd   *rand.Rand
	sent  int
}

// addDevices sets devices up, the versions in turn.
func (m *mix) addDevices(ctx context.Context) ([]*resident, error) {
	began := time.Now()
	all := make([]*resident, m.devices)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(setups)
	for i := range all {
		g.Go(func() error {
			d, err := m.addDevice(gctx, i)
			all[i] = d
			return err
		})
	}
	err := g.Wait()
	m.report.progress("  %d devices added their account in %v", len(all), time.Since(began).Round(100*time.Millisecond))
	return all, err
}

func (m *mix) addDevice(ctx context.Context, i int) (*resident, error) {
	client, err := m.site.HTTP(false)
	if err != nil {
		return nil, err
	}
	d := &resident{m: m, rnd: rand.New(rand.NewPCG(uint64(i), 5)), phone: &phone{Client: asclient.New(asclient.Config{
		URL: m.server.ActiveSync(), User: mixedAccount(i / perMixed), Password: password, DeviceID: fmt.Sprintf("mixed%d", i),
		Version: asclient.Versions[i%len(asclient.Versions)], HTTP: client,
	})}}
	if err := d.Setup(ctx); err != nil {
		return nil, fmt.Errorf("device %d: %w", i, err)
	}
	d.inbox, d.trash = d.FolderByType(asclient.TypeInbox), d.FolderByType(asclient.TypeDeleted)
	for _, f := range []*asclient.Folder{d.inbox, d.trash} {
		if _, err := d.SyncFully(ctx, asclient.SyncFolder{Folder: f, Window: mixedWindow, Options: d.options()}); err != nil {
			return nil, fmt.Errorf("device %d: %w", i, err)
		}
	}
	return d, nil
}

func (d *resident) options() []*asclient.Node {
	return d.MailOptions(asclient.MailOptions{Conflict: 1, Bodies: []asclient.BodyPreference{{Type: asclient.HTML, Truncation: 500}}})
}

// live waits, syncs and acts until ctx ends.
func (d *resident) live(ctx context.Context) {
	defer d.close()
	news, again := make(chan []string), make(chan struct{}, 1)
	var pinging sync.WaitGroup
	pinging.Go(func() { d.ping(ctx, news, again) })
	defer pinging.Wait()
	act := time.NewTimer(d.pause())
	defer act.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case changed := <-news:
			d.catchUp(ctx, changed)
			again <- struct{}{}
		case <-act.C:
			d.act(ctx)
			act.Reset(d.pause())
		}
	}
}

// pause is until a person does something: sometimes soon, sometimes late.
func (d *resident) pause() time.Duration {
	return time.Duration(d.rnd.ExpFloat64() * float64(d.m.pace))
}

// ping keeps a Ping waiting and tells which folders have news.
func (d *resident) ping(ctx context.Context, news chan<- []string, again <-chan struct{}) {
	for ctx.Err() == nil {
		status, changed, err := d.Ping(ctx, heartbeat, d.inbox, d.trash)
		d.m.outcome(ctx, err)
		if err != nil || status != asclient.PingChanges {
			select { // another request of this device has ended it
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case news <- changed:
		}
		select {
		case <-ctx.Done():
		case <-again:
		}
	}
}

// catchUp syncs folders until nothing more is there.
func (d *resident) catchUp(ctx context.Context, folders []string) {
	for _, id := range folders {
		for more := true; more && ctx.Err() == nil; {
			more = d.syncWith(ctx, d.Folders[id])
		}
	}
}

// syncWith is one Sync with commands; it reports whether there is more.
func (d *resident) syncWith(ctx context.Context, f *asclient.Folder, commands ...*asclient.Node) (more bool) {
	var got *asclient.SyncResult
	err := d.m.timed("Sync", func() (err error) {
		got, err = d.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: f, Window: mixedWindow, Commands: commands}}})
		return err
	})
	d.m.outcome(ctx, err)
	if err != nil || got.Folders[f.ID] == nil {
		return false
	}
	result := got.Folders[f.ID]
	if result.Status != 1 {
		d.m.outcome(ctx, fmt.Errorf("sync: status %d", result.Status))
	}
	for _, r := range result.Responses {
		d.m.itemStatus(ctx, "Sync", r.Int(wbxml.AirSyncStatus))
	}
	return result.More
}

// act does one of the things that people do.
func (d *resident) act(ctx context.Context) {
	ids := slices.Sorted(maps.Keys(d.inbox.Items))
	dice := d.rnd.IntN(100)
	if len(ids) == 0 && dice < 70 {
		dice = 95
	}
	pick := func() string { return ids[d.rnd.IntN(len(ids))] }
	switch {
	case dice < 30:
		d.syncWith(ctx, d.inbox, asclient.MarkRead(pick(), d.rnd.IntN(2) == 0))
	case dice < 40 && d.AtLeast("12.0"):
		d.syncWith(ctx, d.inbox, asclient.MarkFlag(pick(), 2*d.rnd.IntN(2)))
	case dice < 50:
		d.syncWith(ctx, d.inbox, asclient.Delete(pick()))
	case dice < 60:
		d.move(ctx, pick())
	case dice < 70:
		d.fetch(ctx, pick())
	case dice < 90:
		d.send(ctx)
	default:
		d.m.outcome(ctx, d.m.timed("FolderSync", func() error { return d.FolderSync(ctx) }))
	}
}

func (d *resident) move(ctx context.Context, id string) {
	var moved map[string]string
	err := d.m.timed("MoveItems", func() (err error) {
		moved, err = d.Move(ctx, d.inbox, d.trash, id)
		return err
	})
	if err != nil {
		d.m.outcome(ctx, err)
	} else if moved[id] == "" {
		d.m.itemStatus(ctx, "MoveItems", 8)
	}
}

func (d *resident) fetch(ctx context.Context, id string) {
	if !d.AtLeast("12.0") {
		d.syncWith(ctx, d.inbox, asclient.Fetch(id))
		return
	}
	err := d.m.timed("ItemOperations", func() error {
		_, err := d.FetchItem(ctx, d.inbox, id, asclient.BodyPreference{Type: asclient.HTML})
		return err
	})
	if err != nil {
		d.m.gone(ctx, err, 6)
	}
}

func (d *resident) send(ctx context.Context) {
	d.sent++
	id := fmt.Sprintf("%s-%d", d.DeviceID, d.sent)
	to := mixedAccount(d.rnd.IntN(max(d.m.devices/perMixed, 1)))
	message := e2e.Letter{ID: id, To: to, Size: letterSize}.Bytes()
	err := d.m.timed("SendMail", func() error {
		return d.SendMail(ctx, asclient.Outgoing{MIME: message, ClientID: id, Save: true})
	})
	d.m.outcome(ctx, err)
	if err == nil {
		d.m.mu.Lock()
		d.m.sent++
		d.m.mu.Unlock()
	}
}

// deliver brings mail from outside, so many a second, to one account after the other.
func (m *mix) deliver(ctx context.Context) {
	c, err := e2e.Dial(ctx, m.server.Addr["smtp"])
	if err != nil {
		m.outcome(ctx, err)
		return
	}
	defer c.Close()
	tick := time.NewTicker(time.Duration(float64(time.Second) / m.arrivals))
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		to := mixedAccount(n % max(m.devices/perMixed, 1))
		err := m.timed("SMTP delivery", func() error {
			return c.Deliver(outsideSender, []string{to}, e2e.Letter{ID: fmt.Sprint("mixed-", n), To: to, Size: deliverySize}.Bytes())
		})
		m.outcome(ctx, err)
		if err == nil {
			m.delivered++
		}
	}
}

// timed measures one request.
func (m *mix) timed(what string, do func() error) error {
	began := time.Now()
	err := do()
	took := time.Since(began)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.took[what] = append(m.took[what], took)
	return err
}

// outcome counts an error, unless the time is up.
func (m *mix) outcome(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures[err.Error()]++
}

// gone counts an answer that an item is not there any more, which is no error: another device took it.
func (m *mix) gone(ctx context.Context, err error, statuses ...int) {
	var status *asclient.StatusError
	if !errors.As(err, &status) || status.HTTP != 200 || !slices.Contains(statuses, status.Status) {
		m.outcome(ctx, err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crossed++
}

// itemStatus counts what a command came to.
func (m *mix) itemStatus(ctx context.Context, cmd string, status int) {
	switch status {
	case 1:
	case 7, 8:
		m.mu.Lock()
		m.crossed++
		m.mu.Unlock()
	default:
		m.outcome(ctx, fmt.Errorf("%s: status %d of an item", cmd, status))
	}
}

// watchMemory returns what was resident in each second until ctx ends.
func (m *mix) watchMemory(ctx context.Context) (samples []float64, err error) {
	tick := time.NewTicker(rssEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return samples, nil
		case <-tick.C:
			rss, err := m.memory("VmRSS")
			if err != nil {
				return samples, err
			}
			samples = append(samples, rss)
		}
	}
}

// tell reports what came of it all.
func (m *mix) tell(devices int, took, cpu time.Duration, memory []float64) error {
	requests, failures := 0, 0
	for what, t := range m.took {
		if what != "SMTP delivery" {
			requests += len(t)
		}
	}
	for text, n := range m.failures {
		failures += n
		m.report.progress("  %d times: %s", n, text)
	}
	per := func(n int) float64 { return float64(n) / took.Seconds() }
	m.report.add(fmt.Sprintf("%d devices for %v: requests beside Ping", devices, took.Round(time.Second)), per(requests), 0, "a second", "")
	m.report.add("  mail from outside, sent by devices", per(m.delivered), per(m.sent), "a second", "sent")
	m.report.add("  errors", float64(failures), 0, "", "")
	m.report.add("  commands on what another device had just taken", float64(m.crossed), 0, "", "")
	m.report.add("  CPU of the server", cpu.Seconds()/took.Seconds(), 0, "cores", "")
	for _, what := range slices.Sorted(maps.Keys(m.took)) {
		t := m.took[what]
		m.report.add(fmt.Sprintf("  %s, %d times, p50", what, len(t)), t.percentile(50), 0, "ms", "")
		m.report.add("    p99", t.percentile(99), 0, "ms", "")
	}
	if len(memory) > steadyAfter {
		steady := memory[len(memory)/steadyAfter]
		m.report.add("  resident at the end", memory[len(memory)-1]/mib, steady/mib, "MiB", "after a third of the time")
	}
	if failures > 0 {
		return fmt.Errorf("%d errors", failures)
	}
	return nil
}
