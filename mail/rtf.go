package mail

import (
	"bufio"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of RTF reading.
const (
	rtfDepthMax = 512  // groups that have a state of their own
	rtfBinMax   = 1e9  // \bin
	rtfFontsMax = 1000 // fonts whose code page is remembered
)

// rtfSource reads RTF 1.9 as text, or takes out the HTML that Outlook wraps in RTF (MS-OXRTFEX). The result is UTF-8.
type rtfSource struct {
	r         *bufio.Reader
	html      bool // give out the wrapped HTML as it is
	wrapsHTML bool // \fromhtml was met
	out       []byte
	done      bool

	state rtfState
	stack []rtfState
	deep  int // groups beyond the bound

	codepage int         // of the document
	fonts    map[int]int // font number to code page
	font     int         // being defined
	pending  []byte      // bytes in the code page not yet decoded
	high     rune        // first half of a surrogate pair
	ignore   int         // characters to skip after \u
}

// rtfState is what a group inherits and its end restores.
type rtfState struct {
	skip    bool // a destination that is not shown
	star    bool // \* came
	fontTbl bool
	tag     bool // inside \*\htmltag
	rtfOnly bool // between \htmlrtf and \htmlrtf0
	uc      int
	cp      int
}

func newRTF(src source, html bool) *rtfSource {
	return &rtfSource{r: bufio.NewReaderSize(newSourceReader(src), chunk/4), html: html, state: rtfState{uc: 1},
		fonts: make(map[int]int)}
}

func (r *rtfSource) next() ([]byte, error) {
	r.out = r.out[:0]
	for len(r.out) < chunk/4 && !r.done {
		c, err := r.r.ReadByte()
		if err != nil {
			r.done = true
			r.flush()
			break
		}
		r.take(c)
	}
	if len(r.out) == 0 {
		return nil, io.EOF
	}
	return r.out, nil
}

func (r *rtfSource) take(c byte) {
	switch c {
	case '{':
		r.flush()
		if len(r.stack) == rtfDepthMax {
			r.deep++
			return
		}
		r.stack = append(r.stack, r.state)
		r.state.star = false
	case '}':
		r.flush()
		if r.deep > 0 {
			r.deep--
		} else if n := len(r.stack); n > 0 {
			r.state, r.stack = r.stack[n-1], r.stack[:n-1]
		}
	case '\\':
		r.escape()
	case '\r', '\n', 0:
	default:
		r.char(c)
	}
}

// escape reads what follows a backslash.
func (r *rtfSource) escape() {
	c, err := r.r.ReadByte()
	if err != nil {
		return
	}
	switch {
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		r.controlWord(c)
	case c == '\'':
		hi, err1 := r.r.ReadByte()
		lo, err2 := r.r.ReadByte()
		if err1 == nil && err2 == nil && isHex(hi) && isHex(lo) {
			r.char(unhex(hi)<<4 | unhex(lo))
		}
	case c == '*':
		r.state.star = true
	case c == '~':
		r.write("\u00a0")
	case c == '_':
		r.write("-")
	case c == '\r' || c == '\n':
		r.word("par", 0, false)
	case c == '\\' || c == '{' || c == '}':
		r.char(c)
	}
}

// controlWord reads a control word that begins with c, and its number.
func (r *rtfSource) controlWord(c byte) {
	var name [32]byte
	n := 0
	for 'a' <= c|0x20 && c|0x20 <= 'z' {
		if n < len(name) {
			name[n] = c
			n++
		}
		var err error
		if c, err = r.r.ReadByte(); err != nil {
			r.word(string(name[:n]), 0, false)
			return
		}
	}
	num, has, negative := 0, false, false
	var err error
	if c == '-' {
		negative = true
		c, err = r.r.ReadByte()
	}
	for err == nil && '0' <= c && c <= '9' {
		num, has = min(num*10+int(c-'0'), rtfBinMax), true
		c, err = r.r.ReadByte()
	}
	if negative {
		num = -num
	}
	if err == nil && c != ' ' {
		_ = r.r.UnreadByte() // cannot fail after a read
	}
	r.word(string(name[:n]), num, has)
}

// rtfSymbols are control words that stand for text.
var rtfSymbols = map[string]string{
	"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t",
	"emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
	"emspace": " ", "enspace": " ",
}

// rtfHidden are destinations whose text is not the document's.
var rtfHidden = map[string]bool{
	"colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "header": true, "footer": true,
	"headerl": true, "headerr": true, "headerf": true, "footerl": true, "footerr": true, "footerf": true,
	"footnote": true, "fldinst": true, "listtable": true, "xe": true, "tc": true,
}

func (r *rtfSource) word(name string, n int, has bool) {
	if s, ok := rtfSymbols[name]; ok {
		r.write(s)
		return
	}
	r.flush()
	switch name {
	case "u":
		r.unicode(n)
		r.ignore = r.state.uc
	case "uc":
		r.state.uc = max(0, min(n, 8))
	case "ansicpg":
		r.codepage = n
	case "bin":
		_, _ = r.r.Discard(max(n, 0)) // at the end there is nothing more to read anyway
	case "fonttbl":
		r.state.fontTbl, r.state.skip = true, true
	case "f":
		r.useFont(n)
	case "fcharset":
		if r.state.fontTbl && len(r.fonts) < rtfFontsMax {
			r.fonts[r.font] = rtfCharset(n)
		}
	case "plain":
		r.state.cp = 0
	case "fromhtml":
		r.wrapsHTML = true
	case "htmltag", "mhtmltag":
		if r.state.star {
			r.state.tag = name == "htmltag"
			r.state.skip = name != "htmltag" || !r.html
		}
	case "htmlrtf":
		r.state.rtfOnly = !has || n != 0
	default:
		if rtfHidden[name] || r.state.star {
			r.state.skip = true
		}
	}
	r.state.star = false
}

func (r *rtfSource) useFont(n int) {
	if r.state.fontTbl {
		r.font = n
		return
	}
	r.state.cp = r.fonts[n]
}

// rtfCharset is the code page of a font's charset.
func rtfCharset(n int) int {
	switch n {
	case 128:
		return 932
	case 129:
		return 949
	case 134:
		return 936
	case 136:
		return 950
	case 161:
		return 1253
	case 162:
		return 1254
	case 163:
		return 1258
	case 177:
		return 1255
	case 178:
		return 1256
	case 186:
		return 1257
	case 204:
		return 1251
	case 222:
		return 874
	case 238:
		return 1250
	}
	return 0
}

// hidden tells whether text is dropped here.
func (r *rtfSource) hidden() bool {
	return r.state.skip || r.html && r.state.rtfOnly && !r.state.tag
}

// char takes one byte of text in the code page.
func (r *rtfSource) char(c byte) {
	if r.ignore > 0 {
		r.ignore--
		return
	}
	if r.hidden() {
		return
	}
	if c < utf8.RuneSelf && len(r.pending) == 0 {
		r.ascii(c)
		return
	}
	r.pending = append(r.pending, c)
	if len(r.pending) >= 1024 {
		r.flush()
	}
}

// ascii writes a character; in wrapped HTML, text outside tags is escaped.
func (r *rtfSource) ascii(c byte) {
	if r.html && !r.state.tag {
		r.out = appendEntity(r.out, c)
		return
	}
	r.out = append(r.out, c)
}

// write writes a symbol.
func (r *rtfSource) write(s string) {
	r.flush()
	if !r.hidden() {
		r.out = append(r.out, s...)
	}
}

// flush decodes the bytes gathered so far.
func (r *rtfSource) flush() {
	if len(r.pending) == 0 {
		return
	}
	cp := r.state.cp
	if cp == 0 {
		cp = r.codepage
	}
	if cp == 0 {
		cp = 1252
	}
	for _, c := range []byte(decodeCharset(r.pending, codepageCharset(cp), "")) {
		if c < utf8.RuneSelf {
			r.ascii(c)
		} else {
			r.out = append(r.out, c)
		}
	}
	r.pending = r.pending[:0]
}

// unicode writes the character of \u, a UTF-16 unit as a signed number.
func (r *rtfSource) unicode(n int) {
	if r.hidden() {
		return
	}
	u := rune(uint16(n))
	switch {
	case utf16.IsSurrogate(u) && u < 0xdc00:
		r.high = u
		return
	case utf16.IsSurrogate(u):
		u = utf16.DecodeRune(r.high, u)
	}
	r.high = 0
	if u < utf8.RuneSelf {
		r.ascii(byte(u))
		return
	}
	r.out = utf8.AppendRune(r.out, u)
}
