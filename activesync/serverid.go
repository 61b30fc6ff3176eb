package activesync

import (
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Server ids are made of the store's own ids and nothing else, so a device that starts over finds every
// folder and every item under the name that it had before. They begin with a letter: some devices cannot
// tell "1e2" from a number. MS-ASCMD, ServerId.

// rootID is the parent of the folders at the top of the tree.
const rootID = "0"

// collectionID returns the server id of a collection, "c12"; of the root it is "0".
func collectionID(c store.CollectionID) string {
	if c == 0 {
		return rootID
	}
	return "c" + strconv.FormatInt(int64(c), 10)
}

// parseCollectionID reads the id of a collection. The root has none to be read.
func parseCollectionID(s string) (store.CollectionID, bool) {
	digits, ok := strings.CutPrefix(s, "c")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 || collectionID(store.CollectionID(id)) != s {
		return 0, false
	}
	return store.CollectionID(id), true
}

// itemID returns the server id of an entry, "c12:345".
func itemID(c store.CollectionID, uid store.UID) string {
	return collectionID(c) + ":" + strconv.FormatUint(uint64(uid), 10)
}

// parseItemID reads the id of an entry.
func parseItemID(s string) (store.CollectionID, store.UID, bool) {
	folder, number, ok := strings.Cut(s, ":")
	if !ok {
		return 0, 0, false
	}
	c, ok := parseCollectionID(folder)
	uid, err := strconv.ParseUint(number, 10, 32)
	if !ok || err != nil || uid == 0 || itemID(c, store.UID(uid)) != s {
		return 0, 0, false
	}
	return c, store.UID(uid), true
}
