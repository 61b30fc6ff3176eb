package birthdays

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// A Day comes back every year. The zero value is none.
type Day struct {
	Year  int // 0: not known; so is 1604, which Apple's programs write for that
	Month time.Month
	Day   int
}

// A Person is what a card says of days.
type Person struct {
	Name        string
	Birthday    Day
	Anniversary Day
}

// Bounds of what is made of a card.
const (
	firstYear = 2025 // in which a series begins at the earliest: see the package's documentation
	lastYear  = 9000 // a year behind it is not one that somebody meant
	noYear    = 1604
	maxName   = 200 // characters
)

// A kind is one of the two events that a card may have.
type kind struct {
	name  string // begins the UID
	title string
	since string // what the year is called
	day   func(Person) Day
}

var kinds = []kind{
	{"birthday", "Birthday", "Born", func(p Person) Day { return p.Birthday }},
	{"anniversary", "Anniversary", "Since", func(p Person) Day { return p.Anniversary }},
}

// uid is the UID of the event of a card, which is given by what names it.
func (k kind) uid(card string) string {
	sum := sha256.Sum256([]byte(card))
	return k.name + "-" + hex.EncodeToString(sum[:16])
}

// event makes the event of a person, the same one each time; nil if there is none.
func (k kind) event(card string, p Person) []byte {
	d := k.day(p)
	if !d.valid() {
		return nil
	}
	o := calendar.NewObject(calendar.VEvent, k.uid(card))
	c := o.Master()
	start, rule := d.series()
	c.SetStamp(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) // nobody asks when it was said, and it is the same each time
	c.SetTimes(calendar.DateOf(start), calendar.DateOf(start.AddDate(0, 0, 1)))
	c.Set(calendar.NewProperty("RRULE", rule))
	c.SetSummary(k.title + ": " + shortName(p.Name))
	if y := d.year(); y != 0 {
		c.SetText("DESCRIPTION", fmt.Sprintf("%s %d", k.since, y))
	}
	c.Set(calendar.NewProperty("TRANSP", "TRANSPARENT"))
	return o.Bytes()
}

// year is 0 if nobody knows it.
func (d Day) year() int {
	if d.Year == noYear || d.Year < 0 || d.Year > lastYear {
		return 0
	}
	return d.Year
}

// valid reports whether there is such a day in some year.
func (d Day) valid() bool {
	const leapYear = 2000
	return d.Month >= time.January && d.Month <= time.December && d.Day >= 1 &&
		time.Date(leapYear, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Day() == d.Day
}

// series is on which day it is for the first time, and the rule by which it comes back.
func (d Day) series() (first time.Time, rule string) {
	year := max(firstYear, d.year())
	if d.Month == time.February && d.Day == 29 {
		return time.Date(year, time.March, 0, 0, 0, 0, 0, time.UTC), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"
	}
	return time.Date(year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%d", d.Month, d.Day)
}

// shortName is a name in one line.
func shortName(name string) string {
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(name, "?")), " "))
	switch {
	case len(runes) == 0:
		return "?"
	case len(runes) > maxName:
		return string(runes[:maxName-1]) + "…"
	}
	return string(runes)
}
