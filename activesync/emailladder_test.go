package activesync

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A faultyStore breaks the bytes of messages, as a disk does.
type faultyStore struct {
	store.Store
	fault *func(store.Blob) (store.Blob, error) // nil: none
}

func (f faultyStore) OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error) {
	b, err := f.Store.OpenBlob(ctx, id)
	if err != nil || *f.fault == nil {
		return b, err
	}
	broken, err := (*f.fault)(b)
	if err != nil {
		b.Close()
	}
	return broken, err
}

// A tornBlob cannot be read from some offset on.
type tornBlob struct {
	store.Blob
	whole int64
}

func (b tornBlob) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= b.whole {
		return b.Blob.ReadAt(p, off)
	}
	return 0, errors.New("torn")
}

// A wildBlob breaks the code that reads it.
type wildBlob struct{ store.Blob }

func (wildBlob) ReadAt([]byte, int64) (int, error) { panic("wild") }

// TestLadder breaks a message among others in many ways: the others come as they are, it comes in the best form that can
// be had, once, and is noted for its device.
func TestLadder(t *testing.T) {
	once(t)
	deep := "Subject: deep\nContent-Type: text/html\n\n" + strings.Repeat("<div><table><tr><td><blockquote type=cite>", 20000)
	missing := func(store.Blob) (store.Blob, error) { return nil, store.Damaged }
	tests := []struct {
		name, message  string
		summary        []byte // in place of its own; nil: its own
		fault          func(store.Blob) (store.Blob, error)
		subject, shows string
		rung           int
	}{
		{"whole", lunch, nil, nil, "Lunch", "Shall we meet", rungAsked},
		{"summary lost", lunch, []byte("broken"), nil, "Lunch", "Shall we meet", rungAsked},
		{"bytes lost", lunch, nil, missing, "Lunch", "could not be read", rungHead},
		{"both lost", lunch, []byte("broken"), missing, "(message cannot be shown)", "could not be read", rungNote},
		{"torn", lunch, nil, func(b store.Blob) (store.Blob, error) { return tornBlob{b, 10}, nil }, "Lunch", "could not be read", rungHead},
		{"breaks its reader", lunch, nil, func(b store.Blob) (store.Blob, error) { return wildBlob{b}, nil }, "Lunch", "could not be read", rungHead},
		{"summary of another", lunch, summaryOf(t, withFile), nil, "", "", rungAsked},
		{"deep", deep, nil, nil, "deep", "", rungAsked},
	}
	for _, tt := range tests {
		for _, version := range AllVersions {
			t.Run(tt.name+" "+version.String(), func(t *testing.T) {
				var fault func(store.Blob) (store.Blob, error)
				r := newRig(t, func(o *Options) { o.Store = faultyStore{o.Store, &fault} })
				inbox := collectionID(r.folder(store.Inbox).ID)
				r.deliver(store.Inbox, strings.Replace(lunch, "Subject: Lunch", "Subject: before", 1))
				bad := r.deliverWith(tt.message, tt.summary)
				c := call{version: version, body: syncOne(inbox, r.prime(t, call{version: version}, inbox), nil)}
				fault = tt.fault
				a := r.sync(t, c)
				adds := a.commands("Add")
				if len(adds) != 2 || a.status() != "1" {
					t.Fatalf("%d messages:\n%s", len(adds), a.dump)
				}
				for _, add := range adds {
					if add.get("AirSync:ServerId") != itemID(bad.Collection, bad.UID) {
						continue
					}
					data := add.at("AirSync:ApplicationData")
					if tt.subject != "" && data.get("Email:Subject") != tt.subject || !strings.Contains(a.dump, tt.shows) {
						t.Errorf("shows\n%.2000s", a.dump)
					}
				}
				r.checkReduced(bad.Item.ID, tt.rung, tt.fault != nil)
			})
		}
	}
}

// summaryOf is the summary of a message.
func summaryOf(t testing.TB, message string) []byte {
	t.Helper()
	s, err := mail.Parse(strings.NewReader(crlf(message)))
	must(t, err)
	b, err := s.MarshalBinary()
	must(t, err)
	return b
}

// deliverWith delivers a message with another summary; nil: its own.
func (r *rig) deliverWith(message string, summary []byte) store.Record {
	r.t.Helper()
	if summary == nil {
		return r.deliver(store.Inbox, message)
	}
	in, err := mail.Ingest(r.t.Context(), r.st, strings.NewReader(crlf(message)), 1<<30)
	must(r.t, err)
	defer in.Blob.Release()
	in.Item.Summary = summary
	var rec store.Record
	c := r.folder(store.Inbox)
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		rec, err = tx.Add(c.ID, in.Item)
		return err
	}))
	return rec
}

// checkReduced looks what is noted for rita's phone. all: other messages are broken too.
func (r *rig) checkReduced(item store.ItemID, rung int, all bool) {
	r.t.Helper()
	var list []Reduced
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		list, err = ReadReduced(tx, "phone1")
		return err
	}))
	noted := rungAsked
	for _, one := range list {
		if one.Item == item {
			noted = one.Rung
		}
	}
	if noted != rung || !all && rung == rungAsked && len(list) != 0 {
		r.t.Errorf("noted %+v, want rung %d", list, rung)
	}
}

