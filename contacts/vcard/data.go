package vcard

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// NewData makes a field of bytes of a type, "image/jpeg". RFC 2397.
func NewData(name, kind string, data []byte) *Field {
	return NewField(name, "data:"+kind+";base64,"+encode64(data))
}

func encode64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// DataURI returns what a value holds itself, with its type. ok is false for a value that only leads elsewhere.
func DataURI(value string) (kind string, data []byte, ok bool) {
	rest, ok := cutFold(strings.TrimSpace(Unescape(value)), "data:")
	if !ok {
		return "", nil, false
	}
	head, body, ok := strings.Cut(rest, ",")
	if !ok {
		return "", nil, false
	}
	kind, encoding, _ := strings.Cut(head, ";")
	for part := range strings.SplitSeq(encoding, ";") {
		if strings.EqualFold(part, "base64") {
			data, ok = decode64(body)
			return strings.ToLower(kind), data, ok
		}
	}
	text, err := url.PathUnescape(body)
	return strings.ToLower(kind), []byte(text), err == nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// decode64 reads base64 with or without padding and white space.
func decode64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '=' {
			return -1
		}
		return r
	}, s)
	data, err := base64.RawStdEncoding.DecodeString(s)
	return data, err == nil
}
