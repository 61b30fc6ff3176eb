package main

import (
	"context"
	"time"

	"github.com/gannetmail/gannet/mail/queue"
	"github.com/gannetmail/gannet/protocols/pop3"
	"github.com/gannetmail/gannet/protocols/smtp"
)

// fronts lists the parts that talk to clients.
func (s *server) fronts() []part {
	parts := []part{
		{"control", func(ctx context.Context) error { return serveControl(ctx, s.control, s.admin) }},
		{"https", s.serveHTTPS},
	}
	for _, l := range []struct {
		name     string
		mode     smtp.Mode
		implicit bool
	}{
		{"smtp", smtp.MX, false},
		{"submission", smtp.Submission, false},
		{"submissions", smtp.Submission, true},
		{"lmtp", smtp.LMTP, false},
	} {
		ln := s.bound[l.name]
		if ln == nil {
			continue
		}
		srv := smtp.New(s.smtpOptions(l.mode, l.implicit))
		parts = append(parts, part{l.name, func(ctx context.Context) error { return srv.Serve(ctx, ln) }})
	}
	return append(parts, s.pop3Fronts()...)
}

// pop3Fronts lists the POP3 listeners, which have one server: a maildrop has one session in both.
func (s *server) pop3Fronts() []part {
	c := s.config.POP3
	srv := pop3.New(pop3.Options{
		Store: s.store, Auth: s.admin.auth, TLS: s.certificates.config(), LoopbackPlain: c.LoopbackPlain,
		MaxConns: c.Connections, MaxPerAddress: c.PerAddress, Idle: time.Duration(c.Idle),
		Grace: time.Duration(s.config.Server.Drain), Log: s.log,
	})
	var parts []part
	for _, l := range []struct {
		name     string
		implicit bool
	}{{"pop3", false}, {"pop3s", true}} {
		if ln := s.bound[l.name]; ln != nil {
			parts = append(parts, part{l.name, func(ctx context.Context) error { return srv.Serve(ctx, ln, l.implicit) }})
		}
	}
	return parts
}

func (s *server) smtpOptions(mode smtp.Mode, implicit bool) smtp.Options {
	c := s.config.SMTP
	return smtp.Options{
		Mode: mode, Store: s.store, Mail: s.mail, Auth: s.admin.auth,
		TLS: s.certificates.config(), Implicit: implicit,
		MaxRecipients: c.MaxRecipients, MaxConns: c.Connections, MaxPerAddress: c.PerAddress,
		Idle: time.Duration(c.Idle), Grace: time.Duration(s.config.Server.Drain), Log: s.log,
	}
}

// runQueue sends outbound mail until ctx ends.
func (s *server) runQueue(ctx context.Context) error {
	c := s.config
	table := map[string]string{}
	for domain, route := range c.Routes {
		table[domain] = string(route)
	}
	routes, err := queue.ParseRoutes(table)
	if err != nil {
		return usage(err)
	}
	o := queue.Options{
		Routes: routes, WarnAfter: time.Duration(c.Queue.WarnAfter), Grace: time.Duration(c.Server.Drain), Log: s.log,
	}
	for _, d := range c.Queue.Retry {
		o.Retry = append(o.Retry, time.Duration(d))
	}
	transport := smtp.NewTransport(smtp.TransportOptions{Hostname: c.Server.Hostname})
	return queue.New(s.store, s.mail, transport, o).Run(ctx)
}
