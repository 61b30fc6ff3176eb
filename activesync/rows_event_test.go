package activesync

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A rowOf is an element of a class that a device says or is told, and what it is told of it.
type rowOf struct {
	name   string
	said   []string
	status string   // of an Add
	path   []string // in ApplicationData; empty: nothing is looked at
	want   string
	from   Version // the first that is told; 0: all
	to     Version // the last that is told; 0: all
}

// at is what a device of a version is told.
func (row rowOf) at(v Version) string {
	if v < row.from || row.to != 0 && v > row.to {
		return ""
	}
	return row.want
}

// TestRowsEvent makes an event of one element more than it must have, at every version, and looks what another device is
// told of it. MS-ASCAL.
func TestRowsEvent(t *testing.T) {
	once(t)
	const rule, cal = "Calendar:Recurrence", "Calendar:"
	weekly := []string{rule, `>Calendar:Type "1"`, `>Calendar:Interval "2"`, `>Calendar:DayOfWeek "4"`}
	olga := []string{"Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "olga@example.org"`, `>>Calendar:Name "Olga"`, `>>Calendar:AttendeeType "2"`}
	who := func(tag string) []string { return []string{"Calendar:Attendees", "Calendar:Attendee", cal + tag} }
	one := func(tag, text string) []string { return []string{cal + tag + " " + strconv.Quote(text)} }
	rows := []rowOf{
		{"an end", nil, "1", []string{cal + "EndTime"}, "20260901T090000Z", 0, 0},
		{"a start", nil, "1", []string{cal + "StartTime"}, "20260901T080000Z", 0, 0},
		{"hours", nil, "1", []string{cal + "AllDayEvent"}, "0", 0, 0},
		{"a stamp", one("DtStamp", "20200101T000000Z"), "1", []string{cal + "DtStamp"}, "20260822T101500Z", 0, 0},
		{"free", one("BusyStatus", "0"), "1", []string{cal + "BusyStatus"}, "0", 0, 0},
		{"tentative", one("BusyStatus", "1"), "1", []string{cal + "BusyStatus"}, "1", 0, 0},
		{"out of office", one("BusyStatus", "3"), "1", []string{cal + "BusyStatus"}, "3", 0, 0},
		{"elsewhere", one("BusyStatus", "4"), "1", []string{cal + "BusyStatus"}, "4", V160, 0},
		{"neither", one("BusyStatus", "5"), "6", nil, "", 0, 0},
		{"busy when nothing is said", nil, "1", []string{cal + "BusyStatus"}, "2", 0, 0},
		{"a category", []string{"Calendar:Categories", `>Calendar:Category "Work"`}, "1", []string{"Calendar:Categories", "Calendar:Category"}, "Work", 0, 0},
		{"private", one("Sensitivity", "2"), "1", []string{cal + "Sensitivity"}, "2", 0, 0},
		{"personal", one("Sensitivity", "1"), "1", []string{cal + "Sensitivity"}, "1", 0, 0},
		{"confidential", one("Sensitivity", "3"), "1", []string{cal + "Sensitivity"}, "3", 0, 0},
		{"a sensitivity that there is not", one("Sensitivity", "4"), "6", nil, "", 0, 0},
		{"not private when nothing is said", nil, "1", []string{cal + "Sensitivity"}, "0", 0, 0},
		{"a reminder", one("Reminder", "15"), "1", []string{cal + "Reminder"}, "15", 0, 0},
		{"a reminder that is none", one("Reminder", "soon"), "6", nil, "", 0, 0},
		{"no reminder", []string{"Calendar:Reminder"}, "1", []string{cal + "Reminder"}, "", 0, 0},
		{"no proposals", one("DisallowNewTimeProposal", "1"), "1", []string{cal + "DisallowNewTimeProposal"}, "1", V140, 0},
		{"proposals", nil, "1", []string{cal + "DisallowNewTimeProposal"}, "0", V140, 0},
		{"an attendee", olga, "1", who("Email"), "olga@example.org", 0, 0},
		{"who has a name", olga, "1", who("Name"), "Olga", 0, 0},
		{"who need not come", olga, "1", who("AttendeeType"), "2", V120, 0},
		{"who has said nothing", olga, "1", who("AttendeeStatus"), "5", V120, 0},
		{"a meeting", olga, "1", []string{cal + "MeetingStatus"}, "1", 0, 0},
		{"no meeting", nil, "1", []string{cal + "MeetingStatus"}, "0", 0, 0},
		{"whose meeting it is", olga, "1", []string{cal + "OrganizerEmail"}, rita, 0, 0},
		{"what the user is", olga, "1", []string{cal + "ResponseType"}, "1", V140, 0},
		{"of nobody's meeting", nil, "1", []string{cal + "ResponseType"}, "0", V140, 0},
		{"an answer is wanted", slices.Concat(olga, one("ResponseRequested", "1")), "1", []string{cal + "ResponseRequested"}, "1", V140, 0},
		{"no answer is wanted", slices.Concat(olga, one("ResponseRequested", "0")), "1", []string{cal + "ResponseRequested"}, "0", V140, 0},
		{"when it was answered", one("AppointmentReplyTime", "20260820T080000Z"), "1", []string{cal + "AppointmentReplyTime"}, "", 0, 0},
		{"a type", weekly, "1", []string{rule, cal + "Type"}, "1", 0, 0},
		{"an interval", weekly, "1", []string{rule, cal + "Interval"}, "2", 0, 0},
		{"days", weekly, "1", []string{rule, cal + "DayOfWeek"}, "4", 0, 0},
		{"the first day", slices.Concat(weekly, one(">FirstDayOfWeek", "0")), "1", []string{rule, cal + "FirstDayOfWeek"}, "0", V141, 0},
		{"no eighth day", slices.Concat(weekly, []string{`>Calendar:FirstDayOfWeek "7"`}), "6", nil, "", 0, 0},
		{"how often", slices.Concat(weekly, []string{`>Calendar:Occurrences "3"`}), "1", []string{rule, cal + "Occurrences"}, "3", 0, 0},
		{"until when", slices.Concat(weekly, []string{`>Calendar:Until "20261201T090000Z"`}), "1", []string{rule, cal + "Until"}, "20261201T090000Z", 0, 0},
		{"a weekly rule without days", weekly[:3], "6", nil, "", 0, 0},
		{"a day of the month", []string{rule, `>Calendar:Type "2"`, `>Calendar:DayOfMonth "1"`}, "1", []string{rule, cal + "DayOfMonth"}, "1", 0, 0},
		{"by our calendar", []string{rule, `>Calendar:Type "2"`, `>Calendar:DayOfMonth "1"`}, "1", []string{rule, cal + "CalendarType"}, "1", V140, 0},
		{"a week of the month", []string{rule, `>Calendar:Type "3"`, `>Calendar:WeekOfMonth "1"`, `>Calendar:DayOfWeek "4"`}, "1", []string{rule, cal + "WeekOfMonth"}, "1", 0, 0},
		{"a month", []string{rule, `>Calendar:Type "5"`, `>Calendar:MonthOfYear "9"`, `>Calendar:DayOfMonth "1"`}, "1", []string{rule, cal + "MonthOfYear"}, "9", 0, 0},
		{"a weekday of a month", []string{rule, `>Calendar:Type "6"`, `>Calendar:MonthOfYear "9"`, `>Calendar:WeekOfMonth "5"`, `>Calendar:DayOfWeek "4"`}, "1", []string{rule, cal + "WeekOfMonth"}, "5", 0, 0},
		{"no leap month", []string{rule, `>Calendar:Type "5"`, `>Calendar:MonthOfYear "9"`, `>Calendar:DayOfMonth "1"`, `>Calendar:IsLeapMonth "0"`}, "1", []string{rule, cal + "IsLeapMonth"}, "", 0, 0},
		{"months of the moon", []string{rule, `>Calendar:Type "2"`, `>Calendar:DayOfMonth "1"`, `>Calendar:CalendarType "20"`}, "6", nil, "", 0, 0},
		{"weeks in another calendar", []string{rule, `>Calendar:Type "1"`, `>Calendar:DayOfWeek "2"`, `>Calendar:CalendarType "8"`}, "1", []string{rule, "Calendar:DayOfWeek"}, "2", 0, 0},
		{"a calendar that there is not", []string{rule, `>Calendar:Type "2"`, `>Calendar:DayOfMonth "1"`, `>Calendar:CalendarType "13"`}, "6", nil, "", 0, 0},
		{"what is passed over", one("CompressedRTF", "e1xydGYxfQ=="), "1", []string{cal + "CompressedRTF"}, "", 0, 0},
	}
	for _, row := range rows {
		for i := range row.said {
			row.said[i] = strings.Replace(row.said[i], "Calendar:>", ">Calendar:", 1)
		}
	}
	for _, v := range AllVersions {
		o := newEventRig(t)
		for _, row := range rows {
			said := slices.Concat([]string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, "Calendar:Subject " + strconv.Quote(row.name)}, row.said)
			if _, status := o.told("phone1", v, addLines(row.name, said...)...).one(t); status != row.status {
				t.Errorf("%s at %v: status %s, want %s", row.name, v, status, row.status)
			}
		}
		told := o.bySubject("phone2", v)
		for _, row := range rows {
			want := row.at(v)
			if row.name == "elsewhere" && v < V160 {
				want = "2"
			}
			if data := told[row.name]; row.path != nil && data.get(row.path...) != want {
				t.Errorf("%s at %v: %v is %q, want %q", row.name, v, row.path, data.get(row.path...), want)
			}
		}
	}
}

