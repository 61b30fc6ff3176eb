package store

import "time"

// Flags are the system flags of an item. RFC 9051, section 2.3.2; RFC 8621, section 4.1.1.
type Flags uint16

// The flags.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	Draft
	Forwarded // $Forwarded
	MDNSent   // $MDNSent
	AllFlags  = Seen | Answered | Flagged | Deleted | Draft | Forwarded | MDNSent
)

// Facets are the parts of an item that change apart from each other, so that a protocol can tell a
// client just what changed: see [Item.ChangedSince].
type Facets uint8

// The facets.
const (
	Content   Facets = 1 << iota // blob, summary, thread
	ReadFlag                     // Seen
	FollowUp                     // Flagged and the follow-up details
	Verb                         // Answered, Forwarded and LastVerbTime
	Labels                       // keywords
	Other                        // Deleted, Draft, MDNSent
	AllFacets = Content | ReadFlag | FollowUp | Verb | Labels | Other
	NumFacets = 6
)

// Item is one object: a message, an event, a contact, a task or a note.
type Item struct {
	ID       ItemID
	Account  AccountID
	Class    Class
	Blob     BlobID
	Size     int64     // bytes of the blob
	Received time.Time // arrival (IMAP INTERNALDATE), millisecond precision, UTC
	Flags    Flags
	Keywords []string // user keywords and categories, sorted, unique ignoring case, each 1–255 bytes
	Thread   ThreadID
	Follow   *Follow   // follow-up details; nil when there are none
	VerbTime time.Time // when Answered or Forwarded was last set; zero when never
	Stamps   [NumFacets]ModSeq
	Summary  []byte // made and read by the domain package; nil unless asked for
}

// ChangedSince returns the facets that changed after n.
func (i Item) ChangedSince(n ModSeq) Facets {
	var f Facets
	for k, at := range i.Stamps {
		if at > n {
			f |= 1 << k
		}
	}
	return f
}

// Follow is the follow-up flag of a message in detail. MS-ASEMAIL, Flag. Times are UTC; zero when absent.
type Follow struct {
	Complete       bool      `json:"complete,omitempty"` // marked complete; [Flagged] is then unset
	Type           string    `json:"type,omitempty"`
	Subject        string    `json:"subject,omitempty"`
	CompleteTime   time.Time `json:"completeTime,omitzero"`
	DateCompleted  time.Time `json:"dateCompleted,omitzero"`
	StartDate      time.Time `json:"startDate,omitzero"`
	UTCStartDate   time.Time `json:"utcStartDate,omitzero"`
	DueDate        time.Time `json:"dueDate,omitzero"`
	UTCDueDate     time.Time `json:"utcDueDate,omitzero"`
	ReminderSet    bool      `json:"reminderSet,omitempty"`
	ReminderTime   time.Time `json:"reminderTime,omitzero"`
	OrdinalDate    time.Time `json:"ordinalDate,omitzero"`
	SubOrdinalDate string    `json:"subOrdinalDate,omitempty"`
}

// Record is an entry with its item. The item's fields beyond Entry.Item are set as asked for with
// [Want]; a tombstone has none.
type Record struct {
	Entry
	Item Item
}

// Want says how much of a [Record] to read.
type Want uint8

// What may be wanted.
const (
	WantEntry   Want = iota // the entry only
	WantItem                // and the item without its summary
	WantSummary             // and the summary
)

// Marks is what changes of an entry without its content.
type Marks struct {
	UID      UID
	ModSeq   ModSeq // the entry's
	Flags    Flags
	Keywords []string // as [Item] has them
}

// UIDRange is the UIDs from First to Last, both included.
type UIDRange struct{ First, Last UID }

// NewItem is an item to add or the new content of one to replace.
type NewItem struct {
	Class    Class
	Blob     Staged
	Received time.Time // zero: now
	Flags    Flags
	Keywords []string
	Summary  []byte
	Refs     Refs
	Text     Text
	Key      string // see [Entry]; at most MaxKey bytes
}

// MaxKey is the size of the longest key, in bytes.
const MaxKey = 1024

// Refs place a message in a conversation: it joins the thread of any message that it names or that
// names it, if Subject, the guard, is the same. All empty: a thread of its own.
type Refs struct {
	MessageID  string   // without angle brackets
	References []string // In-Reply-To and References, oldest first; the engine looks at the last 50
	Subject    string   // base subject, RFC 5256 section 2.1
}

// Text is what full-text search finds of an item. The engine folds it (see store/fold), cuts CJK runs
// into overlapping pairs and bounds each field. A field's text may be in pieces, each on lines of its
// own; a person would not look for words across them.
type Text struct {
	Subject     string
	From        string // names and addresses
	To          string // names and addresses of To, Cc and Bcc
	Body        string // readable text
	Attachments string // file names
	Headers     string // values of further header fields, one a line; none that hosts on the way added
	// Partial says that some of Body, Attachments or Headers was left out: that a text is not in what is
	// here does not mean that the item does not contain it.
	Partial bool
}

// FlagChange changes an item's marks. Nil pointers leave a part as it is.
type FlagChange struct {
	Add, Remove    Flags
	AddKeywords    []string
	RemoveKeywords []string
	SetKeywords    *[]string // replaces all; AddKeywords and RemoveKeywords are then ignored
	SetFollow      **Follow  // replaces the follow-up details; a pointer to nil clears them
	VerbTime       time.Time // with Add of Answered or Forwarded; zero: now
	// UnchangedSince, when not nil, refuses the change with Conflict if the entry's ModSeq is above it.
	// RFC 7162, section 3.1.3.
	UnchangedSince *ModSeq
}
