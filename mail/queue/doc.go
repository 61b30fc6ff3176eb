// Package queue empties the outbound queue of the store.
//
// A [Runner] takes the recipients that are due, in groups that share a message and a next hop, and
// either puts them into mailboxes here or hands them to a [Transport] for the hop that [Routes] name.
// It sleeps until the queue changes or the next recipient becomes due; it never polls.
//
// # Guarantees
//
// A recipient here gets a message exactly once: the message enters the mailbox and its row leaves the
// queue in one transaction, so that a crash at any moment repeats nothing and loses nothing. A message
// that another server took is at-least-once, as SMTP is: a crash after that server's 250 and before the
// commit of the row's removal sends it again.
//
// Every recipient ends in one of three ways: delivered, handed over, or reported to the sender in a
// notice (RFC 3464) that is queued in the transaction that removes the row. A notice has the null
// reverse-path and is itself never answered. NOTIFY=NEVER is kept (RFC 3461).
//
// # Refuses to do
//
// It looks up no MX records. A domain elsewhere without a route fails at once, and its notice says what
// the operator has to set.
package queue
