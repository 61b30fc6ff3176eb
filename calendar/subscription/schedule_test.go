package subscription

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

func TestPace(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for name, tt := range map[string]struct {
		wish, pace, maxAge time.Duration
		news               bool
		want               time.Duration
	}{
		"first":                   {0, 0, 0, true, h},
		"no news":                 {0, h, 0, false, 2 * h},
		"no news for long":        {0, 6 * h, 0, false, 6 * h},
		"news":                    {0, 6 * h, 0, true, h},
		"may be kept for a day":   {0, h, 24 * h, true, 24 * h},
		"may be kept for a while": {0, h, m, true, h},
		"wishes":                  {30 * m, h, 24 * h, false, 30 * m},
		"wishes too much":         {m, h, 0, false, 15 * m},
		"wishes too little":       {1000 * h, h, 0, false, 168 * h},
	} {
		st := state{Wish: tt.wish, Pace: tt.pace}
		if got := st.pace(tt.news, tt.maxAge); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	for fails, want := range map[int]time.Duration{0: 15 * m, 1: 15 * m, 2: 30 * m, 5: 4 * h, 8: 24 * h, 1000: 24 * h} {
		if got := backOff(fails); got != want {
			t.Errorf("after %d failures %v, want %v", fails, got, want)
		}
	}
	for range 100 {
		if d := jitter(10 * h); d < 9*h || d > 11*h {
			t.Fatalf("jitter %v", d)
		}
	}
}

func TestWish(t *testing.T) {
	for head, want := range map[string]time.Duration{
		"REFRESH-INTERVAL;VALUE=DURATION:PT2H\r\nX-PUBLISHED-TTL:PT9H": 2 * time.Hour,
		"X-PUBLISHED-TTL:PT1H": time.Hour, "X-PUBLISHED-TTL:often": 0, "X-OTHER:PT1H": 0,
	} {
		f, err := readFeed([]byte(strings.Replace(calendarOf(high), "VERSION:2.0", "VERSION:2.0\r\n"+head, 1)))
		if err != nil || f.wish != want {
			t.Errorf("%q: %v, %v; want %v", head, f.wish, err, want)
		}
	}
	for field, want := range map[string]time.Duration{"max-age=60": time.Minute, "public, Max-Age=\"7200\"": 2 * time.Hour, "no-store": 0, "max-age=-1": 0} {
		if got := maxAge(http.Header{"Cache-Control": {field}}); got != want {
			t.Errorf("%q: %v, want %v", field, got, want)
		}
	}
	now := time.Date(2030, 5, 1, 8, 0, 0, 0, time.UTC)
	for field, want := range map[string]time.Duration{"120": 2 * time.Minute, "Wed, 01 May 2030 09:00:00 GMT": time.Hour, "Wed, 01 May 2030 07:00:00 GMT": 0, "soon": 0} {
		if got := retryAfter(http.Header{"Retry-After": {field}}, now); got != want {
			t.Errorf("%q: %v, want %v", field, got, want)
		}
	}
}

// TestEnd wants a calendar that is gone to be asked no more, and one that is not found after a while, until somebody
// wants it.
func TestEnd(t *testing.T) {
	p := newPublisher(t, calendarOf(high))
	r := newRig(t, p)
	sub := r.subscribe()
	fail := func(code, times int, header ...string) Status {
		t.Helper()
		p.say(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		})
		for range times {
			if _, err := r.renew(context.Background(), place{r.acct.ID, sub.Collection}, slog.LevelWarn); err == nil {
				t.Fatalf("HTTP %d was taken", code)
			}
		}
		list, err := r.List(context.Background(), r.acct.ID)
		r.must(err)
		return list[0].Status
	}
	if st := fail(503, 1, "Retry-After", "86400"); st.Next.Sub(r.now) < 21*time.Hour {
		t.Errorf("next %v, though the server wants rest", st.Next)
	}
	if st := fail(404, maxLost-1); st.Ended || st.Next.IsZero() {
		t.Errorf("ended too early: %+v", st)
	}
	if st := fail(500, 1); st.Lost != 0 {
		t.Errorf("lost %+v", st)
	}
	if st := fail(404, maxLost); !st.Ended || !st.Next.IsZero() {
		t.Errorf("did not end: %+v", st)
	}
	if len(r.due.heap) != 0 {
		t.Error("it is still planned")
	}
	p.say(nil)
	if st := r.refresh(sub.Collection, Changes{}); st.Ended || st.Next.IsZero() || st.Fails != 0 {
		t.Errorf("did not begin again: %+v", st)
	}
	if st := fail(410, 1); !st.Ended {
		t.Errorf("did not end: %+v", st)
	}
	r.want(sub.Collection, "high High water 20300601T040000Z")
	if s := r.log.String(); strings.Contains(s, "secret") || !strings.Contains(s, "host=127.0.0.1") {
		t.Errorf("log %s", s)
	}
}

