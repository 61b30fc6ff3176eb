package smime

import (
	"context"
	"crypto/x509"
	"time"
)

// An Outcome says what is wrong with a certificate. Its values are those of MS-ASCMD, Status (ValidateCert).
type Outcome int

// The outcomes.
const (
	Valid              Outcome = 1
	BadSignature       Outcome = 3  // it, or an issuer, is not signed by who it says
	Untrusted          Outcome = 4  // its chain does not end at a trusted root
	Malformed          Outcome = 5  // it or its chain cannot be read
	WrongUse           Outcome = 6  // not for mail
	Expired            Outcome = 7  // it is not valid at this time
	IssuerExpired      Outcome = 8  // an issuer is not valid at this time
	WrongPurpose       Outcome = 9  // an issuer may not issue certificates for mail, or for this name, or of this depth
	Incomplete         Outcome = 10 // it says something critical that is not understood
	NotAuthority       Outcome = 11 // who issued it may issue none
	Revoked            Outcome = 13
	RevocationOffline  Outcome = 14 // who knows whether it is revoked does not answer
	IssuerRevoked      Outcome = 15
	RevocationNotKnown Outcome = 16 // nobody says whether it is revoked
	Undecided          Outcome = 17 // there was no time to find out
)

// A Validator checks certificates against roots. It is safe for concurrent use.
type Validator struct {
	Roots []*x509.Certificate // trusted besides those of the system
	Only  bool                // the system's are not trusted
	CRLs  *Revocations        // nil: nothing is known of any revocation
	Now   func() time.Time    // nil: time.Now
}

// A Chain is what came with a certificate: possible issuers, none of them trusted for it.
type Chain struct {
	list   []*x509.Certificate
	broken bool // some could not be read
}

// Add takes a further certificate as DER.
func (c *Chain) Add(der []byte) {
	cert, err := Parse(der)
	if err != nil {
		c.broken = true
		return
	}
	c.list = append(c.list, cert)
}

// Validate checks one certificate, DER, with the issuers that came with it. With strict, one of which cannot be
// found out whether it is revoked does not pass; without, only those pass not that are known to be revoked.
func (v *Validator) Validate(ctx context.Context, der []byte, chain Chain, strict bool) Outcome {
	leaf, err := Parse(der)
	if err != nil {
		return Malformed
	}
	opts, err := v.options(chain)
	if err != nil {
		return Undecided
	}
	chains, err := leaf.Verify(opts)
	if err != nil {
		return v.diagnose(leaf, chain, opts)
	}
	if !forMail(leaf) {
		return WrongUse
	}
	return v.revocation(ctx, chains, opts.CurrentTime, strict)
}

func (v *Validator) options(chain Chain) (x509.VerifyOptions, error) {
	o := x509.VerifyOptions{
		Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, CurrentTime: time.Now(),
	}
	if v.Now != nil {
		o.CurrentTime = v.Now()
	}
	for _, c := range chain.list {
		o.Intermediates.AddCert(c)
	}
	o.Roots = x509.NewCertPool()
	if !v.Only {
		system, err := x509.SystemCertPool()
		if err != nil {
			return o, err
		}
		o.Roots = system
	}
	for _, c := range v.Roots {
		o.Roots.AddCert(c)
	}
	return o, nil
}

// maxChains is how many chains of one certificate are looked through for one that nobody revoked.
const maxChains = 3

// revocation finds a chain of which nothing is revoked; if there is none it says what the first suffers from.
func (v *Validator) revocation(ctx context.Context, chains [][]*x509.Certificate, now time.Time, strict bool) Outcome {
	first := Undecided
	for i, chain := range chains[:min(len(chains), maxChains)] {
		o := v.chainRevocation(ctx, chain, now, strict)
		if o == Valid {
			return Valid
		}
		if i == 0 {
			first = o
		}
	}
	return first
}

func (v *Validator) chainRevocation(ctx context.Context, chain []*x509.Certificate, now time.Time, strict bool) Outcome {
	worst := Valid
	for i := range len(chain) - 1 { // the root is trusted by decision
		switch v.CRLs.status(ctx, chain[i], chain[i+1], now) {
		case revoked:
			if i == 0 {
				return Revoked
			}
			return IssuerRevoked
		case offline:
			worst = RevocationOffline
		case unknown:
			if worst == Valid {
				worst = RevocationNotKnown
			}
		}
	}
	if !strict {
		return Valid
	}
	return worst
}
