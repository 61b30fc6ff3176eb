package imap

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// writeBatch is how many messages one transaction changes: others get to write in between.
const writeBatch = 500

func isNotFound(err error) bool { return errors.Is(err, store.NotFound) }

// storeFlags is STORE and UID STORE, RFC 9051 section 6.4.6, with UNCHANGEDSINCE of RFC 7162.
func storeFlags(s *session, c wire.Command) reply {
	a, err := s.r.Store()
	if err != nil {
		return malformed(err)
	}
	uids, r := s.named(a.Set, c.UID)
	if !r.good() {
		return r
	}
	if s.sel.readOnly {
		return no("NOPERM", "the mailbox is open for reading only")
	}
	w, r := s.planStore(a)
	if !r.good() {
		return r
	}
	if a.Conditional {
		s.enabled.condstore = true
	}
	for len(uids) > 0 {
		var part wire.Set
		part, uids = stretch(uids, writeBatch)
		if err := s.storeBatch(w, part, c.UID); err != nil {
			return s.failed("store", err)
		}
	}
	return w.answer(s, c.UID)
}

// storing is a STORE under way.
type storing struct {
	wire.Store
	flags    store.Flags
	keywords []string
	may      store.Flags  // which flags the session may change
	mayWords bool         // and whether keywords
	heard    store.ModSeq // changes of the mailbox up to this one were told, or are its own
	failed   runs         // messages that changed in between: UIDs
	missing  int
}

// planStore works out what is to be done. Flags without a right are passed over, RFC 4314 section 4, if others remain.
func (s *session) planStore(a wire.Store) (*storing, reply) {
	w := &storing{Store: a, heard: s.sel.at.ModSeq}
	w.flags, w.keywords = readMarks(a.Flags)
	w.may, w.mayWords = changeable(s.sel.rights)
	for _, k := range w.keywords {
		if len(k) > 255 {
			return nil, no("LIMIT", "a keyword has 255 characters at most")
		}
	}
	denied := w.flags&^w.may != 0 || !w.mayWords && len(w.keywords) > 0
	w.flags &= w.may
	if !w.mayWords {
		w.keywords = nil
	}
	if denied && w.flags == 0 && len(w.keywords) == 0 || w.may == 0 {
		return nil, no("NOPERM", "you have no right to change these flags")
	}
	return w, reply{kind: wire.OK}
}

// change is what is done to one message.
func (w *storing) change(rec *store.Record) store.FlagChange {
	var f store.FlagChange
	switch w.Mode {
	case wire.StoreAdd:
		f.Add, f.AddKeywords = w.flags, w.keywords
	case wire.StoreRemove:
		f.Remove, f.RemoveKeywords = w.flags, w.keywords
	default:
		f.Add, f.Remove = w.flags, w.may&^w.flags
		if w.mayWords {
			all := slices.Clone(w.keywords)
			for _, k := range rec.Item.Keywords {
				if !isKeyword(k) {
					all = append(all, k) // a category that IMAP can't say stays
				}
			}
			f.SetKeywords = &all
		}
	}
	if w.Conditional {
		at := store.ModSeq(min(w.UnchangedSince, 1<<62))
		f.UnchangedSince = &at
	}
	return f
}

// storeBatch changes some messages in one transaction, and tells of them.
func (s *session) storeBatch(w *storing, part wire.Set, byUID bool) error {
	sel := s.sel
	var done []stored
	var failed []uint32
	missing, behind := 0, false
	err := s.update(sel.owner, func(tx store.Tx) error {
		done, failed, missing = done[:0], failed[:0], 0
		if err := s.stillMay(tx, w); err != nil {
			return err
		}
		c, err := tx.Collection(sel.c)
		if err != nil {
			return err
		}
		behind = c.Changed > w.heard
		for uid := range part.All() {
			one, err := w.mark(tx, sel, store.UID(uid), behind)
			switch {
			case err == nil:
				done = append(done, one)
			case errors.Is(err, store.Conflict):
				failed = append(failed, uid)
			case isNotFound(err):
				missing++
			default:
				return fmt.Errorf("change flags: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.missing += missing
	for _, uid := range failed {
		w.failed.add(uid)
	}
	for i := range done {
		if !behind {
			w.heard = max(w.heard, done[i].ModSeq)
		}
		s.tellStored(w, &done[i], byUID)
	}
	return nil
}

// stillMay checks that the rights are still those that the plan was made with.
func (s *session) stillMay(tx store.Tx, w *storing) error {
	if s.sel.owner == s.acct.ID {
		return nil
	}
	rights, err := s.rightsOn(tx, s.sel.owner, s.sel.c)
	if err != nil {
		return err
	}
	if may, words := changeable(rights); w.flags&^may != 0 || len(w.keywords) > 0 && !words || rights&store.MayRead == 0 {
		return errDenied
	}
	return nil
}

// stored is a message that a STORE changed.
type stored struct {
	store.Record
	unheard bool // somebody else had changed it, and the client was not told yet
}

// mark changes one message. The client is behind where somebody else changed something in the mailbox.
func (w *storing) mark(tx store.Tx, sel *selected, uid store.UID, behind bool) (one stored, err error) {
	if w.Mode == wire.StoreReplace || w.Silent && behind {
		if one.Record, err = tx.Record(sel.c, uid, store.WantItem); err != nil {
			return one, err
		}
		one.unheard = sel.at.Less(one.Place()) && sel.marked[uint32(uid)] != one.ModSeq
	}
	one.Record, err = tx.Mark(sel.c, uid, w.change(&one.Record))
	return one, err
}

// tellStored tells of a message that was changed: its flags, unless the client wants silence and can work them out
// itself; its modseq if it knows of such (RFC 7162 section 3.1.3).
func (s *session) tellStored(w *storing, one *stored, byUID bool) {
	rec, uid := &one.Record, uint32(one.UID)
	s.sel.marked[uid] = rec.ModSeq
	silent := w.Silent && !one.unheard
	if silent && !s.enabled.condstore {
		return
	}
	if !silent {
		s.meet(rec.Item.Keywords)
	}
	line := s.w.Fetch(s.number(uid), s.enabled.uidOnly)
	if (byUID || s.enabled.qresync) && !s.enabled.uidOnly {
		line.Item("UID").Number(uint64(uid))
	}
	if !silent {
		s.putMarks(&line, rec)
	}
	if s.enabled.condstore {
		s.putModSeq(&line, rec)
	}
	line.End()
}

// answer is the tagged answer.
func (w *storing) answer(s *session, byUID bool) reply {
	switch {
	case !w.failed.empty():
		failed := w.failed.sorted()
		if !byUID {
			failed = s.sel.seen.Seqs(failed)
		}
		if w.missing > 0 && !byUID {
			return no(wire.CodeModified(failed), "some changed in between, some are gone")
		}
		return okCode(wire.CodeModified(failed), "some changed in between")
	case w.missing > 0 && !byUID:
		return no("EXPUNGEISSUED", "some of these messages are gone")
	}
	return ok("stored")
}
