package calendar

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStartsOfHorde compares the starts of events in the calendars of many programs, with zones of their own, with
// those that the corpus expects: a line with the summary, a line with the time of day in UTC.
func TestStartsOfHorde(t *testing.T) {
	root := corpus(t, "ical", "horde-icalendar", "vTimezone")
	files, err := filepath.Glob(filepath.Join(root, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	agree := 0
	for _, path := range files {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := "\n" + strings.NewReplacer("\r\n", "\n", `\"`, `"`).Replace(string(want)) + "\n"
		for _, o := range objectsOfFile(t, strings.TrimSuffix(path, ".txt")+".ics") {
			for c := range o.Components() {
				at, _, err := o.Resolve(c.Start(), nil)
				if c.Start().Form == Date || c.Name() != VEvent {
					continue // days have no time, or one that was made up
				}
				entry := "\n" + c.Summary() + "\n" + at.Format("15:04") + "\n"
				if err != nil || !strings.Contains(text, entry) {
					t.Errorf("%s: %q is not expected (%v)", filepath.Base(path), entry, err)
					continue
				}
				agree++
			}
		}
	}
	t.Logf("%d starts agree", agree)
}

func objectsOfFile(t *testing.T, path string) []*Object {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skip(err)
	}
	f, err := Decode(strings.NewReader(string(raw)), Limits{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f.Objects()
}

// TestSeriesOfNodeICal compares two calendars with what the corpus expects to take place.
func TestSeriesOfNodeICal(t *testing.T) {
	tests := []struct{ file, snapshot, zone, form string }{
		{"example-rrule.ics", "example-rrule-datefns.txt", "Europe/Berlin", "Monday, January 2, 2006 15:04"},
		{"example-rrule-basic.ics", "example-rrule-basic.txt", "UTC", "2006-01-02T15:04:05.000Z"},
	}
	for _, tt := range tests {
		want, err := os.ReadFile(corpus(t, "ical", "node-ical", "test", "snapshots", tt.snapshot))
		if err != nil {
			t.Fatal(err)
		}
		zone := location(t, tt.zone)
		var got []string
		for _, o := range objectsOfFile(t, corpus(t, "ical", "node-ical", "examples", tt.file)) {
			for oc, err := range o.Occurrences(instant(t, "2017-01-01"), instant(t, "2025-01-01"), zone) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, oc.Component.Summary()+"|"+zone.Wall(oc.Start).Format(tt.form)+"|"+zone.Wall(oc.End).Format(tt.form))
			}
		}
		var expected []string
		for block := range strings.SplitSeq(strings.TrimSpace(string(want)), "\n\n") {
			lines := strings.Split(block, "\n")
			for i := range lines {
				_, lines[i], _ = strings.Cut(lines[i], ":")
			}
			expected = append(expected, strings.Join(lines[:3], "|"))
		}
		if a, b := strings.Join(got, "\n"), strings.Join(expected, "\n"); a != b {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", tt.file, a, b)
		}
	}
}

// TestOccurrencesOfCorpus expands every object of the corpus over two years: it ends, in order, or says why not.
func TestOccurrencesOfCorpus(t *testing.T) {
	objects, occurrences, unclear := 0, 0, map[string]int{}
	berlin := location(t, "Europe/Berlin")
	eachCorpus(t, func(path string, raw []byte) {
		f, err := Decode(strings.NewReader(string(raw)), Limits{})
		if err != nil {
			return
		}
		for _, o := range f.Objects() {
			if objects++; o.Kind() == VFreeBusy {
				continue
			}
			from := instant(t, "2010-01-01")
			if at, _, err := o.Resolve(o.first().Start(), berlin); err == nil {
				from = at
			}
			var last time.Time
			for oc, err := range o.Occurrences(from, from.AddDate(2, 0, 0), berlin) {
				if err != nil {
					unclear[strings.TrimPrefix(err.Error(), ErrUnclear.Error()+": ")]++
					break
				}
				if occurrences++; oc.End.Before(oc.Start) || oc.Start.Before(last) && len(o.Overrides()) == 0 {
					t.Errorf("%s: %v to %v after %v", path, oc.Start, oc.End, last)
				}
				last = oc.Start
			}
		}
	})
	t.Logf("%d objects, %d occurrences, unclear: %v", objects, occurrences, unclear)
}
