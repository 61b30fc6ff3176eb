// Package imap is to serve IMAP4rev1 and IMAP4rev2 over the journal of the store; the grammar is in package wire below it.
//
// So far it makes the two texts that describe a message to a client, from its summary and without its bytes:
// [AppendEnvelope] (RFC 9051 section 2.3.5) and [AppendBody] (section 2.3.6).
//
// Text is sent as the message has it: encoded words stay encoded. Where only the decoded form is known and it holds
// characters beyond ASCII, it is sent as UTF-8 to a client that takes UTF-8, and as encoded words (RFC 2047) otherwise.
// Bytes above 127 that stand in a header go into a literal.
package imap
