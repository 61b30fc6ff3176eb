package wire

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// undump makes a document of its dump; lines are indented by tabs here.
func undump(t testing.TB, dump string) []byte {
	t.Helper()
	var raw bytes.Buffer
	text := strings.ReplaceAll(strings.TrimPrefix(dump, "\n"), "\t", "  ")
	if err := wbxml.Undump(&raw, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

func ref[T any](v T) *T { return &v }

const fullSync = `
AirSync:Sync
	AirSync:Collections
		AirSync:Collection
			AirSync:Class "Email"
			AirSync:SyncKey "k1"
			AirSync:CollectionId "c1"
			AirSync:Supported
				Email:Read
			AirSync:DeletesAsMoves "0"
			AirSync:GetChanges
			AirSync:WindowSize "25"
			AirSync:Options
				AirSync:FilterType "3"
				AirSync:Conflict "0"
				AirSync:MIMESupport "1"
				AirSync:MIMETruncation "7"
				AirSyncBase:BodyPreference
					AirSyncBase:Type "1"
					AirSyncBase:TruncationSize "4294967295"
					AirSyncBase:Preview "100"
				AirSyncBase:BodyPreference
					AirSyncBase:Type "2"
					AirSyncBase:AllOrNone "1"
			AirSync:Commands
				AirSync:Change
					AirSync:ServerId "c1:5"
					AirSync:ApplicationData
						Email:Read "1"
						Email:Flag
							Email:Status "2"
							Email:FlagType "to do"
							Tasks:StartDate "2026-08-22T00:00:00.000Z"
							Tasks:UtcStartDate "2026-08-22T00:00:00.000Z"
							Tasks:DueDate "20260823T000000Z"
							Tasks:UtcDueDate "2026-08-23"
						Email:Categories
							Email:Category "blue"
				AirSync:Delete
					AirSync:ServerId "c1:6"
				AirSync:Fetch
					AirSync:ServerId "c1:7"
				AirSync:Add
					AirSync:Class "SMS"
					AirSync:ClientId "1"
					AirSync:ApplicationData
						Email:To "555"
	AirSync:HeartbeatInterval "300"
	AirSync:WindowSize "100"
`

func TestReadSync(t *testing.T) {
	got, err := ReadSync(bytes.NewReader(undump(t, fullSync)), nil)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
	want := SyncRequest{Heartbeat: ref(300), WindowSize: ref(100), Collections: []SyncCollection{{
		ID: "c1", SyncKey: "k1", Class: "Email", Supported: []wbxml.Tag{wbxml.EmailRead}, HasSupported: true,
		Destroy: true, GetChanges: ref(true), WindowSize: ref(25), HasOptions: true,
		Options: []Options{{
			FilterType: 3, ClientWins: true, MIMESupport: 1, MIMETruncation: ref(7),
			Bodies: []BodyPreference{{Type: 1, Truncation: 1<<32 - 1, Preview: 100}, {Type: 2, Whole: true, AllOrNone: true}},
		}},
		Commands: []SyncCommand{
			{Op: SyncChange, ServerID: "c1:5", Email: EmailChange{
				Read: ref(true), Categories: &[]string{"blue"},
				Flag: &EmailFlag{Status: 2, Type: "to do", StartDate: day, UTCStartDate: day,
					DueDate: day.AddDate(0, 0, 1), UTCDueDate: day.AddDate(0, 0, 1)},
			}},
			{Op: SyncDelete, ServerID: "c1:6"},
			{Op: SyncFetch, ServerID: "c1:7"},
			{Op: SyncAdd, Class: "SMS", ClientID: "1"},
		},
	}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReadSyncEmpty(t *testing.T) {
	got, err := ReadSync(strings.NewReader(""), nil)
	if err != nil || !got.Empty {
		t.Errorf("ReadSync of nothing = %+v, %v", got, err)
	}
}

// TestReadSyncRefused lists what breaks the schema.
func TestReadSyncRefused(t *testing.T) {
	collection := "AirSync:Sync\n\tAirSync:Collections\n\t\tAirSync:Collection\n\t\t\tAirSync:SyncKey \"k\"\n\t\t\tAirSync:CollectionId \"c1\"\n"
	tests := map[string]string{
		"no key":              "AirSync:Sync\n\tAirSync:Collections\n\t\tAirSync:Collection\n\t\t\tAirSync:CollectionId \"c1\"\n",
		"other root":          "Ping:Ping\n",
		"window is no number": collection + "\t\t\tAirSync:WindowSize \"many\"\n",
		"command without id":  collection + "\t\t\tAirSync:Commands\n\t\t\t\tAirSync:Delete\n",
		"id too long":         collection + "\t\t\tAirSync:Commands\n\t\t\t\tAirSync:Delete\n\t\t\t\t\tAirSync:ServerId \"" + strings.Repeat("x", 65) + "\"\n",
	}
	for name, dump := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ReadSync(bytes.NewReader(undump(t, dump)), nil)
			var schema *SchemaError
			if !errors.As(err, &schema) {
				t.Errorf("ReadSync = %+v, %v; want a SchemaError", got, err)
			}
		})
	}
}

// TestReadSyncInvalid lists options that are wrong, which is the matter of their collection alone.
func TestReadSyncInvalid(t *testing.T) {
	head := "AirSync:Sync\n\tAirSync:Collections\n"
	one := "\t\tAirSync:Collection\n\t\t\tAirSync:SyncKey \"k\"\n\t\t\tAirSync:CollectionId \"c1\"\n"
	two := "\t\tAirSync:Collection\n\t\t\tAirSync:SyncKey \"k\"\n\t\t\tAirSync:CollectionId \"c2\"\n"
	options := "\t\t\tAirSync:Options\n"
	tests := map[string]string{
		"filter out of range":  options + "\t\t\t\tAirSync:FilterType \"9\"\n\t\t\t\tAirSync:Conflict \"1\"\n",
		"filter is no number":  options + "\t\t\t\tAirSync:FilterType \"week\"\n",
		"two of one body type": options + strings.Repeat("\t\t\t\tAirSyncBase:BodyPreference\n\t\t\t\t\tAirSyncBase:Type \"1\"\n", 2),
		"body without type":    options + "\t\t\t\tAirSyncBase:BodyPreference\n\t\t\t\t\tAirSyncBase:TruncationSize \"1\"\n",
		"body of no type":      options + "\t\t\t\tAirSyncBase:BodyPreference\n\t\t\t\t\tAirSyncBase:Type \"7\"\n\t\t\t\t\tAirSyncBase:TruncationSize \"1\"\n",
		"options twice":        strings.Repeat(options+"\t\t\t\tAirSync:FilterType \"1\"\n", 2),
	}
	for name, inside := range tests {
		t.Run(name, func(t *testing.T) {
			dump := head + one + inside + "\t\t\tAirSync:WindowSize \"5\"\n" + two
			got, err := ReadSync(bytes.NewReader(undump(t, dump)), nil)
			if err != nil || len(got.Collections) != 2 || got.Collections[0].Invalid == "" || got.Collections[0].WindowSize == nil || got.Collections[1].Invalid != "" {
				t.Errorf("ReadSync = %+v, %v", got, err)
			}
		})
	}
}

// TestEmailChangeInvalid lists values that are the item's fault alone.
func TestEmailChangeInvalid(t *testing.T) {
	tests := map[string]string{
		"Read":                "Email:Read \"yes, please\"\n",
		"flag status":         "Email:Flag\n\t\t\t\t\t\t\tEmail:Status \"3\"\n",
		"two dates of four":   "Email:Flag\n\t\t\t\t\t\t\tEmail:Status \"2\"\n\t\t\t\t\t\t\tTasks:DueDate \"2026-08-22\"\n",
		"reminder, no time":   "Email:Flag\n\t\t\t\t\t\t\tEmail:Status \"2\"\n\t\t\t\t\t\t\tTasks:ReminderSet \"1\"\n",
		"unreadable date":     "Email:Flag\n\t\t\t\t\t\t\tEmail:Status \"1\"\n\t\t\t\t\t\t\tEmail:CompleteTime \"soon\"\n",
		"long category":       "Email:Categories\n\t\t\t\t\t\t\tEmail:Category \"" + strings.Repeat("x", 256) + "\"\n",
		"too many categories": "Email:Categories\n" + strings.Repeat("\t\t\t\t\t\t\tEmail:Category \"x\"\n", 301),
	}
	head := "AirSync:Sync\n\tAirSync:Collections\n\t\tAirSync:Collection\n\t\t\tAirSync:SyncKey \"k\"\n\t\t\tAirSync:CollectionId \"c1\"\n" +
		"\t\t\tAirSync:Commands\n\t\t\t\tAirSync:Change\n\t\t\t\t\tAirSync:ServerId \"c1:1\"\n\t\t\t\t\tAirSync:ApplicationData\n\t\t\t\t\t\t"
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ReadSync(bytes.NewReader(undump(t, head+data)), nil)
			if err != nil || got.Collections[0].Commands[0].Email.Invalid == "" {
				t.Errorf("ReadSync = %+v, %v; want an invalid change", got, err)
			}
		})
	}
}

