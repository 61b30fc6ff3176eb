package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Options say what a client may do.
type Options struct {
	// Hosts may have any address.
	Hosts Hosts
	// Refuse reports why a URL is not asked; it hears of those of redirects too. Nil: none is refused.
	Refuse func(*url.URL) error
	// Redirects is how many are followed.
	Redirects int
	// DialTime bounds the making of a connection, AnswerTime the wait for the header of an answer; 0: the
	// request's context alone does.
	DialTime, AnswerTime time.Duration
	// Compressed asks for gzip. What is read is still the content, so that a bound on it holds.
	Compressed bool
	// Roots are the authorities that are trusted; nil: those of the system.
	Roots *x509.CertPool
}

// ErrPrivate says that a name leads to an address that is not one of the Internet's.
var ErrPrivate = errors.New("not a public address")

// maxHeader bounds the header of an answer, in bytes.
const maxHeader = 64 << 10

// Client makes a client. It keeps no connections, so nothing need be closed.
func Client(o Options) *http.Client {
	plain := &net.Dialer{Timeout: o.DialTime}
	guarded := &net.Dialer{Timeout: o.DialTime, Control: func(_, addr string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(addr)
		if err != nil {
			return fmt.Errorf("address %q: %w", addr, err)
		}
		if !IsPublic(to.Addr()) {
			return fmt.Errorf("%s is %w", to.Addr(), ErrPrivate)
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if o.Hosts.Have(addr) {
					return plain.DialContext(ctx, network, addr)
				}
				return guarded.DialContext(ctx, network, addr)
			},
			DisableKeepAlives: true, DisableCompression: !o.Compressed,
			TLSHandshakeTimeout: o.DialTime, ResponseHeaderTimeout: o.AnswerTime,
			MaxResponseHeaderBytes: maxHeader,
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			req.Header.Del("Referer") // the secret of one server is no other's business
			if len(via) > o.Redirects {
				return errors.New("too many redirects")
			}
			if o.Refuse != nil {
				return o.Refuse(req.URL)
			}
			return nil
		},
	}
}

// Body reads all of an answer, which is an error if it has more than limit bytes.
func Body(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(raw)) > limit:
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return raw, nil
}

// Cause is an error of a client without the URL.
func Cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Hosts are hosts that an operator trusts: "pki.example.test", which is that host at every port that a scheme has by
// itself, or "pki.example.test:8080". The empty list has none.
type Hosts []string

// Have reports whether a host of the list is meant by host:port, or by a host as it stands in a URL.
func (h Hosts) Have(host string) bool {
	for _, one := range h {
		if strings.EqualFold(one, host) || strings.EqualFold(one+":80", host) || strings.EqualFold(one+":443", host) {
			return true
		}
	}
	return false
}
