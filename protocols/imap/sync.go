package imap

import (
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// syncBatch is how many entries of the journal are read in one snapshot; the client is told of them between snapshots.
const syncBatch = 2000

// news is what a piece of the journal says to a client.
type news struct {
	came    runs
	went    runs
	changed []store.Record // flags, in journal order
	marked  runs           // messages whose flags changed, by whomever
	more    bool           // there is more behind it
	end     store.Place
	account store.ModSeq
	c       store.Collection
	removed bool // the mailbox itself is gone
}

// telling is how news are told.
type telling struct {
	holdGone  bool             // no message may be told to be gone now
	holdMarks bool             // flags are told later
	fetch     []wire.FetchItem // of new messages
}

// sync tells the client what others did to the selected mailbox since it was last told. With hold no message may be told
// to be gone: a command with sequence numbers is being answered.
func (s *session) sync(hold bool) error {
	if err := s.tellStale(); err != nil && !errors.Is(err, errDenied) {
		return err
	}
	how := telling{holdGone: hold}
	if g := s.subs.selectedGroup(); g != nil {
		how.fetch = g.New // RFC 5465 section 5.2, whoever is the first to notice
	}
	return s.syncAs(how)
}

func (s *session) syncAs(how telling) error {
	sel := s.sel
	now, err := s.present(sel)
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if !how.holdGone {
		s.tellGone()
	}
	for sel.at.Less(store.After(now)) {
		n, err := s.readNews(sel)
		if errors.Is(err, store.Stale) || err == nil && n.removed {
			return s.lostMailbox(n.removed)
		}
		if err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		if err := s.tell(n, how); err != nil {
			return err
		}
		if !n.more {
			if len(sel.gone) == 0 {
				sel.seen = sel.box.share(sel.seen, sel.validity, n.account, n.c.Changed)
			}
			if len(how.fetch) == 0 || n.came.empty() {
				return nil
			}
			// What was fetched is of a later moment: the client is told of all up to that one.
			if now, err = s.present(sel); err != nil {
				return fmt.Errorf("sync: %w", err)
			}
		}
	}
	return nil
}

// present is the moment up to which the client is to be told everything.
func (s *session) present(sel *selected) (store.ModSeq, error) {
	now, err := s.server.o.Store.ModSeq(sel.owner)
	return max(now, sel.shown), err
}

// lostMailbox ends a session whose mailbox can't be followed any more.
func (s *session) lostMailbox(removed bool) error {
	text := "the mailbox changed too much meanwhile: connect again"
	if removed {
		text = "the mailbox was removed or is not shared any more: connect again"
	}
	s.w.Status("", wire.BYE, "UNAVAILABLE", text)
	s.done = true
	s.deselect()
	return nil
}

// readNews reads the next piece of the journal.
func (s *session) readNews(sel *selected) (n *news, err error) {
	n = &news{end: sel.at}
	err = s.view(sel.owner, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		n.account = a.ModSeq
		n.c, err = r.Collection(sel.c)
		if errors.Is(err, store.NotFound) {
			n.removed = true
			return nil
		}
		if err != nil {
			return err
		}
		if rights, err := s.rightsOn(r, sel.owner, sel.c); err != nil || rights&store.MayRead == 0 {
			n.removed = err == nil
			return err
		}
		if n.c.UIDValidity != sel.validity {
			n.removed = true
			return nil
		}
		if n.c.Changed <= sel.at.ModSeq && sel.at == store.After(sel.at.ModSeq) {
			n.end = store.After(a.ModSeq)
			return nil
		}
		return n.read(r, sel)
	})
	return n, err
}

func (n *news) read(r store.Reader, sel *selected) error {
	count := 0
	for rec, err := range r.Changes(sel.c, sel.at, store.WantItem) {
		if err != nil {
			return err
		}
		if count++; count > syncBatch {
			n.more = true
			return nil
		}
		n.end = rec.Place()
		uid := uint32(rec.UID)
		switch there := sel.seen.Seq(uid) != 0; {
		case rec.Removed && there:
			n.went.add(uid)
		case rec.Removed:
		case !there:
			n.came.add(uid)
		default:
			n.marked.add(uid)
			if sel.marked[uid] != rec.ModSeq {
				n.changed = append(n.changed, rec)
			}
		}
	}
	n.end = store.After(n.account)
	return nil
}

