package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/sasl"
	"github.com/gannetmail/gannet/store"
)

// Store is what the server needs of a store.
type Store interface {
	View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error
	Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error
	OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error)
}

// Options of a [Server]. Store and Auth must be set; zero values mean the defaults.
type Options struct {
	Store Store
	Auth  sasl.Authenticator
	TLS   *tls.Config // nil: no STLS, and no implicit TLS
	// LoopbackPlain lets passwords over connections from this machine without TLS.
	LoopbackPlain bool

	MaxErrors     int           // refused commands and logins of one session before it is sent away; default 10
	MaxConns      int           // at once, of each listener; default 1000
	MaxPerAddress int           // of these from one network address; default 50
	Idle          time.Duration // wait for the client; default 10 minutes, the least that RFC 1939 section 3 allows
	Login         time.Duration // from the greeting to a login; default 3 minutes
	Grace         time.Duration // how long a command may go on after the end of Serve's context; default 10 s
	Log           *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.MaxErrors <= 0 {
		o.MaxErrors = 10
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 1000
	}
	if o.MaxPerAddress <= 0 {
		o.MaxPerAddress = 50
	}
	if o.Idle <= 0 {
		o.Idle = 10 * time.Minute
	}
	if o.Login <= 0 {
		o.Login = 3 * time.Minute
	}
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Server answers POP3 clients, of several listeners if need be: sessions are exclusive in all of them.
type Server struct {
	o     Options
	kept  keeper
	locks locks
}

// New makes a Server.
func New(o Options) *Server { return &Server{o: o.withDefaults()} }

// Serve accepts connections from ln, which it closes, until ctx ends; with implicit they begin with TLS
// (port 995). Then sessions that wait for their client end at once and others after their command,
// within Grace. It returns nil when all connections are closed after the end of ctx.
func (s *Server) Serve(ctx context.Context, ln net.Listener, implicit bool) error {
	if implicit && s.o.TLS == nil {
		return errors.Join(fmt.Errorf("pop3s on %v needs TLS", ln.Addr()), ln.Close())
	}
	o := protocols.Options{
		Proto: "pop3", MaxConns: s.o.MaxConns, MaxPerAddress: s.o.MaxPerAddress,
		Deadlines: protocols.Deadlines{Idle: s.o.Idle, Stall: s.o.Idle}, Grace: s.o.Grace, Log: s.o.Log,
	}
	if implicit {
		o.Proto = "pop3s"
	} else {
		o.Refuse = func(c net.Conn, why error) { fmt.Fprintf(c, "-ERR [SYS/TEMP] %v\r\n", why) }
	}
	return protocols.Serve(ctx, ln, o, func(ctx context.Context, c *protocols.Conn) { s.handle(ctx, c, implicit) })
}

// handle runs one session. ctx ends when the server stops: that wakes a session which waits for its
// client; work in progress goes on in a context of its own.
func (s *Server) handle(ctx context.Context, c *protocols.Conn, implicit bool) {
	defer context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })()
	c.Bound(time.Now().Add(s.o.Login))
	p := &session{server: s, conn: c, ctx: context.WithoutCancel(ctx), stopping: ctx.Done(), log: c.Log()}
	p.speak(c)
	if implicit {
		if err := p.startTLS(); err != nil {
			return
		}
	}
	defer p.end()
	p.run()
}

// locks has the accounts with a session.
type locks struct {
	mu   sync.Mutex
	held map[store.AccountID]bool
}

// take reports whether the account had no session; now it has one.
func (l *locks) take(acct store.AccountID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[acct] {
		return false
	}
	if l.held == nil {
		l.held = make(map[store.AccountID]bool)
	}
	l.held[acct] = true
	return true
}

func (l *locks) give(acct store.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, acct)
}
