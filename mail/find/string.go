package find

import (
	"fmt"
	"strings"
	"time"
)

// opNames are the operations as [Key.String] writes them.
var opNames = map[Op]string{
	All: "all", And: "and", Or: "or", Not: "not", Fuzzy: "fuzzy", UIDs: "uid", Flag: "flag", Keyword: "keyword", ModSeq: "modseq",
	Header: "header", Body: "body", Text: "text", Attachment: "attachment", Before: "before", On: "on", Since: "since",
	SentBefore: "sentbefore", SentOn: "senton", SentSince: "sentsince", SavedBefore: "savedbefore", SavedOn: "savedon",
	SavedSince: "savedsince", From: "from", Until: "until", Larger: "larger", Smaller: "smaller",
	HasAttachment: "hasattachment", Importance: "importance", Thread: "thread", Item: "item",
}

// String writes a key for logs and tests: and(subject "lunch", not(flag 1)).
func (k Key) String() string {
	name := opNames[k.Op]
	switch k.Op {
	case And, Or, Not, Fuzzy:
		parts := make([]string, len(k.Keys))
		for i := range k.Keys {
			parts[i] = k.Keys[i].String()
		}
		return name + "(" + strings.Join(parts, ", ") + ")"
	case UIDs:
		return name + " " + k.Set.String()
	case Flag:
		return fmt.Sprintf("%s %d", name, k.Flags)
	case Header:
		return fmt.Sprintf("%s %q", strings.ToLower(k.Field), k.Text)
	case Keyword, Body, Text, Attachment:
		return fmt.Sprintf("%s %q", name, k.Text)
	case Before, On, Since, SentBefore, SentOn, SentSince, SavedBefore, SavedOn, SavedSince:
		return fmt.Sprintf("%s %04d-%02d-%02d", name, k.Day.Year, int(k.Day.Month), k.Day.Day)
	case From, Until:
		return name + " " + k.Time.UTC().Format(time.RFC3339Nano)
	case ModSeq, Larger, Smaller:
		return fmt.Sprintf("%s %d", name, k.Number)
	case Importance:
		return fmt.Sprintf("%s %d", name, k.Importance)
	case Thread:
		return fmt.Sprintf("%s %d", name, k.Thread)
	}
	return name
}
