package imap

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	gosasl "github.com/emersion/go-sasl"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/protocols/sasl"
	"github.com/gannetmail/gannet/store"
)

// greet says hello, RFC 9051 section 7.1.
func (s *session) greet() {
	s.decideCapabilities()
	s.w.Status("", wire.OK, "CAPABILITY "+s.capabilityList(), "Gannet ready")
	if s.w.Flush() != nil {
		s.done = true
	}
}

// noop is NOOP and CHECK: what is new is told before every answer.
func noop(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	return ok("done")
}

func logout(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	s.deselect()
	s.w.Status("", wire.BYE, "", "goodbye")
	s.done = true
	return ok("logged out")
}

// startTLS is STARTTLS, RFC 9051 section 6.2.1.
func startTLS(s *session, c wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	if s.tls != nil || s.server.o.TLS == nil {
		return bad("no TLS to begin here")
	}
	s.w.Status(c.Tag, wire.OK, "", "begin TLS")
	if s.w.Flush() != nil || s.startTLS() != nil {
		s.done = true
	}
	return reply{sent: true}
}

// login is LOGIN, RFC 9051 section 6.2.3.
func login(s *session, _ wire.Command) reply {
	user, password, err := s.r.Login()
	if err != nil {
		return malformed(err)
	}
	if !s.protected() {
		return no("PRIVACYREQUIRED", "no passwords without TLS: switch encryption on in your mail program")
	}
	who, err := s.server.o.Auth.Verify(s.ctx, auth.Attempt{
		Login: auth.Text([]byte(user)), Password: auth.Text([]byte(password)), Proto: auth.IMAP, Remote: s.conn.RemoteIP(),
	})
	if err != nil {
		return s.refused(err)
	}
	return s.welcome(who)
}

// refused answers a login that did not succeed, RFC 9051 section 7.1.
func (s *session) refused(err error) reply {
	var t *auth.Throttled
	s.errors++
	switch {
	case errors.As(err, &t) && !t.Refused:
		return no("UNAVAILABLE", "too many attempts, try again later")
	case t != nil, errors.Is(err, auth.ErrCredentials):
		return no("AUTHENTICATIONFAILED", "wrong login or password")
	case errors.Is(err, sasl.ErrSyntax):
		return bad("malformed authentication message")
	}
	s.log.LogAttrs(s.ctx, slog.LevelError, "login", slog.Any(protocols.LogError, err))
	return no("UNAVAILABLE", "the login could not be checked, try again later")
}

// welcome makes the session that of an account.
func (s *session) welcome(who auth.Identity) reply {
	if !s.server.enter(who.Account.ID) {
		return no("LIMIT", "too many connections of this account are open: close a mail program")
	}
	s.acct = who.Account
	s.conn.Bound(time.Time{})
	s.r.SetLimits(friends)
	s.log = s.conn.Log().With(protocols.LogAccount, s.acct.Name)
	s.log.LogAttrs(s.ctx, slog.LevelInfo, "login")
	s.decideCapabilities()
	return okCode("CAPABILITY "+s.capabilityList(), "welcome")
}

// logout makes the session nobody's.
func (s *session) logout() {
	s.deselect()
	s.subs = subscriptions{}
	if s.acct.ID != 0 {
		s.server.leave(s.acct.ID)
		s.acct = store.Account{}
	}
}

// authenticate is AUTHENTICATE, RFC 9051 section 6.2.2, with an initial response (RFC 4959).
func authenticate(s *session, _ wire.Command) reply {
	a, err := s.r.Authenticate()
	if err != nil {
		return malformed(err)
	}
	if !slices.Contains(sasl.Mechanisms(s.protected(), s.channel()), a.Mechanism) {
		if !s.protected() {
			return no("PRIVACYREQUIRED", "no logins without TLS: switch encryption on in your mail program")
		}
		return no("", "mechanism not offered")
	}
	var who auth.Identity
	x, err := sasl.New(s.ctx, a.Mechanism, s.server.o.Auth, auth.Attempt{Proto: auth.IMAP, Remote: s.conn.RemoteIP()}, s.channel(),
		func(id auth.Identity) error { who = id; return nil })
	if err != nil {
		return s.refused(err)
	}
	if r := s.exchange(x, a); !r.good() {
		return r
	}
	return s.welcome(who)
}

// channel is what a login may be bound to.
func (s *session) channel() sasl.Channel {
	if s.tls == nil {
		return sasl.Channel{}
	}
	return sasl.ChannelOn(s.tls)
}

// maxResponse bounds a line of an exchange.
const maxResponse = 12 << 10

// exchange runs an exchange to its end.
func (s *session) exchange(x gosasl.Server, a wire.Authenticate) reply {
	var response []byte // nil: none
	if a.Given {
		b, err := decode64(a.Initial)
		if err != nil {
			return bad("that is no base64")
		}
		response = b
	}
	for {
		challenge, done, err := x.Next(response)
		if err != nil {
			return s.refused(err)
		}
		if done {
			return ok("")
		}
		s.w.Continue(base64.StdEncoding.EncodeToString(challenge))
		if s.w.Flush() != nil {
			s.done = true
			return reply{sent: true}
		}
		line, err := s.r.Line(maxResponse)
		if err != nil {
			return malformed(err)
		}
		if line == "*" {
			return bad("cancelled")
		}
		if response, err = decode64(line); err != nil {
			return bad("that is no base64")
		}
	}
}

// decode64 reads a response; "=" is an empty initial one. The result is never nil but in error.
func decode64(s string) ([]byte, error) {
	if s == "=" || s == "" {
		return []byte{}, nil
	}
	return base64.StdEncoding.DecodeString(s)
}

// identify is ID, RFC 2971.
func identify(s *session, _ wire.Command) reply {
	fields, err := s.r.ID()
	if err != nil {
		return malformed(err)
	}
	for _, f := range fields {
		if strings.EqualFold(f.Name, "name") {
			s.client = f.Value
		}
	}
	if len(fields) > 0 {
		s.log.LogAttrs(s.ctx, slog.LevelInfo, "client", slog.String("id", describe(fields)))
		s.decideCapabilities()
	}
	s.w.Raw(`* ID ("name" "Gannet"`)
	if v := s.server.o.Version; v != "" {
		s.w.Raw(` "version" `)
		s.w.String(v)
	}
	s.w.Raw(` "support-url" "https://github.com/gannetmail/gannet")` + "\r\n")
	return ok("pleased to meet you")
}

// describe is what a client told of itself, for the log.
func describe(fields []wire.Field) string {
	var b strings.Builder
	for _, f := range fields {
		if b.Len() > 300 {
			break
		}
		b.WriteString(f.Name + "=" + f.Value + " ")
	}
	return strings.TrimSpace(b.String())
}

// unauthenticate is UNAUTHENTICATE, RFC 8437: all of the session's state goes with the login.
func unauthenticate(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	s.stopWatching()
	s.logout()
	s.enabled = enabled{}
	s.r.UTF8, s.w.UTF8 = false, false
	s.r.SetLimits(strangers)
	s.conn.Bound(time.Now().Add(s.server.o.Login))
	s.log = s.conn.Log()
	s.decideCapabilities()
	return okCode("CAPABILITY "+s.capabilityList(), "nobody is logged in")
}
