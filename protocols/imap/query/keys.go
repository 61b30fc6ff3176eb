package query

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// key translates a program.
func (m *Mailbox) key(k wire.Key) find.Key {
	switch k.Op {
	case wire.SearchAnd:
		return find.AllOf(m.keys(k.Keys)...)
	case wire.SearchOr:
		return find.AnyOf(m.keys(k.Keys)...)
	case wire.SearchNot:
		return find.NoneOf(m.key(k.Keys[0]))
	case wire.SearchFuzzy:
		return find.Key{Op: find.Fuzzy, Keys: m.keys(k.Keys[:1])}
	case wire.SearchSeq, wire.SearchUID:
		return find.Key{Op: find.UIDs, Set: m.set(k)}
	case wire.SearchFlag:
		return flagKey(k.Text)
	case wire.SearchRecent:
		return find.Key{Op: find.UIDs, Set: m.Recent}
	case wire.SearchModSeq:
		return find.Key{Op: find.ModSeq, Number: k.Number}
	case wire.SearchHeader:
		return find.InField(k.Field, k.Text)
	case wire.SearchBody:
		return find.Key{Op: find.Body, Text: k.Text}
	case wire.SearchText:
		return find.Key{Op: find.Text, Text: k.Text}
	}
	return m.columnKey(k)
}

func (m *Mailbox) keys(list []wire.Key) []find.Key {
	keys := make([]find.Key, len(list))
	for i := range list {
		keys[i] = m.key(list[i])
	}
	return keys
}

// set is the UIDs that a set of numbers or of UIDs names.
func (m *Mailbox) set(k wire.Key) uidset.Set {
	switch {
	case k.Set.Saved:
		return m.Map.OfUIDs(m.Saved)
	case k.Op == wire.SearchSeq:
		return m.Map.OfSeqs(k.Set.Resolve(m.Map.Len()))
	}
	return k.Set.Resolve(m.Map.Max())
}

// dayOps are the keys with a day.
var dayOps = map[wire.SearchOp]find.Op{
	wire.SearchBefore: find.Before, wire.SearchOn: find.On, wire.SearchSince: find.Since,
	wire.SearchSentBefore: find.SentBefore, wire.SearchSentOn: find.SentOn, wire.SearchSentSince: find.SentSince,
	wire.SearchSavedBefore: find.SavedBefore, wire.SearchSavedOn: find.SavedOn, wire.SearchSavedSince: find.SavedSince,
}

// columnKey translates the keys of dates, sizes and ids.
func (m *Mailbox) columnKey(k wire.Key) find.Key {
	if op, ok := dayOps[k.Op]; ok {
		return find.Key{Op: op, Day: find.Day(k.Date)}
	}
	switch k.Op {
	case wire.SearchOlder:
		return find.Key{Op: find.Until, Time: m.Now.Add(-seconds(k.Number))}
	case wire.SearchYounger:
		return find.Key{Op: find.From, Time: m.Now.Add(-seconds(k.Number))}
	case wire.SearchLarger:
		return find.Key{Op: find.Larger, Number: k.Number}
	case wire.SearchSmaller:
		return find.Key{Op: find.Smaller, Number: k.Number}
	case wire.SearchEmailID:
		return find.Key{Op: find.Item, Item: func(i *store.Item) bool { return isEmailID(k.Text, i.Blob) }}
	case wire.SearchThreadID:
		return threadKey(k.Text)
	}
	return find.Key{} // ALL, SAVEDATESUPPORTED
}

// threadKey is a THREADID: T and the number of the conversation.
func threadKey(text string) find.Key {
	digits, ok := strings.CutPrefix(text, "T")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || strconv.FormatInt(n, 10) != digits {
		return find.None()
	}
	return find.Key{Op: find.Thread, Thread: store.ThreadID(n)}
}

// isEmailID reports whether an EMAILID is that of a message: M and the first 32 digits of the name of its bytes.
func isEmailID(text string, id store.BlobID) bool {
	var name [33]byte
	name[0] = 'M'
	hex.Encode(name[1:], id[:16])
	return text == string(name[:])
}

// seconds is an interval of OLDER and YOUNGER, which the grammar keeps below 2^32.
func seconds(n uint64) time.Duration { return time.Duration(n) * time.Second }

// flagNames are the flags of the store by their names in lower case.
var flagNames = map[string]store.Flags{
	`\answered`: store.Answered, `\flagged`: store.Flagged, `\deleted`: store.Deleted, `\seen`: store.Seen, `\draft`: store.Draft,
	"$forwarded": store.Forwarded, "$mdnsent": store.MDNSent,
}

func flagKey(name string) find.Key {
	if f, ok := flagNames[strings.ToLower(name)]; ok {
		return find.Key{Op: find.Flag, Flags: f}
	}
	return find.Key{Op: find.Keyword, Text: name}
}
