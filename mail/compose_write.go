package mail

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store/address"
)

// crlfWriter writes lines that end in CRLF, whatever they ended in: a bare LF or a bare CR becomes one.
// The first error sticks until close.
type crlfWriter struct {
	w    *bufio.Writer
	n    int64 // bytes written, a CR that waits not among them
	last byte  // the last byte given, when it was a CR that waits for its LF
	err  error
}

func newCRLFWriter(w io.Writer) *crlfWriter {
	return &crlfWriter{w: bufio.NewWriterSize(w, 32<<10)}
}

// Write implements io.Writer.
func (c *crlfWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && c.err == nil {
		if c.last == '\r' {
			c.last = 0
			c.put("\r\n")
			if p[0] == '\n' {
				p = p[1:]
				continue
			}
		}
		i := bytes.IndexAny(p, "\r\n")
		if i < 0 {
			c.copy(p)
			break
		}
		if i > 0 {
			c.copy(p[:i])
		}
		if p[i] == '\r' {
			c.last = '\r'
		} else {
			c.put("\r\n")
		}
		p = p[i+1:]
	}
	if c.err != nil {
		return 0, c.err
	}
	return n, nil
}

func (c *crlfWriter) copy(p []byte) {
	_, c.err = c.w.Write(p)
	c.n += int64(len(p))
}

func (c *crlfWriter) put(s string) {
	if c.err == nil {
		_, c.err = c.w.WriteString(s)
		c.n += int64(len(s))
	}
}

// line writes s and a line end.
func (c *crlfWriter) line(s string) {
	io.WriteString(c, s)
	io.WriteString(c, "\r\n")
}

// close writes what is left.
func (c *crlfWriter) close() error {
	if c.last == '\r' {
		c.last = 0
		c.put("\r\n")
	}
	if c.err == nil {
		c.err = c.w.Flush()
	}
	return c.err
}

// maxLine is how long a header line gets before it is folded. RFC 5322, section 2.1.1.
const maxLine = 76

// encodeText makes header text of s: encoded words where it needs them, folded. The name's own length
// counts for the first line. RFC 2047.
func encodeText(name, s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return foldWords(len(name)+2, strings.Fields(mime.QEncoding.Encode("utf-8", s)))
}

// foldWords joins words with spaces and folds between them.
func foldWords(used int, words []string) string {
	var b strings.Builder
	for i, word := range words {
		switch {
		case i == 0:
		case used+1+len(word) > maxLine:
			b.WriteString("\r\n ")
			used = 0
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
		used += 1 + len(word)
	}
	return b.String()
}

// encodeList writes an address list, one mailbox a line. RFC 5322, section 3.4.
func encodeList(list []Address) string {
	var b strings.Builder
	first := true
	for _, a := range list {
		if a.Kind == GroupEnd {
			b.WriteString(";")
			continue
		}
		if !first {
			b.WriteString(",\r\n ")
		}
		first = a.Kind == GroupStart
		if first {
			b.WriteString(encodePhrase(a.Name) + ":")
		} else {
			b.WriteString(encodeAddress(a))
		}
	}
	return b.String()
}

// encodeAddress writes one mailbox for a header. RFC 5322, section 3.4.
func encodeAddress(a Address) string {
	addr := a.Addr()
	if a.Name == "" {
		return asciiDomain(addr)
	}
	return encodePhrase(a.Name) + " <" + asciiDomain(addr) + ">"
}

// encodePhrase writes a display name: quoted, or as encoded words.
func encodePhrase(name string) string {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "\uFFFD")), " ")
	if printable(name) {
		return quote(name)
	}
	return strings.Join(strings.Fields(mime.QEncoding.Encode("utf-8", name)), "\r\n ")
}

// asciiDomain writes an address's domain in A-labels where it has other ones.
func asciiDomain(addr string) string {
	local, domain, ok := address.Split(addr)
	if !ok || !hasEightBit(domain) {
		return addr
	}
	if d, err := address.Domain(domain); err == nil {
		return local + "@" + d
	}
	return addr
}

// printable reports whether s holds printable ASCII only.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// clip cuts s to at most n bytes at a character boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
