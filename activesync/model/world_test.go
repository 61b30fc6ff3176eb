package model

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

const (
	rita     = "rita@example.test"
	password = "correct horse"
)

// A world is an account, its devices, and somebody else who works on it.
type world struct {
	t       *testing.T
	ctx     context.Context
	rnd     *rand.Rand
	path    string
	store   *mortal
	handler *activesync.Handler
	rita    store.Account
	offset  time.Duration // of the world's clock before the machine's
	devices []*device
	letters int
	written int  // objects and changes of them
	calm    bool // nothing goes wrong on the way
	waited  bool // a Sync waits: what happens happens at once

	read     map[store.CollectionID]cached
	messages map[store.BlobID]*message
	objects  map[store.BlobID]*object
	learned  learned
	sent     sentLedger
	trail    trail
	count    counts
}

// counts say what a run has tested.
type counts struct {
	steps, requests, lost, twice, late, cut, parallel, restarts, deaths, edits int
	commands, again                                                            int // told; of these, known to the device
	bytes                                                                      int64
	actions                                                                    map[string]int
	classes                                                                    map[store.Class]*classCount
}

// A classCount is what was done with one class.
type classCount struct{ told, executed, refused int }

// class counts for a class.
func (c *counts) class(class store.Class) *classCount {
	if c.classes[class] == nil {
		c.classes[class] = &classCount{}
	}
	return c.classes[class]
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		t: t, ctx: t.Context(), rnd: rand.New(rand.NewPCG(seed, 3)), path: filepath.Join(t.TempDir(), "model.db"),
		read: map[store.CollectionID]cached{}, messages: map[store.BlobID]*message{}, objects: map[store.BlobID]*object{},
		learned: learned{values: map[string]string{}, means: map[string]string{}},
		sent:    sentLedger{},
		count:   counts{actions: map[string]int{}, classes: map[store.Class]*classCount{}},
	}
	w.offset = time.Until(time.Date(2026, 8, 22, 10, 15, 0, 0, time.UTC))
	w.start()
	w.must(w.store.Update(w.ctx, 0, func(tx store.Tx) error {
		if err := tx.CreateDomain("example.test"); err != nil {
			return err
		}
		a, err := tx.CreateAccount(store.Account{Name: rita, Display: "Rita"})
		w.rita = a
		return err
	}))
	w.must(w.who().SetPassword(w.ctx, w.rita.ID, password))
	w.must(w.store.Update(w.ctx, w.rita.ID, func(tx store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: "Work", Class: store.Mail})
		return err
	}))
	for range 12 {
		w.must(w.deliver())
	}
	for i, v := range []activesync.Version{activesync.V25, activesync.V141, activesync.V161} {
		w.devices = append(w.devices, newDevice(w, fmt.Sprint("device", i), v))
	}
	t.Cleanup(func() { w.must(w.store.inner.Close()) })
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v\n%s", err, &w.trail)
	}
}

func (w *world) now() time.Time { return time.Now().Add(w.offset).UTC().Truncate(time.Millisecond) }

func (w *world) who() *auth.Service {
	return auth.New(w.store, auth.Options{Params: auth.Argon{Memory: 64, Time: 1, Threads: 1}, SCRAMIterations: 4096, Now: w.now})
}

// start opens the store and makes a server that knows nothing but what is in it.
func (w *world) start() {
	st, err := sqlite.Open(w.ctx, w.path, sqlite.Options{Now: w.now})
	w.must(err)
	w.store = &mortal{inner: st}
	w.handler = activesync.New(activesync.Options{
		Store: w.store, Auth: w.who(), Mail: mail.NewService(w.store, mail.ServiceOptions{Hostname: "mx.example.test", Now: w.now}),
		Hostname: "mx.example.test", Now: w.now, Versions: activesync.AllVersions, Limits: activesync.Limits{Rate: -1, Spacing: -1},
	})
}

// restart ends the server and starts another.
func (w *world) restart() {
	w.handler.StopWaiting()
	w.must(w.store.inner.Close())
	w.start()
}

// message reads a message of the store.
func (w *world) message(id store.BlobID) (*message, error) {
	if m := w.messages[id]; m != nil {
		return m, nil
	}
	b, err := w.store.OpenBlob(w.ctx, id)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	raw, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
	if err != nil {
		return nil, err
	}
	m, err := readMessage(raw)
	if err != nil {
		return nil, fmt.Errorf("read %.200q: %w", raw, err)
	}
	w.messages[id] = m
	return m, nil
}

// ingest prepares a message for the store.
func (w *world) ingest(text string) (*mail.Ingested, error) {
	return mail.Ingest(w.ctx, w.store, bytes.NewReader([]byte(text)), 1<<20)
}
