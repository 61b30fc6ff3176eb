// Package calendar knows what an event is: iCalendar (RFC 5545), invitations in it (RFC 5546), time zones as they are
// written into calendars and as ActiveSync and Exchange write them.
//
// [ReadInvitation] reads the calendar part of a message and returns what it says of one meeting as an [Invitation]:
// every time in UTC, the rule of a series as a [Rule], the zone of the organizer as a [Zone]. It tells all or nothing:
// a part of which a time or a rule cannot be understood for sure is [ErrUnclear], so that nobody is shown a meeting at
// another hour than the organizer meant.
//
// [GlobalID] and [ParseGlobalID] lead from the UID of an event to Exchange's name for it and back.
//
// # Bounds
//
// What is read is at most 1 MiB, 20,000 properties and 16 levels of components; more is [ErrUnclear]. Work and memory
// are linear in the size.
//
// # Refuses to do
//
// The package does no I/O and knows no protocol and no mail. It does not expand series, and it does not store events:
// both come with the calendar itself.
package calendar
