package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/sasl"
	"github.com/gannetmail/gannet/store"
)

// Mode is what a [Server] is for.
type Mode uint8

// The modes.
const (
	MX         Mode = iota // mail from anywhere for mailboxes here
	Submission             // mail from people here for anywhere, RFC 6409
	LMTP                   // mail for mailboxes here from a server that trusts us with each, RFC 2033
)

var modeText = [...]string{MX: "smtp", Submission: "submission", LMTP: "lmtp"}

// String returns the mode as logs name it.
func (m Mode) String() string { return modeText[m] }

// Options of a [Server]. Store and Mail are needed, for Submission Auth and TLS too; every other zero value
// means its default.
type Options struct {
	Mode  Mode
	Store store.Store
	Mail  *mail.Service
	Auth  Authenticator // Submission only
	// TLS is needed for Submission; elsewhere without it there is no STARTTLS.
	TLS      *tls.Config
	Implicit bool // TLS from the first byte (port 465), RFC 8314

	MaxRecipients int           // of one transaction; default 100, at most 1000
	MaxErrors     int           // 5xx replies to one client before it is sent away; default 10
	MaxConns      int           // at once; default 1000
	MaxPerAddress int           // at once from one network address; default 50
	Idle          time.Duration // wait for the client; default 5 minutes, RFC 5321 section 4.5.3.2.7
	Grace         time.Duration // how long a message may go on after the end of Serve's context; default 10 s
	Log           *slog.Logger
	Now           func() time.Time
}

const mostRecipients = 1000

func (o Options) withDefaults() Options {
	if o.MaxRecipients <= 0 {
		o.MaxRecipients = 100
	}
	o.MaxRecipients = min(o.MaxRecipients, mostRecipients)
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
		o.Idle = 5 * time.Minute
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

// Server answers SMTP or LMTP clients.
type Server struct{ o Options }

// New makes a Server.
func New(o Options) *Server {
	o = o.withDefaults()
	o.TLS = sasl.Recording(o.TLS)
	return &Server{o: o}
}

// maxLine is the longest line in bytes, of a command or a message: the library has one limit for both.
// Messages with lines far above the 998 of RFC 5322 are common, above this unheard of.
const maxLine = 128 << 10

// library makes the go-smtp server. Its own time-outs stay off: one of them would bound a whole DATA.
func (s *Server) library() *smtp.Server {
	lib := smtp.NewServer(smtp.BackendFunc(s.newSession))
	lib.LMTP = s.o.Mode == LMTP
	lib.Domain = s.o.Mail.Hostname()
	lib.MaxRecipients = s.o.MaxRecipients
	lib.MaxMessageBytes = s.o.Mail.MaxSize() + 1 // it refuses what is not below
	lib.MaxLineLength = maxLine
	lib.EnableSMTPUTF8 = true
	lib.EnableDSN = s.o.Mode == Submission
	lib.TLSConfig = s.o.TLS
	lib.ErrorLog = errorLog{s.o.Log}
	return lib
}

// Serve accepts connections from ln, which it closes, until ctx ends. Then it sends idle clients away,
// lets messages in transfer end within Grace, and returns nil when all connections are closed.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if s.o.TLS == nil && (s.o.Mode == Submission || s.o.Implicit) || s.o.Auth == nil && s.o.Mode == Submission {
		ln.Close()
		return fmt.Errorf("%s on %v needs TLS and an authenticator", s.o.Mode, ln.Addr())
	}
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	l := &listener{server: s, ctx: working, Listener: protocols.Listen(ln, protocols.Options{
		Proto: s.o.Mode.String(), MaxConns: s.o.MaxConns, MaxPerAddress: s.o.MaxPerAddress,
		Deadlines: protocols.Deadlines{Idle: s.o.Idle, Stall: s.o.Idle}, Refuse: s.refuse(), Log: s.o.Log,
	})}
	defer context.AfterFunc(ctx, l.stop)()
	lib := s.library()
	err := lib.Serve(l)
	end, done := context.WithTimeout(context.WithoutCancel(ctx), s.o.Grace)
	defer done()
	if left := l.Shutdown(end); left != nil {
		s.o.Log.Warn("stop", protocols.LogProto, s.o.Mode.String(), protocols.LogError, left)
	}
	cancel()
	lib.Shutdown(context.WithoutCancel(ctx)) // its connections are closed; waits for their goroutines
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("%s: accept on %v: %w", s.o.Mode, ln.Addr(), err)
}

// refuse tells clients over a connection limit to come back; nil where TLS would have to come first.
func (s *Server) refuse() func(net.Conn, error) {
	if s.o.Implicit {
		return nil
	}
	return func(c net.Conn, why error) {
		fmt.Fprintf(c, "421 4.7.0 %s %v\r\n", s.o.Mail.Hostname(), why)
	}
}

// newSession begins a session at EHLO; the library calls it again after STARTTLS.
func (s *Server) newSession(lib *smtp.Conn) (smtp.Session, error) {
	session := &session{server: s, lib: lib}
	below := lib.Conn()
	if t, ok := below.(*tls.Conn); ok {
		state := t.ConnectionState()
		session.secure = &state
		below = t.NetConn()
	}
	c, ok := below.(*conn)
	if !ok {
		return nil, errLocal
	}
	session.conn = c
	return session, nil
}

// listener hands connections to the library, wrapped in our guards and, with implicit TLS, in TLS: only a
// bare *tls.Conn counts as TLS there.
type listener struct {
	*protocols.Listener
	server *Server
	ctx    context.Context // of connections

	mu      sync.Mutex
	open    map[*conn]struct{}
	stopped bool
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	plumbed, ok := protocols.From(raw)
	if !ok {
		raw.Close()
		return nil, errors.New("not a connection of the plumbing")
	}
	c := newConn(l.ctx, plumbed)
	c.closed = l.forget
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = make(map[*conn]struct{})
	}
	l.open[c] = struct{}{}
	if l.stopped {
		c.stop()
	}
	if l.server.o.Implicit {
		return tls.Server(c, l.server.o.TLS), nil
	}
	return c, nil
}

func (l *listener) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// stop accepts no more and sends idle clients away.
func (l *listener) stop() {
	l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	for c := range l.open {
		c.stop()
	}
}

// errorLog passes on what the library wants to tell the operator.
type errorLog struct{ log *slog.Logger }

// Printf implements smtp.Logger.
func (e errorLog) Printf(format string, v ...any) { e.write(fmt.Sprintf(format, v...)) }

// Println implements smtp.Logger.
func (e errorLog) Println(v ...any) { e.write(fmt.Sprintln(v...)) }

func (e errorLog) write(text string) {
	level := slog.LevelDebug // scanners and clients that go away
	if strings.Contains(text, "panic") {
		level = slog.LevelError
	}
	e.log.Log(context.Background(), level, "smtp library", "text", strings.TrimSpace(text))
}
