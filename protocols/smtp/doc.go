// Package smtp takes mail in and hands it on: the MX port, submission and LMTP on go-smtp, and the client
// that empties the outbound queue.
//
// A [Server] answers clients in one of three [Mode]s; a [Transport] talks to other servers for package
// mail/queue. RFC 5321, 6409 (submission), 2033 (LMTP), 3207 (STARTTLS), 4954 (AUTH), 8314 (implicit TLS),
// 1870 (SIZE), 6152 (8BITMIME), 6531 (SMTPUTF8), 2920 (PIPELINING), 3030 (CHUNKING, without BINARYMIME),
// 2034 and 3463 (enhanced status codes), 3461 (DSN, on submission).
//
// # What a reply promises
//
// 250 after the message means that it is on disk, in one commit: for every mailbox here (MX, and under LMTP
// each with its own reply), or in the queue (submission). Its text names the transaction, as the Received
// field and the log do, and the blob. Where one mailbox of several could not take a message, the queue
// has it for that one. An unknown recipient is 550 5.1.1 at RCPT, a full mailbox 452 4.2.2, an address
// elsewhere 550 5.7.1: nothing is relayed but for people who logged in.
//
// # Submission
//
// AUTH is neither offered nor taken before TLS, and MAIL not before AUTH. The reverse-path and the header
// From must be the submitter's own (553 and 550 5.7.1). A missing Date or Message-ID is added and Bcc is
// removed. No copy is put into Sent: mail programs append their own over IMAP. DSN options are kept;
// ORCPT is accepted and not kept; notices carry the header of the message, whatever RET says.
//
// # Line ends
//
// Only CRLF.CRLF ends the data; "\n.\n" and "\r.\r" in any mixture are part of the message. What is stored has
// CRLF line ends only: a bare LF becomes CRLF, CRs before a line end go with it, and CRs elsewhere become a
// space. So no message can carry the end of another one to a server that is less strict (SMTP smuggling).
//
// # What go-smtp leaves to us
//
// Each of these has a test in library_test.go.
//
//   - A time-out inside DATA or BDAT would turn the rest of the message into commands. Our connection
//     repeats its first read error for ever, and closes after the reply.
//   - Its time-outs bound a whole message: they stay off, and the deadlines of [protocols.IdleConn] move.
//   - A connection that ends inside a BDAT chunk looks like the end of the message: see bodyReader.
//   - RSET between BDAT chunks lets the outcome of the message that was cut off become the next one's: the
//     next MAIL is 421.
//   - One limit serves lines of commands and of messages: it is 128 KiB, and BINARYMIME is not offered.
//   - A second MAIL would keep the first one's recipients: it is 503.
//   - Addresses arrive unquoted and unchecked: non-ASCII without SMTPUTF8 is 553 5.6.7, and [Quote] writes
//     them back.
//   - Errors are told apart by type assertion: every path returns a bare *smtp.SMTPError.
//   - Its size limit is one byte too low: it is set one higher, which EHLO shows.
//   - After a refusal it reads the rest of the message without end: the connection allows for one more
//     message of the largest size.
//   - Only a bare *tls.Conn is TLS: our connection is below TLS, never above.
//
// # Limits
//
// RCPT TO:<postmaster> without a domain (RFC 5321, section 4.5.1) is refused by the library's parser before we
// are asked; postmaster@domain is always accepted. A message that ends in CR CR LF before its final dot is not
// seen to end there, and times out. The domain of an EHLO is not checked against DNS. MX
// look-up, SPF, DKIM and DMARC are not here.
package smtp
