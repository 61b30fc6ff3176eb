package sasl

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store/address"
)

// The mechanisms, in the order in which a server should offer them. PLAIN and LOGIN need TLS.
const (
	SCRAMPlus = "SCRAM-SHA-256-PLUS"
	SCRAM     = "SCRAM-SHA-256"
	Plain     = "PLAIN"
	Login     = "LOGIN"
)

// ErrSyntax means that the client's message is not what its mechanism asks for.
var ErrSyntax = errors.New("malformed authentication message")

// maxMessage bounds one message of a client, in bytes after base64.
const maxMessage = 4096

// Authenticator is the part of auth.Service that the mechanisms need.
type Authenticator interface {
	Verify(ctx context.Context, a auth.Attempt) (auth.Identity, error)
	SCRAM(ctx context.Context, a auth.Attempt) (*auth.SCRAM, error)
}

// Mechanisms returns the names to offer, in order: on an unprotected connection only SCRAM, where the channel has a name
// its -PLUS too.
func Mechanisms(protected bool, c Channel) []string {
	var list []string
	if c.bindable() {
		list = append(list, SCRAMPlus)
	}
	list = append(list, SCRAM)
	if protected {
		list = append(list, Plain, Login)
	}
	return list
}

// New returns one exchange of a mechanism (any case); an unknown one is an error that wraps ErrSyntax.
// a gives Proto, Remote and Device; c is what -PLUS binds to. done is called once, with who logged in, before the exchange ends
// well; its error ends it badly. ctx is the connection's: go-sasl's interface has none of its own.
//
// In Next a nil response means that the client sent none with its command, and an empty one that it
// sent an empty one.
func New(ctx context.Context, mechanism string, by Authenticator, a auth.Attempt, c Channel, done func(auth.Identity) error) (sasl.Server, error) {
	x := exchange{ctx: ctx, by: by, attempt: a, done: done}
	switch strings.ToUpper(mechanism) {
	case Plain:
		return bounded{&plain{exchange: x}}, nil
	case Login:
		return bounded{&login{exchange: x}}, nil
	case SCRAM:
		return bounded{&scram{exchange: x, nonce: newNonce(), channel: c}}, nil
	case SCRAMPlus:
		if c.bindable() {
			return bounded{&scram{exchange: x, nonce: newNonce(), channel: c, plus: true}}, nil
		}
	}
	return nil, fmt.Errorf("mechanism %.32q: %w", mechanism, ErrSyntax)
}

// bounded refuses long messages, and any after the exchange has ended.
type bounded struct{ sasl.Server }

// Next implements sasl.Server.
func (b bounded) Next(response []byte) ([]byte, bool, error) {
	if len(response) > maxMessage {
		return nil, false, fmt.Errorf("%d bytes: %w", len(response), ErrSyntax)
	}
	return b.Server.Next(response)
}

// exchange is what the mechanisms have in common.
type exchange struct {
	ctx     context.Context
	by      Authenticator
	attempt auth.Attempt
	done    func(auth.Identity) error
	ended   bool
}

// verify checks a password and ends the exchange. What is not UTF-8 is read as [auth.Text] does.
func (x *exchange) verify(authzid, login, password []byte) error {
	x.ended = true
	a := x.attempt
	a.Login, a.Password = auth.Text(login), auth.Text(password)
	id, err := x.by.Verify(x.ctx, a)
	if err != nil {
		return err
	}
	if err := mayActAs(auth.Text(authzid), a.Login, id); err != nil {
		return err
	}
	return x.done(id)
}

// over refuses a message to an exchange that is over.
func (x *exchange) over() error {
	if x.ended {
		return fmt.Errorf("exchange is over: %w", ErrSyntax)
	}
	return nil
}

// mayActAs refuses an authorization identity that does not mean the one who logged in.
func mayActAs(authzid, login string, id auth.Identity) error {
	if authzid == "" || authzid == login {
		return nil
	}
	if name, err := address.Canonical(authzid); err == nil && name == id.Account.Name {
		return nil
	}
	return fmt.Errorf("act for %.64q: %w", authzid, auth.ErrCredentials)
}
