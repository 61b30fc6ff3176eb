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
	rest, ok := cutFold(strings.TrimSpace(value), "data:")
	if !ok {
		return "", nil, false
	}
	if strings.IndexByte(rest, '\\') >= 0 {
		rest = Unescape(rest)
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

// isBinary reports whether the field is one that holds bytes.
func (f *Field) isBinary() bool {
	switch f.name {
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return true
	}
	return hasFold(f.Params("ENCODING"), "B") || hasFold(f.Params("ENCODING"), "BASE64")
}

// isBarePicture reports whether the field is a picture that forgets to say that it is base64. RFC 2426, section 3.1.4: bytes
// are what a PHOTO holds if nothing else is said.
func (f *Field) isBarePicture() bool {
	if f.name != "PHOTO" && f.name != "LOGO" || f.Param("ENCODING") != "" || strings.EqualFold(f.Param("VALUE"), "uri") {
		return false
	}
	data, ok := decode64(f.field.Value)
	return ok && strings.HasPrefix(sniff(data), "image/")
}

// binary makes the value a data URI. What is no base64 stays as it is.
func binary(f *Field) *Field {
	data, ok := decode64(f.field.Value)
	if !ok {
		return f.unfolded()
	}
	kind, types := "", []string(nil)
	for _, t := range f.Params("TYPE") {
		if k := kindOf(f.name, t); kind == "" && k != "" {
			kind = k
			continue
		}
		types = append(types, t)
	}
	if kind == "" {
		kind = sniff(data)
	}
	return f.With("ENCODING").With("TYPE", types...).With("VALUE").WithValue("data:" + kind + ";base64," + encode64(data))
}

// A medium is a value of TYPE of 2.1 and 3.0 that says what bytes are.
type medium struct {
	fields string
	types  []string // the first is the one that is written
	kind   string
}

// media are those that are known. vCard 2.1, sections 2.1.4, 2.4.4 and 2.5.3; RFC 2426, appendix.
var media = []medium{
	{"PHOTO LOGO", []string{"JPEG", "JPG", "IMAGE/JPG"}, "image/jpeg"},
	{"PHOTO LOGO", []string{"PNG"}, "image/png"},
	{"PHOTO LOGO", []string{"GIF"}, "image/gif"},
	{"PHOTO LOGO", []string{"TIFF", "TIF"}, "image/tiff"},
	{"PHOTO LOGO", []string{"BMP"}, "image/bmp"},
	{"PHOTO LOGO", []string{"WEBP"}, "image/webp"},
	{"SOUND", []string{"BASIC", "PCM"}, "audio/basic"},
	{"SOUND", []string{"WAVE", "WAV"}, "audio/wave"},
	{"SOUND", []string{"OGG"}, "audio/ogg"},
	{"SOUND", []string{"MP3", "MPEG"}, "audio/mpeg"},
	{"KEY", []string{"PGP", "GPG"}, "application/pgp-keys"},
	{"KEY", []string{"X509", "X.509"}, "application/pkix-cert"},
}

// kindOf is the media type that a value of TYPE means in a field, empty if it means none.
func kindOf(field, t string) string {
	for _, m := range media {
		if strings.Contains(m.fields, field) && (hasFold(m.types, t) || strings.EqualFold(m.kind, t)) {
			return m.kind
		}
	}
	if strings.IndexByte(t, '/') > 0 && !strings.ContainsAny(t, ",;\" ") {
		return strings.ToLower(t)
	}
	return ""
}

// typeOf is the value of TYPE for a media type, empty for none.
func typeOf(field, kind string) string {
	for _, m := range media {
		if strings.Contains(m.fields, field) && m.kind == kind {
			return m.types[0]
		}
	}
	if kind == unknownKind {
		return ""
	}
	return kind
}

const unknownKind = "application/octet-stream"

// sniff finds out what bytes are.
func sniff(data []byte) string {
	s := string(data[:min(len(data), 12)])
	switch {
	case strings.HasPrefix(s, "\xFF\xD8"):
		return "image/jpeg"
	case strings.HasPrefix(s, "\x89PNG"):
		return "image/png"
	case strings.HasPrefix(s, "GIF8"):
		return "image/gif"
	case strings.HasPrefix(s, "RIFF") && strings.HasSuffix(s, "WEBP"):
		return "image/webp"
	}
	return unknownKind
}
