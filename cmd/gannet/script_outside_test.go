package main

import (
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/mail"
)

// outsideCommand is `outside PROGRAM FROM STATUS N [WHAT=VALUE…]`: FROM, who is elsewhere and uses outlook, google or apple,
// answers the N-th message that the other server was given: accepted, tentative, declined, delegated, or counter. WHAT is
//
//	comment=TEXT               what he writes beside
//	start=TIME end=TIME        what he proposes; of counter
//	of=TIME                    the occurrence that he answers, by its original start
//	as=ADDRESS                 in whose name; FROM
//	by=ADDRESS                 who sends it for him: From and SENT-BY
//	to=ADDRESS                 to whom he delegates
//	at=TIME                    DTSTAMP; now
//	sequence=N                 of the version that he answers; that of the message
func outsideCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 || shapes[args[0]] == nil {
		ts.Fatalf("usage: outside outlook|google|apple FROM STATUS N [WHAT=VALUE…]")
	}
	a := outsideAnswer{Status: strings.ToUpper(args[2]), Method: "REPLY", As: args[1], Stamp: time.Now().UTC().Format("20060102T150405Z")}
	if a.Status == "COUNTER" {
		a.Method, a.Status = "COUNTER", "TENTATIVE"
	}
	a.read(ts, sunkMessage(ts, args[3]).raw)
	for _, arg := range args[4:] {
		what, value, _ := strings.Cut(arg, "=")
		place := map[string]*string{"comment": &a.Comment, "start": &a.Start, "end": &a.End, "of": &a.Of, "as": &a.As, "by": &a.By, "to": &a.To, "at": &a.Stamp, "sequence": &a.Sequence}[what]
		if place == nil {
			ts.Fatalf("outside: what is %q?", arg)
		}
		*place = value
	}
	if a.From = args[1]; a.By != "" {
		a.From = a.By
	}
	if a.Of != "" && a.Method == "REPLY" {
		a.Start, a.End = a.Of, a.Of
	}
	var text strings.Builder
	ts.Check(shapes[args[0]].Execute(&text, a))
	ts.Check(deliverOverSMTP(trusting(ts), "", ts.Getenv("SMTP"), a.From, []string{a.Organizer}, text.String()))
}

// outsideAnswer is what an answer says; times are compact and in UTC.
type outsideAnswer struct {
	Method, Status, From, As, By, To, Comment, Of, Stamp string
	UID, Title, Sequence, Start, End, Organizer          string
	WasStart, WasEnd                                     string
}

func (a *outsideAnswer) read(ts *testscript.TestScript, raw string) {
	sum, err := mail.Parse(strings.NewReader(raw))
	ts.Check(err)
	o, err := scheduling.ReadPart(sum, strings.NewReader(raw), sum.SchedulingPart())
	ts.Check(err)
	var c *calendar.Component
	for c = range o.Components() {
		break
	}
	organizer, _ := c.Organizer()
	a.UID, a.Title, a.Sequence, a.Organizer = o.UID(), c.Summary(), fmt.Sprint(c.Sequence()), organizer.Address
	from, _, err := o.Resolve(c.Start(), nil)
	ts.Check(err)
	until, _, err := o.Resolve(c.End(), nil)
	ts.Check(err)
	a.Start, a.End = from.UTC().Format("20060102T150405Z"), until.UTC().Format("20060102T150405Z")
	a.WasStart, a.WasEnd = a.Start, a.End
	if id := c.RecurrenceID(); !id.IsZero() {
		at, _, err := o.Resolve(id, nil)
		ts.Check(err)
		a.Of = at.UTC().Format("20060102T150405Z")
	}
}

