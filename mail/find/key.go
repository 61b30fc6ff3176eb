package find

import (
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// Op is what a key looks at.
type Op uint8

// The operations. The fields of Key that each uses are named beside it.
const (
	All           Op = iota // every message
	And                     // Keys: all of them; none: every message
	Or                      // Keys: one of them at least; none: no message
	Not                     // Keys: not the one
	Fuzzy                   // Keys: the one, by words in any order and their beginnings, and with a score
	UIDs                    // Set
	Flag                    // Flags: one of them at least
	Keyword                 // Text, without regard to case
	ModSeq                  // Number: that of the entry is not below
	Header                  // Field, Text; Text empty: the field is there
	Body                    // Text
	Text                    // Text, in header, body or the names of attachments
	Attachment              // Text, in the name of an attachment
	Before                  // Day: received on an earlier one
	On                      // Day
	Since                   // Day: on it or later
	SentBefore              // Day, compared with that of the Date field in its own zone
	SentOn                  // Day
	SentSince               // Day
	SavedBefore             // Day, compared with that on which the message came into the mailbox
	SavedOn                 // Day
	SavedSince              // Day
	From                    // Time: received then or later
	Until                   // Time: received then or earlier
	Larger                  // Number: of more bytes
	Smaller                 // Number: of less bytes
	HasAttachment           // it has files
	Importance              // Importance
	Thread                  // Thread: the conversation
	Item                    // Item: what it says of the message
)

// Key is a condition on messages, or several joined. The zero Key is met by every message.
type Key struct {
	Op         Op
	Keys       []Key
	Set        uidset.Set
	Flags      store.Flags
	Field      string // name of a header field in upper case
	Text       string
	Day        Day
	Time       time.Time
	Number     uint64
	Importance mail.Importance
	Thread     store.ThreadID
	// Item tells by what the store's columns know: it is called with the item without its summary.
	Item func(*store.Item) bool
}

// AllOf is met by what meets all keys.
func AllOf(keys ...Key) Key { return joined(And, keys) }

// AnyOf is met by what meets one of the keys at least.
func AnyOf(keys ...Key) Key { return joined(Or, keys) }

func joined(op Op, keys []Key) Key {
	if len(keys) == 1 {
		return keys[0]
	}
	return Key{Op: op, Keys: keys}
}

// NoneOf is met by what does not meet the key.
func NoneOf(k Key) Key { return Key{Op: Not, Keys: []Key{k}} }

// None is met by no message.
func None() Key { return Key{Op: UIDs} }

// InField looks for a text in a header field, named in upper case.
func InField(field, text string) Key { return Key{Op: Header, Field: field, Text: text} }

// Participant looks for a text in the addresses of a message: of who sent it and of all who got it.
func Participant(text string) Key {
	return AnyOf(InField("FROM", text), InField("TO", text), InField("CC", text), InField("BCC", text))
}

// Day is a day without a time and a zone.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// DayOf is the day of a moment, in the moment's own zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day{Year: y, Month: m, Day: d}
}

// Before reports whether d is an earlier day than e.
func (d Day) Before(e Day) bool {
	switch {
	case d.Year != e.Year:
		return d.Year < e.Year
	case d.Month != e.Month:
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// Plus is the day some days later, or earlier.
func (d Day) Plus(days int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Day+days, 0, 0, 0, 0, time.UTC))
}

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}