// TestSyncWriter writes an answer with everything, and empty ones.
func TestSyncWriter(t *testing.T) {
	var raw bytes.Buffer
	e := wbxml.NewEncoder(&raw)
	w := NewSyncWriter(e)
	w.Begin(SyncHead{SyncKey: "k2", ID: "c1", Status: 1, More: true})
	w.Respond(SyncResponse{Op: SyncAdd, ClientID: "9", Status: 6}, nil)
	w.Command(SyncAdd, "c1:5", func() { e.Elem(wbxml.EmailRead, "1") })
	w.Command(SyncSoftDelete, "c1:6", nil)
	w.End()
	w.Begin(SyncHead{Class: "Email", SyncKey: "k7", ID: "c2", Status: 1})
	w.End()
	w.Close()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	want := undump(t, `
AirSync:Sync
	AirSync:Collections
		AirSync:Collection
			AirSync:SyncKey "k2"
			AirSync:CollectionId "c1"
			AirSync:Status "1"
			AirSync:MoreAvailable
			AirSync:Responses
				AirSync:Add
					AirSync:ClientId "9"
					AirSync:Status "6"
			AirSync:Commands
				AirSync:Add
					AirSync:ServerId "c1:5"
					AirSync:ApplicationData
						Email:Read "1"
				AirSync:SoftDelete
					AirSync:ServerId "c1:6"
		AirSync:Collection
			AirSync:Class "Email"
			AirSync:SyncKey "k7"
			AirSync:CollectionId "c2"
			AirSync:Status "1"
`)
	if !bytes.Equal(raw.Bytes(), want) {
		t.Errorf("got  %x\nwant %x", raw.Bytes(), want)
	}
}

