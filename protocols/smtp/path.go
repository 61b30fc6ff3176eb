package smtp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store/address"
)

// Quote writes an address as it stands between angle brackets on the wire: its local part is quoted
// where it is no dot-string, RFC 5321 section 4.1.2. The address itself is unquoted.
func Quote(addr string) string {
	local, domain, ok := address.Split(addr)
	if !ok || isDotString(local) {
		return addr
	}
	var b strings.Builder
	b.Grow(len(addr) + 4)
	b.WriteByte('"')
	for i := 0; i < len(local); i++ {
		if local[i] == '"' || local[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(local[i])
	}
	b.WriteString(`"@`)
	b.WriteString(domain)
	return b.String()
}

// isDotString reports whether s needs no quotes; letters beyond ASCII need none, RFC 6531 section 3.3.
func isDotString(s string) bool {
	for _, atom := range strings.Split(s, ".") {
		if atom == "" {
			return false
		}
		for i := 0; i < len(atom); i++ {
			if c := atom[i]; c < utf8.RuneSelf && !isAtext(c) {
				return false
			}
		}
	}
	return true
}

// isAtext is atext of RFC 5322, section 3.2.3.
func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// pathProblem is what is wrong with an unquoted address from MAIL or RCPT.
type pathProblem int

const (
	pathFine pathProblem = iota
	pathSyntax
	pathUTF8 // beyond ASCII without SMTPUTF8
)

// checkPath judges an address as the library hands it on: unquoted and otherwise unchecked.
func checkPath(addr string, utf8Allowed bool) pathProblem {
	local, domain, ok := address.Split(addr)
	if !ok || local == "" || len(local) > address.MaxLocal || len(domain) > address.MaxDomain {
		return pathSyntax
	}
	if !utf8.ValidString(addr) || strings.ContainsFunc(addr, unicode.IsControl) {
		return pathSyntax
	}
	if !utf8Allowed && strings.ContainsFunc(addr, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return pathUTF8
	}
	if isLiteral(domain) {
		return pathFine
	}
	if _, err := address.Domain(domain); err != nil {
		return pathSyntax
	}
	return pathFine
}

// isLiteral reports whether a domain is an address literal, RFC 5321 section 4.1.3: "[192.0.2.1]". The
// specification leaves room for other characters in literals of a kind yet to come; a quote or an angle
// bracket among them would end the path elsewhere.
func isLiteral(domain string) bool {
	if len(domain) < 3 || domain[0] != '[' || domain[len(domain)-1] != ']' {
		return false
	}
	return !strings.ContainsFunc(domain[1:len(domain)-1], func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == ':' || r == '-')
	})
}
