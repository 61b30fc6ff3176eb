package mail

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// Attributes of a TNEF stream, MS-OXTNEF section 2.1.3.2.
const (
	tnefSignature = 0x223e9f78

	attOEMCodepage = 0x00069007
	attBody        = 0x0002800c
	attMessageProp = 0x00069003
	attRendData    = 0x00069002
	attTitle       = 0x00018010
	attData        = 0x0006800f
	attAttachment  = 0x00069005
)

// Bounds of one winmail.dat.
const (
	tnefFilesMax = 1000
	tnefDepthMax = 5   // messages inside messages
	tnefNameMax  = 512 // bytes of one string that is kept
)

// tnefReader walks through a TNEF stream without holding it.
type tnefReader struct {
	src  source
	rest []byte
	at   int64 // offset of rest
	err  error
	word [16]byte
}

// some returns some of the following bytes, at most n.
func (r *tnefReader) some(n int64) []byte {
	if n <= 0 {
		return nil
	}
	for len(r.rest) == 0 && r.err == nil {
		r.rest, r.err = r.src.next()
	}
	b := r.rest[:min(int64(len(r.rest)), n)]
	r.rest = r.rest[len(b):]
	r.at += int64(len(b))
	return b
}

// skip passes n bytes and reports whether they were there.
func (r *tnefReader) skip(n int64) bool {
	for n > 0 {
		b := r.some(n)
		if len(b) == 0 {
			return false
		}
		n -= int64(len(b))
	}
	return true
}

// read returns the next n bytes, n being at most 16, or false at the end.
func (r *tnefReader) read(n int) ([]byte, bool) {
	b := r.word[:0]
	for len(b) < n {
		more := r.some(int64(n - len(b)))
		if len(more) == 0 {
			return nil, false
		}
		b = append(b, more...)
	}
	return b, true
}

func (r *tnefReader) uint16() (uint16, bool) {
	b, ok := r.read(2)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint16(b), true
}

