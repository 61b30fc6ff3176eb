package imap

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// selected is the mailbox that a session has selected, as its client has been told of it.
type selected struct {
	name     string
	owner    store.AccountID
	c        store.CollectionID
	validity uint32
	box      *box
	readOnly bool // EXAMINE, or no right to change anything
	rights   store.Rights

	seen     *uidmap.Map             // the messages that the client has been told of and not yet told that they are gone
	gone     wire.Set                // of these, those that are gone
	stale    wire.Set                // of these, those whose flags are still to be told
	at       store.Place             // of the journal, up to which all that was told
	marked   map[uint32]store.ModSeq // what this session itself changed, and when: it is not told twice
	recent   wire.Set                // UIDs that are \Recent here
	saved    wire.Set                // UIDs that SEARCH saved, RFC 9051 section 6.4.4.1
	contexts []*searchContext        // searches that are kept up to date
	told     []string                // keywords that FLAGS listed, in lower case
	highest  store.ModSeq            // HIGHESTMODSEQ as told
	shown    store.ModSeq            // the largest that the client saw at a message: a snapshot can be ahead of the counter of the store
}

// mailbox is the selected one as far as rights ask for it.
func (sel *selected) mailbox() *mailbox {
	return &mailbox{name: sel.name, owner: sel.owner, c: store.Collection{ID: sel.c}}
}

// look runs fn on a snapshot of the selected mailbox, if the session may read it still.
func (s *session) look(ctx context.Context, fn func(store.Reader) error) error {
	m := s.sel.mailbox()
	return s.server.o.Store.View(ctx, m.owner, func(r store.Reader) error {
		if err := s.allowed(r, m, store.MayRead); err != nil {
			return err
		}
		return fn(r)
	})
}

func selectMailbox(s *session, c wire.Command) reply { return s.open(c, false) }
func examine(s *session, c wire.Command) reply       { return s.open(c, true) }

// open is SELECT and EXAMINE, RFC 9051 sections 6.3.2 and 6.3.3.
func (s *session) open(_ wire.Command, readOnly bool) reply {
	a, err := s.r.Select()
	if err != nil {
		return malformed(err)
	}
	if a.QResync != nil && !s.enabled.qresync {
		return bad("enable QRESYNC first")
	}
	if s.sel != nil {
		s.deselect()
		s.w.Status("", wire.OK, "CLOSED", "the mailbox before is closed") // RFC 7162 section 3.2.11, RFC 9051 section 7.1
	}
	if a.CondStore {
		s.enabled.condstore = true
	}
	sel, c, err := s.enterMailbox(a.Mailbox, readOnly)
	if err != nil {
		return s.failed("select", err)
	}
	s.sel = sel
	s.follow()
	s.describe(c, a.Mailbox)
	if a.QResync != nil && a.QResync.UIDValidity == sel.validity {
		if err := s.resync(a.QResync); err != nil {
			return s.failed("resync", err)
		}
	}
	if sel.readOnly {
		return okCode("READ-ONLY", "you may look")
	}
	return okCode("READ-WRITE", "welcome")
}

// enterMailbox reads a mailbox as it is now.
func (s *session) enterMailbox(name string, readOnly bool) (*selected, store.Collection, error) {
	m, err := s.find(name, store.MayRead)
	if err != nil {
		return nil, store.Collection{}, err
	}
	sel := &selected{name: m.name, owner: m.owner, c: m.c.ID, box: s.server.boxes.hold(m.c.ID), marked: map[uint32]store.ModSeq{}}
	var c store.Collection
	err = s.fresh(s.ctx, m.owner, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		if c, err = r.Collection(m.c.ID); err != nil {
			return err
		}
		if sel.rights, err = s.rightsOn(r, m.owner, c.ID); err != nil {
			return err
		}
		if sel.rights&store.MayRead == 0 {
			return errDenied
		}
		sel.at, sel.highest = store.After(a.ModSeq), c.Changed
		sel.seen, err = sel.box.load(r, c, a.ModSeq)
		return err
	})
	if err != nil {
		s.server.boxes.drop(sel.box)
		return nil, store.Collection{}, fmt.Errorf("open mailbox: %w", err)
	}
	changing := store.MayKeepSeen | store.MayWrite | store.MayInsert | store.MayDelete | store.MayExpunge
	sel.validity, sel.readOnly = c.UIDValidity, readOnly || sel.rights&changing == 0
	above := sel.box.recentAbove(c.UIDNext, !sel.readOnly)
	sel.recent = sel.seen.UIDs().Clip(above+1, uint32(store.MaxUID))
	return sel, c, nil
}

