package activesync

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// folderCall makes a folder command; args are name and value of its children after the key.
func (r *rig) folderCall(t *testing.T, cmd, key string, args ...string) *node {
	t.Helper()
	list := []string{"FolderHierarchy:" + cmd, ">FolderHierarchy:SyncKey " + strconv.Quote(key)}
	for i := 0; i < len(args); i += 2 {
		list = append(list, ">FolderHierarchy:"+args[i]+" "+strconv.Quote(args[i+1]))
	}
	return parseDump(t, r.do(call{cmd: cmd, body: lines(list...)}).dump)
}

func folderStatus(n *node) string { return n.get("FolderHierarchy:Status") }
func folderKey(n *node) string    { return n.get("FolderHierarchy:SyncKey") }

// TestFolderSync checks types, order, keys and repetition.
func TestFolderSync(t *testing.T) {
	r := newRig(t)
	first := r.folderCall(t, "FolderSync", "0")
	changes := first.at("FolderHierarchy:Changes")
	types := map[string]string{}
	for _, f := range changes.all("FolderHierarchy:Add") {
		types[f.get("FolderHierarchy:DisplayName")] = f.get("FolderHierarchy:Type")
	}
	want := map[string]string{"Inbox": "2", "Drafts": "3", "Deleted Items": "4", "Sent Items": "5", "Outbox": "6", "Junk Email": "12", "Archive": "12",
		"Calendar": "8", "Contacts": "9", "Tasks": "7", "Notes": "10"}
	if baseVersion < V140 {
		delete(want, "Notes")
	}
	for name, kind := range want {
		if types[name] != kind {
			t.Errorf("%s has type %q, want %s", name, types[name], kind)
		}
	}
	if got := changes.get("FolderHierarchy:Count"); got != strconv.Itoa(len(types)) || len(types) != len(want) {
		t.Errorf("count %s of %v", got, types)
	}
	key := folderKey(first)
	if again := r.folderCall(t, "FolderSync", key); folderKey(again) != key || again.get("FolderHierarchy:Changes", "FolderHierarchy:Count") != "0" {
		t.Errorf("nothing new: %+v", again)
	}
	if n := r.folderCall(t, "FolderSync", "k0000000000000001-7"); folderStatus(n) != "9" {
		t.Errorf("unknown key: %s", folderStatus(n))
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		c, err := tx.CreateCollection(store.Collection{Name: "Harbour", Class: store.Mail})
		if err != nil {
			return err
		}
		_, err = tx.CreateCollection(store.Collection{Name: "Boats", Class: store.Mail, Parent: c.ID})
		return err
	}))
	a, b := r.folderCall(t, "FolderSync", key), r.folderCall(t, "FolderSync", key)
	if folderKey(a) != folderKey(b) || folderKey(a) == key || a.get("FolderHierarchy:Changes", "FolderHierarchy:Count") != "2" {
		t.Errorf("two new folders: %+v, %+v", a, b)
	}
}

// TestFolderChange is the story of a folder that the device makes, moves and removes: the device is not told
// of it, a repeated request changes nothing, and another device is told.
func TestFolderChange(t *testing.T) {
	r := newRig(t)
	key := folderKey(r.folderCall(t, "FolderSync", "0"))
	other := parseDump(t, r.do(call{cmd: "FolderSync", device: "other", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}).dump)
	create := []string{"ParentId", "0", "DisplayName", "Harbour", "Type", "12"}
	made := r.folderCall(t, "FolderCreate", key, create...)
	id := made.get("FolderHierarchy:ServerId")
	if folderStatus(made) != "1" || id == "" || folderKey(made) == key {
		t.Fatalf("created: %+v", made)
	}
	if again := r.folderCall(t, "FolderCreate", key, create...); again.get("FolderHierarchy:ServerId") != id || folderKey(again) != folderKey(made) {
		t.Errorf("created again: %+v", again)
	}
	key = folderKey(made)
	if n := r.folderCall(t, "FolderSync", key); n.get("FolderHierarchy:Changes", "FolderHierarchy:Count") != "0" {
		t.Errorf("the device is told of its own folder: %+v", n)
	}
	moved := r.folderCall(t, "FolderUpdate", key, "ServerId", id, "ParentId", collectionID(r.folder(store.Inbox).ID), "DisplayName", "Boats")
	if folderStatus(moved) != "1" || moved.at("FolderHierarchy:ServerId") != nil {
		t.Fatalf("moved: %+v", moved)
	}
	told := parseDump(t, r.do(call{cmd: "FolderSync", device: "other", body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(folderKey(other)))}).dump)
	if add := told.at("FolderHierarchy:Changes", "FolderHierarchy:Add"); add.get("FolderHierarchy:DisplayName") != "Boats" {
		t.Errorf("the other device: %+v", told)
	}
	key = folderKey(moved)
	gone := r.folderCall(t, "FolderDelete", key, "ServerId", id)
	if folderStatus(gone) != "1" {
		t.Fatalf("removed: %+v", gone)
	}
	if n := r.folderCall(t, "FolderSync", folderKey(gone)); n.get("FolderHierarchy:Changes", "FolderHierarchy:Count") != "0" {
		t.Errorf("after all: %+v", n)
	}
}

