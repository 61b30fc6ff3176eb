package smime

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gannetmail/gannet/fetch"
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
	case fetch.Hosts(r.Hosts).Have(u.Host):
		return nil
	case u.Port() != "" && u.Port() != "80":
		return fmt.Errorf("port %s is not 80", u.Port())
	}
	return nil
}

// newClient makes the client that fetches lists.
func (r *Revocations) newClient() *http.Client {
	return fetch.Client(fetch.Options{Hosts: r.Hosts, Refuse: r.refuse, Redirects: maxRedirects, DialTime: dialTime})
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
	raw, err := fetch.Body(res.Body, maxList)
	if err != nil {
		return nil, fmt.Errorf("read CRL: %w", err)
	}
	return parseList(raw, issuer, now)
}
