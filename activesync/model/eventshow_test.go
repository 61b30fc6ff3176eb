package model

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync"
)

// zoneBlock is TimeZone: for UTC nothing but zeros, for Berlin its offset and the rules by which clocks are changed.
// MS-ASDTYPE, TimeZone.
func zoneBlock(zone string) string {
	b := make([]byte, 172)
	if zone != "" {
		minusOne := uint32(0xFFFFFFFF - 59) // an hour
		binary.LittleEndian.PutUint32(b, minusOne)
		binary.LittleEndian.PutUint32(b[168:], minusOne)
		for place, rule := range map[int][]uint16{68: {0, 10, 0, 5, 3}, 152: {0, 3, 0, 5, 2}} {
			for i, v := range rule {
				binary.LittleEndian.PutUint16(b[place+2*i:], v)
			}
		}
	}
	return base64.StdEncoding.EncodeToString(b)
}

// compact writes a point in time or a day as the class does.
func compact(text string) string { return when(text).Format(instant) }

func showEvent(f fields, s *shower) []*node {
	n := el("")
	allDay := len(f["Start"]) == 8
	if s.v < activesync.V160 || !allDay {
		n.add(leaf("Calendar:Timezone", zoneBlock(f["Zone"])))
	}
	n.add(leaf("Calendar:DtStamp", f["Stamp"]), leaf("Calendar:StartTime", compact(f["Start"])), leaf("Calendar:Subject", f["Subject"]),
		leaf("Calendar:UID", s.uid))
	if f["Location"] != "" {
		n.add(place(s.v, f["Location"]))
	}
	n.add(leaf("Calendar:EndTime", compact(f["End"])))
	n.add(s.eventBody(f["Body"])...)
	n.add(leaf("Calendar:Sensitivity", orElse(f["Sensitivity"], "0")), leaf("Calendar:BusyStatus", orElse(f["Busy"], "2")),
		leaf("Calendar:AllDayEvent", map[bool]int{true: 1}[allDay]), given("Calendar:Reminder", f["Remind"]),
		list("Calendar:Categories", "Calendar:Category", f["Categories"]), leaf("Calendar:MeetingStatus", 0))
	if f["Rule"] != "" {
		n.add(recurrence(s.v, f["Rule"]), s.exceptions(f))
	}
	if s.v >= activesync.V120 {
		n.add(leaf("AirSyncBase:NativeBodyType", 1))
	}
	if s.v >= activesync.V140 {
		n.add(leaf("Calendar:DisallowNewTimeProposal", 0), leaf("Calendar:ResponseType", 0))
	}
	return n.kids
}

func (s *shower) eventBody(text string) []*node {
	if s.v < activesync.V120 {
		return s.oldBody("Calendar", text, false)
	}
	return []*node{s.body(text)}
}

// place is where an event is.
func place(v activesync.Version, name string) *node {
	switch {
	case v < activesync.V160:
		return leaf("Calendar:Location", name)
	case name == "":
		return el("AirSyncBase:Location")
	}
	return el("AirSyncBase:Location", leaf("AirSyncBase:DisplayName", name))
}

// recurrence writes a rule.
func recurrence(v activesync.Version, text string) *node {
	interval, days, end := rule(text)
	n := el("Calendar:Recurrence", leaf("Calendar:Type", 1), leaf("Calendar:Interval", interval))
	if count, ok := strings.CutPrefix(end, "COUNT="); ok {
		n.add(leaf("Calendar:Occurrences", count))
	} else if until, ok := strings.CutPrefix(end, "UNTIL="); ok {
		n.add(leaf("Calendar:Until", compact(until)))
	}
	sum := 0
	for i, day := range weekdays {
		if strings.Contains(days, day) {
			sum |= 1 << ((i + 1) % 7)
		}
	}
	n.add(leaf("Calendar:DayOfWeek", sum))
	if v >= activesync.V141 {
		n.add(leaf("Calendar:FirstDayOfWeek", 1))
	}
	return n
}