func FuzzReadSync(f *testing.F) {
	f.Add(undump(f, fullSync))
	f.Add([]byte{})
	f.Add(undump(f, "AirSync:Sync\n\tAirSync:Partial\n\tAirSync:Wait \"5\"\n"))
	f.Add(undump(f, draftCommand("Add", "AirSyncBase:Attachments", "  AirSyncBase:Add", `    AirSyncBase:Content "x"`,
		"AirSyncBase:Body", `  AirSyncBase:Type "4"`, `  AirSyncBase:Data "text"`, "Email2:Send")))
	f.Fuzz(func(t *testing.T, in []byte) {
		var k kept
		q, err := ReadSync(bytes.NewReader(in), k.take)
		if err != nil {
			return
		}
		for _, c := range q.Collections {
			if c.ID == "" || c.SyncKey == "" || len(c.Commands) > maxCommands {
				t.Errorf("accepted %+v", c)
			}
		}
	})
}

// TestCapturedSync reads the requests of captured sessions: what clients send must not break the schema.
func TestCapturedSync(t *testing.T) {
	root := corpus(t)
	readers := map[wbxml.Tag]func([]byte) error{
		wbxml.AirSyncSync: func(doc []byte) error { _, err := ReadSync(bytes.NewReader(doc), nil); return err },
		wbxml.FolderHierarchyFolderSync: func(doc []byte) error {
			_, err := ReadFolder(bytes.NewReader(doc), wbxml.FolderHierarchyFolderSync)
			return err
		},
		wbxml.PingPing: func(doc []byte) error { _, err := ReadPing(bytes.NewReader(doc)); return err },
		wbxml.GetItemEstimateGetItemEstimate: func(doc []byte) error {
			_, err := ReadEstimate(bytes.NewReader(doc))
			return err
		},
	}
	read := 0
	err := filepath.WalkDir(filepath.Join(root, "wbxml"), func(path string, info fs.DirEntry, err error) error {
		if err != nil || info.IsDir() || filepath.Ext(path) != ".wbxml" {
			return err
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		first, answer := rootAndStatus(doc)
		if readers[first] == nil || answer {
			return nil
		}
		read++
		if err := readers[first](doc); err != nil {
			t.Errorf("%s: %v", strings.TrimPrefix(path, root), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d requests", read); read == 0 {
		t.Error("no request was found")
	}
}

// rootAndStatus returns the root element, and whether there is a Status of the command anywhere, as answers
// have.
func rootAndStatus(doc []byte) (root wbxml.Tag, answer bool) {
	d := wbxml.NewDecoder(bytes.NewReader(doc), wbxml.Limits{})
	for {
		tok, err := d.Next()
		if err != nil {
			return root, answer
		}
		if tok.Kind != wbxml.Start {
			continue
		}
		if root == 0 {
			root = tok.Tag
		}
		switch tok.Tag {
		case wbxml.AirSyncStatus, wbxml.FolderHierarchyStatus, wbxml.PingStatus, wbxml.GetItemEstimateStatus:
			answer = true
		}
	}
}
