package imap

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// maxAtOnce is how many messages a COPY or MOVE takes. It is one transaction, since all or none are to be copied (RFC 9051
// section 6.4.7), and nobody else writes meanwhile.
const maxAtOnce = 20_000

func copyMessages(s *session, c wire.Command) reply { return s.transfer(c, false) }
func moveMessages(s *session, c wire.Command) reply { return s.transfer(c, true) }

// transfer is COPY and MOVE, RFC 9051 sections 6.4.7 and 6.4.8, RFC 6851.
func (s *session) transfer(c wire.Command, move bool) reply {
	a, err := s.r.Copy()
	if err != nil {
		return malformed(err)
	}
	uids, r := s.named(a.Set, c.UID)
	if !r.good() {
		return r
	}
	if move && s.sel.readOnly {
		return no("NOPERM", "the mailbox is open for reading only")
	}
	if uids.Len() > maxAtOnce {
		return no("LIMIT", fmt.Sprintf("%d messages at most go at once", maxAtOnce))
	}
	to, err := s.find(a.Mailbox, store.MayInsert)
	switch {
	case isNotFound(err):
		return no("TRYCREATE", "there is no mailbox of that name")
	case err != nil:
		return s.failed("copy", err)
	case len(uids) == 0:
		return ok("there was nothing to do")
	case move && to.c.ID == s.sel.c:
		return no("CANNOT", "the messages are in that mailbox")
	}
	t := &transfer{s: s, uids: uids, to: to, move: move, all: !move && !c.UID}
	if err := t.run(); err != nil {
		return s.transferFailed(err)
	}
	return t.answer(c.UID)
}

// transferFailed is failed, but that a mailbox which went in between is for the client to create.
func (s *session) transferFailed(err error) reply {
	switch {
	case errors.Is(err, errNoTarget):
		return no("TRYCREATE", "there is no mailbox of that name")
	case errors.Is(err, errMissing):
		s.sel.shown = max(s.sel.shown, s.sel.at.ModSeq+1) // so that sync learns which
		return no("EXPUNGEISSUED", "some of these messages are gone; none was copied")
	}
	return s.failed("copy", err)
}

var (
	errNoTarget = errors.New("target mailbox is gone")
	errMissing  = errors.New("messages are gone")
)

// transfer is a COPY or MOVE under way.
type transfer struct {
	s       *session
	uids    wire.Set
	to      *mailbox
	move    bool
	all     bool     // all or none: COPY, RFC 9051 section 6.4.7; with UID, what is not there is passed over
	from    []uint32 // what was copied
	copies  []uint32 // and what it became
	missing int
}

// run copies all or none.
func (t *transfer) run() error {
	if t.to.owner != t.s.sel.owner {
		return t.between()
	}
	return t.s.update(t.to.owner, func(tx store.Tx) error {
		t.from, t.copies, t.missing = t.from[:0], t.copies[:0], 0
		if err := t.permitted(tx); err != nil {
			return err
		}
		for uid := range t.uids.All() {
			rec, err := t.one(tx, store.UID(uid))
			if isNotFound(err) {
				t.missing++
				continue
			}
			if err != nil {
				return fmt.Errorf("copy message: %w", err)
			}
			t.from, t.copies = append(t.from, uid), append(t.copies, uint32(rec.UID))
		}
		if t.all && t.missing > 0 {
			return errMissing
		}
		return nil
	})
}

// permitted checks mailboxes and rights within the transaction.
func (t *transfer) permitted(tx store.Tx) error {
	if _, err := tx.Collection(t.to.c.ID); err != nil {
		if isNotFound(err) {
			return errNoTarget
		}
		return err
	}
	if err := t.s.allowed(tx, t.to, store.MayInsert); err != nil {
		return err
	}
	need := store.MayRead
	if t.move {
		need |= store.MayDelete | store.MayExpunge // RFC 6851 section 4.4
	}
	rights, err := t.s.rightsOn(tx, t.s.sel.owner, t.s.sel.c)
	if err != nil {
		return err
	}
	if rights&need != need {
		return errDenied
	}
	return nil
}

func (t *transfer) one(tx store.Tx, uid store.UID) (rec store.Record, err error) {
	if t.move {
		rec, err = tx.Move(t.s.sel.c, uid, t.to.c.ID)
	} else {
		rec, err = tx.Copy(t.s.sel.c, uid, t.to.c.ID)
	}
	if err == nil {
		err = t.strip(tx, &rec)
	}
	return rec, err
}

// strip takes the flags from a copy that the session has no right to set where it lies now, RFC 4314 section 4.
func (t *transfer) strip(tx store.Tx, rec *store.Record) error {
	if t.to.owner == t.s.acct.ID {
		return nil
	}
	may, words := changeable(t.to.rights)
	f := store.FlagChange{Remove: rec.Item.Flags &^ may}
	if !words && len(rec.Item.Keywords) > 0 {
		f.RemoveKeywords = rec.Item.Keywords
	}
	if f.Remove == 0 && f.RemoveKeywords == nil {
		return nil
	}
	marked, err := tx.Mark(t.to.c.ID, rec.UID, f)
	if err == nil {
		*rec = marked
	}
	return err
}

