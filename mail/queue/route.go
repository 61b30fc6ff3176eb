package queue

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// TLSPolicy is how a hop is to be encrypted.
type TLSPolicy uint8

// The policies.
const (
	TLSMay      TLSPolicy = iota // STARTTLS where the server offers it, whatever its certificate
	TLSRequire                   // STARTTLS with a certificate for Host, or nothing
	TLSImplicit                  // TLS from the first byte, with a certificate for Host
	TLSOff                       // never
)

// Route is a fixed next hop.
type Route struct {
	Host     string // name or address
	Port     string
	TLS      TLSPolicy
	User     string // AUTH PLAIN, over TLS only; empty: none
	Password string
}

// String is the route without its password, for logs and notices.
func (r Route) String() string { return net.JoinHostPort(r.Host, r.Port) }

// ParseRoute reads "smtp://host:port" or "smtps://host:port", with "user:password@" before the host and
// "?tls=require" or "?tls=off" behind the port where wanted. The ports default to 25 and 465.
func ParseRoute(s string) (Route, error) {
	u, err := url.Parse(s)
	if err != nil {
		return Route{}, fmt.Errorf("route: %w: %w", store.Invalid, withoutURL(err))
	}
	r := Route{Host: u.Hostname(), Port: u.Port()}
	if r.Host == "" || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return Route{}, fmt.Errorf("route %q: want smtp://host:port: %w", u.Redacted(), store.Invalid)
	}
	if err := r.setTLS(u); err != nil {
		return Route{}, err
	}
	if u.User != nil {
		r.User = u.User.Username()
		r.Password, _ = u.User.Password()
		if r.User != "" && r.TLS == TLSOff {
			return Route{}, fmt.Errorf("route %q: a password needs TLS: %w", u.Redacted(), store.Invalid)
		}
		if r.User != "" && r.TLS == TLSMay {
			r.TLS = TLSRequire // a password is not shown to whoever answers
		}
	}
	return r, nil
}

func (r *Route) setTLS(u *url.URL) error {
	port := "25"
	switch u.Scheme {
	case "smtp":
	case "smtps":
		port, r.TLS = "465", TLSImplicit
	default:
		return fmt.Errorf("route %q: scheme is neither smtp nor smtps: %w", u.Redacted(), store.Invalid)
	}
	if r.Port == "" {
		r.Port = port
	}
	for key, values := range u.Query() {
		switch value := values[len(values)-1]; {
		case key == "tls" && value == "require" && r.TLS != TLSImplicit:
			r.TLS = TLSRequire
		case key == "tls" && value == "off" && r.TLS != TLSImplicit:
			r.TLS = TLSOff
		case key == "tls" && value == "require":
		default:
			return fmt.Errorf("route %q: cannot use %s=%s: %w", u.Redacted(), key, value, store.Invalid)
		}
	}
	return nil
}

// withoutURL drops the text of the URL, which may hold a password, from an error of url.Parse.
func withoutURL(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// Routes say where mail for domains elsewhere goes. The zero value has none.
type Routes struct {
	Default *Route           // nil: none
	Domains map[string]Route // by canonical domain
}

// ParseRoutes reads the operator's table: domain, or "default", to what [ParseRoute] reads.
func ParseRoutes(table map[string]string) (Routes, error) {
	r := Routes{Domains: make(map[string]Route, len(table))}
	for name, text := range table {
		route, err := ParseRoute(text)
		if err != nil {
			return Routes{}, fmt.Errorf("routes.%s: %w", name, err)
		}
		if name == "default" {
			r.Default = &route
			continue
		}
		domain, err := address.Domain(name)
		if err != nil {
			return Routes{}, fmt.Errorf("routes.%s: %w", name, err)
		}
		r.Domains[domain] = route
	}
	return r, nil
}

// Route finds the next hop for a canonical domain.
func (r Routes) Route(domain string) (Route, bool) {
	if hop, ok := r.Domains[domain]; ok {
		return hop, true
	}
	if r.Default == nil {
		return Route{}, false
	}
	return *r.Default, true
}
