package contacts

import (
	"strings"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store/address"
)

// Addresses are the e-mail addresses of a card as they are written there, the preferred one first.
func Addresses(c *vcard.Card) []string {
	var list []string
	for _, f := range c.All("EMAIL") {
		if addr := AddressOf(f.Text()); addr != "" {
			list = append(list, addr)
		}
	}
	return list
}

func firstAddress(c *vcard.Card) string {
	if list := Addresses(c); len(list) > 0 {
		return list[0]
	}
	return ""
}

// AddressOf is the address of what a client or a card calls one: "Anna <anna@example.test>", "mailto:…", or the
// address itself. What has none in it is returned as it is.
func AddressOf(text string) string {
	text = strings.TrimSpace(text)
	if begin := strings.LastIndexByte(text, '<'); begin >= 0 && strings.HasSuffix(text, ">") {
		if inner := strings.TrimSpace(text[begin+1 : len(text)-1]); inner != "" {
			return inner
		}
	}
	if len(text) > len("mailto:") && strings.EqualFold(text[:len("mailto:")], "mailto:") {
		return text[len("mailto:"):]
	}
	return text
}

// hasAddress reports whether a card has a canonical address.
func hasAddress(c *vcard.Card, canonical string) bool {
	for _, a := range Addresses(c) {
		if known, err := address.Canonical(a); err == nil && known == canonical {
			return true
		}
	}
	return false
}
