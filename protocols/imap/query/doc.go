// Package query answers SEARCH, SORT and THREAD over the engine of mail/find: RFC 9051 section 6.4.4 and RFC 3501 section
// 6.4.4, RFC 5032 (WITHIN), RFC 5256 (SORT, THREAD), RFC 5957 (DISPLAYFROM, DISPLAYTO), RFC 6203 (FUZZY, RELEVANCY), RFC
// 7162 section 3.1.5 (MODSEQ), RFC 8474 (EMAILID, THREADID) and RFC 8514 (SAVEDATE).
//
// Start from [Mailbox], what a session sees of a mailbox, and [Search]. [Sort] and [Thread] order what a search finds;
// [Match] asks about one message, for the updates of RFC 5267.
//
// A program is translated into a find.Key, which knows neither sequence numbers nor the names of flags; what is found by
// which text is the engine's to say, and the same for every protocol.
package query
