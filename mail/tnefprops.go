package mail

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

// Property types, MS-OXCDATA section 2.11.1.
const (
	ptMulti   = 0x1000
	ptObject  = 0x000d
	ptString8 = 0x001e
	ptUnicode = 0x001f
	ptBinary  = 0x0102
)

// Properties that matter here, MS-OXPROPS.
const (
	prSubject         = 0x0037
	prBody            = 0x1000
	prRTFCompressed   = 0x1009
	prHTML            = 0x1013
	prDisplayName     = 0x3001
	prAttachData      = 0x3701
	prAttachFilename  = 0x3704
	prAttachLongName  = 0x3707
	prAttachMIMETag   = 0x370e
	prAttachContentID = 0x3712
	prAttachLocation  = 0x3713
	prInternetCPID    = 0x3fde
)

// iidMessage marks an object that is a message: 00020307-0000-0000-C000-000000000046.
var iidMessage = []byte{0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}

// tnefProp is a property at the beginning of its value.
type tnefProp struct {
	typ, id uint16
	size    int64
	first   uint32 // the value of a property of fixed size
}

// props reads a list of MAPI properties, MS-OXTNEF section 2.1.3.4, and calls f at the beginning of each value. A
// value that f leaves is passed.
func (s *tnefScan) props(end int64, f func(tnefProp)) {
	count, ok := s.r.uint32()
	for ; ok && count > 0 && s.r.at < end; count-- {
		ok = s.prop(end, f)
	}
}

func (s *tnefScan) prop(end int64, f func(tnefProp)) bool {
	typ, ok1 := s.r.uint16()
	id, ok2 := s.r.uint16()
	if !ok1 || !ok2 || id >= 0x8000 && !s.propName() {
		return false
	}
	base := typ &^ ptMulti
	variable := base == ptString8 || base == ptUnicode || base == ptObject || base == ptBinary
	values := uint32(1)
	if variable || typ&ptMulti != 0 {
		n, ok := s.r.uint32()
		if !ok {
			return false
		}
		values = n
	}
	for i := uint32(0); i < values && s.r.at < end; i++ {
		prop := tnefProp{typ: typ, id: id, size: fixedSize(base)}
		if variable {
			n, ok := s.r.uint32()
			if !ok || int64(n) > end-s.r.at {
				return false
			}
			prop.size = int64(n)
		}
		next := s.r.at + (prop.size+3)&^3
		if !variable && prop.size >= 4 && id < 0x8000 {
			n, ok := s.r.uint32()
			if !ok {
				return false
			}
			prop.first = n
		}
		if id < 0x8000 && i == 0 {
			f(prop)
		}
		if s.r.at > next || !s.r.skip(min(next, end)-s.r.at) {
			return false
		}
	}
	return true
}

// propName passes the name of a named property.
func (s *tnefScan) propName() bool {
	if !s.r.skip(16) {
		return false
	}
	kind, ok1 := s.r.uint32()
	n, ok2 := s.r.uint32()
	if kind == 1 {
		return ok1 && ok2 && s.r.skip((int64(n)+3)&^3)
	}
	return ok1 && ok2
}

// fixedSize is the length of a value whose type has one.
func fixedSize(typ uint16) int64 {
	switch typ {
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040:
		return 8
	case 0x0048:
		return 16
	}
	return 4
}

// text reads a string property.
func (s *tnefScan) text(p tnefProp) string {
	b, _ := s.r.bytes(p.size, tnefNameMax)
	if p.typ == ptUnicode {
		b = bytes.TrimRight(b[:len(b)&^1], "\x00")
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
		return cleanText(decodeCharset(b, "utf-16le", ""))
	}
	return s.string8(b)
}

func (s *tnefScan) messageProp(p tnefProp) {
	switch p.id {
	case prSubject:
		if p.typ == ptUnicode || p.typ == ptString8 {
			s.subject = s.text(p)
		}
	case prInternetCPID:
		s.htmlCP = int(p.first)
	case prBody:
		if p.typ == ptUnicode {
			s.plain = s.textPart("plain", p.size, 1200)
		} else if p.typ == ptString8 {
			s.plain = s.textPart("plain", p.size, s.codepage)
		}
	case prHTML:
		switch p.typ {
		case ptBinary:
			s.html = s.textPart("html", p.size, s.htmlCP)
		case ptString8:
			s.html = s.textPart("html", p.size, s.codepage)
		case ptUnicode:
			s.html = s.textPart("html", p.size, 1200)
		}
	case prRTFCompressed:
		if p.typ == ptBinary {
			s.rich(p)
		}
	}
}

