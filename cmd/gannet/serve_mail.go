package main

import (
	"context"
	"net"
	"time"

	"github.com/gannetmail/gannet/mail/queue"
	"github.com/gannetmail/gannet/protocols/imap"
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
	parts = append(parts, s.imapFronts()...)
	return append(parts, s.pop3Fronts()...)
}

// imapFronts lists the IMAP listeners, which have one server: its sessions share what they know of mailboxes.
func (s *server) imapFronts() []part {
	c := s.config.IMAP
	var without []imap.Without
	for _, text := range c.Without {
		if w, err := imap.ParseWithout(text); err == nil { // checked with the configuration
			without = append(without, w)
		}
	}
	srv := imap.New(imap.Options{
		Store: s.store, Auth: s.admin.auth, Mail: s.mail, TLS: s.certificates.config(), LoopbackPlain: c.LoopbackPlain,
		MaxConns: c.Connections, MaxPerAddress: c.PerAddress, MaxPerAccount: c.PerAccount, Idle: time.Duration(c.Idle),
		Grace: time.Duration(s.config.Server.Drain), Version: version, Without: without, Log: s.log,
	})
	return s.bothFronts("imap", "imaps", srv.Serve)
}

// bothFronts lists the listener that offers TLS and the one that begins with it, where they are open.
func (s *server) bothFronts(plain, implicit string, serve func(context.Context, net.Listener, bool) error) (parts []part) {
	for _, name := range []string{plain, implicit} {
		if ln := s.bound[name]; ln != nil {
			parts = append(parts, part{name, func(ctx context.Context) error { return serve(ctx, ln, name == implicit) }})
		}
	}
	return parts
}

// pop3Fronts lists the POP3 listeners, which have one server: a maildrop has one session in both.
func (s *server) pop3Fronts() []part {
	c := s.config.POP3
	srv := pop3.New(pop3.Options{
		Store: s.store, Auth: s.admin.auth, TLS: s.certificates.config(), LoopbackPlain: c.LoopbackPlain,
		MaxConns: c.Connections, MaxPerAddress: c.PerAddress, Idle: time.Duration(c.Idle),
		LoginDelay: time.Duration(c.LoginDelay), Expire: time.Duration(c.Keep),
		Grace: time.Duration(s.config.Server.Drain), Log: s.log,
	})
	return s.bothFronts("pop3", "pop3s", srv.Serve)
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
