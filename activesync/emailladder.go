package activesync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// The rungs of the ladder on which a message is rendered. One bad message must never keep a device from all others, nor be
// left out: it comes in the best form that can be had.
const (
	rungAsked = iota // as asked for
	rungShort        // a short text
	rungHead         // its header, with a note in place of the text
	rungNote         // a note in its place
)

// rungNames are the rungs in words, for logs and people.
var rungNames = [...]string{"as asked for", "as short text", "without its text", "as a note"}

// errUnreadable says that a message breaks the code that reads it.
var errUnreadable = errors.New("message cannot be read")

// present returns the message in the best form that can be had of it, from the given rung down, and sees to it that a
// lesser form is noted for the device. It gives up only when the request has ended, with an empty note.
func (h *Handler) present(ctx context.Context, q *request, r store.Record, f emailForm, rung int) *rendered {
	f.mine = h.ownAddresses(q)
	m, why := h.climbDown(ctx, q.log, r, f, rung)
	if m.rung > rungAsked && ctx.Err() == nil {
		h.reduced(ctx, q, r, m.rung, why)
	}
	return m
}

// climbDown renders a message on the first rung that holds. The error is why it is not the first of all; nil if that was
// asked for.
func (h *Handler) climbDown(ctx context.Context, log *slog.Logger, r store.Record, f emailForm, rung int) (m *rendered, why error) {
	for ; rung < rungNote; rung++ {
		m, err := h.tryRender(ctx, r, f.on(rung))
		if err == nil {
			m.rung = rung
			return m, why
		}
		if why == nil {
			why = err
		}
		log.LogAttrs(ctx, slog.LevelWarn, "message cannot be shown "+rungNames[rung], slog.Int64("item", int64(r.Item.ID)), slog.Any("error", err))
	}
	return &rendered{Email: *unreadableEmail(r), rung: rungNote}, why
}

// on is the form on a rung.
func (f emailForm) on(rung int) emailForm {
	if rung == rungAsked {
		return f
	}
	const shortText = 2 // Truncation, 1 KiB
	truncation := shortText
	f.options = wire.Options{Truncation: &truncation, Bodies: []wire.BodyPreference{{Type: wire.BodyText, Truncation: 1 << 10}}}
	f.headOnly = rung == rungHead
	return f
}

// tryRender is renderEmail for a message that may break the code that reads it.
func (h *Handler) tryRender(ctx context.Context, r store.Record, f emailForm) (m *rendered, err error) {
	defer func() {
		if v := recover(); v != nil {
			m, err = nil, fmt.Errorf("%w: panic: %v", errUnreadable, v)
		}
	}()
	if f.headOnly {
		return renderHead(r, f.own)
	}
	return h.renderEmail(ctx, r, f)
}

// renderHead makes a message of its summary alone, for one whose bytes are lost.
func renderHead(r store.Record, own bool) (*rendered, error) {
	s, err := mail.UnmarshalSummary(r.Item.Summary)
	if err != nil {
		return nil, err
	}
	m := &rendered{Email: *emailHead(r, s, own)}
	if m.MessageClass != "IPM.Note" { // others have parts that are lost too
		ordinaryMessage(&m.Email)
	}
	m.Attachments = nil
	m.setNote(r)
	return m, nil
}

// setNote puts a note in place of the body.
func (m *rendered) setNote(r store.Record) {
	note := fmt.Sprintf("The text of this message (%d bytes) could not be read on the server. It is kept there unchanged.", r.Item.Size)
	m.Native = wire.BodyText
	m.Body = &wire.Body{Type: wire.BodyText, Size: int64(len(note)), Data: bytes.NewReader([]byte(note))}
}

// unreadableEmail stands in the place of a message that cannot be read.
func unreadableEmail(r store.Record) *wire.Email {
	m := &rendered{Email: wire.Email{
		Subject: "(message cannot be shown)", DateReceived: r.Item.Received, Importance: 1, Marks: emailMarks(r.Item),
		MessageClass: "IPM.Note", ContentClass: "urn:content-classes:message", IsDraft: r.Item.Flags&store.Draft != 0,
		ConversationID: conversationID(r.Item), ConversationIndex: conversationIndex(r.Item, ""),
	}}
	m.setNote(r)
	return &m.Email
}