// bySubject is what a device is told of all events.
func (o *objectRig) bySubject(device string, v Version) map[string]*node {
	o.t.Helper()
	told := map[string]*node{}
	for range 5 { // a window has 100
		for _, add := range o.told(device, v).commands("Add") {
			data := add.at("AirSync:ApplicationData")
			told[data.get("Calendar:Subject")] = data
		}
	}
	return told
}

// TestRowsEventTold looks, at every version, what is told of what a device may not say. MS-ASCAL.
func TestRowsEventTold(t *testing.T) {
	once(t)
	const meeting = "SUMMARY:Review\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nORGANIZER;CN=Boss:mailto:boss@example.org\n" +
		"ATTENDEE;PARTSTAT=TENTATIVE;RSVP=TRUE:mailto:rita@example.test\nATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:room@example.org\nATTENDEE;PARTSTAT=DECLINED:mailto:olga@example.org\n" +
		"X-MICROSOFT-CDO-REPLYTIME:20260820T080000Z\nX-MICROSOFT-ONLINEMEETINGCONFLINK:conf:sip:boss@example.org\nX-MICROSOFT-ONLINEMEETINGEXTERNALLINK:https://meet.example.org/1\n" +
		"X-ALT-DESC;FMTTYPE=text/html:<b>all</b>\nDESCRIPTION:all"
	rows := []rowOf{
		{"received", nil, "", []string{"Calendar:MeetingStatus"}, "3", 0, 0},
		{"answered", nil, "", []string{"Calendar:ResponseType"}, "2", V140, 0},
		{"when", nil, "", []string{"Calendar:AppointmentReplyTime"}, "20260820T080000Z", V140, 0},
		{"asked", nil, "", []string{"Calendar:ResponseRequested"}, "1", V140, 0},
		{"whose", nil, "", []string{"Calendar:OrganizerName"}, "Boss", 0, 0},
		{"whose address", nil, "", []string{"Calendar:OrganizerEmail"}, "boss@example.org", 0, 0},
		{"a conference", nil, "", []string{"Calendar:OnlineMeetingConfLink"}, "conf:sip:boss@example.org", V141, 0},
		{"its address", nil, "", []string{"Calendar:OnlineMeetingExternalLink"}, "https://meet.example.org/1", V141, 0},
		{"HTML", nil, "", []string{"AirSyncBase:NativeBodyType"}, "2", V120, 0},
		{"a name", nil, "", []string{"Calendar:UID"}, "u1", 0, 0},
		{"no truncation", nil, "", []string{"Calendar:BodyTruncated"}, "0", 0, V25},
		{"text", nil, "", []string{"Calendar:Body"}, "all", 0, V25},
	}
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(meeting))
		data := o.told("phone1", v).commands("Add")[0].at("AirSync:ApplicationData")
		for _, row := range rows {
			if got := data.get(row.path...); got != row.at(v) {
				t.Errorf("%v: %s: %v is %q, want %q", v, row.name, row.path, got, row.at(v))
			}
		}
		kinds, statuses := map[string]string{}, map[string]string{}
		for _, a := range data.at("Calendar:Attendees").kids {
			kinds[a.get("Calendar:Email")], statuses[a.get("Calendar:Email")] = a.get("Calendar:AttendeeType"), a.get("Calendar:AttendeeStatus")
		}
		if len(kinds) != 3 || v >= V120 && (kinds["room@example.org"] != "3" || statuses["room@example.org"] != "3" || statuses["olga@example.org"] != "4" || statuses[rita] != "2") {
			t.Errorf("%v: %v, %v", v, kinds, statuses)
		}
	}
}

