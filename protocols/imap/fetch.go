package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// fetchPlan is what a FETCH wants of each message.
type fetchPlan struct {
	items        []wire.FetchItem
	changedSince store.ModSeq // 0: all
	setSeen      bool
	want         store.Want
	marks        bool // flags and modseq are enough: they are read in bulk
	parts        bool // the tree of parts too
	bytes        bool // the message itself

	missing int  // messages that were gone
	damaged int  // messages that could not be read
	unknown bool // a part had an encoding that is none: RFC 3516 section 4.3
}

// fetch is FETCH and UID FETCH, RFC 9051 section 6.4.5.
func fetch(s *session, c wire.Command) reply {
	a, err := s.r.Fetch(c.UID)
	if err != nil {
		return malformed(err)
	}
	uids, r := s.named(a.Set, c.UID)
	if !r.good() {
		return r
	}
	plan := fetchPlan{items: a.Items, changedSince: store.ModSeq(min(a.ChangedSince, 1<<62))}
	if a.Vanished && !s.enabled.qresync {
		return bad("enable QRESYNC first")
	}
	if len(plan.items) > maxItems {
		return no("LIMIT", fmt.Sprintf("%d items at most are fetched at once", maxItems))
	}
	if r := s.supported(plan.items); !r.good() {
		return r
	}
	if a.ChangedSince > 0 {
		s.enabled.condstore = true
		plan.need(wire.FetchModSeq)
	}
	if c.UID && !s.enabled.uidOnly { // UIDFETCH names it already, RFC 9586 section 3.3
		plan.need(wire.FetchUID)
	}
	if a.Vanished {
		known := a.Set.Resolve(max(s.sel.seen.Max(), s.lastUID()))
		gone, err := s.vanished(plan.changedSince, known, nil)
		if err != nil {
			return s.failed("fetch", err)
		}
		s.w.Vanished(true, gone)
	}
	if a.Partial != nil {
		uids = window(uids, *a.Partial)
	}
	if a.ChangedSince > 0 {
		if uids, err = s.narrowed(uids, plan.changedSince); err != nil {
			return s.failed("fetch", err)
		}
	}
	if err := s.fetchAll(&plan, uids); err != nil {
		return s.failed("fetch", err)
	}
	return plan.answer(c.UID)
}

// maxItems is how many items a FETCH asks for of each message.
const maxItems = 500

// answer is the tagged answer to a FETCH that was carried out.
func (p *fetchPlan) answer(byUID bool) reply {
	switch {
	case p.damaged > 0:
		return no("SERVERBUG", fmt.Sprintf("%d stored messages are damaged; tell the server's operator", p.damaged))
	case p.unknown:
		return no("UNKNOWN-CTE", "a part has an encoding that is none")
	case p.missing > 0 && !byUID:
		return no("EXPUNGEISSUED", "some of these messages are gone")
	}
	return ok("fetched")
}

// need adds an item that the client didn't ask for but gets.
func (p *fetchPlan) need(kind wire.FetchKind) {
	for _, i := range p.items {
		if i.Kind == kind {
			return
		}
	}
	p.items = append([]wire.FetchItem{{Kind: kind}}, p.items...)
}

// window is the part of a set that PARTIAL asks for, RFC 9394 section 3.3.
func window(uids wire.Set, w wire.Window) wire.Set {
	first, end := w.Bounds(int(uids.Len()))
	return uids.Slice(uint64(first), uint64(end))
}

// prepare works out what has to be read.
func (s *session) prepare(p *fetchPlan) {
	p.want, p.marks = store.WantEntry, true
	for _, i := range p.items {
		p.marks = p.marks && (i.Kind == wire.FetchFlags || i.Kind == wire.FetchUID || i.Kind == wire.FetchModSeq)
		switch i.Kind {
		case wire.FetchFlags, wire.FetchInternalDate, wire.FetchSize, wire.FetchEmailID, wire.FetchThreadID:
			p.want = max(p.want, store.WantItem)
		case wire.FetchEnvelope, wire.FetchPreview:
			p.want = store.WantSummary
		case wire.FetchBody, wire.FetchBodyStructure, wire.FetchBinarySize:
			p.want, p.parts = store.WantSummary, true
		case wire.FetchSection, wire.FetchBinary:
			p.bytes = true
			if len(i.Section.Part) > 0 || i.Section.Text != wire.SectionAll {
				p.want, p.parts = store.WantSummary, true
			} else {
				p.want = max(p.want, store.WantItem)
			}
			p.setSeen = p.setSeen || !i.Peek
		}
		if i.Kind == wire.FetchModSeq {
			s.enabled.condstore = true
		}
	}
	p.setSeen = p.setSeen && !s.sel.readOnly && s.sel.rights&store.MayKeepSeen != 0
}

