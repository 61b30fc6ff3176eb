package queue

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const message = "From: alice@example.test\r\nTo: someone@outside.test\r\nSubject: hello\r\nMessage-ID: <m1@example.test>\r\n\r\nbody\r\n"

// world is a store with two people, a queue and a transport that does as it is told. It lives in a
// bubble: time passes only while everybody waits.
type world struct {
	t          *testing.T
	st         store.Store
	mail       *mail.Service
	alice, bob store.Account
	hop        *script
	log        *bytes.Buffer
}

func inBubble(t *testing.T, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, st: storetest.New(t), hop: new(script), log: new(bytes.Buffer)}
		w.alice = storetest.Account(t, w.st, "alice@example.test")
		w.bob = storetest.Account(t, w.st, "bob@example.test")
		w.update(func(tx store.Tx) error {
			return tx.PutAlias(store.Alias{Address: "list@example.test", Accounts: []store.AccountID{w.alice.ID, w.bob.ID}})
		})
		w.mail = mail.NewService(w.st, mail.ServiceOptions{Hostname: "mail.example.test"})
		f(w)
	})
}

func (w *world) update(f func(tx store.Tx) error) {
	w.t.Helper()
	if err := w.st.Update(w.t.Context(), 0, f); err != nil {
		w.t.Fatal(err)
	}
}

// send submits a message of alice's.
func (w *world) send(to ...string) { w.sendAs("alice@example.test", nil, to...) }

func (w *world) sendAs(sender string, notify []string, to ...string) {
	w.t.Helper()
	in, err := mail.Ingest(w.t.Context(), w.st, strings.NewReader(message), 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	defer in.Blob.Release()
	o := mail.Outgoing{Ingested: in, Sender: sender, Recipients: to, Notify: notify}
	if err := w.mail.Send(w.t.Context(), w.alice.ID, o, nil); err != nil {
		w.t.Fatal(err)
	}
}

// run runs a Runner while f does something.
func (w *world) run(o Options, f func()) {
	w.runOn(w.st, o, f)
}

func (w *world) runOn(st store.Store, o Options, f func()) {
	w.t.Helper()
	if o.Routes.Default == nil && o.Routes.Domains == nil {
		o.Routes = Routes{Domains: map[string]Route{"outside.test": {Host: "hop.test", Port: "25"}, "slow.test": {Host: "slow.test", Port: "25"}}}
	}
	o.Log = slog.New(slog.NewTextHandler(w.log, nil))
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- New(st, w.mail, w.hop, o).Run(ctx) }()
	f()
	cancel()
	if err := <-done; err != nil {
		w.t.Errorf("run: %v", err)
	}
}

// settled waits until the queue has n rows and nobody works.
func (w *world) settled(n int) []store.Queued {
	w.t.Helper()
	for range 200 {
		synctest.Wait()
		if rows := w.queue(); len(rows) == n {
			return rows
		}
		time.Sleep(time.Millisecond)
	}
	w.t.Fatalf("queue %+v; want %d rows\n%s", w.queue(), n, w.log)
	return nil
}

func (w *world) queue() (rows []store.Queued) {
	w.t.Helper()
	err := w.st.View(w.t.Context(), 0, func(r store.Reader) (err error) {
		rows, err = r.Queue(0, 1000)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// inbox returns the messages in an account's Inbox, oldest first.
func (w *world) inbox(a store.Account) (all []string) {
	w.t.Helper()
	c := storetest.Role(w.t, w.st, a.ID, store.Inbox)
	var ids []store.BlobID
	err := w.st.View(w.t.Context(), a.ID, func(r store.Reader) error {
		for rec, err := range r.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			ids = append(ids, rec.Item.Blob)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range ids {
		blob, err := w.st.OpenBlob(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		b, _ := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
		blob.Close()
		all = append(all, string(b))
	}
	return all
}

// script is a transport: answer, when set, speaks for the server; otherwise everything is accepted.
type script struct {
	mu     sync.Mutex
	calls  []call
	answer func(c call) []Outcome
	block  chan struct{} // when set, a call waits for it or for its context
	busy   int
	most   int
}

type call struct {
	hop  Route
	m    Message
	body string
	at   time.Time
}

func (c call) to() (all []string) {
	for _, r := range c.m.Recipients {
		all = append(all, r.Address)
	}
	return all
}

func (s *script) Send(ctx context.Context, hop Route, m Message) []Outcome {
	body, err := io.ReadAll(m.Body)
	c := call{hop: hop, m: m, body: string(body), at: time.Now()}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.busy++
	s.most = max(s.most, s.busy)
	answer, block := s.answer, s.block
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy--
	}()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return same(len(m.Recipients), temporary("4.4.2", "cut off"))
		}
	}
	if err != nil {
		return same(len(m.Recipients), temporary("4.3.0", err.Error()))
	}
	if answer != nil {
		return answer(c)
	}
	return same(len(m.Recipients), Outcome{Status: "2.0.0", Remote: hop.Host})
}

func (s *script) atOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

func (s *script) all() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]call(nil), s.calls...)
}

// always answers every recipient the same.
func always(o Outcome) func(call) []Outcome {
	return func(c call) []Outcome { return same(len(c.m.Recipients), o) }
}
