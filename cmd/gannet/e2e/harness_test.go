package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/activesync/asclient"
)

const (
	domain   = "example.test"
	alice    = "alice@" + domain
	bob      = "bob@" + domain
	password = "correct horse battery"
	outside  = "sender@example.net"
)

// build makes the binary once for all tests, where nobody names one by GANNET_BINARY.
var build = sync.OnceValues(func() (Binary, error) {
	if path := os.Getenv("GANNET_BINARY"); path != "" {
		path, err := filepath.Abs(path)
		return Binary(path), err
	}
	return Build(context.Background(), moduleRoot, buildDir)
})

// moduleRoot is the root of the checkout, seen from this package.
const moduleRoot = "../../.."

// buildDir is where build puts what it makes.
var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gannet-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// newSite makes a data directory in dir with the accounts.
func newSite(t *testing.T, dir string, accounts ...string) *Site {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	site, err := binary.Init(t.Context(), filepath.Join(dir, "data"), domain)
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range accounts {
		if err := site.AddAccount(t.Context(), address, password); err != nil {
			t.Fatal(err)
		}
	}
	return site
}

// serve runs a server until the test ends.
func serve(t *testing.T, site *Site) *Server {
	t.Helper()
	s, err := site.Serve(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server's last words:\n%s", s.Log.Tail(15))
		}
	})
	return s
}

// device describes a phone to be made.
type device struct {
	Account string
	ID      string
	Version string // empty: the best
	Base64  bool
	HTTP2   bool
}

// newPhone makes a device that has not spoken to the server yet.
func newPhone(t *testing.T, s *Server, d device) *asclient.Client {
	t.Helper()
	client, err := s.Site.HTTP(d.HTTP2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return asclient.New(asclient.Config{
		URL: s.ActiveSync(), User: d.Account, Password: password, DeviceID: d.ID,
		Version: d.Version, Base64: d.Base64, HTTP: client,
	})
}

// correct fails the test if the server did to the device what no correct server does.
func correct(t *testing.T, c *asclient.Client) {
	t.Helper()
	for i, v := range c.Violations {
		if i == 10 {
			t.Errorf("device %s: and %d more", c.DeviceID, len(c.Violations)-i)
			return
		}
		t.Errorf("device %s (%s): %s", c.DeviceID, c.Version, v)
	}
}

// deliver hands one message to the MX listener.
func deliver(t *testing.T, s *Server, message []byte, to ...string) {
	t.Helper()
	c, err := Dial(t.Context(), s.Addr["smtp"])
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(outside, to, message); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
}

// number reads a number from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
