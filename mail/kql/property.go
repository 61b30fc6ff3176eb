package kql

import (
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/store"
)

// property is one that a query may restrict.
type property struct {
	name     string // by which its values are taken together
	kind     valueKind
	restrict func(p *parser, op operator, value string) (find.Key, bool) // false: no such value
}

// valueKind is what the values of a property are.
type valueKind uint8

const (
	textValue valueKind = iota
	wordValue           // one of a list
	dateValue
	sizeValue
)

// alternatives reports whether several values in a row are alternatives.
func (p *property) alternatives() bool { return p.kind == textValue || p.kind == wordValue }

// properties are the properties by all their names in lower case.
var properties = named(map[string]property{
	"from sender author":             {kind: textValue, restrict: inField("FROM")},
	"to":                             {kind: textValue, restrict: inField("TO")},
	"cc":                             {kind: textValue, restrict: inField("CC")},
	"bcc":                            {kind: textValue, restrict: inField("BCC")},
	"recipients recipient":           {kind: textValue, restrict: inRecipients},
	"participants participant":       {kind: textValue, restrict: inParticipants},
	"subject title":                  {kind: textValue, restrict: inField("SUBJECT")},
	"body content contents":          {kind: textValue, restrict: inText(find.Body)},
	"attachment attachments":         {kind: textValue, restrict: inText(find.Attachment)},
	"attachmentnames filename":       {kind: textValue, restrict: inText(find.Attachment)},
	"category categories keyword":    {kind: wordValue, restrict: hasCategory},
	"kind type":                      {kind: wordValue, restrict: ofKind},
	"importance priority":            {kind: wordValue, restrict: ofImportance},
	"is":                             {kind: wordValue, restrict: is},
	"has":                            {kind: wordValue, restrict: has},
	"hasattachment hasattachments":   {kind: wordValue, restrict: whether(find.Key{Op: find.HasAttachment})},
	"isread read":                    {kind: wordValue, restrict: whether(find.Key{Op: find.Flag, Flags: store.Seen})},
	"isflagged flagged":              {kind: wordValue, restrict: whether(find.Key{Op: find.Flag, Flags: store.Flagged})},
	"isdraft":                        {kind: wordValue, restrict: whether(find.Key{Op: find.Flag, Flags: store.Draft})},
	"received date receiveddatetime": {kind: dateValue, restrict: received},
	"sent":                           {kind: dateValue, restrict: sent},
	"size messagesize":               {kind: sizeValue, restrict: ofSize},
})

// named gives each name of a property its row; the first is the one that stands for all.
func named(rows map[string]property) map[string]*property {
	all := make(map[string]*property)
	for names, prop := range rows {
		list := strings.Fields(names)
		prop.name = list[0]
		for _, name := range list {
			all[name] = &prop
		}
	}
	return all
}

// equality is the operators of properties that have no order.
func equality(op operator) bool { return op == equal || op == notEqual }

func inField(field string) func(*parser, operator, string) (find.Key, bool) {
	return func(_ *parser, op operator, value string) (find.Key, bool) {
		return find.InField(field, withoutStar(value)), equality(op)
	}
}

func inText(where find.Op) func(*parser, operator, string) (find.Key, bool) {
	return func(_ *parser, op operator, value string) (find.Key, bool) {
		return find.Key{Op: where, Text: withoutStar(value)}, equality(op)
	}
}

// withoutStar leaves out the star behind the beginning of a word: words are found by any part of them.
func withoutStar(value string) string {
	if short := strings.TrimRight(value, "*,;"); short != "" {
		return short
	}
	return value
}

func inRecipients(_ *parser, op operator, value string) (find.Key, bool) {
	value = withoutStar(value)
	return find.AnyOf(find.InField("TO", value), find.InField("CC", value), find.InField("BCC", value)), equality(op)
}

func inParticipants(_ *parser, op operator, value string) (find.Key, bool) {
	return find.Participant(withoutStar(value)), equality(op)
}

func hasCategory(_ *parser, op operator, value string) (find.Key, bool) {
	return find.Key{Op: find.Keyword, Text: value}, equality(op)
}

