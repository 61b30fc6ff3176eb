package smtp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const password = "correct horse"

// world is a store with two people, and the servers around it.
type world struct {
	t          testing.TB
	st         store.Store
	mail       *mail.Service
	auth       *auth.Service
	alice, bob store.Account
	logs       *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t testing.TB) *world { return worldOn(t, storetest.New(t)) }

// worldOn fills a store. Its domain is example.test; list@ leads to both, @catch.test to bob.
func worldOn(t testing.TB, st store.Store) *world {
	w := &world{t: t, st: st, logs: new(logBuffer)}
	log := slog.New(slog.NewTextHandler(w.logs, nil))
	w.alice = storetest.Account(t, st, "alice@example.test")
	w.bob = storetest.Account(t, st, "bob@example.test")
	err := st.Update(t.Context(), 0, func(tx store.Tx) error {
		if err := tx.CreateDomain("catch.test"); err != nil {
			return err
		}
		for _, a := range []store.Alias{
			{Address: "list@example.test", Accounts: []store.AccountID{w.alice.ID, w.bob.ID}},
			{Address: "sales@example.test", Accounts: []store.AccountID{w.alice.ID}},
			{Address: "@catch.test", Accounts: []store.AccountID{w.bob.ID}},
		} {
			if err := tx.PutAlias(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.mail = mail.NewService(st, mail.ServiceOptions{Hostname: "mail.example.test", MaxSize: 1 << 20, Log: log})
	w.auth = auth.New(st, auth.Options{Params: auth.Argon{Memory: 64, Time: 1, Threads: 1}, SCRAMIterations: 4096})
	for _, a := range []store.Account{w.alice, w.bob} {
		if err := w.auth.SetPassword(t.Context(), a.ID, password); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// serve starts a server and returns its address.
func (w *world) serve(o Options) string {
	w.t.Helper()
	if o.Store == nil {
		o.Store = w.st
	}
	if o.Mail == nil {
		o.Mail = w.mail
	}
	o.Auth, o.Log = w.auth, slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.TLS == nil {
		o.TLS = testPKI(w.t).server
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New(o).Serve(ctx, ln) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("serve: %v", err)
		}
	})
	return ln.Addr().String()
}

// inbox returns the bytes of every message in an account's Inbox, oldest first.
func (w *world) inbox(acct store.AccountID) []string { return w.messages(acct, store.Inbox) }

func (w *world) messages(acct store.AccountID, role store.Role) []string {
	w.t.Helper()
	var ids []store.BlobID
	err := w.st.View(context.Background(), acct, func(r store.Reader) error {
		c, err := r.CollectionByRole(role)
		if err != nil {
			return err
		}
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
	var all []string
	for _, id := range ids {
		blob, err := w.st.OpenBlob(context.Background(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
		blob.Close()
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, string(b))
	}
	return all
}

// queue lists the outbound queue.
func (w *world) queue() []store.Queued {
	w.t.Helper()
	var rows []store.Queued
	err := w.st.View(context.Background(), 0, func(r store.Reader) (err error) {
		rows, err = r.Queue(0, 1000)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// talk is a client's end of a connection.
type talk struct {
	t    testing.TB
	conn net.Conn
	r    *textproto.Reader
	w    io.Writer
	last string // the reply read last, all its lines
}

func dial(t testing.TB, addr string) *talk {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t: t}
	k.use(c)
	t.Cleanup(func() { k.conn.Close() })
	return k
}

// start dials and reads the greeting.
func start(t testing.TB, addr string) *talk {
	t.Helper()
	k := dial(t, addr)
	k.want("220")
	return k
}

func (k *talk) use(c net.Conn) {
	c.SetDeadline(time.Now().Add(30 * time.Second))
	k.conn, k.w = c, c
	k.r = textproto.NewReader(bufio.NewReader(c))
}

func (k *talk) send(s string) {
	k.t.Helper()
	if _, err := io.WriteString(k.w, s); err != nil {
		k.t.Fatalf("send %.60q: %v", s, err)
	}
}

// cmd sends a line and wants a reply that begins so.
func (k *talk) cmd(line, want string) {
	k.t.Helper()
	k.send(line + "\r\n")
	k.want(want)
}

func (k *talk) want(prefix string) {
	k.t.Helper()
	got, err := k.reply()
	if err != nil {
		k.t.Fatalf("reply: %v; want %q", err, prefix)
	}
	if !strings.HasPrefix(got, prefix) {
		k.t.Fatalf("reply %q; want %q", got, prefix)
	}
}

// reply reads a reply and returns its last line.
func (k *talk) reply() (string, error) {
	k.last = ""
	for {
		line, err := k.r.ReadLine()
		if err != nil {
			return "", err
		}
		k.last += line + "\n"
		if len(line) < 4 || line[3] != '-' {
			return line, nil
		}
	}
}

// gone wants the connection closed, after any further replies.
func (k *talk) gone() {
	k.t.Helper()
	for range 10 {
		line, err := k.reply()
		if err == nil {
			k.t.Logf("before the end: %s", line)
			continue
		}
		if t, ok := err.(net.Error); ok && t.Timeout() {
			k.t.Fatalf("connection is still open")
		}
		return
	}
	k.t.Fatal("connection goes on")
}

func (k *talk) startTLS() {
	k.t.Helper()
	c := tls.Client(k.conn, testPKI(k.t).client)
	if err := c.Handshake(); err != nil {
		k.t.Fatalf("handshake: %v", err)
	}
	k.use(c)
}

type pki struct{ server, client *tls.Config }

var testPKI = func() func(t testing.TB) *pki {
	made := sync.OnceValues(makePKI)
	return func(t testing.TB) *pki {
		t.Helper()
		p, err := made()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}()

// makePKI makes a CA and a certificate for mail.example.test and loopback.
func makePKI() (*pki, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "mail.example.test"},
		DNSNames: []string{"mail.example.test", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return &pki{
		server: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		client: &tls.Config{RootCAs: roots, ServerName: "mail.example.test"},
	}, nil
}
