package activesync

import (
	"bytes"
	"context"
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
	rung int        // how far down the ladder it is
}

// close frees what writing the message needed.
func (m *rendered) close() {
	if m.blob != nil {
		m.blob.Close()
	}
}

// length is how many bytes of an answer the body takes at most.
func (m *rendered) length() int64 {
	if m.blob != nil { // the message itself
		return m.Body.Size
	}
	if m.Body != nil {
		if text, ok := m.Body.Data.(*bytes.Reader); ok {
			return text.Size()
		}
	}
	return 0
}

// renderEmail returns the message in the form asked for. The caller closes it once it is written.
func (h *Handler) renderEmail(ctx context.Context, r store.Record, f emailForm) (*rendered, error) {
	b := &bodySource{handler: h, ctx: ctx, record: r, own: f.own || r.Item.Flags&store.Draft != 0}
	m, err := b.render(f)
	if err != nil {
		b.close()
		return nil, fmt.Errorf("item %d: %w", r.Item.ID, err)
	}
	if m.blob = b.blob; m.Body == nil || !b.streams {
		b.close()
		m.blob = nil
	}
	return m, nil
}

// A bodySource makes the parts of one message that its bytes are needed for.
type bodySource struct {
	handler *Handler
	ctx     context.Context
	record  store.Record
	summary *mail.Summary
	own     bool       // the user wrote it: Bcc stays
	blob    store.Blob // nil: not open
	streams bool       // the body reads the blob when it is written
}

// render makes all of the message.
func (b *bodySource) render(f emailForm) (*rendered, error) {
	if err := b.summarise(); err != nil {
		return nil, err
	}
	m := &rendered{Email: *emailHead(b.record, b.summary, b.own)}
	if err := b.fill(m, f); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if err := b.meeting(m, f.mine); err != nil {
		return nil, fmt.Errorf("meeting: %w", err)
	}
	if err := b.voice(m); err != nil {
		return nil, fmt.Errorf("voice mail: %w", err)
	}
	var err error
	if m.ReceivedAsBcc, err = b.receivedAsBcc(f.mine); err != nil {
		return nil, fmt.Errorf("recipients: %w", err)
	}
	return m, nil
}

// summarise reads the summary of the message. One that is lost or damaged is made anew.
func (b *bodySource) summarise() error {
	s, err := mail.UnmarshalSummary(b.record.Item.Summary)
	if err == nil {
		b.summary = s
		return nil
	}
	b.handler.Log.LogAttrs(b.ctx, slog.LevelWarn, "summary is made anew", slog.Int64("item", int64(b.record.Item.ID)), slog.Any("error", err))
	blob, err := b.open()
	if err != nil {
		return fmt.Errorf("message without a summary: %w", err)
	}
	if b.summary, err = mail.Parse(io.NewSectionReader(blob, 0, blob.Size())); err != nil {
		return fmt.Errorf("message without a summary: %w", err)
	}
	return nil
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
	for i := range forms {
		forms[i].exact = f.exact
	}
	body, err := b.first(forms)
	if err != nil {
		return err
	}
	m.Body = body
	if shown := body.Type == wire.BodyText && body.Data != nil; !shown { // MS-ASAIRS, Preview
		body.Preview = firstRunes(b.summary.Preview, longestPreview(forms))
	}
	if len(f.options.BodyParts) > 0 && f.version >= V141 {
		m.BodyPart, err = b.part(f.options.BodyParts[0], f)
	}
	return err
}

// longestPreview is how many characters of preview were asked for.
func longestPreview(forms []bodyForm) (n int) {
	for _, form := range forms {
		n = max(n, form.preview)
	}
	return n
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
	b.streams = false
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
		return mimeBody(blob, b.summary, b.own, form, b.record.Item.Received)
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
