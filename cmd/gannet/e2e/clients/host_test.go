package clients

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const (
	domain   = "example.test"
	alice    = "alice@" + domain
	bob      = "bob@" + domain
	password = "correct horse battery"
	outside  = "sender@example.net"
)

// build makes the binary once for all tests, where nobody names one by GANNET_BINARY.
var build = sync.OnceValues(func() (e2e.Binary, error) {
	if path := os.Getenv("GANNET_BINARY"); path != "" {
		path, err := filepath.Abs(path)
		return e2e.Binary(path), err
	}
	return e2e.Build(context.Background(), moduleRoot, buildDir)
})

// moduleRoot is the root of the checkout, seen from this package.
const moduleRoot = "../../../.."

// buildDir is where build puts what it makes.
var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gannet-clients-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// host is a running server as its programs know it.
type host struct {
	Addr   map[string]string // host:port by listener
	CA     string            // file with the certificate to trust
	server *e2e.Server
}

// newHost runs a server with alice and bob until the test ends. Then its log must have no error and its
// data directory must be sound.
func newHost(t *testing.T) *host {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	site, err := binary.Init(t.Context(), filepath.Join(t.TempDir(), "data"), domain)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{alice, bob} {
		if err := site.AddAccount(t.Context(), address, password); err != nil {
			t.Fatal(err)
		}
	}
	h := &host{CA: filepath.Join(site.Data, "tls", "ca.crt")}
	h.serve(t, site)
	t.Cleanup(func() {
		h.stop(t)
		if err := site.Check(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server's last words:\n%s", h.tail())
		}
	})
	return h
}

func (h *host) serve(t *testing.T, site *e2e.Site) {
	t.Helper()
	s, err := site.Serve(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.Addr = s, s.Addr
}

// stop ends the server, which must go well and have logged no error.
func (h *host) stop(t *testing.T) {
	t.Helper()
	if err := h.server.Stop(); err != nil {
		t.Error(err)
	}
	for _, line := range h.server.Log.Lines("level=ERROR") {
		t.Errorf("the server logged: %s", line)
	}
}

// restart stops the server and starts it again, on other ports.
func (h *host) restart(t *testing.T) {
	t.Helper()
	h.stop(t)
	h.serve(t, h.server.Site)
}

// tail is the latest lines of the server's log.
func (h *host) tail() string { return h.server.Log.Tail(15) }

// Port is the port of a listener.
func (h *host) Port(listener string) string {
	_, port, err := net.SplitHostPort(h.Addr[listener])
	if err != nil {
		panic("no listener " + listener)
	}
	return port
}

// trust returns TLS settings that trust the server.
func (h *host) trust(t *testing.T) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(h.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("no certificate in %s", h.CA)
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// deliver hands messages to the MX listener, all over one connection.
func (h *host) deliver(t *testing.T, to string, letters ...letter) {
	t.Helper()
	if err := h.deliverAll(t.Context(), to, letters); err != nil {
		t.Fatal(err)
	}
}

func (h *host) deliverAll(ctx context.Context, to string, letters []letter) error {
	c, err := e2e.Dial(ctx, h.Addr["smtp"])
	if err != nil {
		return err
	}
	defer c.Close()
	for _, l := range letters {
		if err := c.Deliver(outside, []string{to}, l.Raw); err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	return c.Quit()
}
