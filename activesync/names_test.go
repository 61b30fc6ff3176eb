package activesync

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestNames writes a draft anew again and again: its UID rises, for IMAP programs keep what they have under
// one, and the device goes on calling it by the id that it was given.
func TestNames(t *testing.T) {
	d := newDraftRig(t)
	r, _ := d.told("phone1", addLines("n1", `Email:Subject "0"`)...).one(t)
	id := r.get("AirSync:ServerId")
	var last store.UID
	for i := range 3 {
		if a := d.told("phone1", changeLines(id, fmt.Sprintf(`Email:Subject "%d"`, i+1))...); len(a.commands("Add"))+len(a.commands("Change"))+len(a.commands("Delete")) != 0 {
			t.Errorf("its own change:\n%s", a.dump)
		}
		if now := d.records(store.Drafts); len(now) != 1 || now[0].UID <= last {
			t.Fatalf("after %d changes: %+v; UID %d before", i+1, now, last)
		} else {
			last = now[0].UID
		}
	}
	fetch := lines("ItemOperations:ItemOperations", ">ItemOperations:Fetch", `>>ItemOperations:Store "Mailbox"`,
		">>AirSync:CollectionId "+strconv.Quote(d.folder), ">>AirSync:ServerId "+strconv.Quote(id))
	if a := d.do(call{cmd: "ItemOperations", version: V161, body: fetch}); a.value("Email:Subject") != "3" {
		t.Errorf("fetched:\n%s", a.dump)
	}
	_, err := d.device("phone2")
	if err == nil {
		t.Fatal("phone2 is known already")
	}
	if a := d.do(call{cmd: "ItemOperations", version: V161, device: "phone2", body: fetch}); a.value("Email:Subject") != "" {
		t.Errorf("another device fetches by the old id:\n%s", a.dump)
	}
	moved := d.do(call{cmd: "MoveItems", version: V161, body: moveDoc([3]string{id, d.folder, collectionID(d.rig.folder(store.Trash).ID)})})
	again := d.do(call{cmd: "MoveItems", version: V161, body: moveDoc([3]string{id, d.folder, collectionID(d.rig.folder(store.Trash).ID)})})
	if moved.value("Move:Status") != "3" || again.value("Move:DstMsgId") != moved.value("Move:DstMsgId") || len(d.records(store.Drafts)) != 0 {
		t.Errorf("moved:\n%s%s", moved.dump, again.dump)
	}
	if a := d.told("phone1"); len(a.body) != 0 {
		t.Errorf("told of its own move:\n%s", a.dump)
	}
}

// TestManyNames writes more drafts anew than names are remembered for: the device is told of the further ones.
// Names of drafts that are gone make room.
func TestManyNames(t *testing.T) {
	once(t)
	d := newDraftRig(t)
	var ids []string
	for i := range maxNames + 5 {
		r, _ := d.told("phone1", addLines(fmt.Sprint("n", i), `Email:Subject "0"`)...).one(t)
		ids = append(ids, r.get("AirSync:ServerId"))
	}
	told := 0
	for _, id := range ids {
		a := d.told("phone1", changeLines(id, `Email:Subject "1"`)...)
		if n := len(a.commands("Add")); n != len(a.commands("Delete")) {
			t.Fatalf("told half:\n%s", a.dump)
		} else {
			told += n
		}
	}
	if told != 5 {
		t.Errorf("%d drafts have changed their ids, want 5", told)
	}
	for _, id := range ids[:10] {
		d.told("phone1", ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
	}
	d.told("phone1", changeLines(ids[10], `Email:Subject "2"`)...) // finds out which are gone
	d.told("phone1", changeLines(ids[11], `Email:Subject "2"`)...)
	r, _ := d.told("phone1", addLines("last", `Email:Subject "0"`)...).one(t)
	if a := d.told("phone1", changeLines(r.get("AirSync:ServerId"), `Email:Subject "1"`)...); len(a.commands("Add")) != 0 {
		t.Errorf("no room for another name:\n%s", a.dump)
	}
}
