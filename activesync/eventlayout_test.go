package activesync

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/wbxml"
)

// wordless are series for which ActiveSync has no words, with what stands for them.
var wordless = []struct{ name, lines string }{
	{"twice a month", "DTSTART;TZID=Europe/Berlin:20260101T100000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"},
	{"first and third Tuesday", "DTSTART;TZID=Europe/Berlin:20260106T100000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=1TU,3TU"},
	{"days of a year", "DTSTART;VALUE=DATE:20250410\nRRULE:FREQ=YEARLY;BYYEARDAY=100,200"},
	{"every other working day of a month", "DTSTART:20260105T080000Z\nDURATION:PT30M\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2,4,6"},
	{"a rule and further dates", "DTSTART;TZID=Europe/Berlin:20260804T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=20\nRDATE;TZID=Europe/Berlin:20260909T150000,20261001T080000\nEXDATE;TZID=Europe/Berlin:20260901T100000"},
	{"dates alone", "DTSTART;TZID=Europe/Berlin:20260801T100000\nDURATION:PT1H\nRDATE;TZID=Europe/Berlin:20260802T100000,20261224T180000,20270505T080000"},
	{"two rules", "DTSTART;TZID=America/New_York:20260803T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231T000000Z\nRRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20261231T000000Z"},
	{"but not then", "DTSTART;TZID=Europe/Berlin:20260803T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU"},
	{"otherwise from some time on", "DTSTART;TZID=Europe/Berlin:20260804T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=30\nEND:VEVENT\nBEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\n" +
		"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260915T100000\nSUMMARY:later\nDTSTART;TZID=Europe/Berlin:20260916T140000\nDURATION:PT2H"},
	{"one that differs", "DTSTART;VALUE=DATE:20260801\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1,-8\nEXDATE;VALUE=DATE:20260923\nEND:VEVENT\nBEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\n" +
		"RECURRENCE-ID;VALUE=DATE:20261001\nSUMMARY:other\nDTSTART;VALUE=DATE:20261005"},
}

// asDevice lists when a device takes an event to be that it is told of, and under which title.
func asDevice(ev *wire.Event, zone *calendar.Zone, until time.Time) (list []string) {
	exceptions := map[int64]wire.EventException{}
	for _, x := range ev.Exceptions {
		exceptions[x.Original.Unix()] = x
	}
	wall, length := ev.Start.UTC(), ev.End.Sub(*ev.Start)
	if !*ev.AllDay {
		wall = zone.Wall(*ev.Start)
	}
	for i := range ev.Recurrence.Occurrences {
		at := wall.AddDate(0, 0, i*ev.Recurrence.Interval)
		if !*ev.AllDay {
			at = zone.Instant(at)
		}
		end, title := at.Add(length), *ev.Subject
		if x, ok := exceptions[at.Unix()]; ok {
			delete(exceptions, at.Unix())
			if x.Deleted {
				continue
			}
			at, end = *x.Start, *x.End
			if x.Subject != nil {
				title = *x.Subject
			}
		}
		if at.Before(until) {
			list = append(list, at.Format(time.RFC3339)+" "+end.Format(time.RFC3339)+" "+title)
		}
	}
	for _, x := range exceptions {
		list = append(list, "an exception of nothing at "+x.Original.String())
	}
	slices.Sort(list)
	return list
}

// asStored lists when an event takes place.
func asStored(t *testing.T, raw []byte, from, until time.Time) (list []string) {
	t.Helper()
	o, _, err := calendar.ReadObject(string(raw))
	must(t, err)
	utc, _ := calendar.LoadZone("Etc/UTC")
	for oc, err := range o.Occurrences(from, until, utc) {
		must(t, err)
		list = append(list, oc.Start.Format(time.RFC3339)+" "+oc.End.Format(time.RFC3339)+" "+oc.Component.Summary())
	}
	slices.Sort(list)
	return list
}

// TestEventLayouts shows series for which there are no words: a device has all dates of the next nine months, as they are; it
// sends them back and changes nothing.
func TestEventLayouts(t *testing.T) {
	for _, row := range wordless {
		raw := vevent("SUMMARY:a\n" + row.lines)
		for _, v := range []Version{V25, V141, V161} {
			f := eventForm(v)
			ev := shownEvent(t, raw, f)
			if ev.Recurrence == nil || len(ev.Exceptions) > maxExceptions {
				t.Errorf("%s at %s: %d exceptions of %+v", row.name, v, len(ev.Exceptions), ev.Recurrence)
				continue
			}
			out, err := eventClass{}.change(raw, echo(t, ev, f, wbxml.AirSyncChange))
			if must(t, err); !bytes.Equal(out.raw, raw) || out.tell {
				t.Errorf("%s at %s: sent back (%v)\n%s", row.name, v, out.tell, lineDiff(string(raw), string(out.raw)))
			}
			if v < V161 {
				continue
			}
			name := "Europe/Berlin"
			if strings.Contains(row.lines, "New_York") {
				name = "America/New_York"
			} else if strings.Contains(row.lines, "DTSTART:2026") {
				name = "Etc/UTC"
			}
			zone, _ := calendar.LoadZone(name)
			until := f.now.AddDate(0, 9, 0)
			got, want := asDevice(ev, zone, until), asStored(t, raw, f.now, until)
			got = slices.DeleteFunc(got, func(s string) bool { return s < f.now.Format(time.RFC3339) })
			want = slices.DeleteFunc(want, func(s string) bool { return s < f.now.Format(time.RFC3339) })
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s: %d exceptions\n%s", row.name, len(ev.Exceptions), lineDiff(strings.Join(want, "\n")+"\n", strings.Join(got, "\n")+"\n"))
			}
		}
	}
}

