package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFreeBusy(t *testing.T) {
	day := instant(t, "2026-08-28")
	f := NewFreeBusy(day.Add(6*time.Hour), day.Add(14*time.Hour))
	for _, lines := range []string{
		"DTSTART:20260820T070000Z|DURATION:PT1H|RRULE:FREQ=DAILY",                                                                        // busy 07–08
		"DTSTART:20260828T073000Z|DURATION:PT1H|TRANSP:TRANSPARENT",                                                                      // nothing
		"DTSTART:20260828T073000Z|DURATION:PT1H|STATUS:TENTATIVE",                                                                        // tentative until 08:30
		"DTSTART:20260828T080000Z|DURATION:PT15M",                                                                                        // busy 08:00–08:15
		"DTSTART:20260828T090000Z|DURATION:PT1H|STATUS:CANCELLED",                                                                        // nothing
		"DTSTART:20260828T100000Z|DURATION:PT1H|X-MICROSOFT-CDO-BUSYSTATUS:OOF",                                                          // out
		"DTSTART:20260828T103000Z|DURATION:PT1H",                                                                                         // busy until 11:30
		"DTSTART:20260828T120000Z|DURATION:PT30M|X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",                                            // elsewhere
		"DTSTART:20260828T123000Z|DURATION:PT30M|ORGANIZER:mailto:a@example.test|ATTENDEE;PARTSTAT=DECLINED:mailto:rita@example.test",    // nothing
		"DTSTART:20260828T130000Z|DURATION:PT5M|ORGANIZER:mailto:a@example.test|ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:rita@example.test", // tentative
		"DTSTART:20260828T135000Z|DURATION:PT5H",                                                                                         // cut
	} {
		if err := f.Add(event(t, strings.Split(lines, "|")...), nil, rita); err != nil {
			t.Fatal(err)
		}
	}
	show := func(f *FreeBusy) string {
		var list []string
		for _, p := range f.Periods() {
			list = append(list, fmt.Sprintf("%s-%s %d", p.Start.Format("1504"), p.End.Format("1504"), p.Busy))
		}
		return strings.Join(list, ", ")
	}
	const want = "0700-0815 2, 0815-0830 1, 1000-1100 3, 1100-1130 2, 1200-1230 4, 1300-1305 1, 1350-1400 2"
	if got := show(f); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	if got := f.Digits(30 * time.Minute); got != "0022200033200012" {
		t.Errorf("digits %s", got)
	}
	again, problems, err := ReadObject(string(f.Object("fb", Attendee{Address: "rita@example.test"}, day).Bytes()))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	read := NewFreeBusy(f.Start, f.End)
	if err := read.Add(again, nil, nil); err != nil || show(read) != want {
		t.Errorf("published: %v %s", err, show(read))
	}
	if got := MergeDigits("0120", "1003", "44444"); got != "11234" {
		t.Errorf("merged %s", got)
	}
}

func TestFreeBusyOfDays(t *testing.T) {
	f := NewFreeBusy(instant(t, "2026-08-28"), instant(t, "2026-08-30"))
	o := event(t, "DTSTART;VALUE=DATE:20260828", "DTEND;VALUE=DATE:20260829")
	if err := f.Add(o, location(t, "America/New_York"), nil); err != nil {
		t.Fatal(err)
	}
	if got := f.Digits(12 * time.Hour); got != "2220" {
		t.Errorf("digits %s", got)
	}
}

// BenchmarkFreeBusy is fifty people with two hundred events and twenty series each over two months.
func BenchmarkFreeBusy(b *testing.B) {
	start := instant(b, "2026-08-01")
	var objects []*Object
	for i := range 200 {
		at := start.Add(time.Duration(i*7) * time.Hour)
		objects = append(objects, event(b, "DTSTART:"+InstantOf(at).String(), "DURATION:PT1H"))
	}
	for i := range 20 {
		objects = append(objects, event(b, "DTSTART;TZID=Europe/Berlin:20200106T"+fmt.Sprintf("%02d", i)+"0000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE"))
	}
	berlin := location(b, "Europe/Berlin")
	for b.Loop() {
		for range 50 {
			f := NewFreeBusy(start, start.AddDate(0, 2, 0))
			for _, o := range objects {
				if err := f.Add(o, berlin, rita); err != nil {
					b.Fatal(err)
				}
			}
			f.Digits(30 * time.Minute)
		}
	}
}
