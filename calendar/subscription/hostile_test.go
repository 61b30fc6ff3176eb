package subscription

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestLongZones: a feed of some megabytes, of which each event names a zone of megabytes, does not become gigabytes.
func TestLongZones(t *testing.T) {
	zone := "BEGIN:VTIMEZONE\r\nTZID:Z\r\n" + strings.Repeat("X-PAD:"+strings.Repeat("a", 900_000)+"\r\n", 8) +
		"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	build := func(n int, uid string) []byte {
		var b strings.Builder
		b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + zone)
		for i := range n {
			fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%s\r\nDTSTART;TZID=Z:20260101T0000%02d\r\nEND:VEVENT\r\n", strings.ReplaceAll(uid, "#", fmt.Sprint(i)), i)
		}
		return []byte(b.String() + "END:VCALENDAR\r\n")
	}
	if _, err := readFeed(build(2, "u#")); err != nil {
		t.Error(err)
	}
	if _, err := readFeed(build(40, "u#")); !errors.Is(err, errTooLong) {
		t.Errorf("many events: %v", err)
	}
	f, err := readFeed(build(40, "one"))
	if err != nil {
		t.Fatal(err)
	}
	for e := range f.events() {
		if !errors.Is(e.err, errTooLong) || len(e.text) > 0 {
			t.Errorf("%s: %d bytes, %v", e.key, len(e.text), e.err)
		}
	}
}
