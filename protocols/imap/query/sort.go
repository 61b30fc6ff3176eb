package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store/fold"
)

// Sorted is what a search found, in order.
type Sorted struct {
	UIDs   []uint32
	ModSeq uint64           // as in Result
	Scores map[uint32]uint8 // as in Result
}

// sortable is what of a message decides its place. Its values stand in the order of the criteria that have one of a kind.
type sortable struct {
	uid     uint32
	numbers []int64
	texts   []string
}

// Sort finds the messages that a program names and orders them, RFC 5256 section 3: by the criteria, then by sequence
// number. RELEVANCY puts the best first. Memory grows with what is found.
func Sort(ctx context.Context, m *Mailbox, keys []wire.SortKey, program wire.Key) (Sorted, error) {
	result, err := Search(ctx, m, program)
	if err != nil {
		return Sorted{}, err
	}
	var n find.Need
	for _, k := range keys {
		n |= sortNeeds[k.By]
	}
	list := make([]sortable, 0, result.UIDs.Len())
	err = find.Scan(ctx, m.engine(), result.UIDs, n, func(r *find.Row) {
		list = append(list, sortableOf(r, keys, result.Scores))
	})
	if err != nil {
		return Sorted{}, err
	}
	slices.SortFunc(list, func(a, b sortable) int { return compareSortable(a, b, keys) })
	s := Sorted{UIDs: make([]uint32, len(list)), ModSeq: result.ModSeq, Scores: result.Scores}
	for i := range list {
		s.UIDs[i] = list[i].uid
	}
	return s, nil
}

// sortNeeds are what the criteria look at.
var sortNeeds = map[wire.SortBy]find.Need{
	wire.SortArrival: find.NeedEntry, wire.SortSize: find.NeedItem, wire.SortRelevancy: find.NeedMarks,
	wire.SortCc: find.NeedSummary, wire.SortDate: find.NeedSummary, wire.SortFrom: find.NeedSummary, wire.SortSubject: find.NeedSummary,
	wire.SortTo: find.NeedSummary, wire.SortDisplayFrom: find.NeedSummary, wire.SortDisplayTo: find.NeedSummary,
}

func sortableOf(r *find.Row, keys []wire.SortKey, scores map[uint32]uint8) sortable {
	s := sortable{uid: r.UID}
	for _, k := range keys {
		switch k.By {
		case wire.SortArrival:
			s.numbers = append(s.numbers, r.Record.Received.UnixMilli())
		case wire.SortDate:
			s.numbers = append(s.numbers, sentDate(r).UnixMilli())
		case wire.SortSize:
			s.numbers = append(s.numbers, r.Record.Item.Size)
		case wire.SortRelevancy:
			score, ok := scores[r.UID]
			if !ok {
				score = 100
			}
			s.numbers = append(s.numbers, -int64(score))
		default:
			s.texts = append(s.texts, strings.Clone(fold.String(sortText(&r.Head.Envelope, k.By))))
		}
	}
	return s
}

func compareSortable(a, b sortable, keys []wire.SortKey) int {
	number, text := 0, 0
	for _, k := range keys {
		var c int
		switch k.By {
		case wire.SortArrival, wire.SortDate, wire.SortSize, wire.SortRelevancy:
			c = cmp.Compare(a.numbers[number], b.numbers[number])
			number++
		default:
			c = strings.Compare(a.texts[text], b.texts[text])
			text++
		}
		if k.Reverse {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.uid, b.uid)
}

// sentDate is when a message was sent or, where that is not known, when it arrived: RFC 5256 section 2.2.
func sentDate(r *find.Row) time.Time {
	if sent := r.Head.Envelope.Date; !sent.IsZero() {
		return sent
	}
	return r.Record.Received
}

func sortText(e *mail.Envelope, by wire.SortBy) string {
	switch by {
	case wire.SortCc:
		return firstMailbox(e.Cc)
	case wire.SortFrom:
		return firstMailbox(e.From)
	case wire.SortTo:
		return firstMailbox(e.To)
	case wire.SortDisplayFrom:
		return firstDisplay(e.From)
	case wire.SortDisplayTo:
		return firstDisplay(e.To)
	}
	return e.BaseSubject()
}

// firstMailbox is the addr-mailbox of the first address as ENVELOPE has it: the local part, or the name of a group.
func firstMailbox(list []mail.Address) string {
	if len(list) == 0 {
		return ""
	}
	if list[0].Kind == mail.GroupStart {
		return list[0].Name
	}
	return list[0].Local
}

// firstDisplay is what RFC 5957 section 3 has displayed of the first address.
func firstDisplay(list []mail.Address) string {
	if len(list) == 0 {
		return ""
	}
	if list[0].Name != "" {
		return list[0].Name
	}
	return list[0].Addr()
}
