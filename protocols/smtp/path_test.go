package smtp

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	tests := []struct{ in, want string }{
		{"alice@example.test", "alice@example.test"},
		{"o'hara+x.y@example.test", "o'hara+x.y@example.test"},
		{"jörg@example.test", "jörg@example.test"},
		{"a b@example.test", `"a b"@example.test`},
		{"a@b@example.test", `"a@b"@example.test`},
		{`a"b\c@example.test`, `"a\"b\\c"@example.test`},
		{".a@example.test", `".a"@example.test`},
		{"a..b@example.test", `"a..b"@example.test`},
		{"a,b@example.test", `"a,b"@example.test`},
		{"a>b@example.test", `"a>b"@example.test`},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Quote(tt.in); got != tt.want {
			t.Errorf("Quote(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}

func TestCheckPath(t *testing.T) {
	tests := []struct {
		addr string
		utf8 bool
		want pathProblem
	}{
		{"alice@example.test", false, pathFine},
		{"a b@example.test", false, pathFine},
		{"alice@[192.0.2.1]", false, pathFine},
		{"alice@[IPv6:2001:db8::1]", false, pathFine},
		{"jörg@example.test", true, pathFine},
		{"jörg@example.test", false, pathUTF8},
		{"alice@bücher.example", true, pathFine},
		{"alice@bücher.example", false, pathUTF8},
		{"j\xf6rg@example.test", true, pathSyntax},
		{"a\rb@example.test", false, pathSyntax},
		{"a\x00b@example.test", false, pathSyntax},
		{"alice", false, pathSyntax},
		{"alice@", false, pathSyntax},
		{"@example.test", false, pathSyntax},
		{"alice@exa mple", false, pathSyntax},
		{"alice@[x y]", false, pathSyntax},
		{strings.Repeat("a", 64) + "@example.test", false, pathFine},
		{strings.Repeat("a", 65) + "@example.test", false, pathSyntax},
	}
	for _, tt := range tests {
		if got := checkPath(tt.addr, tt.utf8); got != tt.want {
			t.Errorf("checkPath(%q, %v) = %d; want %d", tt.addr, tt.utf8, got, tt.want)
		}
	}
}

// Whatever passes checkPath can be put between angle brackets without ending the line or the bracket.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"a@b.test", `"x"@b`, "a>b@c", "a\\@b", "ü@ü.test", "a@[1.2.3.4]", "a@[IPv6:2001:db8::1]", `0@["]`, "0@[>]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, addr string) {
		if checkPath(addr, true) != pathFine {
			return
		}
		q := Quote(addr)
		if strings.ContainsAny(q, "\r\n\x00") {
			t.Fatalf("Quote(%q) = %q", addr, q)
		}
		local, quoted := q, false
		for i := 0; i < len(local); i++ {
			switch c := local[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case !quoted && (c == '>' || c == '<' || c == ' '):
				t.Fatalf("Quote(%q) = %q, which ends at byte %d", addr, q, i)
			}
		}
		if quoted {
			t.Fatalf("Quote(%q) = %q, with an open quote", addr, q)
		}
	})
}
