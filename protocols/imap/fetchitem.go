package imap

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// message is one message of a FETCH with what was read of it.
type message struct {
	s       *session
	rec     *store.Record
	summary *mail.Summary // nil: not wanted
	blob    store.Blob    // nil: not wanted
	broken  bool          // its bytes could not be read to the end
}

// load reads what the plan needs beside the record.
func (m *message) load(p *fetchPlan) (err error) {
	if p.want == store.WantSummary {
		if m.summary, err = parseSummary(m.rec.Item.Summary, p.parts); err != nil {
			return fmt.Errorf("summary: %w", err)
		}
	}
	if p.bytes {
		if m.blob, err = m.s.server.o.Store.OpenBlob(m.s.ctx, m.rec.Item.Blob); err != nil {
			return fmt.Errorf("open message: %w", err)
		}
	}
	return nil
}

func (m *message) close() {
	if m.blob != nil {
		m.blob.Close()
	}
}

// put writes one item.
func (m *message) put(line *wire.FetchLine, p *fetchPlan, item *wire.FetchItem) {
	rec, utf8 := m.rec, m.s.enabled.utf8 || m.s.enabled.rev2
	switch item.Kind {
	case wire.FetchFlags:
		m.s.putMarks(line, rec)
	case wire.FetchUID:
		line.Item("UID").Number(uint64(rec.UID))
	case wire.FetchInternalDate:
		line.Item("INTERNALDATE").DateTime(rec.Received.In(m.s.server.o.Location))
	case wire.FetchSize:
		line.Item("RFC822.SIZE").Number(uint64(rec.Item.Size))
	case wire.FetchModSeq:
		m.s.putModSeq(line, rec)
	case wire.FetchEmailID:
		line.Item("EMAILID").Raw("(" + emailID(rec.Item.Blob) + ")")
	case wire.FetchThreadID:
		line.Item("THREADID").Raw("(" + threadID(rec.Item.Thread) + ")")
	case wire.FetchSaveDate:
		line.Item("SAVEDATE").DateTime(rec.Saved.In(m.s.server.o.Location))
	case wire.FetchPreview:
		line.Item("PREVIEW").String(m.summary.Preview)
	case wire.FetchEnvelope:
		m.write(line.Item("ENVELOPE"), AppendEnvelope(m.s.scratch[:0], &m.summary.Envelope, utf8))
	case wire.FetchBody:
		m.write(line.Item("BODY"), AppendBody(m.s.scratch[:0], m.summary.Root, false, utf8))
	case wire.FetchBodyStructure:
		m.write(line.Item("BODYSTRUCTURE"), AppendBody(m.s.scratch[:0], m.summary.Root, true, utf8))
	case wire.FetchSection:
		m.putSection(line, item)
	case wire.FetchBinary:
		m.putBinary(line, p, item)
	case wire.FetchBinarySize:
		m.putBinarySize(line, p, item)
	}
}

// write writes text that was made in the session's scratch space, and keeps the space.
func (m *message) write(w *wire.Writer, text []byte) {
	w.RawBytes(text)
	if m.s.scratch = text[:0]; cap(text) > maxScratch {
		m.s.scratch = nil
	}
}

// maxScratch is how much space for texts a session keeps.
const maxScratch = 64 << 10

// emailID is the same for the same bytes, RFC 8474 section 5.1.
func emailID(b store.BlobID) string { return "M" + b.String()[:32] }

func threadID(t store.ThreadID) string { return fmt.Sprintf("T%d", t) }

// putSection writes BODY[…] or its old names.
func (m *message) putSection(line *wire.FetchLine, item *wire.FetchItem) {
	piece := piece{span: mail.Span{Length: m.rec.Item.Size}}
	if m.summary != nil {
		var err error
		if piece, err = resolveSection(m.summary, m.blob, item.Section); err != nil {
			m.fault(err)
			piece.missing = true
		}
	}
	var w *wire.Writer
	if item.Legacy != "" {
		w = line.Item(item.Legacy)
	} else {
		w = line.Section("BODY", item.Section, item.Span)
	}
	if piece.missing {
		w.Raw("NIL")
		return
	}
	offset, length := clip(piece.size(), item.Span)
	m.literal(w, length, piece.reader(m.blob, offset, length), false)
}

