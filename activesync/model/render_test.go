package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// options are what a device has said of a folder's items.
type options struct {
	filter   int
	wins     int  // Conflict; -1: not said
	mime     bool // MIMESupport 2 and a preference for it
	limit    int  // bytes of the body; whole: none; unasked: no preference at all
	truncate int  // 2.5: Truncation or MIMETruncation; -1: not said
}

const (
	whole   = -1
	unasked = -2
)

// defaultBody is how much text a device gets that asked for none; the limit is the server's own choice.
const defaultBody = 32 << 10

// The limits that 2.5 can name. MS-ASCMD, Truncation, MIMETruncation.
var (
	textLimits = []int{0, 512, 1024, 2048, 5120, 10240, 20480, 51200, 102400, whole}
	mimeLimits = []int{0, 4096, 5120, 7168, 10240, 20480, 51200, 102400, whole}
)

// element writes Options.
func (o options) element(v activesync.Version, class store.Class) *node {
	n := el("AirSync:Options")
	if len(objectFilters[class]) != 1 {
		n.add(leaf("AirSync:FilterType", o.filter))
	}
	if o.wins >= 0 {
		n.add(leaf("AirSync:Conflict", o.wins))
	}
	if o.mime {
		n.add(leaf("AirSync:MIMESupport", 2))
	}
	if v < activesync.V120 {
		if o.truncate >= 0 && o.mime {
			n.add(leaf("AirSync:MIMETruncation", o.truncate))
		} else if o.truncate >= 0 {
			n.add(leaf("AirSync:Truncation", o.truncate))
		}
		return n
	}
	if o.limit == unasked {
		return n
	}
	kind := 1
	if o.mime {
		kind = 4
	}
	p := el("AirSyncBase:BodyPreference", leaf("AirSyncBase:Type", kind))
	if o.limit != whole {
		p.add(leaf("AirSyncBase:TruncationSize", o.limit))
	}
	return n.add(p)
}

// kept is how many bytes of a body the device wants; all: of an item that it fetches.
func (o options) kept(v activesync.Version, all bool) int {
	switch {
	case all:
		return whole
	case v < activesync.V120 && o.truncate < 0:
		return whole
	case v < activesync.V120 && o.mime:
		return mimeLimits[o.truncate]
	case v < activesync.V120:
		return textLimits[o.truncate]
	case o.limit == unasked:
		return defaultBody
	}
	return o.limit
}

// cut cuts text between characters.
func cut(s string, limit int) (string, bool) {
	if limit < 0 || len(s) <= limit {
		return s, false
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit], true
}

// stamp writes a point in time.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// email is what ApplicationData holds of a message at version v.
func (w *world) email(v activesync.Version, o options, r store.Record, all bool) ([]*node, error) {
	m, err := w.message(r.Item.Blob)
	if err != nil {
		return nil, err
	}
	draft := r.Item.Flags&store.Draft != 0
	received := r.Item.Received
	if draft && !m.date.IsZero() {
		received = m.date
	}
	list := el("",
		given("Email:To", addresses(m.to)), given("Email:Cc", addresses(m.cc)), given("Email:From", addresses(m.from)),
		given("Email:ReplyTo", strings.ReplaceAll(addresses(m.rep), ", ", "; ")), given("Email:Subject", m.subject),
		leaf("Email:DateReceived", stamp(received)), given("Email:DisplayTo", names(m.to)), given("Email:ThreadTopic", m.topic()),
		leaf("Email:Importance", 1), readMark(r.Item))
	list.add(m.attachments(v, r.Item.ID)).add(m.body(v, o, all)...)
	list.add(leaf("Email:MessageClass", "IPM.Note"), leaf("Email:InternetCPID", 65001))
	if v >= activesync.V120 {
		list.add(flagMark(r.Item), leaf("Email:ContentClass", "urn:content-classes:message"), leaf("AirSyncBase:NativeBodyType", 1))
	}
	if v >= activesync.V140 {
		list.add(
			&node{name: "Email2:ConversationId", learn: fmt.Sprint("thread ", r.Item.Thread)},
			&node{name: "Email2:ConversationIndex", learn: fmt.Sprint("index ", r.Item.ID, r.Item.Blob)})
		if r.Item.Flags&(store.Answered|store.Forwarded) != 0 {
			list.add(verbMarks(r.Item)...)
		}
		list.add(categoryMark(r.Item))
	}
	if v >= activesync.V160 {
		list.add(given("Email2:Bcc", addresses(m.bcc)))
		if draft {
			list.add(leaf("Email2:IsDraft", 1))
		}
	}
	return list.kids, nil
}

