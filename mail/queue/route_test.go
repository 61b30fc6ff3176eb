package queue

import (
	"errors"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestParseRoute(t *testing.T) {
	tests := []struct {
		in   string
		want Route
	}{
		{"smtp://relay.test", Route{Host: "relay.test", Port: "25"}},
		{"smtp://127.0.0.1:2626", Route{Host: "127.0.0.1", Port: "2626"}},
		{"smtp://[::1]:2626/", Route{Host: "::1", Port: "2626"}},
		{"smtp://relay.test?tls=require", Route{Host: "relay.test", Port: "25", TLS: TLSRequire}},
		{"smtp://relay.test:587?tls=off", Route{Host: "relay.test", Port: "587", TLS: TLSOff}},
		{"smtps://relay.test", Route{Host: "relay.test", Port: "465", TLS: TLSImplicit}},
		{"smtps://me:s%40crt@relay.test:4465", Route{Host: "relay.test", Port: "4465", TLS: TLSImplicit, User: "me", Password: "s@crt"}},
		{"smtp://me:secret@relay.test", Route{Host: "relay.test", Port: "25", TLS: TLSRequire, User: "me", Password: "secret"}},
	}
	for _, tt := range tests {
		if got, err := ParseRoute(tt.in); err != nil || got != tt.want {
			t.Errorf("ParseRoute(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
	}
	for _, bad := range []string{
		"", "relay.test", "relay.test:25", "http://relay.test", "smtp://", "smtp://:25", "smtp:relay.test", "smtp://relay.test/path", "smtp://relay.test?tls=maybe",
		"smtp://relay.test?x=y", "smtps://relay.test?tls=off", "smtp://me:secret@relay.test?tls=off", "smtp://me:secret@relay.test:port",
	} {
		if got, err := ParseRoute(bad); !errors.Is(err, store.Invalid) {
			t.Errorf("ParseRoute(%q) = %+v, %v; want Invalid", bad, got, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseRoute(%q) tells the password: %v", bad, err)
		}
	}
}

func TestRoutes(t *testing.T) {
	r, err := ParseRoutes(map[string]string{"Bücher.Example": "smtp://a.test", "default": "smtp://b.test"})
	if err != nil {
		t.Fatal(err)
	}
	if hop, ok := r.Route("xn--bcher-kva.example"); !ok || hop.Host != "a.test" {
		t.Errorf("route of the domain: %+v, %v", hop, ok)
	}
	if hop, ok := r.Route("other.test"); !ok || hop.Host != "b.test" {
		t.Errorf("default route: %+v, %v", hop, ok)
	}
	if hop, ok := (Routes{}).Route("other.test"); ok {
		t.Errorf("no routes, yet %+v", hop)
	}
	for _, bad := range []map[string]string{{"default": "x"}, {"a b": "smtp://a.test"}} {
		if _, err := ParseRoutes(bad); !errors.Is(err, store.Invalid) {
			t.Errorf("ParseRoutes(%v): %v; want Invalid", bad, err)
		}
	}
}
