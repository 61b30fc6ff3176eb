package auth

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const maxBasic = 4096

// ParseBasic reads the value of an Authorization header of scheme Basic. RFC 7617. Clients write UTF-8 or
// Latin-1 and say neither: what is not valid UTF-8 is read as Windows-1252.
func ParseBasic(header string) (login, password string, ok bool) {
	scheme, value, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Basic") || len(value) > maxBasic {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return "", "", false
	}
	text := string(raw)
	if !utf8.ValidString(text) {
		if text, err = charmap.Windows1252.NewDecoder().String(text); err != nil {
			return "", "", false
		}
	}
	return strings.Cut(text, ":")
}
