package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// Security says how a connection is protected.
type Security uint8

// The ways.
const (
	TLS      Security = iota // from the first byte
	StartTLS                 // behind STARTTLS; without it nothing is said
	Plain                    // not at all
)

// dialTime bounds how long a connection and a login may take.
const dialTime = time.Minute

// connect opens a connection and logs in.
func (s *account) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("connect to %s: %w%s", s.options.Address, err, hint(err))
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // wakes a login that hangs
	defer stop()
	s.position = position{}
	s.client = imapclient.New(conn, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{Expunge: s.expunged}})
	if err := s.login(); err != nil {
		s.client.Close()
		s.client = nil
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("log in at %s: %w", s.options.Address, err)
	}
	return nil
}

func (s *account) dial(ctx context.Context) (*guard, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.options.Address)
	if err != nil {
		return nil, err
	}
	g := &guard{Conn: conn, maxBody: s.options.maxBody()}
	if s.options.Security == Plain {
		return g, nil
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if s.options.Security == StartTLS {
		if err := startTLS(conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		g.first = []byte("* OK behind TLS\r\n") // the client waits for a greeting, of which there is one only
	}
	secure := tls.Client(conn, s.options.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	g.Conn = secure
	return g, nil
}

// tls returns the settings, with the name that the certificate must have.
func (o Options) tls() *tls.Config {
	c := &tls.Config{}
	if o.TLS != nil {
		c = o.TLS.Clone()
	}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(o.Address)
	}
	return c
}

// startTLS asks for TLS, RFC 9051 section 6.2.1. Not a byte behind the answer is read: what somebody puts there
// becomes part of the handshake, which then fails.
func startTLS(conn net.Conn) error {
	greeting, err := readLine(conn)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if !strings.HasPrefix(strings.ToUpper(greeting), "* OK") {
		return fmt.Errorf("greeting %q", greeting)
	}
	if _, err := conn.Write([]byte("s STARTTLS\r\n")); err != nil {
		return fmt.Errorf("STARTTLS: %w", err)
	}
	for range 100 {
		line, err := readLine(conn)
		switch {
		case err != nil:
			return fmt.Errorf("STARTTLS: %w", err)
		case strings.HasPrefix(strings.ToUpper(line), "S OK"):
			return nil
		case !strings.HasPrefix(line, "*"):
			return fmt.Errorf("STARTTLS was answered with %q", line)
		}
	}
	return fmt.Errorf("STARTTLS: %w: no answer in 100 lines", errServer)
}

// readLine reads a line byte by byte.
func readLine(conn net.Conn) (string, error) {
	var line []byte
	var b [1]byte
	for len(line) < 4096 {
		if _, err := conn.Read(b[:]); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return strings.TrimRight(string(line), "\r"), nil
		}
		line = append(line, b[0])
	}
	return "", fmt.Errorf("%w: a line of more than %d bytes", errServer, len(line))
}

func (s *account) login() error {
	if err := s.client.WaitGreeting(); err != nil {
		return err
	}
	if s.client.State() == imap.ConnStateAuthenticated {
		return nil
	}
	caps := s.client.Caps()
	if caps.Has("AUTH=PLAIN") {
		return s.client.Authenticate(sasl.NewPlainClient("", s.options.User, s.options.Password))
	}
	if caps.Has(imap.CapLoginDisabled) {
		return errors.New("it takes no password this way; try another kind of TLS")
	}
	return s.client.Login(s.options.User, s.options.Password).Wait()
}

// hint says what to do about a connection that did not come to be, where that is known.
func hint(err error) string {
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return " (if the server has an authority of its own, name its certificate: --ca FILE)"
	case errors.As(err, &record):
		return " (the port does not begin with TLS: try --security starttls)"
	}
	return ""
}
