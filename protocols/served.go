package protocols

import (
	"bytes"
	"crypto/tls"
	"errors"
	"sync/atomic"
)

// served is what a connection's handshake has shown of the server's certificate.
type served struct {
	now    atomic.Pointer[[]byte] // chosen in this handshake
	before atomic.Pointer[[]byte] // of the session that the client wants to resume
}

// errNoCertificate means that the TLS settings have none to serve.
var errNoCertificate = errors.New("no certificate")

// inTicket marks our part of a session ticket. It is followed by the certificate's digest.
var inTicket = []byte("gannet certificate ")

// Recording returns TLS settings that work as config does and remember for each [Conn] which certificate
// its handshake served: digest makes of the leaf, in DER, what [Served] returns, nil when it can't. A
// session that is resumed keeps the digest of its first handshake: it is in the ticket, encrypted as the
// rest of it. config has no GetConfigForClient, WrapSession or UnwrapSession of its own, and stays as it is.
func Recording(config *tls.Config, digest func(leaf []byte) []byte) *tls.Config {
	all := config.Clone()
	all.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c, ok := From(hello.Conn)
		if !ok {
			return nil, nil
		}
		return c.served.record(all, config, digest), nil
	}
	return all
}

// record makes the settings of one handshake. all has the keys of the tickets.
func (s *served) record(all, config *tls.Config, digest func([]byte) []byte) *tls.Config {
	one := config.Clone()
	one.Certificates = nil // so that GetCertificate is always asked
	one.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := choose(config, hello)
		if err == nil {
			d := digest(cert.Certificate[0])
			s.now.Store(&d)
		}
		return cert, err
	}
	one.WrapSession = func(state tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		if d := s.digest(state.DidResume); d != nil {
			session.Extra = append(session.Extra, append(bytes.Clone(inTicket), d...))
		}
		return all.EncryptTicket(state, session)
	}
	one.UnwrapSession = func(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
		session, err := all.DecryptTicket(ticket, state)
		s.before.Store(nil)
		if session == nil || err != nil {
			return session, err
		}
		for _, extra := range session.Extra {
			if d, ok := bytes.CutPrefix(extra, inTicket); ok {
				s.before.Store(&d)
			}
		}
		return session, nil
	}
	return one
}

// choose is how crypto/tls chooses a certificate.
func choose(config *tls.Config, hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	var cert *tls.Certificate
	if config.GetCertificate != nil && (len(config.Certificates) == 0 || hello.ServerName != "") {
		var err error
		if cert, err = config.GetCertificate(hello); err != nil {
			return nil, err
		}
	}
	for i := 0; cert == nil && i < len(config.Certificates); i++ {
		if c := &config.Certificates[i]; hello.SupportsCertificate(c) == nil {
			cert = c
		}
	}
	if cert == nil && len(config.Certificates) > 0 {
		cert = &config.Certificates[0]
	}
	if cert == nil || len(cert.Certificate) == 0 {
		return nil, errNoCertificate
	}
	return cert, nil
}

func (s *served) digest(resumed bool) []byte {
	d := s.now.Load()
	if resumed {
		d = s.before.Load()
	}
	if d == nil {
		return nil
	}
	return *d
}

// Served returns the digest of the certificate that the client of c was shown, in the handshake that c's
// session began with; nil when it is not known. c is a server's end over a [Conn], with settings of
// [Recording], and its handshake has ended.
func Served(c *tls.Conn) []byte {
	below, ok := From(c)
	if !ok {
		return nil
	}
	return below.served.digest(c.ConnectionState().DidResume)
}
