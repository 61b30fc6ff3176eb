package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/calendar/birthdays"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/autoreply"
	"github.com/gannetmail/gannet/store/sqlite"
)

// serveCmd is `gannet serve`.
type serveCmd struct{}

func (serveCmd) Run(ctx context.Context, in *invocation) error {
	if err := noJSON(in); err != nil {
		return err
	}
	c, err := in.config()
	if err != nil {
		return err
	}
	return serve(ctx, in, c, nil)
}

// noJSON refuses --json where there is no result to print.
func noJSON(in *invocation) error {
	if in.cli.JSON {
		return usagef("a server has no result for --json to print; --set log.format=json makes its log JSON")
	}
	return nil
}

// server is one serving process: the store, the services on it and the listeners.
type server struct {
	config       *Config
	log          *slog.Logger
	store        *sqlite.Store
	admin        *admin
	mail         *mail.Service
	activeSync   *activesync.Handler
	certificates *certificates
	metrics      *metrics
	followers    []follower
	reload       chan struct{} // asks for the certificate to be read again
	bound        map[string]net.Listener
	control      net.Listener
}

// serve runs a server until ctx ends and everything that it was doing has ended too, or until a part
// of it fails. ready, when not nil, is called once all listeners are open.
func serve(ctx context.Context, in *invocation, c *Config, ready func(context.Context, *server) error) (err error) {
	s := &server{config: c, log: newLogger(in, c.Log), reload: make(chan struct{}, 1)}
	s.store, err = openStore(ctx, c, s.log)
	if errors.Is(err, errStoreInUse) {
		return &verbError{exitExists, fmt.Errorf("a server, or a verb, already runs on %s: %s", c.Data, explain(err, ""))}
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	s.warnOfOpenData(ctx)
	if err := s.build(ctx); err != nil {
		return err
	}
	if err := s.listen(); err != nil {
		return errors.Join(err, s.closeListeners())
	}
	return s.run(ctx, ready)
}

// warnOfOpenData warns of a data directory that other users can get into.
func (s *server) warnOfOpenData(ctx context.Context) {
	if info, err := os.Stat(s.config.Data); err == nil && info.Mode().Perm()&0o077 != 0 {
		s.log.LogAttrs(ctx, slog.LevelWarn, "the data directory is open to other users, it should have mode 0700",
			slog.String("directory", s.config.Data), slog.String("mode", fmt.Sprintf("%04o", info.Mode().Perm())))
	}
}

// newLogger makes the log of a serving process.
func newLogger(in *invocation, c LogConfig) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.Level.slog()}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(in.stderr, o))
	}
	return slog.New(slog.NewTextHandler(in.stderr, o))
}

// build makes the services.
func (s *server) build(ctx context.Context) (err error) {
	c := s.config
	if s.admin, err = newAdmin(c, s.store, s.log); err != nil {
		return err
	}
	if err := s.admin.coverDomains(ctx, func(string) {}); err != nil {
		return usage(err)
	}
	if s.certificates, err = openCertificates(c, s.log); err != nil {
		return err
	}
	known, recents := &contacts.Books{Store: s.store}, &contacts.Recents{Store: s.store}
	s.mail = mail.NewService(s.store, mail.ServiceOptions{
		Hostname: c.Server.Hostname, MaxSize: int64(c.Mail.MaxSize), QueueLife: time.Duration(c.Queue.Expire), Log: s.log,
		Responder: autoreply.New(s.store, autoreply.Options{Hostname: c.Server.Hostname, Contacts: known, Log: s.log}),
		Invitations: scheduling.New(s.store, scheduling.Options{
			Hostname: c.Server.Hostname, Contacts: known, Zone: c.calendarZone(), Log: s.log,
		}),
		Lists: contacts.Lists{}, Recents: recents,
	})
	if s.activeSync, err = s.newActiveSync(); err != nil {
		return err
	}
	s.metrics = newMetrics(s.store, s.log)
	s.admin.subscriptions = newSubscriptions(c, s.store, s.log, s.metrics.fetched)
	s.followers = []follower{{"birthdays", birthdays.New(s.store, cardDays{}, s.log).Tend}, {"recipients", recents.Tend}}
	return nil
}

// listen opens the control socket and every wanted listener; all that cannot be opened is reported.
func (s *server) listen() error {
	s.bound = map[string]net.Listener{}
	var errs []error
	for _, l := range s.config.listeners() {
		if !l.at.Enabled() {
			continue
		}
		ln, err := net.Listen("tcp", string(l.at))
		if err != nil {
			errs = append(errs, &verbError{exitExists, fmt.Errorf("%s: %w; another address can be set in %s or with --set %s=…", l.key, err, configFile, l.key)})
			continue
		}
		s.bound[l.name] = ln
	}
	control, err := listenControl(s.config.Data)
	s.control = control
	s.admin.server = s.state()
	return errors.Join(append(errs, err)...)
}

