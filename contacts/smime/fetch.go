package smime

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds of one fetch.
const (
	maxList      = 8 << 20 // bytes
	maxRedirects = 3
	fetchTime    = 8 * time.Second // for all of it
	dialTime     = 4 * time.Second
	maxURL       = 1024 // bytes
)

// refuse reports why an address is not asked for a list.
func (r *Revocations) refuse(u *url.URL) error {
	switch {
	case u.Scheme != "http": // https would need a certificate whose revocation must be known
		return fmt.Errorf("scheme %.20q is not http", u.Scheme)
	case u.User != nil, u.Hostname() == "", len(u.String()) > maxURL:
		return errors.New("not the address of a list")
	case r.exempt(u.Host):
		return nil
	case u.Port() != "" && u.Port() != "80":
		return fmt.Errorf("port %s is not 80", u.Port())
	}
	return nil
}

// newClient makes the client that fetches lists: no proxy, no cookies, nothing but http, and every address is
// looked at when the connection is made, so that no name can lead elsewhere.
func (r *Revocations) newClient() *http.Client {
	plain := &net.Dialer{Timeout: dialTime}
	guarded := &net.Dialer{Timeout: dialTime, Control: func(_, addr string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(addr)
		if err != nil {
			return fmt.Errorf("address %q: %w", addr, err)
		}
		if !isPublic(to.Addr()) {
			return fmt.Errorf("%s is not a public address", to.Addr())
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if r.exempt(addr) {
					return plain.DialContext(ctx, network, addr)
				}
				return guarded.DialContext(ctx, network, addr)
			},
			DisableKeepAlives: true, DisableCompression: true,
			MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("too many redirects")
			}
			return r.refuse(req.URL)
		},
	}
}

// download fetches a list and checks that issuer signed it.
func (r *Revocations) download(ctx context.Context, point string, issuer *x509.Certificate, now time.Time) (*list, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, point, nil)
	if err != nil {
		return nil, fmt.Errorf("CRL: %w", err)
	}
	req.Header.Set("Accept", "application/pkix-crl")
	req.Header.Set("User-Agent", "Gannet")
	res, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch CRL: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("CRL: HTTP %d", res.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxList+1))
	if err != nil {
		return nil, fmt.Errorf("read CRL: %w", err)
	}
	if len(raw) > maxList {
		return nil, fmt.Errorf("CRL of more than %d bytes", maxList)
	}
	return parseList(raw, issuer, now)
}

// special are the parts of the public address space that are not public. IANA, special-purpose address
// registries.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

var global6 = netip.MustParsePrefix("2000::/3")

// isPublic reports whether an address is one of the Internet's: none of this host, of a private network, nor one
// that stands for another address.
func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" || a.Is6() && !global6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