// batchSize is how many messages are read in one snapshot.
func (p *fetchPlan) batchSize() uint64 {
	switch {
	case p.bytes:
		return 32
	case p.want == store.WantSummary:
		return 256
	}
	return 1024
}

// fetchAll answers for the messages, batch by batch: each is read in a snapshot of its own and written after it, so that a
// slow client holds up nobody.
func (s *session) fetchAll(p *fetchPlan, uids wire.Set) error {
	s.prepare(p)
	for len(uids) > 0 {
		var part wire.Set
		part, uids = stretch(uids, p.batchSize())
		records, err := s.readPlanned(p, part)
		if err != nil {
			return err
		}
		if missing := int(part.Len()) - len(records); missing > 0 {
			s.missed(p, missing)
		}
		if p.setSeen {
			if err := s.setSeen(records); err != nil {
				return err
			}
		}
		for i := range records {
			rec := &records[i]
			if rec.ModSeq <= p.changedSince {
				continue
			}
			if err := s.fetchOne(p, rec); err != nil {
				return err
			}
		}
		if err := s.w.Err(); err != nil {
			s.done = true
			return err
		}
	}
	return nil
}

// maxGap is how many absent numbers are read past rather than asked around.
const maxGap = 64

// stretch cuts a set after about n numbers, or where a gap begins that is better not read.
func stretch(uids wire.Set, n uint64) (part, rest wire.Set) {
	for i, r := range uids {
		if i > 0 && r.First-uids[i-1].Last > maxGap {
			return uids[:i:i], uids[i:]
		}
		size := uint64(r.Last) - uint64(r.First) + 1
		if size < n {
			n -= size
			continue
		}
		cut := r.First + uint32(n) - 1
		part = append(append(part, uids[:i]...), wire.Range{First: r.First, Last: cut})
		if cut == r.Last {
			return part, uids[i+1:]
		}
		return part, append(wire.Set{{First: cut + 1, Last: r.Last}}, uids[i+1:]...)
	}
	return uids, nil
}

// readRecords reads the entries of one stretch.
func (s *session) readRecords(c store.CollectionID, uids wire.Set, want store.Want) (list []store.Record, err error) {
	if len(uids) == 0 {
		return nil, nil
	}
	err = s.look(s.ctx, func(r store.Reader) error {
		list = make([]store.Record, 0, uids.Len())
		for rec, err := range r.ByUID(c, store.UID(uids[0].First), store.UID(uids[len(uids)-1].Last), want) {
			if err != nil {
				return err
			}
			if uids.Contains(uint32(rec.UID)) {
				list = append(list, rec)
			}
		}
		return nil
	})
	return list, err
}

// readPlanned reads the entries of one stretch with what the plan needs of them.
func (s *session) readPlanned(p *fetchPlan, uids wire.Set) (list []store.Record, err error) {
	if !p.marks {
		return s.readRecords(s.sel.c, uids, p.want)
	}
	err = s.look(s.ctx, func(r store.Reader) error {
		list = make([]store.Record, 0, uids.Len())
		for m, err := range r.Marks(s.sel.c, store.UID(uids[0].First), store.UID(uids[len(uids)-1].Last)) {
			if err != nil {
				return err
			}
			if !uids.Contains(uint32(m.UID)) {
				continue
			}
			rec := store.Record{Entry: store.Entry{UID: m.UID, ModSeq: m.ModSeq}}
			rec.Item.Flags, rec.Item.Keywords = m.Flags, m.Keywords
			list = append(list, rec)
		}
		return nil
	})
	return list, err
}

