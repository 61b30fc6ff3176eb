package mail

import (
	"bytes"
	"strings"
)

// Bounds of the strings of one part.
const (
	maxContentID   = 512
	maxLocation    = 2048
	maxDescription = 1024
)

// mimeFields fills in what the header says of the content, RFC 2045, RFC 2183.
func (p *parser) mimeFields(part *Part, defaultType string) {
	h := &p.hdr
	hint := p.contentHint()
	raw := h.get(fieldContentType)
	typ, sub, rawParams := parseMediaType(raw)
	if raw == nil {
		typ, sub, _ = strings.Cut(defaultType, "/")
	} else if typ == "" || sub == "" {
		p.defect(DefectContentType)
	}
	part.Type, part.Subtype = completeType(typ, sub, defaultType)
	part.Params, part.WireParams = decodeParams(rawParams, hint)
	part.Encoding = cut(strings.ToLower(cleanText(string(stripComment(unfold(h.get(fieldTransferEncoding)))))), maxKeyword)
	if part.Encoding == "" {
		part.Encoding = "7bit"
	}
	if raw := h.get(fieldDisposition); raw != nil {
		p.disposition(part, raw, hint)
	}
	part.ContentID = cut(decodeText(bytes.Trim(stripComment(unfold(h.get(fieldContentID))), "<> \t"), hint), maxContentID)
	part.Location = cut(strings.ReplaceAll(decodeText(h.get(fieldContentLocation), hint), " ", ""), maxLocation)
	part.Description = cut(decodeText(h.get(fieldDescription), hint), maxDescription)
	part.MD5 = cut(cleanText(string(unfold(h.get(fieldMD5)))), maxKeyword)
	if raw := h.get(fieldLanguage); raw != nil {
		for _, tag := range strings.FieldsFunc(cleanText(string(unfold(raw))), func(r rune) bool { return r == ',' || r == ' ' }) {
			if len(part.Language) < 16 {
				part.Language = append(part.Language, cut(tag, maxKeyword))
			}
		}
	}
	p.charge(part)
}

// completeType repairs a type that lacks a half.
func completeType(typ, sub, defaultType string) (string, string) {
	switch {
	case typ != "" && sub != "":
		return typ, sub
	case typ == "multipart":
		return typ, "mixed"
	case typ == "text":
		return typ, "plain"
	case typ == "html":
		return "text", "html"
	case typ == "message":
		return typ, "rfc822"
	case typ == "" && sub == "":
		typ, sub, _ = strings.Cut(defaultType, "/")
		return typ, sub
	}
	return "application", "octet-stream"
}

// disposition reads Content-Disposition; a value that is only a parameter counts as an attachment's.
func (p *parser) disposition(part *Part, raw []byte, hint string) {
	raw = unfold(raw)
	end := bytes.IndexByte(raw, ';')
	if end < 0 {
		end = len(raw)
	}
	word := raw[:end]
	rest := raw[end:]
	if bytes.IndexByte(word, '=') >= 0 {
		word, rest = nil, raw
	}
	part.Disposition = token(stripComment(word))
	if part.Disposition == "" {
		part.Disposition = "attachment"
	}
	part.DispositionParams, part.WireDispositionParams = decodeParams(parseParams(rest), hint)
}

// stripComment removes a comment at the end of a structured value.
func stripComment(b []byte) []byte {
	if i := bytes.IndexByte(b, '('); i >= 0 && bytes.IndexByte(b, '"') < 0 {
		b = b[:i]
	}
	return trimBlank(b)
}

// charge counts the strings of a part against the budget of the summary; without budget they go, except what the
// structure needs.
func (p *parser) charge(part *Part) {
	n := len(part.Type) + len(part.Subtype) + len(part.Encoding) + len(part.Disposition) +
		len(part.ContentID) + len(part.Location) + len(part.Description) + len(part.MD5)
	for _, list := range [][]Param{part.Params, part.WireParams, part.DispositionParams, part.WireDispositionParams} {
		for _, q := range list {
			n += len(q.Name) + len(q.Value)
		}
	}
	if n <= p.limits.strings {
		p.limits.strings -= n
		return
	}
	p.defect(DefectStrings)
	boundary, charset := part.Param("boundary"), part.Param("charset")
	part.Params, part.WireParams, part.DispositionParams, part.WireDispositionParams = nil, nil, nil, nil
	part.ContentID, part.Location, part.Description, part.MD5 = "", "", "", ""
	part.Encoding = cut(part.Encoding, 20)
	if part.Type == "multipart" && boundary != "" {
		part.Params = append(part.Params, Param{"boundary", boundary})
	}
	if part.Type == "text" && charset != "" {
		part.Params = append(part.Params, Param{"charset", cut(charset, 40)})
	}
}
