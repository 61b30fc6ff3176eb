package activesync

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A LongId names an item wherever it is. It is made of the item's id, which survives moves, so it stays good
// however old the answer is that it stood in. MS-ASCMD, LongId.

// longID returns the LongId of an item, "L345".
func longID(id store.ItemID) string { return "L" + strconv.FormatInt(int64(id), 10) }

// parseLongID reads a LongId.
func parseLongID(s string) (store.ItemID, bool) {
	digits, ok := strings.CutPrefix(s, "L")
	n, err := strconv.ParseInt(digits, 10, 64)
	id := store.ItemID(n)
	return id, ok && err == nil && n > 0 && longID(id) == s
}

// errNoItem says that an id names nothing in the account.
var errNoItem = fmt.Errorf("no such item: %w", store.NotFound)

// findItem returns the entry that a request names by the id of the item, which may stand with that of its
// folder, or by its LongId.
func findItem(r store.Reader, device, folderID, serverID, long string, want store.Want) (store.Record, error) {
	if long != "" {
		id, ok := parseLongID(long)
		if !ok {
			return store.Record{}, errNoItem
		}
		return r.RecordByItem(id, want)
	}
	c, uid, ok := parseItemID(serverID)
	if folder, known := parseCollectionID(folderID); folderID != "" && (!known || folder != c) {
		ok = false
	}
	if !ok {
		return store.Record{}, errNoItem
	}
	return recordKnownAs(r, device, c, uid, want)
}

// findWithin returns the entry that a Fetch names, and its folder. A LongId names what is the account's own: of what
// is lent none is handed out.
func findWithin(h *reach, device string, f *wire.FetchOperation, want store.Want) (store.Record, folder, error) {
	if f.LongID != "" {
		r, err := findItem(h.r, device, f.CollectionID, f.ServerID, f.LongID, want)
		if err != nil {
			return r, folder{}, err
		}
		in, err := h.find(r.Collection)
		return r, in, err
	}
	id, _, ok := parseItemID(f.ServerID)
	if !ok {
		return store.Record{}, folder{}, errNoItem
	}
	in, err := h.find(id)
	if err != nil {
		return store.Record{}, in, err
	}
	r, err := findItem(in.r, device, f.CollectionID, f.ServerID, "", want)
	return r, in, err
}

// isGone reports whether err means that there is no such thing.
func isGone(err error) bool { return errors.Is(err, store.NotFound) }