// setSeen marks messages as seen that are about to be shown, before they are.
func (s *session) setSeen(records []store.Record) error {
	fresh := false
	for i := range records {
		fresh = fresh || records[i].Item.Flags&store.Seen == 0
	}
	if !fresh {
		return nil
	}
	return s.update(s.sel.owner, func(tx store.Tx) error {
		rights, err := s.rightsOn(tx, s.sel.owner, s.sel.c)
		if err != nil || rights&store.MayKeepSeen == 0 {
			return err
		}
		for i := range records {
			if records[i].Item.Flags&store.Seen != 0 {
				continue
			}
			rec, err := tx.Mark(s.sel.c, records[i].UID, store.FlagChange{Add: store.Seen})
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("mark as seen: %w", err)
			}
			rec.Item.Summary = records[i].Item.Summary
			records[i] = rec
			s.sel.marked[uint32(rec.UID)] = 0
		}
		return nil
	})
}

// missed counts messages that were gone when they were to be read.
func (s *session) missed(p *fetchPlan, n int) {
	p.missing += n
	s.sel.shown = max(s.sel.shown, s.sel.at.ModSeq+1) // so that sync learns which
}

// wentMeanwhile reports whether a message whose bytes are not there is not there itself any more.
func (s *session) wentMeanwhile(rec *store.Record) bool {
	err := s.view(s.sel.owner, func(r store.Reader) error {
		now, err := r.Record(s.sel.c, rec.UID, store.WantItem)
		if err == nil && now.Item.Blob != rec.Item.Blob {
			return store.NotFound
		}
		return err
	})
	return isNotFound(err)
}

// fetchOne writes the line of one message.
func (s *session) fetchOne(p *fetchPlan, rec *store.Record) error {
	m := message{s: s, rec: rec}
	if err := m.load(p); err != nil {
		if isNotFound(err) && s.wentMeanwhile(rec) {
			s.missed(p, 1)
			return nil
		}
		if passes(err) {
			return err
		}
		p.damaged++
		s.log.Error("read message", "collection", s.sel.c, "uid", rec.UID, "error", err)
		return nil
	}
	defer m.close()
	s.sel.shown = max(s.sel.shown, rec.ModSeq)
	flags := false
	for _, i := range p.items {
		flags = flags || i.Kind == wire.FetchFlags
	}
	tellSeen := false
	if _, own := s.sel.marked[uint32(rec.UID)]; own && p.setSeen {
		s.sel.marked[uint32(rec.UID)] = rec.ModSeq
		tellSeen = !flags
	}
	if flags || tellSeen {
		s.meet(rec.Item.Keywords)
	}
	line := s.w.Fetch(s.number(uint32(rec.UID)), s.enabled.uidOnly)
	for i := range p.items {
		m.put(&line, p, &p.items[i])
	}
	if tellSeen {
		s.putMarks(&line, rec)
		if s.enabled.condstore {
			s.putModSeq(&line, rec)
		}
	}
	if line.Empty() { // all that was asked for has an unknown encoding
		line.Item("UID").Number(uint64(rec.UID))
	}
	line.End()
	if m.broken {
		p.damaged++
	}
	return nil
}

// passes reports whether an error says nothing of the message that was to be read.
func passes(err error) bool {
	return errors.Is(err, store.Busy) || errors.Is(err, store.Closed) || errors.Is(err, context.Canceled)
}

// supported refuses items that this session is not offered.
func (s *session) supported(items []wire.FetchItem) reply {
	of := map[wire.FetchKind]string{
		wire.FetchModSeq: "CONDSTORE", wire.FetchEmailID: "OBJECTID", wire.FetchThreadID: "OBJECTID",
		wire.FetchSaveDate: "SAVEDATE", wire.FetchPreview: "PREVIEW",
	}
	for _, i := range items {
		if name := of[i.Kind]; name != "" && !s.offers(name) {
			return bad(name + " is not offered")
		}
	}
	return reply{kind: wire.OK}
}

// parse reads the summary of a record; a missing one is that of an empty message.
func parseSummary(data []byte, parts bool) (*mail.Summary, error) {
	if parts {
		return mail.UnmarshalSummary(data)
	}
	return mail.UnmarshalHead(data)
}
