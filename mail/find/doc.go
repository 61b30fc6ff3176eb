// Package find is the one search engine: it finds messages of a mailbox by what is known of them, for every protocol.
//
// Start from [Mailbox], what is looked through and how to read it; [Key], what is looked for; and [Search]. [Match] asks
// about one message, [Newest] puts what was found in several mailboxes in order, [Scan] reads what a protocol needs to
// sort by itself. IMAP's SEARCH and ActiveSync's Search and Find are translated into keys, so all of them find the same.
//
// A key is planned: the conditions of an And are taken in the order of what they cost, and each looks only at what the
// ones before it have left. Sets of UIDs cost nothing; flags and modseqs, then dates, sizes and ids are read from columns;
// texts ask the index first; what the header says beside comes from the summary; and only what none of these know is
// read from the message. Everything is read in windows, so that no snapshot of the store is held for long, and none at
// all while messages are read or a client is told of the progress. Memory grows with the runs of UIDs found.
//
// Text is compared in the form of store/fold: without case, without accents, with any run of white space as one space, and
// anywhere, also inside of words. What is compared with:
//
//   - Header of SUBJECT: the decoded subject. Of FROM, TO, CC, BCC, SENDER and REPLY-TO: the addresses, decoded, as
//     "Name <local@domain>, …", with names in quotes or without. Of another field: its value, decoded. Message ids
//     stand between angle brackets. Where a text to look for holds "=?", what was sent is looked at too.
//   - Body: the readable text, decoded, of HTML its words, of alternatives the longest, with embedded messages, up to
//     8 MiB. A text that is no text part, such as a PDF, is not looked into.
//   - Attachment: the names of attachments.
//   - Text: as Body; and the values of all header fields, but those that hosts on the way added (Received, signatures and
//     the like: Header finds them), and the names of attachments.
//
// The empty text, also one of accents alone, is in every body; as that of a field it asks whether the field is there.
package find