func (s *server) closeListeners() error {
	var errs []error
	for _, ln := range s.bound {
		errs = append(errs, ln.Close())
	}
	if s.control != nil {
		errs = append(errs, s.control.Close())
	}
	return errors.Join(errs...)
}

// run starts all parts and waits for them. The fronts, which talk to clients, end first; what they
// need ends after them.
func (s *server) run(ctx context.Context, ready func(context.Context, *server) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	behindCtx, stopBehind := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBehind()

	var behind errgroup.Group
	for _, part := range s.behind() {
		behind.Go(func() error {
			err := part.run(behindCtx)
			if err == nil && behindCtx.Err() == nil {
				err = errors.New("ended by itself")
			}
			if err == nil {
				return nil
			}
			err = fmt.Errorf("%s: %w", part.name, err)
			stop(err)
			return err
		})
	}
	fronts, frontCtx := errgroup.WithContext(ctx)
	for _, part := range s.fronts() {
		fronts.Go(func() error {
			if err := part.run(frontCtx); err != nil {
				return fmt.Errorf("%s: %w", part.name, err)
			}
			return nil
		})
	}
	fronts.Go(func() error { return s.announce(frontCtx, ready) })
	<-frontCtx.Done()
	s.log.LogAttrs(ctx, slog.LevelInfo, "stopping")
	err := fronts.Wait()
	stopBehind()
	err = errors.Join(err, behind.Wait())
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "stopped", slog.Any("error", err))
		return err
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "stopped")
	return nil
}

// part is one thing that a server does until its context ends.
type part struct {
	name string
	run  func(context.Context) error
}

// announce logs the addresses and that the server is ready.
func (s *server) announce(ctx context.Context, ready func(context.Context, *server) error) error {
	var addresses []slog.Attr
	for _, l := range s.config.listeners() {
		if ln := s.bound[l.name]; ln != nil {
			addresses = append(addresses, slog.String(l.name, ln.Addr().String()))
		}
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "listening", addresses...)
	if ready != nil {
		if err := ready(ctx, s); err != nil {
			return err
		}
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "ready")
	return nil
}

// behind lists the parts that work without clients.
func (s *server) behind() []part {
	return []part{
		{"credentials", s.admin.auth.Run},
		{"queue", s.runQueue},
		{"upkeep", s.upkeep},
		{"certificate", s.watchCertificate},
		{"memory", tendMemory},
		{"metrics", s.serveMetrics},
		{"devices", s.activeSync.Run},
		{"subscribed calendars", s.admin.subscriptions.Run},
		{"what follows from changes", s.follow},
	}
}

// upkeep prunes the journal and renews the certificate, now and once a day.
func (s *server) upkeep(ctx context.Context) error {
	tick := time.NewTicker(day)
	defer tick.Stop()
	for {
		s.certificates.warn(time.Now())
		before := time.Now().Add(-time.Duration(s.config.Store.Tombstones))
		if err := s.store.Prune(ctx, before); err != nil && ctx.Err() == nil {
			s.log.LogAttrs(ctx, slog.LevelError, "journal not pruned", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.admin.coverDomains(ctx, func(string) {}); err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "certificate not checked", slog.Any("error", err))
		}
	}
}

// watchCertificate follows changes of the certificate, at once on SIGHUP.
func (s *server) watchCertificate(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	forward := make(chan struct{})
	var waiting errgroup.Group
	waiting.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-hup:
			case <-s.reload:
			}
			select {
			case forward <- struct{}{}:
			case <-ctx.Done():
				return nil
			}
		}
	})
	s.certificates.watch(ctx, forward)
	return waiting.Wait()
}

// certificateChanged asks for the certificate to be read again.
func (s *server) certificateChanged() {
	select {
	case s.reload <- struct{}{}:
	default: // it will be read anyway
	}
}

// state is what the verbs are told of the server.
func (s *server) state() *serverState {
	addresses := map[string]string{}
	for name, ln := range s.bound {
		addresses[name] = ln.Addr().String()
	}
	return &serverState{
		started: time.Now(), addresses: addresses,
		certificateChanged: s.certificateChanged, deviceChanged: s.activeSync.Wake,
		policyChanged: s.activeSync.PolicyChanged,
		deviceRemoved: s.activeSync.Forget, doctor: s.activeSync.Doctor,
	}
}
