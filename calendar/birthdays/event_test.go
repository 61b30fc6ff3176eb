package birthdays

import (
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

func TestEvent(t *testing.T) {
	for _, c := range []struct {
		name  string
		day   Day
		start string // "": there is none
		text  string
		on    []string // in 2027 and 2028
	}{
		{"a day", Day{1984, 5, 7}, "20250507", "Born 1984", []string{"20270507", "20280507"}},
		{"without year", Day{0, 12, 31}, "20251231", "", []string{"20271231", "20281231"}},
		{"Apple's year", Day{1604, 1, 1}, "20250101", "", []string{"20270101", "20280101"}},
		{"a leap day", Day{1988, 2, 29}, "20250228", "Born 1988", []string{"20270228", "20280229"}},
		{"a leap day without year", Day{0, 2, 29}, "20250228", "", []string{"20270228", "20280229"}},
		{"a child", Day{2028, 2, 29}, "20280229", "Born 2028", []string{"20280229"}},
		{"long ago", Day{1, 3, 1}, "20250301", "Born 1", []string{"20270301", "20280301"}},
		{"no year that could be", Day{9999, 3, 1}, "20250301", "", []string{"20270301", "20280301"}},
		{"no day", Day{1984, 2, 30}, "", "", nil},
		{"nothing", Day{}, "", "", nil},
		{"a month", Day{1984, 2, 0}, "", "", nil},
	} {
		raw := kinds[0].event("uid:x", Person{Name: " Anna\n Berg ", Birthday: c.day})
		if raw == nil {
			if c.start != "" {
				t.Errorf("%s: no event", c.name)
			}
			continue
		}
		o, problems, err := calendar.ReadObject(string(raw))
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		m := o.Master()
		if m.Summary() != "Birthday: Anna Berg" || m.Start().String() != c.start || m.Text("DESCRIPTION") != c.text ||
			m.Text("TRANSP") != "TRANSPARENT" || len(m.Alarms()) > 0 || m.Start().Form != calendar.Date {
			t.Errorf("%s:\n%s", c.name, raw)
		}
		var on []string
		for oc, err := range o.Occurrences(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC), nil) {
			if err != nil {
				t.Fatal(err)
			}
			on = append(on, oc.Start.Format("20060102"))
		}
		if strings.Join(on, " ") != strings.Join(c.on, " ") {
			t.Errorf("%s: on %v, want %v", c.name, on, c.on)
		}
	}
}

func TestEventNames(t *testing.T) {
	for name, want := range map[string]string{
		"": "?", "\x00\xff": "\x00?", strings.Repeat("ä", 300): strings.Repeat("ä", maxName-1) + "…", "Müller, Anna; \\": "Müller, Anna; \\",
	} {
		raw := kinds[1].event("uid:x", Person{Name: name, Anniversary: Day{2010, 6, 1}})
		o, _, err := calendar.ReadObject(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Master().Summary(); got != "Anniversary: "+want && got != "Anniversary: "+strings.ReplaceAll(want, "\x00", "") {
			t.Errorf("%q is %q", name, got)
		}
	}
}
