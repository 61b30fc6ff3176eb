package activesync

import (
	"context"
	"errors"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/kql"
	"github.com/gannetmail/gannet/store"
)

// Statuses of Find: of the command and of the search within. MS-ASCMD, Status (Find).
const (
	findOK         = 1
	findInvalid    = 2
	findFolderSync = 3 // of the command
	findFailed     = 3 // of the search
	findRange      = 4
)

// find answers Find.
func (h *Handler) find(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadFind(q.body)
	if err != nil {
		return err
	}
	f := findRun{h: h, ctx: ctx, q: q, w: w, in: &in}
	var ok bool
	switch f.span, ok = parseResultRange(in.Range); {
	case strings.TrimSpace(in.SearchID) == "":
		return f.refuse(findInvalid)
	case !ok, f.span.last >= maxResults:
		return f.refuse(findRange)
	case in.Directory:
		return f.directory()
	case in.Class != "" && !strings.EqualFold(in.Class, classEmail):
		return f.refuse(findInvalid)
	}
	return f.mailbox()
}

// A findRun is one Find on its way.
type findRun struct {
	h    *Handler
	ctx  context.Context
	q    *request
	w    *answer
	in   *wire.FindRequest
	span resultRange
}

// refuse answers with a status of the search and nothing else.
func (f *findRun) refuse(status int) error {
	wire.NewFindWriter(f.w.encoder(), status).Close()
	return nil
}

// mailbox searches messages.
func (f *findRun) mailbox() error {
	key, err := kql.Parse(f.in.Text, f.q.now.In(f.h.home(f.q)))
	if err != nil {
		return f.refuse(findInvalid)
	}
	s := mailSearch{deep: f.in.Deep, key: key}
	if id := strings.TrimSpace(f.in.CollectionID); id != "" {
		s.folders = []string{id}
	}
	found, err := f.found(s)
	switch {
	case err != nil:
		return f.failed(err)
	case found == nil, f.span.first > 0 && f.span.first >= len(found.hits):
		return f.refuse(findRange)
	}
	return f.answer(found)
}

// failed answers a search that came to nothing.
func (f *findRun) failed(err error) error {
	switch {
	case errors.Is(err, errFolders):
		return fail(findFolderSync, err)
	case timedOut(f.ctx, err):
		f.q.log.Warn("search takes too long", "error", err)
		return f.refuse(findFailed)
	case f.ctx.Err() != nil || errors.Is(err, store.Busy) || errors.Is(err, store.Closed):
		return err
	}
	f.q.log.Error("find", "error", err)
	return f.refuse(findFailed)
}

// found looks for the messages, or remembers what was found before under the same SearchId: for a further page
// always, so that the pages are of one search, and for the first if nothing has changed since. A further page of a search
// that nobody remembers is nil: the client begins anew.
func (f *findRun) found(s mailSearch) (*searchResult, error) {
	key := f.q.searchKey("Find", f.in.SearchID, f.in.Text, s.folders, s.deep)
	if known := f.h.searches.get(key, f.q.started); known != nil {
		now, err := f.h.Store.ModSeq(f.q.account.ID)
		if err != nil {
			return nil, err
		}
		if f.span.first > 0 || known.modSeq == now {
			return known, nil
		}
	}
	if f.span.first > 0 {
		return nil, nil
	}
	found, err := f.h.searchMail(f.ctx, f.q, s)
	if err == nil {
		f.h.searches.put(key, found)
	}
	return found, err
}

// answer writes a page of results.
func (f *findRun) answer(found *searchResult) error {
	e := f.w.encoder()
	out := wire.NewFindWriter(e, findOK)
	start, written := e.BytesWritten(), 0
	places, err := f.h.page(f.ctx, f.q, found.slice(f.span), func(r hitRecord) (bool, error) {
		out.Message(itemID(r.Collection, r.name), collectionID(r.Collection), foundMessage(r))
		written++
		return e.BytesWritten()-start < maxPageBytes, e.Err()
	})
	if err != nil {
		return err
	}
	if written == 0 {
		places = 0
	}
	out.Range(f.span.first, places, found.total)
	out.Close()
	return nil
}

// foundMessage is what Find tells of a message.
func foundMessage(r hitRecord) *wire.FoundMessage {
	s, err := mail.UnmarshalSummary(r.Item.Summary)
	if err != nil {
		return &wire.FoundMessage{Email: unreadableEmail(r.Record)}
	}
	m := &wire.FoundMessage{
		Email: emailHead(r.Record, s, r.own), DisplayCc: displayText(s.Envelope.Cc),
		Preview: s.Preview, HasAttachments: s.Flags.Has(mail.HasAttachments),
	}
	if r.own {
		m.DisplayBcc = displayText(s.Envelope.Bcc)
	}
	return m
}

// directory searches the address list.
func (f *findRun) directory() error {
	people, total, err := f.h.findPeople(f.ctx, f.in.Text, f.span, f.in.Picture)
	if err != nil {
		return f.failed(err)
	}
	if f.span.first > 0 && f.span.first >= total {
		return f.refuse(findRange)
	}
	out := wire.NewFindWriter(f.w.encoder(), findOK)
	for i := range people {
		out.Person(&people[i])
	}
	out.Range(f.span.first, len(people), total)
	out.Close()
	return nil
}
