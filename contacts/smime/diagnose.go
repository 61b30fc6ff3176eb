package smime

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// maxPath is how many issuers above a certificate are followed.
const maxPath = 10

// diagnose finds out why a certificate did not verify. crypto/x509 knows, but mostly says only that there is no
// chain; so the way up is gone again, one issuer after the other, first without regard to time and purpose.
func (v *Validator) diagnose(leaf *x509.Certificate, chain Chain, opts x509.VerifyOptions) Outcome {
	path := []*x509.Certificate{leaf}
	for len(path) <= maxPath {
		issuer, problem := v.issuerOf(path, chain)
		if problem != Valid {
			return problem
		}
		if issuer == nil {
			break
		}
		path = append(path, issuer)
	}
	if o := trust(path, chain, opts); o != Valid {
		return o
	}
	for i, c := range path {
		if opts.CurrentTime.Before(c.NotBefore) || opts.CurrentTime.After(c.NotAfter) {
			if i == 0 {
				return Expired
			}
			return IssuerExpired
		}
	}
	return constraints(leaf, opts)
}

// issuerOf finds who issued the last certificate of a path, nil if nobody is at hand who has that name. If all
// who have it did not do it or may not, that is the problem.
func (v *Validator) issuerOf(path []*x509.Certificate, chain Chain) (issuer *x509.Certificate, problem Outcome) {
	child := path[len(path)-1]
	if len(child.UnhandledCriticalExtensions) > 0 {
		return nil, Incomplete
	}
	if bytes.Equal(child.RawIssuer, child.RawSubject) {
		err := child.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature)
		if err != nil && len(path) == 1 {
			return nil, BadSignature
		}
		return nil, Valid
	}
	problem = Valid
	for _, c := range slices.Concat(chain.list, v.Roots) {
		if !bytes.Equal(c.RawSubject, child.RawIssuer) || slices.ContainsFunc(path, c.Equal) {
			continue
		}
		switch o := issued(c, child); {
		case o == Valid:
			return c, Valid
		case problem == Valid:
			problem = o
		}
	}
	return nil, problem
}

// issued reports whether an authority of that name issued child.
func issued(issuer, child *x509.Certificate) Outcome {
	if err := issuer.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature); err != nil {
		return BadSignature
	}
	if !issuer.IsCA || issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCertSign == 0 {
		return NotAuthority
	}
	return Valid
}

// trust reports whether the end of a path is a trusted root, or was issued by one.
func trust(path []*x509.Certificate, chain Chain, opts x509.VerifyOptions) Outcome {
	top := path[len(path)-1]
	opts.Intermediates, opts.KeyUsages = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	opts.CurrentTime = within(opts.CurrentTime, top.NotBefore, top.NotAfter)
	_, err := top.Verify(opts)
	var stranger x509.UnknownAuthorityError
	switch {
	case err == nil, !errors.As(err, &stranger):
		return Valid
	case chain.broken && !bytes.Equal(top.RawIssuer, top.RawSubject):
		return Malformed // the issuer may have been what could not be read
	}
	return Untrusted
}

func within(t, from, to time.Time) time.Time {
	if t.Before(from) {
		return from
	}
	if t.After(to) {
		return to
	}
	return t
}

// constraints tells apart what is left when signatures, trust and times are right.
func constraints(leaf *x509.Certificate, opts x509.VerifyOptions) Outcome {
	opts.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	_, err := leaf.Verify(opts)
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil && !forMail(leaf):
		return WrongUse
	case err == nil: // an issuer is for other purposes only
		return WrongPurpose
	case errors.As(err, &invalid) && invalid.Reason == x509.NotAuthorizedToSign:
		return NotAuthority
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return IssuerExpired
	}
	return WrongPurpose // depth or names, which crypto/x509 does not always tell apart
}
