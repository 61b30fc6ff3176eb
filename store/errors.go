package store

// Kind is the closed list of what can go wrong. Every error of a [Store] wraps exactly one Kind or
// the context's error; test with errors.Is(err, store.NotFound). Each protocol has one table from
// kinds to its statuses.
type Kind uint8

// The kinds.
const (
	Internal  Kind = iota + 1 // an I/O error, a broken invariant: ours, logged in full
	NotFound                  // no such account, collection, entry, blob, device…, or another account's
	Exists                    // the name or address is taken
	Invalid                   // the caller's arguments make no sense (empty name, cyclic parent…)
	Stale                     // older than the journal's floor; the client starts over
	OverQuota                 // the account's quota would be passed
	TooLarge                  // an object above a limit of the engine
	Full                      // no space left on the device; nothing was written, the store stays usable
	Busy                      // the write queue is full and the context ended while waiting
	Closed                    // the store is closed or closing
	Conflict                  // the entry changed since the ModSeq that the caller named
	Damaged                   // stored bytes do not match their hash, or do not decode
)

var kindText = [...]string{
	Internal: "internal error", NotFound: "not found", Exists: "already exists", Invalid: "invalid",
	Stale: "older than the journal", OverQuota: "over quota", TooLarge: "too large",
	Full: "no space left", Busy: "busy", Closed: "store is closed", Conflict: "changed in between", Damaged: "stored data is damaged",
}

// Error makes a Kind an error, so that errors.Is(err, store.NotFound) works.
func (k Kind) Error() string {
	if int(k) < len(kindText) && kindText[k] != "" {
		return kindText[k]
	}
	return "unknown kind of error"
}
