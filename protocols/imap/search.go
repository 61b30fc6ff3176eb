package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// searchCommands are SEARCH and its sisters.
var searchCommands = map[string]command{
	"SEARCH":  {run: search, in: reading, uid: true, numbers: true},
	"SORT":    {run: sortMessages, in: reading, uid: true, numbers: true, of: "SORT"},
	"THREAD":  {run: thread, in: reading, uid: true, numbers: true},
	"ESEARCH": {run: searchMany, in: inside, of: "MULTISEARCH"},

	"CANCELUPDATE": {run: cancelUpdate, in: reading, of: "CONTEXT=SEARCH"},
}

// found is what a SEARCH or SORT found, in UIDs.
type found struct {
	set    wire.Set
	order  []uint32 // of SORT; nil: by number
	modSeq uint64   // 0: not to be told
}

func (f *found) count() int {
	if f.order != nil {
		return len(f.order)
	}
	return int(f.set.Len())
}

// search is SEARCH and UID SEARCH, RFC 9051 section 6.4.4.
func search(s *session, c wire.Command) reply {
	a, err := s.r.Search()
	if err != nil {
		if a.Return.Save && errors.Is(err, wire.ErrCharset) {
			s.sel.saved = nil // the answer is NO: RFC 9051 section 6.4.4.1
		}
		return malformed(err)
	}
	return s.find1(c, &a.Return, nil, a.Program)
}

// sortMessages is SORT and UID SORT, RFC 5256 and RFC 5267.
func sortMessages(s *session, c wire.Command) reply {
	a, err := s.r.Sort()
	if err != nil {
		return malformed(err)
	}
	return s.find1(c, &a.Return, distinct(a.Keys), a.Program)
}

// distinct leaves out criteria that stand there already: they decide nothing.
func distinct(keys []wire.SortKey) (list []wire.SortKey) {
	for _, k := range keys {
		if !slices.ContainsFunc(list, func(o wire.SortKey) bool { return o.By == k.By }) {
			list = append(list, k)
		}
	}
	return list
}

// find1 searches the selected mailbox, sorts where there are keys, and answers.
func (s *session) find1(c wire.Command, o *wire.Return, keys []wire.SortKey, program wire.Key) reply {
	if s.enabled.uidOnly && (!c.UID || hasNumbers(program)) {
		return reply{kind: wire.BAD, code: "UIDREQUIRED", text: "only UIDs are used in this session"}
	}
	if r := s.answerable(o, keys != nil, program); !r.good() {
		return r
	}
	if keys == nil && s.enabled.rev2 && !o.Given {
		*o = wire.Return{Given: true, All: true} // RFC 9051 section 6.4.4
	}
	f, err := s.lookUp(c, o, keys, program)
	if err != nil {
		if o.Save {
			s.sel.saved = nil // RFC 9051 section 6.4.4.1
		}
		return s.failed("search", err)
	}
	if o.Given {
		s.answerExtended(c, o, f)
	} else {
		s.answerPlain(c, keys != nil, f)
	}
	if o.Save {
		s.sel.saved = f.saved(o)
	}
	if o.Update {
		return s.keepContext(c, keys, program, f)
	}
	return ok("searched")
}

// answerable refuses what this session is not offered.
func (s *session) answerable(o *wire.Return, sorting bool, program wire.Key) reply {
	needs := map[string]bool{
		"SEARCHRES": o.Save && !s.enabled.rev2, "PARTIAL": o.Partial != nil, "ESEARCH": o.Given && !sorting && !s.enabled.rev2,
		"ESORT": o.Given && sorting, "CONTEXT=SEARCH": (o.Update || o.Context) && !sorting,
		"CONTEXT=SORT": (o.Update || o.Context) && sorting,
	}
	walk(program, func(k wire.Key) {
		switch k.Op {
		case wire.SearchFuzzy:
			needs["SEARCH=FUZZY"] = true
		case wire.SearchModSeq:
			needs["CONDSTORE"] = true
		case wire.SearchOlder, wire.SearchYounger:
			needs["WITHIN"] = true
		case wire.SearchEmailID, wire.SearchThreadID:
			needs["OBJECTID"] = true
		case wire.SearchSavedBefore, wire.SearchSavedOn, wire.SearchSavedSince, wire.SearchSaveDate:
			needs["SAVEDATE"] = true
		}
	})
	for name, is := range needs {
		if is && !s.offers(name) {
			return bad(name + " is not offered")
		}
	}
	return reply{kind: wire.OK}
}

