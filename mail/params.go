package mail

import (
	"bytes"
	"sort"
	"strconv"
	"strings"
)

// Bounds of the parameters of one field.
const (
	maxParams     = 64
	maxParamValue = 4096 // bytes of one value, joined and decoded
	maxSections   = 512  // pieces of RFC 2231 continuations in one field
)

// rawParam is a parameter as it stands in the header.
type rawParam struct {
	name  string // as sent
	value []byte // unquoted, unfolded
}

// parseMediaType reads a Content-Type value. Types and subtypes come back in lower case; both are empty when the value
// has none.
func parseMediaType(raw []byte) (typ, subtype string, params []rawParam) {
	raw = unfold(raw)
	end := bytes.IndexAny(raw, "; \t")
	for end == 0 && len(raw) > 0 && raw[0] != ';' {
		raw = raw[1:]
		end = bytes.IndexAny(raw, "; \t")
	}
	head := raw
	if end >= 0 {
		head = raw[:end]
	}
	slash := bytes.IndexByte(head, '/')
	rest := raw[len(head):]
	if slash < 0 {
		// "text / plain", or nothing but a type
		if t := bytes.TrimLeft(rest, " \t"); len(t) > 0 && t[0] == '/' {
			t = bytes.TrimLeft(t[1:], " \t")
			n := bytes.IndexAny(t, "; \t")
			if n < 0 {
				n = len(t)
			}
			return token(head), token(t[:n]), parseParams(t[n:])
		}
		return token(head), "", parseParams(rest)
	}
	sub := head[slash+1:]
	if i := bytes.IndexByte(sub, '/'); i >= 0 {
		sub = sub[:i]
	}
	return token(head[:slash]), token(sub), parseParams(rest)
}

// token cleans a type name: lower case, nothing that a token may not hold, at most 127 bytes.
func token(b []byte) string {
	b = bytes.Trim(b, "\"' \t,:")
	for i, c := range b {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"[]?=", c) >= 0 {
			b = b[:i]
			break
		}
	}
	return strings.ToLower(string(b[:min(len(b), 127)]))
}

// parseParams reads "; name=value" pairs as leniently as they are written.
func parseParams(b []byte) []rawParam {
	var params []rawParam
	for len(params) < maxSections {
		b = bytes.TrimLeft(b, "; \t\r\n,")
		if len(b) == 0 {
			break
		}
		if b[0] == '(' {
			_, b, _ = cutComment(b)
			continue
		}
		eq := bytes.IndexAny(b, "=;")
		if eq < 0 {
			break
		}
		if b[eq] == ';' { // a word without value
			b = b[eq:]
			continue
		}
		name := string(trimBlank(b[:eq]))
		if i := strings.LastIndexAny(name, " \t"); i >= 0 {
			name = name[i+1:]
		}
		var value []byte
		value, b = cutValue(b[eq+1:], name)
		if name != "" && len(name) <= 128 {
			params = append(params, rawParam{name, value})
		}
	}
	return params
}

// cutValue reads a parameter's value, quoted or not, and returns the rest.
func cutValue(b []byte, name string) (value, rest []byte) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) > 0 && b[0] == '"' {
		value, rest = cutQuoted(b)
		// "a" "b": some programs put several strings
		if next := bytes.IndexByte(rest, ';'); next >= 0 {
			rest = rest[next:]
		} else if eq := bytes.IndexByte(rest, '='); eq < 0 {
			rest = nil
		}
		return value, rest
	}
	end := bytes.IndexByte(b, ';')
	if end < 0 {
		end = len(b)
	}
	value, rest = b[:end], b[end:]
	if !strings.HasPrefix(strings.ToLower(name), "file") && !strings.EqualFold(name, "name") {
		if i := bytes.Index(value, []byte(" (")); i >= 0 {
			value = value[:i]
		}
		if i := bytes.IndexAny(value, " \t"); i > 0 && bytes.IndexByte(value[i:], '=') > 0 {
			value, rest = b[:i], b[i:] // a semicolon was forgotten
		}
	}
	return trimBlank(value), rest
}

// cutQuoted reads the quoted string that b begins with. A backslash escapes only a quote or a backslash: the others
// are from Windows paths. Without an end the string goes on to the end.
func cutQuoted(b []byte) (value, rest []byte) {
	plain := true
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '"':
			value = b[1:i]
			if !plain {
				value = unescape(value)
			}
			return value, b[i+1:]
		case '\\':
			plain = false
			if i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
				i++
			}
		}
	}
	return unescape(b[1:]), nil
}