// exceptions writes the occurrences that are left out or differ, in their order; nil: there are none.
func (s *shower) exceptions(f fields) *node {
	all := map[string]*node{}
	for _, orig := range f.gone() {
		all[orig] = el("Calendar:Exception", leaf("Calendar:Deleted", 1), s.original(orig))
	}
	for _, orig := range f.overrides() {
		all[orig] = s.exception(orig, f, f.override(orig))
	}
	if len(all) == 0 {
		return nil
	}
	n := el("Calendar:Exceptions")
	for _, orig := range slices.Sorted(maps.Keys(all)) {
		n.add(all[orig])
	}
	return n
}

func (s *shower) original(orig string) *node {
	if s.v < activesync.V160 {
		return leaf("Calendar:ExceptionStartTime", compact(orig))
	}
	return leaf("AirSyncBase:InstanceId", compact(orig))
}

// exception writes what differs in an occurrence.
func (s *shower) exception(orig string, series, o fields) *node {
	differs := func(name string) bool { return o[name] != series[name] }
	n := el("Calendar:Exception", s.original(orig), leaf("Calendar:DtStamp", o["Stamp"]), leaf("Calendar:StartTime", compact(o["Start"])))
	if differs("Subject") {
		n.add(leaf("Calendar:Subject", o["Subject"]))
	}
	if differs("Location") {
		n.add(place(s.v, o["Location"]))
	}
	n.add(leaf("Calendar:EndTime", compact(o["End"])))
	if differs("Body") {
		n.add(s.eventBody(o["Body"])...)
	}
	if differs("Sensitivity") {
		n.add(leaf("Calendar:Sensitivity", orElse(o["Sensitivity"], "0")))
	}
	if differs("Busy") {
		n.add(leaf("Calendar:BusyStatus", orElse(o["Busy"], "2")))
	}
	if differs("Remind") && (o["Remind"] != "" || s.v >= activesync.V141) {
		n.add(leaf("Calendar:Reminder", o["Remind"]))
	}
	if differs("Categories") {
		n.add(orEmpty("Calendar:Categories", "Calendar:Category", o["Categories"]))
	}
	return n
}

// sayEvent writes what a device says of an event, or of one occurrence.
func sayEvent(v activesync.Version, f fields) []*node {
	n := el("")
	say := func(name string, make func(value string) *node) {
		if value, said := f[name]; said {
			n.add(make(value))
		}
	}
	say("Zone", func(value string) *node { return leaf("Calendar:Timezone", zoneBlock(value)) })
	say("UID", func(value string) *node {
		if v >= activesync.V160 {
			return leaf("Calendar:ClientUid", value)
		}
		return leaf("Calendar:UID", value)
	})
	say("Start", func(value string) *node {
		n.add(leaf("Calendar:AllDayEvent", map[bool]int{true: 1}[len(value) == 8]))
		return leaf("Calendar:StartTime", compact(value))
	})
	say("End", func(value string) *node { return leaf("Calendar:EndTime", compact(value)) })
	say("Subject", func(value string) *node { return leaf("Calendar:Subject", value) })
	say("Location", func(value string) *node { return place(v, value) })
	say("Sensitivity", func(value string) *node { return leaf("Calendar:Sensitivity", orElse(value, "0")) })
	say("Busy", func(value string) *node { return leaf("Calendar:BusyStatus", orElse(value, "2")) })
	say("Remind", func(value string) *node { return leaf("Calendar:Reminder", value) })
	say("Categories", func(value string) *node { return orEmpty("Calendar:Categories", "Calendar:Category", value) })
	say("Body", func(value string) *node { return sayBody(v, "Calendar", value) })
	say("Rule", func(value string) *node {
		if value == "" {
			return el("Calendar:Recurrence")
		}
		return recurrence(v, value)
	})
	if list := f.overrides(); len(list) > 0 {
		n.add(sayExceptions(v, f, list))
	}
	return n.kids
}

func sayExceptions(v activesync.Version, f fields, list []string) *node {
	n := el("Calendar:Exceptions")
	for _, orig := range list {
		o := f.override(orig)
		x := el("Calendar:Exception", leaf("Calendar:ExceptionStartTime", compact(orig)))
		if o["Deleted"] != "" {
			x.add(leaf("Calendar:Deleted", 1))
		}
		delete(o, "Deleted")
		n.add(x.add(sayEvent(v, o)...))
	}
	return n
}
