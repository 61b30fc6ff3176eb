// Package imapmodel holds the servers of IMAP and ActiveSync to what their clients see. Its tests let ten IMAP sessions
// of different kinds and some phones work in the same mailboxes at random, at once or one after another, and compare at
// each quiet point what each of them has been told with what is in the store.
//
// The IMAP client here shares nothing with the server: it reads answers with a parser of its own, keeps a view of the
// mailbox that is made of nothing but the bytes it received, and fails as soon as the server says what no correct server
// says: an EXPUNGE while a FETCH is answered, a sequence number that there is not, a MODSEQ that goes back.
//
// A run is made of a seed, which is printed. `go test -run Model -seed N -turns M -steps K` repeats it; one after another
// it is the same run, at once it is the same choices.
package imapmodel
