// Package scheduling is where mail and calendars meet: messages about meetings, as they arrive and as they are written.
//
// A [Service] is what mail.Service asks before each delivery: it reads the calendar part of a message and says what
// becomes of the calendar of who receives it. calendar.Receive decides what a message means (RFC 5546); what is decided
// here is who may say it.
//
// A [Letter] is an iTIP message as mail (RFC 6047): a text that people can read, and the object for programs. Whoever
// changes or answers a meeting writes one: ActiveSync's events, its MeetingResponse, and the service itself.
//
// # Who is believed
//
// A meeting is placed in a calendar, as tentative and to be answered, only if whoever sent the message is known: he
// submitted it to this server, or his address is in the contacts of who receives it. Invitations of others are shown as
// mail and stay there; answering one places it. An address of this server that comes from outside is believed nothing.
//
// What is already in the calendar is changed by its organizer only, an answer counts only of who gives it: the author of
// the message (From) is he, or acts for him (Sender, SENT-BY) from an address of the same domain; for people here only who
// may write their main calendar does. Nobody says for another that he has sent him in his place. What others say of him is
// logged and comes to nothing.
//
// Nothing is ever accepted by itself, but by a resource. What was declined is not placed again if the same message comes once
// more, but if the organizer changes it; the last 500 such meetings are remembered.
//
// # Resources
//
// An account that is a room or a thing (calendar.Resource) answers invitations by itself, in the transaction that
// delivers them, and so that of two who want it at one time exactly one has it: what is decided about another calendar than
// the one that is there at last is decided again. It accepts if nothing else is at the time of any occurrence within its
// horizon, and declines with the times that are taken; a share of the occurrences of a series may be declined one by one. A
// change is decided about as an invitation is; what it no longer has is free. Only the organizer himself can have it, and of
// people elsewhere only if it says so. It never answers an answer. What it declined or what was cancelled is not in its
// calendar; it remembers the last 500 of these, so that an older message that comes later does nothing.
//
// # Bounds
//
// A calendar part of more than 2 MiB, 500 occurrences or 3,000 attendees, or with a longer UID than a key may be, is
// shown as mail and does nothing to the calendar. So does a part that cannot be read, tasks, and everything in Junk.
package scheduling
