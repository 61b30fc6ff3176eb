package activesync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// tableZones are those from −12 to +14 hours, with odd offsets, half an hour of summer time, summer time that ends in
// Ramadan, and zones that gave it up.
var tableZones = []string{
	"Etc/GMT+12", "Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Marquesas", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "America/St_Johns",
	"Atlantic/Azores", "UTC", "Europe/London", "Africa/Casablanca", "Europe/Berlin", "Asia/Beirut", "Europe/Istanbul", "Asia/Tehran", "Asia/Kathmandu",
	"Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
}

// A tableEvent is one of the table: days or a time, once or in series.
type tableEvent struct {
	name    string
	first   time.Time // what clocks show
	days    int       // of whole days; 0: an hour
	yearly  bool
	weekly  bool
	without string // a zone that cannot be told by its rules when it is not the user's
}

var tableEvents = []tableEvent{
	{name: "day", first: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), days: 1},
	{name: "days", first: time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), days: 3},
	{name: "days in autumn", first: time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), days: 2},
	{name: "weekly", first: time.Date(2026, 2, 24, 9, 30, 0, 0, time.UTC), weekly: true, without: "Africa/Casablanca"},
	{name: "yearly day", first: time.Date(2026, 5, 17, 0, 0, 0, 0, time.UTC), days: 1, yearly: true},
	{name: "yearly", first: time.Date(2026, 7, 4, 18, 15, 0, 0, time.UTC), yearly: true},
}

// at is when clocks of a zone show something.
func at(wall time.Time, loc *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, loc)
}

// compact is a point in time as a device has it: of days, from 16.0 on the date, before that the midnight in loc.
func (e tableEvent) compact(wall time.Time, v Version, loc *time.Location) string {
	if e.days > 0 && v >= V160 {
		return wall.Format("20060102T150405Z")
	}
	return at(wall, loc).UTC().Format("20060102T150405Z")
}

func (e tableEvent) end() time.Time {
	if e.days > 0 {
		return e.first.AddDate(0, 0, e.days)
	}
	return e.first.Add(time.Hour)
}

// said is what a device in a zone says of the event, moved by so many days.
func (e tableEvent) said(t *testing.T, v Version, name string, loc *time.Location, moved int) []string {
	allDay := map[bool]string{true: "1", false: "0"}[e.days > 0]
	list := []string{`Calendar:AllDayEvent "` + allDay + `"`, `Calendar:StartTime "` + e.compact(e.first.AddDate(0, 0, moved), v, loc) + `"`,
		`Calendar:EndTime "` + e.compact(e.end().AddDate(0, 0, moved), v, loc) + `"`, `Calendar:Subject "` + e.name + `"`, `Calendar:UID "` + e.name + `@example.test"`}
	if v < V160 || e.days == 0 {
		list = append([]string{zoneLine(t, name, 2026)}, list...)
	}
	switch first := e.first.AddDate(0, 0, moved); {
	case e.weekly:
		list = append(list, "Calendar:Recurrence", `>Calendar:Type "1"`, `>Calendar:Interval "1"`, `>Calendar:Occurrences "60"`, fmt.Sprintf(`>Calendar:DayOfWeek "%d"`, 1<<first.Weekday()))
	case e.yearly:
		list = append(list, "Calendar:Recurrence", `>Calendar:Type "5"`, `>Calendar:Interval "1"`, `>Calendar:Occurrences "60"`,
			fmt.Sprintf(`>Calendar:DayOfMonth "%d"`, first.Day()), fmt.Sprintf(`>Calendar:MonthOfYear "%d"`, first.Month()))
	}
	return list
}

// raw is the event as a server has it.
func (e tableEvent) raw(name string) []byte {
	moment := func(property string, wall time.Time) string {
		switch {
		case e.days > 0:
			return property + ";VALUE=DATE:" + wall.Format("20060102")
		case name == "UTC":
			return property + ":" + wall.Format("20060102T150405Z")
		}
		return property + ";TZID=" + name + ":" + wall.Format("20060102T150405")
	}
	lines := []string{moment("DTSTART", e.first), moment("DTEND", e.end()), "SUMMARY:" + e.name, "X-OTHER:kept"}
	switch {
	case e.weekly:
		lines = append(lines, "RRULE:FREQ=WEEKLY;COUNT=60")
	case e.yearly:
		lines = append(lines, "RRULE:FREQ=YEARLY;COUNT=60")
	}
	return []byte(strings.Replace(string(vevent(strings.Join(lines, "\n"))), "UID:u1", "UID:"+e.name+"@example.test", 1))
}

