package asclient

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

// synced makes a client that has the folder "5" with these items and the key "k1".
func synced(t *testing.T, answer *Node, ids ...string) (*Client, *Folder) {
	t.Helper()
	c, _ := talk(t, "14.1", answer)
	f := &Folder{ID: "5", SyncKey: "k1", Items: map[string]*Item{}, used: map[string]bool{"k0": true, "k1": true}}
	for _, id := range ids {
		f.Items[id] = &Item{ID: id, Data: El(wbxml.AirSyncApplicationData, El(wbxml.EmailRead, "0"), El(wbxml.EmailSubject, id))}
	}
	c.Folders["5"] = f
	return c, f
}

// answer is what a server says about the folder "5".
func answer(key string, parts ...any) *Node {
	col := El(wbxml.AirSyncCollection, El(wbxml.AirSyncSyncKey, key), El(wbxml.AirSyncCollectionId, "5"), El(wbxml.AirSyncStatus, 1))
	col.Children = append(col.Children, El(wbxml.AirSyncCollection, parts...).Children...)
	return El(wbxml.AirSyncSync, El(wbxml.AirSyncCollections, col))
}

func commands(list ...*Node) *Node { return El(wbxml.AirSyncCommands, list) }

func add(id string) *Node {
	return El(wbxml.AirSyncAdd, El(wbxml.AirSyncServerId, id), El(wbxml.AirSyncApplicationData, El(wbxml.EmailRead, "0")))
}

func TestReplica(t *testing.T) {
	failed := El(wbxml.AirSyncResponses, El(wbxml.AirSyncChange, El(wbxml.AirSyncServerId, "5:1"), El(wbxml.AirSyncStatus, 8)))
	for _, tt := range []struct {
		name      string
		sent      []*Node
		answer    *Node
		want      []string // items afterwards, those that are read with a !
		violation string
	}{
		{name: "an item comes", answer: answer("k2", commands(add("5:2"))), want: []string{"5:1", "5:2"}},
		{name: "an item comes that is there", answer: answer("k2", commands(add("5:1"))), want: []string{"5:1"}, violation: "added twice"},
		{name: "an item goes", answer: answer("k2", commands(Delete("5:1")))},
		{name: "an item goes that is not there", answer: answer("k2", commands(Delete("5:9"))), want: []string{"5:1"}, violation: "Delete of unknown"},
		{name: "an item changes", answer: answer("k2", commands(MarkRead("5:1", true))), want: []string{"5:1!"}},
		{name: "an item changes that is not there", answer: answer("k2", commands(MarkRead("5:9", true))), want: []string{"5:1"}, violation: "Change of unknown"},
		{name: "an own change is accepted in silence", sent: []*Node{MarkRead("5:1", true)}, answer: answer("k2"), want: []string{"5:1!"}},
		{name: "an own change fails", sent: []*Node{MarkRead("5:1", true)}, answer: answer("k2", failed), want: []string{"5:1"}},
		{name: "an own delete", sent: []*Node{Delete("5:1")}, answer: answer("k2")},
		{name: "an own delete crosses another's", sent: []*Node{Delete("5:1")}, answer: answer("k2", commands(Delete("5:1")))},
		{name: "an old key comes again", answer: answer("k0"), want: []string{"5:1"}, violation: "given twice"},
		{name: "no key comes", answer: answer(""), want: []string{"5:1"}, violation: "key"},
		{name: "an empty answer to a command", sent: []*Node{Delete("5:1")}, want: []string{"5:1"}, violation: "empty answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, f := synced(t, tt.answer, "5:1")
			if _, err := c.Sync(t.Context(), SyncRequest{Folders: []SyncFolder{{Folder: f, Commands: tt.sent}}}); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, id := range slices.Sorted(maps.Keys(f.Items)) {
				if f.Items[id].Value(wbxml.EmailRead) == "1" {
					id += "!"
				}
				got = append(got, id)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("shows %q, want %q", got, tt.want)
			}
			told := strings.Join(c.Violations, "; ")
			if (told != "") != (tt.violation != "") || !strings.Contains(told, tt.violation) {
				t.Errorf("violations %q, want %q", told, tt.violation)
			}
		})
	}
}

func TestReplicaStartsOverOnStatus3(t *testing.T) {
	col := El(wbxml.AirSyncCollection, El(wbxml.AirSyncSyncKey, "0"), El(wbxml.AirSyncCollectionId, "5"), El(wbxml.AirSyncStatus, 3))
	c, f := synced(t, El(wbxml.AirSyncSync, El(wbxml.AirSyncCollections, col)), "5:1")
	result, err := c.Sync(t.Context(), SyncRequest{Folders: []SyncFolder{{Folder: f}}})
	if err != nil || result.Folders["5"].Status != 3 {
		t.Fatalf("got %+v, %v", result, err)
	}
	if f.SyncKey != "0" || len(f.Items) != 0 {
		t.Errorf("the folder has key %s and %d items", f.SyncKey, len(f.Items))
	}
}

func TestMoveFollows(t *testing.T) {
	done := El(wbxml.MoveMoveItems, El(wbxml.MoveResponse, El(wbxml.MoveSrcMsgId, "5:1"), El(wbxml.MoveStatus, 3), El(wbxml.MoveDstMsgId, "6:4")),
		El(wbxml.MoveResponse, El(wbxml.MoveSrcMsgId, "5:2"), El(wbxml.MoveStatus, 1)))
	c, from := synced(t, done, "5:1", "5:2")
	to := &Folder{ID: "6", Items: map[string]*Item{}}
	moved, err := c.Move(t.Context(), from, to, "5:1", "5:2")
	if err != nil || !maps.Equal(moved, map[string]string{"5:1": "6:4"}) {
		t.Fatalf("moved %v, %v", moved, err)
	}
	if from.Items["5:1"] != nil || to.Items["6:4"] == nil || from.Items["5:2"] == nil {
		t.Errorf("from shows %v, to %v", from.Items, to.Items)
	}
}

func TestFolderSyncNotesViolations(t *testing.T) {
	folder := func(id, parent string) *Node {
		return El(wbxml.FolderHierarchyAdd, El(wbxml.FolderHierarchyServerId, id), El(wbxml.FolderHierarchyParentId, parent),
			El(wbxml.FolderHierarchyDisplayName, id), El(wbxml.FolderHierarchyType, TypeUser))
	}
	tree := func(key string, count int, changes ...*Node) *Node {
		return El(wbxml.FolderHierarchyFolderSync, El(wbxml.FolderHierarchyStatus, 1), El(wbxml.FolderHierarchySyncKey, key),
			El(wbxml.FolderHierarchyChanges, El(wbxml.FolderHierarchyCount, count), changes))
	}
	c, _ := talk(t, "14.1", tree("1", 1, folder("1", "0")), tree("2", 1, folder("2", "1")),
		tree("3", 2, folder("2", "1")), tree("4", 1, El(wbxml.FolderHierarchyDelete, El(wbxml.FolderHierarchyServerId, "9"))))
	for range 4 {
		if err := c.FolderSync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"Count 2, changes 1", "2 added twice", "Delete of unknown 9"}
	if len(c.Violations) != len(want) {
		t.Fatalf("violations %q", c.Violations)
	}
	for i := range want {
		if !strings.Contains(c.Violations[i], want[i]) {
			t.Errorf("violation %q, want %q", c.Violations[i], want[i])
		}
	}
	if c.FolderKey != "4" || len(c.Folders) != 2 {
		t.Errorf("key %s, %d folders", c.FolderKey, len(c.Folders))
	}
}
