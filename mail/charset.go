package mail

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// charsetAliases are names that mail uses and the standard indexes do not know, or know as something narrower than
// what is sent under the name.
var charsetAliases = map[string]encoding.Encoding{
	"gb2312":              simplifiedchinese.GB18030,
	"gbk":                 simplifiedchinese.GB18030,
	"x-gbk":               simplifiedchinese.GB18030,
	"cp936":               simplifiedchinese.GB18030,
	"hz-gb-2312":          simplifiedchinese.HZGB2312,
	"cp932":               japanese.ShiftJIS,
	"shift-jis":           japanese.ShiftJIS,
	"iso-2022-jp-1":       japanese.ISO2022JP,
	"iso-2022-jp-2":       japanese.ISO2022JP,
	"iso-2022-jp-ms":      japanese.ISO2022JP,
	"cp50220":             japanese.ISO2022JP,
	"cp50221":             japanese.ISO2022JP,
	"cp949":               korean.EUCKR,
	"ks_c_5601":           korean.EUCKR,
	"iso-2022-kr":         iso2022KR{},
	"utf-16":              unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-16le":            unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-16be":            unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"utf-32":              utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
	"utf-32le":            utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	"utf-32be":            utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
	"utf-7":               utf7Encoding{},
	"unicode-1-1-utf7":    utf7Encoding{},
	"unicode-1-1-utf-7":   utf7Encoding{},
	"x-unicode-1-1-utf-7": utf7Encoding{},
	"cp437":               charmap.CodePage437,
	"cp850":               charmap.CodePage850,
	"cp852":               charmap.CodePage852,
	"cp855":               charmap.CodePage855,
	"cp858":               charmap.CodePage858,
	"cp860":               charmap.CodePage860,
	"cp862":               charmap.CodePage862,
	"cp863":               charmap.CodePage863,
	"cp865":               charmap.CodePage865,
	"cp866":               charmap.CodePage866,
	"ansi":                charmap.Windows1252,
	"latin-1":             charmap.Windows1252,
	"iso8859-15":          charmap.ISO8859_15,
}

// lookupCharset finds the decoder for a charset name. utf8 is true for UTF-8 under any of its names; ok is false for
// a name that nobody knows. ASCII, which is rarely meant, counts as unknown text: see lenient.
func lookupCharset(name string) (enc encoding.Encoding, isUTF8, ok bool) {
	name = cleanCharset(name)
	if enc, ok := charsetAliases[name]; ok {
		return enc, false, true
	}
	switch name {
	case "utf-8", "utf8", "unicode-1-1-utf-8", "uft-8", "utf-8n", "utf_8", "unicode":
		return nil, true, true
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-6", "646", "us":
		return nil, false, true
	case "iso-2022-cn", "iso-2022-cn-ext", "x-user-defined", "replacement":
		return nil, false, false
	}
	if enc, err := htmlindex.Get(name); err == nil && enc != encoding.Replacement {
		return enc, enc == unicode.UTF8, true
	}
	if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc, false, true
	}
	for _, prefix := range []string{"cp-", "x-cp", "cp", "windows", "win-", "win", "ibm-", "x-ibm", "msdos-", "x-", "iso", "iso_"} {
		rest, found := strings.CutPrefix(name, prefix)
		if !found || rest == "" {
			continue
		}
		if enc, ok := codePageName(prefix, rest); ok {
			return enc, false, true
		}
	}
	return nil, false, false
}

// codePageName tries the usual names for what follows a prefix: "cp-850", "win1251", "x-koi8-r", "iso8859-2".
func codePageName(prefix, rest string) (encoding.Encoding, bool) {
	var try []string
	switch prefix {
	case "x-":
		try = []string{rest}
	case "iso", "iso_":
		try = []string{"iso-" + strings.ReplaceAll(rest, "_", "-")}
	default:
		try = []string{"windows-" + rest, "ibm" + rest}
	}
	for _, name := range try {
		if enc, ok := charsetAliases[name]; ok {
			return enc, true
		}
		if enc, err := htmlindex.Get(name); err == nil && enc != encoding.Replacement {
			return enc, true
		}
		if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
			return enc, true
		}
	}
	return nil, false
}

// cleanCharset removes what programs put around a charset's name.
func cleanCharset(name string) string {
	name = strings.Trim(name, " \t\r\n\"'\\;,.")
	if i := strings.IndexAny(name, ";, \t"); i >= 0 {
		name = name[:i]
	}
	name = strings.ToLower(name)
	for strings.HasPrefix(name, "charset=") {
		name = strings.Trim(name[len("charset="):], "\"' ")
	}
	return name
}

// newTransformer gives the decoder to UTF-8 for a charset. Text of no, ASCII or unknown charset is read leniently.
func newTransformer(charset string) transform.Transformer {
	enc, isUTF8, ok := lookupCharset(charset)
	switch {
	case isUTF8:
		return &lenient{declared: true}
	case !ok || enc == nil:
		return &lenient{}
	}
	return enc.NewDecoder()
}

