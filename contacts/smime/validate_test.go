package smime

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	root := issue(t, nil, "root", ca)
	middle := issue(t, root, "middle", ca)
	stranger := issue(t, nil, "stranger", ca)
	impostor := issue(t, nil, "middle", ca) // has the name, not the key
	old := issue(t, root, "old", ca, from(-3))
	web := issue(t, root, "web", ca, usage(x509.ExtKeyUsageServerAuth))
	shallow := issue(t, root, "shallow", ca, func(c *x509.Certificate) { c.MaxPathLenZero = true })
	below := issue(t, shallow, "below", ca)
	other := issue(t, root, "other", ca, func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"other.test"} })
	person := issue(t, middle, "anna")
	broken := slices.Clone(person.Raw)
	broken[len(broken)-3] ^= 0x40
	oldRoot := issue(t, nil, "old root", ca, from(-3))

	tests := []struct {
		name  string
		der   []byte
		chain []*authority
		junk  bool // something unreadable is in the chain
		want  Outcome
	}{
		{"of a root", issue(t, root, "anna").Raw, nil, false, Valid},
		{"of an issuer between", person.Raw, []*authority{middle}, false, Valid},
		{"chain with the root and strangers", person.Raw, []*authority{stranger, impostor, root, middle}, true, Valid},
		{"chain is missing", person.Raw, nil, false, Untrusted},
		{"chain is unreadable", person.Raw, nil, true, Malformed},
		{"unreadable", []byte("anna"), nil, false, Malformed},
		{"empty", nil, nil, false, Malformed},
		{"changed", broken, []*authority{middle}, false, BadSignature},
		{"issuer is an impostor", person.Raw, []*authority{impostor}, false, BadSignature},
		{"strange root", issue(t, stranger, "anna").Raw, nil, false, Untrusted},
		{"strange root in the chain", issue(t, stranger, "anna").Raw, []*authority{stranger}, false, Untrusted},
		{"signs itself", issue(t, nil, "anna").Raw, nil, false, Untrusted},
		{"for servers", issue(t, root, "anna", usage(x509.ExtKeyUsageServerAuth)).Raw, nil, false, WrongUse},
		{"for anything", issue(t, root, "anna", usage(x509.ExtKeyUsageAny)).Raw, nil, false, Valid},
		{"for whatever", issue(t, root, "anna", usage()).Raw, nil, false, Valid},
		{"only to sign others", issue(t, root, "anna", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }).Raw, nil, false, WrongUse},
		{"expired", issue(t, root, "anna", from(-2)).Raw, nil, false, Expired},
		{"not yet", issue(t, root, "anna", from(1)).Raw, nil, false, Expired},
		{"expired and strange", issue(t, stranger, "anna", from(-2)).Raw, nil, false, Untrusted},
		{"issuer expired", issue(t, old, "anna").Raw, []*authority{old}, false, IssuerExpired},
		{"root expired", issue(t, oldRoot, "anna").Raw, nil, false, IssuerExpired},
		{"issuer is for servers", issue(t, web, "anna").Raw, []*authority{web}, false, WrongPurpose},
		{"issuer is too deep", issue(t, below, "anna").Raw, []*authority{below, shallow}, false, WrongPurpose},
		{"issuer is for other addresses", issue(t, other, "anna").Raw, []*authority{other}, false, WrongPurpose},
		{"says something critical", issue(t, root, "anna", func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}).Raw, nil, false, Incomplete},
		{"a person issued it", issue(t, person, "bert").Raw, []*authority{person, middle}, false, NotAuthority},
	}
	v := &Validator{Roots: []*x509.Certificate{root.Certificate, oldRoot.Certificate}, Only: true, Now: func() time.Time { return today }}
	for _, tt := range tests {
		var chain Chain
		for _, c := range tt.chain {
			chain.Add(c.Raw)
		}
		if tt.junk {
			chain.Add([]byte("junk"))
		}
		if got := v.Validate(t.Context(), tt.der, chain, false); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestStrictWithoutLists(t *testing.T) {
	root := issue(t, nil, "root", ca)
	v := &Validator{Roots: []*x509.Certificate{root.Certificate}, Only: true, Now: func() time.Time { return today }}
	if got := v.Validate(t.Context(), issue(t, root, "anna").Raw, Chain{}, true); got != RevocationNotKnown {
		t.Errorf("%d, want %d", got, RevocationNotKnown)
	}
	if got := v.Validate(t.Context(), root.Raw, Chain{}, true); got != WrongUse {
		t.Errorf("the root itself: %d, want %d", got, WrongUse)
	}
}

// TestSystemRoots: roots of the system are trusted unless the operator says otherwise; ours is not among them.
func TestSystemRoots(t *testing.T) {
	root := issue(t, nil, "root", ca)
	v := &Validator{Now: func() time.Time { return today }}
	if got := v.Validate(t.Context(), issue(t, root, "anna").Raw, Chain{}, false); got != Untrusted {
		t.Errorf("%d, want %d", got, Untrusted)
	}
}

func TestCheck(t *testing.T) {
	mine := []string{"anna@example.test", "a.berg@example.test"}
	tests := []struct {
		name string
		cert *authority
		want string
	}{
		{"mine", issue(t, nil, "anna"), ""},
		{"mine in the subject, in capitals", issue(t, nil, "x", func(c *x509.Certificate) {
			c.EmailAddresses = nil
			c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: oidEmailAddress, Value: "A.Berg@Example.TEST"}}
		}), ""},
		{"another's", issue(t, nil, "bert"), "the certificate is for bert@example.test"},
		{"nobody's", issue(t, nil, "x", func(c *x509.Certificate) { c.EmailAddresses = nil }), "the certificate names no mail address"},
		{"for servers", issue(t, nil, "anna", usage(x509.ExtKeyUsageServerAuth)), "the certificate is not for mail"},
		{"expired", issue(t, nil, "anna", from(-2)), "the certificate has expired on 2025-11-23 12:00:00"},
		{"not yet", issue(t, nil, "anna", from(1)), "the certificate is not valid before 2027-11-24 12:00:00"},
	}
	for _, tt := range tests {
		got := ""
		if err := Check(tt.cert.Certificate, mine, today); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	c := issue(t, nil, "anna")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	for name, raw := range map[string][]byte{"DER": c.Raw, "PEM": text} {
		if got, err := Parse(raw); err != nil || !got.Equal(c.Certificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: c.Raw})
	for name, raw := range map[string][]byte{"a key": key, "two": slices.Concat(text, text), "too long": make([]byte, MaxCertificate+1), "nothing": nil} {
		if _, err := Parse(raw); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	all, err := ParseAll(slices.Concat([]byte("# ours\n"), text, key, text))
	if err != nil || len(all) != 2 {
		t.Errorf("ParseAll: %d, %v; want 2", len(all), err)
	}
}
