package imap

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// piece is bytes of a message that a section names: a range of it, or text made of its header.
type piece struct {
	missing bool // there is no such part: NIL
	span    mail.Span
	text    []byte // of HEADER.FIELDS, when made
	made    bool
}

func (p piece) size() int64 {
	if p.made {
		return int64(len(p.text))
	}
	return p.span.Length
}

// reader reads length bytes from offset on.
func (p piece) reader(ra io.ReaderAt, offset, length int64) io.Reader {
	if p.made {
		return bytes.NewReader(p.text[offset : offset+length])
	}
	return io.NewSectionReader(ra, p.span.Offset+offset, length)
}

// resolveSection finds what a section names, RFC 9051 section 6.4.5. Only fields of the header are read from ra.
func resolveSection(s *mail.Summary, ra io.ReaderAt, sec wire.Section) (piece, error) {
	header, body := headerOf(s.Root), mail.Span{Offset: headerOf(s.Root).End()}
	body.Length = s.Size - body.Offset
	whole := mail.Span{Length: s.Size}
	if len(sec.Part) > 0 {
		p, found := findPart(s, sec.Part)
		switch {
		case !found:
			return piece{missing: true}, nil
		case p == nil || p.Derived():
			return piece{made: true}, nil // shown as an empty text: nothing of the message is there
		case sec.Text == wire.SectionMIME:
			return piece{span: p.Header}, nil
		case sec.Text == wire.SectionAll:
			return piece{span: p.Body}, nil
		case p.Message == nil || p.Message.Root == nil || p.Message.Root.Derived():
			return piece{missing: true}, nil // HEADER and TEXT are of messages only
		}
		header = headerOf(p.Message.Root)
		body = mail.Span{Offset: header.End(), Length: p.Body.End() - header.End()}
	}
	switch sec.Text {
	case wire.SectionHeader:
		return piece{span: header}, nil
	case wire.SectionBody:
		return piece{span: body}, nil
	case wire.SectionFields, wire.SectionFieldsNot:
		text, err := selectFields(io.NewSectionReader(ra, header.Offset, header.Length), sec.Fields, sec.Text == wire.SectionFieldsNot)
		return piece{text: text, made: true}, err
	}
	return piece{span: whole}, nil
}

func headerOf(root *mail.Part) mail.Span {
	if root == nil {
		return mail.Span{}
	}
	return root.Header
}

// findPart walks along the numbers of a section. The part is nil where BODYSTRUCTURE shows an empty text for want of one.
func findPart(s *mail.Summary, numbers []uint32) (p *mail.Part, found bool) {
	at := s.Root
	for i, n := range numbers {
		if i > 0 {
			if at.Message != nil {
				at = at.Message.Root
			} else if at.Type != "multipart" {
				return nil, false
			}
		}
		if at == nil {
			return nil, i == len(numbers)-1 && n == 1
		}
		if at.Type != "multipart" {
			if n != 1 {
				return nil, false
			}
			continue // the body of a message that is no multipart is its part 1
		}
		inner := sections(at)
		if len(inner) == 0 && n == 1 {
			return nil, i == len(numbers)-1
		}
		if int64(n) > int64(len(inner)) {
			return nil, false
		}
		at = inner[n-1]
	}
	return at, true
}

// sections are the parts of a multipart that have a section of their own: those that AppendBody shows.
func sections(p *mail.Part) []*mail.Part {
	list := make([]*mail.Part, 0, len(p.Children))
	for _, c := range p.Children {
		if !c.Derived() || p.Derived() {
			list = append(list, c)
		}
	}
	return list
}

// maxFieldsText bounds what HEADER.FIELDS makes in memory; mail.MaxHeader bounds what is read.
const maxFieldsText = mail.MaxHeader

// selectFields copies the fields of a header that are named, or not named, as they stand, and the empty line.
func selectFields(r io.Reader, names []string, others bool) ([]byte, error) {
	br := bufio.NewReaderSize(io.LimitReader(r, maxFieldsText), 4096)
	var out []byte
	keep, ended := false, false
	for {
		line, err := br.ReadSlice('\n')
		for err == bufio.ErrBufferFull {
			var more []byte
			line = append([]byte(nil), line...)
			more, err = br.ReadSlice('\n')
			line = append(line, more...)
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(line) > 0 {
			if len(bytes.TrimRight(line, "\r\n")) == 0 {
				ended = true
				break
			}
			if line[0] != ' ' && line[0] != '\t' {
				keep = isNamed(line, names) != others
			}
			if keep {
				out = append(out, line...)
			}
		}
		if err == io.EOF {
			break
		}
	}
	if !ended && len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\r', '\n')
	}
	return append(out, '\r', '\n'), nil
}

func isNamed(line []byte, names []string) bool {
	name, _, _ := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	for _, n := range names {
		if strings.EqualFold(n, string(name)) {
			return true
		}
	}
	return false
}

// clip is the part of size bytes that <offset.count> asks for.
func clip(size int64, span *wire.Span) (offset, length int64) {
	if span == nil {
		return 0, size
	}
	if span.Offset >= uint64(size) {
		return 0, 0
	}
	offset = int64(span.Offset)
	return offset, int64(min(span.Count, uint64(size-offset)))
}
