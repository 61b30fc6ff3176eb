package imapmodel

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const (
	user     = "alice@example.test"
	password = "a long enough password"
	guest    = "bob@example.test"
	shared   = "Other Users/" + user + "/" // before the names of the user's mailboxes, for the guest
	work     = "Work"                      // a folder of the user's own
)

// world is a store with the servers that let clients at it.
type world struct {
	store      store.Store
	mail       *mail.Service
	account    store.Account
	imap       string // address
	activeSync string // URL
	boxes      []box  // the first two are those that sessions select
	identities identities
	letters    atomic.Int64
	crowd      int  // how many messages of a mailbox are too many
	sweeps     int  // one in how many choices of messages is all of them
	inTurn     bool // one acts after another
	searches   bool // the server has SEARCH
	statuses   bool // and STATUS
}

// box is a mailbox that everybody works in.
type box struct {
	name string // in IMAP
	id   store.CollectionID
}

// mailbox is what a mailbox really holds.
type mailbox struct {
	box
	validity, uidNext uint32
	highest           uint64
	unseen            int
	list              []stored
}

// stored is one message of it.
type stored struct {
	message
	subject    string
	categories []string // all, those too that IMAP can't say
	flagged    bool
}

func (m *mailbox) uids() (list []uint32) {
	for _, s := range m.list {
		list = append(list, s.uid)
	}
	return list
}

// newWorld starts servers that end with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{store: storetest.New(t), crowd: crowd, sweeps: 25, identities: identities{of: map[place]string{}}}
	w.account = storetest.Account(t, w.store, user)
	who := auth.New(w.store, auth.Options{Params: auth.Argon{Memory: 64, Time: 1, Threads: 1}, SCRAMIterations: 4096})
	must(t, who.SetPassword(ctx, w.account.ID, password))
	must(t, w.store.Update(ctx, w.account.ID, func(tx store.Tx) error {
		inbox, err := tx.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		trash, err := tx.CollectionByRole(store.Trash)
		if err != nil {
			return err
		}
		c, err := tx.CreateCollection(store.Collection{Name: work, Class: store.Mail})
		w.boxes = []box{{"INBOX", inbox.ID}, {work, c.ID}, {trash.Name, trash.ID}}
		return err
	}))
	w.share(t, who)
	w.mail = mail.NewService(w.store, mail.ServiceOptions{Hostname: "mx.example.test"})
	w.serveIMAP(t, who)
	web := httptest.NewServer(activesync.New(activesync.Options{
		Store: w.store, Auth: who, Mail: w.mail, Hostname: "mx.example.test", Versions: activesync.AllVersions,
		Limits: activesync.Limits{Rate: -1},
	}))
	t.Cleanup(web.Close)
	w.activeSync = web.URL + "/Microsoft-Server-ActiveSync"
	return w
}

