package auth

import (
	"errors"
	"slices"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestAddresses(t *testing.T) {
	s, _ := newTest(t, Options{})
	got, err := s.Addresses(t.Context(), alice)
	want := []string{"alice@example.test", "a.liddell@example.test", "team@example.test"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Addresses(alice) = %v, %v; want %v", got, err, want)
	}
	if got, err := s.Addresses(t.Context(), bob); err != nil || !slices.Equal(got, []string{"bob@example.test", "alice+shop@example.test", "team@example.test"}) {
		t.Errorf("Addresses(bob) = %v, %v", got, err)
	}
	if _, err := s.Addresses(t.Context(), 99); !errors.Is(err, store.NotFound) {
		t.Errorf("Addresses of nobody: %v; want NotFound", err)
	}
}

func TestOwns(t *testing.T) {
	s, _ := newTest(t, Options{})
	tests := []struct {
		acct store.AccountID
		addr string
		want bool
	}{
		{alice, "Alice@Example.test", true},
		{alice, "a.liddell@example.test", true},
		{alice, "alice+lists@example.test", true},
		{alice, "alice+shop@example.test", false}, // bob's
		{bob, "alice+shop@example.test", true},
		{bob, "alice@example.test", false},
		{bob, "team@example.test", true},
		{bob, "anything@bücher.example", true},
		{alice, "anything@bücher.example", false},
		{bob, "carol@bücher.example", false},
		{bob, "carol+x@bücher.example", false},
		{carol, "carol+x@bücher.example", true},
		{alice, "alice@elsewhere.test", false},
		{alice, "not an address", false},
		{alice, "", false},
	}
	for _, tt := range tests {
		if got, err := s.Owns(t.Context(), tt.acct, tt.addr); err != nil || got != tt.want {
			t.Errorf("Owns(%d, %q) = %v, %v; want %v", tt.acct, tt.addr, got, err, tt.want)
		}
	}
}
