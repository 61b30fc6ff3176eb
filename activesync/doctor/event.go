package doctor

import "time"

// What says of which kind an [Event] is.
type What string

// The kinds of events.
const (
	Registered What = "registered" // the device was seen for the first time
	Answered   What = "answered"   // a command of which nothing else is to be said
	Refused    What = "refused"    // Status or Code says how, Text why
	Throttled  What = "throttled"  // told to come again after Limit
	Delayed    What = "delayed"    // held back for Wait: its Pings all ended at once
	Vanished   What = "vanished"   // the connection ended while the request waited, after Wait
	BrokenOff  What = "broken off" // the connection ended in the middle of an answer

	Expired    What = "expired"    // waited for Wait and had nothing to tell
	Superseded What = "superseded" // stopped waiting after Wait, for a newer request of the device
	Woken      What = "woken"      // told of news in Collection: Why is the change
	TreeNews   What = "tree"       // told to ask for the folders
	Unready    What = "unready"    // a wait that cannot be: Status
	Offered    What = "offered"    // told to wait for Limit in the place of Wait
	Learned    What = "learned"    // the network ends waits after Wait: they are kept below Limit
	Lengthened What = "lengthened" // waits of up to Limit are tried again; 0: as the device asks

	Unchanged    What = "unchanged"     // nothing new
	Begun        What = "begun"         // Collection from the start: Why
	Synchronised What = "synchronised"  // Collection: Tally
	KeyRefused   What = "key refused"   // sent back to the start of Collection: Why
	Folders      What = "folders"       // told the changes of the folder tree: Tally
	AllFolders   What = "all folders"   // told all folders, as it asked
	FoldersReset What = "folders reset" // sent back to the start of the folder tree: Why
)

// Why is a reason.
type Why string

// Reasons of [Begun].
const (
	NewFolder   Why = "new"          // it never had the folder
	WasReset    Why = "reset"        // the server had refused its key
	WithFolders Why = "with folders" // it had asked for all folders from the start
	ByItself    Why = "by itself"    // nothing on the server is the reason
)

// Reasons of [KeyRefused] and [FoldersReset].
const (
	NoState    Why = "no state"    // nothing is remembered of the device and the folder
	UnknownKey Why = "unknown key" // neither the last answer's key nor the one before
	TooOld     Why = "too old"     // it was away for longer than deletions are remembered
)

// Reasons of [Woken].
const (
	ItemAdded   Why = "added"
	ItemChanged Why = "changed"
	ItemRemoved Why = "removed"
	FolderTree  Why = "tree"      // folders were made, renamed or removed; only counted
	NotBegun    Why = "not begun" // the device has not synchronised the folder yet, or must do so anew
)

// An Event is one thing that happened, or several of the same kind in a row. Fields that its kind does not
// name are zero.
type Event struct {
	At         time.Time     `json:"at"`    // the first
	Last       time.Time     `json:"last"`  // the latest
	Times      int           `json:"times"` // how often
	What       What          `json:"what"`
	Why        Why           `json:"why,omitempty"`
	Command    string        `json:"command,omitempty"`
	Version    string        `json:"version,omitempty"` // of the protocol, "14.1"
	Collection int64         `json:"collection,omitempty"`
	Status     int           `json:"status,omitempty"` // in the answer
	Code       int           `json:"code,omitempty"`   // of HTTP, when it is not 200
	Wait       time.Duration `json:"wait,omitempty"`   // nanoseconds
	Limit      time.Duration `json:"limit,omitempty"`  // nanoseconds
	Tally      Tally         `json:"tally,omitzero"`
	Text       string        `json:"text,omitempty"` // of an error, in the server's words; at most maxText bytes
}

// A Tally counts what one answer told.
type Tally struct {
	Added      int  `json:"added,omitempty"`
	Changed    int  `json:"changed,omitempty"`
	Removed    int  `json:"removed,omitempty"` // gone from the folder: deleted or moved away
	Left       int  `json:"left,omitempty"`    // older than the device's filter; the server keeps them
	FromDevice int  `json:"from_device,omitempty"`
	Refused    int  `json:"refused,omitempty"`   // of FromDevice
	Conflicts  int  `json:"conflicts,omitempty"` // of FromDevice: somebody else was quicker, and stays
	Short      int  `json:"short,omitempty"`     // of Added and Changed: as short text, since the device stuck on them
	Notes      int  `json:"notes,omitempty"`     // of Added and Changed: as a note, the item itself cannot be shown
	More       bool `json:"more,omitempty"`      // there was more, for the next answer
}

// uneventful reports whether a further event of the same kind is only counted.
func (w What) uneventful() bool {
	switch w {
	case Registered, Woken, Begun, Synchronised, Learned, Lengthened, Folders:
		return false
	}
	return true
}

// same reports whether n says nothing that e does not say.
func (e Event) same(n Event) bool {
	return e.What.uneventful() && e.What == n.What && e.Why == n.Why && e.Command == n.Command && e.Version == n.Version &&
		e.Collection == n.Collection && e.Status == n.Status && e.Code == n.Code && e.Limit == n.Limit && e.Text == n.Text
}
