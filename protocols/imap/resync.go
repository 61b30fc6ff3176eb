package imap

import (
	"errors"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// resync tells a client that comes back what happened since it was last there: QRESYNC of SELECT, RFC 7162 section
// 3.2.5. The mailbox has just been described; what changes from now on is left to sync.
func (s *session) resync(q *wire.Resync) error {
	sel := s.sel
	known := q.Known
	if len(known) == 0 {
		known = wire.Set{{First: 1, Last: max(sel.seen.Max(), 1)}}
		if last := s.lastUID(); last > 0 {
			known[0].Last = last
		}
	}
	since := store.ModSeq(min(q.ModSeq, 1<<62))
	if sel.highest <= since {
		return nil
	}
	gone, err := s.vanished(since, known, q)
	if err != nil {
		return err
	}
	s.w.Vanished(true, gone)
	plan := fetchPlan{changedSince: since, items: []wire.FetchItem{{Kind: wire.FetchUID}, {Kind: wire.FetchFlags}, {Kind: wire.FetchModSeq}}}
	uids, err := s.narrowed(sel.seen.OfUIDs(known), since)
	if err != nil {
		return err
	}
	return s.fetchAll(&plan, uids)
}

// fewChanges is up to how many changes the journal is asked which messages they are of, instead of all messages.
const fewChanges = 10_000

// narrowed leaves out messages that certainly did not change after a modseq: those which the journal does not name, when it
// is short. It names a message that is gone by its end, and the client is told that another time.
func (s *session) narrowed(uids wire.Set, since store.ModSeq) (wire.Set, error) {
	var changed runs
	count := 0
	err := s.look(s.ctx, func(r store.Reader) error {
		changed, count = runs{}, 0
		for rec, err := range r.Changes(s.sel.c, store.After(since), store.WantEntry) {
			if err != nil {
				return err
			}
			if count++; count > fewChanges {
				return nil
			}
			changed.add(uint32(rec.UID))
		}
		return nil
	})
	if count > fewChanges || errors.Is(err, store.Stale) {
		return uids, nil
	}
	return uids.Intersect(changed.sorted()), err
}

// lastUID is the largest UID that a message of the mailbox could have had so far.
func (s *session) lastUID() (last uint32) {
	_ = s.look(s.ctx, func(r store.Reader) error {
		c, err := r.Collection(s.sel.c)
		last = uint32(c.UIDNext) - 1
		return err
	})
	return last
}

// vanished is which of the UIDs that the client knew are gone since then. Where the journal does not reach back that far
// it is all that are not there: more than is needed, and harmless (RFC 7162 section 3.2.5.2). What the client tells of
// its sequence numbers narrows it: messages below a pair that still fits are all known to be as they were.
func (s *session) vanished(since store.ModSeq, known wire.Set, q *wire.Resync) (gone wire.Set, err error) {
	sel := s.sel
	var removed runs
	err = s.look(s.ctx, func(r store.Reader) error {
		removed = runs{}
		for rec, err := range r.Changes(sel.c, store.After(since), store.WantEntry) {
			if err != nil {
				return err
			}
			if rec.Removed && sel.seen.Seq(uint32(rec.UID)) == 0 {
				removed.add(uint32(rec.UID))
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, store.Stale):
		return known.Clip(s.unmoved(q)+1, uint32(store.MaxUID)).Minus(sel.seen.UIDs()), nil
	case err != nil:
		return nil, err
	}
	return removed.sorted().Intersect(known), nil
}

// unmoved is the largest UID of the client's sample whose sequence number is still the same.
func (s *session) unmoved(q *wire.Resync) (uid uint32) {
	if q == nil {
		return 0
	}
	var uids []uint32
	for u := range q.SampleUIDs.All() {
		if uids = append(uids, u); len(uids) == maxSample {
			break
		}
	}
	i := 0
	for seq := range q.SampleSeqs.All() {
		if i == len(uids) || s.sel.seen.UID(seq) != uids[i] {
			break
		}
		uid = uids[i]
		i++
	}
	return uid
}

// maxSample is how many pairs of a sample are looked at: clients send a logarithm of their messages.
const maxSample = 10_000
