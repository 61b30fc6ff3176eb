// Package query answers SEARCH, SORT and THREAD over the store: RFC 9051 section 6.4.4 and RFC 3501 section 6.4.4, RFC
// 5032 (WITHIN), RFC 5256 (SORT, THREAD), RFC 5957 (DISPLAYFROM, DISPLAYTO), RFC 6203 (FUZZY, RELEVANCY), RFC 7162
// section 3.1.5 (MODSEQ), RFC 8474 (EMAILID, THREADID) and RFC 8514 (SAVEDATE).
//
// Start from [Mailbox], what a session sees of a mailbox, and [Search]. [Sort] and [Thread] order what a search finds;
// [Match] asks about one message, for the updates of RFC 5267.
//
// A program is planned: its keys are taken in the order of what they cost, and each looks only at what the ones before
// it have left. Sets of numbers cost nothing; flags and modseqs, then dates, sizes and ids are read from columns; SUBJECT,
// FROM, TO, CC, BCC, BODY and TEXT ask the index first; what the header says beside comes from the summary; and only what
// none of these know is read from the message. Everything is read in windows, so that no snapshot of the store is held
// for long, and none at all while messages are read or the client is told of the progress.
//
// Text is compared in the form of store/fold: without case, without accents, with any run of white space as one space, and
// anywhere, also inside of words. What is compared with:
//
//   - SUBJECT: the decoded subject. FROM, TO, CC, BCC and HEADER of SENDER and REPLY-TO: the addresses, decoded, as
//     "Name <local@domain>, …", with names in quotes or without. HEADER of another field: its value, decoded. Message ids
//     stand between angle brackets. Where a text to look for holds "=?", what was sent is looked at too.
//   - BODY: the readable text, decoded, of HTML its words, of alternatives the longest, with embedded messages, up to
//     8 MiB. A text that is no text part, such as a PDF, is not looked into.
//   - TEXT: as BODY; and the values of all header fields, but those that hosts on the way added (Received, signatures and
//     the like: HEADER finds them), and the names of attachments.
//
// The empty text, also one of accents alone, is in every body; as that of a field it asks whether the field is there.
package query
