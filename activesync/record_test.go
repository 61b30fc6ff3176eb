package activesync

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/store"
)

// report is what is known of a device of rita's.
func (r *rig) report(device string) doctor.Report {
	r.t.Helper()
	var report doctor.Report
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		report, err = r.Doctor(tx, r.rita.ID, device)
		return err
	}))
	return report
}

// story is what happened to phone1 from event n on, in short.
func (r *rig) story(n int) []string {
	r.t.Helper()
	var list []string
	for _, e := range r.report("phone1").Events[n:] {
		text := string(e.What)
		if e.Why != "" {
			text += " (" + string(e.Why) + ")"
		}
		if e.Status != 0 {
			text += " " + strconv.Itoa(e.Status)
		}
		if e.Times > 1 {
			text += fmt.Sprint(" x", e.Times)
		}
		list = append(list, text)
	}
	return list
}

// onMachineTime makes the server's clock that of the bubble.
func onMachineTime(o *Options) { o.Now = time.Now }

// TestStory lets things happen to a phone and reads what is told of them.
func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, onMachineTime)
		r.needs(V120)
		inbox := r.fill(2)
		tree := r.primeFolders(t)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		r.ping(t, pingBody(300, inbox))
		r.ping(t, "")
		r.ping(t, pingBody(5, inbox))
		go func() {
			time.Sleep(10 * time.Second)
			r.deliver(store.Inbox, lunch)
		}()
		r.ping(t, pingBody(300, inbox))
		r.sync(t, call{body: syncOne(inbox, "k0000000000000001-1", nil)})
		again := r.prime(t, call{}, inbox)
		r.do(call{cmd: "FolderSync", body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(tree))})
		r.do(call{cmd: "FolderSync", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "f1"`)})
		r.primeFolders(t)
		r.prime(t, call{}, inbox)
		r.sync(t, call{body: syncOne(inbox, again, nil)})
		r.do(call{cmd: "SendMail", body: sendMail("x", "Subject: nobody\n\nx")})
		r.do(call{cmd: "SendMail", body: sendMail("y", "To: otto@example.test\n\nx")})
		r.do(call{cmd: "Settings", body: "Ping:Ping\n"})
		schema := "refused 103"
		if baseVersion < V140 {
			schema = "refused 2" // of Settings
		}
		want := []string{
			"registered", "all folders", "begun (new)", "synchronised", "unchanged", "expired x2", "unready 5", "woken (added)",
			"key refused (unknown key) 3", "begun (reset)", "unchanged", "folders reset (unknown key) 9", "all folders", "begun (with folders)",
			"synchronised", "refused 119", "answered", schema,
		}
		if got := r.story(0); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q\nkey %s", got, want, key)
		}
		c := r.report("phone1").Counters
		if c.Waits != 3 || c.Vain != 2 || len(c.Wakes) != 1 || c.Wakes[0].N != 1 || c.Of("Sync") != 7 || c.Of("Ping") != 4 {
			t.Errorf("%+v", c)
		}
		if c.Push.N != 1 || c.Push.Median() != 0 {
			t.Errorf("push %+v", c.Push)
		}
		if baseVersion >= V140 && !strings.Contains(c.Error, "schema") || !strings.Contains(c.Error, "Settings") {
			t.Errorf("last error %q", c.Error)
		}
	})
}

// TestStoryOfChanges checks what is told of an answer with everything in it.
func TestStoryOfChanges(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(4)
	filter := []string{"AirSync:Options", `>AirSync:FilterType "2"`}
	first := r.sync(t, call{body: syncOne(inbox, r.prime(t, call{}, inbox, filter...), nil)})
	r.clock = r.clock.AddDate(0, 0, 5)
	r.deliver(store.Inbox, lunch)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(r.folder(store.Inbox).ID, 1) }))
	body := syncOne(inbox, first.key(), []string{"AirSync:Commands", ">AirSync:Change",
		">>AirSync:ServerId " + strconv.Quote(inbox+":1"), ">>AirSync:ApplicationData", `>>>Email:Read "1"`})
	a := r.sync(t, call{body: body})
	events := r.report("phone1").Events
	got := events[len(events)-1].Tally
	want := doctor.Tally{Added: len(a.commands("Add")), Removed: 1, Left: len(a.commands("SoftDelete")), FromDevice: 1, Refused: 1}
	if got != want || want.Left == 0 || want.Added == 0 {
		t.Errorf("got %+v, want %+v\n%s", got, want, a.dump)
	}
}

// TestCountersAreKept checks that what a device cost outlives the server.
func TestCountersAreKept(t *testing.T) {
	r := newRig(t)
	r.primeFolders(t)
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, r.Run(stop))
	o := r.Handler.Options
	r.Handler = New(o)
	saved := r.report("phone1").Counters
	if saved.Of("FolderSync") != 1 {
		t.Errorf("%+v", saved)
	}
	writes := func(n int) (count int64) {
		counted := &countingStore{Store: r.st}
		o.Store = counted
		r.Handler = New(o)
		for range n {
			r.primeFolders(t)
			r.clock = r.clock.Add(time.Minute)
		}
		return counted.writes.Load()
	}
	// A FolderSync with key 0 writes once; a contact is noted every five minutes along with it.
	if n := writes(60); n > 60+6 {
		t.Errorf("%d writes in an hour of 60 requests", n)
	}
	if c := r.report("phone1").Counters; c.Of("FolderSync") < 60 {
		t.Errorf("%+v", c)
	}
}

// TestPushLatency measures on a clock of its own how long news take to get to who waits for them.
func TestPushLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, onMachineTime)
		r.needs(V121)
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		r.clock = time.Now()          // the store's
		r.deliver(store.Inbox, lunch) // before it waits: no push
		time.Sleep(time.Second)
		r.ping(t, pingBody(300, inbox))
		if n := r.report("phone1").Counters.Push.N; n != 0 {
			t.Errorf("%d pushes", n)
		}
		key = r.whole(t, call{}, inbox, key)
		go func() {
			time.Sleep(time.Minute)
			r.clock = time.Now()
			r.deliver(store.Inbox, lunch)
		}()
		r.sync(t, call{body: syncOne(inbox, key, nil, `AirSync:HeartbeatInterval "300"`)})
		if n := r.report("phone1").Counters.Push.N; n != 1 {
			t.Errorf("%d pushes", n)
		}
	})
}

// TestNetworkThatCuts is a phone behind a proxy that ends requests after five minutes: after two of them the
// server keeps its waits below, tells it so once by the status, and says what is wrong.
func TestNetworkThatCuts(t *testing.T) {
	for _, sync := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, onMachineTime)
			if sync {
				r.needs(V121)
			}
			inbox := r.fill(0)
			key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
			interval := 900
			wait := func() (status string, took time.Duration) {
				ctx, cancel := context.WithTimeout(t.Context(), 290*time.Second)
				defer cancel()
				began := time.Now()
				c := call{cmd: "Ping", body: pingBody(interval, inbox), ctx: ctx}
				if sync {
					c = call{cmd: "Sync", body: syncOne(inbox, key, nil, fmt.Sprintf(`AirSync:HeartbeatInterval "%d"`, interval)), ctx: ctx}
				}
				a := r.do(c)
				if limit := a.value("Ping:HeartbeatInterval") + a.value("AirSync:Limit"); limit != "" {
					interval, _ = strconv.Atoi(limit)
				}
				return a.value("Ping:Status") + a.value("AirSync:Status"), time.Since(began)
			}
			before := len(r.story(0))
			for range 2 {
				if _, took := wait(); took != 290*time.Second {
					t.Fatalf("ended after %v", took)
				}
			}
			refusal, expired := "5", "1"
			if sync {
				refusal, expired = "14", ""
			}
			if status, took := wait(); status != refusal || took != 0 || interval != 260 {
				t.Errorf("told %q and %d after %v", status, interval, took)
			}
			for range 3 {
				if status, took := wait(); status != expired || took != 260*time.Second {
					t.Errorf("%q after %v", status, took)
				}
			}
			want := []string{"vanished x2", "learned", "offered", "expired x3"}
			if got := r.story(before); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			h := r.report("phone1").Heartbeat
			if h.Limit != 260*time.Second || h.Asked != 260*time.Second {
				t.Errorf("%+v", h)
			}
		})
	}
}

// TestWaitThatGoesOn checks that a device which insists on its interval is not told for ever: Outlook for iOS
// and Android, by the table, is never, and its waits end early.
func TestWaitThatGoesOn(t *testing.T) {
	for agent, told := range map[string]int{"Phone/1.0": 1, "Outlook-iOS-Android/1.0": 0} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, onMachineTime)
			inbox := r.fill(0)
			r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
			offers, early := 0, 0
			for i := range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
				began := time.Now()
				a := r.do(call{cmd: "Ping", body: pingBody(180, inbox), ctx: ctx, header: map[string]string{"User-Agent": agent}})
				cancel()
				switch took := time.Since(began); {
				case a.value("Ping:Status") == "5":
					offers++
				case a.value("Ping:Status") == "1" && took == 90*time.Second:
					early++
				case i > 2 && took != 100*time.Second: // a longer one may be tried again
					t.Errorf("%s: %q after %v", agent, a.value("Ping:Status"), took)
				}
			}
			if offers != told || early < 14 {
				t.Errorf("%s: told %d times, %d waits ended early", agent, offers, early)
			}
		})
	}
}
