package main

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gannetmail/gannet/protocols"
)

// exchange is one request on its way: it remembers what was answered and passes everything else through.
type exchange struct {
	http.ResponseWriter
	site    *site
	request *http.Request
	id      string
	start   time.Time
	route   string
	status  int // 0: not answered yet
	bytes   int64
}

func (e *exchange) WriteHeader(status int) {
	if e.status == 0 && status >= 200 {
		e.status = status
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(p []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(p)
	e.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher.
func (e *exchange) Flush() {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	http.NewResponseController(e.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// front gives each request an id, counts it, logs it and keeps a panic of its handler from others. It
// sends the requests of phones to ActiveSync without detours: whatever stands between a parked one and
// its connection stays in memory for an hour.
type front struct {
	site *site
	rest http.Handler
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := f.site.newExchange(w, r)
	defer e.end()
	if e.route == easRoute {
		f.site.activeSync.ServeHTTP(e, r)
		return
	}
	f.rest.ServeHTTP(e, r)
}

func (s *site) newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	e := &exchange{
		ResponseWriter: w, site: s, request: r, id: rand.Text()[:12], start: time.Now(), route: routeOf(r.URL.Path),
	}
	w.Header().Set("X-Request-Id", e.id)
	s.metrics.begin(e.route)
	return e
}

// end is deferred: it looks for a panic.
func (e *exchange) end() {
	fault := recover()
	if fault != nil && fault != http.ErrAbortHandler {
		e.site.log.LogAttrs(e.request.Context(), slog.LevelError, "panic", slog.String("request", e.id),
			slog.String("path", e.request.URL.Path), slog.Any("panic", fault), slog.String("stack", string(debug.Stack())))
		if e.status == 0 {
			http.Error(e, "internal error", http.StatusInternalServerError)
			fault = nil
		}
	}
	e.note()
	if fault != nil {
		panic(http.ErrAbortHandler)
	}
}

func (e *exchange) note() {
	took := time.Since(e.start)
	r := e.request
	e.site.metrics.end(e.route, r.Method, e.status, took)
	e.site.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("request", e.id),
		slog.String(protocols.LogProto, "http"), slog.String(protocols.LogRemote, r.RemoteAddr),
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", e.status), slog.Int64("bytes", e.bytes), slog.Duration("duration", took))
}

// easRoute is the name of ActiveSync's part of the site.
const easRoute = "activesync"

// routeOf names the part of the site that a path belongs to; the names are few, for the metrics.
func routeOf(p string) string {
	switch clean := cleanPath(p); {
	case clean == easPath:
		return easRoute
	case clean == "/", clean == "/ca.crt":
		return "welcome"
	case clean == "/healthz", clean == "/readyz":
		return "health"
	case isDiscovery(clean):
		return "autodiscover"
	}
	return "other"
}

// trustProxies believes X-Forwarded-For when it comes from a configured proxy: the client is the last
// address in it that is not such a proxy itself.
func (s *site) trustProxies(next http.Handler) http.Handler {
	proxies := s.config.HTTP.TrustedProxies
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client, ok := forwardedFor(r, proxies); ok {
			copied := *r
			copied.RemoteAddr = netip.AddrPortFrom(client, 0).String()
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

func forwardedFor(r *http.Request, proxies []Prefix) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !trusted(peer.Addr(), proxies) {
		return netip.Addr{}, false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		addr, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}, false
		}
		if addr = addr.Unmap(); i == 0 || !trusted(addr, proxies) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

func trusted(a netip.Addr, proxies []Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
