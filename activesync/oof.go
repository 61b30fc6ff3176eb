package activesync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail/autoreply"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// audienceTags are the elements of the audiences, in the order in which they are told.
var audienceTags = [autoreply.Audiences]wbxml.Tag{
	autoreply.Internal: wbxml.SettingsAppliesToInternal,
	autoreply.Known:    wbxml.SettingsAppliesToExternalKnown,
	autoreply.Unknown:  wbxml.SettingsAppliesToExternalUnknown,
}

// isHTML reads BodyType; ok is false for what it may not be. MS-ASCMD, BodyType.
func isHTML(bodyType string) (html, ok bool) {
	switch {
	case strings.EqualFold(bodyType, "HTML"):
		return true, true
	case strings.EqualFold(bodyType, "Text"):
		return false, true
	}
	return false, false
}

// getOof answers a Get of Oof: the answer, or the status instead of one.
func (h *Handler) getOof(ctx context.Context, q *request, bodyType string) (propertyAnswer, int, error) {
	html, ok := isHTML(bodyType)
	switch {
	case bodyType == "":
		return nil, settingsProtocol, nil
	case !ok:
		return nil, settingsInvalid, nil
	}
	var o autoreply.Oof
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) (err error) {
		o, err = autoreply.Load(r, q.account.ID)
		return err
	})
	if errors.Is(err, store.Damaged) {
		q.log.Error("out-of-office setting told as off", "error", err) // so that it can be set anew
		o, err = autoreply.Oof{}, nil
	}
	if err != nil {
		return nil, settingsUnavailable, fmt.Errorf("read Oof: %w", err)
	}
	return answerOof(o.As(h.Now()), html), settingsOK, nil
}

// answerOof puts a setting into the words of the wire.
func answerOof(o autoreply.Oof, html bool) *wire.OofAnswer {
	a := &wire.OofAnswer{State: int(o.State), Start: o.Start, End: o.End, BodyType: "Text"}
	if html {
		a.BodyType = "HTML"
	}
	for i, m := range o.Messages {
		text := m.Form(html)
		a.Messages = append(a.Messages, wire.OofMessage{Audience: audienceTags[i], Enabled: &m.Enabled, Reply: &text})
	}
	return a
}

// setOof answers a Set of Oof. What a Set does not name stays: the state, an audience, whether it is enabled, its
// text. MS-ASCMD, Oof.
func (h *Handler) setOof(ctx context.Context, q *request, in wire.OofSet) (int, error) {
	status := settingsOK
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		o, err := autoreply.Load(tx, q.account.ID)
		if errors.Is(err, store.Damaged) {
			o, err = autoreply.Oof{}, nil // replaced
		} else if err != nil {
			return err
		}
		o = o.As(h.Now())
		if status = changeOof(&o, in); status != settingsOK {
			return nil
		}
		if err := autoreply.Save(tx, q.account.ID, o, h.Now()); err != nil {
			return err
		}
		return q.touch(tx)
	})
	switch {
	case errors.Is(err, store.Invalid), errors.Is(err, store.TooLarge):
		q.log.Info("out-of-office setting refused", "error", err)
		return settingsInvalid, nil
	case err != nil:
		return settingsUnavailable, fmt.Errorf("set Oof: %w", err)
	}
	return status, nil
}

// changeOof applies a Set to the setting as it is now and returns its status; with another one than 1 nothing of
// it counts.
func changeOof(o *autoreply.Oof, in wire.OofSet) int {
	if in.HasStart != in.HasEnd {
		return settingsProtocol
	}
	if in.State < -1 || in.State > int(autoreply.Scheduled) || in.TooLong {
		return settingsInvalid
	}
	if in.State >= 0 {
		o.State = autoreply.State(in.State)
	}
	if in.HasStart && o.State == autoreply.Scheduled { // otherwise not kept, and no error
		o.Start, o.End = in.Start, in.End
	}
	seen := map[wbxml.Tag]bool{}
	for _, m := range in.Messages {
		if seen[m.Audience] {
			return settingsConflict
		}
		seen[m.Audience] = true
		if status := changeMessage(o, m); status != settingsOK {
			return status
		}
	}
	return settingsOK
}

func changeMessage(o *autoreply.Oof, m wire.OofMessage) int {
	for i, tag := range audienceTags {
		if tag != m.Audience {
			continue
		}
		if m.Enabled != nil {
			o.Messages[i].Enabled = *m.Enabled
		}
		if m.Reply == nil {
			return settingsOK
		}
		html, ok := isHTML(m.BodyType)
		switch {
		case m.BodyType == "":
			return settingsProtocol
		case !ok:
			return settingsInvalid
		}
		o.Messages[i].HTML, o.Messages[i].Text = html, *m.Reply
	}
	return settingsOK
}