func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// cutComment reads the comment that b begins with, RFC 5322 section 3.2.2. It reports whether the comment has an end;
// otherwise it is all of b.
func cutComment(b []byte) (text, rest []byte, ok bool) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return b[1:i], b[i+1:], true
			}
		}
	}
	return b[1:], nil, false
}

// sections are the pieces of one parameter, RFC 2231 section 3.
type section2231 struct {
	index   int
	encoded bool
	value   []byte
}

// decodeParams joins continuations, decodes charsets and encoded words. wire is nil when it would say the same.
func decodeParams(raw []rawParam, hint string) (params, wire []Param) {
	if len(raw) == 0 {
		return nil, nil
	}
	same := true
	var continued map[string][]section2231
	for _, r := range raw {
		if len(params) == maxParams {
			break
		}
		base, sec, ok := split2231(r)
		if ok {
			same = false
			if continued == nil {
				continued = make(map[string][]section2231)
			}
			if _, known := continued[base]; !known {
				params = append(params, Param{Name: base, Value: "\x00"})
			}
			continued[base] = append(continued[base], sec)
			continue
		}
		if lookup(params, base) != "" && continued[base] == nil {
			same = false // the first of two counts
			continue
		}
		p := Param{base, cut(decodeText(r.value, hint), maxParamValue)}
		same = same && p.Value == string(r.value) && strings.EqualFold(r.name, base)
		params = append(params, p)
	}
	for base, secs := range continued {
		params = place(params, base, join2231(secs, hint))
	}
	if same {
		return params, nil
	}
	for _, r := range raw[:min(len(raw), maxParams)] {
		wire = append(wire, Param{cut(r.name, 128), cut(string(r.value), maxParamValue)})
	}
	return params, wire
}

// place puts a joined value where its first section stood; it wins over a plain one, RFC 2231 section 4.1.
func place(params []Param, base, value string) []Param {
	out, placed := params[:0], false
	for _, p := range params {
		switch {
		case p.Name != base:
			out = append(out, p)
		case !placed:
			placed = true
			out = append(out, Param{base, value})
		}
	}
	return out
}

// split2231 takes name*, name*0 and name*0* apart.
func split2231(r rawParam) (base string, sec section2231, ok bool) {
	name := strings.ToLower(r.name)
	base, star, ok := strings.Cut(name, "*")
	if !ok {
		return name, section2231{}, false
	}
	sec.value = r.value
	star, sec.encoded = strings.CutSuffix(star, "*")
	if star == "" {
		sec.encoded = true
		return base, sec, true
	}
	n, err := strconv.Atoi(star)
	if err != nil || n < 0 || base == "" {
		return name, section2231{}, false
	}
	sec.index = n
	return base, sec, true
}

// join2231 puts the pieces together. The first encoded piece names the charset; an absent one is guessed.
func join2231(secs []section2231, hint string) string {
	sort.SliceStable(secs, func(i, j int) bool { return secs[i].index < secs[j].index })
	var joined []byte
	charset, encoded := "", false
	for i, s := range secs {
		if i > 0 && s.index == secs[i-1].index {
			continue // the first of two counts
		}
		value := s.value
		if s.encoded {
			if !encoded {
				if parts := bytes.SplitN(value, []byte("'"), 3); len(parts) == 3 {
					charset, value = string(parts[0]), parts[2]
				}
			}
			encoded = true
			value = percentDecode(value)
		}
		joined = append(joined, value...)
		if len(joined) > maxParamValue {
			break
		}
	}
	if !encoded {
		return cut(decodeText(joined, hint), maxParamValue)
	}
	if charset == "" {
		return cut(decodeText(joined, hint), maxParamValue)
	}
	return cut(cleanText(decodeCharset(joined, charset, hint)), maxParamValue)
}

func percentDecode(b []byte) []byte {
	if bytes.IndexByte(b, '%') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) && isHex(b[i+1]) && isHex(b[i+2]) {
			out = append(out, unhex(b[i+1])<<4|unhex(b[i+2]))
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return out
}

// cut shortens s to at most n bytes at a character boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return strings.Clone(s[:n]) // so that the rest can go
}
