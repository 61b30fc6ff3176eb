// Package pop3 is the POP3 server: RFC 1939 with CAPA and response codes (RFC 2449, RFC 3206), STLS
// (RFC 2595, RFC 8314), AUTH (RFC 5034, RFC 1734), UTF8 and LANG (RFC 6856). Start from [New] and
// [Server.Serve].
//
// The maildrop is the account's Inbox. [Options] has every limit.
//
// # The session
//
// A login takes a snapshot of the Inbox, UIDs and sizes only, 8 bytes a message; it is kept afterwards
// and brought up to date from the journal at the next login, so that clients which leave their mail on
// the server and ask every minute cost what has changed. One account has one session at a time
// ([IN-USE]); other protocols are not held up, and a message that they remove meanwhile is an error of
// RETR, not of the session. Messages marked with DELE go at QUIT only, in transactions of a few hundred;
// a connection that ends otherwise removes nothing. They are removed, not moved to the trash.
//
// RETR and TOP change no flag: whether a message was read is said by programs that show it, and a
// program that fetches copies for later has shown nothing.
//
// [Options].LoginDelay and [Options].Expire are policies of the site, off unless set and announced by CAPA: a
// pause between the logins of an account, and an age at which QUIT removes messages that nobody marked.
//
// A unique id is the Inbox's UIDVALIDITY and the message's UID: it survives restarts and restores.
//
// # Line ends and sizes
//
// Bytes go out as they are stored, but a bare LF as CRLF, and a last line without end gets one. Mail
// that came by SMTP, LMTP or ActiveSync has CRLF everywhere already, so that LIST and STAT, which tell
// the stored size, tell what RETR sends. They are short by one octet for each bare LF of a message from
// elsewhere, and by two for a last line without end: counting would mean reading every message at login.
//
// # Languages
//
// LANG knows English and German; texts.go has them side by side. Texts are UTF-8, what a language needs of
// it, once a client has asked for the language. Lines of the log stay English.
//
// # Protection
//
// Passwords (USER, PLAIN, LOGIN) need TLS, or loopback when [Options].LoopbackPlain says so;
// SCRAM-SHA-256 needs neither. APOP is not offered: it would need passwords in the clear on disk.
// Input that a client sent behind STLS before TLS began is discarded.
package pop3
