package pop3

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strings"

	gosasl "github.com/emersion/go-sasl"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/sasl"
)

// user is USER. Whether there is such a person is not told before the password is seen.
func user(p *session, rest string) {
	switch {
	case !p.protected():
		p.bad(noCode, textTLSWanted)
	case rest == "":
		p.bad(noCode, textUserName)
	default:
		p.user = rest
		p.ok(textPassword)
	}
}

// pass is PASS.
func pass(p *session, rest string) {
	login := p.user
	p.user = ""
	switch {
	case !p.protected():
		p.bad(noCode, textTLSWanted)
	case login == "":
		p.bad(noCode, textUserFirst)
	default:
		who, err := p.server.o.Auth.Verify(p.ctx, auth.Attempt{
			Login: auth.Text([]byte(login)), Password: auth.Text([]byte(rest)), Proto: auth.POP3, Remote: p.conn.RemoteIP(),
		})
		if err != nil {
			p.refuse(err)
			return
		}
		p.open(who.Account)
	}
}

// refuse answers a login that did not succeed, RFC 3206.
func (p *session) refuse(err error) {
	var t *auth.Throttled
	switch {
	case errors.As(err, &t) && !t.Refused:
		p.bad(codeTemp, textThrottled)
	case t != nil, errors.Is(err, auth.ErrCredentials):
		p.bad(codeAuth, textWrongLogin)
	case errors.Is(err, sasl.ErrSyntax):
		p.bad(noCode, textMalformedLogin)
	default:
		p.log.LogAttrs(p.ctx, slog.LevelError, "login", slog.Any(protocols.LogError, err))
		p.bad(codeTemp, textLater)
	}
}

// authenticate is AUTH, RFC 5034. Without an argument it lists the mechanisms, as programs older than
// CAPA ask for them.
func authenticate(p *session, rest string) {
	offered := sasl.Mechanisms(p.protected(), p.channel())
	if rest == "" {
		p.ok(textMechanisms)
		for _, m := range append(offered, ".") {
			p.printf("%s", m)
		}
		return
	}
	mechanism, initial, given := strings.Cut(rest, " ")
	if !slices.ContainsFunc(offered, func(m string) bool { return strings.EqualFold(m, mechanism) }) {
		p.bad(noCode, textNoMechanism)
		return
	}
	var who auth.Identity
	exchange, err := sasl.New(p.ctx, mechanism, p.server.o.Auth, auth.Attempt{Proto: auth.POP3, Remote: p.conn.RemoteIP()}, p.channel(),
		func(id auth.Identity) error { who = id; return nil })
	if err != nil {
		p.refuse(err)
		return
	}
	if p.exchange(exchange, initial, given) {
		p.open(who.Account)
	}
}

// channel is what a login may be bound to.
func (p *session) channel() sasl.Channel {
	if p.tls == nil {
		return sasl.Channel{}
	}
	return sasl.ChannelOn(p.tls)
}

// exchange runs an exchange and reports whether it ended well; if not, that is answered.
func (p *session) exchange(x gosasl.Server, initial string, given bool) bool {
	var response []byte // nil: none
	if given {
		r, err := decode(initial)
		if err != nil {
			p.bad(noCode, textNoBase64)
			return false
		}
		response = r
	}
	for {
		challenge, done, err := x.Next(response)
		if err != nil {
			p.refuse(err)
			return false
		}
		if done {
			return true
		}
		p.printf("+ %s", base64.StdEncoding.EncodeToString(challenge))
		line, err := p.line()
		if err != nil {
			p.done = true
			if errors.Is(err, errLine) {
				p.bad(noCode, textTooLong)
			}
			return false
		}
		if string(line) == "*" {
			p.bad(noCode, textCancelled)
			return false
		}
		if response, err = decode(string(line)); err != nil {
			p.bad(noCode, textNoBase64)
			return false
		}
	}
}

// decode reads a response; "=" is an empty initial one. The result is never nil but in error.
func decode(s string) ([]byte, error) {
	if s == "=" || s == "" {
		return []byte{}, nil
	}
	return base64.StdEncoding.DecodeString(s)
}
