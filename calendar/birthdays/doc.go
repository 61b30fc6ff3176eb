// Package birthdays keeps a calendar of the birthdays and anniversaries of the people in an account's address books.
//
// [Service.Tend] brings one account's calendar up to date. The calendar is a collection with the role store.Birthdays
// and a Source, so that clients only read it; it comes into being with the first card that has a day. What cards are is
// not known here: [Cards] reads them.
//
// # Events
//
// A card has at most two events, each a whole day that comes back every year and makes nobody busy, without an alarm. Their
// UIDs are made of the card's UID, so a card that changes changes its event, and one that moves to another address book
// keeps it. Of cards that have one UID in several address books the one in the oldest book counts.
//
// A day is a date and never a point in time. Below ActiveSync 16.0 a date is told as the beginning of the day where
// the user is, and a series is told with the rules of today; so that no rule of the past moves it, a series begins in
// 2025 at the earliest, and the year of birth is in the description. Who was born on 29 February has the last day of
// February: in other years the 28th.
//
// # Following
//
// What has changed since the last time follows from the journal of each address book. The place up to which it has been
// read is a setting of the account, written after the events are: a process may end at any time, and the next one
// compares some cards again and writes what differs. A place below the floor, and an address book that is gone, mean that all
// cards are compared. Nothing is read of an account whose address books have not changed.
package birthdays