// hiddenCalendar hides calendars for one test, and returns the id of rita's.
func (r *rig) hiddenCalendar() string {
	delete(folderClasses, store.Calendar)
	r.t.Cleanup(func() { folderClasses[store.Calendar] = classCalendar })
	return collectionID(r.folder(store.MainCal).ID)
}

// TestFolderRefused lists the statuses of changes that cannot be.
func TestFolderRefused(t *testing.T) {
	r := newRig(t)
	key := folderKey(r.folderCall(t, "FolderSync", "0"))
	inbox := collectionID(r.folder(store.Inbox).ID)
	made := r.folderCall(t, "FolderCreate", key, "ParentId", "0", "DisplayName", "Harbour", "Type", "12")
	key, harbour := folderKey(made), made.get("FolderHierarchy:ServerId")
	hidden := r.hiddenCalendar()
	tests := []struct {
		name, cmd, key string
		args           []string
		want           string
	}{
		{"name is taken", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "Inbox", "Type", "12"}, "2"},
		{"no such parent", "FolderCreate", key, []string{"ParentId", "c999", "DisplayName", "x", "Type", "12"}, "5"},
		{"a parent that is not shown", "FolderCreate", key, []string{"ParentId", hidden, "DisplayName", "x", "Type", "12"}, "5"},
		{"removal of what is not shown", "FolderDelete", key, []string{"ServerId", hidden}, "4"},
		{"a default folder", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "x", "Type", "2"}, "10"},
		{"no name", "FolderCreate", key, []string{"ParentId", "0", "Type", "12"}, "10"},
		{"bad key", "FolderCreate", "0", []string{"ParentId", "0", "DisplayName", "x", "Type", "12"}, "9"},
		{"removal of the Inbox", "FolderDelete", key, []string{"ServerId", inbox}, "3"},
		{"removal of nothing", "FolderDelete", key, []string{"ServerId", "c999"}, "4"},
		{"renaming the Inbox", "FolderUpdate", key, []string{"ServerId", inbox, "ParentId", "0", "DisplayName", "x"}, "2"},
		{"renaming nothing", "FolderUpdate", key, []string{"ServerId", "c999", "ParentId", "0", "DisplayName", "x"}, "4"},
		{"moving to nowhere", "FolderUpdate", key, []string{"ServerId", harbour, "ParentId", "c999", "DisplayName", "x"}, "5"},
		{"taking a name", "FolderUpdate", key, []string{"ServerId", harbour, "ParentId", "0", "DisplayName", "Drafts"}, "2"},
		{"a name but for its case", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "HARBOUR", "Type", "12"}, "2"},
		{"a hidden folder's name", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "Calendar", "Type", "12"}, "2"},
		{"no parent", "FolderCreate", key, []string{"DisplayName", "x", "Type", "12"}, "10"},
		{"no type", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "x"}, "10"},
		{"a calendar", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "x", "Type", "13"}, "10"},
		{"the recipient cache", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "x", "Type", "19"}, "10"},
		{"blanks for a name", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "  ", "Type", "12"}, "10"},
		{"a line end in a name", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", "a\nb", "Type", "12"}, "10"},
		{"a name of 256 bytes", "FolderCreate", key, []string{"ParentId", "0", "DisplayName", strings.Repeat("x", 256), "Type", "12"}, "10"},
		{"below the recipient cache", "FolderCreate", key, []string{"ParentId", "RI", "DisplayName", "x", "Type", "12"}, "3"},
		{"removal of the recipient cache", "FolderDelete", key, []string{"ServerId", "RI"}, "3"},
		{"renaming the recipient cache", "FolderUpdate", key, []string{"ServerId", "RI", "ParentId", "0", "DisplayName", "x"}, "3"},
		{"removal without id", "FolderDelete", key, nil, "10"},
		{"renaming without id", "FolderUpdate", key, []string{"ParentId", "0", "DisplayName", "x"}, "10"},
		{"renaming without parent", "FolderUpdate", key, []string{"ServerId", harbour, "DisplayName", "x"}, "10"},
		{"renaming without name", "FolderUpdate", key, []string{"ServerId", harbour, "ParentId", "0"}, "10"},
		{"moving into itself", "FolderUpdate", key, []string{"ServerId", harbour, "ParentId", harbour, "DisplayName", "x"}, "10"},
		{"removal with a bad key", "FolderDelete", "k1", []string{"ServerId", harbour}, "9"},
		{"renaming with a bad key", "FolderUpdate", "k1", []string{"ServerId", harbour, "ParentId", "0", "DisplayName", "x"}, "9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := r.folderCall(t, test.cmd, test.key, test.args...)
			if folderStatus(n) != test.want || n.at("FolderHierarchy:SyncKey") != nil {
				t.Errorf("%+v, want status %s", n, test.want)
			}
		})
	}
}

