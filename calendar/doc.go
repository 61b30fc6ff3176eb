// Package calendar knows what an event, a task and a note are: iCalendar objects (RFC 5545), what takes place when,
// time zones as calendars, Windows and ActiveSync write them, free and busy times, and meetings (RFC 5546). All of it is
// functions of values but for two: [Ingest] stages an object for the store, and [Availability] reads there who is free.
//
// # Objects
//
// [Decode] reads a [File]; its [File.Objects] are one [Object] for each UID: the master, the occurrences that differ,
// the zones that they name. [Split] does that for calendars of any size, piece by piece. [ReadObject] reads one. An
// Object is made of [Component] and [Property], in their order; the accessors of Component read and write what is
// common (Start, Attendees, Categories …), and every other property stays where it is. [Object.Bytes] is what is stored
// and sent: properties that were not changed are written as they came, to the byte if they were well written. go-ical's
// Prop holds name, parameters and value; its codec is not used.
//
// A [Moment] is a DATE or DATE-TIME as written: a day, a floating time, an instant, or a time in a zone. It becomes an
// instant by [Object.Resolve]. Days stay days: no zone is ever applied to them but that of who looks.
//
// Programs write much that RFC 5545 does not allow. What can be read is read, and told as a [Problem] with its line;
// what is refused is a [SyntaxError] with line and reason. vCalendar 1.0 becomes iCalendar.
//
// # What takes place
//
// [Object.Occurrences] yields the [Occurrence] values in a window, from rules, dates, exclusions and overrides, those of
// THISANDFUTURE too. Where RFC 5545 leaves open what a [Rule] means, RFC 8984, section 4.3.3.1, decides: a YEARLY rule with
// BYMONTHDAY and without BYMONTH falls into the month of the start; years of a rule with BYWEEKNO are those of weeks.
// Rules by other calendars than the Gregorian (RFC 7529) are refused.
//
// # Zones
//
// A [Zone] tells which instant a clock means: [LoadZone] finds it by its IANA name, [WindowsZone] by that of Windows
// (Unicode CLDR), a [ZoneSet] by whatever an object calls it, [ParseZoneBlock] and [ZoneBlock.Zone] by what ActiveSync
// sends. [Zone.Component] and [Zone.Block] write it. The IANA list is part of the program.
//
// # Meetings
//
// [Receive] says what follows from an iTIP message for one calendar; [Announce] what attendees are to be told of a change;
// [Reply], [Counter], [DeclineCounter] and [Refresh] write the other messages. None answers or accepts by itself, and none
// asks who sent a message: that is decided before. [ReadInvitation] says what a message says of one meeting, for who shows
// messages: all of it or [ErrUnclear]. [GlobalID] is Exchange's name for a meeting. [FreeBusy] merges what takes
// somebody's time.
//
// # Bounds
//
// Reading is linear in the size, within [Limits]: of a whole calendar 64 MiB, of an object 8 MiB, of the calendar part of
// a message 1 MiB. An expansion goes no further than [Horizon] and looks at some million occurrences, those before its
// window included; more is [ErrTooMuch]. A definition of a zone has at most 1,000 observances, 200 of them with rules.
//
// # Refuses to do
//
// No mail, no protocol. Alarms are kept and not rung. RSCALE, SKIP other than OMIT, VPOLL and signatures of
// calendars are not understood; what says so is kept.
package calendar
