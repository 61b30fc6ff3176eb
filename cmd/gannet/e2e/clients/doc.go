// Package clients lets programs that other people wrote, as Debian packages them, read and change mail on
// the real binary, and compares every byte that arrives with what was sent. It has tests only.
//
// A host is a running server with accounts. Messages of every shape (letters) get there by SMTP or by
// APPEND of a bare IMAP client, the control, which is also the second route: what a program did is looked up
// through it. `make e2e` installs the programs and runs everything; elsewhere there are fewer and smaller
// messages, and a test whose program is missing skips.
package clients
