// Package mail reads Internet messages (RFC 5322, RFC 2045 to 2049 and what is really sent under their names).
//
// [Parse] reads a message once, as a stream, and returns its [Summary]: envelope, MIME tree with byte offsets,
// preview, attachment list, flags. The summary is stored beside the message with [Summary.AppendBinary] and read back
// with [UnmarshalSummary] in a few microseconds, so that a listing never opens a message. What needs the bytes takes an
// [io.ReaderAt] of the stored message and the summary: [Summary.OpenPart] streams one part with its transfer encoding
// removed, [Summary.TextReader] also decodes the charset, [Summary.Text] chooses, converts and truncates the body that
// a client asked for, [Summary.SearchText] gathers what the full-text index wants.
//
// Start with [Summary] and [Part]. A summary is not changed by its methods, so that several goroutines may share one.
//
// # Delivery
//
// [Ingest] stages a message in the store and parses it in the same pass. [Service] resolves addresses, delivers
// into mailboxes here ([Service.Deliver]: one commit, one answer for each) and queues what people send
// ([Service.Send]: the copy in Sent, every recipient and what the protocol has to remember, in one
// transaction). Package mail/queue empties the queue. Before each delivery a [Responder] is asked whether it is
// answered automatically; package mail/autoreply has one.
//
// # Brokenness
//
// No message is refused. A missing blank line, a missing boundary, a bare CR, NULs, broken base64, an unknown charset:
// each is read as mail programs show it and, where structure was lost, noted in [Summary.Defects]. Errors are errors of
// the reader, nothing else.
//
// # Bounds
//
// Time is linear in the size of the message, whatever its nesting. Memory does not depend on the size: a window of
// 64 KiB, one header block of at most [MaxHeader] bytes, at most [MaxParts] parts and [MaxDepth] levels, and strings
// of at most about one mebibyte in the summary. What lies beyond a bound is read past, never an error.
//
// # Refuses to do
//
// The package does not decrypt and does not verify signatures: S/MIME and OpenPGP bodies stay as they are. It does not
// sanitise HTML; that is the business of whoever shows it.
package mail
