package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/gannetmail/gannet/store"
)

// site is what the HTTPS listener serves.
type site struct {
	config       *Config
	store        store.Store
	activeSync   http.Handler // /Microsoft-Server-ActiveSync
	autodiscover http.Handler // every path of discoveryPaths
	log          *slog.Logger
	metrics      *metrics
}

// easPath is the one path of ActiveSync. MS-ASHTTP, Request line.
const easPath = "/Microsoft-Server-ActiveSync"

// maxDiscoveryBody bounds what a discovery request may post.
const maxDiscoveryBody = 64 << 10

// discoveryPrefixes are the trees that package autodiscover answers.
var discoveryPrefixes = []string{"/autodiscover", "/mail", "/.well-known/autoconfig", "/apple.mobileconfig"}

// handler returns the whole site.
func (s *site) handler() http.Handler {
	r := chi.NewRouter()
	discovery := http.MaxBytesHandler(s.autodiscover, maxDiscoveryBody)
	for _, prefix := range discoveryPrefixes {
		r.Handle(prefix, discovery)
		r.Handle(prefix+"/*", discovery)
	}
	r.Get("/", s.welcome)
	r.Get("/ca.crt", s.authorityCertificate)
	r.Get("/healthz", healthy)
	r.Get("/readyz", newReadiness(s.store).ServeHTTP)
	return s.trustProxies(&front{site: s, rest: hurry(securityHeaders(canonicalPath(headAsGet(r))))})
}

// hurry bounds how long a client may take to send its body, whether anybody reads it or not: net/http
// itself waits for what was announced. ActiveSync has bounds of its own.
func hurry(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(headerTimeout)) // not there in tests
		}
		next.ServeHTTP(w, r)
	})
}

// canonicalPath lets clients write paths their own way: in any case, with doubled or trailing slashes.
func canonicalPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := cleanPath(r.URL.Path); clean != r.URL.Path {
			u := *r.URL
			u.Path, u.RawPath = clean, ""
			copied := *r
			copied.URL = &u
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

func cleanPath(p string) string {
	clean := path.Clean("/" + p)
	lower := strings.ToLower(clean)
	if lower == strings.ToLower(easPath) {
		return easPath
	}
	if isDiscovery(lower) {
		return lower
	}
	return clean
}

// isDiscovery reports whether a clean path in lower case is in a tree that package autodiscover answers.
func isDiscovery(clean string) bool {
	return slices.ContainsFunc(discoveryPrefixes, func(prefix string) bool {
		return clean == prefix || strings.HasPrefix(clean, prefix+"/")
	})
}

// headAsGet routes HEAD like GET; the server drops the body.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			copied := *r
			copied.Method = http.MethodGet
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

// securityHeaders sets what every answer to a browser says.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// welcomePage tells a person who typed the name into a browser what this is.
var welcomePage = template.Must(template.New("welcome").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gannet</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1em}code{font-size:1.1em}</style>
<h1>Gannet</h1>
<p>This is a mail server for phones. Add an account of the kind <b>Exchange</b> with your mail address
and your password. If the phone asks for a server, type</p>
<p><code>{{.Server}}</code></p>
<p>If it does not trust this server, install <a href="/ca.crt">the certificate of its authority</a> first.</p>
`))

func (s *site) welcome(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	server := strings.TrimSuffix(r.Host, ":443")
	if err := welcomePage.Execute(w, struct{ Server string }{server}); err != nil {
		s.log.LogAttrs(r.Context(), slog.LevelDebug, "page not sent", slog.Any("error", err))
	}
}

// authorityCertificate serves the certificate of the private authority, which phones must trust.
func (s *site) authorityCertificate(w http.ResponseWriter, r *http.Request) {
	text, err := os.ReadFile(filepath.Join(s.config.Data, caCertFile))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Write(text)
}

// healthy answers as long as the process does.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// readiness tells whether the store takes writes. What it found is good for a second, so that asking
// often costs nothing.
type readiness struct {
	store   store.Store
	mu      sync.Mutex
	checked time.Time
	err     error
}

func newReadiness(st store.Store) *readiness { return &readiness{store: st} }

const readyPatience = 5 * time.Second

func (p *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := p.check(r.Context()); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the store takes no writes")
		return
	}
	fmt.Fprintln(w, "ok")
}

func (p *readiness) check(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.checked) < time.Second {
		return p.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyPatience)
	defer cancel()
	p.err = p.store.Update(ctx, 0, func(store.Tx) error { return nil })
	p.checked = time.Now()
	return p.err
}

// Bounds of one HTTP connection. Nothing limits how long an answer may take: a Ping waits for an hour.
const (
	headerTimeout  = 30 * time.Second
	idleTimeout    = 3 * time.Minute
	maxHeaderBytes = 32 << 10
)

// newHTTPServer returns the server of the HTTPS listener. The buffers of HTTP/2 are as small as the
// protocol allows: most connections hold one parked request.
func newHTTPServer(handler http.Handler, tlsConfig *tls.Config, http2 bool, log *slog.Logger) *http.Server {
	var speak http.Protocols
	speak.SetHTTP1(true)
	speak.SetHTTP2(http2)
	return &http.Server{
		Handler:           handler,
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Protocols:         &speak,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          64,
			MaxReadFrameSize:              16 << 10,
			MaxReceiveBufferPerConnection: 256 << 10,
			MaxReceiveBufferPerStream:     128 << 10,
			SendPingTimeout:               2 * time.Minute, // finds out that a silent client is gone
			PingTimeout:                   time.Minute,
		},
	}
}