func (r *tnefReader) uint32() (uint32, bool) {
	b, ok := r.read(4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

// bytes returns the first max of n bytes and passes the others.
func (r *tnefReader) bytes(n int64, max int) ([]byte, bool) {
	var out []byte
	for n > 0 {
		b := r.some(n)
		if len(b) == 0 {
			return out, false
		}
		n -= int64(len(b))
		if room := max - len(out); room > 0 {
			out = append(out, b[:min(len(b), room)]...)
		}
	}
	return out, true
}

// tnefScan reads one message of a TNEF stream.
type tnefScan struct {
	p        *parser
	r        *tnefReader
	depth    int
	codepage int    // of strings, attOemCodepage
	htmlCP   int    // of the HTML body, PR_INTERNET_CPID
	subject  string // of an embedded message

	plain, html, rtf *Part
	files            []*Part
	file             *Part // the attachment being read
	name, long       string
}

// tnef reads a winmail.dat and makes virtual parts of its body and its files. Their offsets count in the decoded
// content of part.
func (p *parser) tnef(part *Part, decoded source) {
	p.sum.Flags |= HasTNEF
	s := &tnefScan{p: p, r: &tnefReader{src: decoded}}
	if !s.stream(1 << 62) {
		p.defect(DefectTNEF)
	}
	part.Virtual = s.result()
	for _, v := range part.Virtual {
		v.within = part
		p.limits.parts++
		p.charge(v)
	}
}

// clipTNEF shortens the parts of a winmail.dat that claims more than the size bytes it has.
func clipTNEF(parts []*Part, size int64) {
	for _, p := range parts {
		if p.Body.End() > size {
			p.Body.Offset = min(p.Body.Offset, size)
			p.Body.Length = size - p.Body.Offset
			if p.Encoding == "binary" {
				p.DecodedSize = p.Body.Length
			}
		}
		clipTNEF(p.Virtual, p.Body.Length)
	}
}

// stream reads attributes until end and reports whether all was well.
func (s *tnefScan) stream(end int64) bool {
	sig, ok := s.r.uint32()
	if !ok || sig != tnefSignature || !s.r.skip(2) {
		return false
	}
	for s.r.at < end {
		level := s.r.some(1)
		if len(level) == 0 {
			return true
		}
		if level[0] != 1 && level[0] != 2 {
			return s.r.at > 7 && (level[0] == 0 || level[0] == '\r' || level[0] == '\n')
		}
		id, ok1 := s.r.uint32()
		size, ok2 := s.r.uint32()
		if !ok1 || !ok2 {
			return false
		}
		next := s.r.at + int64(size)
		s.attribute(id, int64(size), next)
		if s.r.at > next || !s.r.skip(next-s.r.at+2) { // what was not read, and the checksum
			return false
		}
	}
	return true
}

// attribute looks at the data of one attribute, which ends at end. It need not read all of it.
func (s *tnefScan) attribute(id uint32, size, end int64) {
	switch id {
	case attOEMCodepage:
		if n, ok := s.r.uint32(); ok {
			s.codepage = int(n)
		}
	case attBody:
		s.plain = s.textPart("plain", size, s.codepage)
	case attMessageProp:
		s.props(end, s.messageProp)
	case attRendData:
		s.endFile()
		if len(s.files) < tnefFilesMax && s.p.limits.parts+len(s.files) < MaxParts {
			s.file = &Part{Type: "application", Subtype: "octet-stream", Encoding: "binary", Disposition: "attachment"}
		}
	case attTitle:
		b, _ := s.r.bytes(size, tnefNameMax)
		s.name = s.string8(b)
	case attData:
		if s.file != nil {
			s.file.Body = Span{s.r.at, size}
			s.file.DecodedSize = size
		}
	case attAttachment:
		if s.file != nil {
			s.props(end, s.fileProp)
		}
	}
}

// textPart is a part for a text that begins here, and gathers its beginning.
func (s *tnefScan) textPart(subtype string, size int64, codepage int) *Part {
	p := &Part{Type: "text", Subtype: subtype, Encoding: "binary", Body: Span{s.r.at, size}, DecodedSize: size}
	if name := codepageCharset(codepage); name != "" {
		p.Params = []Param{{"charset", name}}
	}
	if s.depth == 0 {
		s.p.gather(p, &tnefValue{s.r, size})
	}
	return p
}

// endFile completes the attachment being read.
func (s *tnefScan) endFile() {
	f := s.file
	s.file = nil
	name := s.long
	if name == "" {
		name = s.name
	}
	s.name, s.long = "", ""
	if f == nil || f.Body.Length == 0 && f.Virtual == nil && name == "" {
		return
	}
	if name != "" {
		f.DispositionParams = []Param{{"filename", cut(name, maxParamValue)}}
		if f.Is("application", "octet-stream") {
			f.Type, f.Subtype = typeOfName(name)
		}
	}
	s.files = append(s.files, f)
}

// result is the body, if there is one, and the files.
func (s *tnefScan) result() []*Part {
	s.endFile()
	var list []*Part
	if s.html != nil && len(s.html.Params) == 0 {
		if name := codepageCharset(s.htmlCP); name != "" {
			s.html.Params = []Param{{"charset", name}}
		}
	}
	for _, body := range []*Part{s.plain, s.html, s.rtf} {
		if body != nil && body.DecodedSize > 0 {
			list = append(list, body)
		}
	}
	return append(list, s.files...)
}

// tnefBody finds the text of a winmail.dat in the wanted form, or in any.
func tnefBody(p *Part, want BodyType) *Part {
	var found *Part
	for _, v := range p.Virtual {
		if v.Type != "text" || v.Disposition != "" {
			continue
		}
		if found == nil || fits([]*Part{v}, want) && !fits([]*Part{found}, want) {
			found = v
		}
	}
	return found
}

// codepageCharset names a Windows code page, or nothing for 0.
func codepageCharset(n int) string {
	switch {
	case n == 0:
		return ""
	case n == 65001:
		return "utf-8"
	case n == 1200:
		return "utf-16le"
	case n == 20127:
		return "us-ascii"
	case n == 20866:
		return "koi8-r"
	case n == 21866:
		return "koi8-u"
	case n >= 28591 && n <= 28605:
		return "iso-8859-" + strconv.Itoa(n-28590)
	case n == 50220 || n == 50221 || n == 50222:
		return "iso-2022-jp"
	case n == 51932:
		return "euc-jp"
	case n == 51949:
		return "euc-kr"
	case n == 54936:
		return "gb18030"
	case n == 950:
		return "big5"
	case n == 932:
		return "shift_jis"
	case n == 936 || n == 949:
		return "cp" + strconv.Itoa(n)
	case n >= 1250 && n <= 1258 || n == 874:
		return "windows-" + strconv.Itoa(n)
	}
	return "cp" + strconv.Itoa(n)
}

// string8 decodes a string in the message's code page.
func (s *tnefScan) string8(b []byte) string {
	if i := strings.IndexByte(string(b), 0); i >= 0 {
		b = b[:i]
	}
	cp := s.codepage
	if cp == 0 {
		cp = 1252
	}
	return cleanText(decodeCharset(b, codepageCharset(cp), ""))
}