// share lets a guest at the mailboxes.
func (w *world) share(t *testing.T, who *auth.Service) {
	t.Helper()
	other := storetest.Account(t, w.store, guest)
	must(t, who.SetPassword(t.Context(), other.ID, password))
	must(t, w.store.Update(t.Context(), w.account.ID, func(tx store.Tx) error {
		for _, b := range w.boxes {
			if err := tx.PutGrant(store.Grant{Collection: b.id, Grantee: other.ID, Rights: store.AllRights &^ store.MayAdminister}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (w *world) serveIMAP(t *testing.T, who *auth.Service) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	srv := imap.New(imap.Options{Store: w.store, Auth: who, Mail: w.mail, LoopbackPlain: true, Grace: time.Second})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, ln, false) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	w.imap = ln.Addr().String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// letter writes a message that is told from all others by its subject.
func (w *world) letter() (subject, text string) {
	n := w.letters.Add(1)
	subject = fmt.Sprintf("letter-%d", n)
	return subject, fmt.Sprintf("From: Otto <otto@example.net>\r\nTo: <%s>\r\nSubject: %s\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\n"+
		"Message-ID: <%s@example.net>\r\n\r\nThis is letter number %d.\r\n%s", user, subject, subject, n, strings.Repeat("A line.\r\n", int(n%7)))
}

// deliver brings a letter as the listener for mail does.
func (w *world) deliver(ctx context.Context) error {
	_, text := w.letter()
	in, err := mail.Ingest(ctx, w.store, strings.NewReader(text), 1<<20)
	if err != nil {
		return err
	}
	defer in.Blob.Release()
	for _, err := range w.mail.Deliver(ctx, mail.Incoming{Ingested: in, Sender: "otto@example.net"}, []mail.Recipient{{Address: user, Account: w.account.ID}}) {
		if err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
	}
	return nil
}

// fill puts n letters into the first mailbox at once.
func (w *world) fill(ctx context.Context, n int) error {
	var letters []*mail.Ingested
	defer func() {
		for _, in := range letters {
			in.Blob.Release()
		}
	}()
	for range n {
		_, text := w.letter()
		in, err := mail.Ingest(ctx, w.store, strings.NewReader(text), 1<<20)
		if err != nil {
			return err
		}
		letters = append(letters, in)
	}
	return w.store.Update(ctx, w.account.ID, func(tx store.Tx) error {
		for _, in := range letters {
			if _, err := tx.Add(w.boxes[0].id, in.Item); err != nil {
				return err
			}
		}
		return nil
	})
}

// truth reads what all mailboxes hold.
func (w *world) truth(ctx context.Context) (all []*mailbox, err error) {
	err = w.store.View(ctx, w.account.ID, func(r store.Reader) error {
		all = nil
		for _, b := range w.boxes {
			m, err := readMailbox(r, b)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		for _, s := range m.list {
			if err := w.identities.claim(m.name, s.uid, s.subject); err != nil {
				return nil, err
			}
		}
	}
	return all, w.identities.settle()
}

func readMailbox(r store.Reader, b box) (*mailbox, error) {
	c, err := r.Collection(b.id)
	if err != nil {
		return nil, err
	}
	m := &mailbox{box: b, validity: c.UIDValidity, uidNext: uint32(c.UIDNext), highest: uint64(c.Changed), unseen: int(c.Unread)}
	for rec, err := range r.ByUID(b.id, 1, store.MaxUID, store.WantSummary) {
		if err != nil {
			return nil, err
		}
		sum, err := mail.UnmarshalHead(rec.Item.Summary)
		if err != nil {
			return nil, err
		}
		m.list = append(m.list, stored{
			message: message{uid: uint32(rec.UID), flags: flagsOf(rec.Item), told: true, modSeq: uint64(rec.ModSeq)},
			subject: sum.Envelope.Subject, categories: rec.Item.Keywords, flagged: rec.Item.Flags&store.Flagged != 0,
		})
	}
	return m, nil
}

// flagsOf says an item's flags as IMAP does.
func flagsOf(i store.Item) string {
	var names []string
	for _, f := range []struct {
		flag store.Flags
		name string
	}{
		{store.Seen, `\seen`}, {store.Answered, `\answered`}, {store.Flagged, `\flagged`}, {store.Deleted, `\deleted`},
		{store.Draft, `\draft`}, {store.Forwarded, `$forwarded`}, {store.MDNSent, `$mdnsent`},
	} {
		if i.Flags&f.flag != 0 {
			names = append(names, f.name)
		}
	}
	for _, k := range i.Keywords {
		if !strings.ContainsAny(k, " (){%*\"\\]") && !strings.ContainsFunc(k, func(r rune) bool { return r > 0x7e || r < 0x20 }) {
			names = append(names, k)
		}
	}
	flags, _ := canonicalFlags(names)
	return flags
}

// find returns a mailbox by its name.
func find(all []*mailbox, name string) *mailbox {
	i := slices.IndexFunc(all, func(m *mailbox) bool { return m.name == name })
	return all[i]
}

// identities notes which letter each UID ever was: it must stay that.
type identities struct {
	mu    sync.Mutex
	of    map[place]string
	links [][2]place // the second is a copy of the first
}

type place struct {
	mailbox string
	uid     uint32
}

func (d *identities) claim(mailbox string, uid uint32, subject string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.put(place{mailbox, uid}, subject)
}

func (d *identities) put(p place, subject string) error {
	if was, is := d.of[p]; is && was != subject {
		return fmt.Errorf("UID %d of %s is %q, was %q", p.uid, p.mailbox, subject, was)
	}
	d.of[p] = subject
	return nil
}

// copied notes that a message was copied or moved.
func (d *identities) copied(from, to place) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.links = append(d.links, [2]place{from, to})
}

// settle checks the copies whose letters are known.
func (d *identities) settle() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.links {
		if subject, known := d.of[l[0]]; known {
			if err := d.put(l[1], subject); err != nil {
				return fmt.Errorf("copy: %w", err)
			}
		} else if subject, known := d.of[l[1]]; known {
			if err := d.put(l[0], subject); err != nil {
				return fmt.Errorf("copy: %w", err)
			}
		}
	}
	return nil
}
