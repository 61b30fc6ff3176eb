package activesync

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// forwardBody is a SmartForward of an item to these addresses; an empty instance is the whole.
func forwardBody(client string, rec store.Record, instance string, to ...string) string {
	list := []string{"ComposeMail:SmartForward", ">ComposeMail:ClientId " + strconv.Quote(client), ">ComposeMail:Source",
		">>ComposeMail:FolderId " + strconv.Quote(collectionID(rec.Collection)), ">>ComposeMail:ItemId " + strconv.Quote(itemID(rec.Collection, rec.UID))}
	if instance != "" {
		list = append(list, ">>ComposeMail:InstanceId "+strconv.Quote(instance))
	}
	if len(to) > 0 {
		list = append(list, ">ComposeMail:Forwardees")
		for _, address := range to {
			list = append(list, ">>ComposeMail:Forwardee", ">>>ComposeMail:Email "+strconv.Quote(address), `>>>ComposeMail:Name "Somebody"`)
		}
		list = append(list, ">AirSyncBase:Body", `>>AirSyncBase:Type "1"`, `>>AirSyncBase:Data "Come along."`)
	}
	return lines(list...)
}

const forwarded = "SUMMARY:Review\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\nRRULE:FREQ=DAILY;COUNT=5\n" +
	"ORGANIZER:mailto:boss@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:rita@example.test\nX-GANNET-PLACE:{\"City\":\"Hamburg\"}"

// TestForwardMeeting forwards meetings from the calendar, from 16.0 on: the invitation goes on as it is, its organizer is
// told, and who organizes it invites. Once, however often it is asked for.
func TestForwardMeeting(t *testing.T) {
	for _, v := range []Version{V160, V161} {
		for _, instance := range []string{"", "2026-09-03T08:00:00.000Z"} {
			o := newEventRig(t)
			rec := o.keepEvent(vevent(forwarded))
			for range 2 {
				if a := o.do(call{cmd: "SmartForward", version: v, body: forwardBody("f1", rec, instance, "olga@example.org", "olga@example.org", "nobody")}); len(a.body) != 0 {
					t.Fatalf("at %s:\n%s", v, a.dump)
				}
			}
			queue := o.queued()
			if len(queue) != 2 || queue[0].Recipient != "olga@example.org" || queue[1].Recipient != "boss@example.org" {
				t.Fatalf("sent %+v", queue)
			}
			message, text := o.sentMeeting(queue[0])
			for _, line := range []string{"METHOD:REQUEST", "ORGANIZER:mailto:boss@example.org", "DTSTAMP:20260101T000000Z", "COMMENT:Come along."} {
				if !strings.Contains(text, line) {
					t.Errorf("no %s in\n%s", line, text)
				}
			}
			if (message.Master() == nil) != (instance != "") || strings.Contains(text, "X-GANNET-") || strings.Contains(text, "olga") {
				t.Errorf("sent:\n%s", text)
			}
			if notice := o.bytes(queue[1].Blob); !strings.Contains(notice, "Subject: Meeting forwarded: Review") || !strings.Contains(notice, "olga@example.org") {
				t.Errorf("the organizer is told:\n%s", notice)
			}
			o.has("!olga", "!RECURRENCE-ID")
			if n := len(o.records(store.Sent)); n != 1 {
				t.Errorf("%d messages in Sent Items", n)
			}
		}
		o := newEventRig(t)
		rec := o.keepEvent([]byte(strings.ReplaceAll(strings.ReplaceAll(string(vevent(forwarded)), "rita@example.test", "paul@example.org"), "boss@example.org", rita)))
		o.do(call{cmd: "SmartForward", version: v, body: forwardBody("f1", rec, "", "olga@example.org")})
		o.has("ATTENDEE;CN=Somebody", "mailto:olga@", "mailto:paul@example.org")
		if queue := o.queued(); len(queue) != 1 || queue[0].Recipient != "olga@example.org" {
			t.Errorf("who organizes it invites %+v", queue)
		}
	}
}

// TestForwardMeetingByMessage forwards a meeting from the calendar with a message, as at all versions.
func TestForwardMeetingByMessage(t *testing.T) {
	const message = "From: rita@example.test\nTo: Olga <olga@example.org>\nSubject: Fwd: Review\n\nCome along.\n"
	for _, v := range AllVersions {
		o := newEventRig(t)
		rec := o.keepEvent(vevent(forwarded))
		c := smartCall("SmartForward", "f1", v, rec, message)
		if a := o.do(c); len(a.body) != 0 || a.code != 200 {
			t.Fatalf("at %s: %d\n%s", v, a.code, a.dump)
		}
		queue := o.queued()
		if len(queue) != 2 {
			t.Fatalf("at %s: %+v", v, queue)
		}
		if _, text := o.sentMeeting(queue[0]); queue[0].Recipient != "olga@example.org" || !strings.Contains(text, "COMMENT:Come along.") {
			t.Errorf("at %s to %s:\n%s", v, queue[0].Recipient, text)
		}
	}
}

// TestForwardMeetingStatuses lists what is refused.
func TestForwardMeetingStatuses(t *testing.T) {
	for _, v := range []Version{V160, V161} {
		o := newEventRig(t)
		series := o.keepEvent(vevent(forwarded))
		single := o.keepEvent([]byte(strings.Replace(strings.Replace(string(vevent(forwarded)), "RRULE:FREQ=DAILY;COUNT=5\r\n", "", 1), "UID:u1", "UID:u2", 1)))
		message := o.deliver(store.Inbox, lunch)
		gone := series
		gone.UID = 999
		for name, row := range map[string]struct{ body, want string }{
			"no such occurrence":    {forwardBody("a", series, "2027-01-01T08:00:00.000Z", "olga@example.org"), "150"},
			"no series":             {forwardBody("b", single, "2026-09-01T08:00:00.000Z", "olga@example.org"), "146"},
			"no date":               {forwardBody("c", series, "yesterday", "olga@example.org"), "104"},
			"a message":             {forwardBody("d", message, "", "olga@example.org"), "179"},
			"nothing":               {forwardBody("e", gone, "", "olga@example.org"), "150"},
			"to what is no address": {forwardBody("f", series, "", "nobody"), "119"},
			"saved":                 {forwardBody("g", series, "", "olga@example.org") + "  ComposeMail:SaveInSentItems\n", "178"},
		} {
			if a := o.do(call{cmd: "SmartForward", version: v, body: row.body}); a.value("ComposeMail:Status") != row.want {
				t.Errorf("%s at %s: want %s\n%s", name, v, row.want, a.dump)
			}
		}
		if n := len(o.queued()); n != 0 {
			t.Errorf("%d messages are sent", n)
		}
	}
}
