package activesync

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// TestEventCost shows events that somebody has written so that they are much work: a long text, and thousands of
// occurrences that differ from it or are gone. What is not told costs nothing.
func TestEventCost(t *testing.T) {
	once(t)
	const most = 200 << 20 // bytes
	day := func(n int) string {
		return time.Date(2020, 1, 1, 10, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format("20060102T150405Z")
	}
	var raw strings.Builder
	fmt.Fprintf(&raw, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:%s\r\nDTSTART:%[1]s\r\nRRULE:FREQ=DAILY\r\nSUMMARY:s\r\n", day(0))
	raw.WriteString("DESCRIPTION:" + strings.Repeat(`a\n`, 300_000) + "\r\nEXDATE:" + day(0))
	for n := range 20_000 {
		raw.WriteString("," + day(n))
	}
	raw.WriteString("\r\nEND:VEVENT\r\n")
	const differ = 3_000
	for n := range differ {
		fmt.Fprintf(&raw, "BEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:%s\r\nRECURRENCE-ID:%[1]s\r\nDTSTART:%[1]s\r\nSUMMARY:x%d\r\nEND:VEVENT\r\n", day(2*n+15_000), n)
	}
	raw.WriteString("END:VCALENDAR\r\n")
	o, _, err := calendar.ReadObject(raw.String())
	must(t, err)
	v, err := newEventView(o, eventForm(V161))
	must(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ev := v.event()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > most {
		t.Errorf("shown with %d MB", used>>20)
	}
	if n := len(ev.Exceptions); n != maxExceptions {
		t.Fatalf("%d exceptions", n)
	}
	last := ev.Exceptions[maxExceptions-1]
	if got := calendar.InstantOf(last.Original).String(); got != day(2*(differ-1)+15_000) || last.Subject == nil {
		t.Errorf("the last one is %s", got)
	}
}

// TestShownInText finds what a text shows of the files beside it.
func TestShownInText(t *testing.T) {
	got := shownInText(`<img src="cid:a@b"> cid:c <p style='x:url(cid:d)'>acid:` + strings.Repeat("cid:", 3))
	for _, id := range []string{"a@b", "c", "d"} {
		if !got[id] {
			t.Errorf("%s is not among %v", id, got)
		}
	}
	if got["a"] || len(got) > 4 {
		t.Errorf("found %v", got)
	}
}
