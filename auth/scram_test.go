package auth

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// The example of RFC 7677, section 3: user "user", password "pencil".
func TestSCRAMKeysOfRFC7677(t *testing.T) {
	salt, err := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	if err != nil {
		t.Fatal(err)
	}
	const want = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
	k, err := parseSCRAM(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := deriveSCRAM("pencil", salt, 4096)
	if err != nil || got.String() != want || !bytes.Equal(got.stored, k.stored) {
		t.Errorf("verifier %s, %v\nwant     %s", got, err, want)
	}
}

func TestParseSCRAMRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "SCRAM-SHA-256", "SCRAM-SHA-1$4096:W22Z$WG5d:wfPL", "SCRAM-SHA-256$0:W22Z$WG5d:wfPL", "SCRAM-SHA-256$4096:W22Z$WG5d:wfPL",
		"SCRAM-SHA-256$x:W22Z$WG5d:wfPL", "SCRAM-SHA-256$4096$a$b", "SCRAM-SHA-256$4096:!$WG5d:wfPL",
	} {
		if _, err := parseSCRAM(bad); !errors.Is(err, store.Damaged) {
			t.Errorf("parseSCRAM(%q) = %v; want Damaged", bad, err)
		}
	}
}

// clientKey is what a client that knows password computes.
func clientKey(t *testing.T, x *SCRAM, password string) []byte {
	t.Helper()
	salted, err := pbkdf2.Key(sha256.New, password, x.Salt, x.Iterations, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	return hmacSHA256(salted, "Client Key")
}

func TestSCRAM(t *testing.T) {
	s, d := newTest(t, Options{})
	a := attempt("alice", "")
	begin := func(login string) *SCRAM {
		t.Helper()
		a.Login = login
		x, err := s.SCRAM(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := begin("alice")
	if id, err := x.Finish(t.Context(), clientKey(t, x, "alice's secret")); err != nil || id.Account.ID != alice {
		t.Errorf("Finish = %v, %v; want alice", id, err)
	}
	x = begin("a.liddell@example.test")
	if id, err := x.Finish(t.Context(), clientKey(t, x, "Alice's secret")); !errors.Is(err, ErrCredentials) {
		t.Errorf("wrong password: %v, %v; want ErrCredentials", id, err)
	}
	x = begin("nobody")
	if id, err := x.Finish(t.Context(), clientKey(t, x, "alice's secret")); !errors.Is(err, ErrCredentials) {
		t.Errorf("unknown login: %v, %v; want ErrCredentials", id, err)
	}
	x = begin("alice")
	key := clientKey(t, x, "alice's secret")
	if err := s.SetPassword(t.Context(), alice, "alice's new secret"); err != nil {
		t.Fatal(err)
	}
	if id, err := x.Finish(t.Context(), key); !errors.Is(err, ErrCredentials) {
		t.Errorf("password changed in between: %v, %v; want ErrCredentials", id, err)
	}
	x = begin("alice")
	d.disable(t)
	if id, err := x.Finish(t.Context(), clientKey(t, x, "alice's new secret")); !errors.Is(err, ErrCredentials) {
		t.Errorf("disabled in between: %v, %v; want ErrCredentials", id, err)
	}
}

func TestSCRAMDoesNotTellWhoExists(t *testing.T) {
	secret := []byte("0123456789abcdef")
	s1, _ := newTest(t, Options{Secret: secret})
	s2, _ := newTest(t, Options{Secret: secret})
	get := func(s *Service, login string) *SCRAM {
		t.Helper()
		x, err := s.SCRAM(t.Context(), attempt(login, ""))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	real, fake := get(s1, "alice"), get(s1, "nobody")
	if len(real.Salt) != len(fake.Salt) || real.Iterations != fake.Iterations || len(fake.StoredKey) != len(real.StoredKey) {
		t.Errorf("made-up keys %+v do not look like %+v", fake, real)
	}
	for name, again := range map[string]*SCRAM{"other form": get(s1, "NOBODY@example.test"), "restart": get(s2, "nobody")} {
		if !bytes.Equal(fake.Salt, again.Salt) {
			t.Errorf("%s: the salt of an unknown login changed", name)
		}
	}
	if bytes.Equal(fake.Salt, get(s1, "somebody").Salt) {
		t.Error("two unknown logins share a salt")
	}
}

func TestSCRAMIsThrottled(t *testing.T) {
	s, _ := newTest(t, Options{})
	finish := func(password string) error {
		t.Helper()
		x, err := s.SCRAM(t.Context(), Attempt{Login: "alice", Proto: IMAP, Remote: home})
		if err != nil {
			t.Fatal(err)
		}
		_, err = x.Finish(t.Context(), clientKey(t, x, password))
		return err
	}
	for range 9 { // the same wrong password is one guess, though each proof differs
		if err := finish("an old secret"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
	}
	if err := finish("alice's secret"); err != nil {
		t.Fatalf("after one wrong password: %v", err)
	}
	var th *Throttled
	for n := range DefaultLimits.Known.Free + 1 {
		if err := finish("guess " + string(rune('a'+n))); errors.As(err, &th) {
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	if err := finish("one more"); !errors.As(err, &th) {
		t.Errorf("after many guesses: %v; want Throttled", err)
	}
}