// shapes are messages as programs elsewhere write them, in outline: which parts, which properties, and which not. Exchange
// names no organizer, and in a proposal nobody at all; Google writes everything and a file beside; Apple has the object
// alone beside a text.
var shapes = map[string]*template.Template{
	"outlook": template.Must(template.New("").Parse(`From: "Carol" <{{.From}}>
To: "Rita" <{{.Organizer}}>
Subject: {{if eq .Method "COUNTER"}}New Time Proposed{{else}}{{.Status}}{{end}}: {{.Title}}
Thread-Topic: {{.Title}}
Content-Language: de-DE
X-MS-Has-Attach:
Content-Type: multipart/alternative; boundary="_000_outlook_"
MIME-Version: 1.0

--_000_outlook_
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

{{.Comment}}

--_000_outlook_
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

<html><body>{{.Comment}}</body></html>

--_000_outlook_
Content-Type: text/calendar; charset="utf-8"; method={{.Method}}
Content-Transfer-Encoding: 7bit

BEGIN:VCALENDAR
METHOD:{{.Method}}
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:UTC
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
{{- if eq .Method "COUNTER"}}
X-MS-OLK-ORIGINALSTART:{{.WasStart}}
X-MS-OLK-ORIGINALEND:{{.WasEnd}}
{{- else}}
ATTENDEE;PARTSTAT={{.Status}};CN=Carol{{if .By}};SENT-BY="MAILTO:{{.By}}"{{end}}{{if .To}};DELEGATED-TO="MAILTO:{{.To}}"{{end}}:MAILTO:{{.As}}
SUMMARY;LANGUAGE=de-DE:{{.Status}}: {{.Title}}
CLASS:PUBLIC
PRIORITY:5
TRANSP:OPAQUE
STATUS:CONFIRMED
LOCATION;LANGUAGE=de-DE:
X-MICROSOFT-CDO-APPT-SEQUENCE:{{.Sequence}}
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
X-MICROSOFT-CDO-INSTTYPE:0
{{- end}}
COMMENT;LANGUAGE=de-DE:{{.Comment}}\n
UID:{{.UID}}
{{- if .Of}}
RECURRENCE-ID;TZID=UTC:{{slice .Of 0 15}}
{{- end}}
DTSTART;TZID=UTC:{{slice .Start 0 15}}
DTEND;TZID=UTC:{{slice .End 0 15}}
DTSTAMP:{{.Stamp}}
SEQUENCE:{{.Sequence}}
END:VEVENT
END:VCALENDAR

--_000_outlook_--
`)),
	"google": template.Must(template.New("").Parse(`Reply-To: Carol <{{.As}}>
Sender: Google Calendar <calendar-notification@google.com>
From: Carol <{{.From}}>
To: {{.Organizer}}
Subject: {{.Status}}: {{.Title}}
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="000000000000google"

--000000000000google
Content-Type: multipart/alternative; boundary="000000000001google"

--000000000001google
Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes
Content-Transfer-Encoding: 7bit

Carol: {{.Status}} {{.Comment}}

--000000000001google
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

<p>Carol: {{.Status}}</p>

--000000000001google
Content-Type: text/calendar; charset="UTF-8"; method={{.Method}}
Content-Transfer-Encoding: 7bit

{{template "object" .}}
--000000000001google--
--000000000000google
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"
Content-Transfer-Encoding: 7bit

{{template "object" .}}
--000000000000google--
{{define "object"}}BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:{{.Method}}
BEGIN:VEVENT
DTSTART:{{.Start}}
DTEND:{{.End}}
DTSTAMP:{{.Stamp}}
ORGANIZER;CN={{.Organizer}}:mailto:{{.Organizer}}
UID:{{.UID}}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={{.Status}};CN=Carol;X-NUM-GUESTS=0
 {{if .By}};SENT-BY="mailto:{{.By}}"{{end}}{{if .To}};DELEGATED-TO="mailto:{{.To}}"{{end}};X-RESPONSE-COMMENT="{{.Comment}}":mailto:{{.As}}
{{- if .Of}}
RECURRENCE-ID:{{.Of}}
{{- end}}
CREATED:20260801T080000Z
DESCRIPTION:
LAST-MODIFIED:{{.Stamp}}
LOCATION:
SEQUENCE:{{.Sequence}}
STATUS:CONFIRMED
SUMMARY:{{.Title}}
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
{{end}}`)),
	"apple": template.Must(template.New("").Parse(`From: Carol <{{.From}}>
To: {{.Organizer}}
Subject: {{.Status}}: {{.Title}}
MIME-Version: 1.0 (Mac OS X Mail)
Content-Type: multipart/alternative; boundary="Apple-Mail=_1"

--Apple-Mail=_1
Content-Transfer-Encoding: 7bit
Content-Type: text/plain; charset=us-ascii

{{.Comment}}

--Apple-Mail=_1
Content-Transfer-Encoding: 7bit
Content-Type: text/calendar; name=iCal.ics; method={{.Method}}; charset=utf-8

BEGIN:VCALENDAR
CALSCALE:GREGORIAN
VERSION:2.0
METHOD:{{.Method}}
PRODID:-//Apple Inc.//macOS 14.0//EN
BEGIN:VEVENT
TRANSP:OPAQUE
DTEND:{{.End}}
{{- if .Comment}}
COMMENT:{{.Comment}}
{{- end}}
ORGANIZER;CN="Rita";EMAIL="{{.Organizer}}":mailto:{{.Organizer}}
UID:{{.UID}}
DTSTAMP:{{.Stamp}}
{{- if .Of}}
RECURRENCE-ID:{{.Of}}
{{- end}}
SEQUENCE:{{.Sequence}}
SUMMARY:{{.Title}}
DTSTART:{{.Start}}
X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC
CREATED:20260801T080000Z
ATTENDEE;CN="Carol";CUTYPE=INDIVIDUAL;PARTSTAT={{.Status}};EMAIL="{{.As}}"
 {{if .By}};SENT-BY="mailto:{{.By}}"{{end}}{{if .To}};DELEGATED-TO="mailto:{{.To}}"{{end}}:mailto:{{.As}}
END:VEVENT
END:VCALENDAR

--Apple-Mail=_1--
`)),
}
