package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

// kept is a Contents that keeps what it gets.
type kept []string

func (k *kept) take(r io.Reader) (Content, error) {
	b, err := io.ReadAll(r)
	*k = append(*k, string(b))
	return Content{Index: len(*k) - 1, Sum: string(b), Size: int64(len(b))}, err
}

const draftHead = "AirSync:Sync\n  AirSync:Collections\n    AirSync:Collection\n      AirSync:SyncKey \"k\"\n" +
	"      AirSync:CollectionId \"c2\"\n      AirSync:Commands\n"

// draftCommand is a request with one command.
func draftCommand(op string, data ...string) string {
	doc := draftHead + "        AirSync:" + op + "\n          AirSync:ClientId \"n\"\n          AirSync:ServerId \"c2:1\"\n          AirSync:ApplicationData\n"
	for _, l := range data {
		doc += strings.Repeat(" ", 12) + l + "\n"
	}
	return doc
}

func TestReadDraft(t *testing.T) {
	var k kept
	doc := draftCommand("Add", `Email:To "a@b.test"`, "Email2:Bcc", `Email:Importance " 2"`, `Email2:IsDraft "1"`,
		"AirSyncBase:Attachments", "  AirSyncBase:Add", `    AirSyncBase:ClientId "f"`, `    AirSyncBase:Content x"00ff"`,
		`    AirSyncBase:DisplayName "a.bin"`, `    AirSyncBase:Method "1"`, "    AirSyncBase:IsInline",
		"  AirSyncBase:Add", `    AirSyncBase:ClientId "none"`, "  AirSyncBase:Delete", `    AirSyncBase:FileReference "i1:2"`,
		"AirSyncBase:Body", `  AirSyncBase:Data "text"`, `  AirSyncBase:Type "1"`, "Email2:Send")
	q, err := ReadSync(document(t, doc), k.take)
	if err != nil {
		t.Fatal(err)
	}
	to, none, two := "a@b.test", "", 2
	want := &DraftChange{
		To: &to, Bcc: &none, Importance: &two, Delete: []string{"i1:2"}, Send: true,
		Add:  []DraftFile{{ClientID: "f", Name: "a.bin", Method: 1, Inline: true, Content: Content{Index: 0, Sum: "\x00\xff", Size: 2}}},
		Body: &DraftBody{Type: BodyText, Content: Content{Index: 1, Sum: "text", Size: 4}},
	}
	if got := q.Collections[0].Commands[0].Email.Draft; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	q, err = ReadSync(document(t, doc), nil)
	if err != nil || q.Collections[0].Commands[0].Email.Draft.Add[0].Name != "a.bin" {
		t.Errorf("without a place for contents: %v, %+v", err, q)
	}
}

func TestReadDraftOdd(t *testing.T) {
	for _, tt := range []struct {
		name    string
		data    []string
		invalid bool
		draft   bool
	}{
		{"nothing of a draft", []string{`Email:Read "1"`, "AirSyncBase:Body", `  AirSyncBase:Type "1"`}, false, false},
		{"not to be sent", []string{`Email2:Send "0"`}, false, false},
		{"importance", []string{`Email:Importance "3"`}, true, true},
		{"no importance", []string{`Email:Importance ""`}, true, true},
		{"body of RTF", []string{"AirSyncBase:Body", `  AirSyncBase:Type "3"`, `  AirSyncBase:Data "x"`}, true, true},
		{"body without type", []string{"AirSyncBase:Body", `  AirSyncBase:Data "x"`}, true, true},
		{"empty body", []string{"AirSyncBase:Body", `  AirSyncBase:Type "2"`, "  AirSyncBase:Data"}, false, true},
	} {
		var k kept
		q, err := ReadSync(document(t, draftCommand("Change", tt.data...)), k.take)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		d := q.Collections[0].Commands[0].Email.Draft
		if (d != nil) != tt.draft || d != nil && (d.Invalid != "") != tt.invalid {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}

// TestReadDraftBounds: a request may not bring any number of files, and what keeps them may fail.
func TestReadDraftBounds(t *testing.T) {
	files := []string{"AirSyncBase:Attachments"}
	for range maxContents + 1 {
		files = append(files, "  AirSyncBase:Add", `    AirSyncBase:Content "x"`)
	}
	var k kept
	var schema *SchemaError
	if _, err := ReadSync(document(t, draftCommand("Add", files...)), k.take); !errors.As(err, &schema) || len(k) != maxContents {
		t.Errorf("%d files: %v, want a SchemaError", len(k), err)
	}
	full := errors.New("disk full")
	fail := func(io.Reader) (Content, error) { return Content{}, full }
	if _, err := ReadSync(document(t, draftCommand("Add", files[:3]...)), fail); !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
	lazy := func(io.Reader) (Content, error) { return Content{Sum: "unread"}, nil }
	if q, err := ReadSync(document(t, draftCommand("Add", files[:5]...)), lazy); err != nil || len(q.Collections[0].Commands[0].Email.Draft.Add) != 2 {
		t.Errorf("contents that are not read: %v, %+v", err, q)
	}
}

func TestDraftAnswer(t *testing.T) {
	var out bytes.Buffer
	e := wbxml.NewEncoder(&out)
	e.Start(wbxml.AirSyncApplicationData)
	a := DraftAnswer{ConversationID: []byte{1}, ConversationIndex: []byte{2}, Files: []FileAnswer{{"f", "i1:2"}}}
	a.Write(e)
	e.End()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := wbxml.Dump(&text, &out, wbxml.DumpOptions{}); err != nil {
		t.Fatal(err)
	}
	const want = "AirSync:ApplicationData\n  AirSyncBase:Attachments\n    AirSyncBase:Attachment\n      AirSyncBase:ClientId \"f\"\n" +
		"      AirSyncBase:FileReference \"i1:2\"\n  Email2:ConversationId x\"01\"\n  Email2:ConversationIndex x\"02\"\n"
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &text, want)
	}
}
