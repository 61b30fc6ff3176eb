package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Files of the private authority and how long what it signs is good for. Apple's systems refuse
// server certificates of more than 825 days, also from authorities that the person installed.
const (
	tlsDir         = "tls"
	caCertFile     = "tls/ca.crt"
	caKeyFile      = "tls/ca.key"
	caLifetime     = 3650 * day
	serverLifetime = 820 * day
	renewBefore    = 30 * day
	backdate       = time.Hour // clocks of phones are not exact
)

// certificateNames are the names that clients look a server of these domains up by.
func certificateNames(hostname string, domains []string) []string {
	names := []string{hostname}
	for _, d := range domains {
		names = append(names, d, "autodiscover."+d, "autoconfig."+d)
	}
	names = append(names, "localhost", "127.0.0.1", "::1")
	slices.Sort(names[1:])
	return slices.Compact(names)
}

// authority is the private certificate authority of one data directory.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// createAuthority makes a new authority and writes it into the data directory.
func createAuthority(data, hostname string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the authority: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Gannet authority of " + hostname, Organization: []string{"Gannet"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLifetime),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	a := &authority{cert: cert, key: key}
	if err := os.MkdirAll(filepath.Join(data, tlsDir), 0o700); err != nil {
		return nil, err
	}
	return a, writePair(filepath.Join(data, caCertFile), filepath.Join(data, caKeyFile), key, cert)
}

// openAuthority reads the authority of a data directory; fs.ErrNotExist when it has none.
func openAuthority(data string) (*authority, error) {
	certPEM, err := os.ReadFile(filepath.Join(data, caCertFile))
	if err != nil {
		return nil, err
	}
	keyPEM, err := os.ReadFile(filepath.Join(data, caKeyFile))
	if err != nil {
		return nil, err
	}
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return nil, fmt.Errorf("%s or %s: no PEM block in it", caCertFile, caKeyFile)
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", caCertFile, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", caKeyFile, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an ECDSA key", caKeyFile)
	}
	return &authority{cert: cert, key: ec}, nil
}

// issue writes a new key and a certificate for the names (host names and addresses).
func (a *authority) issue(certFile, keyFile string, names []string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("key of the server: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return err
	}
	until := now.Add(serverLifetime)
	if until.After(a.cert.NotAfter) {
		until = a.cert.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0]},
		NotBefore:             now.Add(-backdate),
		NotAfter:              until,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("certificate of the server: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("certificate of the server: %w", err)
	}
	return writePair(certFile, keyFile, key, cert, a.cert)
}

// renew issues the server's certificate again when it is the authority's own and ends soon or lacks
// one of the names. It reports whether it did. A certificate of the operator's own stays untouched. It
// refuses to issue one for a host name that --set gave for a single run.
func renew(c *Config, names []string, now time.Time) (bool, error) {
	ca, err := openAuthority(c.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	leaf, err := readLeaf(c.path(c.TLS.Cert))
	if err != nil {
		return false, err
	}
	if leaf.CheckSignatureFrom(ca.cert) != nil {
		return false, nil
	}
	if host := c.Server.Hostname; c.hostnameForRun && len(uncovered(leaf, []string{host})) > 0 {
		return false, usagef("server.hostname is %s for this run only, and the certificate in %s does not stand for it; "+
			"write the name into %s instead of --set, and the certificate is issued again", host, c.TLS.Cert, configFile)
	}
	if leaf.NotAfter.Sub(now) > renewBefore && len(uncovered(leaf, names)) == 0 {
		return false, nil
	}
	return true, ca.issue(c.path(c.TLS.Cert), c.path(c.TLS.Key), withNamesOf(leaf, names), now)
}

// withNamesOf adds the names that a certificate already stands for.
func withNamesOf(cert *x509.Certificate, names []string) []string {
	all := slices.Clone(names)
	have := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		have = append(have, ip.String())
	}
	for _, n := range have {
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// uncovered returns the names that a certificate does not stand for.
func uncovered(cert *x509.Certificate, names []string) []string {
	var missing []string
	for _, n := range names {
		if cert.VerifyHostname(n) != nil {
			missing = append(missing, n)
		}
	}
	return missing
}

// readLeaf reads the first certificate of a PEM file.
func readLeaf(name string) (*x509.Certificate, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%s: no certificate in it", name)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return cert, nil
}

// writePair writes a private key and its certificate chain, each file replaced as a whole.
func writePair(certFile, keyFile string, key *ecdsa.PrivateKey, chain ...*x509.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("private key: %w", err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	var certPEM []byte
	for _, c := range chain {
		certPEM = append(certPEM, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	if err := writeFile(keyFile, keyPEM, 0o600); err != nil {
		return err
	}
	return writeFile(certFile, certPEM, 0o600)
}

func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	return serial, nil
}
