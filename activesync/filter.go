package activesync

import (
	"time"

	"github.com/gannetmail/gannet/store"
)

// The classes of content. MS-ASCMD, Class.
const (
	classEmail    = "Email"
	classCalendar = "Calendar"
	classContacts = "Contacts"
	classTasks    = "Tasks"
	classNotes    = "Notes"
	classSMS      = "SMS"
)

// filterDays are the periods of FilterType in days; 0 is no bound. Months are so many days, lest the start
// of the period ever go backwards. MS-ASCMD, FilterType.
var filterDays = [...]int{1: 1, 2: 3, 3: 7, 4: 14, 5: 31, 6: 92, 7: 183, 8: 0}

// filterStart returns where the filter begins. It moves once an hour, so that not every request has
// something to drop.
func filterStart(filter int, now time.Time) age {
	if filter < 0 || filter >= len(filterDays) || filterDays[filter] == 0 {
		return eldest
	}
	start := now.Truncate(time.Hour).Add(-time.Duration(filterDays[filter]) * 24 * time.Hour)
	return age{Milli: start.UnixMilli()}
}

// startFor returns where the filter of a collection begins for its device. Drafts are never filtered, cards and notes
// have no filter. Events stand in the order of their ends, those that go on for ever last; tasks in that of their
// completion, those to be done last.
func startFor(c store.Collection, filter int, now time.Time) age {
	switch {
	case c.Role == store.Drafts:
	case c.Class == store.Mail, c.Class == store.Calendar:
		return filterStart(filter, now)
	case c.Class == store.Tasks && filter == filterIncomplete:
		return age{Milli: endless.UnixMilli()}
	}
	return eldest
}

// filterIncomplete is the FilterType of tasks that are to be done.
const filterIncomplete = 8

// endless is the time by which events that go on for ever, and tasks that are to be done, stand in order.
var endless = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// facetsFor returns what a change may tell a device of that version. Other flags of the store have no
// place in the protocol.
func facetsFor(c store.Class, v Version) store.Facets {
	if c != store.Mail {
		return store.Content
	}
	f := store.Content | store.ReadFlag
	if v >= V120 {
		f |= store.FollowUp
	}
	if v >= V140 {
		f |= store.Verb | store.Labels
	}
	return f
}
