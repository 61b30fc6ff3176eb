package activesync

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestNoteStory writes a note on one device, with a colour and formatted text, and reads it on another.
func TestNoteStory(t *testing.T) {
	for _, version := range []Version{V140, V141, V160, V161} {
		r := newRig(t)
		o := r.objects(store.MainNotes)
		a := o.told("phone1", version, addLines("n1", `Notes:Subject "Shopping"`, `Notes:MessageClass "IPM.StickyNote"`,
			"Notes:Categories", `>Notes:Category "Blue"`, "AirSyncBase:Body", `>AirSyncBase:Type "2"`, `>AirSyncBase:Data "<p>Milk<br>Grüße</p>"`)...)
		added, status := a.one(t)
		id := added.get("AirSync:ServerId")
		if status != "1" {
			t.Fatalf("added:\n%s", a.dump)
		}
		b := o.told("phone2", version).commands("Add")
		if len(b) != 1 {
			t.Fatalf("%d notes", len(b))
		}
		data := b[0].at("AirSync:ApplicationData")
		if data.get("Notes:Subject") != "Shopping" || data.at("Notes:Categories").get("Notes:Category") != "Blue" ||
			data.get("Notes:MessageClass") != "IPM.StickyNote" || data.get("Notes:LastModifiedDate") != "20260822T101500Z" {
			t.Errorf("at %s: %+v", version, data)
		}
		if body := data.at("AirSyncBase:Body"); body.get("AirSyncBase:Type") != "1" || body.get("AirSyncBase:Data") != "Milk\r\nGrüße" {
			t.Errorf("text of a device that wants plain text: %+v", body)
		}
		rich := o.prime(t, call{version: version, device: "phone3"}, o.folder, "AirSync:Options", ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "2"`)
		o.keys["phone3"] = rich
		if body := o.told("phone3", version).commands("Add")[0].at("AirSync:ApplicationData", "AirSyncBase:Body"); !strings.Contains(body.get("AirSyncBase:Data"), "<br>") {
			t.Errorf("text of one that wants HTML: %+v", body)
		}
		o.told("phone1", version, changeLines(id, `Notes:Subject "Shopping list"`, "Notes:Categories")...)
		changed := o.told("phone2", version).commands("Change")
		if len(changed) != 1 || changed[0].get("AirSync:ApplicationData", "Notes:Subject") != "Shopping list" ||
			changed[0].at("AirSync:ApplicationData", "Notes:Categories") != nil ||
			changed[0].get("AirSync:ApplicationData", "AirSyncBase:Body", "AirSyncBase:Data") != "Milk\r\nGrüße" {
			t.Errorf("changed: %+v", changed)
		}
		if _, status := o.told("phone1", version, changeLines(id, `Notes:MessageClass "IPM.Note"`)...).one(t); status != "6" {
			t.Errorf("another MessageClass: status %s", status)
		}
		o.told("phone2", version, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
		if len(o.stored()) != 0 {
			t.Error("the note is still there")
		}
	}
}

// TestFoldersOfLaterVersions shows a device the notes folder once it speaks a version that has notes.
func TestFoldersOfLaterVersions(t *testing.T) {
	r := newRig(t)
	ask := func(v Version, key string) reply {
		return r.do(call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(key))})
	}
	old := ask(V121, "0")
	if strings.Contains(old.dump, `"Notes"`) {
		t.Errorf("12.1 has notes:\n%s", old.dump)
	}
	key := old.value("FolderHierarchy:SyncKey")
	if a := ask(V121, key); a.value("FolderHierarchy:Status") != "1" {
		t.Errorf("the same version:\n%s", a.dump)
	}
	if a := ask(V141, key); a.value("FolderHierarchy:Status") != "9" {
		t.Errorf("a later version:\n%s", a.dump)
	}
	fresh := ask(V141, "0")
	if !strings.Contains(fresh.dump, `"Notes"`) || ask(V121, fresh.value("FolderHierarchy:SyncKey")).value("FolderHierarchy:Status") != "1" {
		t.Errorf("begun anew:\n%s", fresh.dump)
	}
}
