package smime

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// A list is what a CRL says, checked. RFC 5280, section 5.
type list struct {
	serials map[string]struct{} // of what is revoked
	scope   scope
	next    time.Time // when there is a newer one
	size    int       // bytes, as fetched
}

// clockSkew is how much later than now a list may have been made.
const clockSkew = 5 * time.Minute

// removeFromCRL is the reason of an entry that takes a revocation back.
const removeFromCRL = 8

// parseList reads a CRL, DER, that issuer must have signed and that must be of this time.
func parseList(raw []byte, issuer *x509.Certificate, now time.Time) (*list, error) {
	crl, err := x509.ParseRevocationList(raw)
	if err != nil {
		return nil, fmt.Errorf("CRL: %w", err)
	}
	if !bytes.Equal(crl.RawIssuer, issuer.RawSubject) {
		return nil, errors.New("CRL is another authority's")
	}
	if err := crl.CheckSignatureFrom(issuer); err != nil {
		return nil, fmt.Errorf("CRL: %w", err)
	}
	if crl.ThisUpdate.After(now.Add(clockSkew)) || !crl.NextUpdate.After(now) {
		return nil, fmt.Errorf("CRL is of %s to %s", crl.ThisUpdate, crl.NextUpdate)
	}
	l := &list{serials: map[string]struct{}{}, next: crl.NextUpdate, size: len(raw)}
	if l.scope, err = scopeOf(crl.Extensions); err != nil {
		return nil, err
	}
	for _, e := range crl.RevokedCertificateEntries {
		if e.ReasonCode != removeFromCRL {
			l.serials[string(e.SerialNumber.Bytes())] = struct{}{}
		}
	}
	return l, nil
}

// status tells of one certificate of the list's issuer; point is where the certificate says that the list is.
func (l *list) status(cert *x509.Certificate, point string) state {
	if _, ok := l.serials[string(cert.SerialNumber.Bytes())]; ok {
		return revoked
	}
	if !l.scope.covers(cert, point) {
		return unknown
	}
	return good
}

// A scope says which certificates a list tells of. RFC 5280, section 5.2.5.
type scope struct {
	points   []string // one of these must be in the certificate; nil: no matter
	onlyUser bool
	onlyCA   bool
	partial  bool // only some reasons, or none of those that are asked for
}

func (s scope) covers(cert *x509.Certificate, point string) bool {
	if s.partial || s.onlyUser && cert.IsCA || s.onlyCA && !cert.IsCA {
		return false
	}
	for _, p := range s.points {
		if p == point {
			return true
		}
	}
	return s.points == nil
}

var (
	oidIssuingPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidDelta        = asn1.ObjectIdentifier{2, 5, 29, 27}
)

// issuingPoint is IssuingDistributionPoint of RFC 5280.
type issuingPoint struct {
	Point    pointName      `asn1:"optional,tag:0"`
	OnlyUser bool           `asn1:"optional,tag:1"`
	OnlyCA   bool           `asn1:"optional,tag:2"`
	Reasons  asn1.BitString `asn1:"optional,tag:3"`
	Indirect bool           `asn1:"optional,tag:4"`
	OnlyAttr bool           `asn1:"optional,tag:5"`
}

type pointName struct {
	Full     []asn1.RawValue `asn1:"optional,tag:0"`
	Relative asn1.RawValue   `asn1:"optional,tag:1"`
}

// tagURI is the tag of a uniformResourceIdentifier in a GeneralName.
const tagURI = 6

// scopeOf reads the extensions of a list. What is critical and not understood makes the list useless.
func scopeOf(extensions []pkix.Extension) (scope, error) {
	var s scope
	for _, e := range extensions {
		switch {
		case e.Id.Equal(oidDelta):
			return s, errors.New("CRL is only what is new")
		case e.Id.Equal(oidIssuingPoint):
			var p issuingPoint
			if rest, err := asn1.Unmarshal(e.Value, &p); err != nil || len(rest) > 0 {
				return s, errors.New("CRL: unreadable IssuingDistributionPoint")
			}
			if p.Indirect {
				return s, errors.New("CRL is for those of several authorities")
			}
			s.onlyUser, s.onlyCA, s.partial = p.OnlyUser, p.OnlyCA, p.OnlyAttr || p.Reasons.BitLength > 0 || len(p.Point.Relative.FullBytes) > 0
			for _, name := range p.Point.Full {
				if name.Tag == tagURI {
					s.points = append(s.points, string(name.Bytes))
				}
			}
			if len(p.Point.Full) > 0 && s.points == nil {
				s.partial = true
			}
		case e.Critical:
			return s, fmt.Errorf("CRL with the critical extension %v", e.Id)
		}
	}
	return s, nil
}
