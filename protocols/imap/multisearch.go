package imap

import (
	"context"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// searchMany is ESEARCH, RFC 7377: a search in several mailboxes, answered for each that has something.
func searchMany(s *session, c wire.Command) reply {
	a, err := s.r.MultiSearch()
	if err != nil {
		return malformed(err)
	}
	named := 0
	for i := range a.In {
		named += weight(&a.In[i])
	}
	only := len(a.In) == 0 || len(a.In) == 1 && a.In[0].Kind == wire.FilterSelected
	switch {
	case named > maxNamed:
		return no("LIMIT", "too many mailboxes are named: name what they lie below")
	case only && s.sel == nil:
		return bad("select a mailbox first, or name some")
	case hasNumbers(a.Program):
		return bad("sequence numbers are of one mailbox only: use UIDs")
	case a.Return.Save && !only:
		return bad("SAVE is of the selected mailbox only")
	case a.Return.Update || a.Return.Context:
		return bad("UPDATE and CONTEXT are of SEARCH only")
	}
	if !a.Return.Given {
		a.Return = wire.Return{Given: true, All: true}
	}
	if r := s.answerable(&a.Return, false, a.Program); !r.good() {
		return r
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("search", err)
	}
	c.UID = true // sequence numbers are of the selected mailbox only
	for _, m := range s.filtered(t, a.In) {
		if err := s.searchOne(c, m, &a.Search); err != nil {
			return s.failed("search", err)
		}
	}
	return ok("searched")
}

// filtered are the mailboxes that any of the filters names and the session may read, in the order of LIST.
func (s *session) filtered(t *tree, filters []wire.Filter) (list []*mailbox) {
	if len(filters) == 0 {
		filters = []wire.Filter{{Kind: wire.FilterSelected}}
	}
	for _, m := range t.sorted {
		if !m.selectable() || m.rights&store.MayRead == 0 {
			continue
		}
		for i := range filters {
			if s.matches(&filters[i], m) {
				list = append(list, m)
				break
			}
		}
	}
	return list
}

// searchOne answers for one mailbox. The one that is selected is searched as its client knows it.
func (s *session) searchOne(c wire.Command, m *mailbox, a *wire.Search) error {
	var q *query.Mailbox
	selected := s.sel != nil && s.sel.c == m.c.ID
	if selected {
		q = s.queryable(c)
	} else {
		seen, err := s.lookInto(m)
		if err != nil {
			if isNotFound(err) {
				return nil // removed meanwhile
			}
			return err
		}
		p := &progress{s: s, tag: c.Tag, last: s.server.o.Now()}
		q = &query.Mailbox{
			View: func(ctx context.Context, fn func(store.Reader) error) error {
				return s.server.o.Store.View(ctx, m.owner, func(r store.Reader) error {
					if err := s.allowed(r, m, store.MayRead); err != nil {
						return err
					}
					return fn(r)
				})
			},
			Open: s.server.o.Store.OpenBlob, Collection: m.c.ID, Map: seen,
			Now: s.server.o.Now(), Location: s.server.o.Location, Progress: p.tell,
		}
	}
	r, err := query.Search(s.ctx, q, a.Program)
	if err != nil {
		return err
	}
	f := &found{set: r.UIDs}
	if asksModSeq(a.Program) {
		f.modSeq = r.ModSeq
	}
	if selected && a.Return.Save {
		s.sel.saved = f.saved(&a.Return)
	}
	if f.count() == 0 {
		return nil // RFC 7377 section 2.1
	}
	e := wire.ESearch{Tag: c.Tag, Mailbox: m.name, Validity: m.c.UIDValidity, UID: true, ModSeq: f.modSeq}
	e.Counted, e.Count = a.Return.Count, uint32(f.count())
	s.fillExtended(&e, c, &a.Return, f)
	s.w.ESearch(&e)
	return s.w.Err()
}
