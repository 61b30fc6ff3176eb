package activesync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/store"
)

const (
	// maxResults is how many results of a search a client may page through. MS-ASCMD, Range (Search, Find).
	maxResults = 1000
	// pageResults is how many it gets that does not say how many it wants.
	pageResults = 100
	// maxPageBytes is after how many bytes a page of results ends, whatever was asked for.
	maxPageBytes = 8 << 20
	// resultBatch is how many messages are read in one snapshot of the store.
	resultBatch = 50
)

// A resultRange is which results a client wants, by their places from 0 on, both included.
type resultRange struct{ first, last int }

// parseResultRange reads "m-n"; the empty range is the first page.
func parseResultRange(s string) (resultRange, bool) {
	if strings.TrimSpace(s) == "" {
		return resultRange{0, pageResults - 1}, true
	}
	from, to, ok := strings.Cut(strings.TrimSpace(s), "-")
	first, err1 := strconv.ParseUint(strings.TrimSpace(from), 10, 31)
	last, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 31)
	return resultRange{int(first), int(last)}, ok && err1 == nil && err2 == nil && first <= last
}

// A mailSearch says what to look for and where.
type mailSearch struct {
	folders []string // CollectionIds; none, or the root among them: all folders of mail
	deep    bool     // the folders below them too
	key     find.Key
}

// errFolders says that a client names a folder that is not there.
var errFolders = errors.New("no such folder")

// searchMail finds messages, the newest first. The error is errFolders, context.DeadlineExceeded when the search takes
// too long, or one of the store.
func (h *Handler) searchMail(ctx context.Context, q *request, s mailSearch) (*searchResult, error) {
	ctx, cancel := context.WithTimeout(ctx, h.Limits.Search)
	defer cancel()
	end, err := h.searching.take(ctx, q.account.ID)
	if err != nil {
		return nil, err
	}
	defer end()
	result := &searchResult{at: q.started}
	var folders []store.Collection
	err = h.Store.View(ctx, q.account.ID, func(r store.Reader) (err error) {
		account, err := r.Account()
		if err != nil {
			return err
		}
		result.modSeq = account.ModSeq
		folders, err = s.collections(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	newest := find.Newest{Limit: maxResults}
	for _, c := range folders {
		m, err := find.Whole(ctx, h.Store, q.account.ID, c.ID)
		if err == nil {
			m.Location = h.home(q)
			err = newest.Search(ctx, m, s.key)
		}
		if err != nil && !isGone(err) { // a folder may be removed meanwhile
			return nil, fmt.Errorf("search in %s: %w", collectionID(c.ID), err)
		}
	}
	result.hits, result.total = newest.Hits(), int(newest.Total)
	return result, nil
}

// collections returns the folders of mail to look in.
func (s *mailSearch) collections(r store.Reader) ([]store.Collection, error) {
	all, err := r.Collections(0)
	if err != nil {
		return nil, fmt.Errorf("folders: %w", err)
	}
	everywhere := len(s.folders) == 0
	wanted := make(map[store.CollectionID]bool)
	for _, id := range s.folders {
		c, ok := parseCollectionID(id)
		switch {
		case id == rootID:
			everywhere = true
		case !ok || !slices.ContainsFunc(all, func(x store.Collection) bool { return x.ID == c && folderClasses[x.Class] != "" }):
			return nil, errFolders
		default:
			wanted[c] = true
		}
	}
	list := all[:0]
	for _, c := range all { // parents before children
		if s.deep && wanted[c.Parent] {
			wanted[c.ID] = true
		}
		if folderClasses[c.Class] != "" && (everywhere || wanted[c.ID]) {
			list = append(list, c)
		}
	}
	return list, nil
}

// timedOut reports whether a search was ended for the time it took.
func timedOut(ctx context.Context, err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
}

// page calls write with the messages of a page, in their order, until write reports that there is no more room, and
// returns how many places it went through. Messages that are gone meanwhile are passed over.
func (h *Handler) page(ctx context.Context, q *request, hits []find.Hit, write func(hitRecord) (more bool, err error)) (places int, err error) {
	for len(hits) > places {
		batch := hits[places:min(len(hits), places+resultBatch)]
		records, err := h.readHits(ctx, q, batch)
		if err != nil {
			return places, err
		}
		for _, r := range records {
			places++
			if r.Item.ID == 0 {
				continue
			}
			if more, err := write(r); err != nil || !more {
				return places, err
			}
		}
	}
	return places, nil
}

// A hitRecord is a message that was found, with its summary. The zero hitRecord is one that is gone.
type hitRecord struct {
	store.Record
	own  bool      // the user wrote it
	name store.UID // by which the device knows it
}

// readHits reads messages that were found.
func (h *Handler) readHits(ctx context.Context, q *request, hits []find.Hit) ([]hitRecord, error) {
	list := make([]hitRecord, len(hits))
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) error {
		for i, hit := range hits {
			if err := q.readHit(r, hit, &list[i]); err != nil && !isGone(err) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return list, nil
}

// readHit reads a message that was found; NotFound if it is gone.
func (q *request) readHit(r store.Reader, hit find.Hit, into *hitRecord) error {
	c, err := r.Collection(hit.Collection)
	if err != nil {
		return err
	}
	record, err := r.Record(hit.Collection, store.UID(hit.UID), store.WantSummary)
	if err != nil {
		return err
	}
	record.Item.Summary = bytes.Clone(record.Item.Summary)
	*into = hitRecord{record, holdsOwn(c.Role), record.UID}
	if c.Role != store.Drafts {
		return nil
	}
	st, _, err := readState(r, q.device.ID, c.ID)
	if err == nil && st != nil {
		into.name = st.name(record.UID)
	}
	return err
}

// searchTime is the default of [Limits] Search: less than phones wait for an answer.
const searchTime = 25 * time.Second