// kinds are the values of kind: what is mail, and what is something else, of which no mailbox has any.
var kinds = map[string]find.Key{
	"email": {}, "mail": {}, "message": {}, "messages": {},
	"meetings": find.None(), "meeting": find.None(), "contacts": find.None(), "contact": find.None(),
	"tasks": find.None(), "task": find.None(), "notes": find.None(), "note": find.None(), "docs": find.None(),
	"im": find.None(), "voicemail": find.None(), "faxes": find.None(), "journals": find.None(), "posts": find.None(),
	"rssfeeds": find.None(), "externaldata": find.None(),
}

func ofKind(_ *parser, op operator, value string) (find.Key, bool) {
	k, known := kinds[strings.ToLower(value)]
	return k, known && equality(op)
}

var importances = map[string]mail.Importance{
	"high": mail.ImportanceHigh, "normal": mail.ImportanceNormal, "medium": mail.ImportanceNormal, "low": mail.ImportanceLow,
	"2": mail.ImportanceHigh, "1": mail.ImportanceNormal, "0": mail.ImportanceLow,
}

func ofImportance(_ *parser, op operator, value string) (find.Key, bool) {
	i, known := importances[strings.ToLower(value)]
	return find.Key{Op: find.Importance, Importance: i}, known && equality(op)
}

// states are the values of is.
var states = map[string]find.Key{
	"read": flag(store.Seen), "unread": find.NoneOf(flag(store.Seen)),
	"flagged": flag(store.Flagged), "unflagged": find.NoneOf(flag(store.Flagged)),
	"answered": flag(store.Answered), "replied": flag(store.Answered), "forwarded": flag(store.Forwarded), "draft": flag(store.Draft),
	"important": {Op: find.Importance, Importance: mail.ImportanceHigh},
}

func flag(f store.Flags) find.Key { return find.Key{Op: find.Flag, Flags: f} }

func is(_ *parser, op operator, value string) (find.Key, bool) {
	k, known := states[strings.ToLower(value)]
	return k, known && equality(op)
}

func has(_ *parser, op operator, value string) (find.Key, bool) {
	switch strings.ToLower(value) {
	case "attachment", "attachments":
		return find.Key{Op: find.HasAttachment}, equality(op)
	case "flag":
		return flag(store.Flagged), equality(op)
	}
	return find.Key{}, false
}

// whether makes a property of yes and no.
func whether(k find.Key) func(*parser, operator, string) (find.Key, bool) {
	return func(_ *parser, op operator, value string) (find.Key, bool) {
		switch strings.ToLower(value) {
		case "true", "yes", "1":
			return k, equality(op)
		case "false", "no", "0":
			return find.NoneOf(k), equality(op)
		}
		return find.Key{}, false
	}
}

// units are the endings of sizes.
var units = []struct {
	ending string
	bytes  uint64
}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}, {"b", 1}, {"", 1}}

func ofSize(_ *parser, op operator, value string) (find.Key, bool) {
	if first, last, is := strings.Cut(value, ".."); is {
		lo, ok1 := parseSize(first)
		hi, ok2 := parseSize(last)
		return find.AllOf(atLeast(lo), atMost(hi)), ok1 && ok2 && op == equal
	}
	n, ok := parseSize(value)
	switch op {
	case less:
		return find.Key{Op: find.Smaller, Number: n}, ok
	case lessEqual:
		return atMost(n), ok
	case greater:
		return find.Key{Op: find.Larger, Number: n}, ok
	case greaterEqual:
		return atLeast(n), ok
	}
	return find.AllOf(atLeast(n), atMost(n)), ok
}

func atLeast(n uint64) find.Key {
	if n == 0 {
		return find.Key{}
	}
	return find.Key{Op: find.Larger, Number: n - 1}
}

func atMost(n uint64) find.Key { return find.Key{Op: find.Smaller, Number: n + 1} }

// parseSize reads a number of bytes: 300, 20KB, 5MB.
func parseSize(s string) (uint64, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, u := range units {
		digits, ok := strings.CutSuffix(s, u.ending)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 32)
		return n * u.bytes, err == nil
	}
	return 0, false
}
