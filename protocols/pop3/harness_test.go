package pop3

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
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse"

// world is a store with two people, and a server.
type world struct {
	t          testing.TB
	st         store.Store
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

func newWorld(t testing.TB) *world {
	t.Helper()
	st := storetest.New(t)
	w := &world{t: t, st: st, logs: new(logBuffer)}
	w.alice = storetest.Account(t, st, "alice@example.test")
	w.bob = storetest.Account(t, st, "bob@example.test")
	w.auth = auth.New(st, auth.Options{Params: auth.Argon{Memory: 64, Time: 1, Threads: 1}, SCRAMIterations: 4096})
	for _, a := range []store.Account{w.alice, w.bob} {
		if err := w.auth.SetPassword(t.Context(), a.ID, password); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log:\n%s", w.logs.b.String())
		}
	})
	return w
}

// add puts messages into alice's Inbox.
func (w *world) add(messages ...string) {
	w.t.Helper()
	inbox := storetest.Role(w.t, w.st, w.alice.ID, store.Inbox)
	for _, m := range messages {
		storetest.Add(w.t, w.st, w.alice.ID, inbox.ID, []byte(m), store.NewItem{Class: store.Mail})
	}
}

// left is how many messages are in alice's Inbox.
func (w *world) left() int64 { return storetest.Role(w.t, w.st, w.alice.ID, store.Inbox).Total }

func (w *world) options() Options {
	return Options{
		Store: w.st, Auth: w.auth, TLS: testPKI(w.t).server,
		Log: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// serve starts a server with a plain and a TLS listener. stop, which may be left to the test's end, ends it.
func (w *world) serve(o Options) (plain, implicit string, stop func()) {
	w.t.Helper()
	s := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	begin := func(implicit bool) string {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			w.t.Fatal(err)
		}
		done.Go(func() {
			if err := s.Serve(ctx, ln, implicit); err != nil {
				w.t.Errorf("serve: %v", err)
			}
		})
		return ln.Addr().String()
	}
	plain, implicit = begin(false), begin(true)
	stop = func() {
		cancel()
		done.Wait()
	}
	w.t.Cleanup(stop)
	return plain, implicit, stop
}

// talk is a client's end of a connection.
type talk struct {
	t    testing.TB
	conn net.Conn
	r    *textproto.Reader
	last string
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

// enter dials the TLS listener and logs alice in.
func enter(t testing.TB, addr string) *talk {
	t.Helper()
	k := dial(t, addr)
	k.startTLS()
	k.want("+OK")
	k.login()
	return k
}

func (k *talk) login() {
	k.t.Helper()
	k.cmd("USER alice@example.test", "+OK")
	k.cmd("PASS "+password, "+OK")
}

func (k *talk) use(c net.Conn) {
	c.SetDeadline(time.Now().Add(30 * time.Second))
	k.conn = c
	k.r = textproto.NewReader(bufio.NewReader(c))
}

func (k *talk) startTLS() {
	k.t.Helper()
	c := tls.Client(k.conn, testPKI(k.t).client)
	if err := c.Handshake(); err != nil {
		k.t.Fatalf("handshake: %v", err)
	}
	k.use(c)
}

func (k *talk) send(s string) {
	k.t.Helper()
	if _, err := io.WriteString(k.conn, s); err != nil {
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
	line, err := k.r.ReadLine()
	if err != nil {
		k.t.Fatalf("reply: %v; want %q", err, prefix)
	}
	if k.last = line; !strings.HasPrefix(line, prefix) {
		k.t.Fatalf("reply %q; want %q", line, prefix)
	}
}

// multi reads the rest of a multi-line reply; with CRLF and without the dots of the protocol.
func (k *talk) multi() string {
	k.t.Helper()
	var b strings.Builder
	for {
		line, err := k.r.R.ReadString('\n')
		if err != nil {
			k.t.Fatalf("multi-line reply: %v after %.60q", err, b.String())
		}
		if line == ".\r\n" {
			return b.String()
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// gone wants the connection closed without another word.
func (k *talk) gone() {
	k.t.Helper()
	line, err := k.r.ReadLine()
	if err == nil {
		k.t.Fatalf("reply %q; want the end", line)
	}
	if t, ok := err.(net.Error); ok && t.Timeout() {
		k.t.Fatal("connection is still open")
	}
}

type pki struct {
	server, client *tls.Config
	ca             []byte // PEM
}

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

// makePKI makes a CA and a certificate for localhost and loopback.
func makePKI() (*pki, error) {
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return &pki{
		server: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		client: &tls.Config{RootCAs: roots, ServerName: "localhost"},
		ca:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}),
	}, nil
}

// letter is a message with a body of the given lines.
func letter(n int, lines ...string) string {
	return fmt.Sprintf("From: Bob <bob@example.test>\r\nSubject: number %d\r\n\r\n%s\r\n", n, strings.Join(lines, "\r\n"))
}