// literal writes bytes of the message. What can't be read any more is filled with spaces, so that one damaged message
// doesn't end the session each time that the client asks for it; the command's answer tells.
func (m *message) literal(w *wire.Writer, length int64, r io.Reader, binary bool) {
	if length == 0 {
		w.Raw(`""`)
		return
	}
	w.Literal(length, &steady{r: r, m: m}, binary)
}

// steady reads from r for as long as that goes well, and spaces from then on.
type steady struct {
	r      io.Reader
	m      *message
	failed bool
}

func (f *steady) Read(p []byte) (int, error) {
	if !f.failed {
		n, err := f.r.Read(p)
		if err == nil || n > 0 {
			return n, nil
		}
		f.failed = true
		f.m.fault(err)
	}
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// fault notes that the message could not be read.
func (m *message) fault(err error) {
	m.broken = true
	m.s.log.LogAttrs(m.s.ctx, slog.LevelError, "read message", slog.Any(protocols.LogError, err),
		slog.String("blob", m.rec.Item.Blob.String()))
}

// errEncoding is of a Content-Transfer-Encoding that nobody knows, RFC 3516 section 4.3.
var errEncoding = errors.New("unknown transfer encoding")

// knownEncodings are those that mail.Summary.OpenPart takes away.
var knownEncodings = map[string]bool{
	"": true, "7bit": true, "8bit": true, "binary": true, "base64": true, "quoted-printable": true,
	"x-uuencode": true, "uuencode": true, "x-uue": true,
}

// decoded finds the part of BINARY, RFC 9051 section 6.4.5: nil and no error for the whole message, missing for none.
func (m *message) decoded(numbers []uint32) (part *mail.Part, missing bool, err error) {
	if len(numbers) == 0 {
		return nil, false, nil
	}
	p, found := findPart(m.summary, numbers)
	switch {
	case !found:
		return nil, true, nil
	case p == nil || p.Derived():
		return &mail.Part{}, false, nil
	case p.Type != "multipart" && p.Message == nil && !knownEncodings[p.Encoding]:
		return nil, false, errEncoding
	}
	return p, false, nil
}

func (m *message) putBinary(line *wire.FetchLine, p *fetchPlan, item *wire.FetchItem) {
	if len(item.Section.Part) == 0 {
		w := line.Section("BINARY", item.Section, item.Span)
		offset, length := clip(m.rec.Item.Size, item.Span)
		m.literal(w, length, io.NewSectionReader(m.blob, offset, length), true)
		return
	}
	part, missing, err := m.decoded(item.Section.Part)
	if err != nil {
		p.unknown = true
		return
	}
	w := line.Section("BINARY", item.Section, item.Span)
	if missing {
		w.Raw("NIL")
		return
	}
	offset, length := clip(part.DecodedSize, item.Span)
	if length == 0 {
		w.Raw(`""`)
		return
	}
	r := m.summary.OpenPart(m.blob, part)
	if _, err := io.CopyN(io.Discard, r, offset); err != nil {
		m.fault(err)
	}
	m.literal(w, length, io.LimitReader(r, length), true)
}

func (m *message) putBinarySize(line *wire.FetchLine, p *fetchPlan, item *wire.FetchItem) {
	part, missing, err := m.decoded(item.Section.Part)
	size := int64(0)
	switch {
	case err != nil:
		p.unknown = true
		return
	case missing:
	case part == nil:
		size = m.rec.Item.Size
	default:
		size = part.DecodedSize
	}
	line.Section("BINARY.SIZE", item.Section, nil).Number(uint64(size))
}
