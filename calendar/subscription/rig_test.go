package subscription

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// A publisher is a web server with one calendar.
type publisher struct {
	*httptest.Server
	mu      sync.Mutex
	answer  http.HandlerFunc // instead of the calendar; nil: that
	body    string
	tagged  bool              // the calendar has an ETag
	header  map[string]string // further fields
	asked   int
	unasked int // that were answered with 304
}

func newPublisher(t testing.TB, body string) *publisher {
	p := &publisher{body: body}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP implements http.Handler.
func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.answer != nil {
		p.answer(w, r)
		return
	}
	for name, value := range p.header {
		w.Header().Set(name, value)
	}
	if p.tagged {
		tag := `"` + hashOf([]byte(p.body)) + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			p.unasked++
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Write([]byte(p.body))
}

// publish changes the calendar.
func (p *publisher) publish(body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.body = body
}

// say changes what is answered to everything.
func (p *publisher) say(answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

func (p *publisher) host() string { return strings.TrimPrefix(p.URL, "http://") }

// A rig is a store with one account, and a service whose clock is set by hand.
type rig struct {
	testing.TB
	*Service
	st       store.Store
	acct     store.Account
	log      bytes.Buffer
	mu       sync.Mutex
	outcomes []string
	now      time.Time
	p        *publisher
}

func newRig(t testing.TB, p *publisher) *rig {
	r := &rig{TB: t, st: storetest.New(t), p: p, now: time.Date(2030, 5, 1, 8, 0, 0, 0, time.UTC)}
	r.acct = storetest.Account(t, r.st, "rita@example.test")
	r.restart(r.st)
	return r
}

// restart is what a new process does.
func (r *rig) restart(st store.Store) {
	r.Service = New(st, Options{
		Hosts: []string{r.p.host()}, Log: slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: func() time.Time { return r.now }, Observe: func(o string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.outcomes = append(r.outcomes, o)
		},
	})
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// subscribe subscribes to the publisher's calendar.
func (r *rig) subscribe() Subscription {
	r.Helper()
	sub, err := r.Subscribe(context.Background(), r.acct.ID, r.p.URL+"/secret.ics", "")
	r.must(err)
	return sub
}

// refresh fetches and wants these numbers of events to be added, changed and removed.
func (r *rig) refresh(c store.CollectionID, want Changes) Subscription {
	r.Helper()
	sub, got, err := r.Refresh(context.Background(), r.acct.ID, c)
	r.must(err)
	if got != want {
		r.Errorf("changed %+v, want %+v", got, want)
	}
	return sub
}

// events lists what a folder has, as "UID summary start", sorted.
func (r *rig) events(c store.CollectionID) (list []string) {
	r.Helper()
	for _, o := range r.objects(c) {
		m := o.Master()
		list = append(list, fmt.Sprintf("%s %s %s", o.UID(), m.Summary(), m.Start()))
	}
	slices.Sort(list)
	return list
}

func (r *rig) objects(c store.CollectionID) (list []*calendar.Object) {
	r.Helper()
	var blobs []store.BlobID
	r.must(r.st.View(context.Background(), r.acct.ID, func(v store.Reader) error {
		for record, err := range v.ByUID(c, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			blobs = append(blobs, record.Item.Blob)
		}
		return nil
	}))
	for _, id := range blobs {
		b, err := r.st.OpenBlob(context.Background(), id)
		r.must(err)
		raw := make([]byte, b.Size())
		_, err = b.ReadAt(raw, 0)
		if b.Close(); err != nil && len(raw) == 0 {
			r.Fatal(err)
		}
		o, _, err := calendar.ReadObject(string(raw))
		r.must(err)
		list = append(list, o)
	}
	return list
}

// want compares what a folder has.
func (r *rig) want(c store.CollectionID, want ...string) {
	r.Helper()
	if got := r.events(c); !slices.Equal(got, want) {
		r.Errorf("events\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// modseq is the account's counter.
func (r *rig) modseq() store.ModSeq {
	r.Helper()
	n, err := r.st.ModSeq(r.acct.ID)
	r.must(err)
	return n
}

// calendarOf is a VCALENDAR of components, each without its BEGIN and END; lines are separated by "|".
func calendarOf(events ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tides//EN\r\n")
	for _, e := range events {
		b.WriteString("BEGIN:VEVENT\r\n" + strings.ReplaceAll(e, "|", "\r\n") + "\r\nEND:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

const (
	high = "UID:high|DTSTAMP:20300101T000000Z|DTSTART:20300601T040000Z|SUMMARY:High water"
	low  = "UID:low|DTSTAMP:20300101T000000Z|DTSTART:20300601T100000Z|SUMMARY:Low water"
)
