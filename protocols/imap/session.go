package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// Limits of a command before and after the login: a stranger gets to send little.
var (
	strangers = wire.Limits{Line: 16 << 10, Literal: 4 << 10, NonSync: 4 << 10, Command: 32 << 10, Drain: 64 << 10}
	friends   = wire.Limits{Drain: 256 << 20}
)

// session is one client's connection. One goroutine reads commands and carries them out; others may push what is new
// while it waits for the client. Whoever touches anything below mu holds it.
type session struct {
	server   *Server
	conn     *protocols.Conn
	ctx      context.Context // of work; does not end with the server's
	stopping <-chan struct{} // closed when the server stops
	log      *slog.Logger
	r        *wire.Reader // of the reading goroutine only

	mu      sync.Mutex
	w       *wire.Writer
	tls     *tls.Conn     // nil: none yet
	packed  bool          // COMPRESS is on
	acct    store.Account // ID 0: nobody has logged in
	client  string        // name by ID, "" before
	caps    capabilities
	sel     *selected // nil: no mailbox is selected
	subs    subscriptions
	scratch []byte // for texts of FETCH
	errors  int
	done    bool // after the command in hand the session is over
	enabled enabled
}

// enabled is what ENABLE, or a command that implies it, switched on.
type enabled struct {
	condstore, qresync, utf8, rev2, uidOnly bool
}

// reply is the tagged answer to a command.
type reply struct {
	kind       wire.Kind
	code, text string
	err        error // of the reader: the answer is BAD, or BYE
	sent       bool  // it was written already
	synced     bool  // what is new was told, as of the moment that the answer names
}

func ok(text string) reply           { return reply{kind: wire.OK, text: text} }
func okCode(code, text string) reply { return reply{kind: wire.OK, code: code, text: text} }
func no(code, text string) reply     { return reply{kind: wire.NO, code: code, text: text} }
func bad(text string) reply          { return reply{kind: wire.BAD, text: text} }
func malformed(err error) reply      { return reply{err: err} }
func (r reply) good() bool           { return r.kind == wire.OK && r.err == nil }

// run answers commands until the session is over.
func (s *session) run() {
	s.mu.Lock()
	s.greet()
	over := s.done
	s.mu.Unlock()
	for !over && !s.stopped() {
		c, err := s.r.Start()
		s.mu.Lock()
		if !s.done { // else what was pushed said BYE
			s.answer(c, err)
		}
		if s.r.Buffered() == 0 || s.done {
			if s.w.Flush() != nil {
				s.done = true
			}
			s.w.Release()
		}
		over = s.done
		s.mu.Unlock()
	}
}

func (s *session) stopped() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

// answer carries out one command.
func (s *session) answer(c wire.Command, err error) {
	if err != nil {
		s.finish(c, malformed(err))
		return
	}
	cmd, known := commands[c.Name]
	switch {
	case !known || c.UID && !cmd.uid || cmd.of != "" && !s.offers(cmd.of):
		s.refuse(c, bad("no such command: "+printable(c.Name)))
	case cmd.in&s.state() == 0:
		s.refuse(c, bad(s.untimely(cmd)))
	default:
		s.finish(c, s.perform(cmd, c))
	}
}

// perform runs a command and the updates that come before its answer.
func (s *session) perform(cmd command, c wire.Command) reply {
	begin := s.server.o.Now()
	r := cmd.run(s, c)
	if s.sel != nil && r.err == nil && !r.sent && !r.synced {
		if err := s.sync(cmd.numbers && !c.UID && !s.enabled.uidOnly); err != nil {
			// What the command did is done, and is to be acknowledged: news are told another time.
			if f := s.failed("tell what is new", err); f.sent {
				return f
			}
		}
	}
	if s.log.Enabled(s.ctx, slog.LevelDebug) {
		s.log.LogAttrs(s.ctx, slog.LevelDebug, "command", slog.String("name", c.Name), slog.String("kind", string(r.kind)),
			slog.String("code", r.code), slog.Duration("took", s.server.o.Now().Sub(begin)))
	}
	return r
}

// refuse reads the rest of a command away and answers it.
func (s *session) refuse(c wire.Command, r reply) {
	if err := s.r.Abandon(); err != nil {
		r = malformed(err)
	}
	s.finish(c, r)
}

// finish writes the tagged answer.
func (s *session) finish(c wire.Command, r reply) {
	if r.sent {
		return
	}
	if r.err != nil {
		s.misread(c, r.err)
		return
	}
	switch r.kind {
	case wire.OK:
		s.errors = 0
	case wire.BAD:
		s.errors++
	}
	s.w.Status(c.Tag, r.kind, r.code, r.text)
	s.tired()
}

// tired sends a client away that makes nothing but mistakes.
func (s *session) tired() {
	if s.errors < s.server.o.MaxErrors || s.done {
		return
	}
	s.log.LogAttrs(s.ctx, slog.LevelInfo, "sent away after too many errors")
	s.w.Status("", wire.BYE, "", "too many errors")
	s.done = true
}

// misread answers a command that the reader could not read, or notes the end of the connection.
func (s *session) misread(c wire.Command, err error) {
	var e *wire.Error
	switch {
	case s.stopped():
		s.done = true // end says BYE
	case errors.Is(err, io.EOF):
		s.done = true
	case !errors.As(err, &e):
		s.done = true
		s.log.LogAttrs(s.ctx, slog.LevelDebug, "connection ended", slog.Any(protocols.LogError, err))
	case e.Lost && isTimeout(err):
		s.done = true
		s.conn.Bound(time.Now().Add(time.Second)) // the bound of the login is over, and held for writing too
		s.w.Status("", wire.BYE, "", s.silence())
	case e.Lost && errors.Is(err, io.ErrUnexpectedEOF):
		s.done = true
	default:
		s.w.Fail(c.Tag, e)
		s.errors++
		s.done = s.done || e.Lost
		s.tired()
	}
}

// silence says why a connection is given up that nothing comes from.
func (s *session) silence() string {
	if s.acct.ID == 0 {
		return "no login in time"
	}
	return "nothing was heard for too long; connect again"
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// proceed asks for a synchronising literal.
func (s *session) proceed(int64) error {
	s.w.Continue("go ahead")
	err := s.w.Flush()
	s.conn.AckAtOnce()
	return err
}

// startTLS begins TLS. What was read ahead is forgotten, RFC 9051 section 6.2.1.
func (s *session) startTLS() error {
	c := tls.Server(s.conn, s.server.o.TLS)
	if err := c.HandshakeContext(s.ctx); err != nil {
		s.log.LogAttrs(s.ctx, slog.LevelDebug, "tls", slog.Any(protocols.LogError, err))
		return err
	}
	s.tls = c
	s.r.Reset(c)
	s.w.Reset(c)
	return nil
}

// protected reports whether passwords may be sent.
func (s *session) protected() bool {
	return s.tls != nil || s.server.o.LoopbackPlain && s.conn.RemoteIP().IsLoopback()
}

// end says goodbye and gives up what the session holds.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopWatching()
	if s.stopped() {
		s.conn.SetWriteDeadline(time.Now().Add(time.Second))
		s.w.Status("", wire.BYE, "UNAVAILABLE", "the server is stopping; connect again in a minute")
		s.w.Flush() // the client may be gone already
	}
	s.logout()
	if s.tls != nil {
		s.tls.Close()
	}
}

// troubles maps what a store says to a response code of RFC 9051 section 7.1 and words for a person.
var troubles = []struct {
	is         error
	code, text string
}{
	{store.NotFound, "NONEXISTENT", "no such mailbox or message"},
	{store.Exists, "ALREADYEXISTS", "there is a mailbox of that name"},
	{store.Invalid, "CANNOT", "that can't be done with this mailbox or under this name"},
	{store.OverQuota, "OVERQUOTA", "the mailbox is full: delete something first"},
	{store.TooLarge, "TOOBIG", "too large for this server"},
	{store.Full, "UNAVAILABLE", "the server's disk is full; tell its operator"},
	{store.Busy, "UNAVAILABLE", "the server is busy, try again"},
	{store.Closed, "UNAVAILABLE", "the server is stopping, try again"},
	{store.Stale, "UNAVAILABLE", "the mailbox changed too much meanwhile; select it again"},
	{store.Damaged, "SERVERBUG", "the stored message is damaged; tell the server's operator"},
	{context.Canceled, "UNAVAILABLE", "the server is stopping, try again"},
	{errDenied, "NOPERM", "you have no right to do that here"},
	{errNoSelect, "NONEXISTENT", "there is no mailbox here, only mailboxes below it"},
}

// failed makes the answer to an error, and logs what is ours. An error of the reader passes as it is.
func (s *session) failed(what string, err error) reply {
	var e *wire.Error
	if errors.As(err, &e) {
		return malformed(err)
	}
	if s.w.Err() != nil { // the client is gone: nobody hears the answer
		s.done = true
		s.log.LogAttrs(s.ctx, slog.LevelDebug, "connection ended", slog.Any(protocols.LogError, err))
		return reply{sent: true}
	}
	for _, t := range troubles {
		if !errors.Is(err, t.is) {
			continue
		}
		if errors.Is(err, store.Damaged) || errors.Is(err, store.Full) {
			s.log.LogAttrs(s.ctx, slog.LevelError, what, slog.Any(protocols.LogError, err))
		}
		return no(t.code, t.text)
	}
	s.log.LogAttrs(s.ctx, slog.LevelError, what, slog.Any(protocols.LogError, err))
	return no("SERVERBUG", "an error of the server; it is in its log")
}

// Errors of the session's own.
var (
	errDenied   = errors.New("not permitted")
	errNoSelect = errors.New("not selectable")
)
