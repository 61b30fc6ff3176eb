package auth

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const maxBasic = 4096

// ParseBasic reads the value of an Authorization header of scheme Basic. RFC 7617. Clients write UTF-8 or
// Latin-1 and say neither: see [Text].
func ParseBasic(header string) (login, password string, ok bool) {
	scheme, value, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Basic") || len(value) > maxBasic {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return "", "", false
	}
	return strings.Cut(Text(raw), ":")
}

// Text reads what a client typed in an encoding that it does not name: UTF-8, and what is not valid
// UTF-8 as Windows-1252, of which Latin-1 text is a part.
func Text(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw)
	}
	return string(text)
}
