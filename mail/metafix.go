package mail

import (
	"bytes"
	"io"
)

// metaFix rewrites the charset that an HTML document states of itself to UTF-8, which it now is, in the first chunk's
// worth of it; a document that states none gets a statement in its head, or before everything.
type metaFix struct {
	src  source
	head []byte
	done bool
}

// metaFixMax is how much of the document is searched.
const metaFixMax = 64 << 10

const metaUTF8 = `<meta http-equiv="Content-Type" content="text/html; charset=utf-8">`

func newMetaFix(src source) *metaFix { return &metaFix{src: src} }

func (m *metaFix) next() ([]byte, error) {
	if m.done {
		return m.src.next()
	}
	for len(m.head) < metaFixMax && !headEnded(m.head) {
		b, err := m.src.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		m.head = append(m.head, b...)
	}
	m.done = true
	if len(m.head) == 0 {
		return nil, io.EOF
	}
	head := fixCharset(m.head)
	m.head = nil
	return head, nil
}

// headEnded tells whether the part of the document that may name a charset is there.
func headEnded(b []byte) bool {
	return indexFold(b, "</head") >= 0 || indexFold(b, "<body") >= 0
}

// fixCharset rewrites or adds the statement in the beginning of a document.
func fixCharset(b []byte) []byte {
	limit := len(b)
	if i := indexFold(b, "</head"); i >= 0 {
		limit = i
	} else if i := indexFold(b, "<body"); i >= 0 {
		limit = i
	}
	var out []byte
	found := false
	at := 0
	for at < limit {
		i := indexFold(b[at:limit], "<meta")
		if i < 0 {
			break
		}
		i += at
		end := tagEnd(b[i:])
		if end < 0 {
			break
		}
		out = append(out, b[at:i]...)
		tag := b[i : i+end]
		if indexFold(tag, "charset") >= 0 {
			if !found {
				out = append(out, metaUTF8...)
			}
			found = true
		} else {
			out = append(out, tag...)
		}
		at = i + end
	}
	out = append(out, b[at:]...)
	if !found {
		out = insertMeta(out)
	}
	return fixDeclaration(out)
}

// insertMeta puts the statement after <head>, <html> or the document type, or first.
func insertMeta(b []byte) []byte {
	at := 0
	for _, tag := range []string{"<head", "<html", "<!doctype"} {
		i := indexFold(b, tag)
		if i < 0 || i+len(tag) < len(b) && 'a' <= b[i+len(tag)]|0x20 && b[i+len(tag)]|0x20 <= 'z' { // <header>
			continue
		}
		if end := tagEnd(b[i:]); end > 0 {
			at = i + end
			break
		}
	}
	out := make([]byte, 0, len(b)+len(metaUTF8))
	out = append(out, b[:at]...)
	out = append(out, metaUTF8...)
	return append(out, b[at:]...)
}

// fixDeclaration makes the encoding of an XML declaration UTF-8.
func fixDeclaration(b []byte) []byte {
	if !bytes.HasPrefix(bytes.TrimLeft(b, " \n\t"), []byte("<?xml")) {
		return b
	}
	end := bytes.Index(b, []byte("?>"))
	i := indexFold(b, "encoding=")
	if end < 0 || i < 0 || i > end {
		return b
	}
	value := b[i+len("encoding="):]
	if len(value) == 0 || value[0] != '"' && value[0] != '\'' {
		return b
	}
	n := bytes.IndexByte(value[1:], value[0])
	if n < 0 || i+n > end {
		return b
	}
	out := append([]byte(nil), b[:i]...)
	out = append(out, `encoding="utf-8"`...)
	return append(out, value[n+2:]...)
}
