package auth

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestParseBasic(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := []struct {
		name, header, login, password string
		ok                            bool
	}{
		{"plain", "Basic " + b64("alice:secret"), "alice", "secret", true},
		{"scheme in other case", "bASIC  " + b64("alice:secret"), "alice", "secret", true},
		{"colons in the password", "Basic " + b64(`EX\alice:a:b:`), `EX\alice`, "a:b:", true},
		{"UTF-8", "Basic " + b64("jörg:schlüssel"), "jörg", "schlüssel", true},
		{"Latin-1", "Basic " + b64("j\xf6rg:schl\xfcssel"), "jörg", "schlüssel", true},
		{"Windows-1252", "Basic " + b64("x:\x80uro"), "x", "€uro", true},
		{"empty password", "Basic " + b64("alice:"), "alice", "", true},
		{"no colon", "Basic " + b64("alice"), "alice", "", false},
		{"bad base64", "Basic !!!", "", "", false},
		{"other scheme", "Bearer abc", "", "", false},
		{"nothing", "", "", "", false},
		{"no value", "Basic", "", "", false},
		{"too long", "Basic " + b64("a:"+strings.Repeat("x", 5000)), "", "", false},
	}
	for _, tt := range tests {
		login, password, ok := ParseBasic(tt.header)
		if ok != tt.ok || ok && (login != tt.login || password != tt.password) {
			t.Errorf("%s: ParseBasic(%q) = %q, %q, %v; want %q, %q, %v", tt.name, tt.header, login, password, ok, tt.login, tt.password, tt.ok)
		}
	}
}

func FuzzParseBasic(f *testing.F) {
	f.Add("Basic YWxpY2U6c2VjcmV0")
	f.Add("basic \xff")
	f.Fuzz(func(t *testing.T, header string) {
		login, _, ok := ParseBasic(header)
		if ok && strings.Contains(login, ":") {
			t.Errorf("login %q has a colon", login)
		}
	})
}
