package contacts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// certificate makes one for an address.
func (c *company) certificate(addr string) []byte {
	c.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(c.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: c.clock, NotAfter: c.clock.AddDate(1, 0, 0), EmailAddresses: []string{addr},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(c.t, err)
	return der
}

func (c *company) add(acct store.AccountID, raw []byte) (print string, err error) {
	err = c.Store.Update(c.t.Context(), 0, func(tx store.Tx) error {
		added, err := AddCertificate(tx, acct, raw, c.clock)
		if err == nil {
			print = Fingerprint(added.Raw)
		}
		return err
	})
	return print, err
}

func TestCertificates(t *testing.T) {
	c := newCompany(t)
	anna, bert := c.hire("anna", "Anna"), c.hire("bert", "Bert")
	c.alias("a.berg", anna)
	c.alias("sales", anna, bert)
	tests := []struct {
		addr string
		err  error
	}{
		{"anna@example.test", nil}, {"A.Berg@example.test", nil},
		{"bert@example.test", store.Invalid}, {"sales@example.test", store.Invalid},
	}
	for _, tt := range tests {
		if _, err := c.add(anna, c.certificate(tt.addr)); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.addr, err, tt.err)
		}
	}
	if _, err := c.add(anna, []byte("junk")); !errors.Is(err, store.Invalid) {
		t.Errorf("junk: %v, want Invalid", err)
	}
	last := c.certificate("anna@example.test")
	for range 2 { // twice is once
		print, err := c.add(anna, last)
		must(t, err)
		list, err := c.Certificates(t.Context(), anna)
		must(t, err)
		if len(list) != 3 || print != Fingerprint(last) || len(print) != 64 {
			t.Errorf("%d certificates, the last %s; want 3, %s", len(list), print, Fingerprint(last))
		}
	}
	for range MaxCertificates - 3 {
		_, err := c.add(anna, c.certificate("anna@example.test"))
		must(t, err)
	}
	if _, err := c.add(anna, c.certificate("anna@example.test")); !errors.Is(err, store.OverQuota) {
		t.Errorf("one too many: %v, want OverQuota", err)
	}
	c.update(func(tx store.Tx) error {
		for begin, want := range map[string]error{"": store.NotFound, "xyz": store.NotFound, Fingerprint(last)[:40]: nil} {
			if _, err := RemoveCertificate(tx, anna, begin); !errors.Is(err, want) {
				t.Errorf("remove %q: %v, want %v", begin, err, want)
			}
		}
		return nil
	})
	list, err := c.Certificates(t.Context(), anna)
	if err != nil || len(list) != MaxCertificates-1 {
		t.Errorf("%d certificates, %v; want %d", len(list), err, MaxCertificates-1)
	}
}