// describe tells of the mailbox just selected under a name, RFC 9051 section 6.3.2.
func (s *session) describe(c store.Collection, given string) {
	sel := s.sel
	keywords := sel.box.known()
	s.tellFlags(keywords)
	s.w.Count(sel.seen.Len(), "EXISTS")
	if !s.enabled.rev2 {
		s.w.Count(uint32(sel.recent.Len()), "RECENT")
	}
	if s.enabled.rev2 {
		if given == sel.name {
			given = ""
		}
		s.putList(&mailbox{name: sel.name}, "", given)
	}
	s.w.Status("", wire.OK, s.permanentFlags(keywords), "what can be kept")
	s.w.Status("", wire.OK, wire.CodeNumber("UIDVALIDITY", uint64(c.UIDValidity)), "UIDs are valid")
	s.w.Status("", wire.OK, wire.CodeNumber("UIDNEXT", uint64(c.UIDNext)), "the next UID, or one below it")
	s.w.Status("", wire.OK, wire.CodeNumber("HIGHESTMODSEQ", uint64(modSeq(c.Changed))), "the last change")
	if s.offers("OBJECTID") {
		s.w.Status("", wire.OK, "MAILBOXID ("+mailboxID(c.ID)+")", "its name that stays")
	}
}

// mailboxID is a mailbox's name that stays when it is renamed, RFC 8474 section 4.
func mailboxID(c store.CollectionID) string { return "F" + strconv.FormatInt(int64(c), 10) }

// modSeq is a modseq as it may be told: 0 is none, RFC 7162 section 3.1.2.
func modSeq(n store.ModSeq) store.ModSeq { return max(n, 1) }

// tellFlags writes FLAGS and remembers what it listed.
func (s *session) tellFlags(keywords []string) {
	s.w.Raw("* FLAGS ")
	s.w.Flags(markNames(store.AllFlags, keywords))
	s.w.CRLF()
	s.sel.told = keywords
}

// permanentFlags is the code of the flags that this session may change for good.
func (s *session) permanentFlags(keywords []string) string {
	if s.sel.readOnly {
		return wire.CodePermanentFlags(nil, false)
	}
	flags, any := changeable(s.sel.rights)
	if !any {
		return wire.CodePermanentFlags(plainNames(flags), false)
	}
	return wire.CodePermanentFlags(markNames(flags, keywords), true)
}

func plainNames(flags store.Flags) (names []string) {
	for i := range marks {
		if flags&marks[i].flag != 0 {
			names = append(names, marks[i].name)
		}
	}
	return names
}

// meet tells the client of keywords that it has not heard of, before it sees them at a message.
func (s *session) meet(keywords []string) {
	fresh := keywords[:0:0]
	for _, k := range keywords {
		if _, known := slices.BinarySearchFunc(s.sel.told, k, compareFold); !known && isKeyword(k) {
			fresh = append(fresh, k)
		}
	}
	if len(fresh) == 0 || len(s.sel.told) >= maxKeywords {
		return
	}
	s.sel.box.learn(fresh)
	all := s.sel.box.known()
	s.tellFlags(all)
	s.w.Status("", wire.OK, s.permanentFlags(all), "a new keyword")
}

// deselect leaves the mailbox, if one is selected.
func (s *session) deselect() {
	if s.sel == nil {
		return
	}
	s.server.boxes.drop(s.sel.box)
	s.sel = nil
	s.leftMailbox()
}

func unselect(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	s.deselect()
	return ok("unselected")
}

// closeMailbox is CLOSE, RFC 9051 section 6.4.1: what is \Deleted goes without a word.
func closeMailbox(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	if sel := s.sel; !sel.readOnly && sel.rights&store.MayExpunge != 0 {
		if err := s.expungeDeleted(sel.seen.UIDs()); err != nil {
			return s.failed("expunge", err)
		}
	}
	s.deselect()
	return ok("closed")
}

// names of messages

// resolve turns the set of a command into UIDs of messages that the client knows: sequence numbers, or UIDs with byUID.
// ok is false when a sequence number is none, which is BAD (RFC 9051 section 9, seq-number).
func (s *session) resolve(set wire.SeqSet, byUID bool) (uids wire.Set, ok bool) {
	sel := s.sel
	switch {
	case set.Saved:
		return sel.seen.OfUIDs(sel.saved), true
	case byUID:
		return sel.seen.OfUIDs(set.Resolve(sel.seen.Max())), true
	case set.Max() > sel.seen.Len(), set.HasStar() && sel.seen.Len() == 0:
		return nil, false
	}
	return sel.seen.OfSeqs(set.Resolve(sel.seen.Len())), true
}

// named is resolve for a command; its reply says what is wrong.
func (s *session) named(set wire.SeqSet, byUID bool) (wire.Set, reply) {
	if !byUID && s.enabled.uidOnly {
		return nil, reply{kind: wire.BAD, code: "UIDREQUIRED", text: "only UIDs are used in this session"}
	}
	uids, ok := s.resolve(set, byUID)
	if !ok {
		return nil, bad("there is no message of that number")
	}
	return uids, reply{kind: wire.OK}
}

// number is what a response names a message by: its sequence number, or its UID (RFC 9586).
func (s *session) number(uid uint32) uint32 {
	if s.enabled.uidOnly {
		return uid
	}
	return s.sel.seen.Seq(uid)
}