// TestRetryAfterUpgrade: what one program could not show the next one sends anew, to every device, and no sooner.
func TestRetryAfterUpgrade(t *testing.T) {
	var fault func(store.Blob) (store.Blob, error)
	r := newRig(t, func(o *Options) { o.Store, o.Build = faultyStore{o.Store, &fault}, "one" })
	inbox := collectionID(r.folder(store.Inbox).ID)
	bad := r.deliver(store.Inbox, lunch)
	key := r.prime(t, call{}, inbox)
	fault = func(store.Blob) (store.Blob, error) { return nil, store.Damaged }
	a := r.sync(t, call{body: syncOne(inbox, key, nil)})
	key = a.key()
	r.checkReduced(bad.Item.ID, rungHead, false)
	notes := 0
	for _, e := range r.report("phone1").Events {
		notes += e.Tally.Notes
	}
	if notes != 1 {
		t.Errorf("the doctor tells of %d notes, want 1", notes)
	}
	if a := r.sync(t, call{body: syncOne(inbox, key, nil)}); !a.nothing() {
		t.Fatalf("it comes again:\n%s", a.dump)
	}
	r.Handler = New(r.Options) // the program is started again: the same
	if a := r.sync(t, call{body: syncOne(inbox, key, nil)}); !a.nothing() {
		t.Fatalf("the same program tries again:\n%s", a.dump)
	}
	o := r.Options
	o.Build = "two"
	r.Handler = New(o) // another program, which fails as well
	if a := r.sync(t, call{body: syncOne(inbox, key, nil)}); !a.nothing() {
		t.Fatalf("still broken, and told:\n%s", a.dump)
	}
	fault = nil
	o.Build = "three"
	r.Handler = New(o)
	a = r.sync(t, call{body: syncOne(inbox, key, nil)})
	if len(a.commands("Delete")) != 1 || len(a.commands("Add")) != 1 || !strings.Contains(a.dump, "Shall we meet") {
		t.Errorf("after the upgrade:\n%s", a.dump)
	}
	r.checkReduced(bad.Item.ID, rungAsked, false)
}

// TestResend: an item is sent anew when somebody asks for it.
func TestResend(t *testing.T) {
	r := newRig(t)
	inbox := collectionID(r.folder(store.Inbox).ID)
	rec := r.deliverWith(lunch, []byte("broken"))
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	must(t, Resend(t.Context(), r.st, r.Mail, r.rita.ID, rec.Item.ID))
	a := r.sync(t, call{body: syncOne(inbox, key, nil)})
	if len(a.commands("Delete")) != 1 || len(a.commands("Add")) != 1 {
		t.Errorf("not sent anew:\n%s", a.dump)
	}
	after := r.records(store.Inbox)
	if _, err := mail.UnmarshalSummary(after[0].Item.Summary); len(after) != 1 || err != nil || after[0].Item.ID != rec.Item.ID {
		t.Errorf("kept as %+v, %v", after, err)
	}
	if err := Resend(t.Context(), r.st, r.Mail, r.rita.ID, 999); !errors.Is(err, store.NotFound) {
		t.Errorf("of nothing: %v", err)
	}
}

// TestReducedIsBounded: a mailbox full of broken messages is noted in a bounded list.
func TestReducedIsBounded(t *testing.T) {
	var fault func(store.Blob) (store.Blob, error)
	r := newRig(t, func(o *Options) { o.Store = faultyStore{o.Store, &fault} })
	inbox := r.fill(maxReduced + 5)
	key := r.prime(t, call{}, inbox)
	fault = func(store.Blob) (store.Blob, error) { return nil, io.ErrUnexpectedEOF }
	r.whole(t, call{}, inbox, key)
	must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
		list, err := ReadReduced(tx, "phone1")
		if len(list) != maxReduced || list[0].Form() != "without its text" {
			t.Errorf("%d noted, the first %+v", len(list), list[0])
		}
		return err
	}))
}

// TestStuckDevice: a message on which a device sticks is noted too, with no reason of ours.
func TestStuckDevice(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	key := r.prime(t, call{}, inbox)
	for range noteAfter + 2 {
		r.sync(t, call{body: syncOne(inbox, key, nil)})
	}
	rec := r.records(store.Inbox)[0]
	r.checkReduced(rec.Item.ID, rungNote, true)
}

// TestHeadOnly checks what is left of a message without its bytes.
func TestHeadOnly(t *testing.T) {
	h, rec := emailRig(t, []byte(crlf(withFile)))
	m, err := h.tryRender(t.Context(), rec, emailForm{version: V141}.on(rungHead))
	must(t, err)
	if len(m.Attachments) != 0 || m.Body.Type != wire.BodyText || m.MessageClass != "IPM.Note" {
		t.Errorf("%+v", m.Email)
	}
	if note, _ := io.ReadAll(m.Body.Data); int64(len(note)) != m.Body.Size || !strings.Contains(string(note), "could not be read") {
		t.Errorf("note %q", note)
	}
}
