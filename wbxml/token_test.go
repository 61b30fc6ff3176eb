package wbxml

import (
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestKnownTags checks rows of every code page against MS-ASWBXML, written down here a second time: the
// first and last of the page and some that are easily mixed up.
func TestKnownTags(t *testing.T) {
	tests := []struct {
		tag  Tag
		page uint8
		tok  uint8
		name string
	}{
		{AirSyncSync, 0, 0x05, "AirSync:Sync"},
		{AirSyncGetChanges, 0, 0x13, "AirSync:GetChanges"},
		{AirSyncHeartbeatInterval, 0, 0x29, "AirSync:HeartbeatInterval"},
		{ContactsAnniversary, 1, 0x05, "Contacts:Anniversary"},
		{ContactsPicture, 1, 0x3C, "Contacts:Picture"},
		{EmailDateReceived, 2, 0x0F, "Email:DateReceived"},
		{EmailInternetCPID, 2, 0x39, "Email:InternetCPID"},
		{EmailFlag, 2, 0x3A, "Email:Flag"},
		{AirNotifyNotify, 3, 0x05, "AirNotify:Notify"},
		{CalendarTimezone, 4, 0x05, "Calendar:Timezone"},
		{CalendarUID, 4, 0x28, "Calendar:UID"},
		{CalendarFirstDayOfWeek, 4, 0x39, "Calendar:FirstDayOfWeek"},
		{MoveMoveItems, 5, 0x05, "Move:MoveItems"},
		{MoveDstMsgId, 5, 0x0C, "Move:DstMsgId"},
		{GetItemEstimateGetItemEstimate, 6, 0x05, "GetItemEstimate:GetItemEstimate"},
		{GetItemEstimateStatus, 6, 0x0E, "GetItemEstimate:Status"},
		{FolderHierarchyDisplayName, 7, 0x07, "FolderHierarchy:DisplayName"},
		{FolderHierarchyFolderSync, 7, 0x16, "FolderHierarchy:FolderSync"},
		{FolderHierarchyCount, 7, 0x17, "FolderHierarchy:Count"},
		{MeetingResponseCalendarId, 8, 0x05, "MeetingResponse:CalendarId"},
		{MeetingResponseInstanceId, 8, 0x0E, "MeetingResponse:InstanceId"},
		{TasksCategories, 9, 0x08, "Tasks:Categories"},
		{TasksCalendarType, 9, 0x24, "Tasks:CalendarType"},
		{ResolveRecipientsResolveRecipients, 10, 0x05, "ResolveRecipients:ResolveRecipients"},
		{ResolveRecipientsPicture, 10, 0x1A, "ResolveRecipients:Picture"},
		{ValidateCertValidateCert, 11, 0x05, "ValidateCert:ValidateCert"},
		{ValidateCertStatus, 11, 0x0A, "ValidateCert:Status"},
		{Contacts2CustomerId, 12, 0x05, "Contacts2:CustomerId"},
		{Contacts2MMS, 12, 0x0E, "Contacts2:MMS"},
		{PingPing, 13, 0x05, "Ping:Ping"},
		{PingMaxFolders, 13, 0x0D, "Ping:MaxFolders"},
		{ProvisionProvision, 14, 0x05, "Provision:Provision"},
		{ProvisionPolicyKey, 14, 0x09, "Provision:PolicyKey"},
		{ProvisionRemoteWipe, 14, 0x0C, "Provision:RemoteWipe"},
		{ProvisionAccountOnlyRemoteWipe, 14, 0x3B, "Provision:AccountOnlyRemoteWipe"},
		{SearchSearch, 15, 0x05, "Search:Search"},
		{SearchPicture, 15, 0x21, "Search:Picture"},
		{GALDisplayName, 16, 0x05, "GAL:DisplayName"},
		{GALEmailAddress, 16, 0x0F, "GAL:EmailAddress"},
		{AirSyncBaseBodyPreference, 17, 0x05, "AirSyncBase:BodyPreference"},
		{AirSyncBaseBody, 17, 0x0A, "AirSyncBase:Body"},
		{AirSyncBaseInstanceId, 17, 0x2D, "AirSyncBase:InstanceId"},
		{SettingsSettings, 18, 0x05, "Settings:Settings"},
		{SettingsDeviceInformation, 18, 0x16, "Settings:DeviceInformation"},
		{DocumentLibraryLinkId, 19, 0x05, "DocumentLibrary:LinkId"},
		{ItemOperationsItemOperations, 20, 0x05, "ItemOperations:ItemOperations"},
		{ItemOperationsPart, 20, 0x11, "ItemOperations:Part"},
		{ComposeMailSendMail, 21, 0x05, "ComposeMail:SendMail"},
		{ComposeMailMime, 21, 0x10, "ComposeMail:Mime"},
		{ComposeMailClientId, 21, 0x11, "ComposeMail:ClientId"},
		{Email2UmCallerID, 22, 0x05, "Email2:UmCallerID"},
		{Email2ConversationId, 22, 0x09, "Email2:ConversationId"},
		{NotesSubject, 23, 0x05, "Notes:Subject"},
		{NotesLastModifiedDate, 23, 0x07, "Notes:LastModifiedDate"},
		{RightsManagementRightsManagementSupport, 24, 0x05, "RightsManagement:RightsManagementSupport"},
		{FindFind, 25, 0x05, "Find:Find"},
		{FindPicture, 25, 0x22, "Find:Picture"},
	}
	for _, tt := range tests {
		if tt.tag.Page() != tt.page || tt.tag.Token() != tt.tok || tt.tag.String() != tt.name {
			t.Errorf("%v = page %d token 0x%02X, want %s = page %d token 0x%02X",
				tt.tag, tt.tag.Page(), tt.tag.Token(), tt.name, tt.page, tt.tok)
		}
		if got, ok := LookupTag(tt.name); !ok || got != tt.tag {
			t.Errorf("LookupTag(%q) = %04X, %v, want %04X", tt.name, uint16(got), ok, uint16(tt.tag))
		}
	}
}

// TestPagesUnchanged holds the whole of pages to the state that was last compared with the specification.
func TestPagesUnchanged(t *testing.T) {
	const wantTags, wantSum = 656, "12465c9278f4fc89"
	sum, tags := sha256.New(), 0
	for i, p := range pages {
		if int(p.Number) != i {
			t.Errorf("page at index %d has number %d", i, p.Number)
		}
		for token, name := range p.Tags {
			if name != "" {
				tags++
				fmt.Fprintf(sum, "%d:%02X %s:%s\n", p.Number, token, p.Name, name)
			}
		}
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); tags != wantTags || got != wantSum {
		t.Errorf("%d tags with checksum %s, want %d with %s; compare pages.go with MS-ASWBXML", tags, got, wantTags, wantSum)
	}
}

// TestPagesCSV compares pages with the table the project's notes on the protocol have.
func TestPagesCSV(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "eas", "wbxml-codepages.csv"))
	if err != nil {
		t.Skipf("no table: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Tag{}
	for _, row := range rows[1:] {
		page, err1 := strconv.ParseUint(row[0], 10, 8)
		tok, err2 := strconv.ParseUint(row[3], 0, 8)
		if err1 != nil || err2 != nil {
			t.Fatalf("row %q: %v %v", row, err1, err2)
		}
		want[row[1]+":"+row[4]] = MakeTag(uint8(page), uint8(tok))
	}
	for name, tag := range want {
		if got, ok := LookupTag(name); !ok || got != tag {
			t.Errorf("LookupTag(%q) = %04X, %v, want %04X", name, uint16(got), ok, uint16(tag))
		}
	}
	if len(want) != len(tagsByName) {
		t.Errorf("the table has %d tags, pages %d", len(want), len(tagsByName))
	}
	t.Logf("%d rows compared", len(want))
}

// TestConstants checks that there is one constant for each tag, named after page and element.
func TestConstants(t *testing.T) {
	files, err := filepath.Glob("pages_*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			value, err := strconv.ParseUint(spec.Values[0].(*ast.BasicLit).Value, 0, 16)
			tag := Tag(value)
			if err != nil || !tag.Known() || spec.Names[0].Name != LookupPage(tag.Page()).Name+tag.Name() {
				t.Errorf("%s: constant %s = 0x%04X is %v", name, spec.Names[0].Name, value, tag)
			}
			found++
			return true
		})
	}
	if found != len(tagsByName) {
		t.Errorf("%d constants for %d tags", found, len(tagsByName))
	}
}