// TestFolderNames creates folders of any name and looks what becomes of it: the device is told when it is not
// what it asked for, and Ping and the next FolderSync agree about that.
func TestFolderNames(t *testing.T) {
	tests := []struct{ asked, stored string }{
		{"Übung", "Übung"}, {"書類", "書類"}, {"مجلد", "مجلد"}, {"e\u0301tude", "étude"}, {" padded ", "padded"},
		{"in/out", "in\u2215out"}, {strings.Repeat("y", 255), strings.Repeat("y", 255)}, {"Other Users", "Other Users"},
	}
	for _, test := range tests {
		t.Run(test.asked[:min(len(test.asked), 12)], func(t *testing.T) {
			r := newRig(t)
			key := folderKey(r.folderCall(t, "FolderSync", "0"))
			made := r.folderCall(t, "FolderCreate", key, "ParentId", "0", "DisplayName", test.asked, "Type", "1")
			if folderStatus(made) != "1" {
				t.Fatalf("%+v", made)
			}
			told := r.folderCall(t, "FolderSync", folderKey(made)).at("FolderHierarchy:Changes")
			name := told.get("FolderHierarchy:Update", "FolderHierarchy:DisplayName")
			if want := test.stored; test.asked == want && len(told.kids) != 1 || test.asked != want && name != want {
				t.Errorf("told %+v", told)
			}
			for _, f := range r.folderCall(t, "FolderSync", "0").at("FolderHierarchy:Changes").all("FolderHierarchy:Add") {
				if f.get("FolderHierarchy:ServerId") == made.get("FolderHierarchy:ServerId") && f.get("FolderHierarchy:DisplayName") != test.stored {
					t.Errorf("stored as %q", f.get("FolderHierarchy:DisplayName"))
				}
			}
		})
	}
}

// TestFolderCase renames a folder to the same name in another case.
func TestFolderCase(t *testing.T) {
	r := newRig(t)
	made := r.folderCall(t, "FolderCreate", folderKey(r.folderCall(t, "FolderSync", "0")), "ParentId", "0", "DisplayName", "boats", "Type", "12")
	n := r.folderCall(t, "FolderUpdate", folderKey(made), "ServerId", made.get("FolderHierarchy:ServerId"), "ParentId", "0", "DisplayName", "Boats")
	if folderStatus(n) != "1" {
		t.Errorf("%+v", n)
	}
}

// TestFolderGivenUp: a device that never heard of the folder that it made is told of it.
func TestFolderGivenUp(t *testing.T) {
	r := newRig(t)
	key := folderKey(r.folderCall(t, "FolderSync", "0"))
	made := r.folderCall(t, "FolderCreate", key, "ParentId", "0", "DisplayName", "boats", "Type", "12")
	add := r.folderCall(t, "FolderSync", key).at("FolderHierarchy:Changes", "FolderHierarchy:Add")
	if add.get("FolderHierarchy:ServerId") != made.get("FolderHierarchy:ServerId") {
		t.Errorf("told %+v", add)
	}
}

// TestFolderMalformed: a request without a key is the command's own 10, from 14.0 on 103.
func TestFolderMalformed(t *testing.T) {
	r := newRig(t)
	for _, cmd := range []string{"FolderSync", "FolderCreate", "FolderDelete", "FolderUpdate"} {
		for _, version := range AllVersions {
			want := "103"
			if version < V140 {
				want = "10"
			}
			for _, body := range []string{lines("FolderHierarchy:" + cmd), lines("FolderHierarchy:"+cmd, ">FolderHierarchy:SyncKey")} {
				if a := r.do(call{cmd: cmd, version: version, body: body}); a.value("FolderHierarchy:Status") != want || a.has("FolderHierarchy:SyncKey") {
					t.Errorf("%s, %v: %d %s", cmd, version, a.code, a.dump)
				}
			}
		}
	}
}

// TestTooManyFolders: there is an end to what a device may create.
func TestTooManyFolders(t *testing.T) {
	once(t)
	r := newRig(t)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		for i := range maxFolders {
			if _, err := tx.CreateCollection(store.Collection{Name: strconv.Itoa(i), Class: store.Mail}); err != nil {
				return err
			}
		}
		return nil
	}))
	for version, want := range map[Version]string{V25: "12", V121: "12", V140: "151", V161: "151"} {
		c := call{cmd: "FolderSync", version: version, device: version.String(), body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
		key := r.do(c).value("FolderHierarchy:SyncKey")
		c.cmd, c.body = "FolderCreate", lines("FolderHierarchy:FolderCreate", ">FolderHierarchy:SyncKey "+strconv.Quote(key),
			`>FolderHierarchy:ParentId "0"`, `>FolderHierarchy:DisplayName "one more"`, `>FolderHierarchy:Type "12"`)
		if a := r.do(c); a.value("FolderHierarchy:Status") != want {
			t.Errorf("%v: %s", version, a.dump)
		}
	}
}

// TestGetHierarchy lists the mail folders in the old way.
func TestGetHierarchy(t *testing.T) {
	r := newRig(t)
	n := parseDump(t, r.do(call{cmd: "GetHierarchy", version: V121}).dump)
	if n.name != "FolderHierarchy:Folders" || len(n.all("FolderHierarchy:Folder")) != 7 {
		t.Errorf("%+v", n)
	}
}
