package imap

import (
	"crypto/sha256"
	"slices"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// notifyCommands is NOTIFY, RFC 5465.
var notifyCommands = map[string]command{
	"NOTIFY": {run: notify, in: inside, of: "NOTIFY"},
}

// subscriptions is what NOTIFY asked for: the session tells of it whenever no command is being carried out.
type subscriptions struct {
	groups   []wire.EventGroup               // in the order given: the first that names a mailbox decides
	known    map[store.CollectionID]*mailbox // the tree as the client was last told
	notes    map[store.CollectionID]annotations
	watchers map[store.AccountID]*watcher
}

// annotations of a mailbox, by name: of what they say only a hash, to compare.
type annotations map[string][sha256.Size]byte

// notify is NOTIFY, RFC 5465 section 3.
func notify(s *session, _ wire.Command) reply {
	a, err := s.r.Notify()
	if err != nil {
		return malformed(err)
	}
	if r := s.checkGroups(a.Groups); !r.good() {
		return r
	}
	s.stopWatching()
	if len(a.Groups) == 0 {
		return ok("nothing is told unasked")
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("notify", err)
	}
	s.subs = subscriptions{groups: a.Groups, known: byID(t), watchers: make(map[store.AccountID]*watcher)}
	if s.subs.asks(wire.MailboxMetadataChange) || s.subs.asks(wire.ServerMetadataChange) {
		if s.subs.notes, err = s.readNotes(t); err != nil {
			s.subs = subscriptions{}
			return s.failed("notify", err)
		}
	}
	if a.Status {
		for _, m := range t.sorted {
			if g := s.groupOf(m); g != nil && s.countable(m) && hasMessageEvents(g) {
				s.tellStatus(m)
			}
		}
	}
	s.follow()
	return ok("watching")
}

// checkGroups refuses what is not watched here, and what contradicts itself: RFC 5465 sections 5 and 6.
func (s *session) checkGroups(groups []wire.EventGroup) reply {
	selected, named := 0, 0
	for i := range groups {
		g := &groups[i]
		if named += weight(&g.Filter); named > maxNamed {
			return no("LIMIT", "too many mailboxes are named: name what they lie below")
		}
		if slices.Contains(g.Events, wire.AnnotationChange) {
			return reply{kind: wire.NO, text: "there are no annotations of messages", code: "BADEVENT (MessageNew MessageExpunge FlagChange " +
				"MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)"}
		}
		if !ofSelected(g) {
			if len(g.New) > 0 {
				return bad("messages are fetched of the selected mailbox only")
			}
			continue
		}
		if selected++; selected > 1 {
			return bad("SELECTED stands once, or SELECTED-DELAYED")
		}
		for _, e := range g.Events {
			if e != wire.MessageNew && e != wire.MessageExpunge && e != wire.FlagChange {
				return bad("SELECTED is for events of messages")
			}
		}
		if r := s.supported(g.New); !r.good() {
			return r
		}
	}
	return reply{kind: wire.OK}
}

func ofSelected(g *wire.EventGroup) bool {
	return g.Filter.Kind == wire.FilterSelected || g.Filter.Kind == wire.FilterSelectedDelayed
}

func hasMessageEvents(g *wire.EventGroup) bool {
	return slices.Contains(g.Events, wire.MessageNew) || slices.Contains(g.Events, wire.FlagChange)
}

func (n *subscriptions) asks(e wire.Event) bool {
	return slices.ContainsFunc(n.groups, func(g wire.EventGroup) bool { return slices.Contains(g.Events, e) })
}

// selectedGroup is what was asked of the selected mailbox; nil: nothing.
func (n *subscriptions) selectedGroup() *wire.EventGroup {
	for i := range n.groups {
		if ofSelected(&n.groups[i]) {
			return &n.groups[i]
		}
	}
	return nil
}

// groupOf is the first group that names a mailbox; nil when none does.
func (s *session) groupOf(m *mailbox) *wire.EventGroup {
	for i := range s.subs.groups {
		if g := &s.subs.groups[i]; !ofSelected(g) && s.matches(&g.Filter, m) {
			return g
		}
	}
	return nil
}

// countable reports whether events of the mailbox's messages are told by STATUS: it may be read, and is not the selected
// one.
func (s *session) countable(m *mailbox) bool {
	return m.selectable() && !m.hidden() && m.rights&store.MayRead != 0 && (s.sel == nil || s.sel.c != m.c.ID)
}

func byID(t *tree) map[store.CollectionID]*mailbox {
	known := make(map[store.CollectionID]*mailbox, len(t.sorted))
	for _, m := range t.sorted {
		if m.selectable() && !m.hidden() {
			known[m.c.ID] = m
		}
	}
	return known
}

// notifies reports whether NOTIFY watches the selected mailbox already.
func (s *session) notifies() bool { return len(s.subs.groups) > 0 }

// stopWatching ends what NOTIFY began. The session is locked; what a watcher is about to push it won't.
func (s *session) stopWatching() {
	for _, w := range s.subs.watchers {
		w.cancel()
	}
	s.subs = subscriptions{}
}

// follow watches the accounts that have something to tell: the session's own and those whose mailboxes are asked for.
func (s *session) follow() {
	if !s.notifies() {
		return
	}
	wanted := map[store.AccountID]bool{s.acct.ID: true}
	for _, m := range s.subs.known {
		if s.groupOf(m) != nil {
			wanted[m.owner] = true
		}
	}
	if s.sel != nil && s.subs.selectedGroup() != nil {
		wanted[s.sel.owner] = true
	}
	for acct, w := range s.subs.watchers {
		if !wanted[acct] {
			w.cancel()
			delete(s.subs.watchers, acct)
		}
	}
	for acct := range wanted {
		if s.subs.watchers[acct] == nil {
			s.subs.watchers[acct] = s.watch(acct, 0, s.tellEvents)
		}
	}
}

// leftMailbox tells NOTIFY and the contexts of SEARCH that the selected mailbox is left.
func (s *session) leftMailbox() { s.follow() }

// tellEvents tells what happened since the client was last told. It is pushed by the watchers.
func (s *session) tellEvents() error {
	if s.sel != nil {
		if g := s.subs.selectedGroup(); g != nil && len(g.Events) > 0 {
			how := telling{
				holdGone:  g.Filter.Kind == wire.FilterSelectedDelayed,
				holdMarks: !slices.Contains(g.Events, wire.FlagChange), fetch: g.New,
			}
			if err := s.syncAs(how); err != nil {
				return err
			}
		}
	}
	if s.subs.selectedGroup() != nil && len(s.subs.groups) == 1 {
		return nil
	}
	t, err := s.tree()
	if err != nil {
		return err
	}
	was := s.subs.known
	s.subs.known = byID(t)
	for _, m := range t.sorted {
		if s.subs.known[m.c.ID] != nil {
			s.compare(was[m.c.ID], m)
		}
	}
	for id, m := range was {
		if s.subs.known[id] == nil {
			s.tellName(m, `\NonExistent`, "")
		}
	}
	if err := s.tellNotes(t); err != nil {
		return err
	}
	s.follow()
	return nil
}

// compare tells what became of one mailbox.
func (s *session) compare(was, is *mailbox) {
	switch {
	case was == nil:
		s.tellName(is, "", "")
		return
	case was.name != is.name:
		s.tellName(is, "", was.name)
	}
	g := s.groupOf(is)
	if g == nil {
		return
	}
	if was.subscribed != is.subscribed && slices.Contains(g.Events, wire.SubscriptionChange) {
		s.putList(is, "", "")
	}
	if was.c.Changed == is.c.Changed || !s.countable(is) {
		return
	}
	came := int64(is.c.UIDNext) - int64(was.c.UIDNext)
	if event := messageEvent(came, is.c.Total-was.c.Total); slices.Contains(g.Events, event) {
		s.tellStatus(is)
	}
}

// messageEvent is the event of a mailbox to which messages came and whose count grew by grown.
func messageEvent(came, grown int64) wire.Event {
	switch {
	case came > 0:
		return wire.MessageNew
	case grown < 0:
		return wire.MessageExpunge
	}
	return wire.FlagChange
}

// tellName tells that a mailbox is new, renamed or gone, RFC 5465 section 5.4.
func (s *session) tellName(m *mailbox, attribute, oldName string) {
	if g := s.groupOf(m); g == nil || !slices.Contains(g.Events, wire.MailboxName) {
		return
	}
	s.putList(m, attribute, oldName)
}

// putList writes the LIST line of an event.
func (s *session) putList(m *mailbox, attribute, oldName string) {
	s.w.Raw("* LIST (")
	s.w.Raw(attribute)
	if m.subscribed && attribute == "" {
		s.w.Raw(`\Subscribed`)
	}
	s.w.Raw(`) "/" `)
	s.w.Mailbox(m.name)
	if oldName != "" {
		s.w.Raw(` ("OLDNAME" (`)
		s.w.Mailbox(oldName)
		s.w.Raw("))")
	}
	s.w.CRLF()
}

// tellStatus writes the STATUS of an event.
func (s *session) tellStatus(m *mailbox) {
	s.w.Raw("* STATUS ")
	s.w.Mailbox(m.name)
	for _, n := range []struct {
		name  string
		value uint64
	}{
		{" (MESSAGES ", uint64(m.c.Total)}, {" UIDNEXT ", uint64(m.c.UIDNext)}, {" UIDVALIDITY ", uint64(m.c.UIDValidity)},
		{" UNSEEN ", uint64(m.c.Unread)},
	} {
		s.w.Raw(n.name)
		s.w.Number(n.value)
	}
	if s.enabled.condstore {
		s.w.Raw(" HIGHESTMODSEQ ")
		s.w.Number(uint64(modSeq(m.c.Changed)))
	}
	s.w.Raw(")\r\n")
}
