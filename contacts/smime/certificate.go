package smime

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store/address"
)

// Bounds of certificates. Larger keys cost more to check than anybody's mail is worth.
const (
	MaxCertificate = 32 << 10 // bytes of DER
	maxRSA         = 8192     // bits
)

// Parse reads one certificate: DER, or PEM with nothing but the certificate.
func Parse(raw []byte) (*x509.Certificate, error) {
	if block, rest := pem.Decode(raw); block != nil {
		if block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
			return nil, errors.New("more or something else than one certificate")
		}
		raw = block.Bytes
	}
	if len(raw) > MaxCertificate {
		return nil, fmt.Errorf("certificate of more than %d bytes", MaxCertificate)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSA {
		return nil, fmt.Errorf("certificate with a key of %d bits", key.N.BitLen())
	}
	return c, nil
}

// ParseAll reads the certificates of a PEM file; what else is in it is passed over.
func ParseAll(file []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for {
		block, rest := pem.Decode(file)
		if block == nil {
			return all, nil
		}
		file = rest
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := Parse(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
}

var oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// Addresses lists the mail addresses that a certificate is for, in canonical form: those among its alternative
// names, and the one that old certificates have in the subject. RFC 8550, section 3.
func Addresses(c *x509.Certificate) []string {
	named := slices.Clone(c.EmailAddresses)
	for _, n := range c.Subject.Names {
		if text, ok := n.Value.(string); ok && n.Type.Equal(oidEmailAddress) {
			named = append(named, text)
		}
	}
	var list []string
	for _, n := range named {
		if a, err := address.Canonical(n); err == nil && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// Check reports what keeps a certificate from being one that mail to any of the addresses is encrypted for:
// for no such address, not for mail, or not valid at the given time. Who issued it does not matter.
func Check(c *x509.Certificate, addresses []string, now time.Time) error {
	own := Addresses(c)
	switch {
	case len(own) == 0:
		return errors.New("the certificate names no mail address")
	case !slices.ContainsFunc(own, func(a string) bool { return slices.Contains(addresses, a) }):
		return fmt.Errorf("the certificate is for %s", own[0])
	case !forMail(c):
		return errors.New("the certificate is not for mail")
	case now.Before(c.NotBefore):
		return fmt.Errorf("the certificate is not valid before %s", c.NotBefore.Format(time.DateTime))
	case now.After(c.NotAfter):
		return fmt.Errorf("the certificate has expired on %s", c.NotAfter.Format(time.DateTime))
	}
	return nil
}

// mailUsages are the key usages of which a certificate for mail has at least one. RFC 8550, section 4.4.2.
const mailUsages = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment |
	x509.KeyUsageDataEncipherment | x509.KeyUsageKeyAgreement

// forMail reports whether the certificate's own extensions allow it to be used for mail. RFC 8550, section 4.4.
func forMail(c *x509.Certificate) bool {
	if c.KeyUsage != 0 && c.KeyUsage&mailUsages == 0 {
		return false
	}
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
