package store

import "time"

// Field is a part of an item's [Text].
type Field uint8

// The fields. AnyField is all of them in [Reader.Containing], and all but the HeaderField in a [Term].
const (
	AnyField Field = iota
	SubjectField
	FromField
	ToField
	BodyField
	AttachmentField
	HeaderField // values of header fields that have no field of their own
)

// Term is one condition on the text: all of Words, in any order, or as they stand with Phrase. The
// last word matches as a prefix with Prefix. Empty Words match everything.
type Term struct {
	Field  Field
	Words  string
	Phrase bool
	Prefix bool
	Not    bool
}

// Query finds items of one account, newest arrival first. All conditions must hold.
type Query struct {
	Collections []CollectionID // nil: all live ones of Class
	Class       Class          // 0: any
	Terms       []Term
	Since       time.Time // Received at or after; zero: no bound
	Before      time.Time // Received before; zero: no bound
	With        Flags     // all of these set
	Without     Flags     // none of these set
	Thread      ThreadID  // 0: any
}

// Hit is an entry in which [Reader.Containing] found a text, or could not rule it out.
type Hit struct {
	UID  UID
	Sure bool // the text is there; else the caller looks for itself
}
