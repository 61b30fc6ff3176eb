package wire

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

func TestReadFolder(t *testing.T) {
	got, err := ReadFolder(bytes.NewReader(undump(t, `
FolderHierarchy:FolderCreate
	FolderHierarchy:SyncKey "k1"
	FolderHierarchy:ParentId "0"
	FolderHierarchy:DisplayName "Harbour"
	FolderHierarchy:Type "12"
`)), wbxml.FolderHierarchyFolderCreate)
	want := FolderRequest{SyncKey: "k1", ParentID: "0", DisplayName: "Harbour", Type: 12}
	if err != nil || got != want {
		t.Errorf("ReadFolder = %+v, %v; want %+v", got, err, want)
	}
	if _, err := ReadFolder(bytes.NewReader(undump(t, "FolderHierarchy:FolderSync\n")), wbxml.FolderHierarchyFolderSync); err == nil {
		t.Error("no SyncKey: no error")
	}
}

func TestReadPing(t *testing.T) {
	got, err := ReadPing(bytes.NewReader(undump(t, `
Ping:Ping
	Ping:HeartbeatInterval "480"
	Ping:Folders
		Ping:Folder
			Ping:Id "c1"
			Ping:Class "Email"
`)))
	want := PingRequest{Heartbeat: ref(480), HasFolders: true, Folders: []PingFolder{{ID: "c1", Class: "Email"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadPing = %+v, %v; want %+v", got, err, want)
	}
	if got, err := ReadPing(bytes.NewReader(nil)); err != nil || !reflect.DeepEqual(got, PingRequest{}) {
		t.Errorf("ReadPing of nothing = %+v, %v", got, err)
	}
}

// TestReadEstimate reads both forms: FilterType beside the key, and in Options.
func TestReadEstimate(t *testing.T) {
	old := `
GetItemEstimate:GetItemEstimate
	GetItemEstimate:Collections
		GetItemEstimate:Collection
			GetItemEstimate:Class "Email"
			GetItemEstimate:CollectionId "c1"
			AirSync:FilterType "3"
			AirSync:SyncKey "k1"
`
	recent := `
GetItemEstimate:GetItemEstimate
	GetItemEstimate:Collections
		GetItemEstimate:Collection
			AirSync:SyncKey "k1"
			GetItemEstimate:CollectionId "c1"
			AirSync:Options
				AirSync:FilterType "3"
`
	for _, test := range []struct{ dump, class string }{{old, "Email"}, {recent, ""}} {
		got, err := ReadEstimate(bytes.NewReader(undump(t, test.dump)))
		want := []EstimateRequest{{ID: "c1", SyncKey: "k1", Class: test.class, HasOptions: true, Options: []Options{{FilterType: 3}}}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ReadEstimate = %+v, %v; want %+v", got, err, want)
		}
	}
}
