package auth

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestAppPassword(t *testing.T) {
	s, d := newTest(t, Options{})
	secret, err := s.AddAppPassword(t.Context(), alice, " phone ", []string{EAS, SMTP})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){4}[0-9a-hjkmnp-tv-z]{4}$`).MatchString(secret) {
		t.Errorf("secret %q is not five groups of four", secret)
	}
	for _, c := range d.creds(t, alice) {
		if strings.Contains(c.Hash, secret) || strings.Contains(c.Hash, ungrouped(secret)) {
			t.Error("the store has the secret")
		}
	}
	id := mustVerify(t, s, attempt("alice", secret))
	if !id.App || id.Account.ID != alice {
		t.Errorf("identity %+v; want alice's application password", id)
	}
	typed := strings.NewReplacer("-", " ", "0", "O", "1", "l").Replace(strings.ToUpper(secret))
	if again := mustVerify(t, s, attempt("alice", typed)); again != id {
		t.Errorf("as %q: %+v; want %+v", typed, again, id)
	}
	tests := []struct {
		name, login, password, proto string
		want                         error
	}{
		{"in scope", "alice", secret, SMTP, nil},
		{"discovery", "alice", secret, Discover, nil},
		{"out of scope", "alice", secret, IMAP, ErrCredentials},
		{"in scope after all", "alice", secret, EAS, nil},
		{"other account", "bob", secret, EAS, ErrCredentials},
		{"main password", "alice", "alice's secret", IMAP, nil},
	}
	for _, tt := range tests {
		a := attempt(tt.login, tt.password)
		a.Proto = tt.proto
		if _, err := s.Verify(t.Context(), a); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v; want %v", tt.name, err, tt.want)
		}
	}
	if err := s.RevokeAppPassword(t.Context(), alice, "phone"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context(), attempt("alice", secret)); !errors.Is(err, ErrCredentials) {
		t.Errorf("after revocation: %v; want ErrCredentials", err)
	}
}

func TestAppPasswordNeedsNoHash(t *testing.T) {
	s, _ := newTest(t, Options{CacheFor: -1})
	secret, err := s.AddAppPassword(t.Context(), alice, "phone", nil)
	if err != nil {
		t.Fatal(err)
	}
	for cap(s.hashers.slots) > len(s.hashers.slots) {
		s.hashers.slots <- struct{}{}
	}
	mustVerify(t, s, attempt("alice", secret))
}

func TestListAppPasswords(t *testing.T) {
	s, _ := newTest(t, Options{})
	for _, name := range []string{"phone", "büro"} {
		if _, err := s.AddAppPassword(t.Context(), alice, name, []string{IMAP}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.ListAppPasswords(t.Context(), alice)
	if err != nil || len(list) != 2 || list[0].Name != "phone" || list[1].Name != "büro" || !slices.Equal(list[0].Scopes, []string{IMAP}) || list[0].Created.IsZero() {
		t.Errorf("ListAppPasswords = %+v, %v", list, err)
	}
}

func TestAppPasswordErrors(t *testing.T) {
	s, _ := newTest(t, Options{})
	if _, err := s.AddAppPassword(t.Context(), alice, "phone", nil); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		scopes []string
		want   error
	}{
		{"phone", nil, store.Exists}, {"", nil, store.Invalid}, {"a\nb", nil, store.Invalid},
		{strings.Repeat("a", 101), nil, store.Invalid}, {"x", []string{"ftp"}, store.Invalid}, {"x", []string{Discover}, store.Invalid},
	}
	for _, tt := range tests {
		if secret, err := s.AddAppPassword(t.Context(), alice, tt.name, tt.scopes); !errors.Is(err, tt.want) || secret != "" {
			t.Errorf("AddAppPassword(%q, %v) = %q, %v; want %v", tt.name, tt.scopes, secret, err, tt.want)
		}
	}
	if err := s.RevokeAppPassword(t.Context(), bob, "phone"); !errors.Is(err, store.NotFound) {
		t.Errorf("revoke of another's: %v; want NotFound", err)
	}
}
