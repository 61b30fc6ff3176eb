package calendar

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
)

// event makes an object of lines, with the zone Somewhere.
func event(t testing.TB, lines ...string) *Object {
	t.Helper()
	o, _, err := ReadObject(object(lines...))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// starts lists what takes place in a window; days and floating times are in Berlin.
func starts(t testing.TB, o *Object, from, to string, limit int) []string {
	t.Helper()
	var list []string
	for oc, err := range o.Occurrences(instant(t, from), instant(t, to), location(t, "Europe/Berlin")) {
		if err != nil {
			t.Fatal(err)
		}
		if list = append(list, oc.Start.Format("2006-01-02T15:04Z")); len(list) == limit {
			break
		}
	}
	return list
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse("2006-01-02", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOccurrences(t *testing.T) {
	const at10 = "DTSTART;TZID=Somewhere:20260828T100000|DTEND;TZID=Somewhere:20260828T110000|"
	tests := []struct{ name, lines, from, to, want string }{
		{"once", at10, "2026-01-01", "2027-01-01", "2026-08-28T08:00Z"},
		{"once, before", at10, "2026-08-29", "2027-01-01", ""},
		{"still running", at10 + "RRULE:FREQ=YEARLY", "2027-08-28", "2027-08-29", "2027-08-28T08:00Z"},
		{"daily across a change of clocks", at10 + "RRULE:FREQ=DAILY;INTERVAL=57;COUNT=3", "2026-01-01", "2028-01-01",
			"2026-08-28T08:00Z 2026-10-24T08:00Z 2026-12-20T09:00Z"},
		{"skipped by clocks", "DTSTART;TZID=Europe/Berlin:20260328T023000|RRULE:FREQ=DAILY;COUNT=3", "2026-01-01", "2027-01-01",
			"2026-03-28T01:30Z 2026-03-29T01:30Z 2026-03-30T00:30Z"},
		{"shown twice", "DTSTART;TZID=Europe/Berlin:20261024T023000|RRULE:FREQ=DAILY;COUNT=3", "2026-01-01", "2027-01-01",
			"2026-10-24T00:30Z 2026-10-25T00:30Z 2026-10-26T01:30Z"},
		{"skipped and passed", "DTSTART;TZID=Europe/Berlin:20260329T010000|RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;COUNT=5", "2026-01-01", "2027-01-01",
			"2026-03-29T00:00Z 2026-03-29T01:00Z 2026-03-29T01:30Z"},
		{"hours over a change", "DTSTART;TZID=Europe/Berlin:20260329T003000|RRULE:FREQ=HOURLY;UNTIL=20260329T050000", "2026-01-01", "2027-01-01",
			"2026-03-28T23:30Z 2026-03-29T00:30Z 2026-03-29T01:30Z 2026-03-29T02:30Z"},
		{"until in UTC", at10 + "RRULE:FREQ=DAILY;UNTIL=20260830T080000Z", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-29T08:00Z 2026-08-30T08:00Z"},
		{"until just before, in UTC", at10 + "RRULE:FREQ=DAILY;UNTIL=20260830T075959Z", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-29T08:00Z"},
		{"until a day", at10 + "RRULE:FREQ=DAILY;UNTIL=20260829", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-29T08:00Z"},
		{"until local", at10 + "RRULE:FREQ=DAILY;UNTIL=20260829T100000", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-29T08:00Z"},
		{"days until a time", "DTSTART;VALUE=DATE:20260828|RRULE:FREQ=DAILY;UNTIL=20260829T215959Z", "2026-01-01", "2027-01-01", "2026-08-27T22:00Z 2026-08-28T22:00Z"},
		{"floating", "DTSTART:20260828T100000|RRULE:FREQ=MONTHLY;COUNT=3", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-09-28T08:00Z 2026-10-28T09:00Z"},
		{"leap days", "DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY", "2024-01-01", "2034-01-01", "2024-02-28T23:00Z 2028-02-28T23:00Z 2032-02-28T23:00Z"},
		{"the start is not named", at10 + "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-31T08:00Z 2026-09-07T08:00Z"},
		{"excluded", at10 + "RRULE:FREQ=DAILY;COUNT=4|EXDATE;TZID=Somewhere:20260829T100000,20260831T100000", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-30T08:00Z"},
		{"excluded in UTC", at10 + "RRULE:FREQ=DAILY;COUNT=2|EXDATE:20260829T080000Z", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z"},
		{"excluded by the day", at10 + "RRULE:FREQ=DAILY;COUNT=2|EXDATE;VALUE=DATE:20260828", "2026-01-01", "2027-01-01", "2026-08-29T08:00Z"},
		{"days excluded by times", "DTSTART;VALUE=DATE:20260828|RRULE:FREQ=DAILY;COUNT=2|EXDATE:20260828T000000", "2026-01-01", "2027-01-01", "2026-08-28T22:00Z"},
		{"days excluded by Exchange", "DTSTART;VALUE=DATE:20260828|RRULE:FREQ=DAILY;COUNT=2|EXDATE:20260827T220000Z", "2026-01-01", "2027-01-01", "2026-08-28T22:00Z"},
		{"a bad date", at10 + "RDATE:soon", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z"},
		{"excluded by a rule", at10 + "RRULE:FREQ=DAILY;COUNT=4|EXRULE:FREQ=DAILY;INTERVAL=2", "2026-01-01", "2027-01-01", "2026-08-29T08:00Z 2026-08-31T08:00Z"},
		{"further dates", at10 + "RRULE:FREQ=DAILY;COUNT=2|RDATE;TZID=Europe/London:20260828T090000,20260829T120000|RDATE;VALUE=PERIOD:20260801T100000Z/PT3H", "2026-01-01", "2027-01-01",
			"2026-08-01T10:00Z 2026-08-28T08:00Z 2026-08-29T08:00Z 2026-08-29T11:00Z"},
		{"two rules", at10 + "RRULE:FREQ=DAILY;COUNT=2|RRULE:FREQ=DAILY;INTERVAL=3;COUNT=2", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-29T08:00Z 2026-08-31T08:00Z"},
		{"never", at10 + "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01", "", "2026-08-28T08:00Z"},
		{"a position of nothing", at10 + "RRULE:FREQ=DAILY;BYSETPOS=2", "2026-01-01", "", "2026-08-28T08:00Z"},
		{"the last working day", at10 + "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", "2026-01-01", "2027-01-01", "2026-08-28T08:00Z 2026-08-31T08:00Z 2026-09-30T08:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := event(t, strings.Split(strings.TrimSuffix(tt.lines, "|"), "|")...)
			if got := strings.Join(starts(t, o, tt.from, tt.to, 100), " "); got != tt.want {
				t.Errorf("\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestOverrides(t *testing.T) {
	const series = "DTSTART;TZID=Somewhere:20260828T100000|DURATION:PT1H|SUMMARY:series|RRULE:FREQ=DAILY;COUNT=5|EXDATE;TZID=Somewhere:20260830T100000"
	with := func(lines ...string) *Object {
		more := "|END:VEVENT"
		for _, l := range lines {
			more += "|BEGIN:VEVENT|UID:u@example.test|" + l + "|END:VEVENT"
		}
		return event(t, strings.Split(strings.TrimSuffix(series+more, "|END:VEVENT"), "|")...)
	}
	show := func(o *Object) string {
		var list []string
		for oc, err := range o.Occurrences(instant(t, "2026-01-01"), instant(t, "2027-01-01"), nil) {
			if err != nil {
				return err.Error()
			}
			list = append(list, fmt.Sprintf("%s+%v %s %v", oc.Start.Format("02T15:04"), oc.End.Sub(oc.Start), oc.Component.Summary(), oc.ID))
		}
		return strings.Join(list, "; ")
	}
	tests := []struct{ name, got, want string }{
		{"moved behind another", show(with("RECURRENCE-ID;TZID=Somewhere:20260829T100000|DTSTART;TZID=Somewhere:20260831T150000|DURATION:PT2H|SUMMARY:moved")),
			"28T08:00+1h0m0s series 20260828T100000; 31T08:00+1h0m0s series 20260831T100000; 31T13:00+2h0m0s moved 20260829T100000; 01T08:00+1h0m0s series 20260901T100000"},
		{"named in UTC", show(with("RECURRENCE-ID:20260829T080000Z|DTSTART;TZID=Somewhere:20260829T110000|SUMMARY:later")),
			"28T08:00+1h0m0s series 20260828T100000; 29T09:00+0s later 20260829T080000Z; 31T08:00+1h0m0s series 20260831T100000; 01T08:00+1h0m0s series 20260901T100000"},
		{"of none", show(with("RECURRENCE-ID:20261224T080000Z|DTSTART:20261224T080000Z|SUMMARY:orphan")),
			"28T08:00+1h0m0s series 20260828T100000; 29T08:00+1h0m0s series 20260829T100000; 31T08:00+1h0m0s series 20260831T100000; 01T08:00+1h0m0s series 20260901T100000; 24T08:00+0s orphan 20261224T080000Z"},
		{"the newer of two", show(with("RECURRENCE-ID:20260829T080000Z|DTSTART:20260829T090000Z|SUMMARY:old|SEQUENCE:1", "RECURRENCE-ID:20260829T080000Z|DTSTART:20260829T070000Z|SUMMARY:new|SEQUENCE:2")),
			"28T08:00+1h0m0s series 20260828T100000; 29T07:00+0s new 20260829T080000Z; 31T08:00+1h0m0s series 20260831T100000; 01T08:00+1h0m0s series 20260901T100000"},
		{"this and future", show(with("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Somewhere:20260831T100000|DTSTART;TZID=Somewhere:20260831T120000|DURATION:PT2H|SUMMARY:shifted")),
			"28T08:00+1h0m0s series 20260828T100000; 29T08:00+1h0m0s series 20260829T100000; 31T10:00+2h0m0s shifted 20260831T100000; 01T10:00+2h0m0s shifted 20260901T100000"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, tt.got, tt.want)
		}
	}
}

// TestUnclearSeries wants what can be shown of a series to be shown before it is told that its rule is not understood.
func TestUnclearSeries(t *testing.T) {
	o := event(t, "DTSTART:20260828T100000Z", "RRULE:RSCALE=HEBREW;FREQ=YEARLY", "RDATE:20260901T100000Z")
	var got []string
	for oc, err := range o.Occurrences(instant(t, "2026-01-01"), instant(t, "2027-01-01"), nil) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, oc.Start.Format(time.DateOnly))
	}
	if want := []string{"2026-08-28", "2026-09-01", `calendar object is unclear: calendar "HEBREW" of a rule is not known`}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	undated := NewObject(VTodo, "u")
	for oc, err := range undated.Occurrences(instant(t, "2026-01-01"), time.Time{}, nil) {
		t.Errorf("a task without date: %v, %v", oc, err)
	}
}

// TestHostileRules wants an end, soon, of whatever is written: to be refused, to be too much, or to be nothing.
func TestHostileRules(t *testing.T) {
	for _, rule := range []string{
		"FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=1000000000", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=3;BYMONTH=2",
		"FREQ=SECONDLY;INTERVAL=999999;BYSECOND=1;BYMINUTE=1;BYHOUR=1", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
		"FREQ=YEARLY;INTERVAL=1000000", "FREQ=DAILY;BYSETPOS=99999", "FREQ=SECONDLY;BYSETPOS=2", "FREQ=YEARLY;BYSECOND=60",
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + count(24) + ";BYMINUTE=" + count(60) + ";BYSECOND=" + count(60) + ";BYSETPOS=-1,1,99999",
	} {
		o := event(t, "DTSTART:19000101T000000Z", "RRULE:"+rule, "EXRULE:FREQ=SECONDLY;BYMONTH=1")
		n := 0
		var last error
		for _, err := range o.Occurrences(instant(t, "2026-01-01"), instant(t, "2126-01-01"), nil) {
			if n++; err != nil {
				last = err
			}
		}
		if last != nil && !errors.Is(last, ErrTooMuch) {
			t.Errorf("%.60s: %v", rule, last)
		}
		t.Logf("%.60s: %d, %v", rule, n, last)
	}
}

func count(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(i))
	}
	return strings.Join(list, ",")
}

// TestRulesOfLibical compares with the instances that the corpus expects of 180 rules.
func TestRulesOfLibical(t *testing.T) {
	f, err := os.Open(corpus(t, "ical", "libical", "src", "test", "icalrecur_test.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rule, start, from string
	agree := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		switch name {
		case "RRULE":
			rule, start, from = value, "", ""
		case "DTSTART":
			start = value
		case "START-AT":
			from = value
		case "INSTANCES":
			if strings.Contains(value, "UNIMPLEMENTED") {
				continue
			}
			got := walked(rule, start, "")
			if from != "" && !strings.HasSuffix(got, walked(rule, start, from)) {
				t.Errorf("RRULE:%s DTSTART:%s: other instances from %s on", rule, start, from)
			}
			if got == value {
				agree++
			} else {
				t.Errorf("RRULE:%s DTSTART:%s START-AT:%s\ngot  %.300s\nwant %.300s", rule, start, from, got, value)
			}
		}
	}
	t.Logf("%d agree", agree)
}

// walked lists what a rule names, as libical does: without the start unless it is named.
func walked(s, start, from string) string {
	rule, err := ParseRule(s)
	if err != nil {
		return "*** MALFORMEDDATA: An input string was not correctly formed or a component has missing or extra properties"
	}
	m, _ := ParseMoment(start)
	if m.Form == Date {
		rule = rule.ofDays()
	}
	seek := m
	if from != "" {
		seek, _ = ParseMoment(from)
	}
	budget := maxWork
	w := newWalk(rule, m.Wall.Unix(), seek.Wall.Unix(), &budget)
	if !rule.Last.IsZero() {
		w.until = rule.Last.Wall.Unix()
		if rule.Last.Form == Date {
			w.until += daySeconds - 1
		}
	}
	var list []string
	for at, ok := w.next(); ok && len(list) < 2000; at, ok = w.next() {
		if at >= seek.Wall.Unix() {
			m.Wall = time.Unix(at, 0).UTC()
			list = append(list, m.String())
		}
	}
	return strings.Join(list, ",")
}

// TestRulesOfOthers compares random rules with rrule-go. Left out is where that one does otherwise than RFC 5545 and
// RFC 8984 say: BYDAY with and without numbers in one list (it wants both), a value twice (it happens twice), BYMONTHDAY
// without BYMONTH in a YEARLY rule (all months instead of that of the start), BYWEEKNO without BYDAY (all days instead of
// that of the start), with INTERVAL or BYSETPOS (calendar years instead of those of weeks), or of the last week (it misses
// what is in January); and rules that hardly ever match, of which it is slow.
func TestRulesOfOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5545, 1))
	compared := 0
	for range 1500 {
		text := randomRule(rng)
		start := time.Date(2020+rng.IntN(10), time.Month(1+rng.IntN(12)), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), 0, time.UTC)
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if again, err := ParseRule(rule.String()); err != nil || again.String() != rule.String() {
			t.Errorf("%s is written %s and read %v", text, rule, err)
		}
		got := firstOf(rule, start, start.AddDate(6, 0, 0))
		if len(got) < 3 && rule.Freq < Yearly {
			continue
		}
		option, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		option.Dtstart = start
		other, err := rrule.NewRRule(*option)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var want []time.Time
		for next := other.Iterator(); len(want) < 100; {
			at, ok := next()
			if !ok || at.After(start.AddDate(6, 0, 0)) {
				break
			}
			want = append(want, at)
		}
		if compared++; !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s from %v:\ngot  %d %.200v\nwant %d %.200v", text, start, len(got), got, len(want), want)
		}
	}
	t.Logf("%d rules compared", compared)
}

// firstOf lists the first readings of a rule.
func firstOf(rule *Rule, start, to time.Time) []time.Time {
	budget := maxWork
	w := newWalk(rule, start.Unix(), start.Unix(), &budget)
	w.until = to.Unix()
	if rule.Last.Form == UTC {
		w.until = min(w.until, rule.Last.Wall.Unix())
	}
	var list []time.Time
	for at, ok := w.next(); ok; at, ok = w.next() {
		if list = append(list, time.Unix(at, 0).UTC()); len(list) == 100 {
			break
		}
	}
	return list
}

func randomRule(rng *rand.Rand) string {
	freq := []string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"}[rng.IntN(6)]
	often := freq == "HOURLY" || freq == "MINUTELY"
	parts := []string{"FREQ=" + freq}
	add := func(chance int, name string, lo, hi int) bool {
		if rng.IntN(100) >= chance {
			return false
		}
		list := map[string]bool{}
		for range 1 + rng.IntN(3) {
			if n := lo + rng.IntN(hi-lo+1); n != 0 || lo == 0 {
				list[fmt.Sprint(n)] = true
			}
		}
		if len(list) > 0 {
			parts = append(parts, name+"="+strings.Join(slices.Sorted(maps.Keys(list)), ","))
		}
		return len(list) > 0
	}
	month := add(20, "BYMONTH", 1, 12)
	days := false
	if freq != "WEEKLY" && (freq != "YEARLY" || month) && !often {
		days = add(25, "BYMONTHDAY", -31, 31)
	}
	week := false
	if freq == "YEARLY" && !days {
		if week = add(15, "BYWEEKNO", -50, 50); !week {
			days = add(15, "BYYEARDAY", -366, 366)
		}
	}
	if week || rng.IntN(100) < 40 {
		parts, days = append(parts, randomDays(rng, !week && (freq == "MONTHLY" || freq == "YEARLY"))), true
	}
	if !week {
		parts = append(parts, fmt.Sprintf("INTERVAL=%d", 1+rng.IntN(4)))
	}
	days = add(15, "BYHOUR", 0, 23) || days
	add(15, "BYMINUTE", 0, 59)
	if days && !week && (freq == "YEARLY" || freq == "MONTHLY") {
		add(20, "BYSETPOS", -5, 5)
	}
	parts = append(parts, "WKST="+[]string{"MO", "SU", "WE"}[rng.IntN(3)])
	switch rng.IntN(3) {
	case 0:
		parts = append(parts, fmt.Sprintf("COUNT=%d", 1+rng.IntN(40)))
	case 1:
		parts = append(parts, fmt.Sprintf("UNTIL=%d0601T120000Z", 2022+rng.IntN(8)))
	}
	return strings.Join(parts, ";")
}

func randomDays(rng *rand.Rand, numbered bool) string {
	numbered = numbered && rng.IntN(2) == 0
	list := map[string]bool{}
	for range 1 + rng.IntN(3) {
		day := []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}[rng.IntN(7)]
		if numbered {
			day = []string{"1", "2", "3", "4", "5", "-1", "-2"}[rng.IntN(7)] + day
		}
		list[day] = true
	}
	return "BYDAY=" + strings.Join(slices.Sorted(maps.Keys(list)), ",")
}

// BenchmarkTenYears expands ten years of a daily series with a hundred exceptions, by turns with rrule-go; the ratio is
// above 1 where that one is slower.
func BenchmarkTenYears(b *testing.B) {
	berlin := location(b, "Europe/Berlin").location
	start := time.Date(2026, 1, 1, 10, 0, 0, 0, berlin)
	lines := []string{"DTSTART;TZID=Europe/Berlin:20260101T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY"}
	peer := &rrule.Set{}
	rule, err := rrule.NewRRule(rrule.ROption{Freq: rrule.DAILY, Dtstart: start})
	if err != nil {
		b.Fatal(err)
	}
	peer.RRule(rule)
	for i := range 100 {
		day := start.AddDate(0, 0, 33*i)
		lines = append(lines, "EXDATE;TZID=Europe/Berlin:"+day.Format("20060102T150405"))
		peer.ExDate(day)
	}
	o := event(b, lines...)
	from := instant(b, "2026-01-01")
	to := from.AddDate(10, 0, 0)
	var ours, theirs time.Duration
	for b.Loop() {
		began, n := time.Now(), 0
		for range o.Occurrences(from, to, nil) {
			n++
		}
		ours += time.Since(began)
		began = time.Now()
		if others := len(peer.Between(from, to, true)); n < 3500 || n != others {
			b.Fatal(n, others)
		}
		theirs += time.Since(began)
	}
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms-here")
	b.ReportMetric(theirs.Seconds()*1000/float64(b.N), "ms-rrule-go")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
}
