package activesync

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/store"
)

// pinger sends requests of one device through loads; it is to run in a bubble of synctest.
type pinger struct {
	*charts
	t *testing.T
}

func newPinger(t *testing.T, l Limits) pinger {
	return pinger{&charts{limits: Options{Limits: l}.withDefaults().Limits}, t}
}

// run sends one request that takes so long, and returns how long it was held back.
func (p pinger) run(cmd string, takes time.Duration) (delay time.Duration, err error) {
	p.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	q := &request{
		http: r, cmd: &command{name: cmd}, device: &store.Device{ID: "d"}, log: slog.New(slog.DiscardHandler), started: time.Now(),
		body: newBody(r.Body, http.NewResponseController(httptest.NewRecorder()), p.limits),
	}
	if err := p.pace(q); err != nil {
		return 0, err
	}
	q.begun = time.Now()
	time.Sleep(takes)
	p.ended(q)
	return q.begun.Sub(q.started), nil
}

func TestHastyPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPinger(t, Limits{})
		var delays []time.Duration
		for range 20 {
			d, err := p.run("Ping", 0)
			must(t, err)
			delays = append(delays, d)
		}
		for i, d := range delays {
			want := time.Duration(0)
			if i >= freeHaste {
				want = min(30*time.Second, firstDelay<<(i-freeHaste))
			}
			if d != want {
				t.Errorf("Ping %d was held back for %v, want %v", i, d, want)
			}
		}
		if d, _ := p.run("Ping", 5*time.Minute); d != 30*time.Second {
			t.Errorf("held back for %v", d)
		}
		if d, _ := p.run("Ping", 0); d != 0 {
			t.Errorf("after one that waited: held back for %v", d)
		}
	})
}

// TestPingsWithSync is a device to which much mail comes: between two Pings it synchronises.
func TestPingsWithSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPinger(t, Limits{})
		for i := range 50 {
			for _, cmd := range []string{"Ping", "Sync"} {
				if d, err := p.run(cmd, 0); d != 0 || err != nil {
					t.Fatalf("%s %d: held back for %v, %v", cmd, i, d, err)
				}
			}
		}
	})
}

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPinger(t, Limits{Rate: 0.5, Burst: 3})
		var busy *throttled
		for i := range 3 {
			if _, err := p.run("Sync", 0); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		}
		if _, err := p.run("Sync", 0); !errors.As(err, &busy) || busy.after != 2*time.Second {
			t.Errorf("beyond the burst: %v, want 2 s", err)
		}
		time.Sleep(2 * time.Second)
		if _, err := p.run("Sync", 0); err != nil {
			t.Errorf("after that time: %v", err)
		}
	})
}

func TestChartsAreBounded(t *testing.T) {
	l := charts{limits: Limits{Burst: 1}}
	now := time.Unix(0, 0)
	for i := range maxCharts + 100 {
		l.get(deviceKey{1, strconv.Itoa(i)}, now.Add(time.Duration(i)*time.Second))
	}
	if len(l.of) > maxCharts {
		t.Errorf("%d devices are remembered", len(l.of))
	}
	if _, ok := l.of[deviceKey{1, strconv.Itoa(maxCharts + 99)}]; !ok {
		t.Error("the last device is forgotten")
	}
}

// TestThrottledAnswer checks that a device which asks too often is told when to come again, at every version
// in the same way, and that no other device of the account notices. MS-ASHTTP, Retry-After, X-MS-ASThrottle.
func TestThrottledAnswer(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		r := newRig(t, func(o *Options) { o.Limits.Rate, o.Limits.Burst = 0.01, 1 })
		folders := call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
		if a := r.do(folders); a.code != 200 {
			t.Fatalf("%v: first: %d", v, a.code)
		}
		a := r.do(folders)
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if a.code != 503 || err != nil || wait < 1 || wait > 100 || a.header.Get("X-Ms-Asthrottle") != "CommandFrequency" || len(a.body) != 0 {
			t.Errorf("%v: second: %d, %v", v, a.code, a.header)
		}
		c := r.report("phone1")
		if c.Counters.Throttled != 1 || c.Counters.Of("FolderSync") != 2 || c.Events[len(c.Events)-1].What != doctor.Throttled {
			t.Errorf("%v: %+v", v, c)
		}
		folders.device = "other"
		if a := r.do(folders); a.code != 200 {
			t.Errorf("%v: another device: %d", v, a.code)
		}
	}
}

// busyStore refuses to write.
type busyStore struct{ store.Store }

func (busyStore) UpdateAll(_ context.Context, work []store.Work) []error {
	errs := make([]error, len(work))
	for i := range errs {
		errs[i] = store.Busy
	}
	return errs
}

func (busyStore) Update(context.Context, store.AccountID, func(store.Tx) error) error {
	return store.Busy
}

// TestBusyServer is a server that cannot write just now: 503 up to 12.1, status 111 or the command's own
// later, and each with the time to come again.
func TestBusyServer(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		r := newRig(t)
		folders := call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
		r.do(folders)
		r.Handler.Store = busyStore{r.st}
		a := r.do(folders)
		ok := a.code == 503
		if v >= V140 {
			ok = a.code == 200 && a.value("FolderHierarchy:Status") == "111"
		}
		if !ok || a.header.Get("Retry-After") != "30" {
			t.Errorf("%v: %d %v %s", v, a.code, a.header, a.dump)
		}
	}
}

// TestHastySync is a device that asks again and again whether there is anything new, without a pause. One that
// asks for hundreds of folders, or now and then, is not held back.
func TestHastySync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Log = nil })
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		ask := func(pause time.Duration) time.Duration {
			time.Sleep(pause)
			began := time.Now()
			r.sync(t, call{body: syncOne(inbox, key, nil)})
			return time.Since(began)
		}
		for i := range freeIdle - 1 { // one more was at the end of whole
			if took := ask(100 * time.Millisecond); took != 0 {
				t.Fatalf("request %d is held back for %v", i, took)
			}
		}
		for range 3 {
			if took := ask(100 * time.Millisecond); took != idleDelay {
				t.Errorf("held back for %v", took)
			}
		}
		for range freeIdle + 10 {
			if took := ask(soon); took != 0 {
				t.Fatalf("after a pause held back for %v", took)
			}
		}
	})
}