// tell writes a piece of news and takes it into what the client knows.
func (s *session) tell(n *news, how telling) error {
	sel := s.sel
	sel.at = n.end
	if !n.went.empty() {
		sel.gone = sel.gone.Union(n.went.sorted())
		if !how.holdGone {
			s.tellGone()
		}
	}
	var later runs
	for i := range n.changed {
		if how.holdMarks {
			later.add(uint32(n.changed[i].UID))
		} else {
			s.tellMarks(&n.changed[i])
		}
	}
	sel.stale = sel.stale.Union(later.sorted())
	if !n.more {
		sel.highest = n.c.Changed
		clear(sel.marked)
	}
	if err := s.tellNew(n, how); err != nil {
		return err
	}
	return s.renewContexts(n.touched())
}

// touched is the messages that a context may have to be told of.
func (n *news) touched() wire.Set {
	return n.marked.sorted().Union(n.came.sorted())
}

// tellNew announces new messages, with what the client wants to know of them.
func (s *session) tellNew(n *news, how telling) error {
	if n.came.empty() {
		return nil
	}
	came := n.came.sorted()
	s.sel.seen = s.sel.seen.Add(came)
	s.tellCame(came)
	if len(how.fetch) == 0 {
		return nil
	}
	plan := fetchPlan{items: how.fetch}
	if s.enabled.qresync && !s.enabled.uidOnly {
		plan.need(wire.FetchUID)
	}
	return s.fetchAll(&plan, came)
}

// tellStale tells of flags that changed while the client didn't want to hear of it.
func (s *session) tellStale() error {
	stale := s.sel.seen.OfUIDs(s.sel.stale)
	s.sel.stale = nil
	for len(stale) > 0 {
		var part wire.Set
		part, stale = stretch(stale, syncBatch)
		records, err := s.readRecords(s.sel.c, part, store.WantItem)
		if err != nil {
			return err
		}
		for i := range records {
			s.tellMarks(&records[i])
		}
	}
	return nil
}

// tellCame announces new messages.
func (s *session) tellCame(came wire.Set) {
	sel := s.sel
	above := sel.box.recentAbove(store.UID(came[len(came)-1].Last+1), !sel.readOnly)
	sel.recent = sel.recent.Union(came.Clip(above+1, uint32(store.MaxUID)))
	s.w.Count(sel.seen.Len(), "EXISTS")
	if !s.enabled.rev2 {
		s.w.Count(uint32(sel.recent.Len()), "RECENT")
	}
}

// tellGone announces which messages are gone, RFC 9051 section 7.5.1 or RFC 7162 section 3.2.10.
func (s *session) tellGone() {
	sel := s.sel
	if len(sel.gone) == 0 {
		return
	}
	gone := sel.seen.OfUIDs(sel.gone)
	s.leaveContexts(gone)
	if s.enabled.qresync || s.enabled.uidOnly {
		s.w.Vanished(false, gone)
	} else {
		seqs := sel.seen.Seqs(gone)
		for i := len(seqs) - 1; i >= 0; i-- { // from the end, so that no number moves before it is told
			for n := seqs[i].Last; n >= seqs[i].First; n-- {
				s.w.Count(n, "EXPUNGE")
			}
		}
	}
	sel.seen = sel.seen.Remove(gone)
	sel.recent = sel.recent.Minus(gone)
	sel.saved = sel.saved.Minus(gone)
	sel.gone = nil
}

// tellMarks announces the flags of a message.
func (s *session) tellMarks(rec *store.Record) {
	uid := uint32(rec.UID)
	s.sel.shown = max(s.sel.shown, rec.ModSeq)
	s.meet(rec.Item.Keywords)
	line := s.w.Fetch(s.number(uid), s.enabled.uidOnly)
	if s.enabled.qresync && !s.enabled.uidOnly {
		line.Item("UID").Number(uint64(uid)) // RFC 7162 section 3.2.4
	}
	s.putMarks(&line, rec)
	if s.enabled.condstore {
		s.putModSeq(&line, rec)
	}
	line.End()
}

func (s *session) putMarks(line *wire.FetchLine, rec *store.Record) {
	w := line.Item("FLAGS")
	recent := !s.enabled.rev2 && s.sel.recent.Contains(uint32(rec.UID))
	var small [160]byte
	w.RawBytes(appendMarks(small[:0], rec.Item.Flags, rec.Item.Keywords, recent))
}

func (s *session) putModSeq(line *wire.FetchLine, rec *store.Record) {
	w := line.Item("MODSEQ")
	w.Byte('(')
	w.Number(uint64(modSeq(rec.ModSeq)))
	w.Byte(')')
}
