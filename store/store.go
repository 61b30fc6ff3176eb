package store

import (
	"context"
	"iter"
	"time"
)

// Store is what an engine must do. Errors wrap a [Kind] or the context's error. All methods are safe
// for concurrent use.
type Store interface {
	// View runs fn on one snapshot of acct's data. A disabled account is readable; an unknown one is
	// NotFound. The Reader and everything that it yields are valid until fn returns. fn must not wait
	// for the network or call Update.
	View(ctx context.Context, acct AccountID, fn func(Reader) error) error

	// Update runs fn in the single writer and returns once its changes are durable. An error of fn
	// undoes fn's changes only and is returned as it is. If ctx ends before fn starts, nothing
	// happens; afterwards ctx is ignored. fn must be quick and must not call View or Update.
	Update(ctx context.Context, acct AccountID, fn func(Tx) error) error

	// UpdateAll runs each piece of work as Update does, all in one commit, and returns one error for
	// each (nil: durable). One failing piece does not touch the others.
	UpdateAll(ctx context.Context, work []Work) []error

	// NewBlob begins a blob. See [BlobWriter].
	NewBlob(ctx context.Context) (BlobWriter, error)

	// OpenBlob opens a stored blob. Callers take ids only from items of the account that asks.
	OpenBlob(ctx context.Context, id BlobID) (Blob, error)

	// Wait returns the account's ModSeq as soon as it is above after, or the context's error.
	// Account 0's counter rises with each change of the outbound queue. It holds no resources of
	// the engine while it waits.
	Wait(ctx context.Context, acct AccountID, after ModSeq) (ModSeq, error)

	// WaitAny waits as Wait does, for whichever of several accounts changes first, and says nothing of
	// which. Nothing to wait for is Invalid.
	WaitAny(ctx context.Context, known []Known) error

	// Changed waits until an account has changed, and returns all that have since what it returned before, each
	// once, with what to give it the next time. It begins with 0, at which it returns at once, and with none: who
	// follows all accounts looks at each of them then. Accounts that were removed are left out, and so is the server.
	// Only this process knows of it, and it costs nothing for accounts that do not change.
	Changed(ctx context.Context, after int64) (accounts []AccountID, next int64, err error)

	// ModSeq returns the account's current ModSeq without waiting, from memory.
	ModSeq(acct AccountID) (ModSeq, error)

	// Prune removes tombstones of entries and collections that were removed before the given time
	// and raises the floors above them, in small steps that do not stall other writers.
	Prune(ctx context.Context, before time.Time) error

	// Check verifies every invariant: references, counters, journal, full-text index; with deep also
	// the bytes of every blob. Each problem goes to report; the error is for what kept it from
	// checking. It works beside a running server.
	Check(ctx context.Context, deep bool, report func(problem string)) error

	// Backup writes a consistent copy of everything to the file path, which must not exist, while the
	// store goes on working. progress may be nil; it gets done and total pages.
	Backup(ctx context.Context, path string, progress func(done, total int64)) error

	// Close lets running work end, makes everything durable and frees the store.
	Close() error
}

// Known is up to where somebody knows an account's changes.
type Known struct {
	Account AccountID
	ModSeq  ModSeq
}

// Everyone stands for no account: to Wait, WaitAny and ModSeq its counter rises whenever a grant to everyone comes,
// goes or changes, and whenever a collection that has one is renamed, moved or removed; not of mail, which people
// share with everyone as they like, and which nobody waits for so. The counter is in memory and begins anew with the
// process.
const Everyone AccountID = -1

// Work is one account's part of an [Store.UpdateAll].
type Work struct {
	Account AccountID
	Do      func(Tx) error
}

// Reader reads one snapshot, scoped to one account (see [Store.View]). Sequences stop after yielding
// an error; they may be left early.
type Reader interface {
	Directory

	// Account is the account of the transaction.
	Account() (Account, error)
	// Of reads another account's data in the same snapshot, or in the same transaction with its writes; the
	// account's own yields itself. It is NotFound for an account that is not there and for the server. It
	// looks at no grants: that the account that asks may see what it reads is its caller's to ask, of Shared
	// or Grants.
	Of(acct AccountID) (Reader, error)

	// Collections yields the account's collections, parents before children, then by ID; tombstones
	// only those with ModSeq above since, live ones only those with ModSeq above since: 0 is the
	// whole live tree without tombstones. Below the floor (and not 0) it is Stale.
	Collections(since ModSeq) ([]Collection, error)
	// Collection returns one live collection.
	Collection(id CollectionID) (Collection, error)
	// CollectionByRole returns the live collection with the role.
	CollectionByRole(role Role) (Collection, error)

	// Grants lists what others may do with one of the account's collections: everyone's first, then by
	// account.
	Grants(c CollectionID) ([]Grant, error)
	// Shared lists the live collections of other accounts that were granted to this one or to everyone,
	// by owner, parents before children. Those of disabled accounts are left out.
	Shared() ([]Shared, error)
	// Subscriptions lists further names that the account subscribed to, sorted; see [Tx.Subscribe].
	Subscriptions() ([]string, error)
	// Annotations lists what this account put on c by name: a collection of its own, one shared with it,
	// or 0, the account itself.
	Annotations(c CollectionID) ([]Annotation, error)

	// Record returns one live entry.
	Record(c CollectionID, uid UID, want Want) (Record, error)
	// RecordByItem returns an item by its id with one of its live entries.
	RecordByItem(id ItemID, want Want) (Record, error)
	// RecordByKey returns the live entry of c with the key, compared byte by byte.
	RecordByKey(c CollectionID, key string, want Want) (Record, error)
	// Changes yields the entries of c behind p in journal order (ModSeq, UID), tombstones included.
	// Stale when p.ModSeq is below the floor, unless p is the zero place: then live entries only. Who
	// has read to the end goes on from After(Account().ModSeq) of the same snapshot: the last entry's
	// own place may lie below the floor.
	Changes(c CollectionID, p Place, want Want) iter.Seq2[Record, error]
	// Newest yields the live entries of c strictly older than before (zero: from the newest) and not
	// older than since (zero: no bound), by Age, newest first.
	Newest(c CollectionID, before Age, since Age, want Want) iter.Seq2[Record, error]
	// ByUID yields the live entries of c with lo ≤ UID ≤ hi, rising.
	ByUID(c CollectionID, lo, hi UID, want Want) iter.Seq2[Record, error]
	// Marks yields what [Record] has of flags and modseq for the entries that ByUID yields, at a fraction
	// of its cost.
	Marks(c CollectionID, lo, hi UID) iter.Seq2[Marks, error]
	// UIDs yields the UIDs of the live entries of c as ranges, rising and apart.
	UIDs(c CollectionID) iter.Seq2[UIDRange, error]
	// Search yields what q finds, newest first.
	Search(q Query, want Want) iter.Seq2[Record, error]
	// Containing yields, by rising UID, every live entry of c whose field f may contain text, also inside
	// of words, both folded (see store/fold). It never misses one: an item whose text the index does not
	// have complete is always yielded, not Sure. No text is in every entry.
	Containing(c CollectionID, f Field, text string) iter.Seq2[Hit, error]
	// Thread yields the live entries of a conversation, oldest first.
	Thread(id ThreadID, want Want) iter.Seq2[Record, error]

	// Devices lists the account's devices, the most recently seen first.
	Devices() ([]Device, error)
	// Device returns one.
	Device(id string) (Device, error)
	// State returns what was put for a device under a key; NotFound when nothing was.
	State(device, key string) ([]byte, error)
	// StateKeys lists a device's keys with the given prefix, sorted.
	StateKeys(device, prefix string) ([]string, error)
}

// Directory reads what is not any account's own: it is the same in every transaction.
type Directory interface {
	Domains() ([]Domain, error)
	// Accounts lists all accounts by name.
	Accounts() ([]Account, error)
	// AccountByID returns one account, whichever the transaction's.
	AccountByID(id AccountID) (Account, error)
	// Resolve returns the accounts that mail for a canonical address goes to: the account of that
	// name, or the alias, or the domain's catch-all; NotFound otherwise. Tags (user+tag) are the
	// caller's business.
	Resolve(address string) ([]AccountID, error)
	// Aliases lists aliases by address: all, or those that lead to acct when it is not 0.
	Aliases(acct AccountID) ([]Alias, error)
	// Credentials lists an account's credentials, the main password first.
	Credentials(acct AccountID) ([]Credential, error)
	// Setting returns what was put for an account, 0 being the server, under a name; NotFound when nothing
	// was.
	Setting(acct AccountID, name string) ([]byte, error)
	// SettingNames lists the names of an account's settings with the given prefix, sorted.
	SettingNames(acct AccountID, prefix string) ([]string, error)
	// QueueDue lists outbound recipients due at or before now, the longest due first.
	QueueDue(now time.Time, limit int) ([]Queued, error)
	// Queue lists all outbound recipients by ID, from after on.
	Queue(after QueueID, limit int) ([]Queued, error)
	// QueueNext is when the next recipient becomes due; zero when the queue is empty.
	QueueNext() (time.Time, error)
}

// Tx reads and writes, scoped to one account (see [Store.Update]); reads see its own writes. All
// changes of one Tx to the account carry one ModSeq. An identical write is no change.
type Tx interface {
	Reader

	// ModSeq is the number that this transaction stamps; taken at the first call or change.
	ModSeq() (ModSeq, error)
	// TxOf is Of for who writes. What it changes carries a ModSeq of that account, counts against its quota,
	// and is kept or undone with all else of the transaction; who waits for that account is woken after the commit.
	TxOf(acct AccountID) (Tx, error)

	// CreateCollection adds c (Parent, Name, Class, Role, Source are read) and returns it complete. It starts
	// with its parent's grants.
	CreateCollection(c Collection) (Collection, error)
	// UpdateCollection renames and moves a collection in the tree.
	UpdateCollection(id, parent CollectionID, name string) (Collection, error)
	// RemoveCollection removes a collection with all its entries and sub-collections, its grants and
	// everybody's annotations on it. One with a Role is Invalid.
	RemoveCollection(id CollectionID) error
	// SetSubscribed sets whether a collection is subscribed. It moves the account's ModSeq, but none of
	// the collection's.
	SetSubscribed(c CollectionID, on bool) error

	// PutGrant sets what another account may do with a collection of this one; Rights 0 takes it back. A
	// grant to oneself is Invalid. It moves the account's ModSeq and the grantee's, or [Everyone]'s, but none
	// of the collection's. Who was granted a collection is woken likewise when it is renamed, moved or removed,
	// and when its owner is renamed, disabled or enabled, or removed.
	PutGrant(g Grant) error
	// Subscribe notes a name that is no collection of this account: one of somebody else, or one that
	// is gone. The engine gives it no meaning; 1–1000 bytes. More than 10,000 are TooLarge. It moves the
	// account's ModSeq.
	Subscribe(name string) error
	// Unsubscribe forgets a name; NotFound if it is not there.
	Unsubscribe(name string) error
	// PutAnnotation sets an annotation of this account on a collection of its own, on one shared with it
	// (nobody else sees it), or on itself; a nil Value removes it. A longer value than MaxAnnotation is
	// TooLarge; more than 100 names with one collection, or 4 MiB of an account's values, are OverQuota.
	// It moves the account's ModSeq, but none of the collection's.
	PutAnnotation(a Annotation) error

	// Add puts a new item into c. Its key, if it has one, must not be there yet (Exists); so with Replace,
	// Move and Copy.
	Add(c CollectionID, n NewItem) (Record, error)
	// Replace gives the item of an entry new content (blob, summary, refs, text, key if it has one) and leaves
	// its flags and keywords; n.Flags and n.Keywords are ignored. Of a message, Received stays as well: the
	// entry goes and the item has one under a new UID, since what is under a UID never changes (RFC 9051,
	// section 2.3.1.1). Objects of other classes keep their entry, unless n.Received is set and another than
	// before.
	Replace(c CollectionID, uid UID, n NewItem) (Record, error)
	// Move takes the entry out of c and puts its item into dst under a new UID. c == dst is Invalid.
	Move(c CollectionID, uid UID, dst CollectionID) (Record, error)
	// Copy makes a new item with the same content and marks in dst.
	Copy(c CollectionID, uid UID, dst CollectionID) (Record, error)
	// Remove takes the entry out of c; an item without entries is gone.
	Remove(c CollectionID, uid UID) error
	// Mark changes flags, keywords and follow-up of the entry's item. The record's ModSeq tells
	// whether anything changed.
	Mark(c CollectionID, uid UID, f FlagChange) (Record, error)

	// PutDevice adds or replaces a device.
	PutDevice(d Device) error
	// RemoveDevice removes a device and its state.
	RemoveDevice(id string) error
	// PutState sets a known device's value for a key (nil removes it). It moves no ModSeq.
	PutState(device, key string, value []byte) error

	// Enqueue adds an outbound recipient of a staged blob; q.ID, Blob, Size are set by the engine, and
	// Account too unless the transaction is the server's. The queue is one: Requeue and Dequeue reach
	// every row from any transaction.
	Enqueue(b Staged, q Queued) (QueueID, error)
	// Requeue sets Due, Attempts and LastError of q.ID.
	Requeue(q Queued) error
	// Dequeue removes a recipient.
	Dequeue(id QueueID) error

	// Blob returns a hold on a stored blob, so that it can be given to Add, Replace or Enqueue without
	// reading its bytes (delivery from the queue). Valid in this transaction; Release does nothing.
	Blob(id BlobID) (Staged, error)

	DirectoryTx
}

// DirectoryTx changes what is not any account's own.
type DirectoryTx interface {
	CreateDomain(name string) error
	// RemoveDomain removes a domain that no account and no alias uses.
	RemoveDomain(name string) error
	// CreateAccount adds an account (Name, Display, Quota are read) with [DefaultCollections]. Its domain must exist.
	CreateAccount(a Account) (Account, error)
	// UpdateAccount sets Display, Disabled and Quota.
	UpdateAccount(a Account) error
	// RemoveAccount removes an account and all that is its own.
	RemoveAccount(id AccountID) error
	// PutAlias adds or replaces an alias; no accounts removes it.
	PutAlias(a Alias) error
	// PutCredential adds (ID 0) or replaces a credential.
	PutCredential(c Credential) (CredentialID, error)
	// UseCredential notes when a credential was used.
	UseCredential(id CredentialID, at time.Time) error
	RemoveCredential(id CredentialID) error
	// PutSetting sets what a domain package keeps by name with an account, or with the server (0): what it
	// decided, what it must remember. No client sees it. A nil value removes it. The name is 1–255 bytes
	// without control characters; a longer value than MaxSetting is TooLarge, more than 5,000 settings or
	// 16 MiB of an account are OverQuota. It moves no ModSeq.
	PutSetting(acct AccountID, name string, value []byte) error
}