// rich makes a part of compressed RTF: HTML where it wraps HTML, else plain text. The text is converted once to know
// its size.
func (s *tnefScan) rich(p tnefProp) {
	part := &Part{Type: "text", Subtype: "plain", Encoding: encodingRTFText, Body: Span{s.r.at, p.size},
		Params: []Param{{"charset", "utf-8"}}}
	value := &tnefValue{s.r, p.size}
	rtf := newRTF(newLZFu(value), false)
	converted := &counter{src: rtf}
	if s.depth == 0 {
		s.p.gather(part, converted)
	}
	_ = drain(converted) // the converter ends early on what it cannot read
	if rtf.wrapsHTML {
		part.Subtype, part.Encoding = "html", encodingRTFHTML
		if s.html != nil {
			return
		}
	}
	part.DecodedSize = converted.n
	s.rtf = part
}

func (s *tnefScan) fileProp(p tnefProp) {
	isText := p.typ == ptString8 || p.typ == ptUnicode
	switch {
	case p.id == prAttachLongName && isText:
		s.long = s.text(p)
	case (p.id == prAttachFilename || p.id == prDisplayName) && isText:
		if name := s.text(p); s.name == "" {
			s.name = name
		}
	case p.id == prAttachMIMETag && isText:
		typ, sub, _ := parseMediaType([]byte(s.text(p)))
		if typ != "" && sub != "" && typ != "multipart" && typ != "message" {
			s.file.Type, s.file.Subtype = typ, sub
		}
	case p.id == prAttachContentID && isText:
		s.file.ContentID = strings.Trim(s.text(p), "<>")
	case p.id == prAttachLocation && isText:
		s.file.Location = s.text(p)
	case p.id == prAttachData && p.typ == ptBinary:
		if s.file.Body.Length == 0 {
			s.file.Body = Span{s.r.at, p.size}
			s.file.DecodedSize = p.size
		}
	case p.id == prAttachData && p.typ == ptObject:
		s.object(p)
	}
}

// object reads an attached object: a message, of which the text and the files are taken over, or an OLE storage.
func (s *tnefScan) object(p tnefProp) {
	iid, ok := s.r.read(16)
	if !ok || p.size < 16 {
		return
	}
	s.file.Body = Span{s.r.at, p.size - 16}
	s.file.DecodedSize = p.size - 16
	if !bytes.Equal(iid, iidMessage) || s.depth >= tnefDepthMax {
		return
	}
	s.file.Type, s.file.Subtype = "application", "ms-tnef"
	inner := &tnefScan{p: s.p, depth: s.depth + 1, codepage: s.codepage}
	inner.r = &tnefReader{src: &tnefValue{s.r, p.size - 16}}
	if !inner.stream(p.size - 16) {
		s.p.defect(DefectTNEF)
	}
	name := inner.subject
	if name == "" {
		name = s.name
	}
	for _, v := range inner.result() {
		v.within = s.file
		s.p.limits.parts++
		s.p.charge(v)
		if v.Disposition == "" {
			v.Disposition = "attachment"
			v.DispositionParams = []Param{{"filename", safeName(cut(name, 100)) + extensionOf(v.Type, v.Subtype)}}
		}
		s.file.Virtual = append(s.file.Virtual, v)
	}
}

// tnefValue is a source of the next bytes of a stream, which stay where they are as long as they are not asked for.
type tnefValue struct {
	r    *tnefReader
	left int64
}

func (v *tnefValue) next() ([]byte, error) {
	b := v.r.some(min(v.left, chunk))
	v.left -= int64(len(b))
	switch {
	case len(b) > 0:
		return b, nil
	case v.left > 0 && v.r.err != nil:
		return nil, v.r.err
	}
	return nil, io.EOF
}

// lzfuHeader is the header of compressed RTF, MS-OXRTFCP section 2.1.3.1.
type lzfuHeader struct {
	raw        uint32
	compressed bool
}

func parseLZFuHeader(b []byte) (h lzfuHeader, ok bool) {
	h.raw = binary.LittleEndian.Uint32(b[4:])
	switch binary.LittleEndian.Uint32(b[8:]) {
	case 0x75465a4c: // LZFu
		h.compressed = true
		return h, true
	case 0x414c454d: // MELA
		return h, true
	}
	return h, false
}
