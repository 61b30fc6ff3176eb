package calendar

import (
	"strings"
	"testing"
	"time"
)

// TestUntil: an event stands in the order of its calendar by the day behind its last end, and a series that goes on is
// never passed.
func TestUntil(t *testing.T) {
	for _, row := range []struct{ name, lines, want string }{
		{"single", "DTSTART:20260822T100000Z\nDTEND:20260822T110000Z", "2026-08-23"},
		{"duration", "DTSTART:20260822T230000Z\nDURATION:PT3H", "2026-08-24"},
		{"days", "DTSTART;VALUE=DATE:20260822\nDTEND;VALUE=DATE:20260824", "2026-08-25"},
		{"series with an end", "DTSTART:20260801T100000Z\nDTEND:20260801T110000Z\nRRULE:FREQ=WEEKLY;COUNT=3", "2026-08-16"},
		{"series with a last day", "DTSTART:20260801T100000Z\nRRULE:FREQ=DAILY;UNTIL=20260803T100000Z", "2026-08-04"},
		{"series without end", "DTSTART:20260801T100000Z\nRRULE:FREQ=DAILY", "9999-01-01"},
		{"further dates", "DTSTART:20260801T100000Z\nRDATE:20270801T100000Z", "2027-08-02"},
		{"a rule that is none", "DTSTART:20260801T100000Z\nRRULE:FREQ=NEVER", "9999-01-01"},
		{"no start", "SUMMARY:x", "9999-01-01"},
	} {
		text := "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n" + row.lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
		o, _, err := ReadObject(strings.ReplaceAll(text, "\n", "\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Until().Format(time.DateOnly); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}
