package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/autodiscover"
)

// serveHTTPS serves the site until ctx ends.
func (s *server) serveHTTPS(ctx context.Context) error {
	ln := s.bound["https"]
	if ln == nil {
		return untilDone(ctx)
	}
	defer context.AfterFunc(ctx, s.activeSync.StopWaiting)()
	site := &site{
		config: s.config, store: s.store, log: s.log, metrics: s.metrics,
		activeSync: s.activeSync, autodiscover: s.newAutodiscover(),
	}
	perAddress := s.config.HTTP.PerAddress
	if len(s.config.HTTP.TrustedProxies) > 0 {
		perAddress = 0 // everybody comes from the proxy
	}
	limited := protocols.Listen(ln, protocols.Options{
		Proto: "https", MaxConns: s.config.HTTP.Connections, MaxPerAddress: perAddress,
		Deadlines: protocols.Deadlines{Stall: stallTimeout}, Log: s.log,
	})
	srv := newHTTPServer(site.handler(), s.certificates.config(), s.config.HTTP.HTTP2, s.log)
	return s.serveUntil(ctx, srv, func() error { return srv.ServeTLS(limited, "", "") })
}

// stallTimeout is how long a client may take to accept the next piece of an answer.
const stallTimeout = 2 * time.Minute

func (s *server) newActiveSync() (*activesync.Handler, error) {
	certificates, err := s.config.newValidator(s.log)
	if err != nil {
		return nil, err
	}
	zone, known := s.config.zone()
	if !known {
		s.log.Warn("the machine does not name its time zone: days are those of UTC; set server.timezone")
	}
	return activesync.New(activesync.Options{
		Store:        s.store,
		Auth:         s.admin.auth,
		Mail:         s.mail,
		Notices:      s.mail,
		Hostname:     s.config.Server.Hostname,
		Location:     zone,
		Build:        version + " " + buildCommit(),
		Log:          s.log,
		MinHeartbeat: time.Duration(s.config.ActiveSync.MinHeartbeat),
		MaxHeartbeat: time.Duration(s.config.ActiveSync.MaxHeartbeat),
		Limits:       activesync.Limits{MaxMessage: int64(s.config.Mail.MaxSize) * 3 / 2}, // base64 inside WBXML
		Certificates: certificates,
	}), nil
}

// newAutodiscover announces what is really open.
func (s *server) newAutodiscover() *autodiscover.Handler {
	o := autodiscover.Options{
		Hostname: s.config.Server.Hostname, URL: s.config.HTTP.PublicURL, Auth: s.admin.auth, Log: s.log,
	}
	if port := portOf(s.bound["https"]); o.URL == "" && port != 443 {
		o.URL = fmt.Sprintf("https://%s:%d", s.config.Server.Hostname, port)
	}
	for _, l := range []struct {
		name     string
		proto    autodiscover.Proto
		security autodiscover.Security
	}{
		{"imaps", autodiscover.IMAP, autodiscover.ImplicitTLS}, {"imap", autodiscover.IMAP, autodiscover.StartTLS},
		{"pop3s", autodiscover.POP3, autodiscover.ImplicitTLS}, {"pop3", autodiscover.POP3, autodiscover.StartTLS},
		{"submissions", autodiscover.Submission, autodiscover.ImplicitTLS}, {"submission", autodiscover.Submission, autodiscover.StartTLS},
	} {
		if ln := s.bound[l.name]; ln != nil {
			o.Endpoints = append(o.Endpoints, autodiscover.Endpoint{
				Proto: l.proto, Port: portOf(ln), Security: l.security,
			})
		}
	}
	return autodiscover.New(o)
}

func portOf(ln net.Listener) int {
	if a, ok := ln.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// serveMetrics serves figures and profiles until ctx ends.
func (s *server) serveMetrics(ctx context.Context) error {
	ln := s.bound["metrics"]
	if ln == nil {
		return untilDone(ctx)
	}
	srv := &http.Server{
		Handler: s.metrics.metricsHandler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return s.serveUntil(ctx, srv, func() error { return srv.Serve(ln) })
}

func untilDone(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// serveUntil runs an HTTP server until ctx ends. Running requests then have the drain time to end;
// after it their contexts end and their connections are closed.
func (s *server) serveUntil(ctx context.Context, srv *http.Server, serve func() error) error {
	requests, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	srv.BaseContext = func(net.Listener) context.Context { return requests }
	stopped := make(chan error, 1)
	release := context.AfterFunc(ctx, func() {
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(s.config.Server.Drain))
		defer cancel()
		err := srv.Shutdown(drain)
		if err != nil {
			abort()
			err = srv.Close()
		}
		stopped <- err
	})
	err := serve()
	if release() { // it never ran: serving ended by itself
		return err
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, <-stopped)
	}
	return <-stopped
}
