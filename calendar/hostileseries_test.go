package calendar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostileFreeBusy asks when somebody is free whose calendar others have filled: that takes neither the memory nor the
// hours that all those occurrences are worth.
func TestHostileFreeBusy(t *testing.T) {
	f := NewFreeBusy(instant(t, "2026-02-01"), instant(t, "2026-03-10"))
	var err error
	n := 0
	for ; n < maxOpened && !errors.Is(err, ErrBusy); n++ {
		o := event(t, "DTSTART:20260201T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL="+fmt.Sprint(2+n%7))
		if err = f.Add(o, nil, nil); err != nil && !errors.Is(err, ErrTooMuch) && !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
	}
	if !errors.Is(err, ErrBusy) || n > 2*maxFreeWork/maxEventWork || len(f.periods) > maxPeriods {
		t.Errorf("after %d series: %v, %d periods", n, err, len(f.periods))
	}
	f = NewFreeBusy(instant(t, "2026-02-01"), instant(t, "2026-03-10"))
	for range 300 { // of these there may be many
		o := event(t, "DTSTART:20200101T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH")
		if err := f.Add(o, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(f.Periods()); got != 11 {
		t.Errorf("%d periods", got)
	}
}

// TestHostileSearch has a message tell of hundreds of occurrences of a series that takes place every second.
func TestHostileSearch(t *testing.T) {
	series := event(t, "DTSTART:20260101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;COUNT=999999999")
	if got := series.Until(); got != Endless {
		t.Errorf("until %s", got)
	}
	base := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range maxParts {
		if _, found := series.Detach(InstantOf(base.Add(time.Duration(i) * time.Second))); found {
			t.Fatal("found what is behind millions of others")
		}
	}
	if series.sought > maxSought+maxSearch {
		t.Errorf("%d of work", series.sought)
	}
	near := event(t, "DTSTART:20000101T100000Z", "RRULE:FREQ=DAILY;COUNT=9999")
	if _, found := near.Detach(InstantOf(time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC))); !found {
		t.Error("not found in a long series")
	}
	for name, lines := range map[string][]string{"single": {"DTSTART:20260101T000000Z"}, "dates": {"DTSTART:20260101T000000Z", "RDATE:" + strings.Repeat("20260102T000000Z,", 15_000)}} {
		if got := event(t, lines...).Until(); got == Endless {
			t.Errorf("%s: until %s", name, got)
		}
	}
}
