package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"

	gosasl "github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/sasl"
	"github.com/gannetmail/gannet/store"
)

// Authenticator is what submission needs of package auth.
type Authenticator interface {
	sasl.Authenticator
	// Owns reports whether the account may send as an address.
	Owns(ctx context.Context, acct store.AccountID, addr string) (bool, error)
}

var _ smtp.AuthSession = (*session)(nil)

// authStatuses maps auth's errors to replies, RFC 4954 section 6.
var authStatuses = []struct {
	is    error
	reply *smtp.SMTPError
}{
	{auth.ErrCredentials, status(535, smtp.EnhancedCode{5, 7, 8}, "wrong login or password")},
	{sasl.ErrSyntax, status(501, smtp.EnhancedCode{5, 5, 2}, "malformed authentication message")},
}

var (
	errThrottled = status(454, smtp.EnhancedCode{4, 7, 0}, "too many attempts, try again later")
	errAuthLater = status(454, smtp.EnhancedCode{4, 7, 0}, "temporary authentication failure")
)

// AuthMechanisms implements smtp.AuthSession. The library asks under TLS only.
func (s *session) AuthMechanisms() []string {
	if s.server.o.Mode != Submission {
		return nil
	}
	return sasl.Mechanisms(s.secure != nil, s.channel())
}

// channel is what a login may be bound to.
func (s *session) channel() sasl.Channel {
	secure, ok := s.lib.Conn().(*tls.Conn)
	if !ok {
		return sasl.Channel{}
	}
	return sasl.ChannelOn(secure)
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(mechanism string) (gosasl.Server, error) {
	switch {
	case s.server.o.Mode != Submission:
		return nil, smtp.ErrAuthUnsupported
	case s.open.Load() != nil:
		return nil, errAuthNested
	}
	a := auth.Attempt{Proto: auth.SMTP, Remote: s.conn.RemoteIP()}
	exchange, err := sasl.New(s.conn.ctx, mechanism, s.server.o.Auth, a, s.channel(), s.loggedIn)
	if err != nil {
		return nil, s.answer("AUTH", smtp.ErrAuthUnknownMechanism)
	}
	return replying{exchange, s}, nil
}

func (s *session) loggedIn(who auth.Identity) error {
	s.who = &who
	s.conn.log = s.conn.log.With(protocols.LogAccount, who.Account.Name)
	s.conn.log.LogAttrs(s.conn.ctx, slog.LevelInfo, "login")
	return nil
}

// replying is an exchange whose errors are replies.
type replying struct {
	gosasl.Server
	s *session
}

// Next implements sasl.Server.
func (r replying) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := r.Server.Next(response)
	if err != nil {
		return nil, false, r.s.answer("AUTH", authReply(err))
	}
	return challenge, done, nil
}

// authReply finds the status for an error of an exchange; what is ours keeps its cause for the log.
func authReply(err error) error {
	var t *auth.Throttled
	if errors.As(err, &t) && !t.Refused {
		return errThrottled
	} else if t != nil {
		return authStatuses[0].reply
	}
	for _, row := range authStatuses {
		if errors.Is(err, row.is) {
			return row.reply
		}
	}
	return &ourError{errAuthLater, err}
}

// ourError is a reply that says less than its cause.
type ourError struct {
	*smtp.SMTPError
	cause error
}

func (e *ourError) Error() string { return e.cause.Error() }
func (e *ourError) Unwrap() error { return e.SMTPError }
