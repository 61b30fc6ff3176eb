package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/store"
)

// session is one client's connection. It runs in one goroutine.
type session struct {
	server   *Server
	conn     *protocols.Conn
	ctx      context.Context // of work; does not end with the server's
	stopping <-chan struct{} // closed when the server stops
	log      *slog.Logger
	wire
	tls  *tls.Conn // nil: none yet
	user string    // of USER; empty: none
	language
	utf8 bool      // UTF8 was said
	drop *maildrop // nil: not logged in, RFC 1939 "AUTHORIZATION"
	done bool      // after the command in hand the session is over

	errors    int // commands and logins refused so far
	retrieved int // messages sent by RETR and TOP
}

// speak makes c, the connection or TLS on it, the one to talk through; unread input is forgotten.
func (p *session) speak(c io.ReadWriter) { p.wire = newWire(c) }

// startTLS begins TLS.
func (p *session) startTLS() error {
	c := tls.Server(p.conn, p.server.o.TLS)
	if err := c.HandshakeContext(p.ctx); err != nil {
		p.log.LogAttrs(p.ctx, slog.LevelDebug, "tls", slog.Any(protocols.LogError, err))
		return err
	}
	p.tls = c
	p.speak(c)
	return nil
}

// protected reports whether passwords may be sent.
func (p *session) protected() bool {
	return p.tls != nil || p.server.o.LoopbackPlain && p.conn.RemoteIP().IsLoopback()
}

// run answers commands until the session is over.
func (p *session) run() {
	p.ok(textReady)
	for !p.done && !p.stopped() {
		line, err := p.line()
		switch {
		case errors.Is(err, errLine):
			p.bad(noCode, textTooLong)
			p.done = true
		case err != nil:
			p.log.LogAttrs(p.ctx, slog.LevelDebug, "connection ended", slog.Any(protocols.LogError, err))
			return
		default:
			p.answer(line)
		}
		if p.errors >= p.server.o.MaxErrors {
			p.log.LogAttrs(p.ctx, slog.LevelInfo, "sent away after too many errors")
			p.done = true
		}
	}
	p.flush() // the client may be gone already
}

func (p *session) stopped() bool {
	select {
	case <-p.stopping:
		return true
	default:
		return false
	}
}

// answer carries out one command.
func (p *session) answer(line []byte) {
	keyword, rest, ok := splitCommand(line)
	c, known := commands[keyword]
	switch {
	case !ok || !known:
		p.bad(noCode, textNoCommand)
	case p.drop == nil && !c.before, p.drop != nil && !c.after:
		p.bad(noCode, textNotNow)
	case rest != "" && c.bare:
		p.bad(noCode, textNoArgument, keyword)
	default:
		c.run(p, rest)
	}
}

// ok adds a positive reply.
func (p *session) ok(t text, args ...any) { p.printf("+OK %s", p.words(t, args)) }

// no adds a negative reply to a proper command.
func (p *session) no(c code, t text, args ...any) { p.printf("-ERR %s%s", c, p.words(t, args)) }

// words is a text in the session's language.
func (p *session) words(t text, args []any) string { return fmt.Sprintf(p.language.texts[t], args...) }

// bad adds a negative reply that counts as an error of the client.
func (p *session) bad(c code, t text, args ...any) {
	p.errors++
	p.no(c, t, args...)
}

// code is a response code as it stands before a text, RFC 2449 section 8.
type code string

const (
	noCode    code = ""
	codeInUse code = "[IN-USE] "      // RFC 2449, section 8.1.2
	codeDelay code = "[LOGIN-DELAY] " // section 8.1.1
	codeTemp  code = "[SYS/TEMP] "    // RFC 3206
	codePerm  code = "[SYS/PERM] "
	codeAuth  code = "[AUTH] "
)

// troubles maps what a store says of a message to a response code and a text. What is missing in
// the table passes: SYS/TEMP.
var troubles = []struct {
	is   error
	code code
	text text
}{
	{store.Damaged, codePerm, textDamaged},
	{store.NotFound, noCode, textGone},
}

// trouble adds the reply to an error of the store with a message, and logs what is ours.
func (p *session) trouble(what string, err error) {
	level, code, text := slog.LevelError, codeTemp, textLater
	for _, t := range troubles {
		if errors.Is(err, t.is) {
			code, text = t.code, t.text
			break
		}
	}
	if errors.Is(err, store.NotFound) {
		level = slog.LevelDebug
	}
	p.log.LogAttrs(p.ctx, level, what, slog.Any(protocols.LogError, err))
	p.no(code, text)
}

// open makes the Inbox of the account that logged in the maildrop, and the session its only one.
func (p *session) open(acct store.Account) {
	s := p.server
	switch s.logins.take(acct.ID) {
	case inUse:
		p.no(codeInUse, textInUse)
		return
	case tooSoon:
		p.no(codeDelay, textTooSoon, seconds(s.o.LoginDelay))
		return
	}
	snap, err := s.kept.load(p.ctx, s.o.Store, acct.ID)
	if err != nil {
		s.logins.undo(acct.ID)
		p.log.LogAttrs(p.ctx, slog.LevelError, "open maildrop", slog.Any(protocols.LogError, err))
		p.no(codeTemp, textLater)
		return
	}
	p.drop = newMaildrop(acct.ID, snap)
	p.conn.Bound(time.Time{})
	p.log = p.log.With(protocols.LogAccount, acct.Name)
	p.log.LogAttrs(p.ctx, slog.LevelInfo, "login", slog.Int("messages", p.drop.count))
	p.ok(textMessages, p.drop.count, p.drop.octets)
}

// end gives the maildrop up, without removing anything, and says goodbye to TLS.
func (p *session) end() {
	if p.drop != nil {
		p.close()
		p.log.LogAttrs(p.ctx, slog.LevelInfo, "session ended without QUIT", slog.Int("retrieved", p.retrieved))
	}
	if p.tls != nil {
		p.tls.Close()
	}
}

// close gives the maildrop up.
func (p *session) close() {
	p.server.logins.give(p.drop.acct)
	p.drop = nil
}
