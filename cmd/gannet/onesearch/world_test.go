package onesearch

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const (
	user     = "ann@example.test"
	password = "a long enough password"
)

// zone is where the server is; its days are not those of UTC.
var zone = time.FixedZone("", 11*3600)

// now is when everybody asks.
var now = time.Date(2024, 6, 15, 12, 0, 0, 0, time.UTC)

// world is a store with a server of each protocol, and a client of each.
type world struct {
	t     *testing.T
	store store.Store
	acct  store.AccountID
	who   *auth.Service
	boxes []box
	phone *asclient.Client
	imap  *session
}

// box is a folder in the words of both protocols.
type box struct {
	name string
	id   store.CollectionID
}

// newWorld starts servers that end with the test.
func newWorld(t *testing.T) *world {
	w := &world{t: t, store: storetest.New(t)}
	account := storetest.Account(t, w.store, user)
	w.acct = account.ID
	w.who = auth.New(w.store, auth.Options{Params: auth.Argon{Memory: 64, Time: 1, Threads: 1}, SCRAMIterations: 4096})
	must(t, w.who.SetPassword(t.Context(), w.acct, password))
	must(t, w.store.Update(t.Context(), w.acct, func(tx store.Tx) error {
		inbox, err := tx.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		work, err := tx.CreateCollection(store.Collection{Name: "Work", Class: store.Mail})
		w.boxes = []box{{"INBOX", inbox.ID}, {"Work", work.ID}}
		return err
	}))
	service := mail.NewService(w.store, mail.ServiceOptions{Hostname: "mx.example.test"})
	clock := func() time.Time { return now }
	w.serveIMAP(imap.Options{
		Store: w.store, Auth: w.who, Mail: service, LoopbackPlain: true, Grace: time.Second, Now: clock, Location: zone,
	})
	web := httptest.NewServer(activesync.New(activesync.Options{
		Store: w.store, Auth: w.who, Mail: service, Hostname: "mx.example.test", Versions: activesync.AllVersions,
		Limits: activesync.Limits{Rate: -1}, Now: clock, Location: zone,
	}))
	t.Cleanup(web.Close)
	w.phone = asclient.New(asclient.Config{
		URL: web.URL + "/Microsoft-Server-ActiveSync", User: user, Password: password, DeviceID: "phone", Version: "16.1",
	})
	must(t, w.phone.Setup(t.Context()))
	return w
}

func (w *world) serveIMAP(o imap.Options) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(w.t, err)
	srv := imap.New(o)
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, ln, false) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	conn, err := net.Dial("tcp", ln.Addr().String())
	must(w.t, err)
	w.t.Cleanup(func() { conn.Close() })
	w.imap = &session{t: w.t, w: conn, r: bufio.NewReader(conn)}
	w.imap.line()
	w.imap.command("LOGIN %q %q", user, password)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// add puts messages into a folder.
func (w *world) add(c store.CollectionID, list []letter) {
	ctx := w.t.Context()
	for _, l := range list {
		in, err := mail.Ingest(ctx, w.store, strings.NewReader(l.raw), 1<<20)
		must(w.t, err)
		in.Item.Flags, in.Item.Keywords, in.Item.Received = l.flags, l.keywords, l.received
		must(w.t, w.store.Update(ctx, w.acct, func(tx store.Tx) error {
			_, err := tx.Add(c, in.Item)
			return err
		}))
		in.Blob.Release()
	}
}

// session is one of IMAP, in one direction after the other.
type session struct {
	t    *testing.T
	w    io.Writer
	r    *bufio.Reader
	tags int
}

func (s *session) line() string {
	text, err := s.r.ReadString('\n')
	must(s.t, err)
	return strings.TrimRight(text, "\r\n")
}

// command sends one and returns the untagged answers. It must succeed.
func (s *session) command(format string, args ...any) (untagged []string) {
	s.t.Helper()
	s.tags++
	tag := fmt.Sprintf("t%d ", s.tags)
	text := fmt.Sprintf(format, args...)
	_, err := io.WriteString(s.w, tag+text+"\r\n")
	must(s.t, err)
	for {
		line := s.line()
		if rest, ok := strings.CutPrefix(line, tag); ok {
			if !strings.HasPrefix(rest, "OK") {
				s.t.Fatalf("%q: %s", text, rest)
			}
			return untagged
		}
		untagged = append(untagged, line)
	}
}

// search returns the ids, as ActiveSync names them, of what SEARCH finds in the folders.
func (w *world) search(program string) (ids []string) {
	w.t.Helper()
	for _, b := range w.boxes {
		w.imap.command("EXAMINE %s", b.name)
		for _, line := range w.imap.command("UID SEARCH %s", program) {
			numbers, ok := strings.CutPrefix(line, "* SEARCH")
			if !ok {
				continue
			}
			for uid := range strings.FieldsSeq(numbers) {
				ids = append(ids, fmt.Sprintf("c%d:%s", b.id, uid))
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// find returns the ids of what Find finds everywhere, and expects that Search finds as much.
func (w *world) find(n int, text string) []string {
	w.t.Helper()
	found, err := w.phone.Find(w.t.Context(), fmt.Sprint(n), asclient.MailQuery{Text: text, Range: "0-999"})
	must(w.t, err)
	ids := make([]string, len(found.Hits))
	for i, h := range found.Hits {
		ids[i] = h.ServerID
	}
	again, err := w.phone.Search(w.t.Context(), asclient.MailQuery{Text: text, Range: "0-999"})
	must(w.t, err)
	if len(again.Hits) != len(ids) || again.Total != found.Total {
		w.t.Errorf("%s: Find finds %d of %d, Search %d of %d", text, len(ids), found.Total, len(again.Hits), again.Total)
	}
	slices.Sort(ids)
	return ids
}
