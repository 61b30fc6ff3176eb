package contacts

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/contacts/smime"
	"github.com/gannetmail/gannet/store"
)

// MaxCertificates is how many certificates one account may have.
const MaxCertificates = 20

// Fingerprint names a certificate: the SHA-256 of its DER form in hexadecimal, as `openssl x509 -fingerprint
// -sha256` shows it, but without colons and in lower case.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// ReadCertificates returns the certificates of an account as DER, by fingerprint.
func ReadCertificates(r store.Directory, acct store.AccountID) ([][]byte, error) {
	names, err := r.SettingNames(acct, certificatePrefix)
	if err != nil {
		return nil, err
	}
	list := make([][]byte, len(names))
	for i, name := range names {
		if list[i], err = r.Setting(acct, name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AddCertificate keeps a certificate, DER or PEM, as one that mail to an account can be encrypted for, and
// returns it. It is store.Invalid if it cannot be read or does not pass [smime.Check] for one of the
// account's own addresses at the given time, store.OverQuota if there are MaxCertificates already.
func AddCertificate(tx store.Tx, acct store.AccountID, raw []byte, now time.Time) (*x509.Certificate, error) {
	own, err := ownAddresses(tx, acct)
	if err != nil {
		return nil, err
	}
	c, err := smime.Parse(raw)
	if err == nil {
		err = smime.Check(c, own, now)
	}
	if err != nil {
		return nil, fmt.Errorf("%w certificate: %w", store.Invalid, err)
	}
	names, err := tx.SettingNames(acct, certificatePrefix)
	if err != nil {
		return nil, err
	}
	name := certificatePrefix + Fingerprint(c.Raw)
	if len(names) >= MaxCertificates && !slices.Contains(names, name) {
		return nil, fmt.Errorf("%d certificates: %w", len(names), store.OverQuota)
	}
	return c, tx.PutSetting(acct, name, c.Raw)
}

// RemoveCertificate forgets the certificate of an account whose fingerprint begins with the given text, and
// returns the whole fingerprint. None is store.NotFound, several are store.Invalid.
func RemoveCertificate(tx store.Tx, acct store.AccountID, begin string) (string, error) {
	begin = strings.ToLower(strings.ReplaceAll(begin, ":", ""))
	names, err := tx.SettingNames(acct, certificatePrefix+begin)
	switch {
	case err != nil:
		return "", err
	case begin == "" || len(names) == 0:
		return "", fmt.Errorf("certificate %q: %w", begin, store.NotFound)
	case len(names) > 1:
		return "", fmt.Errorf("%w fingerprint: %d certificates begin with %s", store.Invalid, len(names), begin)
	}
	return strings.TrimPrefix(names[0], certificatePrefix), tx.PutSetting(acct, names[0], nil)
}

// ownAddresses lists the addresses that are an account's alone: lists are several people's.
func ownAddresses(r store.Directory, acct store.AccountID) ([]string, error) {
	a, err := r.AccountByID(acct)
	if err != nil {
		return nil, err
	}
	aliases, err := r.Aliases(acct)
	if err != nil {
		return nil, err
	}
	own := []string{a.Name}
	for _, alias := range aliases {
		if len(alias.Accounts) == 1 {
			own = append(own, alias.Address)
		}
	}
	return own, nil
}
