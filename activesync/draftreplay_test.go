package activesync

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// TestDraftReplay lets two devices write, change and send drafts for many steps, with one answer in four lost
// and its request repeated, now and then with more in it. At the end every message that was sent has gone out
// once, and the devices have what is in Drafts.
func TestDraftReplay(t *testing.T) {
	once(t)
	steps := 600
	if testing.Short() {
		steps = 100
	}
	r := newRig(t, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
	server := httptest.NewServer(r)
	defer server.Close()
	rnd := rand.New(rand.NewPCG(*replaySeed, 3))
	w := &draftWorld{rig: r, rnd: rnd, sent: map[string]bool{}}
	for i, version := range []string{"16.1", "16.0"} {
		d := &draftDevice{w: w, name: fmt.Sprint("writer", i)}
		d.c = asclient.New(asclient.Config{URL: server.URL, User: rita, Password: password, DeviceID: d.name, Version: version, HTTP: server.Client()})
		must(t, d.c.Setup(t.Context()))
		d.folder = d.c.FolderByType(asclient.TypeDrafts)
		_, err := d.c.SyncFully(t.Context(), asclient.SyncFolder{Folder: d.folder})
		must(t, err)
		d.c.Lose = func(string) bool { return rnd.IntN(4) == 0 }
		w.devices = append(w.devices, d)
	}
	for range steps {
		w.devices[rnd.IntN(len(w.devices))].step(t)
	}
	for _, d := range w.devices {
		d.settle(t)
	}
	w.compare(t)
}

type draftWorld struct {
	*rig
	rnd     *rand.Rand
	devices []*draftDevice
	written int
	sent    map[string]bool // subjects
}

// A draftDevice is a device with a person who writes.
type draftDevice struct {
	w       *draftWorld
	name    string
	c       *asclient.Client
	folder  *asclient.Folder
	pending []*asclient.Node  // commands whose answer has not come
	sending map[string]string // ServerId or ClientId to the subject that is to be sent
}

// step makes a request, or repeats the one whose answer was lost.
func (d *draftDevice) step(t *testing.T) {
	t.Helper()
	switch {
	case d.pending == nil:
		d.sending = map[string]string{}
		d.write()
	case d.w.rnd.IntN(3) == 0: // the person has gone on meanwhile
		d.write()
	}
	responses, err := d.c.Drafts(t.Context(), d.folder, d.pending...)
	if errors.Is(err, asclient.ErrLost) {
		if d.pending == nil {
			d.pending = []*asclient.Node{}
		}
		return
	}
	if err != nil && (len(d.pending) > 0 || !isEmpty(err)) {
		t.Fatalf("%s: %v", d.name, err)
	}
	for id, subject := range d.sending {
		if status := statusOfResponse(responses[id]); status == "1" {
			d.w.sent[subject] = true
		} else if status != "7" && status != "8" {
			t.Fatalf("%s: status %s of %s", d.name, status, id)
		}
	}
	d.pending = nil
}

// isEmpty reports whether an error is no more than an empty answer.
func isEmpty(err error) bool {
	var status *asclient.StatusError
	return errors.As(err, &status) && status.Status == 0
}

// statusOfResponse is the status of a response; none is success.
func statusOfResponse(n *asclient.Node) string {
	if n == nil {
		return "1"
	}
	return n.Value(wbxml.AirSyncStatus)
}

// write thinks of what to do: a new draft, another text, sending.
func (d *draftDevice) write() {
	d.w.written++
	subject, to := fmt.Sprint("subject ", d.w.written), "bob@outside.test"
	draft := asclient.Draft{Subject: &subject, To: &to, Body: &asclient.Body{Type: asclient.PlainText, Data: subject}, Send: d.w.rnd.IntN(3) == 0}
	if d.w.rnd.IntN(3) == 0 {
		draft.Attach = []asclient.NewAttachment{{ClientID: "f" + subject, Name: subject, Type: "text/plain", Content: []byte(subject)}}
	}
	var id string
	if ids := d.free(); len(ids) > 0 && d.w.rnd.IntN(2) == 0 {
		id = ids[d.w.rnd.IntN(len(ids))]
		d.pending = append(d.pending, asclient.ChangeDraft(id, draft))
	} else {
		id = fmt.Sprint("client", d.w.written)
		d.pending = append(d.pending, asclient.AddDraft(id, draft))
	}
	if draft.Send {
		d.sending[id] = subject
	}
}

// free lists the drafts that no command waits for.
func (d *draftDevice) free() []string {
	ids := slices.Sorted(maps.Keys(d.folder.Items))
	return slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(d.pending, func(n *asclient.Node) bool { return n.Value(wbxml.AirSyncServerId) == id })
	})
}

// settle lets everything come through.
func (d *draftDevice) settle(t *testing.T) {
	d.c.Lose = nil
	if d.pending != nil {
		d.step(t)
	}
	_, err := d.c.SyncFully(t.Context(), asclient.SyncFolder{Folder: d.folder})
	must(t, err)
}

// compare looks at what has become of it all.
func (w *draftWorld) compare(t *testing.T) {
	for _, d := range w.devices { // once more: the other one may have come after
		d.settle(t)
	}
	subjects := map[store.UID]string{}
	var drafts store.CollectionID
	for _, rec := range w.records(store.Drafts) {
		s, err := mail.UnmarshalSummary(rec.Item.Summary)
		must(t, err)
		drafts, subjects[rec.UID] = rec.Collection, s.Envelope.Subject
	}
	for _, d := range w.devices {
		want := map[string]string{}
		var st *collectionState
		must(t, w.st.View(t.Context(), w.rita.ID, func(tx store.Reader) (err error) {
			st, _, err = readState(tx, d.name, drafts)
			return err
		}))
		for uid, subject := range subjects {
			want[itemID(drafts, st.name(uid))] = subject
		}
		got := map[string]string{}
		for id, item := range d.folder.Items {
			got[id] = item.Value(wbxml.EmailSubject)
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s has\n%v, want\n%v", d.name, got, want)
		}
		if len(d.c.Violations) > 0 {
			t.Errorf("%s: %s", d.name, strings.Join(d.c.Violations, "\n"))
		}
	}
	copies := map[string]bool{}
	for _, rec := range w.records(store.Sent) {
		s, err := mail.UnmarshalSummary(rec.Item.Summary)
		must(t, err)
		if copies[s.Envelope.Subject] {
			t.Errorf("%s is in Sent twice", s.Envelope.Subject)
		}
		copies[s.Envelope.Subject] = true
	}
	if !maps.Equal(copies, w.sent) || len(w.queued()) != len(w.sent) {
		t.Errorf("%d in Sent, %d queued, %d sent", len(copies), len(w.queued()), len(w.sent))
	}
	t.Logf("%d written, %d sent, %d left", w.written, len(w.sent), len(subjects))
	if len(w.sent) < w.written/10 {
		t.Error("the test has tested little")
	}
}
