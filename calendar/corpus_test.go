package calendar

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRefusalsOfCorpus: each calendar of the corpus loads, with a line and a reason for what was mended, or is refused with
// a line and a reason.
func TestRefusalsOfCorpus(t *testing.T) {
	files, refused, mended := 0, 0, 0
	eachCorpus(t, func(path string, raw []byte) {
		files++
		f, err := Decode(bytes.NewReader(raw), DefaultLimits)
		var syntax *SyntaxError
		switch {
		case err != nil && (!errors.As(err, &syntax) || syntax.Line < 1 || syntax.Reason == ""):
			t.Errorf("%s: %v", path, err)
		case err != nil:
			refused++
			return
		}
		for _, p := range f.Problems {
			if mended++; p.Line < 1 || p.Reason == "" {
				t.Errorf("%s: %+v", path, p)
			}
		}
	})
	t.Logf("%d files, %d refused, %d times something is told", files, refused, mended)
}

// TestCountsOfLibical compares how often events take place with what the corpus expects.
func TestCountsOfLibical(t *testing.T) {
	raw, err := os.ReadFile(corpus(t, "ical", "libical", "recur.txt"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Decode(strings.NewReader("BEGIN:VCALENDAR\nVERSION:2.0\n"+string(raw)+"\nEND:VCALENDAR\n"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	angeles := location(t, "America/Los_Angeles")
	agree := 0
	for c := range f.Calendars[0].Children(VEvent) {
		want, err := strconv.Atoi(c.Text("X-EXPECT-NUMEVENTS"))
		if err != nil {
			continue
		}
		o := NewObject(VEvent, "u")
		o.Remove(o.Master())
		o.Add(c)
		got := 0
		from, _, err := o.Resolve(c.Start(), angeles)
		if err != nil {
			t.Fatal(err)
		}
		for oc, err := range o.Occurrences(from.Add(-time.Second), from.AddDate(60, 0, 0), angeles) {
			if err != nil {
				t.Errorf("%s: %v", c.Text("DESCRIPTION"), err)
				break
			}
			if got++; oc.Start.Before(from) {
				t.Errorf("%s: before its start", c.Text("DESCRIPTION"))
			}
		}
		if strings.Contains(c.Text("DESCRIPTION"), "starting on Tuesday") {
			want++ // it is not a Monday, Wednesday or Friday, and takes place: RFC 5545, section 3.8.5.3
		}
		if got == want {
			agree++
		} else {
			t.Errorf("%s: %d, want %d\n%s", strings.TrimSpace(c.Text("DESCRIPTION")), got, want, c.Bytes())
		}
	}
	t.Logf("%d agree", agree)
}

// TestScalesOfLibical: rules of RFC 7529 in the calendar of RFC 5545 are read and agree with what the corpus expects if
// they leave out what is not in a month; all others are refused.
func TestScalesOfLibical(t *testing.T) {
	agree, refused := 0, 0
	for _, name := range []string{"icalrecur_test_rscale.txt", "icalrecur_test_rscale_withicu.txt", "icalrecur_test_rscale_withicu_dangi.txt"} {
		f, err := os.Open(corpus(t, "ical", "libical", "src", "test", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var rule, start string
		for lines := bufio.NewScanner(f); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ":")
			switch key {
			case "RRULE":
				rule = value
			case "DTSTART":
				start = value
			case "INSTANCES":
				_, err := ParseRule(rule)
				other := strings.Contains(rule, "RSCALE=") && !strings.Contains(rule, "RSCALE=GREGORIAN") || strings.Contains(rule, "SKIP=") && !strings.Contains(rule, "SKIP=OMIT")
				switch {
				case other && err == nil:
					t.Errorf("%s is read", rule)
				case other:
					refused++
				case walked(rule, start, "") != value && !strings.Contains(value, "***"):
					t.Errorf("RRULE:%s DTSTART:%s\ngot  %.300s\nwant %.300s", rule, start, walked(rule, start, ""), value)
				default:
					agree++
				}
			}
		}
	}
	t.Logf("%d agree, %d refused", agree, refused)
}

// TestZonesOfIcal4j: events in zones that Outlook names and defines take place when they do in the zones that the corpus
// expects for them.
func TestZonesOfIcal4j(t *testing.T) {
	root := corpus(t, "ical", "ical4j", "net", "fortuna", "ical4j", "transform", "timezones")
	for _, name := range []string{"outlook1", "outlook2"} {
		var starts [2][]string
		for i, suffix := range []string{"", "_expected"} {
			for _, o := range objectsOfFile(t, filepath.Join(root, name+suffix+".txt")) {
				for c := range o.Components() {
					start, _, err := o.Resolve(c.Start(), nil)
					end, _, err2 := o.Resolve(c.End(), nil)
					if err != nil || err2 != nil {
						t.Errorf("%s%s: %v, %v", name, suffix, err, err2)
					}
					starts[i] = append(starts[i], start.String()+" "+end.String())
				}
			}
		}
		if len(starts[0]) == 0 || !slices.Equal(starts[0], starts[1]) {
			t.Errorf("%s:\n%v\n%v", name, starts[0], starts[1])
		}
	}
}

// TestSeriesOfNodeICalElsewhere compares what takes place with what further programs on top of node-ical expect.
func TestSeriesOfNodeICalElsewhere(t *testing.T) {
	zone := location(t, "Europe/Berlin")
	for snapshot, form := range map[string]string{
		"dayjs": "Monday, January 2, 2006 3:04 PM", "luxon": "January 2, 2006 at 3:04 PM", "vanilla": "Monday, January 2, 2006 at 3:04 PM",
	} {
		want, err := os.ReadFile(corpus(t, "ical", "node-ical", "test", "snapshots", "example-rrule-"+snapshot+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		expected, got := strings.NewReplacer("\u202f", " ", " GMT+2", "", " GMT+1", "").Replace(string(want)), 0
		for _, o := range objectsOfFile(t, corpus(t, "ical", "node-ical", "examples", "example-rrule.ics")) {
			for oc, err := range o.Occurrences(instant(t, "2017-01-01"), instant(t, "2025-01-01"), zone) {
				if err != nil {
					t.Fatal(err)
				}
				text := "title:" + oc.Component.Summary() + "\nstartDate:" + zone.Wall(oc.Start).Format(form) + "\nendDate:" + zone.Wall(oc.End).Format(form) + "\n"
				if got++; !strings.Contains(expected, text) {
					t.Errorf("%s: not expected: %s", snapshot, text)
				}
			}
		}
		if n := strings.Count(string(want), "title:"); got != n {
			t.Errorf("%s: %d, want %d", snapshot, got, n)
		}
	}
}