// walk visits a program's keys.
func walk(k wire.Key, visit func(wire.Key)) {
	visit(k)
	for _, inner := range k.Keys {
		walk(inner, visit)
	}
}

// hasNumbers reports whether a program names messages by sequence number.
func hasNumbers(program wire.Key) (is bool) {
	walk(program, func(k wire.Key) { is = is || k.Op == wire.SearchSeq && !k.Set.Saved })
	return is
}

func asksModSeq(program wire.Key) (is bool) {
	walk(program, func(k wire.Key) { is = is || k.Op == wire.SearchModSeq })
	return is
}

// lookUp runs the search.
func (s *session) lookUp(c wire.Command, o *wire.Return, keys []wire.SortKey, program wire.Key) (*found, error) {
	m := s.queryable(c)
	if asksModSeq(program) {
		s.enabled.condstore = true // RFC 7162 section 3.1
	}
	f := new(found)
	if keys == nil {
		r, err := query.Search(s.ctx, m, program)
		if err != nil {
			return nil, err
		}
		f.set, f.modSeq = r.UIDs, r.ModSeq
	} else {
		r, err := query.Sort(s.ctx, m, keys, program)
		if err != nil {
			return nil, err
		}
		f.order, f.set, f.modSeq = r.UIDs, wire.SetOf(r.UIDs), r.ModSeq
		if f.order == nil {
			f.order = []uint32{}
		}
	}
	if !asksModSeq(program) {
		f.modSeq = 0
	}
	return f, nil
}

// queryable is the selected mailbox as package query sees it.
func (s *session) queryable(c wire.Command) *query.Mailbox {
	sel := s.sel
	p := &progress{s: s, tag: c.Tag, last: s.server.o.Now()}
	return &query.Mailbox{
		View: s.look, Open: s.server.o.Store.OpenBlob, Collection: sel.c, Map: sel.seen,
		Recent: sel.recent, Saved: sel.saved, Now: s.server.o.Now(), Location: s.server.o.Location, Progress: p.tell,
	}
}

// progressEvery is how often a client is told that long work goes on.
const progressEvery = 10 * time.Second

// progress tells of long work, RFC 9585.
type progress struct {
	s    *session
	tag  string
	last time.Time
}

// tell is query.Mailbox.Progress. Its error says that the client is gone, or the server stopping.
func (p *progress) tell(done, total uint32) error {
	s := p.s
	if s.stopped() {
		return context.Canceled
	}
	now := s.server.o.Now()
	if now.Sub(p.last) < progressEvery {
		return nil
	}
	p.last = now
	if s.offers("INPROGRESS") {
		code := fmt.Sprintf("INPROGRESS (%s %d %d)", wireString(p.tag), done, total)
		s.w.Status("", wire.OK, code, "still searching")
	} else {
		s.w.Status("", wire.OK, "", "still searching")
	}
	return s.w.Flush()
}

// answerSet brings UIDs into what the command's answer names messages by.
func (s *session) answerSet(c wire.Command, uids wire.Set) wire.Set {
	if c.UID {
		return uids
	}
	return s.sel.seen.Seqs(uids)
}

func (s *session) answerOrder(c wire.Command, uids []uint32) []uint32 {
	if c.UID {
		return uids
	}
	seqs := make([]uint32, len(uids))
	for i, uid := range uids {
		seqs[i] = s.sel.seen.Seq(uid)
	}
	return seqs
}

