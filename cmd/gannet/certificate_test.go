package main

import (
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"
)

// newCertified makes a data directory with an authority and a certificate for the names.
func newCertified(t *testing.T, names []string, now time.Time) *Config {
	t.Helper()
	c := defaults(t.TempDir())
	ca, err := createAuthority(c.Data, "mail.example.test", now)
	if err != nil {
		t.Fatal(err)
	}
	if err := ca.issue(c.path(c.TLS.Cert), c.path(c.TLS.Key), names, now); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificateNames(t *testing.T) {
	got := certificateNames("mail.b.test", []string{"b.test", "a.test"})
	want := []string{
		"mail.b.test", "127.0.0.1", "::1", "a.test", "autoconfig.a.test", "autoconfig.b.test",
		"autodiscover.a.test", "autodiscover.b.test", "b.test", "localhost",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenew(t *testing.T) {
	now := time.Now()
	names := certificateNames("mail.example.test", []string{"example.test"})
	more := certificateNames("mail.example.test", []string{"example.test", "second.test"})
	tests := []struct {
		name  string
		names []string
		at    time.Time
		want  bool
	}{
		{"good as it is", names, now, false},
		{"a new domain", more, now, true},
		{"nearly over", names, now.Add(serverLifetime - renewBefore + day), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCertified(t, append(names, "192.0.2.7"), now)
			got, err := renew(c, tt.names, tt.at)
			if err != nil || got != tt.want {
				t.Fatalf("renew = %v, %v; want %v", got, err, tt.want)
			}
			cs, err := openCertificates(c, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if missing := uncovered(cs.leaf(), append(tt.names, "192.0.2.7")); len(missing) > 0 {
				t.Errorf("the certificate lacks %q", missing)
			}
		})
	}
}

// TestRenewLeavesTheOperatorsOwn proves that a certificate of another authority is never replaced.
func TestRenewLeavesTheOperatorsOwn(t *testing.T) {
	now := time.Now()
	c := newCertified(t, []string{"mail.example.test"}, now)
	other := newCertified(t, []string{"mail.example.test"}, now)
	c.TLS = TLSConfig{Cert: other.path(other.TLS.Cert), Key: other.path(other.TLS.Key)}
	before, err := os.ReadFile(c.TLS.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := renew(c, []string{"new.test"}, now.Add(serverLifetime)); err != nil || again {
		t.Errorf("renew = %v, %v", again, err)
	}
	if after, err := os.ReadFile(c.TLS.Cert); err != nil || !slices.Equal(before, after) {
		t.Errorf("the certificate was replaced (%v)", err)
	}
}

// TestServerLifetime keeps the certificate acceptable to Apple's systems.
func TestServerLifetime(t *testing.T) {
	c := newCertified(t, []string{"mail.example.test"}, time.Now())
	leaf, err := readLeaf(c.path(c.TLS.Cert))
	if err != nil {
		t.Fatal(err)
	}
	if life := leaf.NotAfter.Sub(leaf.NotBefore); life > 825*day {
		t.Errorf("the certificate is good for %v days, more than 825", life/day)
	}
}
