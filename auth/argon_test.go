package auth

import (
	"errors"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestArgonRoundTrip(t *testing.T) {
	h := newArgonHash(Argon{Memory: 32, Time: 3, Threads: 2}, "secret")
	got, err := parseArgon(h.String())
	if err != nil || got.params != h.params || !got.matches("secret") || got.matches("Secret") {
		t.Errorf("parseArgon(%q) = %+v, %v", h, got, err)
	}
}

// A vector of the reference implementation: password "password", salt "somesalt", 64 MiB, 2 passes, 1 lane.
func TestArgonReference(t *testing.T) {
	const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	h, err := parseArgon(phc)
	if err != nil || h.String() != phc || !h.matches("password") {
		t.Errorf("parseArgon(%q) = %v, %v; want it to match", phc, h, err)
	}
}

func TestParseArgonRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "x", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1,p=1$c2$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$short",
	} {
		if h, err := parseArgon(bad); !errors.Is(err, store.Damaged) {
			t.Errorf("parseArgon(%q) = %v, %v; want Damaged", bad, h, err)
		}
	}
}

func TestPrepared(t *testing.T) {
	tests := []struct{ name, in, want string }{ // examples of RFC 4013, section 3, and what it forbids
		{"soft hyphen", "I\u00ADX", "IX"},
		{"as it is", "user", "user"},
		{"case kept", "USER", "USER"},
		{"NFKC", "\u00AA", "a"},
		{"NFKC of a numeral", "\u2168", "IX"},
		{"forbidden stays", "\u0007ä", "\u0007ä"},
		{"other space", "a\u00a0ä", "a ä"},
		{"no UTF-8", "\xff\xfe", "\xff\xfe"},
		{"nothing left", "\u00AD", "\u00AD"},
	}
	for _, tt := range tests {
		if got := prepared(tt.in); got != tt.want {
			t.Errorf("%s: prepared(%q) = %q; want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func BenchmarkVerifyCached(b *testing.B) {
	s, _ := newTest(b, Options{})
	a := attempt("alice", "alice's secret")
	mustVerify(b, s, a)
	b.ReportAllocs()
	for b.Loop() {
		mustVerify(b, s, a)
	}
}

func BenchmarkArgon(b *testing.B) {
	h := newArgonHash(DefaultArgon, "secret")
	for b.Loop() {
		h.matches("secret")
	}
}
