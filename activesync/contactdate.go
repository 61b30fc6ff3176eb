package activesync

import (
	"time"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/wbxml"
)

// Birthdays and anniversaries are days. On the wire they are points in time, and clients say the day by many of them:
// the beginning of the day in UTC or where the device is, or an hour of its middle. See [contactDay].

// noYear stands on the wire for the year of a day whose year is not known, as it does for iOS.
const noYear = 1604

// showDate is a day as a device is told it, nil if there is none.
func showDate(c *vcard.Card, a contacts.Attribute, f objectForm) *time.Time {
	d, ok := a.Date(c)
	if !ok {
		return nil
	}
	if d.Year == 0 {
		d.Year = noYear
	}
	hour := 0
	switch {
	case f.quirks.has(dayAtEight):
		hour = 8
	case f.quirks.has(dayAtEleven):
		hour = 11
	}
	t := time.Date(d.Year, time.Month(d.Month), d.Day, hour, 0, 0, 0, time.UTC)
	return &t
}

// contactDay is the day that a device means by a point in time. In the morning of UTC, and at its noon, it is that day:
// the day has begun west of Greenwich then, or the client says it by an hour that is neutral. In the afternoon the day
// has begun east of Greenwich: it is the next one. Where a day begins more than twelve hours before UTC's, the user's zone
// tells.
func contactDay(t time.Time, f objectForm) vcard.Date {
	t = t.UTC()
	day := t
	switch {
	case t.Hour() > 12 || t.Hour() == 12 && (t.Minute() > 0 || t.Second() > 0):
		day = t.AddDate(0, 0, 1)
	case t.Hour() >= 10 && f.zone != nil && !f.quirks.has(dayAtEleven) && !f.quirks.has(dayAtNoon):
		if local := t.In(f.zone); local.Hour() == 0 && local.Minute() == 0 {
			day = local
		}
	}
	d := vcard.Date{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}
	if d.Year == noYear {
		d.Year = 0
	}
	return d
}

// dates changes the days.
func (e *contactEdit) dates() {
	for _, one := range []struct {
		tag  wbxml.Tag
		said *time.Time
		a    contacts.Attribute
	}{
		{wbxml.ContactsBirthday, e.said.Birthday, contacts.Birthday},
		{wbxml.ContactsAnniversary, e.said.Anniversary, contacts.Anniversary},
	} {
		switch {
		case one.said != nil && !one.said.IsZero():
			day, told := contactDay(*one.said, e.command.objectForm), showDate(e.card, one.a, e.command.objectForm)
			if told == nil || contactDay(*told, e.command.objectForm) != day {
				one.a.SetDate(e.card, day)
			}
		case one.said != nil, e.gone(one.tag):
			one.a.SetDate(e.card, vcard.Date{})
		}
	}
}
