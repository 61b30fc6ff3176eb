package calendar

import (
	"strings"
	"testing"
)

// everyProperty is a calendar with every component, property and parameter of RFC 5545, RFC 7986 and RFC 9073's
// STYLED-DESCRIPTION.
const everyProperty = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME:Harbour
COLOR:navy
REFRESH-INTERVAL;VALUE=DURATION:P1D
SOURCE;VALUE=URI:https://example.test/harbour.ics
IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/png:https://example.test/i.png
BEGIN:VTIMEZONE
TZID:Harbour Time
LAST-MODIFIED:20260101T000000Z
TZURL:https://example.test/zone.ics
BEGIN:STANDARD
DTSTART:20001029T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME;LANGUAGE=en:HT
COMMENT:winter
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20000326T020000
RDATE:20010325T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:everything@example.test
DTSTAMP:20260101T000000Z
DTSTART;TZID=Harbour Time:20260901T100000
DTEND;TZID=Harbour Time:20260901T110000
SUMMARY;ALTREP="cid:s@example.test";LANGUAGE=en:Review
ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:QQ==
CATEGORIES;LANGUAGE=en:Work,Blue
CLASS:PRIVATE
COMMENT:first
COMMENT:second
CONTACT:Olga\, at the harbour
DESCRIPTION;ALTREP="https://example.test/d":all of it
STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<b>all</b>
GEO:53.54;9.98
LOCATION:Pier
PRIORITY:5
RESOURCES:Easel,Beamer
STATUS:CONFIRMED
TRANSP:OPAQUE
URL:https://example.test/e
ORGANIZER;CN=Otto;DIR="ldap://example.test/otto";SENT-BY="mailto:office@example.test":mailto:otto@example.test
ATTENDEE;CUTYPE=GROUP;MEMBER="mailto:all@example.test";ROLE=CHAIR;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:eva@example.test";RSVP=TRUE:mailto:uwe@example.test
ATTENDEE;DELEGATED-FROM="mailto:uwe@example.test";EMAIL=eva@example.test:mailto:eva@example.test
RELATED-TO;RELTYPE=SIBLING:other@example.test
REQUEST-STATUS:2.0;Success
SEQUENCE:3
CREATED:20260101T000000Z
LAST-MODIFIED:20260102T000000Z
RRULE:FREQ=DAILY;COUNT=3
RDATE;VALUE=PERIOD;TZID=Harbour Time:20260910T100000/PT2H
EXDATE;TZID=Harbour Time:20260902T100000
CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=all:https://meet.example.test/1
X-OTHER;X-PARAM=a:kept
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER;RELATED=END:-PT5M
DURATION:PT1M
REPEAT:2
DESCRIPTION:soon
END:VALARM
BEGIN:X-OTHER
SUMMARY:inner
END:X-OTHER
END:VEVENT
BEGIN:VEVENT
UID:everything@example.test
DTSTAMP:20260101T000000Z
RECURRENCE-ID;TZID=Harbour Time;RANGE=THISANDFUTURE:20260903T100000
DTSTART;TZID=Harbour Time:20260903T120000
DURATION:PT1H
END:VEVENT
BEGIN:VTODO
UID:todo@example.test
DTSTAMP:20260101T000000Z
DUE;VALUE=DATE:20260901
COMPLETED:20260901T080000Z
PERCENT-COMPLETE:100
END:VTODO
BEGIN:VJOURNAL
UID:journal@example.test
DTSTAMP:20260101T000000Z
DESCRIPTION:one
DESCRIPTION:two
END:VJOURNAL
BEGIN:VFREEBUSY
UID:busy@example.test
DTSTAMP:20260101T000000Z
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260901T080000Z/PT1H,20260902T080000Z/20260902T090000Z
END:VFREEBUSY
END:VCALENDAR
`

// TestPropertiesKept reads every property and parameter without a complaint, writes them as they were but for folds, and
// keeps all others when some are changed. RFC 5545, sections 3.2, 3.7 and 3.8.
func TestPropertiesKept(t *testing.T) {
	long := strings.ReplaceAll(everyProperty, "\n", "\r\n")
	f, err := Decode(strings.NewReader(long), Limits{})
	if err != nil || len(f.Problems) > 0 || len(f.Calendars) != 1 {
		t.Fatal(err, f.Problems)
	}
	if got := withoutFolds(f.Calendars[0]); got != long {
		t.Errorf("written:\n%s", got)
	}
	for c := range f.Calendars[0].Children("") {
		if c.Get("PRIORITY") != nil {
			c.SetSummary("Another")
			c.SetPriority(1)
			c.SetStatus("TENTATIVE")
		}
	}
	want := strings.NewReplacer(`SUMMARY;ALTREP="cid:s@example.test";LANGUAGE=en:Review`, `SUMMARY;ALTREP="cid:s@example.test";LANGUAGE=en:Another`,
		"PRIORITY:5", "PRIORITY:1", "STATUS:CONFIRMED", "STATUS:TENTATIVE").Replace(long)
	got := withoutFolds(f.Calendars[0])
	if got != want {
		t.Errorf("changed:\n%s", got)
	}
}

// withoutFolds is a component with each property in one line.
func withoutFolds(c *Component) string { return strings.ReplaceAll(string(c.Bytes()), "\r\n ", "") }

// TestPropertiesRefold reads what is folded after every byte, which RFC 5545, section 3.1, allows.
func TestPropertiesRefold(t *testing.T) {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(everyProperty, "\n"), "\n") {
		for i, r := range line {
			if i > 0 {
				b.WriteString("\r\n ")
			}
			b.WriteRune(r)
		}
		b.WriteString("\r\n")
	}
	folded, err := Decode(strings.NewReader(b.String()), Limits{})
	if err != nil || len(folded.Problems) > 0 {
		t.Fatal(err, folded.Problems)
	}
	plain, err := Decode(strings.NewReader(strings.ReplaceAll(everyProperty, "\n", "\r\n")), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !plain.Calendars[0].Equal(folded.Calendars[0]) {
		t.Error(difference(plain.Calendars[0], folded.Calendars[0]))
	}
}
