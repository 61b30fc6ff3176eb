package wire

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gannetmail/gannet/wbxml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// dumpOf dumps what write writes into an ApplicationData.
func dumpOf(t *testing.T, write func(e *wbxml.Encoder)) string {
	t.Helper()
	var raw bytes.Buffer
	e := wbxml.NewEncoder(&raw)
	e.Start(wbxml.AirSyncApplicationData)
	write(e)
	e.End()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := wbxml.Dump(&text, &raw, wbxml.DumpOptions{}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// golden compares the documents with a file of testdata, one section for each, or rewrites it.
func golden(t *testing.T, name string, got *txtar.Archive) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Files) != len(want.Files) {
		t.Fatalf("%d documents, want %d", len(got.Files), len(want.Files))
	}
	for i, f := range got.Files {
		if f.Name != want.Files[i].Name || !bytes.Equal(f.Data, want.Files[i].Data) {
			t.Errorf("%s:\n%s\nwant\n%s", f.Name, f.Data, want.Files[i].Data)
		}
	}
}

var testVersions = []uint8{25, 120, 121, 140, 141, 160, 161}

func fullEmail() *Email {
	at := time.Date(2026, 8, 22, 10, 15, 30, 0, time.UTC)
	return &Email{
		To: `"Rita" <rita@example.test>`, Cc: "otto@example.test", Bcc: "eva@example.test",
		From: `"Uwe" <uwe@example.test>`, Sender: "office@example.test", ReplyTo: "uwe@example.test; office@example.test",
		Subject: "Re: harbour", DateReceived: at, DisplayTo: "Rita", ThreadTopic: "harbour", Importance: 2,
		Marks: EmailMarks{
			Read: true, Categories: []string{"blue", "boat"}, LastVerb: 1, LastVerbTime: at.Add(time.Hour),
			Flag: &EmailFlag{Status: 2, Type: "to do", StartDate: at, UTCStartDate: at, DueDate: at, UTCDueDate: at,
				ReminderSet: true, ReminderTime: at},
		},
		MessageClass: "IPM.Note", ContentClass: "urn:content-classes:message", Native: BodyHTML,
		Attachments: []Attachment{
			{Name: "map.png", Reference: "i7:2", Method: 1, Size: 1200, ContentID: "map@example.test", Inline: true},
			{Name: "old.eml", Reference: "i7:3", Method: 5, Size: 900},
		},
		Body:     &Body{Type: BodyHTML, Size: 30, Truncated: true, Data: strings.NewReader("<p>noon</p>"), Preview: "noon"},
		BodyPart: &Body{Type: BodyHTML, Size: 11, Status: 1, Data: strings.NewReader("<p>noon</p>")},

		ConversationID: bytes.Repeat([]byte{0xA5}, 16), ConversationIndex: []byte{1, 2, 3, 4, 5},
		ReceivedAsBcc: true, IsDraft: true,
	}
}

// fullMeeting is a meeting that has everything.
func fullMeeting() *MeetingRequest {
	at := time.Date(2026, 8, 28, 8, 0, 0, 0, time.UTC)
	before := 15 * time.Minute
	return &MeetingRequest{
		AllDay: true, Start: at, Stamp: at.Add(-time.Hour), End: at.Add(time.Hour), Instance: 1, Location: "Pier 7",
		Organizer: "otto@example.test", RecurrenceID: at, Reminder: &before, ResponseRequested: true,
		Recurrence: &Recurrence{
			Type: RecurYearlyNth, Interval: 2, Until: at, Occurrences: 5, WeekOfMonth: 1, DayOfMonth: 28, DayOfWeek: 32, MonthOfYear: 8,
		},
		Sensitivity: 3, BusyStatus: 1, TimeZone: make([]byte, 172), GlobalObjID: []byte{4, 0}, UID: "u@example.test",
		DisallowProposal: true, Message: 1, ProposedStart: at, ProposedEnd: at,
	}
}

// TestEmailGolden writes messages at every version: only what the version knows may appear.
func TestEmailGolden(t *testing.T) {
	got := &txtar.Archive{Comment: []byte("Messages in ApplicationData, by version.\n")}
	for _, v := range testVersions {
		name := strconv.Itoa(int(v))
		add := func(kind string, m *Email) {
			data := dumpOf(t, func(e *wbxml.Encoder) { m.Write(e, v) })
			got.Files = append(got.Files, txtar.File{Name: kind + " " + name, Data: []byte(data)})
		}
		add("full", fullEmail())
		add("bare", &Email{DateReceived: time.Unix(0, 0), Importance: 1, MessageClass: "IPM.Note", Native: BodyText})
		add("meeting", &Email{
			DateReceived: time.Unix(0, 0), Importance: 1, MessageClass: "IPM.Schedule.Meeting.Request", Native: BodyText, Meeting: fullMeeting(),
		})
		add("voice", &Email{
			DateReceived: time.Unix(0, 0), Importance: 1, MessageClass: "IPM.Note.Microsoft.Voicemail", Native: BodyText,
			CallerID: "+49 40 123456", Attachments: []Attachment{{Name: "a.wav", Reference: "i1:2", Method: 1, Size: 9, Duration: 17, Order: 1}},
			BodyPart: &Body{Type: BodyHTML, Size: 1 << 30, Status: 176},
		})
		mime := &Email{DateReceived: time.Unix(0, 0), Importance: 1, MessageClass: "IPM.Note.SMIME", Native: BodyText}
		mime.Body = &Body{Type: BodyMIME, Size: 12, Data: strings.NewReader("Subject: x\r\n")}
		add("mime", mime)
	}
	golden(t, "email.txtar", got)
}

// TestMarksGolden writes the changes that come later.
func TestMarksGolden(t *testing.T) {
	got := &txtar.Archive{Comment: []byte("Changes of marks, by version.\n")}
	marks := fullEmail().Marks
	for _, v := range testVersions {
		for _, c := range []struct {
			name  string
			marks EmailMarks
			which Marks
		}{
			{"all", marks, AllMarks}, {"read", marks, MarkRead}, {"flag", marks, MarkFlag}, {"cleared", EmailMarks{}, AllMarks},
		} {
			data := dumpOf(t, func(e *wbxml.Encoder) { c.marks.Write(e, v, c.which) })
			got.Files = append(got.Files, txtar.File{Name: c.name + " " + strconv.Itoa(int(v)), Data: []byte(data)})
		}
	}
	golden(t, "marks.txtar", got)
}
