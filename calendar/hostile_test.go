package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostileObjects reads what is made to take long: each is done in a blink if the work is linear, and in minutes if
// it is not.
func TestHostileObjects(t *testing.T) {
	const event = "BEGIN:VCALENDAR\nVERSION:1.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:x\nDTSTART:20260101T000000Z\nORGANIZER:mailto:otto@example.test\n"
	const n = 1 << 20
	numbered := func(count int, form string) string {
		var b strings.Builder
		for i := range count {
			b.WriteString(strings.ReplaceAll(form, "#", fmt.Sprint(i)))
		}
		return b.String()
	}
	now := time.Date(2026, 8, 1, 8, 0, 0, 0, time.UTC)
	for name, text := range map[string]string{
		"a long parameter":  event + "X;A=" + strings.Repeat("b", n) + ":v\n",
		"many parameters":   event + "X" + numbered(n/10, ";A#=b") + ":v\n",
		"one many times":    event + "X" + strings.Repeat(";A=b", n/4) + ":v\n",
		"commas":            event + "X;A=" + strings.Repeat(",", n) + ":v\n",
		"quotes":            event + "X;A=" + strings.Repeat(`"`, n+1) + ":v\n",
		"ends of lines":     event + strings.Repeat("\r", n),
		"folds":             event + "SUMMARY:" + strings.Repeat("a\n ", n/3),
		"soft ends":         event + "SUMMARY;ENCODING=QUOTED-PRINTABLE:" + strings.Repeat("=\n", n/2),
		"broken lines":      event + "SUMMARY:a\n" + strings.Repeat("b\n", n/2),
		"zones":             event + numbered(20_000, "RDATE;TZID=a#:20260101T000000\n"),
		"overrides":         event + "END:VEVENT\n" + numbered(9_999, "BEGIN:VEVENT\nUID:x\nRECURRENCE-ID:2026#T000000Z\nEND:VEVENT\n"),
		"attendees":         event + numbered(20_000, "ATTENDEE:mailto:a#@example.test\n"),
		"excluded dates":    event + "EXDATE:" + strings.Repeat("20260101T000000Z,", n/17),
		"empty components":  event + strings.Repeat("BEGIN:A\nEND:A\n", 40_000),
		"objects of no one": event + strings.Repeat("END:VEVENT\nBEGIN:VEVENT\nSUMMARY:x\n", 20_000),
	} {
		f, err := Decode(strings.NewReader(text), ObjectLimits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		o := f.Objects()[0]
		for _, err := range o.Occurrences(now, now.AddDate(1, 0, 0), nil) {
			if err != nil {
				break
			}
		}
		_, _ = Receive(o, o, rita, now)
		Announce(nil, o, otto, now)
		o.Bytes()
	}
}

// BenchmarkDecode is a calendar of a thousand events with zones and alarms.
func BenchmarkDecode(b *testing.B) {
	var text strings.Builder
	text.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + strings.ReplaceAll(berlin, "\n", "\r\n"))
	for i := range 1000 {
		fmt.Fprintf(&text, "BEGIN:VEVENT\r\nUID:%d@example.test\r\nDTSTAMP:20260801T080000Z\r\nDTSTART;TZID=Somewhere:20260828T100000\r\n"+
			"DURATION:PT1H\r\nSUMMARY:Harbour\\, north\r\nDESCRIPTION:%s\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n",
			i, strings.Repeat("boats and\r\n  more boats", 5))
	}
	text.WriteString("END:VCALENDAR\r\n")
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		f, err := Decode(strings.NewReader(text.String()), Limits{})
		if err != nil || len(f.Objects()) != 1000 {
			b.Fatal(err)
		}
	}
}