// starts are when clocks of the zone show that it begins, moved by so many days: by the calendar of people.
func (e tableEvent) starts(loc *time.Location, moved int) string {
	var list []string
	for i := range 60 {
		wall := e.first.AddDate(0, 0, moved)
		switch {
		case e.weekly:
			wall = wall.AddDate(0, 0, 7*i)
		case e.yearly:
			wall = wall.AddDate(i, 0, 0)
		case i > 0:
			return strings.Join(list, " ")
		}
		if wall.Year() < 2030 {
			list = append(list, at(wall, loc).UTC().Format("20060102T1504"))
		}
	}
	return strings.Join(list, " ")
}

// stored lists when the event begins that the store has, seen from a zone.
func (e tableEvent) stored(t *testing.T, raw string, zone *calendar.Zone) string {
	t.Helper()
	o, _, err := calendar.ReadObject(raw)
	must(t, err)
	var list []string
	for oc, err := range o.Occurrences(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 14, 0, 0, 0, time.UTC), zone) {
		must(t, err)
		if zone.Wall(oc.Start).Year() < 2030 {
			list = append(list, oc.Start.Format("20060102T1504"))
		}
	}
	return strings.Join(list, " ")
}

// find returns the event of a name among those that are stored.
func (o *objectRig) find(e tableEvent) string {
	for _, raw := range o.events() {
		if strings.Contains(raw, "UID:"+e.name+"@") {
			return raw
		}
	}
	return ""
}

// TestEventZoneTable adds events of each kind on a device in each zone, at 14.1 and 16.1, and looks at them in the store
// and on other devices; it puts them into the store, and lets devices change and move them. Zones are told by their rules
// alone: no block has a name.
func TestEventZoneTable(t *testing.T) {
	once(t)
	for _, name := range tableZones {
		zone, ok := calendar.LoadZone(name)
		loc, err := time.LoadLocation(name)
		if must(t, err); !ok {
			t.Fatal(name)
		}
		for _, v := range []Version{V141, V161} {
			for _, abroad := range []bool{false, true} {
				t.Run(fmt.Sprint(name, v, abroad), func(t *testing.T) {
					home := loc
					if abroad {
						home, _ = time.LoadLocation("Europe/Berlin")
					}
					zoneTable{newRig(t, func(o *Options) { o.Location = home }).objects(store.MainCal), v, name, zone, loc, home}.run(t)
				})
			}
		}
	}
}

// A zoneTable is the table for a device of one version in one zone; its user lives at home.
type zoneTable struct {
	*objectRig
	v    Version
	name string
	zone *calendar.Zone
	loc  *time.Location
	home *time.Location
}

func (z zoneTable) run(t *testing.T) {
	var adds []string
	for i, e := range tableEvents {
		adds = append(adds, addLines("n"+strconv.Itoa(i), e.said(t, z.v, z.name, z.loc, 0)...)...)
	}
	if z.v >= V160 { // the server makes the UID, of the ClientUid
		for i := range adds {
			adds[i] = strings.Replace(adds[i], "Calendar:UID ", "Calendar:ClientUid ", 1)
		}
	}
	z.told("phone1", z.v, adds...)
	abroad := z.home != z.loc
	skip := func(e tableEvent) bool { return abroad && e.without == z.name }
	z.check(t, "added", 0, skip)
	for _, rec := range z.records(store.MainCal) {
		must(t, z.st.Update(t.Context(), z.rita.ID, func(tx store.Tx) error { return tx.Remove(rec.Collection, rec.UID) }))
	}
	for _, e := range tableEvents {
		z.keepEvent(e.raw(z.name))
	}
	z.told("phone1", z.v)
	told := z.told("phone4", z.v).commands("Add")
	var changes, moves []string
	for _, c := range told {
		data := c.at("AirSync:ApplicationData")
		i := slices.IndexFunc(tableEvents, func(e tableEvent) bool { return e.name == data.get("Calendar:Subject") })
		changes = append(changes, changeLines(c.get("AirSync:ServerId"), linesOf(data, `Calendar:Reminder "30"`)...)...)
		moved := tableEvents[i].said(t, z.v, z.name, z.shownIn(tableEvents[i]), 1)
		if tableEvents[i].days > 0 && z.v < V160 { // as it was shown: in the user's zone
			moved[0] = `Calendar:Timezone ` + strconv.Quote(data.get("Calendar:Timezone"))
		}
		moves = append(moves, changeLines(c.get("AirSync:ServerId"), moved...)...)
	}
	z.told("phone4", z.v, changes...)
	for _, e := range tableEvents {
		if raw := z.find(e); !strings.Contains(raw, "TRIGGER:-PT30M") || !strings.Contains(raw, "X-OTHER:kept") {
			t.Errorf("%s is not changed:\n%s", e.name, raw)
		}
	}
	z.check(t, "changed", 0, func(tableEvent) bool { return false })
	z.told("phone4", z.v, moves...)
	z.check(t, "moved", 1, func(tableEvent) bool { return false })
}

