// Package wire is the grammar of IMAP: it turns the bytes of a client into commands and answers into bytes. It knows no
// mailboxes, no sessions and no storage, and no input or output but an io.Reader and an io.Writer.
//
//	cmd, err := r.Start()          // tag, name, whether UID stood before it
//	switch cmd.Name {
//	case "FETCH":
//		args, err := r.Fetch(cmd.UID) // arguments and the end of the command
//	case "NOOP":
//		err := r.End()
//	}
//
// # Staying in step
//
// The methods of [Reader] read one piece each; after the first mistake they read nothing and return zero values, so a
// caller may look at the error once, at the end. [Reader.End] then reads the rest of the command away: the line, and
// through the literals that the client sends without waiting ({n+}), within [Limits].Drain. A synchronising literal that
// was not asked for ends the command, for the client, told BAD or NO, doesn't send it. Only where the command's end can't
// be known (too much to read away, a size of a literal that is no number, a broken connection) does [Error].Lost say that
// the session must end with BYE. A line over the limit is therefore an answer BAD and nothing worse.
//
// Literals of arguments are kept in memory up to Limits.Literal; those of APPEND are streamed ([Reader.Append]). The
// continuation request is [Reader].Continue, called before the bytes are read, with the size, so that the session may
// refuse.
//
// # What is read
//
// IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051): section 4 (atoms, numbers, strings, literals), 5.1 (mailbox names), 6.4.4
// (SEARCH, RETURN, $), 6.4.5 (FETCH), 9 (the grammar). LITERAL+ and LITERAL- (RFC 7888), literal8 (RFC 3516), MULTIAPPEND
// (RFC 3502), CATENATE (RFC 4469), REPLACE (RFC 8508), UTF8 of APPEND (RFC 6855), BINARY (RFC 3516), CONDSTORE and QRESYNC
// (RFC 7162), ESEARCH and SEARCHRES (RFC 4731, 5182), CONTEXT (RFC 5267), PARTIAL (RFC 9394), WITHIN (RFC 5032), FUZZY (RFC
// 6203), MULTISEARCH (RFC 7377), OBJECTID (RFC 8474), SAVEDATE (RFC 8514), PREVIEW (RFC 8970), SORT and THREAD (RFC 5256,
// 5957), LIST-EXTENDED with STATUS, SPECIAL-USE and MYRIGHTS (RFC 5258, 5819, 6154, 8440), STATUS=SIZE (RFC 8438), ID (RFC
// 2971), ENABLE (RFC 5161), NOTIFY (RFC 5465). That a form is read doesn't mean that it is offered: the session decides.
//
// # What is more than the grammar
//
// A line may end with a line feed alone, and with spaces before it. Key words are read in any case. A quoted string may
// hold UTF-8 in every session. A date-time may have one digit for the day without the space before it.
//
// # What is refused
//
// NUL everywhere but in literals that are streamed. Other bytes above 127 in quoted strings than UTF-8. Mailbox names
// that are not canonical modified UTF-7 while UTF8 is off, or that hold control characters (RFC 5198). \Recent and unknown
// system flags. Numbers of more than 63 bits. Sequence number 0. Charsets other than UTF-8 and US-ASCII (with
// ErrCharset). Non-synchronising literals over Limits.NonSync (with ErrTooBig).
//
// # What is written
//
// [Writer] gathers 32 KiB before it writes; FETCH lines cost no allocation. Strings are quoted where they may be (RFC 9051
// section 4.3) and literals otherwise; sets are compacted, never expanded; mailbox names are in the session's encoding.
package wire