// body writes the body in the way of the version.
func (m *message) body(v activesync.Version, o options, all bool) []*node {
	text := m.text
	if o.mime {
		text = string(m.raw)
	}
	data, short := cut(text, o.kept(v, all))
	if short && !o.mime {
		data = strings.TrimSuffix(data, "\r") // the end of a line is not cut
	}
	if v >= activesync.V120 {
		b := el("AirSyncBase:Body", leaf("AirSyncBase:Type", map[bool]int{false: 1, true: 4}[o.mime]), leaf("AirSyncBase:EstimatedDataSize", len(text)))
		if short {
			b.add(leaf("AirSyncBase:Truncated", 1))
		}
		return []*node{b.add(leaf("AirSyncBase:Data", data))}
	}
	is := map[bool]int{true: 1}[short]
	if o.mime {
		return []*node{leaf("Email:MIMETruncated", is), leaf("Email:MIMESize", len(text)), leaf("Email:MIMEData", data)}
	}
	return []*node{leaf("Email:BodySize", len(text)), leaf("Email:BodyTruncated", is), leaf("Email:Body", data)}
}

// attachments lists the files, nil if there are none.
func (m *message) attachments(v activesync.Version, item store.ItemID) *node {
	if len(m.files) == 0 {
		return nil
	}
	prefix := "AirSyncBase:"
	if v < activesync.V120 {
		prefix = "Email:"
	}
	list := el(prefix + "Attachments")
	for _, f := range m.files {
		a := el(prefix + "Attachment")
		if v < activesync.V120 {
			a.add(leaf("Email:AttMethod", 1), leaf("Email:AttSize", len(f.data)), leaf("Email:DisplayName", f.name), leaf("Email:AttName", reference(item, f)))
		} else {
			a.add(leaf("AirSyncBase:DisplayName", f.name), leaf("AirSyncBase:FileReference", reference(item, f)),
				leaf("AirSyncBase:Method", 1), leaf("AirSyncBase:EstimatedDataSize", len(f.data)))
		}
		list.add(a)
	}
	return list
}

// reference names a file.
func reference(item store.ItemID, f file) string { return fmt.Sprintf("i%d:%s", item, f.part) }

// marks writes those of a message's marks that belong to facets.
func marks(i store.Item, f store.Facets) (list []*node) {
	if f&store.ReadFlag != 0 {
		list = append(list, readMark(i))
	}
	if f&store.FollowUp != 0 {
		list = append(list, flagMark(i))
	}
	if f&store.Verb != 0 {
		list = append(list, verbMarks(i)...)
	}
	if f&store.Labels != 0 {
		list = append(list, categoryMark(i))
	}
	return list
}

func readMark(i store.Item) *node {
	if i.Flags&store.Seen != 0 {
		return leaf("Email:Read", 1)
	}
	return leaf("Email:Read", 0)
}

func verbMarks(i store.Item) []*node {
	verb := 0
	switch answered, forwarded := i.Flags&store.Answered != 0, i.Flags&store.Forwarded != 0; {
	case forwarded && (!answered || slices.Contains(i.Keywords, "$GannetForwardedLast")):
		verb = 3
	case answered && slices.Contains(i.Keywords, "$GannetRepliedToAll"):
		verb = 2
	case answered:
		verb = 1
	}
	list := []*node{leaf("Email2:LastVerbExecuted", verb)}
	if !i.VerbTime.IsZero() {
		list = append(list, leaf("Email2:LastVerbExecutionTime", stamp(i.VerbTime)))
	}
	return list
}

func categoryMark(i store.Item) *node {
	n := el("Email:Categories")
	for _, k := range categories(i) {
		n.add(leaf("Email:Category", k))
	}
	return n
}

// categories are the keywords that people gave: those of programs begin with $.
func categories(i store.Item) []string {
	return slices.DeleteFunc(slices.Clone(i.Keywords), func(k string) bool { return strings.HasPrefix(k, "$") })
}

// flagMark writes the flag; one that is not set is an empty element.
func flagMark(i store.Item) *node {
	n := el("Email:Flag")
	f := i.Follow
	if i.Flags&store.Flagged == 0 && (f == nil || !f.Complete) {
		return n
	}
	if f == nil {
		f = &store.Follow{}
	}
	status, kind := 2, f.Type
	if f.Complete {
		status = 1
	}
	if kind == "" {
		kind = "Flag for follow up"
	}
	n.add(given("Tasks:Subject", f.Subject), leaf("Email:Status", status), leaf("Email:FlagType", kind),
		date("Tasks:DateCompleted", f.DateCompleted), date("Email:CompleteTime", f.CompleteTime),
		date("Tasks:StartDate", f.StartDate), date("Tasks:DueDate", f.DueDate),
		date("Tasks:UtcStartDate", f.UTCStartDate), date("Tasks:UtcDueDate", f.UTCDueDate))
	if f.ReminderSet {
		n.add(leaf("Tasks:ReminderSet", 1), date("Tasks:ReminderTime", f.ReminderTime))
	}
	return n
}

func date(name string, t time.Time) *node {
	if t.IsZero() {
		return nil
	}
	return leaf(name, stamp(t))
}

// unquote is the text of a value.
func unquote(value string) string {
	s, err := strconv.Unquote(value)
	if err != nil {
		return value
	}
	return s
}