// decodeCharset decodes a whole string of bytes. Bytes above 127 under no, ASCII or an unknown charset are read as
// UTF-8 where they are, else as fallback, else as windows-1252.
func decodeCharset(b []byte, charset, fallback string) string {
	if asciiOnly(b) && bytes.IndexByte(b, 0x1b) < 0 && !shiftedCharset(charset) {
		return string(b)
	}
	enc, isUTF8, _ := lookupCharset(charset)
	if enc == nil && !isUTF8 {
		if utf8.Valid(b) && !hasJapaneseEscape(b) {
			return string(b)
		}
		charset = guessCharset(b, fallback)
	}
	out, _, err := transform.Bytes(newTransformer(charset), b)
	if err != nil {
		out, _, _ = transform.Bytes(&lenient{}, b)
	}
	return string(out)
}

// shiftedCharset tells whether bytes below 128 may stand for something else in the charset.
func shiftedCharset(charset string) bool {
	if charset == "" || strings.EqualFold(charset, "utf-8") {
		return false
	}
	name := cleanCharset(charset)
	return strings.Contains(name, "utf-7") || strings.Contains(name, "utf7") || strings.HasPrefix(name, "hz") ||
		strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32") || strings.HasPrefix(name, "iso-2022")
}

// guessCharset names the charset of undeclared bytes that are not valid UTF-8, by their escapes or by the hint that
// the rest of the message gives.
func guessCharset(b []byte, fallback string) string {
	if hasJapaneseEscape(b) {
		return "iso-2022-jp"
	}
	if enc, isUTF8, ok := lookupCharset(fallback); ok && (enc != nil || isUTF8) {
		if !shiftedCharset(fallback) {
			return fallback
		}
	}
	return ""
}

// hasJapaneseEscape looks for the sequences that switch ISO-2022-JP to two bytes a character.
func hasJapaneseEscape(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0x1b)
		if i < 0 || i+2 >= len(b) {
			return false
		}
		if b[i+1] == '$' && (b[i+2] == 'B' || b[i+2] == '@') {
			return true
		}
		b = b[i+1:]
	}
}

func asciiOnly(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// charsetSource decodes a stream to UTF-8.
type charsetSource struct {
	src    source
	t      transform.Transformer // nil until the first chunk was seen
	name   string                // declared charset
	held   []byte                // input that waits for more
	out    []byte
	eof    bool
	failed bool // the decoder gave up: the rest is read leniently
}

func newCharsetSource(src source, charset string) *charsetSource {
	return &charsetSource{src: src, name: charset}
}

func (c *charsetSource) next() ([]byte, error) {
	for !c.eof {
		if c.t == nil {
			if err := c.choose(); err != nil {
				return nil, err
			}
		}
		in, err := c.src.next()
		if err == io.EOF {
			c.eof = true
		} else if err != nil {
			return nil, err
		}
		if len(c.held) > 0 {
			in = append(c.held, in...)
			c.held = nil
		}
		c.out = c.out[:0]
		c.transform(in)
		if len(c.out) > 0 {
			return c.out, nil
		}
	}
	return nil, io.EOF
}

// guessPeek is how much of undeclared text decides its charset.
const guessPeek = 4096

// choose settles the charset, by the beginning of the text where none is declared.
func (c *charsetSource) choose() error {
	if enc, isUTF8, _ := lookupCharset(c.name); enc == nil && !isUTF8 {
		head, src, err := peekSource(c.src, guessPeek)
		if err != nil {
			return err
		}
		c.src = src
		switch {
		case hasJapaneseEscape(head[:min(len(head), guessPeek)]):
			c.name = "iso-2022-jp"
		case bytes.HasPrefix(head, []byte("\xff\xfe")):
			c.name = "utf-16le"
		case bytes.HasPrefix(head, []byte("\xfe\xff")):
			c.name = "utf-16be"
		}
	}
	c.t = newTransformer(c.name)
	return nil
}

func (c *charsetSource) transform(in []byte) {
	for len(in) > 0 || c.eof {
		if cap(c.out)-len(c.out) < len(in)+64 {
			grown := make([]byte, len(c.out), len(c.out)+len(in)+len(in)/2+256)
			copy(grown, c.out)
			c.out = grown
		}
		nDst, nSrc, err := c.t.Transform(c.out[len(c.out):cap(c.out)], in, c.eof)
		c.out = c.out[:len(c.out)+nDst]
		in = in[nSrc:]
		switch {
		case err == nil && len(in) == 0:
			return
		case err == transform.ErrShortDst:
			if nDst == 0 && nSrc == 0 {
				c.out = append(c.out, make([]byte, 256)...)[:len(c.out)]
			}
		case err == transform.ErrShortSrc && !c.eof && len(in) < 1024:
			c.held = append([]byte(nil), in...)
			return
		default:
			if c.failed {
				return
			}
			c.failed = true
			c.t = &lenient{}
		}
	}
}