// rowOfException is an element of an Exception that a device says.
type rowOfException struct {
	said      []string // in it
	path      []string // in the Exception that another device is told
	want      string
	from      Version // the first that is told
	lastSayer Version // the last that may say it; 0: all
}

// TestRowsException changes one occurrence of a series by one element, at every version in its way, and looks what another
// device is told of it. MS-ASCAL, Exception; MS-ASAIRS, InstanceId.
func TestRowsException(t *testing.T) {
	once(t)
	rows := []rowOfException{
		{[]string{`Calendar:Subject "Other"`}, []string{"Calendar:Subject"}, "Other", 0, 0},
		{[]string{`Calendar:StartTime "20260902T100000Z"`, `Calendar:EndTime "20260902T110000Z"`}, []string{"Calendar:StartTime"}, "20260902T100000Z", 0, 0},
		{[]string{`Calendar:StartTime "20260902T100000Z"`, `Calendar:EndTime "20260902T113000Z"`}, []string{"Calendar:EndTime"}, "20260902T113000Z", 0, 0},
		{[]string{"Location"}, []string{"Location"}, "Elsewhere", 0, 0},
		{[]string{"Calendar:Categories", `>Calendar:Category "Blue"`}, []string{"Calendar:Categories", "Calendar:Category"}, "Blue", 0, 0},
		{[]string{`Calendar:Sensitivity "2"`}, []string{"Calendar:Sensitivity"}, "2", 0, 0},
		{[]string{`Calendar:BusyStatus "0"`}, []string{"Calendar:BusyStatus"}, "0", 0, 0},
		{[]string{`Calendar:Reminder "30"`}, []string{"Calendar:Reminder"}, "30", 0, 0},
		{[]string{`Calendar:DtStamp "20200101T000000Z"`, `Calendar:Subject "Other"`}, []string{"Calendar:DtStamp"}, "20260822T101500Z", 0, 0},
		{[]string{"Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "paul@example.org"`, `>>Calendar:Name "Paul"`}, []string{"Calendar:Attendees", "Calendar:Attendee", "Calendar:Email"}, "paul@example.org", V140, 0},
		{[]string{"Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "paul@example.org"`, `>>Calendar:Name "Paul"`}, []string{"Calendar:MeetingStatus"}, "1", 0, 0},
		{[]string{"Body"}, []string{"Body"}, "Bring cake.", 0, 0},
		{[]string{`Calendar:AllDayEvent "1"`, `Calendar:StartTime "20260901T220000Z"`, `Calendar:EndTime "20260902T220000Z"`}, []string{"Calendar:AllDayEvent"}, "1", 0, V141},
		{[]string{`Calendar:DisallowNewTimeProposal "1"`}, []string{"Calendar:DisallowNewTimeProposal"}, "1", V140, 0},
	}
	for _, v := range AllVersions {
		o := newEventRig(t)
		for i, row := range rows {
			if row.lastSayer == 0 || v <= row.lastSayer {
				o.sayException(v, strconv.Itoa(i), row.inVersion(v).said)
			}
		}
		told := o.bySubject("phone2", v)
		for i, row := range rows {
			if row.lastSayer == 0 || v <= row.lastSayer {
				row.inVersion(v).check(t, v, told[strconv.Itoa(i)])
			}
		}
	}
}

// inVersion is the row with the elements that a version has for it.
func (row rowOfException) inVersion(v Version) rowOfException {
	switch {
	case row.said[0] == "Location" && v < V160:
		row.said, row.path = []string{`Calendar:Location "Elsewhere"`}, []string{"Calendar:Location"}
	case row.said[0] == "Location":
		row.said, row.path = []string{"AirSyncBase:Location", `>AirSyncBase:DisplayName "Elsewhere"`}, []string{"AirSyncBase:Location", "AirSyncBase:DisplayName"}
	case row.said[0] == "Body" && v < V120:
		row.said, row.path = []string{`Calendar:Body "Bring cake."`}, []string{"Calendar:Body"}
	case row.said[0] == "Body":
		row.said, row.path = textLines(1, "Bring cake."), []string{"AirSyncBase:Body", "AirSyncBase:Data"}
	}
	if v < row.from {
		row.want = ""
	}
	return row
}

// sayException adds a series with one occurrence that differs: in one command up to 14.1, afterwards in two.
func (o *objectRig) sayException(v Version, subject string, said []string) {
	o.t.Helper()
	series := []string{zoneLine(o.t.(*testing.T), "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`,
		"Calendar:Subject " + strconv.Quote(subject), "Calendar:Recurrence", `>Calendar:Type "0"`, `>Calendar:Occurrences "5"`}
	if v < V160 {
		series = append(series, "Calendar:Exceptions", ">Calendar:Exception", `>>Calendar:ExceptionStartTime "20260902T080000Z"`)
		for _, line := range said {
			series = append(series, ">>"+line)
		}
		o.told("phone1", v, addLines("n"+subject, series...)...)
		return
	}
	added, _ := o.told("phone1", v, addLines("n"+subject, series...)...).one(o.t.(*testing.T))
	change := append(changeLines(added.get("AirSync:ServerId"), said...), `>>AirSyncBase:InstanceId "20260902T080000Z"`)
	if r, status := o.told("phone1", v, change...).one(o.t.(*testing.T)); status != "1" || r.get("AirSyncBase:InstanceId") != "20260902T080000Z" {
		o.t.Errorf("%v: status %s of %v", v, status, r)
	}
}

// check looks at what a device is told of the occurrence.
func (row rowOfException) check(t *testing.T, v Version, data *node) {
	t.Helper()
	original := "AirSyncBase:InstanceId"
	if v < V160 {
		original = "Calendar:ExceptionStartTime"
	}
	x := data.at("Calendar:Exceptions", "Calendar:Exception")
	switch {
	case x == nil && row.want == "": // there are no words for it
	case x.get(original) != "20260902T080000Z", x.get(row.path...) != row.want:
		t.Errorf("%v: %v is %q, want %q", v, row.path, x.get(row.path...), row.want)
	}
}

// TestRowsExceptionTold looks, at every version, what is told of an occurrence that a device may not say, and of one that
// is gone. MS-ASCAL, Exception.
func TestRowsExceptionTold(t *testing.T) {
	once(t)
	const common = "DTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nORGANIZER;CN=Boss:mailto:boss@example.org\n"
	const series = "SUMMARY:Review\n" + common + "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Europe/Berlin:20260904T100000\nATTENDEE;PARTSTAT=ACCEPTED:mailto:rita@example.test\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID;TZID=Europe/Berlin:20260902T100000\nSUMMARY:Review\nDTSTART;TZID=Europe/Berlin:20260902T100000\n" +
		"DTEND;TZID=Europe/Berlin:20260902T110000\nORGANIZER;CN=Boss:mailto:boss@example.org\nATTENDEE;PARTSTAT=DECLINED:mailto:rita@example.test\nSTATUS:CANCELLED\n" +
		"X-MICROSOFT-CDO-REPLYTIME:20260820T080000Z\nX-MICROSOFT-ONLINEMEETINGCONFLINK:conf:2\nX-MICROSOFT-ONLINEMEETINGEXTERNALLINK:https://meet.example.org/2"
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(series))
		a := o.told("phone1", v)
		x := a.commands("Add")[0].at("AirSync:ApplicationData", "Calendar:Exceptions")
		if x == nil || len(x.kids) != 2 {
			t.Fatalf("%v:\n%s", v, a.dump)
		}
		for _, row := range []rowOf{
			{path: []string{"Calendar:ResponseType"}, want: "4", from: V140},
			{path: []string{"Calendar:AppointmentReplyTime"}, want: "20260820T080000Z", from: V140},
			{path: []string{"Calendar:MeetingStatus"}, want: "7"},
			{path: []string{"Calendar:BusyStatus"}, want: "0"},
			{path: []string{"Calendar:OnlineMeetingConfLink"}, want: "conf:2", from: V141},
			{path: []string{"Calendar:OnlineMeetingExternalLink"}, want: "https://meet.example.org/2", from: V141},
			{path: []string{"Calendar:ExceptionStartTime"}, want: "20260902T080000Z", to: V141},
			{path: []string{"AirSyncBase:InstanceId"}, want: "20260902T080000Z", from: V160},
			{path: []string{"Calendar:Subject"}},
			{path: []string{"Calendar:Recurrence"}},
			{path: []string{"Calendar:UID"}},
			{path: []string{"Calendar:OrganizerEmail"}},
		} {
			if got := x.kids[0].get(row.path...); got != row.at(v) {
				t.Errorf("%v: %v is %q, want %q\n%s", v, row.path, got, row.at(v), a.dump)
			}
		}
		if gone := x.kids[1]; gone.get("Calendar:Deleted") != "1" || len(gone.kids) != 2 {
			t.Errorf("%v: an occurrence that is gone:\n%s", v, a.dump)
		}
	}
}

// TestRowsEventRetired: elements of a page that no version has are passed over, in any place. MS-ASWBXML, Code Page 4.
func TestRowsEventRetired(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		o := newEventRig(t)
		said := []string{`Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Review"`,
			"Calendar:Attachments", ">Calendar:Attachment", `>>Calendar:AttName "a.txt"`, `>>Calendar:AttSize "1"`, `>>Calendar:AttOid "x"`, `>>Calendar:AttMethod "1"`,
			`>>Calendar:AttRemoved "0"`, `>>Calendar:DisplayName "a.txt"`}
		if a := o.told("phone1", v, addLines("n1", said...)...); a.status() != "1" {
			t.Errorf("%v:\n%s", v, a.dump)
		}
		o.has("SUMMARY:Review", "!ATTACH")
	}
}

// TestRowsEventUntil: of whole days the end of a rule is a day from 16.0 on, before that the beginning of that day where
// the user is. MS-ASCAL, Until.
func TestRowsEventUntil(t *testing.T) {
	once(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	for _, v := range AllVersions {
		o := newRig(t, func(options *Options) { options.Location = berlin }).objects(store.MainCal)
		o.keepEvent(vevent("DTSTART;VALUE=DATE:20260901\nDTEND;VALUE=DATE:20260902\nRRULE:FREQ=DAILY;UNTIL=20260905"))
		want := "20260904T220000Z"
		if v >= V160 {
			want = "20260905T000000Z"
		}
		data := o.told("phone1", v).commands("Add")[0].at("AirSync:ApplicationData")
		if got := data.get("Calendar:Recurrence", "Calendar:Until"); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
