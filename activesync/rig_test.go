package activesync

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/wbxml"
)

const (
	rita     = "rita@example.test"
	otto     = "otto@example.test"
	password = "correct horse"
)

// A rig is a handler on a store of its own, with the accounts rita and otto.
type rig struct {
	*Handler
	t     testing.TB
	st    store.Store
	rita  store.Account
	otto  store.Account
	clock time.Time
}

func newRig(t testing.TB, change ...func(*Options)) *rig {
	t.Helper()
	ctx := t.Context()
	r := &rig{t: t, clock: time.Date(2026, 8, 22, 10, 15, 0, 0, time.UTC)}
	now := func() time.Time { return r.clock }
	st, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "test.db"), sqlite.Options{Now: now})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	r.st = st
	who := auth.New(st, auth.Options{Params: auth.Argon{Memory: 64, Time: 1, Threads: 1}, SCRAMIterations: 4096, Now: now})
	must(t, st.Update(ctx, 0, func(tx store.Tx) error {
		must(t, tx.CreateDomain("example.test"))
		r.rita, err = tx.CreateAccount(store.Account{Name: rita, Display: "Rita"})
		must(t, err)
		r.otto, err = tx.CreateAccount(store.Account{Name: otto, Display: "Otto"})
		must(t, err)
		return tx.PutAlias(store.Alias{Address: "sales@example.test", Accounts: []store.AccountID{r.rita.ID}})
	}))
	for _, a := range []store.Account{r.rita, r.otto} {
		must(t, who.SetPassword(ctx, a.ID, password))
	}
	o := Options{
		Store: st, Auth: who, Mail: mail.NewService(st, mail.ServiceOptions{Hostname: "mx.example.test", Now: now}),
		Hostname: "mx.example.test", Now: now, Versions: AllVersions, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	for _, f := range change {
		f(&o)
	}
	r.Handler = New(o)
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A call is a request of rita's phone; zero fields have working defaults.
type call struct {
	cmd     string
	version Version // 0: baseVersion
	device  string  // empty: "phone1"
	user    string  // empty: rita
	key     string  // X-MS-PolicyKey
	body    string  // as wbxml.Dump writes it
	mime    string  // instead of body
	query   url.Values
	header  map[string]string
	ctx     context.Context
}

// A reply is what came back.
type reply struct {
	code   int
	header http.Header
	body   []byte
	dump   string // of a WBXML body
}

func (r *rig) do(c call) reply {
	r.t.Helper()
	return r.send(r.request(c))
}

// request makes the HTTP request of a call.
func (r *rig) request(c call) *http.Request {
	r.t.Helper()
	if c.version == 0 {
		c.version = baseVersion
		if c.cmd == "Provision" && baseVersion < V120 {
			c.body = strings.Replace(c.body, wire.PolicyWBXML, wire.PolicyXML, 1) // the type that it has
		}
	}
	if c.device == "" {
		c.device = "phone1"
	}
	if c.user == "" {
		c.user = rita
	}
	q := url.Values{"Cmd": {c.cmd}, "User": {c.user}, "DeviceId": {c.device}, "DeviceType": {"Phone"}}
	for k, v := range c.query {
		q[k] = v
	}
	var body bytes.Buffer
	kind := typeWBXML
	switch {
	case c.mime != "":
		kind = typeMessage
		body.WriteString(c.mime)
	case c.body != "":
		must(r.t, wbxml.Undump(&body, strings.NewReader(c.body)))
	default:
		kind = ""
	}
	req := httptest.NewRequest(http.MethodPost, "/Microsoft-Server-ActiveSync?"+q.Encode(), &body)
	if c.ctx != nil {
		req = req.WithContext(c.ctx)
	}
	req.SetBasicAuth(c.user, password)
	req.Header.Set("MS-ASProtocolVersion", c.version.String())
	req.Header.Set("User-Agent", "Phone/1.0")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.key != "" {
		req.Header.Set("X-MS-PolicyKey", c.key)
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	return req
}

func (r *rig) send(req *http.Request) reply {
	r.t.Helper()
	rec := httptest.NewRecorder()
	r.ServeHTTP(rec, req)
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	must(r.t, err)
	out := reply{code: res.StatusCode, header: http.Header{}, body: body}
	for name, values := range res.Header { // as a client reads them
		out.header[http.CanonicalHeaderKey(name)] = values
	}
	if res.Header.Get("Content-Type") == typeWBXML && res.Header.Get("Content-Encoding") == "" {
		var text strings.Builder
		must(r.t, wbxml.Dump(&text, bytes.NewReader(body), wbxml.DumpOptions{}))
		out.dump = text.String()
	}
	return out
}

// value returns the text of the first element of that name in a dump, "" if there is none.
func (a reply) value(name string) string {
	for line := range strings.Lines(a.dump) {
		tag, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if tag == name {
			return strings.Trim(text, `"`)
		}
	}
	return ""
}

func (a reply) has(name string) bool {
	for line := range strings.Lines(a.dump) {
		if tag, _, _ := strings.Cut(strings.TrimSpace(line), " "); tag == name {
			return true
		}
	}
	return false
}

// device reads the record of a device of rita's.
func (r *rig) device(id string) (store.Device, error) {
	var d store.Device
	err := r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		d, err = tx.Device(id)
		return err
	})
	return d, err
}

// setDevice changes the record of a device of rita's, as the operator does.
func (r *rig) setDevice(id string, change func(*store.Device)) {
	r.t.Helper()
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
		d, err := tx.Device(id)
		if err != nil {
			return err
		}
		change(&d)
		return tx.PutDevice(d)
	}))
}

// folder returns rita's collection with a role.
func (r *rig) folder(role store.Role) store.Collection {
	r.t.Helper()
	var c store.Collection
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		c, err = tx.CollectionByRole(role)
		return err
	}))
	return c
}

// deliver puts a message into a folder of rita's.
func (r *rig) deliver(role store.Role, message string) store.Record {
	r.t.Helper()
	in, err := mail.Ingest(r.t.Context(), r.st, strings.NewReader(crlf(message)), 1<<30)
	must(r.t, err)
	defer in.Blob.Release()
	var rec store.Record
	c := r.folder(role)
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		rec, err = tx.Add(c.ID, in.Item)
		return err
	}))
	return rec
}

// records lists what a folder of rita's holds, oldest first.
func (r *rig) records(role store.Role) []store.Record {
	r.t.Helper()
	var list []store.Record
	c := r.folder(role)
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) error {
		for rec, err := range tx.ByUID(c.ID, 1, store.MaxUID, store.WantSummary) {
			if err != nil {
				return err
			}
			list = append(list, rec)
		}
		return nil
	}))
	return list
}

// queued lists the outbound queue.
func (r *rig) queued() []store.Queued {
	r.t.Helper()
	var list []store.Queued
	must(r.t, r.st.View(r.t.Context(), 0, func(tx store.Reader) (err error) {
		list, err = tx.Queue(0, 1000)
		return err
	}))
	return list
}

// bytes reads a stored message.
func (r *rig) bytes(id store.BlobID) string {
	r.t.Helper()
	b, err := r.st.OpenBlob(r.t.Context(), id)
	must(r.t, err)
	defer b.Close()
	raw := make([]byte, b.Size())
	_, err = b.ReadAt(raw, 0)
	if err != io.EOF {
		must(r.t, err)
	}
	return string(raw)
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
