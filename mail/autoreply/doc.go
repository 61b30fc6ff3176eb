// Package autoreply answers mail for people who are away, and keeps what they want to be said.
//
// [Oof] is the noun: off, on or scheduled, with a message for each of three audiences. It is kept as a setting
// of the account; [Load] and [Save] are used by ActiveSync's Settings and by the operator's verbs. A
// [Responder] makes the answers: mail.Service asks it before each delivery, and what it stages is queued in the
// transaction of the delivery, so that a message that is delivered twice, or a crash at any moment, answers
// nobody twice.
//
// # Who is answered
//
// RFC 3834 is kept to the letter, with what RFC 5230 learned since: only people, only those who wrote to the
// account itself (To or Cc names it or an alias that is nobody else's), never lists, machines, reports, junk or
// oneself. The answer goes to the reverse-path, from the address that was written to, has itself the null
// reverse-path and says Auto-Submitted: auto-replied.
//
// Each sender hears once in an activation, and again after [Period] if it lasts that long; an account sends at
// most [DefaultDaily] answers a day. What was said to whom is remembered by hash, in a bounded number of
// settings of bounded size. So two responders stop after one answer each even if the other follows no rule.
//
// # Audiences
//
// Internal is who submitted the message to this server, logged in, under an address of a domain of this server:
// an outside host that only claims such an address is external. Of the external ones those are known whom
// [Acquaintances] knows; without contacts nobody is, and their text is kept but unused.
//
// # Refuses to do
//
// It does not translate, does not look at the text of what it answers, and does not check the HTML that the
// user gave: that is whoever's business who shows it.
package autoreply
