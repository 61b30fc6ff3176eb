package activesync

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// invitation is a message about a meeting on Friday, 28 August 2026, at ten in Berlin, with more lines in its event.
func invitation(method string, lines ...string) string {
	return `From: Otto <otto@example.test>
To: Rita <rita@example.test>
Subject: Harbour
Message-ID: <invitation@example.test>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

You are invited.
--b
Content-Type: text/calendar; charset=utf-8; method=` + method + `

BEGIN:VCALENDAR
METHOD:` + method + `
BEGIN:VEVENT
UID:meeting-1@example.test
DTSTAMP:20260801T080000Z
DTSTART;TZID=Europe/Berlin:20260828T100000
DTEND;TZID=Europe/Berlin:20260828T110000
LOCATION:Pier 7
ORGANIZER;CN=Otto:mailto:otto@example.test
ATTENDEE;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:rita@example.test
` + strings.Join(lines, "\n") + `
END:VEVENT
END:VCALENDAR
--b--
`
}

// meetingOf renders an invitation and returns its parts.
func meetingOf(t testing.TB, f emailForm, message string) (data, meeting *node) {
	t.Helper()
	h, r := emailRig(t, []byte(crlf(message)))
	data = parseDump(t, written(t, h, r, f))
	return data, data.at("Email:MeetingRequest")
}

// TestMeetingVersions checks what each version is told.
func TestMeetingVersions(t *testing.T) {
	message := invitation("REQUEST", "SEQUENCE:2", "CLASS:CONFIDENTIAL", "TRANSP:TRANSPARENT", "X-MICROSOFT-DISALLOW-COUNTER:TRUE",
		"BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM")
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			data, m := meetingOf(t, emailForm{version: version}, message)
			if m == nil || data.get("Email:MessageClass") != "IPM.Schedule.Meeting.Request" {
				t.Fatalf("%+v", data)
			}
			if version >= V120 && data.get("Email:ContentClass") != "urn:content-classes:calendarmessage" {
				t.Errorf("class of content %q", data.get("Email:ContentClass"))
			}
			want := map[string]string{
				"Email:AllDayEvent": "0", "Email:StartTime": "2026-08-28T08:00:00.000Z", "Email:DtStamp": "2026-08-01T08:00:00.000Z",
				"Email:EndTime": "2026-08-28T09:00:00.000Z", "Email:InstanceType": "0", "Email:Location": "Pier 7",
				"Email:Organizer": `"Otto" <otto@example.test>`, "Email:Reminder": "900", "Email:ResponseRequested": "1",
				"Email:Sensitivity": "3", "Email:BusyStatus": "0",
				"Email:GlobalObjId": base64.StdEncoding.EncodeToString(calendar.GlobalID("meeting-1@example.test", zeroTime)),
			}
			if version >= V140 {
				want["Email:DisallowNewTimeProposal"] = "1"
			}
			if version >= V141 {
				want["Email2:MeetingMessageType"] = "2"
			}
			if version >= V160 {
				delete(want, "Email:GlobalObjId")
				delete(want, "Email:Location")
				want["Calendar:UID"] = "meeting-1@example.test"
				if place := m.at("AirSyncBase:Location"); place == nil || place.get("AirSyncBase:DisplayName") != "Pier 7" {
					t.Errorf("place %+v", place)
				}
			}
			for _, kid := range m.kids {
				switch kid.name {
				case "Email:TimeZone":
					if len(kid.text) != 232 {
						t.Errorf("zone of %d characters", len(kid.text))
					}
				case "AirSyncBase:Location":
					if version < V160 {
						t.Error("a place before 16.0")
					}
				default:
					if kid.text != want[kid.name] {
						t.Errorf("%s is %q, want %q", kid.name, kid.text, want[kid.name])
					}
					delete(want, kid.name)
				}
			}
			if len(want) > 0 {
				t.Errorf("missing %v", want)
			}
		})
	}
}

