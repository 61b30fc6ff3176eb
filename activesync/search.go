package activesync

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// Statuses of a store that is searched. MS-ASCMD, Status (Search).
const (
	searchOK         = 1
	searchInvalid    = 2
	searchFailed     = 3
	searchDenied     = 5
	searchComplex    = 8
	searchTimedOut   = 10
	searchFolderSync = 11
	searchEndOfRange = 12
)

// search answers Search.
func (h *Handler) search(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadSearch(q.body)
	if err != nil {
		return err
	}
	s := searchRun{h: h, ctx: ctx, q: q, w: w, in: &in}
	switch strings.ToLower(strings.ReplaceAll(in.Store, " ", "")) {
	case "mailbox":
		return s.mailbox()
	case "gal":
		return s.directory()
	case "documentlibrary":
		if q.version >= V120 {
			return s.refuse(searchDenied)
		}
	}
	return s.refuse(searchInvalid)
}

// A searchRun is one Search on its way.
type searchRun struct {
	h   *Handler
	ctx context.Context
	q   *request
	w   *answer
	in  *wire.SearchRequest
}

// refuse answers with a status and nothing else.
func (s *searchRun) refuse(status int) error {
	wire.NewSearchWriter(s.w.encoder(), status).Close()
	return nil
}

// mailbox searches messages.
func (s *searchRun) mailbox() error {
	if s.q.version < V120 {
		return s.refuse(searchInvalid)
	}
	query := mailQuery{account: s.q.account.ID, version: s.q.version, now: s.q.now.In(s.h.home(s.q))}
	query.deep = s.in.Options.DeepTraversal
	if status := query.read(s.in); status != searchOK {
		return s.refuse(status)
	}
	span, ok := parseResultRange(s.in.Options.Range)
	switch {
	case !ok:
		return s.refuse(searchInvalid)
	case span.last >= maxResults:
		return s.refuse(searchEndOfRange)
	}
	found, err := s.found(&query, span)
	if err != nil {
		return s.failed(err)
	}
	if span.first > 0 && span.first >= len(found.hits) {
		return s.refuse(searchEndOfRange)
	}
	return s.answer(found, span, query.conversation)
}

// failed answers a search that came to nothing.
func (s *searchRun) failed(err error) error {
	switch {
	case timedOut(s.ctx, err):
		s.q.log.Warn("search takes too long", "error", err)
		return s.refuse(searchTimedOut)
	case errors.Is(err, errFolders):
		return s.refuse(searchFolderSync)
	case s.ctx.Err() != nil || errors.Is(err, store.Busy) || errors.Is(err, store.Closed):
		return err
	}
	s.q.log.Error("search", "error", err)
	return s.refuse(searchFailed)
}

// found looks for the messages, or remembers what was found before: for a further page always, so that the pages
// are of one search, and for the first if nothing has changed since.
func (s *searchRun) found(query *mailQuery, span resultRange) (*searchResult, error) {
	key := s.q.searchKey("Search", s.in.Text, s.in.Terms, query.deep)
	if known := s.h.searches.get(key, s.q.started); known != nil {
		now, err := s.h.Store.ModSeq(s.q.account.ID)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		if span.first > 0 || known.modSeq == now && !s.in.Options.Rebuild {
			return known, nil
		}
	}
	found, err := s.h.searchMail(s.ctx, s.q, query.mailSearch)
	if err == nil {
		s.h.searches.put(key, found)
	}
	return found, err
}

// searchKey names a search by all that it depends on.
func (q *request) searchKey(parts ...any) searchKey {
	return searchKey{q.account.ID, q.device.ID, sha256.Sum256(fmt.Appendf(nil, "%v %#v", q.version, parts))}
}

// answer writes a page of results.
func (s *searchRun) answer(found *searchResult, span resultRange, conversation bool) error {
	form := s.form(conversation)
	e := s.w.encoder()
	out := wire.NewSearchWriter(e, searchOK)
	start, written := e.BytesWritten(), 0
	places, err := s.h.page(s.ctx, s.q, found.slice(span), func(r hitRecord) (bool, error) {
		form.own = r.own
		m := s.h.present(s.ctx, s.q, r.Record, form, rungAsked)
		defer m.close()
		out.Message(longID(r.Item.ID), collectionID(r.Collection), func() { m.Write(e, uint8(s.q.version)) })
		written++
		return e.BytesWritten()-start < maxPageBytes, e.Err()
	})
	if err != nil {
		return err
	}
	if written == 0 {
		out.Nothing()
		places = 0
	}
	out.Range(span.first, places, found.total)
	out.Close()
	return nil
}

// form is how the client wants messages. One that does not say how gets the first words: a list of results
// shows no more. Body parts are of conversations. MS-ASCMD, BodyPartPreference.
func (s *searchRun) form(conversation bool) emailForm {
	form := emailForm{version: s.q.version, options: s.in.Options.Form, limits: s.q.limits()}
	if len(form.options.Bodies) == 0 && form.options.MIMESupport == 0 {
		form.options.Bodies = []wire.BodyPreference{{Type: wire.BodyText, Truncation: firstWords}}
	}
	if !conversation {
		form.options.BodyParts = nil
	}
	return form
}

// firstWords is how many bytes of a text stand for it in a list.
const firstWords = 512

// directory searches the address list.
func (s *searchRun) directory() error {
	text, ok := directoryText(s.in)
	span, inRange := parseResultRange(s.in.Options.Range)
	switch {
	case !ok, !inRange:
		return s.refuse(searchInvalid)
	case span.last >= pageResults:
		return s.refuse(searchEndOfRange)
	}
	if s.q.version < V141 {
		s.in.Options.Picture = nil
	}
	people, total, err := s.h.findPeople(s.ctx, text, span, s.in.Options.Picture)
	if err != nil {
		return s.failed(err)
	}
	if span.first > 0 && span.first >= total {
		return s.refuse(searchEndOfRange)
	}
	out := wire.NewSearchWriter(s.w.encoder(), searchOK)
	for i := range people {
		out.Person(&people[i])
	}
	out.Range(span.first, len(people), total)
	out.Close()
	return nil
}

// directoryText is what a query of the address list looks for: text, as it stands or as FreeText.
func directoryText(in *wire.SearchRequest) (string, bool) {
	switch {
	case len(in.Terms) == 0:
		return in.Text, true
	case len(in.Terms) == 1 && in.Terms[0].Op == wire.SearchFreeText:
		return in.Terms[0].Value, true
	}
	return "", false
}

// findPeople finds the people of a page in the address list, with their photos where they are asked for.
func (h *Handler) findPeople(ctx context.Context, text string, span resultRange, photos *wire.PictureRequest) ([]wire.DirectoryEntry, int, error) {
	people, total, err := h.Directory.Find(ctx, text, span.first, span.last-span.first+1)
	if err != nil {
		return nil, 0, fmt.Errorf("search the address list: %w", err)
	}
	pictures := newPictures(photos)
	list := make([]wire.DirectoryEntry, len(people))
	for i, p := range people {
		list[i] = wire.DirectoryEntry{
			Display: p.Display, Phone: p.Phone, Office: p.Office, Title: p.Title, Company: p.Company, Alias: p.Alias,
			First: p.First, Last: p.Last, HomePhone: p.HomePhone, MobilePhone: p.MobilePhone, Address: p.Address,
		}
		if list[i].Picture, err = pictures.of(ctx, h.Directory, p); err != nil {
			return nil, 0, err
		}
	}
	return list, total, nil
}
