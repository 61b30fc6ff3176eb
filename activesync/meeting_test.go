package activesync

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/store"
)

// meetingUID is that of invitation.
const meetingUID = "meeting-1@example.test"

// answerTo is a request that answers what id names; more are further lines in the Request.
func answerTo(response int, id string, more ...string) string {
	return "MeetingResponse:MeetingResponse\n  MeetingResponse:Request\n" + fmt.Sprintf("    MeetingResponse:UserResponse %q\n", fmt.Sprint(response)) +
		idLines(id) + strings.Join(append(more, ""), "\n")
}

func idLines(id string) string {
	if strings.HasPrefix(id, "L") {
		return fmt.Sprintf("    Search:LongId %q\n", id)
	}
	folder, _, _ := strings.Cut(id, ":")
	return fmt.Sprintf("    MeetingResponse:CollectionId %q\n    MeetingResponse:RequestId %q\n", folder, id)
}

// event reads the meeting in rita's calendar; nil: it is not there.
func (r *rig) event() (*calendar.Object, *scheduling.Place) {
	r.t.Helper()
	var at *scheduling.Place
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		at, err = scheduling.Find(tx, meetingUID)
		return err
	}))
	if at == nil {
		return nil, nil
	}
	o, err := at.Read(r.t.Context(), r.st)
	must(r.t, err)
	return o, at
}

// putEvent puts the event of an invitation into rita's calendar and returns its id.
func (r *rig) putEvent(message string) string {
	r.t.Helper()
	from, to := strings.Index(message, "BEGIN:VCALENDAR"), strings.LastIndex(message, "--b--")
	o, _, err := calendar.ReadObject(message[from:to])
	must(r.t, err)
	o.SetMethod("")
	item, err := calendar.Ingest(r.t.Context(), r.st, o.Bytes())
	must(r.t, err)
	defer item.Blob.Release()
	var rec store.Record
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		rec, err = scheduling.Put(tx, nil, item)
		return err
	}))
	return itemID(rec.Collection, rec.UID)
}

// stance is what rita has answered and what the event makes of her time; empty: it is not there.
func (r *rig) stance() string {
	r.t.Helper()
	o, _ := r.event()
	if o == nil {
		return ""
	}
	var all []string
	for c := range o.Components() {
		who, _ := c.Attendee(rita)
		all = append(all, fmt.Sprint(who.Status, c.Busy()))
	}
	return strings.Join(all, " ")
}

// TestMeetingAnswer answers an invitation in each way, at each version, by each name, twice: the event is there or not, the
// invitation is in Deleted Items, and nothing is sent unless the device asked for it.
func TestMeetingAnswer(t *testing.T) {
	once(t)
	wants := map[int]string{1: "ACCEPTED2", 2: "TENTATIVE1", 3: ""}
	for _, version := range AllVersions {
		for response, want := range wants {
			for _, long := range []bool{false, true} {
				t.Run(fmt.Sprint(version, response, long), func(t *testing.T) {
					r := newRig(t)
					rec := r.deliver(store.Inbox, strings.ReplaceAll(invitation("REQUEST"), "PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION"))
					id := itemID(rec.Collection, rec.UID)
					if long {
						id = longID(rec.Item.ID)
					}
					for range 2 {
						a := r.do(call{cmd: "MeetingResponse", version: version, body: answerTo(response, id)})
						if a.value("MeetingResponse:Status") != "1" || r.stance() != want {
							t.Fatalf("%q, want %q\n%s", r.stance(), want, a.dump)
						}
						_, at := r.event()
						if at != nil && a.value("MeetingResponse:CalendarId") != itemID(at.Collection, at.UID) || (at == nil) == a.has("MeetingResponse:CalendarId") {
							t.Errorf("CalendarId in\n%s", a.dump)
						}
						if a.has("MeetingResponse:RequestId") == long {
							t.Errorf("RequestId in\n%s", a.dump)
						}
					}
					if len(r.records(store.Inbox)) != 0 || len(r.records(store.Trash)) != 1 || len(r.queued()) != 0 || len(r.records(store.Sent)) != 0 {
						t.Errorf("%d in the Inbox, %d in Deleted Items, %d queued", len(r.records(store.Inbox)), len(r.records(store.Trash)), len(r.queued()))
					}
				})
			}
		}
	}
}