// shownIn is the zone in which devices are shown an event: days in the user's.
func (z zoneTable) shownIn(e tableEvent) *time.Location {
	if e.days > 0 {
		return z.home
	}
	return z.loc
}

// check looks at all events in the store, and at what further devices are told.
func (z zoneTable) check(t *testing.T, what string, moved int, skip func(tableEvent) bool) {
	t.Helper()
	if n := len(z.records(store.MainCal)); n != len(tableEvents) {
		t.Fatalf("%s: %d events", what, n)
	}
	for _, e := range tableEvents {
		if got, want := e.stored(t, z.find(e), z.zone), e.starts(z.loc, moved); got != want && !skip(e) {
			t.Errorf("%s, %s begins at\n%s\nnot\n%s\n%s", what, e.name, got, want, z.find(e))
		}
	}
	for _, other := range []Version{V141, V161} {
		device := strings.ReplaceAll(what+other.String(), ".", "")
		told := z.told(device, other).commands("Add")
		if len(told) != len(tableEvents) {
			t.Errorf("%s: %d events are told at %s", what, len(told), other)
		}
		for _, c := range told {
			data := c.at("AirSync:ApplicationData")
			i := slices.IndexFunc(tableEvents, func(e tableEvent) bool { return e.name == data.get("Calendar:Subject") })
			e := tableEvents[i]
			loc := z.shownIn(e)
			start, end := e.compact(e.first.AddDate(0, 0, moved), other, loc), e.compact(e.end().AddDate(0, 0, moved), other, loc)
			if data.get("Calendar:StartTime") != start || data.get("Calendar:EndTime") != end || data.get("Calendar:AllDayEvent") != map[bool]string{true: "1", false: "0"}[e.days > 0] {
				t.Errorf("%s, %s is told at %s: %s to %s, not %s to %s", what, e.name, other, data.get("Calendar:StartTime"), data.get("Calendar:EndTime"), start, end)
			}
			if r := data.at("Calendar:Recurrence"); (r != nil) != (e.weekly || e.yearly) {
				t.Errorf("%s, %s is told at %s with %+v", what, e.name, other, r)
			}
		}
	}
}

// linesOf are the lines of a dump of what is in an element, with further ones instead of those of their names.
func linesOf(n *node, instead ...string) (list []string) {
	var walk func(n *node, depth int)
	walk = func(n *node, depth int) {
		for _, k := range n.kids {
			if depth == 0 && slices.ContainsFunc(instead, func(s string) bool { return strings.HasPrefix(s, k.name+" ") }) {
				continue
			}
			line := strings.Repeat(">", depth) + k.name
			if len(k.kids) == 0 && k.text != "" {
				line += " " + strconv.Quote(k.text)
			}
			list = append(list, line)
			walk(k, depth+1)
		}
	}
	walk(n, 0)
	return append(list, instead...)
}

// TestBirthdayZoneTable adds people with birthdays on devices in each zone, which write the day as the midnight of UTC or
// of their own: it is that day in the store and on other devices.
func TestBirthdayZoneTable(t *testing.T) {
	once(t)
	for _, name := range tableZones {
		loc, err := time.LoadLocation(name)
		must(t, err)
		o := newRig(t, func(o *Options) { o.Location = loc }).objects(store.MainCards)
		day := time.Date(1980, 5, 17, 0, 0, 0, 0, time.UTC)
		for i, midnight := range []time.Time{day, at(day, loc)} {
			for _, v := range []Version{V141, V161} {
				o.told("phone1", v, addLines(fmt.Sprint("n", i, v), `Contacts:FirstName "A"`, `Contacts:Birthday "`+midnight.UTC().Format("2006-01-02T15:04:05.000Z")+`"`)...)
			}
		}
		for _, raw := range o.stored() {
			if !strings.Contains(raw, "BDAY:19800517") && !strings.Contains(raw, "BDAY:1980-05-17") {
				t.Errorf("in %s:\n%s", name, raw)
			}
		}
		for _, v := range []Version{V141, V161} {
			added := o.told("tablet"+strings.ReplaceAll(v.String(), ".", ""), v).commands("Add")
			for _, c := range added {
				if got := c.get("AirSync:ApplicationData", "Contacts:Birthday"); got != "1980-05-17T00:00:00.000Z" {
					t.Errorf("told in %s at %s: %s", name, v, got)
				}
			}
			if len(added) != 4 {
				t.Errorf("in %s at %s: %d people", name, v, len(added))
			}
		}
	}
}
