package activesync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A rendered message is ready to be written: all that can go wrong has gone right.
type rendered struct {
	wire.Email
	blob store.Blob // open while the body is a stream; nil: none
}

// close frees what writing the message needed.
func (m *rendered) close() {
	if m.blob != nil {
		m.blob.Close()
	}
}

// errUnreadable says that a message has no bytes that could be shown.
var errUnreadable = errors.New("message cannot be read")

// renderEmail returns the message in the form asked for. The caller closes it once it is written.
func (h *Handler) renderEmail(ctx context.Context, r store.Record, f emailForm) (*rendered, error) {
	s, err := mail.UnmarshalSummary(r.Item.Summary)
	if err != nil {
		return nil, fmt.Errorf("summary of item %d: %w", r.Item.ID, err)
	}
	m := &rendered{Email: *emailHead(r, s)}
	source := &bodySource{handler: h, ctx: ctx, record: r, summary: s, own: f.own || r.Item.Flags&store.Draft != 0}
	if err := source.fill(m, f); err != nil {
		source.close()
		return nil, fmt.Errorf("body of item %d: %w", r.Item.ID, err)
	}
	if m.blob = source.blob; m.Body == nil || !source.streams {
		source.close()
		m.blob = nil
	}
	return m, nil
}

// The rungs of the ladder on which a message is rendered.
const (
	rungAsked = iota // as asked for
	rungShort        // a short text
	rungNote         // a note in its place
)

// renderSafely returns the message in the best form that can be had of it, from the given rung down. One bad
// message must never keep a device from all others.
func (h *Handler) renderSafely(ctx context.Context, log *slog.Logger, r store.Record, f emailForm, rung int) *rendered {
	short := f
	short.options = wire.Options{Bodies: []wire.BodyPreference{{Type: wire.BodyText, Truncation: 1 << 10}}}
	short.options.Truncation = &shortText
	for _, form := range []emailForm{f, short}[min(rung, rungNote):] {
		m, err := h.tryRender(ctx, r, form)
		if err == nil {
			return m
		}
		log.Warn("message cannot be shown as it should be", "item", r.Item.ID, "error", err)
	}
	return &rendered{Email: *unreadableEmail(r)}
}

// shortText is the Truncation of rungShort.
var shortText = 2

// tryRender is renderEmail for a message that may break the code that reads it.
func (h *Handler) tryRender(ctx context.Context, r store.Record, f emailForm) (m *rendered, err error) {
	defer func() {
		if v := recover(); v != nil {
			m, err = nil, fmt.Errorf("%w: panic: %v", errUnreadable, v)
		}
	}()
	return h.renderEmail(ctx, r, f)
}

// unreadableEmail stands in the place of a message that cannot be read.
func unreadableEmail(r store.Record) *wire.Email {
	note := fmt.Sprintf("This message (%d bytes) could not be read on the server. It is kept there unchanged.", r.Item.Size)
	return &wire.Email{
		Subject: "(message cannot be shown)", DateReceived: r.Item.Received, Importance: 1, Marks: emailMarks(r.Item),
		MessageClass: "IPM.Note", ContentClass: "urn:content-classes:message", Native: wire.BodyText,
		Body:           &wire.Body{Type: wire.BodyText, Size: int64(len(note)), Data: bytes.NewReader([]byte(note))},
		ConversationID: conversationID(r.Item), ConversationIndex: conversationIndex(r.Item, ""),
	}
}

// A bodySource makes the body of one message.
type bodySource struct {
	handler *Handler
	ctx     context.Context
	record  store.Record
	summary *mail.Summary
	own     bool       // the user wrote it: Bcc stays
	blob    store.Blob // nil: not open
	streams bool       // the body reads the blob when it is written
}

// open opens the message's bytes once.
func (b *bodySource) open() (store.Blob, error) {
	if b.blob != nil {
		return b.blob, nil
	}
	blob, err := b.handler.Store.OpenBlob(b.ctx, b.record.Item.Blob)
	b.blob = blob
	return blob, err
}

func (b *bodySource) close() {
	if b.blob != nil {
		b.blob.Close()
		b.blob = nil
	}
}

// fill sets the bodies of m.
func (b *bodySource) fill(m *rendered, f emailForm) error {
	forms := f.bodies(b.summary)
	body, err := b.first(forms)
	if err != nil {
		return err
	}
	m.Body = body
	if preview := forms[0].preview; preview > 0 && body.Type != wire.BodyText {
		body.Preview = firstRunes(b.summary.Preview, preview)
	}
	if len(f.options.BodyParts) > 0 && f.version >= V141 && !f.limits.NoHTML {
		m.BodyPart, err = b.part(f.options.BodyParts[0])
	}
	return err
}

// first makes the body in the first form that may be cut or need not be. If all are to be whole and none
// fits, only the size is told.
func (b *bodySource) first(forms []bodyForm) (*wire.Body, error) {
	var none *wire.Body
	for _, form := range forms {
		body, err := b.in(form)
		if err != nil {
			return nil, err
		}
		if !body.Truncated || !form.allOrNone {
			return body, nil
		}
		if none == nil {
			none = &wire.Body{Type: body.Type, Size: body.Size, Truncated: true}
		}
	}
	return none, nil
}

// in makes the body in one form.
func (b *bodySource) in(form bodyForm) (*wire.Body, error) {
	blob, err := b.open()
	if err != nil {
		return nil, err
	}
	b.streams = form.kind == wire.BodyMIME
	if b.streams {
		return mimeBody(blob, b.summary, b.own, form.limit)
	}
	limit := form.limit
	if limit == unlimited || limit > maxBody {
		limit = maxBody
	}
	text, err := b.summary.Text(blob, mail.BodyType(form.kind), limit)
	if err != nil {
		return nil, err
	}
	return &wire.Body{Type: form.kind, Size: text.Size, Truncated: text.Truncated, Data: bytes.NewReader(text.Data)}, nil
}

// Statuses of a BodyPart. MS-ASAIRS, Status (BodyPart).
const bodyPartOK = 1

// part makes a BodyPart. What of a message is new in its conversation is not told apart: it is all of it.
func (b *bodySource) part(p wire.BodyPreference) (*wire.Body, error) {
	limit := p.Truncation
	if p.Whole || limit > maxBody {
		limit = maxBody
	}
	streams := b.streams
	body, err := b.in(bodyForm{kind: wire.BodyHTML, limit: limit})
	b.streams = streams
	if err != nil {
		return nil, err
	}
	body.Status = bodyPartOK
	if p.AllOrNone && body.Truncated {
		body.Data = nil
	}
	if p.Preview > 0 {
		body.Preview = firstRunes(b.summary.Preview, p.Preview)
	}
	return body, nil
}

// firstRunes returns the first n characters of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// quietReader ends where its source fails: half of a damaged message is better than none, and than a device
// that asks for it for ever.
type quietReader struct{ r io.Reader }

func (q quietReader) Read(p []byte) (int, error) {
	n, err := q.r.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}
