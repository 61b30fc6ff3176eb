package scheduling

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
)

// meetingOf reads an object of one event with further lines.
func meetingOf(t *testing.T, lines ...string) *calendar.Object {
	t.Helper()
	o, _, err := calendar.ReadObject("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260801T080000Z\r\nORGANIZER;CN=Rita Äther:mailto:rita@example.test\r\nATTENDEE;CN=Carol:mailto:carol@outside.test\r\n" +
		strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestLetter writes an invitation and reads it as a message: every program finds the object, people the text.
func TestLetter(t *testing.T) {
	o := meetingOf(t, "DTSTART;TZID=Europe/Berlin:20260828T100000", "DTEND;TZID=Europe/Berlin:20260828T113000", "SUMMARY:Hafenfahrt für alle",
		"LOCATION:Pier 7", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;COUNT=5", `DESCRIPTION:Bring boots.\nAnd ropes – long ones.`)
	_, messages := calendar.Announce(nil, o, calendar.Identity{rita}, time.Date(2026, 8, 2, 8, 0, 0, 0, time.UTC))
	if len(messages) != 1 {
		t.Fatalf("%d messages", len(messages))
	}
	l := Letter{Message: messages[0], From: mail.Address{Name: "Rita Äther", Local: "rita", Domain: "example.test"}, Hostname: "mx.example.test", Now: time.Date(2026, 8, 2, 8, 0, 0, 0, time.UTC)}
	var raw bytes.Buffer
	if err := l.Write(&raw); err != nil {
		t.Fatal(err)
	}
	for i, b := range raw.Bytes() {
		if b >= 0x80 {
			t.Fatalf("byte %d is %#x", i, b)
		}
	}
	s, err := mail.Parse(bytes.NewReader(raw.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if s.Envelope.Subject != "Invitation: Hafenfahrt für alle" || s.MessageClass() != "IPM.Schedule.Meeting.Request" || len(s.CalendarParts()) != 2 || len(s.Defects) > 0 {
		t.Errorf("%q, %s, %d parts, %v", s.Envelope.Subject, s.MessageClass(), len(s.CalendarParts()), s.Defects)
	}
	for _, part := range s.CalendarParts() {
		got, err := ReadPart(s, bytes.NewReader(raw.Bytes()), part)
		if err != nil || !got.Equal(messages[0].Object) {
			t.Errorf("%s: %v\n%s", part.MediaType(), err, got.Bytes())
		}
	}
	body, err := s.Text(bytes.NewReader(raw.Bytes()), mail.Plain, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want := `Rita Äther invites you to:

What:       Hafenfahrt für alle
When:       Friday, 28 August 2026, 10:00 to 11:30 (Europe/Berlin)
Repeats:    every 2 weeks on Friday, 5 times
Where:      Pier 7
Organizer:  Rita Äther
Invited:    Carol

Bring boots.
And ropes – long ones.
`
	if got := strings.ReplaceAll(string(body.Data), "\r\n", "\n"); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
}

// TestWords lists what the subject and the first line say of each message, and when it takes place.
func TestWords(t *testing.T) {
	status := func(s string) string { return "ATTENDEE;PARTSTAT=" + s + ":mailto:x@outside.test" }
	start := "DTSTART:20260828T100000Z"
	tests := []struct {
		method               string
		lines                []string
		subject, first, when string
	}{
		{"REQUEST", []string{start, "SUMMARY:A"}, "Invitation: A", "Rita invites you to:", "Friday, 28 August 2026, 10:00 (UTC)"},
		{"REQUEST", []string{start, "SEQUENCE:3"}, "Updated: (no subject)", "Rita has changed:", "Friday, 28 August 2026, 10:00 (UTC)"},
		{"CANCEL", []string{"DTSTART;VALUE=DATE:20260828", `SUMMARY:A\nB`}, "Cancelled: A B", "Rita has cancelled:", "Friday, 28 August 2026"},
		{"REPLY", []string{"DTSTART;VALUE=DATE:20260828", "DTEND;VALUE=DATE:20260831", status("ACCEPTED")}, "Accepted: (no subject)", "Rita has accepted:", "Friday, 28 August 2026 to Sunday, 30 August 2026"},
		{"REPLY", []string{"DTSTART;TZID=Asia/Kathmandu:20260828T233000", "DURATION:PT1H", status("TENTATIVE")}, "Tentative: (no subject)", "Rita has accepted tentatively:", "Friday, 28 August 2026, 23:30 to Saturday, 29 August 2026, 00:30 (Asia/Kathmandu)"},
		{"REPLY", []string{"DTSTART;TZID=Nowhere/AtAll:20260828T233000", status("DECLINED")}, "Declined: (no subject)", "Rita has declined:", ""},
		{"COUNTER", []string{start, "DTEND:20260828T110000Z"}, "New time proposed: (no subject)", "Rita proposes another time:", "Friday, 28 August 2026, 10:00 to 11:00 (UTC)"},
		{"DECLINECOUNTER", nil, "Proposal declined: (no subject)", "Rita keeps to the time that was set:", ""},
		{"REFRESH", nil, "Asking again: (no subject)", "Rita asks to be sent this again:", ""},
		{"NEWTHING", nil, "Meeting: (no subject)", "Rita writes about:", ""},
	}
	for _, tt := range tests {
		o := meetingOf(t, tt.lines...)
		l := Letter{Message: calendar.Message{Method: tt.method, Object: o}, From: mail.Address{Name: "Rita"}}
		first, _, _ := strings.Cut(l.Text(), "\n")
		if when := When(o, o.Master(), nil); l.Subject() != tt.subject || first != tt.first || when != tt.when {
			t.Errorf("%s: %q, %q, %q", tt.method, l.Subject(), first, when)
		}
	}
}

// TestRepeats lists rules in words.
func TestRepeats(t *testing.T) {
	tests := map[string]string{
		"FREQ=DAILY":                                     "every day",
		"FREQ=DAILY;UNTIL=20261231T225959Z":              "every day, until 31 December 2026",
		"FREQ=WEEKLY;BYDAY=MO,WE,FR":                     "every week on Monday, Wednesday and Friday",
		"FREQ=MONTHLY;BYDAY=-1SU":                        "every month on the last Sunday",
		"FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1,22,-2":     "every 3 months on the 1st, 22nd and 2nd to last",
		"FREQ=YEARLY;BYMONTH=2,11;BYMONTHDAY=13;COUNT=4": "every year on the 13th in February and November, 4 times",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":  "by the rule FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR",
		"FREQ=HOURLY;INTERVAL=2":                         "by the rule FREQ=HOURLY;INTERVAL=2",
		"FREQ=MONTHLY;BYDAY=3WE":                         "every month on the 3rd Wednesday",
		"FREQ=YEARLY;BYMONTH=6;BYDAY=2TH;UNTIL=20300101": "every year on the 2nd Thursday in June, until 1 January 2030",
	}
	for text, want := range tests {
		rule, err := calendar.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := repeats(rule); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestLetterFiles sends what is attached to a meeting beside it, and takes it in again with the invitation.
func TestLetterFiles(t *testing.T) {
	const head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:u\nDTSTAMP:20260801T100000Z\nDTSTART:20260828T080000Z\n" +
		"ORGANIZER:mailto:rita@example.test\nATTENDEE:mailto:otto@example.test\n"
	text := head + "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain;FILENAME=\"Plän; neu.txt\":cGxhbg==\nEND:VEVENT\nEND:VCALENDAR\n"
	o, _, err := calendar.ReadObject(text)
	if err != nil {
		t.Fatal(err)
	}
	letter := Letter{Message: calendar.Message{Method: "REQUEST", To: []string{"otto@example.test"}, Object: o}, From: mail.Address{Local: "rita", Domain: "example.test"}, Hostname: "mx.example.test"}
	var out bytes.Buffer
	if err := letter.Write(&out); err != nil {
		t.Fatal(err)
	}
	summary, err := mail.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, p := range summary.Attachments() {
		names = append(names, p.DisplayName()+" "+p.MediaType())
	}
	if len(names) != 2 || names[0] != "Plän; neu.txt text/plain" {
		t.Errorf("files %q\n%s", names, out.Bytes())
	}
	got, err := ReadPart(summary, bytes.NewReader(out.Bytes()), summary.MeetingPart())
	if err != nil {
		t.Fatal(err)
	}
	files := got.Files()
	if len(files) != 1 || files[0].Name != "Plän; neu.txt" {
		t.Fatalf("%+v\n%s", files, got.Bytes())
	}
	if content, err := files[0].Content(); err != nil || string(content) != "plan" {
		t.Errorf("%q, %v", content, err)
	}
}
