package find

import (
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
)

// compile plans a key.
func (e *evaluator) compile(k Key) *node {
	switch k.Op {
	case And, Or:
		return e.compileJoined(k, e.compile)
	case Not:
		return notNode(e.compile(k.Keys[0]))
	case Fuzzy:
		return e.compileFuzzy(k.Keys[0])
	case UIDs:
		return setNode(k.Set)
	case Flag:
		return rowNode(NeedMarks, func(r *Row) bool { return r.Flags&k.Flags != 0 })
	case Keyword:
		return keywordNode(k.Text)
	case ModSeq:
		return rowNode(NeedMarks, func(r *Row) bool { return uint64(r.ModSeq) >= k.Number })
	case Header:
		return headerNode(k.Field, k.Text)
	case Body:
		return bodyNode(k.Text)
	case Text:
		return textNode(k.Text)
	case Attachment:
		return attachmentNode(k.Text)
	case Thread:
		return &node{op: nodeThread, rank: rankSet, thread: k.Thread}
	case HasAttachment:
		return rowNode(NeedSummary, func(r *Row) bool { return r.Head.Flags.Has(mail.HasAttachments) })
	case Importance:
		return rowNode(NeedSummary, func(r *Row) bool { return r.Head.Importance == k.Importance })
	}
	return e.columnNode(k)
}

// compileJoined plans an And or an Or with what plans each of its keys.
func (e *evaluator) compileJoined(k Key, compile func(Key) *node) *node {
	nodes := make([]*node, len(k.Keys))
	for i := range k.Keys {
		nodes[i] = compile(k.Keys[i])
	}
	switch {
	case k.Op == And && len(nodes) == 0:
		return everyNode()
	case k.Op == And:
		return join(nodeAnd, nodes)
	case len(nodes) == 0:
		return setNode(nil)
	}
	return join(nodeOr, nodes)
}

// columnNode plans the keys of dates and sizes, and of what else columns know.
func (e *evaluator) columnNode(k Key) *node {
	switch k.Op {
	case Before, On, Since:
		return rowNode(NeedEntry, func(r *Row) bool { return onDay(k.Op-Before, e.day(r.Record.Received), k.Day) })
	case SentBefore, SentOn, SentSince:
		return rowNode(NeedSummary, func(r *Row) bool {
			sent := r.Head.Envelope.Date
			return !sent.IsZero() && onDay(k.Op-SentBefore, DayOf(sent), k.Day)
		})
	case SavedBefore, SavedOn, SavedSince:
		return rowNode(NeedEntry, func(r *Row) bool { return onDay(k.Op-SavedBefore, e.day(saved(r)), k.Day) })
	case From:
		return rowNode(NeedEntry, func(r *Row) bool { return !r.Record.Received.Before(k.Time) })
	case Until:
		return rowNode(NeedEntry, func(r *Row) bool { return !r.Record.Received.After(k.Time) })
	case Larger:
		return rowNode(NeedItem, func(r *Row) bool { return uint64(r.Record.Item.Size) > k.Number })
	case Smaller:
		return rowNode(NeedItem, func(r *Row) bool { return uint64(r.Record.Item.Size) < k.Number })
	case Item:
		return rowNode(NeedItem, func(r *Row) bool { return k.Item(&r.Record.Item) })
	}
	return everyNode()
}

// onDay compares days for the three keys that each kind of date has, in their order: before, on, since.
func onDay(which Op, day, key Day) bool {
	switch which {
	case 0:
		return day.Before(key)
	case 1:
		return day == key
	}
	return !day.Before(key)
}

// day is the day of a moment here.
func (e *evaluator) day(t time.Time) Day {
	if e.Location == nil {
		return DayOf(t.UTC())
	}
	return DayOf(t.In(e.Location))
}

// saved is when a message came into the mailbox or, where that is not known, when it arrived.
func saved(r *Row) time.Time {
	if r.Record.Saved.IsZero() {
		return r.Record.Received
	}
	return r.Record.Saved
}

func keywordNode(name string) *node {
	return rowNode(NeedMarks, func(r *Row) bool {
		return slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.EqualFold(k, name) })
	})
}
