package activesync

import (
	"context"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// Verbs. MS-ASEMAIL, LastVerbExecuted.
const (
	verbReply    = 1
	verbReplyAll = 2
	verbForward  = 3
)

// The flags of a message say that it was answered and that it was forwarded. Two keywords say the rest: whether the last
// answer went to all, and whether it was forwarded after it was answered. Programs that only know the flags do no harm:
// what they set then counts as an answer to the sender.
const (
	keywordToAll     = "$GannetRepliedToAll"
	keywordForwarded = "$GannetForwardedLast"
)

// lastVerb is what was done last with a message, 0 if nothing was.
func lastVerb(i store.Item) int {
	has := func(keyword string) bool {
		return slices.ContainsFunc(i.Keywords, func(k string) bool { return strings.EqualFold(k, keyword) })
	}
	answered, forwarded := i.Flags&store.Answered != 0, i.Flags&store.Forwarded != 0
	switch {
	case forwarded && (!answered || has(keywordForwarded)):
		return verbForward
	case answered && has(keywordToAll):
		return verbReplyAll
	case answered:
		return verbReply
	}
	return 0
}

// verbChange is the change of a message with which that is done now.
func verbChange(i store.Item, verb int) store.FlagChange {
	switch {
	case verb == verbForward && i.Flags&store.Answered != 0:
		return store.FlagChange{Add: store.Forwarded, AddKeywords: []string{keywordForwarded}}
	case verb == verbForward:
		return store.FlagChange{Add: store.Forwarded}
	case verb == verbReplyAll:
		return store.FlagChange{Add: store.Answered, AddKeywords: []string{keywordToAll}, RemoveKeywords: []string{keywordForwarded}}
	}
	return store.FlagChange{Add: store.Answered, RemoveKeywords: []string{keywordToAll, keywordForwarded}}
}

// markSource notes on the source what was done with it. It may be gone by now.
func (d *draft) markSource(tx store.Tx, q *request) error {
	if d.source == nil {
		return nil
	}
	change := verbChange(d.source.Item, d.verb)
	change.VerbTime = q.now
	_, err := tx.Mark(d.source.Collection, d.source.UID, change)
	if isGone(err) {
		return nil
	}
	return err
}

// findVerb says what the message does to its source. No request tells an answer to all apart: it is one that goes to
// somebody else whom the source went to.
func (h *Handler) findVerb(ctx context.Context, q *request, d *draft, o *original) (int, error) {
	if d.kind == sendForward {
		return verbForward, nil
	}
	if o == nil {
		return verbReply, nil
	}
	others := map[string]bool{}
	mine := h.ownAddresses(q)
	for _, a := range mail.Mailboxes(slices.Concat(o.summary.Envelope.To, o.summary.Envelope.Cc)) {
		own, err := mine.has(ctx, a)
		if err != nil {
			return 0, err
		}
		if !own {
			others[strings.ToLower(a.Addr())] = true
		}
	}
	for _, a := range mail.Mailboxes(slices.Concat(o.summary.Envelope.From, o.summary.Envelope.ReplyTo)) {
		delete(others, strings.ToLower(a.Addr()))
	}
	for _, a := range mail.Mailboxes(slices.Concat(d.summary.Envelope.To, d.summary.Envelope.Cc)) {
		if others[strings.ToLower(a.Addr())] {
			return verbReplyAll, nil
		}
	}
	return verbReply, nil
}

// series reports whether the message is about a series of meetings.
func (o *original) series() bool {
	part := o.summary.MeetingPart()
	if part == nil {
		return false
	}
	in, err := readMeeting(o.summary, o.blob, part)
	return err == nil && in.Rule != nil
}
