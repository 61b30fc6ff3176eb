package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
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

	// LoginDelay is how long after a login the account's next one is refused, RFC 2449 section 6.5, in
	// whole seconds (rounded up); default none.
	LoginDelay time.Duration
	// Expire is how long messages stay, in whole days (rounded down), RFC 2449 section 6.7: those that came
	// into the Inbox before are removed when a session ends with QUIT. Default: for ever.
	Expire time.Duration

	Log *slog.Logger
	Now func() time.Time // default time.Now
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
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server answers POP3 clients, of several listeners if need be: sessions are exclusive in all of them.
type Server struct {
	o      Options
	kept   keeper
	logins logins
}

// New makes a Server.
func New(o Options) *Server {
	o = o.withDefaults()
	o.TLS = sasl.Recording(o.TLS)
	delay := time.Duration(seconds(o.LoginDelay)) * time.Second
	return &Server{o: o, logins: logins{delay: delay, now: o.Now}}
}

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
	p := &session{server: s, conn: c, ctx: context.WithoutCancel(ctx), stopping: ctx.Done(), log: c.Log(), language: languages[0]}
	p.speak(c)
	if implicit {
		if err := p.startTLS(); err != nil {
			return
		}
	}
	defer p.end()
	p.run()
}