// TestEventLayoutChanges changes such series as devices do: one occurrence, also by a device that was told of it long
// ago, and the whole, of which the rule stays.
func TestEventLayoutChanges(t *testing.T) {
	raw := vevent("SUMMARY:a\n" + wordless[0].lines)
	for _, v := range []Version{V141, V161} {
		f := eventForm(v)
		ev := shownEvent(t, raw, f)
		first := time.Date(2026, 10, 15, 8, 0, 0, 0, time.UTC)
		i := slices.IndexFunc(ev.Exceptions, func(x wire.EventException) bool { return x.Start != nil && x.Start.Equal(first) })
		if i < 0 {
			t.Fatalf("%+v", ev.Exceptions)
		}
		original := wire.FormatCompact(ev.Exceptions[i].Original)
		for _, later := range []time.Duration{0, 40 * oneDay} {
			f := f
			f.now = f.now.Add(later)
			for _, row := range []struct {
				name, said string
				want       string
			}{
				{"deleted", "", "EXDATE;TZID=Europe/Berlin:20261015T100000|RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15|!RECURRENCE-ID"},
				{"renamed", `Calendar:Subject "b"`, "RECURRENCE-ID;TZID=Europe/Berlin:20261015T100000|SUMMARY:b|RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15|!EXDATE"},
				{"moved", `Calendar:StartTime "20261016T080000Z"`, "RECURRENCE-ID;TZID=Europe/Berlin:20261015T100000|DTSTART;TZID=Europe/Berlin:20261016T100000"},
			} {
				out, err := eventClass{}.change(raw, occurrenceCommand(t, f, original, row.said, ev.Exceptions[i]))
				must(t, err)
				text := unfolded(out.raw)
				for line := range strings.SplitSeq(row.want, "|") {
					if without, ok := strings.CutPrefix(line, "!"); strings.Contains(text, without) == ok {
						t.Errorf("%s at %s, %v later: %s\n%s", row.name, v, later, line, text)
					}
				}
			}
		}
		for name, said := range map[string][]string{
			"another time": {zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T060000Z"`, `Calendar:EndTime "20260901T070000Z"`},
			"another rule": {"Calendar:Recurrence", `>Calendar:Type "1"`, `>Calendar:DayOfWeek "2"`},
		} {
			out, err := eventClass{}.change(raw, saying(t, f, "Change", append(said, `Calendar:Subject "c"`)...))
			must(t, err)
			text := unfolded(out.raw)
			if !out.tell || !strings.Contains(text, "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15\r\n") || !strings.Contains(text, "DTSTART;TZID=Europe/Berlin:20260101T100000") || !strings.Contains(text, "SUMMARY:c") {
				t.Errorf("%s at %s (%v):\n%s", name, v, out.tell, text)
			}
		}
	}
}

// occurrenceCommand is what a device says of one occurrence; empty: that it is deleted. shown is how the device has it.
func occurrenceCommand(t *testing.T, f objectForm, original, said string, shown wire.EventException) objectCommand {
	t.Helper()
	if f.version >= V160 {
		c := saying(t, f, "Change", said)
		if c.Instance = original; said == "" {
			c.Op = wire.SyncDelete
		}
		return c
	}
	list := []string{"Calendar:Exceptions", ">Calendar:Exception", `>>Calendar:ExceptionStartTime "` + original + `"`}
	switch {
	case said == "":
		list = append(list, `>>Calendar:Deleted "1"`)
	case strings.HasPrefix(said, "Calendar:StartTime"):
		list = append(list, ">>"+said)
	default:
		list = append(list, ">>"+said, `>>Calendar:StartTime "`+wire.FormatCompact(*shown.Start)+`"`, `>>Calendar:EndTime "`+wire.FormatCompact(*shown.End)+`"`)
	}
	return saying(t, f, "Change", list...)
}

// TestCorpusSeries counts how the events of the corpus are shown.
func TestCorpusSeries(t *testing.T) {
	once(t)
	counts := map[string]int{}
	corpusEvents(t, func(name string, o *calendar.Object) {
		v, err := newEventView(o, eventForm(V161))
		switch {
		case err != nil:
			counts["unclear"]++
		case !o.Recurs():
			counts["single"]++
		case v.laid != nil:
			counts["laid out"]++
		case v.single != nil:
			counts["next date alone"]++
		default:
			counts["series"]++
		}
	})
	t.Log(counts)
	if counts["series"] > 0 && counts["next date alone"]*10 > counts["series"]+counts["laid out"] {
		t.Errorf("too many series are shown by their next date alone: %v", counts)
	}
}
