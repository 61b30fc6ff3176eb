package store

// Class is what a collection holds.
type Class uint8

// The classes. The zero value is none.
const (
	Mail Class = iota + 1
	Calendar
	Contacts
	Tasks
	Notes
)

var classText = [...]string{Mail: "mail", Calendar: "calendar", Contacts: "contacts", Tasks: "tasks", Notes: "notes"}

// String returns the class in lower case.
func (c Class) String() string {
	if int(c) < len(classText) {
		return classText[c]
	}
	return ""
}

// Role is the special use of a collection; at most one live collection of an account has each role.
// RFC 6154, RFC 8621 section 2. The empty role is an ordinary collection.
type Role string

// The roles.
const (
	Inbox     Role = "inbox"
	Drafts    Role = "drafts"
	Sent      Role = "sent"
	Trash     Role = "trash"
	Junk      Role = "junk"
	Archive   Role = "archive"
	Outbox    Role = "outbox"
	MainCal   Role = "calendar"
	MainCards Role = "contacts"
	MainTasks Role = "tasks"
	MainNotes Role = "notes"

	Birthdays  Role = "birthdays"  // of the people in the address books, as a calendar
	Recipients Role = "recipients" // whom the account writes to, as cards
)

// Collection is a mailbox, a calendar, an address book, a task or a note list.
//
// ModSeq moves when the collection itself changes (created, renamed, moved in the tree, removed);
// Changed moves when anything inside it does. Subscribed and what others may do with it move neither.
type Collection struct {
	ID          CollectionID
	Account     AccountID
	Parent      CollectionID // 0: top of the tree
	Name        string       // unique among live siblings, compared exactly; 1–255 bytes of UTF-8, no control characters, no '/'
	Class       Class
	Role        Role
	UIDValidity uint32
	UIDNext     UID
	Created     ModSeq
	ModSeq      ModSeq
	Changed     ModSeq
	Removed     bool  // a tombstone; the counters below are 0
	Total       int64 // live entries
	Unread      int64 // of these without [Seen]
	Size        int64 // bytes of their blobs
	Deleted     int64 // live entries with [Deleted]
	DeletedSize int64 // bytes of their blobs
	Subscribed  bool  // shown by clients that list subscriptions; true for a new collection, moves with it
	// Source says where what is in it comes from when the server keeps it, in a form that is the keeper's
	// business: the URL of a calendar, for instance. Clients only read such a collection. Empty: whoever may
	// write to it fills it. It never changes; at most MaxSource bytes.
	Source string
}

// MaxSource is the length of the longest [Collection.Source], in bytes.
const MaxSource = 4 << 10

// Fed reports whether the server keeps what is in the collection, so that clients only read it.
func (c Collection) Fed() bool { return c.Source != "" }

// Since reports what a client that last saw n must be told about the collection itself.
func (c Collection) Since(n ModSeq) Op {
	return Entry{Created: c.Created, ModSeq: c.ModSeq, Removed: c.Removed}.Since(n)
}

// DefaultCollections are made with every account, in this order. ID, Account and counters are unset.
var DefaultCollections = []Collection{
	{Name: "Inbox", Class: Mail, Role: Inbox},
	{Name: "Drafts", Class: Mail, Role: Drafts},
	{Name: "Sent Items", Class: Mail, Role: Sent},
	{Name: "Deleted Items", Class: Mail, Role: Trash},
	{Name: "Junk Email", Class: Mail, Role: Junk},
	{Name: "Archive", Class: Mail, Role: Archive},
	{Name: "Outbox", Class: Mail, Role: Outbox},
	{Name: "Calendar", Class: Calendar, Role: MainCal},
	{Name: "Contacts", Class: Contacts, Role: MainCards},
	{Name: "Tasks", Class: Tasks, Role: MainTasks},
	{Name: "Notes", Class: Notes, Role: MainNotes},
}
