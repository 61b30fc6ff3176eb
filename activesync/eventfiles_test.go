package activesync

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// planFile is an event with a file and a link.
const planFile = "SUMMARY:Review\nDTSTART;TZID=Europe/Berlin:20260901T100000\nDTEND;TZID=Europe/Berlin:20260901T110000\n" +
	"ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;FILENAME=plan.txt:cGxhbg==\nATTACH:https://example.org/plan"

// attachments lists the files that the device is told of an event: name and FileReference.
func (n *node) attachments() (names, references []string) {
	if n == nil {
		return nil, nil
	}
	list := n.at("AirSyncBase:Attachments")
	if list == nil {
		return nil, nil
	}
	for _, a := range list.all("AirSyncBase:Attachment") {
		names = append(names, a.get("AirSyncBase:DisplayName"))
		references = append(references, a.get("AirSyncBase:FileReference"))
	}
	return names, references
}

// fileContent fetches a file.
func (r *rig) fileContent(v Version, reference string) (content, kind, status string) {
	r.t.Helper()
	a := r.do(call{cmd: "ItemOperations", version: v, body: lines("ItemOperations:ItemOperations", ">ItemOperations:Fetch",
		`>>ItemOperations:Store "Mailbox"`, ">>AirSyncBase:FileReference "+strconv.Quote(reference))})
	raw, err := base64.StdEncoding.DecodeString(a.value("ItemOperations:Data"))
	must(r.t, err)
	statuses := strings.Split(a.dump, "ItemOperations:Status ")
	return string(raw), a.value("AirSyncBase:ContentType"), strings.Trim(strings.TrimSpace(strings.SplitN(statuses[len(statuses)-1], "\n", 2)[0]), `"`)
}

// TestEventFilesShown: files of events are shown from 16.0 on, and fetched; a device that is not shown them, and one that
// is, keeps them when it changes something else. Row 105. MS-ASCAL, Attachments.
func TestEventFilesShown(t *testing.T) {
	for _, v := range AllVersions {
		o := newEventRig(t)
		o.keepEvent(vevent(planFile))
		a := o.told("phone1", v)
		added := a.commands("Add")
		if len(added) != 1 {
			t.Fatalf("at %s:\n%s", v, a.dump)
		}
		names, references := added[0].at("AirSync:ApplicationData").attachments()
		if v < V160 {
			if len(names) != 0 {
				t.Errorf("files at %s:\n%s", v, a.dump)
			}
		} else if len(names) != 1 || names[0] != "plan.txt" || !strings.Contains(a.dump, `AirSyncBase:EstimatedDataSize "4"`) || !strings.Contains(a.dump, `AirSyncBase:Method "1"`) {
			t.Errorf("files at %s:\n%s", v, a.dump)
		} else if content, kind, status := o.fileContent(v, references[0]); content != "plan" || kind != "text/plain" || status != "1" {
			t.Errorf("fetched %q, %q, status %s", content, kind, status)
		} else if _, _, status := o.fileContent(v, references[0]+"0"); status != "15" {
			t.Errorf("what is no file: status %s", status)
		}
		whole := []string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Review 2"`}
		o.told("phone1", v, changeLines(added[0].get("AirSync:ServerId"), whole...)...)
		o.has("SUMMARY:Review 2", "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;FILENAME=plan.txt", "ATTACH:https://example.org/plan")
	}
}

