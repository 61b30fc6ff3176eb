package sasl

import (
	"bytes"
	"fmt"
)

// plain is PLAIN: authzid NUL authcid NUL password. RFC 4616.
type plain struct{ exchange }

// Next implements sasl.Server.
func (p *plain) Next(response []byte) (challenge []byte, done bool, err error) {
	if err := p.over(); err != nil {
		return nil, false, err
	}
	if response == nil {
		return []byte{}, false, nil
	}
	f := bytes.Split(response, []byte{0})
	if len(f) != 3 {
		p.ended = true
		return nil, false, fmt.Errorf("PLAIN: %w", ErrSyntax)
	}
	if err := p.verify(f[0], f[1], f[2]); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}

// login is LOGIN, which asks for the login and then for the password.
type login struct {
	exchange
	asked bool // for the password
	login []byte
}

// Next implements sasl.Server.
func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	if err := l.over(); err != nil {
		return nil, false, err
	}
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case !l.asked:
		l.asked, l.login = true, bytes.Clone(response)
		return []byte("Password:"), false, nil
	}
	if err := l.verify(nil, l.login, response); err != nil {
		return nil, false, err
	}
	return nil, true, nil
}
