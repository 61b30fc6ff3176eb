package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/protocols/sasl"
	"github.com/gannetmail/gannet/store"
)

// Options of a [Server]. Store, Auth and Mail must be set; zero values mean the defaults.
type Options struct {
	Store store.Store
	Auth  sasl.Authenticator
	Mail  *mail.Service // what messages are and how large they may be
	TLS   *tls.Config   // nil: no STARTTLS, and no implicit TLS
	// LoopbackPlain lets passwords over connections from this machine without TLS.
	LoopbackPlain bool

	Without       []Without      // capabilities kept from some clients, beside the built-in ones
	MaxErrors     int            // malformed commands and failed logins in a row before the client is sent away; default 20
	MaxConns      int            // at once, of each listener; default 10,000
	MaxPerAddress int            // of these from one network address; default 100
	MaxPerAccount int            // sessions of one account in all listeners; default 50
	Idle          time.Duration  // wait for a client that has logged in; default 30 minutes, the least that RFC 9051 section 5.4 allows
	Login         time.Duration  // from the greeting to a login; default 1 minute
	Grace         time.Duration  // how long a command may go on after the end of Serve's context; default 10 s
	Version       string         // what ID tells of the software
	Location      *time.Location // of dates without a zone in SEARCH; default the machine's
	Log           *slog.Logger
	Now           func() time.Time
}

func (o Options) withDefaults() Options {
	number := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	span := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	number(&o.MaxErrors, 20)
	number(&o.MaxConns, 10_000)
	number(&o.MaxPerAddress, 100)
	number(&o.MaxPerAccount, 50)
	span(&o.Idle, 30*time.Minute)
	span(&o.Login, time.Minute)
	span(&o.Grace, 10*time.Second)
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server answers IMAP clients, of several listeners if need be. All its sessions share what is known of a mailbox.
type Server struct {
	o     Options
	boxes boxes

	mu       sync.Mutex
	sessions map[store.AccountID]int // logged in
}

// New makes a Server.
func New(o Options) *Server {
	o.TLS = sasl.Recording(o.TLS) // for logins that are bound to the certificate
	return &Server{o: o.withDefaults(), sessions: make(map[store.AccountID]int)}
}

// Serve accepts connections from ln, which it closes, until ctx ends; with implicit they begin with TLS (port 993). Then
// each session is told BYE once its command is done, within Grace. It returns nil when all connections are closed after
// the end of ctx.
func (s *Server) Serve(ctx context.Context, ln net.Listener, implicit bool) error {
	if implicit && s.o.TLS == nil {
		return errors.Join(fmt.Errorf("imaps on %v needs TLS", ln.Addr()), ln.Close())
	}
	o := protocols.Options{
		Proto: "imap", MaxConns: s.o.MaxConns, MaxPerAddress: s.o.MaxPerAddress,
		Deadlines: protocols.Deadlines{Idle: s.o.Idle, Stall: 5 * time.Minute}, Grace: s.o.Grace, Log: s.o.Log,
	}
	if implicit {
		o.Proto = "imaps"
	} else {
		o.Refuse = func(c net.Conn, why error) { fmt.Fprintf(c, "* BYE [UNAVAILABLE] %v\r\n", why) }
	}
	return protocols.Serve(ctx, ln, o, func(ctx context.Context, c *protocols.Conn) { s.handle(ctx, c, implicit) })
}

// handle runs one session. ctx ends when the server stops: that wakes a session which waits for its client; work in
// progress goes on in a context of its own.
func (s *Server) handle(ctx context.Context, c *protocols.Conn, implicit bool) {
	defer context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })()
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	c.Bound(time.Now().Add(s.o.Login))
	p := &session{server: s, conn: c, ctx: working, stopping: ctx.Done(), log: c.Log()}
	p.r, p.w = wire.NewReader(c, strangers), wire.NewWriter(c)
	p.r.Continue = p.proceed
	if implicit {
		if err := p.startTLS(); err != nil {
			return
		}
	}
	defer p.end()
	p.run()
}

// enter counts a session of an account in, unless it has too many.
func (s *Server) enter(acct store.AccountID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[acct] >= s.o.MaxPerAccount {
		return false
	}
	s.sessions[acct]++
	return true
}

func (s *Server) leave(acct store.AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[acct]--; s.sessions[acct] <= 0 {
		delete(s.sessions, acct)
	}
}
