package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store/storetest"
)

// newTestSite returns a site whose services answer with their name and the path that they saw.
func newTestSite(t *testing.T, c *Config) http.Handler {
	t.Helper()
	st := storetest.New(t)
	log := slog.New(slog.DiscardHandler)
	tell := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("panic") {
				panic("on purpose")
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
				return
			}
			io.WriteString(w, strings.Join([]string{name, r.Method, r.URL.Path, r.RemoteAddr}, " "))
			_ = body
		})
	}
	s := &site{config: c, store: st, log: log, metrics: newMetrics(st, log), activeSync: tell("eas"), autodiscover: tell("discover")}
	return s.handler()
}

func TestSiteRoutes(t *testing.T) {
	h := newTestSite(t, defaults(t.TempDir()))
	tests := []struct {
		method, target string
		status         int
		want           string // the answer begins with it
	}{
		{"POST", "/Microsoft-Server-ActiveSync?Cmd=Ping", 200, "eas POST "},
		{"POST", "/microsoft-server-activesync/?Cmd=Ping", 200, "eas POST "},
		{"OPTIONS", "//MICROSOFT-SERVER-ACTIVESYNC", 200, "eas OPTIONS "},
		{"HEAD", "/Microsoft-Server-ActiveSync", 200, "eas HEAD "},
		{"POST", "/AutoDiscover/AutoDiscover.XML/", 200, "discover POST /autodiscover/autodiscover.xml "},
		{"GET", "/autodiscover/autodiscover.json?Email=a@b", 200, "discover GET /autodiscover/autodiscover.json "},
		{"GET", "/mail/config-v1.1.xml", 200, "discover GET /mail/config-v1.1.xml "},
		{"GET", "/.well-known/autoconfig/mail/config-v1.1.xml", 200, "discover "},
		{"GET", "/apple.mobileconfig", 200, "discover "},
		{"GET", "/healthz", 200, "ok"},
		{"HEAD", "/healthz", 200, ""},
		{"GET", "/readyz", 200, "ok"},
		{"GET", "/", 200, "<!doctype html>"},
		{"GET", "/autodiscoverer", 404, ""},
		{"GET", "/metrics", 404, ""},
		{"GET", "/debug/pprof/", 404, ""},
		{"DELETE", "/healthz", 405, ""},
		{"GET", "/Microsoft-Server-ActiveSync?panic", 500, "internal error"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, "http://mail.example.test"+tt.target, nil))
		if w.Code != tt.status || !strings.HasPrefix(w.Body.String(), tt.want) {
			t.Errorf("%s %s = %d %q, want %d %q…", tt.method, tt.target, w.Code, w.Body, tt.status, tt.want)
		}
		browser := !strings.Contains(strings.ToLower(tt.target), "activesync")
		for _, name := range []string{"X-Request-Id", "Strict-Transport-Security", "X-Content-Type-Options"} {
			if w.Header().Get(name) == "" && (browser || name == "X-Request-Id") {
				t.Errorf("%s %s has no %s", tt.method, tt.target, name)
			}
		}
	}
}

func TestDiscoveryBodyIsBounded(t *testing.T) {
	h := newTestSite(t, defaults(t.TempDir()))
	w := httptest.NewRecorder()
	body := strings.NewReader(strings.Repeat("x", maxDiscoveryBody+1))
	h.ServeHTTP(w, httptest.NewRequest("POST", "/autodiscover/autodiscover.xml", body))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of %d bytes = %d", maxDiscoveryBody+1, w.Code)
	}
}

func TestForwardedFor(t *testing.T) {
	c := defaults(t.TempDir())
	if err := c.set("http.trusted_proxies", "10.0.0.0/8, ::1"); err != nil {
		t.Fatal(err)
	}
	h := newTestSite(t, c)
	tests := []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "192.0.2.1:5", nil, "192.0.2.1:5"},
		{"a client that lies", "192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1:5"},
		{"one proxy", "10.0.0.1:5", []string{"198.51.100.1"}, "198.51.100.1:0"},
		{"a lie passed on", "10.0.0.1:5", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1:0"},
		{"two proxies", "[::1]:5", []string{"198.51.100.1, 10.1.1.1"}, "198.51.100.1:0"},
		{"two headers", "10.0.0.1:5", []string{"203.0.113.9", "2001:db8::1"}, "[2001:db8::1]:0"},
		{"only proxies", "10.0.0.1:5", []string{"10.1.1.1"}, "10.1.1.1:0"},
		{"nonsense", "10.0.0.1:5", []string{"unknown"}, "10.0.0.1:5"},
		{"nothing", "10.0.0.1:5", nil, "10.0.0.1:5"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/mail/x", nil)
		r.RemoteAddr = tt.remote
		for _, f := range tt.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Body.String(); !strings.HasSuffix(got, " "+tt.want) {
			t.Errorf("%s: %q, want it from %s", tt.name, got, tt.want)
		}
	}
}

// TestMetricsHaveFewLabels proves that clients cannot make the metrics grow.
func TestMetricsHaveFewLabels(t *testing.T) {
	st := storetest.New(t)
	log := slog.New(slog.DiscardHandler)
	m := newMetrics(st, log)
	s := &site{config: defaults(t.TempDir()), store: st, log: log, metrics: m, activeSync: http.NotFoundHandler(), autodiscover: http.NotFoundHandler()}
	h := s.handler()
	for _, target := range []string{"/a", "/b", "/c/d", "/e?f=g"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", target, nil))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("BREW"+strings.ToUpper(target[1:2]), target, nil))
	}
	w := httptest.NewRecorder()
	m.metricsHandler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`gannet_http_requests_total{code="404",method="GET",route="other"} 4`,
		`gannet_http_requests_total{code="405",method="other",route="other"} 4`,
		`gannet_http_requests_in_flight{route="other"} 0`, "gannet_queue_recipients 0", "gannet_store_commit_seconds ", "go_goroutines ",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// deadlineRecorder notes whether a bound was set on reading the request.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	set bool
}

func (d *deadlineRecorder) SetReadDeadline(time.Time) error {
	d.set = true
	return nil
}

// A body that is announced and never sent holds its connection for a bounded time, on every path.
func TestBodiesAreHurried(t *testing.T) {
	h := newTestSite(t, defaults(t.TempDir()))
	for _, path := range []string{"/", "/healthz", "/autodiscover/autodiscover.xml", "/nothing"} {
		for body, want := range map[string]bool{"": false, "x": true} {
			w := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
			h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
			if w.set != want {
				t.Errorf("POST %s with body %q: bound set %v; want %v", path, body, w.set, want)
			}
		}
	}
}
