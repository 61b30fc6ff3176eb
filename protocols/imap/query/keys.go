package query

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// compile plans a key.
func (e *evaluator) compile(k wire.Key) *node {
	switch k.Op {
	case wire.SearchAnd:
		return join(nodeAnd, e.compileAll(k.Keys))
	case wire.SearchOr:
		return join(nodeOr, e.compileAll(k.Keys))
	case wire.SearchNot:
		return notNode(e.compile(k.Keys[0]))
	case wire.SearchFuzzy:
		return e.compileFuzzy(k.Keys[0])
	case wire.SearchSeq:
		if k.Set.Saved {
			return setNode(e.Map.OfUIDs(e.Saved))
		}
		return setNode(e.Map.OfSeqs(k.Set.Resolve(e.Map.Len())))
	case wire.SearchUID:
		if k.Set.Saved {
			return setNode(e.Map.OfUIDs(e.Saved))
		}
		return setNode(k.Set.Resolve(e.Map.Max()))
	case wire.SearchFlag:
		return flagNode(k.Text)
	case wire.SearchRecent:
		if e.Recent == nil {
			return setNode(nil)
		}
		return rowNode(needMarks, func(r *row) bool { return e.Recent(r.uid) })
	case wire.SearchModSeq:
		return rowNode(needMarks, func(r *row) bool { return uint64(r.modSeq) >= k.Number })
	case wire.SearchHeader:
		return headerNode(k.Field, k.Text)
	case wire.SearchBody:
		return bodyNode(k.Text)
	case wire.SearchText:
		return textNode(k.Text)
	}
	return e.columnNode(k)
}

func (e *evaluator) compileAll(keys []wire.Key) []*node {
	nodes := make([]*node, len(keys))
	for i, k := range keys {
		nodes[i] = e.compile(k)
	}
	return nodes
}

// columnNode plans the keys of dates, sizes and ids.
func (e *evaluator) columnNode(k wire.Key) *node {
	switch k.Op {
	case wire.SearchBefore, wire.SearchOn, wire.SearchSince:
		return rowNode(needEntry, func(r *row) bool { return onDay(k.Op-wire.SearchBefore, e.day(r.rec.Received), k.Date) })
	case wire.SearchSentBefore, wire.SearchSentOn, wire.SearchSentSince:
		return rowNode(needSummary, func(r *row) bool {
			sent := r.head.Envelope.Date
			return !sent.IsZero() && onDay(k.Op-wire.SearchSentBefore, wire.DateOf(sent), k.Date)
		})
	case wire.SearchSavedBefore, wire.SearchSavedOn, wire.SearchSavedSince:
		return rowNode(needEntry, func(r *row) bool { return onDay(k.Op-wire.SearchSavedBefore, e.day(saved(r)), k.Date) })
	case wire.SearchOlder:
		edge := e.Now.Add(-seconds(k.Number))
		return rowNode(needEntry, func(r *row) bool { return !r.rec.Received.After(edge) })
	case wire.SearchYounger:
		edge := e.Now.Add(-seconds(k.Number))
		return rowNode(needEntry, func(r *row) bool { return !r.rec.Received.Before(edge) })
	case wire.SearchLarger:
		return rowNode(needItem, func(r *row) bool { return uint64(r.rec.Item.Size) > k.Number })
	case wire.SearchSmaller:
		return rowNode(needItem, func(r *row) bool { return uint64(r.rec.Item.Size) < k.Number })
	case wire.SearchEmailID:
		return rowNode(needItem, func(r *row) bool { return "M"+r.rec.Item.Blob.String()[:32] == k.Text })
	case wire.SearchThreadID:
		return rowNode(needItem, func(r *row) bool { return "T"+strconv.FormatInt(int64(r.rec.Item.Thread), 10) == k.Text })
	}
	return everyNode() // ALL, SAVEDATESUPPORTED
}

// onDay compares days for the three keys that each kind of date has, in their order: before, on, since.
func onDay(which wire.SearchOp, day, key wire.Date) bool {
	switch which {
	case 0:
		return day.Before(key)
	case 1:
		return day == key
	}
	return !day.Before(key)
}

// day is the day of a moment here.
func (e *evaluator) day(t time.Time) wire.Date {
	if e.Location == nil {
		return wire.DateOf(t.UTC())
	}
	return wire.DateOf(t.In(e.Location))
}

// saved is the save date or, where none is known, the internal date: RFC 8514 section 4.3.
func saved(r *row) time.Time {
	if r.rec.Saved.IsZero() {
		return r.rec.Received
	}
	return r.rec.Saved
}

// seconds is an interval of OLDER and YOUNGER, which the grammar keeps below 2^32.
func seconds(n uint64) time.Duration { return time.Duration(n) * time.Second }

// flagNames are the flags of the store by their names in lower case.
var flagNames = map[string]store.Flags{
	`\answered`: store.Answered, `\flagged`: store.Flagged, `\deleted`: store.Deleted, `\seen`: store.Seen, `\draft`: store.Draft,
	"$forwarded": store.Forwarded, "$mdnsent": store.MDNSent,
}

func flagNode(name string) *node {
	if f, ok := flagNames[strings.ToLower(name)]; ok {
		return rowNode(needMarks, func(r *row) bool { return r.flags&f != 0 })
	}
	return rowNode(needMarks, func(r *row) bool {
		return slices.ContainsFunc(r.keywords, func(k string) bool { return strings.EqualFold(k, name) })
	})
}
