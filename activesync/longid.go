package activesync

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// A LongId names an item wherever it is, a FileReference one of its parts. Both are made of the item's id,
// which survives moves, so they stay good however old the answer is that they stood in. MS-ASCMD, LongId;
// MS-ASAIRS, FileReference.

// longID returns the LongId of an item, "L345".
func longID(id store.ItemID) string { return "L" + strconv.FormatInt(int64(id), 10) }

// parseLongID reads a LongId.
func parseLongID(s string) (store.ItemID, bool) {
	digits, ok := strings.CutPrefix(s, "L")
	return parseItemNumber(digits, ok)
}

// fileReference returns the FileReference of a part of an item, "F345-2.1"; part is mail.Part.ID. The tilde
// of virtual parts is written as an underscore, so that no client needs to escape anything.
func fileReference(id store.ItemID, part string) string {
	return "F" + strconv.FormatInt(int64(id), 10) + "-" + strings.ReplaceAll(part, "~", "_")
}

// parseFileReference reads a FileReference.
func parseFileReference(s string) (id store.ItemID, part string, ok bool) {
	digits, ok := strings.CutPrefix(s, "F")
	digits, part, cut := strings.Cut(digits, "-")
	id, ok = parseItemNumber(digits, ok && cut && part != "" && len(part) <= maxPartID)
	return id, strings.ReplaceAll(part, "_", "~"), ok
}

// maxPartID is the longest part that is looked for, in bytes: every level of nesting adds a number.
const maxPartID = 1024

func parseItemNumber(digits string, ok bool) (store.ItemID, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n <= 0 || strconv.FormatInt(n, 10) != digits {
		return 0, false
	}
	return store.ItemID(n), true
}

// errNoItem says that an id names nothing in the account.
var errNoItem = fmt.Errorf("no such item: %w", store.NotFound)

// findItem returns the entry that a request names by the id of the item, which may stand with that of its
// folder, or by its LongId.
func findItem(r store.Reader, folderID, serverID, long string, want store.Want) (store.Record, error) {
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
	return r.Record(c, uid, want)
}

// isGone reports whether err means that there is no such thing.
func isGone(err error) bool { return errors.Is(err, store.NotFound) }
