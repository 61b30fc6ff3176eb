package activesync

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestNewNameAtEveryStart is Outlook of build 2408: it gives itself another device id at every start. The
// account keeps room for other devices, and nothing of what the retired ones had stays.
func TestNewNameAtEveryStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Log = nil })
		inbox := r.fill(1)
		tree := call{cmd: "FolderSync", device: "phone1", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
		r.do(tree)
		outlook := map[string]string{"User-Agent": "Outlook/16.0 (16.0.17932; x64)"}
		for i := range 1000 {
			c := call{device: fmt.Sprint("start", i), header: outlook}
			r.prime(t, c, inbox)
			r.clock = r.clock.Add(time.Minute)
			time.Sleep(time.Minute)
		}
		must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
			devices, err := tx.Devices()
			if len(devices) != 21 {
				t.Errorf("%d devices are left", len(devices))
			}
			for i := range 1000 {
				_, err := tx.State(fmt.Sprint("start", i), stateKey(r.folder(store.Inbox).ID))
				if kept := err == nil; kept != (i >= 980) {
					t.Errorf("start %d: %v", i, err)
				}
			}
			return err
		}))
		if n := len(r.charts.keys()); n > 21 {
			t.Errorf("%d charts in memory", n)
		}
		tree.device = "phone2"
		if a := r.do(tree); a.value("FolderHierarchy:Status") != "1" {
			t.Errorf("another phone: %d %s", a.code, a.dump)
		}
		if _, err := r.device("phone1"); err != nil {
			t.Errorf("the first phone: %v", err)
		}
	})
}

// TestNewNameEachTime lets a client that calls itself something else with every request not have a new
// device's tokens each time.
func TestNewNameEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Limits.Newcomers = 3 })
		var codes []int
		for i := range 5 {
			a := r.do(small(call{device: fmt.Sprint("d", i)}))
			codes = append(codes, a.code)
		}
		if fmt.Sprint(codes) != "[200 200 200 503 503]" {
			t.Error(codes)
		}
		if a := r.do(small(call{device: "d0"})); a.code != 200 {
			t.Errorf("a device that is known: %d", a.code)
		}
		time.Sleep(newcomerEvery)
		if a := r.do(small(call{device: "d9"})); a.code != 200 {
			t.Errorf("after a while: %d", a.code)
		}
	})
}

// TestTenDevicesAtOnce lets ten devices of one account, of all versions, wait for the same message and mark
// it, all at once: each hears of it once, and all agree in the end.
func TestTenDevicesAtOnce(t *testing.T) {
	once(t)
	r := newRig(t)
	inbox := r.fill(1)
	type phone struct {
		call
		key string
	}
	phones := make([]*phone, 10)
	for i := range phones {
		phones[i] = &phone{call: call{device: fmt.Sprint("phone", i), version: AllVersions[i%len(AllVersions)]}}
		phones[i].key = r.whole(t, phones[i].call, inbox, r.prime(t, phones[i].call, inbox))
	}
	var running sync.WaitGroup
	for _, p := range phones {
		running.Go(func() {
			c := p.call
			c.cmd, c.body = "Ping", pingBody(600, inbox)
			if a := r.do(c); a.value("Ping:Status") != "2" {
				t.Errorf("%s: %s", p.device, a.dump)
			}
			c.cmd, c.body = "Sync", syncOne(inbox, p.key, nil)
			a := r.sync(t, c)
			if len(a.commands("Add")) != 1 {
				t.Errorf("%s:\n%s", p.device, a.dump)
				return
			}
			c.body = syncOne(inbox, a.key(), []string{"AirSync:Commands", ">AirSync:Change",
				">>AirSync:ServerId " + strconv.Quote(inbox+":2"), ">>AirSync:ApplicationData", `>>>Email:Read "1"`})
			p.key = r.sync(t, c).key()
		})
	}
	r.awaitParked(t, len(phones))
	r.deliver(store.Inbox, lunch)
	running.Wait()
	for _, p := range phones {
		p.key = r.whole(t, p.call, inbox, p.key)
		c := p.call
		c.body = syncOne(inbox, p.key, nil)
		if a := r.sync(t, c); len(a.commands("Change")) != 0 || p.version >= V121 && len(a.body) != 0 {
			t.Errorf("%s hears more:\n%s", p.device, a.dump)
		}
	}
	if rec := r.records(store.Inbox)[1]; rec.Item.Flags&store.Seen == 0 {
		t.Error("not marked")
	}
}

// awaitParked waits until n devices wait.
func (r *rig) awaitParked(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(r.leases.keys()) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d devices wait, want %d", len(r.leases.keys()), n)
		}
	}
}

// TestTwoRequestsAtOnce sends each request of a device twice at the same time, as a client does that lost
// patience: both are answered, what they ask for is done once, and the device can go on from either answer.
func TestTwoRequestsAtOnce(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		r := newRig(t)
		inbox := r.fill(8)
		key := r.prime(t, call{version: v}, inbox)
		for round := range 8 {
			uid := inbox + ":" + strconv.Itoa(round+1)
			body := syncOne(inbox, key, []string{`AirSync:DeletesAsMoves "1"`, `AirSync:WindowSize "2"`, "AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(uid)})
			var both [2]syncReply
			var running sync.WaitGroup
			for i := range both {
				running.Go(func() { both[i] = r.sync(t, call{version: v, body: body}) })
			}
			running.Wait()
			for _, a := range both {
				if a.code != 200 || a.status() != "1" {
					t.Fatalf("%v, round %d: %d\n%s", v, round, a.code, a.dump)
				}
			}
			key = both[round%2].key()
		}
		if in, out := len(r.records(store.Inbox)), len(r.records(store.Trash)); in != 0 || out != 8 {
			t.Errorf("%v: %d left, %d removed", v, in, out)
		}
	}
}

// TestForget checks that a device which the operator removes is forgotten, and can come back as a new one.
func TestForget(t *testing.T) {
	r := newRig(t)
	r.primeFolders(t)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.RemoveDevice("phone1") }))
	r.Forget(r.rita.ID, "phone1")
	if c := r.report("phone1").Counters; c.Total() != 0 {
		t.Errorf("%d requests are remembered", c.Total())
	}
	if _, err := r.device("phone1"); !errors.Is(err, store.NotFound) {
		t.Error(err)
	}
	r.primeFolders(t)
	if c := r.report("phone1").Counters; c.Total() != 1 {
		t.Errorf("%d requests after it came back", c.Total())
	}
}
