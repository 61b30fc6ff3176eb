// Package source reads the mail of an account on another IMAP server (RFC 9051, RFC 3501): an archive.Source over
// go-imap's client.
//
// Mailboxes are opened with EXAMINE and bodies fetched with BODY.PEEK, so nothing changes there. A message's key is
// UIDVALIDITY and UID. Messages stream, one after another, while the connection's window is all the read-ahead there
// is. What a server does wrong costs the message that it does it to: lines and literals are bounded before the client
// sees them, a literal that ends early is no message, and where an answer cannot be read the connection is opened
// again and the range asked for in halves.
package source
