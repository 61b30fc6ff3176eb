// Package address knows when two mail addresses are the same one here.
//
// The directory keeps every address in one canonical form: local part and domain in lower case, the
// domain in A-labels (RFC 5890). Local parts are compared without regard to ASCII case, which RFC 5321
// leaves to the receiving host.
package address

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/gannetmail/gannet/store"
)

// Limits of RFC 5321, section 4.5.3.1, in octets.
const (
	MaxLocal  = 64
	MaxDomain = 255
)

var profile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.BidiRule())

// Canonical returns addr ("local@domain", the local part unquoted) in canonical form. What is not an
// address is store.Invalid. An empty local part ("@domain") is refused: see [Domain] for those.
func Canonical(addr string) (string, error) {
	local, domain, ok := Split(addr)
	if !ok || local == "" {
		return "", fmt.Errorf("address %q: %w", addr, store.Invalid)
	}
	if len(local) > MaxLocal || !utf8.ValidString(local) || strings.ContainsFunc(local, isControl) {
		return "", fmt.Errorf("local part of %q: %w", addr, store.Invalid)
	}
	d, err := Domain(domain)
	if err != nil {
		return "", err
	}
	return strings.ToLower(norm.NFC.String(local)) + "@" + d, nil
}

// Domain returns a domain name in canonical form: lower case, A-labels, no trailing dot.
func Domain(name string) (string, error) {
	d, err := profile.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || d == "" || len(d) > MaxDomain || strings.ContainsFunc(d, notHost) {
		return "", fmt.Errorf("domain %q: %w", name, store.Invalid)
	}
	return strings.ToLower(d), nil
}

// Split cuts an address at its last @.
func Split(addr string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(addr, '@')
	if i < 0 || i == len(addr)-1 {
		return addr, "", false
	}
	return addr[:i], addr[i+1:], true
}

// Untag removes the tag of a canonical address, "user+tag@domain" → "user@domain", and returns it.
func Untag(addr string) (base, tag string) {
	local, domain, ok := Split(addr)
	if !ok {
		return addr, ""
	}
	user, tag, found := strings.Cut(local, "+")
	if !found || user == "" {
		return addr, ""
	}
	return user + "@" + domain, tag
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func notHost(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
}