// TestMeetingEvent answers events of the calendar, which some clients do at every version.
func TestMeetingEvent(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		r := newRig(t)
		id := r.putEvent(strings.ReplaceAll(invitation("REQUEST"), "PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION"))
		for response, want := range map[int]string{1: "ACCEPTED2", 2: "TENTATIVE1"} {
			a := r.do(call{cmd: "MeetingResponse", version: version, body: answerTo(response, id)})
			if a.value("MeetingResponse:Status") != "1" || r.stance() != want || a.value("MeetingResponse:CalendarId") != id {
				t.Errorf("%v: %q, want %q\n%s", version, r.stance(), want, a.dump)
			}
		}
		a := r.do(call{cmd: "MeetingResponse", version: version, body: answerTo(3, id)})
		if a.value("MeetingResponse:Status") != "1" || r.stance() != "" {
			t.Errorf("%v: %q\n%s", version, r.stance(), a.dump)
		}
	}
}

// TestMeetingOccurrence answers one occurrence of a series.
func TestMeetingOccurrence(t *testing.T) {
	once(t)
	series := strings.ReplaceAll(invitation("REQUEST", "RRULE:FREQ=WEEKLY;COUNT=5"), "PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION")
	instance := func(s string) string { return `    MeetingResponse:InstanceId "` + s + `"` }
	tests := []struct {
		name     string
		version  Version
		event    string
		response int
		instance string
		status   string
		want     string
	}{
		{"accepted", V141, series, 1, "2026-09-04T08:00:00.000Z", "1", "NEEDS-ACTION1 ACCEPTED2"},
		{"compact", V161, series, 2, "20260904T080000Z", "1", "NEEDS-ACTION1 TENTATIVE1"},
		{"declined", V141, series, 3, "2026-09-04T08:00:00.000Z", "1", "NEEDS-ACTION1"},
		{"none on that day", V141, series, 1, "2026-09-05T08:00:00.000Z", "2", "NEEDS-ACTION2"},
		{"no time", V141, series, 1, "tomorrow", "104", "NEEDS-ACTION2"},
		{"before 14.1", V140, series, 1, "2026-09-04T08:00:00.000Z", "2", "NEEDS-ACTION2"},
		{"of a single meeting", V141, invitation("REQUEST"), 1, "2026-08-28T08:00:00.000Z", "146", "ACCEPTED2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			id := r.putEvent(tt.event)
			a := r.do(call{cmd: "MeetingResponse", version: tt.version, body: answerTo(tt.response, id, instance(tt.instance))})
			if a.value("MeetingResponse:Status") != tt.status || r.stance() != tt.want || a.value("MeetingResponse:InstanceId") != tt.instance {
				t.Errorf("%q, want %q\n%s", r.stance(), tt.want, a.dump)
			}
			o, _ := r.event()
			if excluded := o.Master().Get("EXDATE") != nil; excluded != (tt.name == "declined") {
				t.Errorf("taken out of the series: %v", excluded)
			}
		})
	}
}

// TestMeetingSend looks at what the organizer is sent from 16.0 on.
func TestMeetingSend(t *testing.T) {
	once(t)
	const empty = "    MeetingResponse:SendResponse"
	comment := empty + "\n      AirSyncBase:Body\n        AirSyncBase:Type \"1\"\n        AirSyncBase:Data \"Boots are wet.\""
	proposal := empty + "\n      MeetingResponse:ProposedStartTime \"20260829T080000Z\"\n      MeetingResponse:ProposedEndTime \"20260829T090000Z\""
	half := empty + "\n      MeetingResponse:ProposedStartTime \"20260829T080000Z\""
	tests := []struct {
		name     string
		version  Version
		lines    string
		status   string
		sent     int
		contains []string
	}{
		{"before 16.0", V141, comment, "1", 0, nil},
		{"without", V160, "", "1", 0, nil},
		{"empty", V160, empty, "1", 1, []string{"method=REPLY", "Subject: Tentative: (no subject)"}},
		{"with a comment", V161, comment, "1", 1, []string{"method=REPLY", "Boots are wet."}},
		{"another time", V161, proposal, "1", 1, []string{"method=COUNTER", "Subject: New time proposed", "29 August 2026, 10:00 to 11:00"}},
		{"another time at 16.0", V160, proposal, "1", 1, []string{"method=REPLY"}},
		{"half a proposal", V161, half, "2", 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			rec := r.deliver(store.Inbox, strings.ReplaceAll(invitation("REQUEST"), "mailto:rita@", "mailto:Sales@"))
			for range 2 {
				a := r.do(call{cmd: "MeetingResponse", version: tt.version, body: answerTo(2, itemID(rec.Collection, rec.UID), tt.lines)})
				if a.value("MeetingResponse:Status") != tt.status {
					t.Fatal(a.dump)
				}
			}
			queue := r.queued()
			if len(queue) != tt.sent || len(r.records(store.Sent)) != tt.sent {
				t.Fatalf("%d messages go out, %d in Sent", len(queue), len(r.records(store.Sent)))
			}
			if tt.sent == 0 {
				return
			}
			text := r.bytes(queue[0].Blob)
			for _, want := range append(tt.contains, `From: "Rita" <Sales@example.test>`, "To: <otto@example.test>") {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if queue[0].Recipient != otto || queue[0].Sender != rita {
				t.Errorf("%+v", queue[0])
			}
		})
	}
}

