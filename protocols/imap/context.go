package imap

import (
	"fmt"
	"slices"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// Bounds of contexts: each is matched against all that changes, and one of SORT is sorted anew.
const (
	maxContexts = 10
	maxSorted   = 10_000
)

// searchContext is a result of SEARCH or SORT that the client is kept informed of, RFC 5267.
type searchContext struct {
	command wire.Command // the tag names the context
	program wire.Key
	keys    []wire.SortKey // nil: of SEARCH
	set     wire.Set       // UIDs found so far
	order   []uint32       // of SORT
}

// keepContext is what RETURN (UPDATE) adds to a search. One too many is answered but not kept, RFC 5267 section 4.2.
func (s *session) keepContext(c wire.Command, keys []wire.SortKey, program wire.Key, f *found) reply {
	taken := slices.ContainsFunc(s.sel.contexts, func(x *searchContext) bool { return x.command.Tag == c.Tag })
	if taken || len(s.sel.contexts) >= maxContexts || len(f.order) > maxSorted {
		s.w.Status("", wire.NO, "NOUPDATE "+wireString(c.Tag), "the result is not kept up to date")
		return ok("searched")
	}
	x := &searchContext{command: c, program: program, keys: keys, set: f.set, order: slices.Clone(f.order)}
	s.sel.contexts = append(s.sel.contexts, x)
	return ok("searched; changes will be told")
}

// cancelUpdate is CANCELUPDATE, RFC 5267 section 4.4.
func cancelUpdate(s *session, _ wire.Command) reply {
	var tags []string
	for s.r.More() {
		tags = append(tags, s.r.String())
	}
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	if len(tags) == 0 {
		return bad("CANCELUPDATE wants tags")
	}
	for _, tag := range tags {
		is := func(x *searchContext) bool { return x.command.Tag == tag }
		if !slices.ContainsFunc(s.sel.contexts, is) {
			return bad("no search of that tag is kept up to date")
		}
		s.sel.contexts = slices.DeleteFunc(s.sel.contexts, is)
	}
	return ok("no longer kept up to date")
}

// leaveContexts takes messages out of the contexts before they are told to be gone: their numbers still are what they
// were.
func (s *session) leaveContexts(gone wire.Set) {
	for _, x := range s.sel.contexts {
		if out := x.set.Intersect(gone); len(out) > 0 {
			s.shrink(x, out)
		}
	}
}

// shrink tells that messages are not in a context any more.
func (s *session) shrink(x *searchContext, out wire.Set) {
	x.set = x.set.Minus(out)
	x.order = slices.DeleteFunc(x.order, out.Contains)
	s.w.ESearch(&wire.ESearch{Tag: x.command.Tag, UID: x.command.UID, RemoveFrom: s.answerSet(x.command, out)})
}

// renewContexts looks again at messages that came or changed.
func (s *session) renewContexts(touched wire.Set) error {
	if len(s.sel.contexts) == 0 {
		return nil
	}
	touched = s.sel.seen.OfUIDs(touched)
	for len(touched) > 0 {
		var part wire.Set
		part, touched = stretch(touched, 256)
		records, err := s.readRecords(s.sel.c, part, store.WantSummary)
		if err != nil {
			return err
		}
		for _, x := range s.sel.contexts {
			if err := s.renewContext(x, records); err != nil {
				return err
			}
		}
	}
	return nil
}

// renewContext tells which of the records are in a context now and were not, or the other way round.
func (s *session) renewContext(x *searchContext, records []store.Record) error {
	q := s.queryable(x.command)
	var in, out runs
	for _, rec := range records {
		uid := uint32(rec.UID)
		is, err := query.Match(s.ctx, q, x.program, rec)
		if err != nil {
			return fmt.Errorf("look at message %d: %w", uid, err)
		}
		switch was := x.set.Contains(uid); {
		case is && !was:
			in.add(uid)
		case was && !is:
			out.add(uid)
		}
	}
	if !out.empty() {
		s.shrink(x, out.sorted())
	}
	if in.empty() {
		return nil
	}
	x.set = x.set.Union(in.sorted())
	if x.keys == nil {
		s.w.ESearch(&wire.ESearch{Tag: x.command.Tag, UID: x.command.UID, AddTo: s.answerSet(x.command, in.sorted())})
		return nil
	}
	return s.place(x, q, in.sorted())
}

// place tells where messages came into the order of a context of SORT. What SORT looks at never changes, so all others
// stay where they are.
func (s *session) place(x *searchContext, q *query.Mailbox, in wire.Set) error {
	set := wire.SeqSet{Ranges: slices.Clone(x.set)}
	sorted, err := query.Sort(s.ctx, q, x.keys, wire.Key{Op: wire.SearchUID, Set: set})
	if err != nil {
		return err
	}
	x.order = sorted.UIDs
	for i, uid := range x.order {
		if !in.Contains(uid) {
			continue
		}
		at := wire.Set{{First: uid, Last: uid}}
		s.w.ESearch(&wire.ESearch{
			Tag: x.command.Tag, UID: x.command.UID, AddTo: s.answerSet(x.command, at), Position: uint32(i) + 1,
		})
	}
	return nil
}
