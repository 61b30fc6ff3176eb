package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostileZone updates a series of hundreds of occurrences in a zone whose two hundred rules never fall on a day: what
// compares all with all asks it once a year, and for not too many years.
func TestHostileZone(t *testing.T) {
	build := func(stamp string) *Object {
		var b strings.Builder
		b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Evil\r\n")
		for i := range maxZoneRules - 1 {
			fmt.Fprintf(&b, "BEGIN:STANDARD\r\nDTSTART:1%03d0101T000000\r\nTZOFFSETFROM:+%02d00\r\nTZOFFSETTO:+%02d00\r\n"+
				"RRULE:FREQ=YEARLY;BYYEARDAY=366;BYMONTHDAY=1\r\nEND:STANDARD\r\n", 600+i, i%12, (i+1)%12)
		}
		b.WriteString("END:VTIMEZONE\r\n")
		for i := range maxParts - 1 {
			at := time.Date(2026+i, 1, 2, 0, 0, 0, 0, time.UTC).Format("20060102T150405")
			fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:a\r\nORGANIZER:mailto:o@example.test\r\nDTSTAMP:%s\r\n"+
				"RECURRENCE-ID;TZID=Evil:%s\r\nDTSTART;TZID=Evil:%[2]s\r\nEND:VEVENT\r\n", stamp, at)
		}
		o, _, err := ReadObject(b.String() + "END:VCALENDAR\r\n")
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	out, err := Receive(build("20260101T000000Z"), build("20260102T000000Z"), Identity{"m@example.test"}, time.Now())
	if err != nil || out.What != Updated {
		t.Errorf("%v, %v", out.What, err)
	}
	zone, err := out.Object.Zones().Find("Evil")
	if err != nil || zone.years.work > maxYearWork {
		t.Errorf("%v, %d of work", err, zone.years.work)
	}
}
