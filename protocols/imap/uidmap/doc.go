// Package uidmap knows which UIDs a mailbox holds and which message sequence number each of them has.
//
// Start from [Map]: the UIDs of one mailbox in rising order, RFC 9051 section 2.3.1. It is a value that never
// changes, so any number of sessions and goroutines share one; [Map.Add] and [Map.Remove] return another that shares
// with the first all that stayed. Its size is that of the runs of consecutive UIDs: a mailbox of a million messages
// without holes takes a few hundred bytes, one where every other UID is missing 8 bytes a run.
//
// Like the sets that go in and come out it never expands a range. It knows no session: when a session may be told of a
// change is that session's business.
package uidmap