// answer tells what became what, RFC 4315: of MOVE before the messages are told to be gone.
func (t *transfer) answer(byUID bool) reply {
	code := ""
	if len(t.from) > 0 && t.s.offers("UIDPLUS") {
		code = wire.CodeCopyUID(t.to.c.UIDValidity, t.from, t.copies)
	}
	if t.move && code != "" {
		t.s.w.Status("", wire.OK, code, "moved")
		code = ""
	}
	switch {
	case t.missing > 0 && !byUID:
		return no("EXPUNGEISSUED", "some of these messages were gone; the others were done")
	case t.move:
		return t.s.withHighest("moved")
	}
	return okCode(code, "copied")
}

// withHighest is OK with HIGHESTMODSEQ, which a client of QRESYNC wants after messages went (RFC 7162 section 3.2.10.2).
func (s *session) withHighest(text string) reply {
	if !s.enabled.qresync {
		return ok(text)
	}
	if err := s.sync(false); err != nil {
		s.failed("tell what is new", err) // logged there; the messages went
		return reply{kind: wire.OK, text: text, synced: true}
	}
	if s.sel == nil {
		return ok(text) // the mailbox is gone, and BYE said so
	}
	r := okCode(wire.CodeNumber("HIGHESTMODSEQ", uint64(modSeq(s.sel.highest))), text)
	r.synced = true
	return r
}

// expunge is EXPUNGE and UID EXPUNGE, RFC 9051 section 6.4.3 and RFC 4315.
func expunge(s *session, c wire.Command) reply {
	uids := s.sel.seen.UIDs()
	if c.UID {
		s.r.Space()
		set := s.r.SeqSet()
		if err := s.r.End(); err != nil {
			return malformed(err)
		}
		var r reply
		if uids, r = s.named(set, true); !r.good() {
			return r
		}
	} else if err := s.r.End(); err != nil {
		return malformed(err)
	}
	switch {
	case s.sel.readOnly:
		return no("NOPERM", "the mailbox is open for reading only")
	case s.sel.rights&store.MayExpunge == 0:
		return no("NOPERM", "you have no right to expunge here")
	}
	if err := s.expungeDeleted(uids); err != nil {
		return s.failed("expunge", err)
	}
	return s.withHighest("expunged")
}

// expungeDeleted removes those of uids that are \Deleted.
func (s *session) expungeDeleted(uids wire.Set) error {
	deleted, err := s.deleted(uids)
	if err != nil {
		return err
	}
	for len(deleted) > 0 {
		part := deleted[:min(len(deleted), writeBatch)]
		deleted = deleted[len(part):]
		err := s.update(s.sel.owner, func(tx store.Tx) error {
			rights, err := s.rightsOn(tx, s.sel.owner, s.sel.c)
			if err != nil {
				return err
			}
			if rights&store.MayExpunge == 0 {
				return errDenied
			}
			return removeDeleted(tx, s.sel.c, part)
		})
		if err != nil {
			return fmt.Errorf("expunge: %w", err)
		}
	}
	return nil
}

// removeDeleted removes messages that are there and still \Deleted: somebody may have thought better of it. uids rise.
func removeDeleted(tx store.Tx, c store.CollectionID, uids []store.UID) error {
	still := uids[:0:0]
	for m, err := range tx.Marks(c, uids[0], uids[len(uids)-1]) {
		if err != nil {
			return err
		}
		if _, asked := slices.BinarySearch(uids, m.UID); asked && m.Flags&store.Deleted != 0 {
			still = append(still, m.UID)
		}
	}
	for _, uid := range still {
		if err := tx.Remove(c, uid); err != nil {
			return err
		}
	}
	return nil
}

// deleted finds the messages with \Deleted among uids. It looks no further than the mailbox is known to have such.
func (s *session) deleted(uids wire.Set) (list []store.UID, err error) {
	err = s.view(s.sel.owner, func(r store.Reader) error {
		list = list[:0]
		c, err := r.Collection(s.sel.c)
		if err != nil || c.Deleted == 0 {
			return err
		}
		found := int64(0)
		for rest := uids; len(rest) > 0; {
			var part wire.Set
			part, rest = stretch(rest, uint64(store.MaxUID))
			for m, err := range r.Marks(s.sel.c, store.UID(part[0].First), store.UID(part[len(part)-1].Last)) {
				switch {
				case err != nil:
					return err
				case m.Flags&store.Deleted == 0 || !part.Contains(uint32(m.UID)):
					continue
				}
				list = append(list, m.UID)
				if found++; found == c.Deleted {
					return nil
				}
			}
		}
		return nil
	})
	return list, err
}