// TestMeetingKinds checks classes, types of instances and what is an ordinary message.
func TestMeetingKinds(t *testing.T) {
	const class = "IPM.Schedule.Meeting."
	tests := []struct {
		name, message, class, instance, kind string
		own                                  bool
	}{
		{"first", invitation("REQUEST"), class + "Request", "0", "1", false},
		{"cancelled", invitation("CANCEL", "SEQUENCE:1"), class + "Canceled", "0", "0", false},
		{"accepted", invitation("REPLY"), class + "Resp.Pos", "0", "0", false},
		{"another time", invitation("COUNTER"), class + "Resp.Tent", "0", "0", false},
		{"a series", invitation("REQUEST", "RRULE:FREQ=WEEKLY;BYDAY=FR"), class + "Request", "1", "1", false},
		{"one of a series", invitation("REQUEST", "RECURRENCE-ID;TZID=Europe/Berlin:20260827T100000"), class + "Request", "3", "1", false},
		{"published", invitation("PUBLISH"), "IPM.Note", "", "", false},
		{"one's own", invitation("REQUEST"), "IPM.Note", "", "", true},
		{"a rule without words", invitation("REQUEST", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"), "IPM.Note", "", "", false},
		{"unclear", strings.ReplaceAll(invitation("REQUEST"), "Europe/Berlin", "Middle-earth"), "IPM.Note", "", "", false},
		{"empty", strings.Replace(invitation("REQUEST"), "BEGIN:V", "X:V", -1), "IPM.Note", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, m := meetingOf(t, emailForm{version: V161, own: tt.own}, tt.message)
			if data.get("Email:MessageClass") != tt.class {
				t.Errorf("class %q", data.get("Email:MessageClass"))
			}
			if (m != nil) != (tt.instance != "") {
				t.Fatalf("meeting %+v", m)
			}
			if m != nil && (m.get("Email:InstanceType") != tt.instance || m.get("Email2:MeetingMessageType") != tt.kind) {
				t.Errorf("%+v", m)
			}
			if proposed := m != nil && m.get("MeetingResponse:ProposedStartTime") == "20260828T080000Z"; proposed != (tt.name == "another time") {
				t.Errorf("proposed: %v", proposed)
			}
			if tt.name == "one of a series" && m.get("Email:RecurrenceId") != "2026-08-27T08:00:00.000Z" {
				t.Errorf("which: %+v", m)
			}
		})
	}
}

// TestRecurrence lists rules and what is said of them.
func TestRecurrence(t *testing.T) {
	tests := []struct{ rule, want string }{
		{"FREQ=DAILY;INTERVAL=2;COUNT=10", "Type 0 Interval 2 Occurrences 10"},
		{"FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "Type 1 Interval 1 DayOfWeek 62 FirstDayOfWeek 1"},
		{"FREQ=WEEKLY;UNTIL=20261231T225959Z", "Type 1 Interval 1 Until 20261231T225959Z DayOfWeek 32 FirstDayOfWeek 1"},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=SU", "Type 1 Interval 2 DayOfWeek 65 FirstDayOfWeek 0"},
		{"FREQ=MONTHLY", "Type 2 Interval 1 DayOfMonth 28 CalendarType 1"},
		{"FREQ=MONTHLY;BYMONTHDAY=-1", "Type 3 Interval 1 WeekOfMonth 5 DayOfWeek 127 CalendarType 1"},
		{"FREQ=MONTHLY;BYDAY=2TU", "Type 3 Interval 1 WeekOfMonth 2 DayOfWeek 4 CalendarType 1"},
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "Type 3 Interval 1 WeekOfMonth 5 DayOfWeek 62 CalendarType 1"},
		{"FREQ=YEARLY", "Type 5 Interval 1 DayOfMonth 28 MonthOfYear 8 CalendarType 1"},
		{"FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "Type 6 Interval 1 WeekOfMonth 5 DayOfWeek 1 MonthOfYear 3 CalendarType 1"},
		{"FREQ=MONTHLY;BYDAY=5MO", ""},
		{"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", ""},
		{"FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", ""},
		{"FREQ=MONTHLY;BYMONTHDAY=-2", ""},
		{"FREQ=YEARLY;BYMONTHDAY=1", ""},
		{"FREQ=YEARLY;BYDAY=20MO", ""},
		{"FREQ=WEEKLY;BYMONTH=1", ""},
		{"FREQ=DAILY;INTERVAL=2;BYDAY=MO", ""},
		{"FREQ=DAILY;COUNT=1000", ""},
	}
	for _, tt := range tests {
		_, m := meetingOf(t, emailForm{version: V141}, invitation("REQUEST", "RRULE:"+tt.rule))
		got := ""
		if m != nil {
			var words []string
			for _, kid := range m.at("Email:Recurrences").at("Email:Recurrence").kids {
				_, name, _ := strings.Cut(kid.name, ":")
				words = append(words, name, kid.text)
			}
			got = strings.Join(words, " ")
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.rule, got, tt.want)
		}
	}
}

// TestMeetingFiles: what says the meeting again is no file of the message; other files are.
func TestMeetingFiles(t *testing.T) {
	message := strings.Replace(invitation("REQUEST"), "multipart/alternative", "multipart/mixed", 1)
	message = strings.Replace(message, "--b--\n", "--b\nContent-Type: application/ics; name=invite.ics\nContent-Disposition: attachment; filename=invite.ics\n\nx\n--b\nContent-Type: application/pdf; name=plan.pdf\n\nx\n--b--\n", 1)
	data, m := meetingOf(t, emailForm{version: V141}, message)
	files := data.at("AirSyncBase:Attachments")
	if m == nil || files == nil || len(files.kids) != 1 || files.kids[0].get("AirSyncBase:DisplayName") != "plan.pdf" {
		t.Errorf("files %+v", files)
	}
}

// TestMeetingCorpus renders the invitations of real programs at every version.
func TestMeetingCorpus(t *testing.T) {
	once(t)
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	told, plain := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 1<<20 {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s, err := mail.Parse(strings.NewReader(string(raw)))
		if err != nil || s.MeetingPart() == nil {
			return err
		}
		h, r := emailRig(t, raw)
		for _, version := range AllVersions {
			n := parseDump(t, written(t, h, r, emailForm{version: version}))
			meeting := n.at("Email:MeetingRequest")
			if strings.HasPrefix(n.get("Email:MessageClass"), classMeeting) != (meeting != nil) {
				t.Errorf("%s at %v: class %s, meeting %v", path, version, n.get("Email:MessageClass"), meeting != nil)
			}
			if meeting == nil {
				plain++
				continue
			}
			told++
			if start, _ := wire.ParseTime(meeting.get("Email:StartTime")); start.Year() < 1990 || start.Year() > 2100 {
				t.Errorf("%s: starts %v", path, start)
			}
		}
		return nil
	})
	must(t, err)
	t.Logf("%d invitations told, %d as ordinary messages", told/len(AllVersions), plain/len(AllVersions))
}

// TestMeetingAnswerWanted: it is the user's own line that counts.
func TestMeetingAnswerWanted(t *testing.T) {
	r := newRig(t)
	other := "ATTENDEE;RSVP=TRUE:mailto:eva@example.test"
	message := strings.Replace(invitation("REQUEST", other), "ATTENDEE;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:rita", "ATTENDEE;RSVP=FALSE:mailto:Rita+boats", 1)
	inbox := collectionID(r.deliver(store.Inbox, message).Collection)
	a := r.sync(t, call{body: syncOne(inbox, r.prime(t, call{}, inbox), nil)})
	if a.value("Email:ResponseRequested") != "0" {
		t.Errorf("wanted:\n%s", a.dump)
	}
}
