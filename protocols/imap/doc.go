// Package imap is the IMAP server: IMAP4rev1 (RFC 3501), IMAP4rev2 (RFC 9051) and the extensions that docs/protocols.md
// lists, over the journal of package store. ADR 0004 has the reasons.
//
// A [Server] has sessions, each with one goroutine that reads a command, carries it out and answers. What a client knows
// of the mailbox that it selected is a map of UIDs (package uidmap), shared with all sessions that know the same, and a
// place in the journal: what others did is read behind that place and told when it may be (sync.go). IDLE and NOTIFY add a
// goroutine that waits for the account's counter and tells at once (watch.go, notify.go).
//
// The commands are rows of a table (commands.go), the capabilities another (caps.go); each command is a function that
// reads its arguments from package wire's Reader and returns its tagged answer. SEARCH, SORT and THREAD are worked out in
// package query. Names of mailboxes and what others share are one tree (names.go); every transaction on another's account
// checks the rights within itself.
//
// No snapshot of the store is open while a client is written to, no message and no mailbox is in memory whole, and
// nothing is answered OK before it is durable.
package imap
