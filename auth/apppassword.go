package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
)

// AppPassword describes an application password; the secret itself is not kept.
type AppPassword struct {
	Name    string
	Scopes  []string // protocols that it is good for; none: all
	Created time.Time
	Used    time.Time // to about ten minutes; zero: never
}

// secretAlphabet is Crockford's base 32 in lower case: no i, l, o, u.
const secretAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	secretLength = 20 // 100 bits
	secretGroup  = 4
	appScheme    = "sha256"
	maxAppName   = 100
)

var scopes = []string{EAS, SMTP, IMAP, POP3, Web, DAV}

// AddAppPassword makes an application password and returns its secret, "7k2m-…" in five groups; it
// cannot be had again. name is unique in the account (store.Exists), scopes are some of EAS, SMTP, IMAP,
// POP3, Web and DAV (store.Invalid otherwise), none for all.
func (s *Service) AddAppPassword(ctx context.Context, acct store.AccountID, name string, scopes []string) (secret string, err error) {
	name = strings.TrimSpace(name)
	if err := checkApp(name, scopes); err != nil {
		return "", err
	}
	raw := newSecret()
	c := store.Credential{
		Account: acct, Kind: store.AppPassword, Name: name, Hash: hashSecret(randomBytes(saltSize), raw),
		Scopes: slices.Clone(scopes), Created: s.o.Now().UTC(),
	}
	err = s.st.Update(ctx, 0, func(tx store.Tx) error {
		creds, err := tx.Credentials(acct)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(creds, appNamed(name)) {
			return fmt.Errorf("%q: %w", name, store.Exists)
		}
		_, err = tx.PutCredential(c)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add application password: %w", err)
	}
	return grouped(raw), nil
}

// ListAppPasswords returns the application passwords of an account, the oldest first.
func (s *Service) ListAppPasswords(ctx context.Context, acct store.AccountID) ([]AppPassword, error) {
	var list []AppPassword
	err := s.st.View(ctx, 0, func(r store.Reader) error {
		creds, err := r.Credentials(acct)
		for _, c := range creds {
			if c.Kind == store.AppPassword {
				list = append(list, AppPassword{Name: c.Name, Scopes: c.Scopes, Created: c.Created, Used: c.Used})
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list application passwords: %w", err)
	}
	slices.SortStableFunc(list, func(a, b AppPassword) int { return a.Created.Compare(b.Created) })
	return list, nil
}

// RevokeAppPassword removes an application password; it is refused from now on. store.NotFound when
// there is none of that name.
func (s *Service) RevokeAppPassword(ctx context.Context, acct store.AccountID, name string) error {
	err := s.st.Update(ctx, 0, func(tx store.Tx) error {
		creds, err := tx.Credentials(acct)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(creds, appNamed(name))
		if i < 0 {
			return fmt.Errorf("%q: %w", name, store.NotFound)
		}
		return tx.RemoveCredential(creds[i].ID)
	})
	if err != nil {
		return fmt.Errorf("revoke application password: %w", err)
	}
	return nil
}

func checkApp(name string, wanted []string) error {
	if name == "" || utf8.RuneCountInString(name) > maxAppName || !utf8.ValidString(name) || strings.ContainsFunc(name, isControl) {
		return fmt.Errorf("an application password needs a name of 1 to %d characters: %w", maxAppName, store.Invalid)
	}
	for _, w := range wanted {
		if !slices.Contains(scopes, w) {
			return fmt.Errorf("unknown scope %q, use some of %s: %w", w, strings.Join(scopes, ", "), store.Invalid)
		}
	}
	return nil
}

func appNamed(name string) func(store.Credential) bool {
	return func(c store.Credential) bool { return c.Kind == store.AppPassword && c.Name == name }
}

func newSecret() string {
	b := randomBytes(secretLength)
	for i := range b {
		b[i] = secretAlphabet[b[i]&31]
	}
	return string(b)
}

func grouped(secret string) string {
	var groups []string
	for g := range slices.Chunk([]byte(secret), secretGroup) {
		groups = append(groups, string(g))
	}
	return strings.Join(groups, "-")
}

// ungrouped undoes grouped and forgives what people do to it: capitals, spaces, o for 0, i and l for 1.
// It is empty when password is no secret of ours.
func ungrouped(password string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(password) {
		switch {
		case r == '-' || r == ' ':
			continue
		case r == 'o':
			r = '0'
		case r == 'i' || r == 'l':
			r = '1'
		case !strings.ContainsRune(secretAlphabet, r):
			return ""
		}
		b.WriteRune(r)
	}
	if b.Len() != secretLength {
		return ""
	}
	return b.String()
}

func hashSecret(salt []byte, secret string) string {
	sum := sha256.Sum256(append(slices.Clone(salt), secret...))
	enc := base64.RawStdEncoding
	return "$" + appScheme + "$" + enc.EncodeToString(salt) + "$" + enc.EncodeToString(sum[:])
}

// matchApp returns the application password that password is, nil if it is none.
func matchApp(creds []store.Credential, password string) *store.Credential {
	secret := ungrouped(password)
	if secret == "" {
		return nil
	}
	for i, c := range creds {
		f := strings.Split(c.Hash, "$")
		if c.Kind != store.AppPassword || len(f) != 4 || f[1] != appScheme {
			continue
		}
		salt, err := base64.RawStdEncoding.DecodeString(f[2])
		if err == nil && subtle.ConstantTimeCompare([]byte(hashSecret(salt, secret)), []byte(c.Hash)) == 1 {
			return &creds[i]
		}
	}
	return nil
}