// answerPlain writes SEARCH or SORT, RFC 3501 section 7.2.5.
func (s *session) answerPlain(c wire.Command, sorted bool, f *found) {
	if sorted {
		s.w.Raw("* SORT")
		for _, n := range s.answerOrder(c, f.order) {
			s.w.Byte(' ')
			s.w.Number(uint64(n))
		}
	} else {
		s.w.Raw("* SEARCH")
		for n := range s.answerSet(c, f.set).All() {
			s.w.Byte(' ')
			s.w.Number(uint64(n))
		}
	}
	if f.modSeq > 0 && f.count() > 0 {
		s.w.Raw(" (MODSEQ ")
		s.w.Number(f.modSeq)
		s.w.Byte(')')
	}
	s.w.CRLF()
}

// answerExtended writes ESEARCH, RFC 9051 section 7.3.4, of what RETURN asked for.
func (s *session) answerExtended(c wire.Command, o *wire.Return, f *found) {
	if o.Save && !o.Min && !o.Max && !o.All && !o.Count && o.Partial == nil {
		return // only saved: RFC 9051 section 6.4.4.1
	}
	e := wire.ESearch{Tag: c.Tag, UID: c.UID, ModSeq: f.modSeq, Counted: o.Count, Count: uint32(f.count())}
	s.fillExtended(&e, c, o, f)
	s.w.ESearch(&e)
}

func (s *session) fillExtended(e *wire.ESearch, c wire.Command, o *wire.Return, f *found) {
	n := f.count()
	if n == 0 {
		e.ModSeq = 0
	}
	first, last := f.ends()
	if o.Min && n > 0 {
		e.Min = s.answerSet(c, wire.Set{{First: first, Last: first}})[0].First
	}
	if o.Max && n > 0 {
		e.Max = s.answerSet(c, wire.Set{{First: last, Last: last}})[0].First
	}
	if o.All {
		if f.order != nil {
			e.Order = s.answerOrder(c, f.order)
		} else {
			e.All = s.answerSet(c, f.set)
		}
	}
	if o.Partial != nil {
		e.Partial = o.Partial
		lo, hi := o.Partial.Bounds(n)
		if f.order != nil {
			e.InOrder = s.answerOrder(c, f.order[lo:hi])
		} else {
			e.Results = s.answerSet(c, f.set.Slice(uint64(lo), uint64(hi)))
		}
	}
	if e.ModSeq > 0 && !o.All && !o.Count && o.Partial == nil && (o.Min || o.Max) {
		e.ModSeq = s.modSeqOf(first, last, o) // RFC 4731 section 3.2
	}
}

// ends are the least and the largest UID found; of SORT the first and the last, RFC 5267 section 3.
func (f *found) ends() (first, last uint32) {
	switch {
	case f.count() == 0:
		return 0, 0
	case f.order != nil:
		return f.order[0], f.order[len(f.order)-1]
	}
	return f.set[0].First, f.set[len(f.set)-1].Last
}

// modSeqOf is the largest modseq of the messages that MIN and MAX tell of.
func (s *session) modSeqOf(first, last uint32, o *wire.Return) (most uint64) {
	_ = s.look(s.ctx, func(r store.Reader) error {
		for _, want := range []struct {
			uid uint32
			is  bool
		}{{first, o.Min}, {last, o.Max}} {
			if !want.is {
				continue
			}
			if rec, err := r.Record(s.sel.c, store.UID(want.uid), store.WantEntry); err == nil {
				most = max(most, uint64(rec.ModSeq))
			}
		}
		return nil
	})
	return most
}

// saved is what $ stands for after a search with SAVE, RFC 9051 section 6.4.4.1: with MIN or MAX alone only these, and
// of a PARTIAL result the part (RFC 9394 section 3.1).
func (f *found) saved(o *wire.Return) wire.Set {
	first, last := f.ends()
	switch {
	case f.count() == 0:
		return nil
	case o.Partial != nil && !o.All && !o.Count:
		lo, hi := o.Partial.Bounds(f.count())
		if f.order != nil {
			return wire.SetOf(f.order[lo:hi])
		}
		return f.set.Slice(uint64(lo), uint64(hi))
	case o.All || o.Count || !o.Min && !o.Max:
		return f.set
	}
	var ends []uint32
	if o.Min {
		ends = append(ends, first)
	}
	if o.Max {
		ends = append(ends, last)
	}
	return wire.SetOf(ends)
}