// TestMeetingRefused lists what cannot be answered.
func TestMeetingRefused(t *testing.T) {
	once(t)
	own := strings.ReplaceAll(invitation("REQUEST"), "mailto:otto", "mailto:rita")
	tests := []struct {
		name, message string
		response      int
		lines         string
		status        string
	}{
		{"no invitation", lunch, 1, "", "2"},
		{"an answer", invitation("REPLY"), 1, "", "2"},
		{"a cancellation", invitation("CANCEL"), 1, "", "2"},
		{"one's own", own, 1, "", "2"},
		{"no answer", invitation("REQUEST"), 4, "", "2"},
		{"an occurrence of an invitation", invitation("REQUEST", "RRULE:FREQ=DAILY"), 1, `    MeetingResponse:InstanceId "2026-08-29T08:00:00.000Z"`, "2"},
		{"unreadable", strings.ReplaceAll(invitation("REQUEST"), "BEGIN:VEVENT", "BEGIN:VTHING"), 1, "", "2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			rec := r.deliver(store.Inbox, tt.message)
			a := r.do(call{cmd: "MeetingResponse", version: V141, body: answerTo(tt.response, itemID(rec.Collection, rec.UID), tt.lines)})
			if a.value("MeetingResponse:Status") != tt.status || r.stance() != "" || len(r.records(store.Inbox)) != 1 {
				t.Errorf("%q\n%s", r.stance(), a.dump)
			}
		})
	}
	r := newRig(t)
	for _, id := range []string{"c1:99", "c99:1", "x", "L99", "Lx"} {
		a := r.do(call{cmd: "MeetingResponse", version: V141, body: answerTo(1, id)})
		if a.value("MeetingResponse:Status") != "2" {
			t.Errorf("%s: %s", id, a.dump)
		}
	}
	many := answerTo(1, "c1:1") + strings.Repeat(strings.TrimPrefix(answerTo(1, "c1:1"), "MeetingResponse:MeetingResponse\n"), 100)
	if a := r.do(call{cmd: "MeetingResponse", version: V141, body: many}); a.value("MeetingResponse:Status") != "103" {
		t.Errorf("101 answers: %s", a.dump)
	}
	if a := r.do(call{cmd: "MeetingResponse", version: V121, body: many}); a.value("MeetingResponse:Status") != "2" {
		t.Errorf("101 answers at 12.1: %s", a.dump)
	}
}

// TestMeetingUpdated answers an invitation to a meeting that is in the calendar already: the later version counts.
func TestMeetingUpdated(t *testing.T) {
	moved := strings.ReplaceAll(invitation("REQUEST", "SEQUENCE:1"), "T100000", "T120000")
	for _, first := range []bool{true, false} {
		r := newRig(t)
		stored, mailed := invitation("REQUEST"), moved
		if first {
			stored, mailed = mailed, stored
		}
		id := r.putEvent(stored)
		rec := r.deliver(store.Inbox, mailed)
		a := r.do(call{cmd: "MeetingResponse", version: V141, body: answerTo(1, itemID(rec.Collection, rec.UID))})
		o, _ := r.event()
		if a.value("MeetingResponse:Status") != "1" || a.value("MeetingResponse:CalendarId") != id || o.Master().Sequence() != 1 || o.Master().Start().String() != "20260828T120000" {
			t.Errorf("%s\n%s", a.dump, o.Bytes())
		}
	}
}