func TestTagNames(t *testing.T) {
	for v := range 1 << 16 {
		tag := Tag(v)
		if got, ok := LookupTag(tag.String()); ok != tag.valid() || ok && got != tag {
			t.Fatalf("LookupTag(%q) = %04X, %v, want %04X, %v", tag.String(), uint16(got), ok, v, tag.valid())
		}
	}
	for tag, want := range map[Tag]string{0x003E: "AirSync:0x3E", 0x1F05: "0x1F:0x05", 0xFF3F: "0xFF:0x3F"} {
		if got := tag.String(); got != want || tag.Known() {
			t.Errorf("%04X = %s, known %v, want %s, unknown", uint16(tag), got, tag.Known(), want)
		}
	}
	for _, name := range []string{
		"", ":", "Sync", "AirSync:", "AirSync:sync", "airsync:Sync", "AirSync:0x05", "AirSync:0x3e", "AirSync:0x40",
		"AirSync:0x04", "AirSync:62", "0x00:0x3E", "0x1F:Sync", "0x1f:0x05", "AirSync:0x+3", "AirSync:Sync:Sync",
	} {
		if got, ok := LookupTag(name); ok {
			t.Errorf("LookupTag(%q) = %v, want none", name, got)
		}
	}
	if got := LookupPage(26); got != nil {
		t.Errorf("LookupPage(26) = %v, want nil", got)
	}
	if got := Kind(0).String() + " " + Start.String() + " " + Opaque.String(); got != "Kind(0) Start Opaque" {
		t.Errorf("kinds are %s", got)
	}
}
