package smtp

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// session is what the library calls for one client. STARTTLS ends it and begins another.
//
// The library reads BDAT chunks in one goroutine and runs Data in a second, and may begin the next
// transaction before a Data that it cut off has returned: the open transaction is therefore a value
// that Data takes hold of once, behind an atomic pointer.
type session struct {
	server *Server
	lib    *smtp.Conn
	conn   *conn
	secure *tls.ConnectionState // nil: no TLS
	who    *auth.Identity       // submission: who logged in
	open   atomic.Pointer[transaction]
	spent  bool // a message was cut off while its Data ran
}

// transaction is what MAIL and RCPT said.
type transaction struct {
	from  string // unquoted; empty: null reverse-path
	utf8  bool
	size  int64  // as declared; 0: not
	envID string // DSN
	rcpts []recipient
}

// recipient is one accepted RCPT.
type recipient struct {
	given  string           // as the library hands it on: unquoted
	local  []mail.Recipient // mailboxes here; none: submission queues it
	notify string           // DSN
}

// Reset implements smtp.Session. When it cuts off a message between BDAT chunks, the library can mistake the
// outcome of that message for the next one's: there must be no next one on the connection.
func (s *session) Reset() {
	s.spent = s.spent || s.conn.inData.Load() > 0
	s.open.Store(nil)
	s.conn.endDrain()
}

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	return s.answer("MAIL", s.mail(from, o))
}

func (s *session) mail(from string, o *smtp.MailOptions) error {
	if s.spent {
		s.conn.final.Store(true)
		return errSpent
	}
	if s.open.Load() != nil {
		return errNested // the library would go on with the recipients of the first
	}
	if s.server.o.Mode == Submission {
		if s.secure == nil {
			return errSTARTTLS
		} else if s.who == nil {
			return errAuthFirst
		}
	}
	if o.Size > s.server.o.Mail.MaxSize() {
		return errTooBig
	}
	if from != "" {
		switch checkPath(from, o.UTF8) {
		case pathSyntax:
			return errBadSender
		case pathUTF8:
			return errUTF8
		}
	}
	if err := s.maySendAs(from); err != nil {
		return err
	}
	s.open.Store(&transaction{from: from, utf8: o.UTF8, size: o.Size, envID: o.EnvelopeID})
	return nil
}

// maySendAs refuses the reverse-paths that are not the submitter's own. The null reverse-path is
// everyone's: read receipts have it, RFC 8098 section 2.
func (s *session) maySendAs(from string) error {
	if s.server.o.Mode != Submission || from == "" {
		return nil
	}
	owns, err := s.server.o.Auth.Owns(s.conn.ctx, s.who.Account.ID, from)
	if err == nil && !owns {
		return errNotYours
	}
	return err
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, o *smtp.RcptOptions) error {
	return s.answer("RCPT", s.rcpt(to, o))
}

func (s *session) rcpt(to string, o *smtp.RcptOptions) error {
	t := s.open.Load()
	if t == nil {
		return errSequence
	}
	switch checkPath(to, t.utf8) {
	case pathSyntax:
		return errBadRecipient
	case pathUTF8:
		return errUTF8
	}
	local, err := s.resolve(t, to)
	if err != nil {
		return err
	}
	t.rcpts = append(t.rcpts, recipient{given: to, local: local, notify: notifyWords(o.Notify)})
	return nil
}

// resolve finds the mailboxes of a recipient. None without an error is an address elsewhere, which only
// a submitter may name.
func (s *session) resolve(t *transaction, to string) ([]mail.Recipient, error) {
	ctx, post := s.conn.ctx, s.server.o.Mail
	author := store.AccountID(0)
	if s.server.o.Mode == Submission {
		author = s.who.Account.ID
	}
	local, err := post.Reach(ctx, to, author)
	if err == nil {
		if s.server.o.Mode == Submission {
			return local, nil // the queue deals with quotas
		}
		return local, post.Room(ctx, local, t.size)
	}
	if !errors.Is(err, store.NotFound) && !errors.Is(err, store.Invalid) {
		return nil, err
	}
	ours, err := post.Local(ctx, to)
	switch {
	case err != nil:
		return nil, err
	case ours:
		return nil, errUnknown
	case s.server.o.Mode != Submission:
		return nil, errRelay
	case isLiteral(domainOf(to)):
		return nil, errBadRecipient // the queue routes by domain
	}
	return nil, nil
}

// answer turns the outcome of a command into what the library may be given, logs what is ours, and ends
// the connection of a client that collects errors.
func (s *session) answer(command string, err error) error {
	if err == nil {
		return nil
	}
	r, known := reply(err)
	level := slog.LevelDebug
	if !known {
		level = slog.LevelError
	}
	s.conn.log.LogAttrs(s.conn.ctx, level, "refused", slog.String("command", command), slog.Int("code", r.Code), slog.Any("error", err))
	if r.Code/100 == 5 {
		s.conn.errors.Add(1)
	}
	if int(s.conn.errors.Load()) > s.server.o.MaxErrors {
		s.conn.final.Store(true)
		return errErrors
	}
	return r
}

// notifyWords joins DSN notify options as store.Queued keeps them.
func notifyWords(words []smtp.DSNNotify) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = string(w)
	}
	return strings.Join(text, ",")
}

func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }
