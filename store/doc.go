// Package store is Gannet's vocabulary and its journal: account, collection, item, entry, modseq.
//
// It holds the nouns that every protocol shares and the contract, [Store], that an engine meets. It
// imports the standard library only and knows no protocol, no MIME and no SQL. store/sqlite is the
// engine; store/storetest is the suite that every engine passes.
//
// # The model
//
// An account owns collections (a mailbox, a calendar, an address book). A collection holds entries;
// an [Entry] is the membership of an [Item] in a [Collection], named by a [UID] that rises and is
// never used again. An item carries the object's bytes (a blob, shared by content), its flags and a
// summary that the domain packages made when it arrived.
//
// Each account has one counter, the [ModSeq]. A transaction that changes anything takes the next
// value once and stamps all that it touches, so "what changed since n" has one answer for every
// protocol: [Reader.Changes] for entries, [Reader.Collections] for the tree, [Entry.Since] for what
// a client that last saw n must be told. A removed entry stays as a tombstone until [Store.Prune]
// raises the account's floor above it; a memory below the floor is [Stale].
//
// # Sharing
//
// A [Grant] gives another account, or everyone, [Rights] on a collection; [Reader.Shared] lists what
// an account was given. The engine keeps grants and does not enforce them: who acts for a grantee opens
// a transaction of the owner's account and looks at [Reader.Grants] in it, or goes by [Reader.Of] and [Tx.TxOf]
// from the grantee's to the owner's after a look at Shared, and then reads or changes what the rights allow.
// So a shared collection has one journal, and its changes count against its owner.
//
// # Transactions
//
// [Store.View] reads one snapshot. [Store.Update] runs a function in the single writer; many callers'
// functions share one commit, each in its own savepoint, and Update returns after that commit is on
// disk. Functions given to Update must be short and must not touch the network: messages are hashed,
// compressed and parsed before, through [Store.NewBlob]. Both are scoped to one account: another
// account's collections and items are NotFound but through Of and TxOf. Account 0 is the server itself: its transactions
// reach the directory (domains, accounts, aliases, credentials) and the outbound queue only.
//
// # Waiting
//
// [Store.Wait] returns when an account's ModSeq has passed n, [Store.WaitAny] when one of several has,
// [Store.Changed] when any has. They carry no data: who is woken reads the journal.
package store
