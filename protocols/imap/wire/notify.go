package wire

import "slices"

// Filter names mailboxes, RFC 5465 section 6 and RFC 7377 section 2.2.
type Filter struct {
	Kind      FilterKind
	Mailboxes []string // of Subtree, SubtreeOne and Mailboxes
}

// FilterKind is a kind of Filter.
type FilterKind uint8

// The filters.
const (
	FilterSelected        FilterKind = iota + 1
	FilterSelectedDelayed            // of NOTIFY only
	FilterInboxes
	FilterPersonal
	FilterSubscribed
	FilterSubtree
	FilterSubtreeOne // of ESEARCH only
	FilterMailboxes
)

var filterNames = map[string]FilterKind{
	"SELECTED": FilterSelected, "SELECTED-DELAYED": FilterSelectedDelayed, "INBOXES": FilterInboxes,
	"PERSONAL": FilterPersonal, "SUBSCRIBED": FilterSubscribed, "SUBTREE": FilterSubtree,
	"SUBTREE-ONE": FilterSubtreeOne, "MAILBOXES": FilterMailboxes,
}

func (r *Reader) filter(refused FilterKind) Filter {
	f := Filter{Kind: filterNames[r.word()]}
	if f.Kind == 0 || f.Kind == refused {
		r.fail("an unknown filter of mailboxes")
	}
	if f.Kind < FilterSubtree {
		return f
	}
	r.Space()
	if r.peek() == '(' {
		r.list(false, func() { f.Mailboxes = append(f.Mailboxes, r.Mailbox()) })
		return f
	}
	f.Mailboxes = []string{r.Mailbox()}
	return f
}

// Event is an event of NOTIFY, RFC 5465 section 5.
type Event uint8

// The events.
const (
	MessageNew Event = iota + 1
	MessageExpunge
	FlagChange
	AnnotationChange
	MailboxName
	SubscriptionChange
	MailboxMetadataChange
	ServerMetadataChange
)

var eventNames = map[string]Event{
	"MESSAGENEW": MessageNew, "MESSAGEEXPUNGE": MessageExpunge, "FLAGCHANGE": FlagChange,
	"ANNOTATIONCHANGE": AnnotationChange, "MAILBOXNAME": MailboxName, "SUBSCRIPTIONCHANGE": SubscriptionChange,
	"MAILBOXMETADATACHANGE": MailboxMetadataChange, "SERVERMETADATACHANGE": ServerMetadataChange,
}

// EventGroup is what to tell of some mailboxes.
type EventGroup struct {
	Filter Filter
	Events []Event     // empty: NONE
	New    []FetchItem // what to fetch of a new message
}

// Notify is the arguments of NOTIFY; without groups it is NOTIFY NONE.
type Notify struct {
	Status bool
	Groups []EventGroup
}

// Notify reads the arguments of NOTIFY and the end of the command.
func (r *Reader) Notify() (Notify, error) {
	var n Notify
	r.Space()
	switch r.word() {
	case "NONE":
		return n, r.End()
	case "SET":
	default:
		r.fail("expected SET or NONE")
	}
	r.Space()
	if r.peek() != '(' {
		if r.word() != "STATUS" {
			r.fail("expected STATUS or an event group")
		}
		n.Status = true
		r.Space()
	}
	n.Groups = append(n.Groups, r.eventGroup())
	for r.More() {
		n.Groups = append(n.Groups, r.eventGroup())
	}
	return n, r.End()
}

func (r *Reader) eventGroup() EventGroup {
	var g EventGroup
	r.expect('(', "an event group")
	g.Filter = r.filter(FilterSubtreeOne)
	r.Space()
	if r.peek() == '(' {
		r.list(false, func() { r.event(&g) })
	} else if r.word() != "NONE" {
		r.fail("expected events or NONE")
	}
	r.expect(')', "a closing parenthesis")
	has := func(e Event) bool { return slices.Contains(g.Events, e) }
	if has(MessageNew) != has(MessageExpunge) || has(FlagChange) && !has(MessageNew) {
		r.fail("MessageNew and MessageExpunge, which go together") // RFC 5465 section 5
	}
	return g
}

func (r *Reader) event(g *EventGroup) {
	e := eventNames[r.word()]
	if e == 0 {
		r.fail("an unknown event")
		return
	}
	g.Events = append(g.Events, e)
	if e == MessageNew && r.parenthesisFollows() {
		r.Space()
		g.New = r.FetchItems()
	}
}

// MultiSearch is the arguments of ESEARCH, RFC 7377.
type MultiSearch struct {
	In []Filter // empty: the selected mailbox
	Search
}

// MultiSearch reads the arguments of ESEARCH and the end of the command. Scope options are refused, none being defined.
func (r *Reader) MultiSearch() (MultiSearch, error) {
	var m MultiSearch
	r.Space()
	name, given := r.searchWord()
	if given && name == "IN" {
		r.Space()
		r.list(false, func() { m.In = append(m.In, r.filter(FilterSelectedDelayed)) })
		r.Space()
		name, given = r.searchWord()
	}
	r.searchArguments(&m.Search, name, given)
	return m, r.End()
}
