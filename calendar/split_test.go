package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// splitOf splits an input that must be readable.
func splitOf(t testing.TB, text string) *Pieces {
	t.Helper()
	p, err := Split(strings.NewReader(text), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told is one line for each piece, and one for each problem of it.
func told(p *Pieces) (lines []string) {
	for piece, err := range p.All() {
		s := fmt.Sprintf("%d %s %s", piece.Line, piece.Kind, piece.UID)
		if err != nil {
			s += ": " + err.Error()
		}
		lines = append(lines, s)
		for _, problem := range piece.Problems {
			lines = append(lines, "  "+problem.String())
		}
	}
	return lines
}

func TestSplit(t *testing.T) {
	p := splitOf(t, `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
METHOD:PUBLISH
X-WR-CALNAME:Tides
BEGIN:VEVENT
UID:a
DTSTART;TZID=Here:20260301T100000
RRULE:FREQ=DAILY
SUMMARY:One, two
END:VEVENT
BEGIN:VEVENT
SUMMARY:No name
DTSTART:20260302T100000Z
END:VEVENT
BEGIN:VTODO
UID:a
SUMMARY:Another thing
END:VTODO
BEGIN:VTIMEZONE
TZID:Here
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:b
DTSTART:tomorrow
END:VEVENT
BEGIN:X-THING
END:X-THING
BEGIN:VEVENT
UID:a
RECURRENCE-ID;TZID=Here:20260303T100000
DTSTART;TZID=Here:20260303T110000
SUMMARY:Later
END:VEVENT
END:VCALENDAR
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:c
END:VEVENT
END:VCALENDAR
`)
	want := []string{
		"6 VEVENT a", "  line 10: SUMMARY: unescaped ,",
		"12 VEVENT ", "  line 13: VEVENT without UID",
		"16 VTODO a",
		"28 VEVENT b: calendar, line 30: DTSTART: no date", "  line 30: DTSTART: no date",
		"43 VEVENT c: calendar, line 43: event without DTSTART",
	}
	if got := told(p); !slices.Equal(got, want) {
		t.Errorf("pieces\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !p.Whole || !slices.Equal(p.Others, []Other{{"X-THING", 32}}) || p.Calendar.Text("X-WR-CALNAME") != "Tides" || p.Len() != 5 {
		t.Errorf("whole %v, others %v, calendar %v, %d pieces", p.Whole, p.Others, p.Calendar, p.Len())
	}
	for piece := range p.All() {
		o, _, err := ReadObject(string(piece.Text))
		if err != nil {
			t.Fatal(err)
		}
		if piece.UID == "a" && piece.Kind == VEvent {
			if len(o.Overrides()) != 1 || o.Method() != "" || o.Calendar().Get("PRODID") == nil || !strings.Contains(string(piece.Text), "TZOFFSETTO") {
				t.Errorf("object %s", piece.Text)
			}
		}
	}
}

// TestSplitZones splits calendars that have different zones of one name: each object keeps its own.
func TestSplitZones(t *testing.T) {
	text := zoned("a", "+0100", "") + strings.Replace(zoned("b", "+0545", ""), "PRODID", "METHOD:REPLY\nPRODID", 1) + zoned("c", "+0100", "")
	want := map[string]string{"a": "TZOFFSETTO:+0100", "b": "TZOFFSETTO:+0545", "c": "TZOFFSETTO:+0100"}
	for piece, err := range splitOf(t, text).All() {
		if err != nil || !strings.Contains(string(piece.Text), want[piece.UID]) || (piece.Method == "REPLY") != (piece.UID == "b") {
			t.Errorf("%v %s: %s", err, piece.Method, piece.Text)
		}
	}
}

func TestSplitBroken(t *testing.T) {
	const begin = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\nDTSTART:20260101T100000Z\n"
	for name, tt := range map[string]struct {
		text  string
		want  string
		whole bool
	}{
		"cut off within an event":  {begin, "3 VEVENT a|  line 5: no END of VCALENDAR|  line 5: no END of VEVENT", false},
		"cut off behind an event":  {begin + "END:VEVENT\n", "3 VEVENT a", false},
		"no end of the event":      {begin + "END:VCALENDAR\n", "3 VEVENT a|  line 6: no END of VEVENT", true},
		"a calendar in a calendar": {begin + "END:VEVENT\n" + begin + "END:VEVENT\nEND:VCALENDAR\n", "3 VEVENT a", true},
		"alone":                    {"BEGIN:VEVENT\nUID:a\nDTSTART:20260101\nEND:VEVENT\n", "1 VEVENT a|  line 3: DTSTART: a day that is not marked as one", true},
		"alone, then a calendar":   {"BEGIN:VEVENT\nUID:z\nDTSTART:20260101T100000Z\n" + begin + "END:VEVENT\nEND:VCALENDAR", "1 VEVENT z|  line 4: VCALENDAR within VEVENT|6 VEVENT a", true},
		"vCalendar 1.0":            {strings.Replace(begin, "2.0", "1.0", 1) + "SUMMARY;ENCODING=QUOTED-PRINTABLE:a=\nEND:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n", "3 VEVENT a", true},
	} {
		p := splitOf(t, tt.text)
		if got := strings.Join(told(p), "|"); got != tt.want || p.Whole != tt.whole {
			t.Errorf("%s: %q, whole %v; want %q", name, got, p.Whole, tt.want)
		}
	}
	for _, text := range []string{"", "<html>", "X:y\nEND:VCALENDAR\n"} {
		if _, err := Split(strings.NewReader(text), Limits{}); !errors.Is(err, ErrUnclear) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Split(strings.NewReader(begin), Limits{Bytes: 40}); !errors.Is(err, ErrUnclear) {
		t.Errorf("too large: %v", err)
	}
}

// TestSplitCorpus splits what Decode reads: the objects are the same.
func TestSplitCorpus(t *testing.T) {
	eachCorpus(t, func(path string, raw []byte) {
		t.Run(filepath.Base(path), func(t *testing.T) { compareSplit(t, string(raw)) })
	})
}

// compareSplit compares the components in what Split finds with those that Decode finds.
func compareSplit(t *testing.T, text string) {
	t.Helper()
	f, err := Decode(strings.NewReader(text), Limits{})
	p, splitErr := Split(strings.NewReader(text), Limits{})
	if fmt.Sprint(err) != fmt.Sprint(splitErr) {
		t.Fatalf("error %v, of Decode %v", splitErr, err)
	}
	if err != nil {
		return
	}
	var got, want []string
	for piece := range p.All() {
		again, err := Decode(strings.NewReader(string(piece.Text)), Limits{})
		if err != nil || len(again.Calendars) != 1 {
			t.Fatalf("%v: %q", err, piece.Text)
		}
		for c := range again.Calendars[0].Children("") {
			if isObject(c.name) {
				got = append(got, string(c.Bytes()))
			}
		}
	}
	for _, c := range f.Calendars {
		for child := range c.Children("") {
			if isObject(child.name) {
				want = append(want, string(child.Bytes()))
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if c := slices.Compare(got, want); c != 0 {
		t.Errorf("%d components, want %d", len(got), len(want))
		for i := range min(len(got), len(want)) {
			if cmp.Compare(got[i], want[i]) != 0 {
				t.Fatalf("got\n%s\nwant\n%s", got[i], want[i])
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nUID:a\nSUMMARY:x\ny\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nBEGIN:VALARM\nBEGIN:VCALENDAR\n")
	f.Add("BEGIN:VEVENT\nUID:a\nBEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:a\nEND:VTIMEZONE\nEND:VEVENT\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Split(strings.NewReader(text), Limits{Bytes: 1 << 20})
		if err != nil {
			return
		}
		for piece := range p.All() {
			if _, err := Decode(strings.NewReader(string(piece.Text)), Limits{}); err != nil {
				t.Fatalf("%v: %q", err, piece.Text)
			}
		}
	})
}

// TestSplitHostile splits what would take minutes if the work were not linear.
func TestSplitHostile(t *testing.T) {
	numbered := func(count int, form string) string {
		var b strings.Builder
		for i := range count {
			b.WriteString(strings.ReplaceAll(form, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"calendars":  numbered(50_000, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:#\nDTSTART:20260101T000000Z\nEND:VEVENT\nEND:VCALENDAR\n"),
		"overrides":  "BEGIN:VCALENDAR\n" + numbered(50_000, "BEGIN:VEVENT\nUID:x\nDTSTART;TZID=a#:20260101T000000\nEND:VEVENT\n"),
		"properties": "BEGIN:VCALENDAR\n" + numbered(100_000, "X-#:y\n") + numbered(50_000, "BEGIN:VEVENT\nUID:#\nEND:VEVENT\n"),
		"alone":      numbered(50_000, "BEGIN:VEVENT\nUID:#\nEND:VEVENT\n"),
		"no ends":    numbered(50_000, "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"),
	} {
		if p := splitOf(t, text); p.Len() == 0 {
			t.Errorf("%s: no pieces", name)
		}
	}
}
