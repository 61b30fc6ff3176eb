package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// maxFolded is how many octets a line may have before it is to be folded. RFC 5545, section 3.1.
const maxFolded = 75

// A contentLine is one line with those that continue it.
type contentLine struct {
	number int
	text   string // unfolded, UTF-8
	raw    string // as it came, without the last end of line; empty if that is no way to write it
}

// A lineReader reads content lines of whatever programs write: LF or CR alone, a byte order mark, other charsets.
type lineReader struct {
	r       io.Reader
	buf     []byte // what is read and not yet taken is buf[pos:]
	pos     int
	left    int64 // bytes that may still be read
	limit   int   // of one content line
	number  int
	crlf    bool // how the latest physical line ended
	trouble error
	problem func(line int, reason string)
}

// errTooLarge ends reading at a limit.
var errTooLarge = errors.New("larger than allowed")

func newLineReader(r io.Reader, lim Limits, problem func(int, string)) *lineReader {
	size := 8192
	if known, ok := r.(interface{ Len() int }); ok { // one object, of which there are many: with room to find its end
		size = min(size, known.Len()+1)
	}
	lr := &lineReader{r: r, buf: make([]byte, 0, size), left: lim.Bytes, limit: lim.Line, problem: problem}
	for len(lr.buf) < 3 && lr.fill() {
		continue
	}
	switch {
	case bytes.HasPrefix(lr.buf, []byte{0xEF, 0xBB, 0xBF}):
		lr.pos = 3
		problem(1, "byte order mark")
	case bytes.HasPrefix(lr.buf, []byte{0xFF, 0xFE}), bytes.HasPrefix(lr.buf, []byte{0xFE, 0xFF}):
		utf16 := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
		lr.r = utf16.Reader(io.MultiReader(bytes.NewReader(bytes.Clone(lr.buf)), r))
		lr.buf = lr.buf[:0]
		problem(1, "UTF-16 instead of UTF-8")
	}
	return lr
}

// fill reads more behind what is in buf; false at the end of input and after trouble. What was taken is dropped.
func (lr *lineReader) fill() bool {
	if lr.trouble != nil {
		return false
	}
	if lr.pos > 0 {
		lr.buf = lr.buf[:copy(lr.buf, lr.buf[lr.pos:])]
		lr.pos = 0
	}
	if len(lr.buf) == cap(lr.buf) {
		lr.buf = append(make([]byte, 0, 2*cap(lr.buf)), lr.buf...)
	}
	for range 100 {
		n, err := lr.r.Read(lr.buf[len(lr.buf):cap(lr.buf)])
		lr.buf = lr.buf[:len(lr.buf)+n]
		if lr.left -= int64(n); lr.left < 0 {
			lr.trouble = errTooLarge
			return false
		}
		if n > 0 {
			return true
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				lr.trouble = fmt.Errorf("read calendar: %w", err)
			}
			return false
		}
	}
	lr.trouble = io.ErrNoProgress
	return false
}

// physical reads one line up to its end; false at the end of input or after trouble. The line is valid until the next
// read.
func (lr *lineReader) physical() (line []byte, ok bool) {
	for searched := 0; ; {
		if i := endOfLine(lr.buf[lr.pos+searched:]); i >= 0 {
			return lr.line(searched + i), true
		}
		searched = len(lr.buf) - lr.pos
		if searched > lr.limit {
			lr.trouble = errTooLarge
			return nil, false
		}
		if !lr.fill() {
			break
		}
	}
	if line = lr.buf[lr.pos:]; len(line) == 0 || lr.trouble != nil {
		return nil, false
	}
	lr.pos = len(lr.buf)
	lr.crlf = true // the last line may end without
	lr.number++
	return line, true
}

// endOfLine finds the first CR or LF.
func endOfLine(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// line takes the n bytes of a line and its end.
func (lr *lineReader) line(n int) []byte {
	lr.number++
	cr := lr.buf[lr.pos+n] == '\r'
	if cr && lr.pos+n+1 == len(lr.buf) {
		lr.fill()
	}
	line := lr.buf[lr.pos : lr.pos+n]
	lr.pos += n + 1
	lr.crlf = cr && lr.pos < len(lr.buf) && lr.buf[lr.pos] == '\n'
	if lr.crlf {
		lr.pos++
	}
	return line
}

// continues reports whether the next line continues the one before; empty lines between them are passed over.
func (lr *lineReader) continues() bool {
	for {
		if lr.pos == len(lr.buf) && !lr.fill() {
			return false
		}
		switch b := lr.buf[lr.pos]; b {
		case '\r', '\n':
			lr.pos++
			if b == '\n' || lr.pos < len(lr.buf) && lr.buf[lr.pos] != '\n' {
				lr.number++
			}
		default:
			return b == ' ' || b == '\t'
		}
	}
}

// read reads the next content line; false at the end or after trouble.
func (lr *lineReader) read() (line contentLine, ok bool) {
	first, ok := lr.physical()
	for ok && len(first) == 0 {
		first, ok = lr.physical()
	}
	if !ok {
		return line, false
	}
	line.number = lr.number
	clean := lr.clean(first)
	text, whole := string(first), len(first)
	if !lr.continues() {
		line.text = lr.decoded(line.number, text)
		if clean {
			line.raw = line.text
		}
		return line, lr.trouble == nil
	}
	unfolded, raw := []byte(text), []byte(text)
	for more := true; more; more = lr.continues() {
		next, ok := lr.physical()
		if !ok {
			break
		}
		if whole += len(next); whole > lr.limit {
			lr.trouble = errTooLarge
			return line, false
		}
		clean = clean && lr.clean(next)
		unfolded = append(unfolded, next[1:]...)
		raw = append(append(raw, "\r\n"...), next...)
	}
	line.text = lr.decoded(line.number, string(unfolded))
	if clean {
		line.raw = string(raw)
	}
	return line, lr.trouble == nil
}

// clean reports whether a line may be written as it is.
func (lr *lineReader) clean(line []byte) bool {
	return lr.crlf && len(line) <= maxFolded && utf8.Valid(line) && !bytes.ContainsFunc(line, isControl)
}

// decoded makes UTF-8 of a content line: what is none counts as Windows-1252.
func (lr *lineReader) decoded(number int, text string) string {
	if utf8.ValidString(text) {
		return text
	}
	lr.problem(number, "no UTF-8, read as Windows-1252")
	s, err := charmap.Windows1252.NewDecoder().String(text)
	if err != nil {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return s
}
