package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false,
		"::": false, "::1": false, "::ffff:10.0.0.1": false, "fe80::1": false, "fc00::1": false, "ff02::1": false,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:0:a00:1::": false, "2001:db8::1": false, "::a00:1": false, "fec0::1": false,
	} {
		if got := IsPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestHosts(t *testing.T) {
	hosts := Hosts{"pki.example.test", "ca.example.test:8080", "[::1]:81"}
	for host, want := range map[string]bool{
		"pki.example.test": true, "PKI.example.test:80": true, "pki.example.test:443": true, "pki.example.test:81": false,
		"ca.example.test:8080": true, "ca.example.test": false, "[::1]:81": true, "other.example.test": false,
	} {
		if got := hosts.Have(host); got != want {
			t.Errorf("%s: %v, want %v", host, got, want)
		}
	}
}

// TestGuard fetches from this machine: only who is told that it may does, also when a redirect leads here.
func TestGuard(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			t.Errorf("referer %q", r.Referer())
		}
		w.Write([]byte("inside"))
	}))
	defer inside.Close()
	first := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusFound))
	defer first.Close()
	host := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	get := func(o Options, url string) (string, error) {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url+"/secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Client(o).Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		raw, err := Body(res.Body, 6)
		return string(raw), err
	}
	if _, err := get(Options{}, inside.URL); !errors.Is(err, ErrPrivate) || strings.Contains(Cause(err).Error(), "secret") {
		t.Errorf("inside: %v", err)
	}
	if _, err := get(Options{Hosts: Hosts{host(first)}, Redirects: 1}, first.URL); !errors.Is(err, ErrPrivate) {
		t.Errorf("redirected inside: %v", err)
	}
	both := Hosts{host(first), host(inside)}
	if got, err := get(Options{Hosts: both, Redirects: 1}, first.URL); got != "inside" || err != nil {
		t.Errorf("both allowed: %q, %v", got, err)
	}
	if _, err := get(Options{Hosts: both}, first.URL); err == nil {
		t.Error("redirected, though it must not be")
	}
	refuse := func(u *url.URL) error { return errors.New("never") }
	if _, err := get(Options{Hosts: both, Redirects: 1, Refuse: refuse}, first.URL); err == nil || Cause(err).Error() != "never" {
		t.Errorf("refused: %v", err)
	}
	if _, err := Body(strings.NewReader("1234567"), 6); err == nil {
		t.Error("read more than the bound")
	}
}
