// Command benchimap measures IMAP and POP3 of gannet beside Debian's Dovecot, by turns in the same run, and prints a
// table with both figures and their ratio. Nothing passes or fails by it.
//
//	make bench-imap
//	go run -tags sqlite_fts5 ./cmd/gannet/benchimap -gannet bin/gannet -only store,append -fsync optimized
//
// Both serve the same messages, written by code, over TLS 1.3 with the same certificate, from folders on the same disk,
// and are spoken to by the same small client. Each round does every act on one side and then on the other, the side
// that goes first changing; the table has the medians. Where the two answered differently, that is said.
//
// Dovecot runs as one ordinary user (for root: nobody) from a configuration made for the run, dovecot.conf.tmpl. It is
// given what makes it fast and costs no durability: login processes that serve many connections, no limits, Maildir or
// dbox by choice. Its mail_fsync is "always", since gannet too answers a change only when it is durable.
// The memory of idle sessions is measured in Debian's default mode, in the shared one, and with hibernation.
//
// Beside that it fills a mailbox of a million messages, for gannet alone.
package main
