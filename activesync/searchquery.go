package activesync

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/mail/kql"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// itemClasses are the classes that a query may name, in lower case. Mailboxes hold mail.
var itemClasses = []string{"email", "sms", "calendar", "contacts", "tasks", "notes"}

// A mailQuery reads the query of a search in the mailbox.
type mailQuery struct {
	account store.AccountID
	version Version
	now     time.Time // where days begin as the server's do

	mailSearch
	keys         []find.Key
	class, email bool // a class is named; that of mail is
	conversation bool // ConversationId is there
}

// read reads a query and returns the status that says what is wrong with it. All of its terms stand in one And.
// MS-ASCMD, And, Or, Query (Search).
func (m *mailQuery) read(in *wire.SearchRequest) int {
	terms := in.Terms
	if len(terms) == 0 { // text alone, as in the address list
		terms = []wire.SearchTerm{{Op: wire.SearchFreeText, Value: in.Text}}
	}
	if terms[0].Op == wire.SearchAnd && len(terms) == 1 {
		terms = terms[0].Terms
	}
	if len(terms) == 0 {
		return searchInvalid
	}
	for i := range terms {
		if status := m.term(&terms[i]); status != searchOK {
			return status
		}
	}
	if m.class && !m.email {
		m.keys = append(m.keys, find.None())
	}
	m.key = find.AllOf(m.keys...)
	return searchOK
}

func (m *mailQuery) term(t *wire.SearchTerm) int {
	switch t.Op {
	case wire.SearchAnd, wire.SearchOr:
		return searchComplex
	case wire.SearchFreeText:
		return m.freeText(t.Value)
	case wire.SearchClass:
		name := strings.ToLower(strings.TrimSpace(t.Value))
		if !slices.Contains(itemClasses, name) {
			return searchInvalid
		}
		m.class, m.email = true, m.email || name == "email"
	case wire.SearchCollection:
		m.folders = append(m.folders, strings.TrimSpace(t.Value))
	case wire.SearchConversation:
		return m.inConversation([]byte(t.Value))
	case wire.SearchGreater, wire.SearchLess:
		return m.date(t)
	default: // EqualTo, which is of document libraries, and properties of classes
		return searchInvalid
	}
	return searchOK
}

// freeText adds what a person typed.
func (m *mailQuery) freeText(text string) int {
	k, err := kql.Parse(text, m.now)
	switch {
	case errors.Is(err, kql.ErrComplex):
		return searchComplex
	case err != nil:
		return searchInvalid
	}
	m.keys = append(m.keys, k)
	return searchOK
}

func (m *mailQuery) inConversation(id []byte) int {
	if m.version < V140 {
		return searchInvalid
	}
	m.conversation = true
	k := find.None() // no id of ours: nothing has it
	if thread, ok := parseConversationID(m.account, id); ok {
		k = find.Key{Op: find.Thread, Thread: thread}
	}
	m.keys = append(m.keys, k)
	return searchOK
}

// date adds a bound of the time of arrival, which is outside of it.
func (m *mailQuery) date(t *wire.SearchTerm) int {
	at, ok := wire.ParseTime(t.Value)
	if !ok || t.Tag != wbxml.EmailDateReceived {
		return searchInvalid
	}
	beyond := find.Key{Op: find.Until, Time: at}
	if t.Op == wire.SearchLess {
		beyond = find.Key{Op: find.From, Time: at}
	}
	m.keys = append(m.keys, find.NoneOf(beyond))
	return searchOK
}
