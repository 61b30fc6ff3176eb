package address

import (
	"errors"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestCanonical(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Alice@Example.TEST", "alice@example.test"},
		{"alice@example.test.", "alice@example.test"},
		{"jörg@bücher.example", "jörg@xn--bcher-kva.example"},
		{"a@b@example.test", "a@b@example.test"},
		{"o'hara+x@example.test", "o'hara+x@example.test"},
	}
	for _, tt := range tests {
		if got, err := Canonical(tt.in); err != nil || got != tt.want {
			t.Errorf("Canonical(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, bad := range []string{"", "alice", "alice@", "@example.test", "a\x00b@example.test", "a@exa mple.test", strings.Repeat("a", 65) + "@example.test", "a@" + strings.Repeat("b.", 200) + "test"} {
		if got, err := Canonical(bad); !errors.Is(err, store.Invalid) {
			t.Errorf("Canonical(%q) = %q, %v; want Invalid", bad, got, err)
		}
	}
}

func TestUntag(t *testing.T) {
	tests := []struct{ in, base, tag string }{
		{"alice+lists@example.test", "alice@example.test", "lists"},
		{"alice@example.test", "alice@example.test", ""},
		{"+x@example.test", "+x@example.test", ""},
		{"a+b+c@example.test", "a@example.test", "b+c"},
	}
	for _, tt := range tests {
		if base, tag := Untag(tt.in); base != tt.base || tag != tt.tag {
			t.Errorf("Untag(%q) = %q, %q; want %q, %q", tt.in, base, tag, tt.base, tt.tag)
		}
	}
}
