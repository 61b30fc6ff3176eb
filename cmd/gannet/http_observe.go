package main

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
)

// answerWriter remembers what was answered. It passes everything else through.
type answerWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher.
func (w *answerWriter) Flush() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observe gives each request an id, counts it, logs it and keeps a panic of its handler from others.
func (s *site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := rand.Text()[:12]
		w.Header().Set("X-Request-Id", id)
		route := routeOf(r.URL.Path)
		done := s.metrics.begin(route)
		aw := &answerWriter{ResponseWriter: w}
		defer func() {
			fault := recover()
			if fault != nil && fault != http.ErrAbortHandler {
				s.log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", id), slog.String("path", r.URL.Path),
					slog.Any("panic", fault), slog.String("stack", string(debug.Stack())))
				if aw.status == 0 {
					http.Error(aw, "internal error", http.StatusInternalServerError)
					fault = nil
				}
			}
			done(r.Method, aw.status)
			s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("request", id), slog.String("proto", "http"),
				slog.String("remote", r.RemoteAddr), slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", aw.status), slog.Int64("bytes", aw.bytes), slog.Duration("duration", time.Since(start)))
			if fault != nil {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(aw, r)
	})
}

// routeOf names the part of the site that a path belongs to; the names are few, for the metrics.
func routeOf(p string) string {
	switch clean := cleanPath(p); {
	case clean == easPath:
		return "activesync"
	case clean == "/", clean == "/ca.crt":
		return "welcome"
	case clean == "/healthz", clean == "/readyz":
		return "health"
	case strings.HasPrefix(clean, "/autodiscover"), strings.HasPrefix(clean, "/mail"), strings.HasPrefix(clean, "/.well-known"):
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
