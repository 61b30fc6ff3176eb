package wire

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/wbxml"
)

// document makes the bytes of a dump.
func document(t testing.TB, dump string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	if err := wbxml.Undump(&b, strings.NewReader(dump)); err != nil {
		t.Fatal(err)
	}
	return &b
}

func ptr[T any](v T) *T { return &v }

func TestReadProvision(t *testing.T) {
	got, err := ReadProvision(document(t, `Provision:Provision
  Provision:Policies
    Provision:Policy
      Provision:Status "1"
      Provision:PolicyKey "77"
      Provision:PolicyType "MS-EAS-Provisioning-WBXML"
  Settings:DeviceInformation
    Settings:Set
      Settings:Model "M"
      Settings:FriendlyName "a%20b"
      Settings:IMEI
      Settings:EnableOutboundSMS "1"
  Provision:RemoteWipe
    Provision:Status "2"
`))
	want := ProvisionRequest{
		Device: &DeviceInformation{Model: ptr("M"), FriendlyName: ptr("a b"), IMEI: ptr(""), EnableOutboundSMS: ptr("1")},
		Policy: &PolicyRequest{Type: PolicyWBXML, Key: "77", Status: 1, HasStatus: true},
		Wipe:   2,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := ReadProvision(strings.NewReader("")); err != nil || got.Policy != nil {
		t.Errorf("empty: %+v, %v", got, err)
	}
}

func TestReadCompose(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 10_000)
	var dump strings.Builder
	dump.WriteString("ComposeMail:SmartReply\n  ComposeMail:Mime \"" + long + "\"\n")
	dump.WriteString("  ComposeMail:Source\n    ComposeMail:ItemId \"c1:2\"\n    ComposeMail:FolderId \"c1\"\n")
	dump.WriteString("  ComposeMail:ReplaceMime\n  ComposeMail:SaveInSentItems \"0\"\n  ComposeMail:ClientId \"me\"\n")
	var mime bytes.Buffer
	got, err := ReadCompose(document(t, dump.String()), wbxml.ComposeMailSmartReply, &mime)
	want := ComposeRequest{ClientID: "me", Replace: true, HasMIME: true, Source: Source{FolderID: "c1", ItemID: "c1:2"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || mime.String() != long {
		t.Errorf("%v, %d bytes (-want +got):\n%s", err, mime.Len(), diff)
	}
}

func TestReadMoveItems(t *testing.T) {
	got, err := ReadMoveItems(document(t, "Move:MoveItems\n  Move:Move\n    Move:DstFldId \"c3\"\n    Move:SrcMsgId \"c1:2\"\n    Move:SrcFldId \"c1\"\n    Move:DstFldId \"c4\"\n"))
	want := []Move{{SrcMsgID: "c1:2", SrcFldID: "c1", DstFldID: "c4", Several: true}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestReadItemOperations(t *testing.T) {
	got, err := ReadItemOperations(document(t, `ItemOperations:ItemOperations
  ItemOperations:Fetch
    ItemOperations:Options
      ItemOperations:Schema
        Email:Subject
        AirSyncBase:Body
      ItemOperations:Range "0-9"
      AirSync:MIMESupport "2"
      AirSyncBase:BodyPreference
        AirSyncBase:Type "4"
    AirSyncBase:FileReference
    ItemOperations:Store "Mailbox"
  ItemOperations:EmptyFolderContents
    AirSync:CollectionId "c4"
    ItemOperations:Options
      ItemOperations:DeleteSubFolders
  ItemOperations:Move
    ItemOperations:ConversationId x"0102"
    ItemOperations:DstFldId "c5"
    ItemOperations:Options
      ItemOperations:MoveAlways
`))
	want := []Operation{
		{Fetch: &FetchOperation{
			Store: "Mailbox", HasFile: true, Range: "0-9", Schema: []wbxml.Tag{wbxml.EmailSubject, wbxml.AirSyncBaseBody},
			Options: &Options{MIMESupport: 2, Bodies: []BodyPreference{{Type: 4, Whole: true}}},
		}},
		{Empty: &EmptyOperation{CollectionID: "c4", SubFolders: true}},
		{Move: &MoveConversation{ConversationID: []byte{1, 2}, DstFldID: "c5", Always: true}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestSchemaErrors checks that what breaks the schema is told from what is no WBXML.
func TestSchemaErrors(t *testing.T) {
	for name, dump := range map[string]string{
		"root of another command": "Ping:Ping\n",
		"no number":               "Provision:Provision\n  Provision:RemoteWipe\n    Provision:Status \"one\"\n",
		"number too large":        "Provision:Provision\n  Provision:RemoteWipe\n    Provision:Status \"99999999999\"\n",
		"text too long":           "Provision:Provision\n  Provision:Policies\n    Provision:Policy\n      Provision:PolicyType \"" + strings.Repeat("x", 300) + "\"\n",
	} {
		var schema *SchemaError
		if _, err := ReadProvision(document(t, dump)); !errors.As(err, &schema) {
			t.Errorf("%s: %v, want a SchemaError", name, err)
		}
	}
	var syntax *wbxml.SyntaxError
	if _, err := ReadProvision(strings.NewReader("\x03\x01\x6a\x00\x00\x0e\x45")); !errors.As(err, &syntax) {
		t.Errorf("cut short: %v, want a SyntaxError", err)
	}
	if _, err := ReadSettings(strings.NewReader("")); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing: %v, want ErrEmpty", err)
	}
}

// TestManySmallElements checks that a request cannot make much more of itself in memory than it is.
func TestManySmallElements(t *testing.T) {
	var schema *SchemaError
	options := "GetItemEstimate:GetItemEstimate\n  GetItemEstimate:Collections\n    GetItemEstimate:Collection\n" +
		"      GetItemEstimate:CollectionId \"c1\"\n" + strings.Repeat("      AirSync:Options\n", maxSyncOptions+1)
	if _, err := ReadEstimate(document(t, options)); !errors.As(err, &schema) {
		t.Errorf("options of an estimate: %v, want a SchemaError", err)
	}
	collection := "    AirSync:Collection\n      AirSync:CollectionId \"c1\"\n      AirSync:SyncKey \"1\"\n      AirSync:Commands\n" +
		strings.Repeat("        AirSync:Delete\n          AirSync:ServerId \"c1:1\"\n", maxCommands/2+1)
	if _, err := ReadSync(document(t, "AirSync:Sync\n  AirSync:Collections\n"+collection+collection), nil); !errors.As(err, &schema) {
		t.Errorf("commands of two collections: %v, want a SchemaError", err)
	}
}

func TestParseTime(t *testing.T) {
	const want = "2026-08-22T10:15:00.000Z"
	for _, s := range []string{want, "2026-08-22T10:15:00Z", "20260822T101500Z", "2026-08-22T12:15:00+02:00", " 2026-08-22T10:15:00 ", "20260822T101500"} {
		if got, ok := ParseTime(s); !ok || FormatTime(got) != want {
			t.Errorf("ParseTime(%q) = %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "yesterday", "2026-13-01T00:00:00Z", "12345"} {
		if got, ok := ParseTime(s); ok {
			t.Errorf("ParseTime(%q) = %v", s, got)
		}
	}
	if got, ok := ParseTime("2026-08-22"); !ok || FormatCompact(got) != "20260822T000000Z" {
		t.Errorf("a date: %v, %v", got, ok)
	}
}

// requests reads a document as whatever request it is.
func requests(doc []byte) error {
	body := func() io.Reader { return bytes.NewReader(doc) }
	var errs [8]error
	_, errs[0] = ReadProvision(body())
	_, errs[1] = ReadSettings(body())
	_, errs[2] = ReadMoveItems(body())
	_, errs[3] = ReadItemOperations(body())
	for i, root := range []wbxml.Tag{wbxml.ComposeMailSendMail, wbxml.ComposeMailSmartReply} {
		_, errs[4+i] = ReadCompose(body(), root, io.Discard)
	}
	_, errs[6] = ReadResolveRecipients(body())
	_, errs[7] = ReadValidateCert(body())
	for _, err := range errs {
		if err == nil {
			return nil
		}
	}
	return errs[0]
}

func FuzzRequests(f *testing.F) {
	for _, dump := range []string{
		"Provision:Provision\n  Provision:Policies\n    Provision:Policy\n      Provision:PolicyType \"x\"\n",
		"Settings:Settings\n  Settings:Oof\n    Settings:Set\n      Settings:OofState \"1\"\n",
		"Move:MoveItems\n  Move:Move\n    Move:SrcMsgId \"c1:1\"\n",
		"ItemOperations:ItemOperations\n  ItemOperations:Fetch\n    ItemOperations:Options\n      ItemOperations:Schema\n        Email:Subject\n",
		"ComposeMail:SendMail\n  ComposeMail:Mime x\"0102\"\n  ComposeMail:ClientId \"1\"\n",
	} {
		doc, _ := io.ReadAll(document(f, dump))
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if err := requests(doc); err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}

// TestCapturedRequests reads the requests of captured sessions. Which documents are requests of the commands
// of this file shows in their names of elements; of the others only the root is looked at.
func TestCapturedRequests(t *testing.T) {
	root := corpus(t)
	read := 0
	err := filepath.Walk(filepath.Join(root, "wbxml"), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || filepath.Ext(path) != ".wbxml" {
			return err
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !isRequest(doc) {
			return nil
		}
		if err := requests(doc); err != nil {
			t.Errorf("%s: %v", strings.TrimPrefix(path, root), err)
		}
		read++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d requests", read)
	if read == 0 {
		t.Error("no request was found")
	}
}

// isRequest reports whether doc is a request of Provision, Settings, MoveItems, ItemOperations, SendMail,
// SmartReply, ResolveRecipients or ValidateCert: answers have a Status as the first child, or Response.
func isRequest(doc []byte) bool {
	d := wbxml.NewDecoder(bytes.NewReader(doc), wbxml.Limits{})
	var tags []wbxml.Tag
	for len(tags) < 2 {
		tok, err := d.Next()
		if err != nil {
			return false
		}
		if tok.Kind == wbxml.Start {
			tags = append(tags, tok.Tag)
		}
	}
	switch tags[0] {
	case wbxml.ProvisionProvision, wbxml.SettingsSettings, wbxml.MoveMoveItems, wbxml.ItemOperationsItemOperations,
		wbxml.ComposeMailSendMail, wbxml.ComposeMailSmartReply,
		wbxml.ResolveRecipientsResolveRecipients, wbxml.ValidateCertValidateCert:
	default:
		return false
	}
	return tags[1].Name() != "Status" && tags[1].Name() != "Response"
}

// corpus returns the folder of real messages, or skips the test.
func corpus(t *testing.T) string {
	t.Helper()
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	return root
}
