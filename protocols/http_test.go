package protocols

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestHTTPRemote(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:4711": "192.0.2.1", "[::ffff:192.0.2.1]:4711": "192.0.2.1", "[2001:db8::1]:1": "2001:db8::1",
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "@": "", "": "",
	} {
		var addr netip.Addr
		if want != "" {
			addr = netip.MustParseAddr(want)
		}
		if got := HTTPRemote(&http.Request{RemoteAddr: remote}); got != addr {
			t.Errorf("HTTPRemote(%q) = %v, want %v", remote, got, addr)
		}
	}
}

func TestSetRetryAfter(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "1", 0: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Hour: "3600"} {
		h := http.Header{}
		if SetRetryAfter(h, d); h.Get("Retry-After") != want {
			t.Errorf("%v: %q, want %q", d, h.Get("Retry-After"), want)
		}
	}
}

func TestBasicChallenge(t *testing.T) {
	w := httptest.NewRecorder()
	BasicChallenge(w, "mail.example.test")
	if got := w.Header().Get("WWW-Authenticate"); w.Code != http.StatusUnauthorized || got != `Basic realm="mail.example.test", charset="UTF-8"` {
		t.Errorf("%d %s", w.Code, got)
	}
}