// TestEventFilesChanged attaches files and takes them away, from 16.0 on: the answer names them, also when it is given
// again, and those who are invited get them.
func TestEventFilesChanged(t *testing.T) {
	for _, v := range []Version{V160, V161} {
		o := newEventRig(t)
		meeting := slices.Concat([]string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`,
			`Calendar:Subject "Review"`, "Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "olga@example.org"`, `>>Calendar:Name "Olga"`},
			fileLines("f1", "plan.txt", "plan"))
		a := o.ask("phone1", v, addLines("n1", meeting...)...)
		if again := o.told("phone1", v, addLines("n1", meeting...)...); again.dump != a.dump {
			t.Errorf("repeated:\n%s\nnot\n%s", again.dump, a.dump)
		}
		added, status := a.one(t)
		reference := added.get("AirSync:ApplicationData", "AirSyncBase:Attachments", "AirSyncBase:Attachment", "AirSyncBase:FileReference")
		if content, _, _ := o.fileContent(v, reference); status != "1" || content != "plan" ||
			added.get("AirSync:ApplicationData", "AirSyncBase:Attachments", "AirSyncBase:Attachment", "AirSyncBase:ClientId") != "f1" {
			t.Fatalf("%q of\n%s", content, a.dump)
		}
		sent := o.queued()
		if meeting, _ := o.sentMeeting(sent[len(sent)-1]); len(meeting.Files()) != 1 {
			t.Errorf("sent:\n%s", meeting.Bytes())
		}
		if raw := o.bytes(sent[len(sent)-1].Blob); !strings.Contains(raw, "Content-ID: <") || !strings.Contains(raw, `filename="plan.txt"`) {
			t.Errorf("sent:\n%s", raw)
		}
		id := added.get("AirSync:ServerId")
		b := o.ask("phone1", v, changeLines(id, fileLines("f2", "map.txt", "map")...)...)
		if again := o.told("phone1", v, changeLines(id, fileLines("f2", "map.txt", "map")...)...); again.dump != b.dump {
			t.Errorf("repeated:\n%s\nnot\n%s", again.dump, b.dump)
		}
		changed := b.c.at("AirSync:Responses", "AirSync:Change", "AirSync:ApplicationData", "AirSyncBase:Attachments", "AirSyncBase:Attachment")
		if changed.get("AirSyncBase:ClientId") != "f2" || changed.get("AirSyncBase:FileReference") == "" || len(b.commands("Change")) != 0 {
			t.Errorf("changed:\n%s", b.dump)
		}
		names, _ := o.told("phone2", v).commands("Add")[0].at("AirSync:ApplicationData").attachments()
		if strings.Join(names, " ") != "plan.txt map.txt" {
			t.Errorf("another device is told %q", names)
		}
		o.told("phone1", v, changeLines(id, "AirSyncBase:Attachments", ">AirSyncBase:Delete", ">>AirSyncBase:FileReference "+strconv.Quote(reference))...)
		o.has("FILENAME=map.txt", "!plan.txt")
		if _, _, status := o.fileContent(v, reference); status != "15" {
			t.Errorf("what is taken away: status %s", status)
		}
		large := strings.Repeat("0123456789abcdef", maxObject/16/4*3+10)
		if _, status := o.told("phone1", v, changeLines(id, fileLines("f3", "large.txt", large)...)...).one(t); status != "9" {
			t.Errorf("a large file: status %s", status)
		}
		o.has("FILENAME=map.txt", "!large.txt")
	}
}

// TestEventFilesOfOccurrences attaches a file to one occurrence: in a Change of that, and with a new series.
func TestEventFilesOfOccurrences(t *testing.T) {
	for _, v := range []Version{V160, V161} {
		o := newEventRig(t)
		series := slices.Concat([]string{zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`,
			`Calendar:Subject "Review"`, "Calendar:Recurrence", `>Calendar:Type "0"`, `>Calendar:Occurrences "5"`, "Calendar:Exceptions", ">Calendar:Exception",
			`>>AirSyncBase:InstanceId "20260902T080000Z"`, `>>Calendar:Subject "In short"`, ">>AirSyncBase:Attachments", ">>>AirSyncBase:Add",
			`>>>>AirSyncBase:ClientId "f1"`, `>>>>AirSyncBase:DisplayName "short.txt"`, `>>>>AirSyncBase:Content "short"`}, fileLines("f0", "plan.txt", "plan"))
		added, status := o.told("phone1", v, addLines("n1", series...)...).one(t)
		if status != "1" {
			t.Fatalf("status %s", status)
		}
		id := added.get("AirSync:ServerId")
		change := slices.Concat(changeLines(id, fileLines("f2", "third.txt", "third")...), []string{`>>AirSyncBase:InstanceId "20260903T080000Z"`})
		a := o.told("phone1", v, change...)
		answer := a.c.at("AirSync:Responses", "AirSync:Change")
		if answer.get("AirSyncBase:InstanceId") != "20260903T080000Z" || !strings.Contains(a.dump, `AirSyncBase:ClientId "f2"`) {
			t.Errorf("answer:\n%s", a.dump)
		}
		data := o.told("phone2", v).commands("Add")[0].at("AirSync:ApplicationData")
		var got []string
		names, _ := data.attachments()
		got = append(got, strings.Join(names, "+"))
		for _, x := range data.at("Calendar:Exceptions").all("Calendar:Exception") {
			names, references := x.attachments()
			for _, reference := range references {
				if content, _, status := o.fileContent(v, reference); content == "" || status != "1" {
					t.Errorf("%q, status %s", content, status)
				}
			}
			got = append(got, strings.Join(names, "+"))
		}
		if all := strings.Join(got, " "); all != "plan.txt short.txt third.txt" && all != "plan.txt plan.txt+short.txt plan.txt+third.txt" {
			t.Errorf("at %s: %s", v, all)
		}
		if len(o.records(store.MainCal)) != 1 {
			t.Error("one event is several")
		}
	}
}