// TestRemoved ends a subscription whose folder somebody removed.
func TestRemoved(t *testing.T) {
	p := newPublisher(t, calendarOf(high))
	r := newRig(t, p)
	sub := r.subscribe()
	settings := func() (names []string) {
		r.must(r.st.View(context.Background(), r.acct.ID, func(v store.Reader) (err error) {
			names, err = v.SettingNames(r.acct.ID, settingPrefix)
			return err
		}))
		return names
	}
	remove := func() {
		r.must(r.st.Update(context.Background(), r.acct.ID, func(tx store.Tx) error { return tx.RemoveCollection(sub.Collection) }))
	}
	remove()
	if _, err := r.renew(context.Background(), place{r.acct.ID, sub.Collection}, slog.LevelWarn); !errors.Is(err, store.NotFound) {
		t.Errorf("renewed: %v", err)
	}
	if p.asked != 1 || len(settings()) != 0 || len(r.due.heap) != 0 {
		t.Errorf("asked %d times, settings %v, %d planned", p.asked, settings(), len(r.due.heap))
	}
	// While a calendar is fetched.
	sub = r.subscribe()
	p.say(func(w http.ResponseWriter, _ *http.Request) {
		remove()
		w.Write([]byte(calendarOf(low)))
	})
	if _, err := r.renew(context.Background(), place{r.acct.ID, sub.Collection}, slog.LevelWarn); !errors.Is(err, store.NotFound) {
		t.Errorf("renewed: %v", err)
	}
	r.restart(r.st)
	r.must(r.load(context.Background()))
	if len(settings()) != 0 || len(r.due.heap) != 0 {
		t.Errorf("settings %v, %d planned", settings(), len(r.due.heap))
	}
}

// TestRun has calendars fetched when they are due, one that is subscribed to meanwhile too, and none that is not.
func TestRun(t *testing.T) {
	p := newPublisher(t, calendarOf(high))
	r := newRig(t, p)
	overdue := r.subscribe()
	other := storeAccount(t, r)
	r.now = r.now.Add(24 * time.Hour)
	r.restart(r.st)
	later, err := r.Subscribe(context.Background(), r.acct.ID, p.URL+"/later.ics", "")
	r.must(err)
	fetched := make(chan string, 10)
	p.say(func(w http.ResponseWriter, q *http.Request) {
		fetched <- q.URL.Path
		w.Write([]byte(calendarOf(high)))
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	if got := <-fetched; got != "/secret.ics" {
		t.Errorf("fetched %s", got)
	}
	_, err = r.Subscribe(context.Background(), other, p.URL+"/other.ics", "")
	r.must(err)
	if got := <-fetched; got != "/other.ics" {
		t.Errorf("fetched %s", got)
	}
	r.plan(place{r.acct.ID, later.Collection}, r.now)
	if got := <-fetched; got != "/later.ics" {
		t.Errorf("fetched %s", got)
	}
	stop()
	running.Wait()
	for _, sub := range []store.CollectionID{overdue.Collection, later.Collection} {
		if s, err := r.one(context.Background(), place{r.acct.ID, sub}); err != nil || s.Events != 1 {
			t.Errorf("%+v, %v", s, err)
		}
	}
	r.Service.o.Off = true
	if err := r.Run(ctx); err != nil {
		t.Error(err)
	}
}

// storeAccount makes a second account.
func storeAccount(t *testing.T, r *rig) (id store.AccountID) {
	t.Helper()
	r.must(r.st.Update(context.Background(), 0, func(tx store.Tx) error {
		a, err := tx.CreateAccount(store.Account{Name: "otto@example.test"})
		id = a.ID
		return err
	}))
	return id
}

// TestDisabled leaves the calendars of who cannot log in alone.
func TestDisabled(t *testing.T) {
	p := newPublisher(t, calendarOf(high))
	r := newRig(t, p)
	sub := r.subscribe()
	r.acct.Disabled = true
	r.must(r.st.Update(context.Background(), 0, func(tx store.Tx) error { return tx.UpdateAccount(r.acct) }))
	r.turn(context.Background(), place{r.acct.ID, sub.Collection})
	if p.asked != 1 || len(r.due.heap) != 1 || r.due.heap[0].when != r.now.Add(slowPace) {
		t.Errorf("asked %d times, planned %+v", p.asked, r.due.heap)
	}
}
