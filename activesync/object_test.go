package activesync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// plainNotes is the simplest class of objects: a subject, a blank, a day of the month that gives its place in the
// order, and a key. A subject "odd" cannot be shown, one "wrong" is refused.
type plainNotes struct{}

type plainNote struct{ subject string }

func (n plainNote) Write(e *wbxml.Encoder, _ uint8) { e.Elem(wbxml.NotesSubject, n.subject) }

func (plainNotes) show(raw []byte, f objectForm) (objectData, error) {
	subject, _, _ := strings.Cut(string(raw), "|")
	if subject == "odd" {
		return nil, errors.New("odd")
	}
	return plainNote{subject}, nil
}

func (plainNotes) blank(objectForm) objectData { return plainNote{"blank"} }

func (plainNotes) change(old []byte, c objectCommand) (objectChange, error) {
	if c.Op == wire.SyncDelete && c.Instance == "" {
		return objectChange{}, nil
	}
	fields := []string{"", "1", c.ClientID}
	if old != nil {
		fields = strings.Split(string(old), "|")
	}
	if p := wire.Find(c.Properties, wbxml.NotesSubject); p != nil {
		fields[0] = p.Text
	}
	if p := wire.Find(c.Properties, wbxml.NotesLastModifiedDate); p != nil {
		fields[1] = p.Text
	}
	if p := wire.Find(c.Properties, wbxml.NotesMessageClass); p != nil {
		fields[2] = p.Text
	}
	if fields[0] == "wrong" {
		return objectChange{}, fail(syncConversion, errors.New("wrong"))
	}
	return objectChange{raw: []byte(strings.Join(fields, "|")), answer: plainNote{"answer"}}, nil
}

func (plainNotes) ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	w, err := st.NewBlob(ctx)
	if err != nil {
		return store.NewItem{}, err
	}
	defer w.Abort()
	if _, err := w.Write(raw); err != nil {
		return store.NewItem{}, err
	}
	b, err := w.Finish()
	fields := strings.Split(string(raw), "|")
	day, _ := strconv.Atoi(fields[1])
	return store.NewItem{Blob: b, Key: fields[2], Received: time.Date(2026, 8, day, 0, 0, 0, 0, time.UTC)}, err
}

// An objectRig is a rig whose devices have notes of the simplest kind.
type objectRig struct {
	*rig
	folder string
	user   string // whose devices look at it; empty: rita's
	role   store.Role
	keys   map[string]string
}

func newObjectRig(t *testing.T) *objectRig {
	before, shown := objectClasses[store.Notes], folderClasses[store.Notes]
	objectClasses[store.Notes], folderClasses[store.Notes] = plainNotes{}, classNotes
	t.Cleanup(func() { objectClasses[store.Notes], folderClasses[store.Notes] = before, shown })
	r := newRig(t)
	return r.objects(store.MainNotes)
}

// objects is the rig with devices that look at one of its folders.
func (r *rig) objects(role store.Role) *objectRig {
	return &objectRig{rig: r, folder: collectionID(r.folder(role).ID), role: role, keys: map[string]string{}}
}

// ask sends commands and takes no notice of the answer; told does.
func (o *objectRig) ask(device string, version Version, commands ...string) syncReply {
	o.t.Helper()
	c := call{version: version, device: device, user: o.user}
	if o.keys[device] == "" {
		o.keys[device] = o.prime(o.t, c, o.folder)
	}
	var inside []string
	if len(commands) > 0 {
		inside = append([]string{"AirSync:Commands"}, commands...)
	}
	c.body = syncOne(o.folder, o.keys[device], inside)
	return o.sync(o.t, c)
}

func (o *objectRig) told(device string, version Version, commands ...string) syncReply {
	o.t.Helper()
	a := o.ask(device, version, commands...)
	if len(a.body) > 0 {
		o.keys[device] = a.key()
	}
	return a
}

// stored lists the objects in the store.
func (o *objectRig) stored() (list []string) {
	for _, rec := range o.records(o.role) {
		list = append(list, o.bytes(rec.Item.Blob))
	}
	slices.Sort(list)
	return list
}

func (a syncReply) subjects(op string) (list []string) {
	for _, c := range a.commands(op) {
		list = append(list, c.get("AirSync:ServerId")+" "+c.get("AirSync:ApplicationData", "Notes:Subject"))
	}
	return list
}

func TestObjectStory(t *testing.T) {
	once(t)
	for _, version := range []Version{V141, V161} {
		o := newObjectRig(t)
		a := o.ask("phone1", version, addLines("n1", `Notes:Subject "one"`)...)
		r, status := a.one(t)
		id := r.get("AirSync:ServerId")
		if status != "1" || id == "" {
			t.Fatalf("added:\n%s", a.dump)
		}
		if again := o.ask("phone1", version, addLines("n1", `Notes:Subject "one"`)...); again.dump != a.dump {
			t.Errorf("repeated:\n%s\nnot\n%s", again.dump, a.dump)
		}
		o.told("phone1", version, addLines("n1", `Notes:Subject "one more"`)...) // the person has gone on meanwhile
		if got := o.stored(); fmt.Sprint(got) != "[one more|1|n1]" {
			t.Errorf("stored %q", got)
		}
		if b := o.told("phone2", version); fmt.Sprint(b.subjects("Add")) != "["+id+" one more]" {
			t.Errorf("another device:\n%s", b.dump)
		}
		c := o.told("phone2", version, changeLines(id, `Notes:Subject "two"`)...)
		if len(c.commands("Change"))+len(c.commands("Add")) != 0 {
			t.Errorf("its own change:\n%s", c.dump)
		}
		if answered := c.c.at("AirSync:Responses", "AirSync:Change") != nil; answered != (version >= V160) {
			t.Errorf("answer of a change at %s:\n%s", version, c.dump)
		}
		if d := o.told("phone1", version); fmt.Sprint(d.subjects("Change")) != "["+id+" two]" {
			t.Errorf("the other's change:\n%s", d.dump)
		}
		if _, status := o.told("phone1", version, changeLines(id, `Notes:Subject "wrong"`)...).one(t); status != "6" {
			t.Errorf("refused with %s", status)
		}
		fetch := lines("ItemOperations:ItemOperations", ">ItemOperations:Fetch", `>>ItemOperations:Store "Mailbox"`,
			">>AirSync:CollectionId "+strconv.Quote(o.folder), ">>AirSync:ServerId "+strconv.Quote(id))
		if f := o.do(call{cmd: "ItemOperations", version: version, body: fetch}); f.value("Notes:Subject") != "two" || f.value("AirSync:Class") != "Notes" {
			t.Errorf("fetched:\n%s", f.dump)
		}
		o.told("phone1", version, changeLines(id, `Notes:Subject "odd"`)...)
		if d := o.told("phone2", version); fmt.Sprint(d.subjects("Change")) != "["+id+" blank]" {
			t.Errorf("what cannot be shown:\n%s", d.dump)
		}
		o.told("phone2", version, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
		if d := o.told("phone1", version); len(d.commands("Delete")) != 1 || len(o.stored()) != 0 {
			t.Errorf("removed:\n%s", d.dump)
		}
		if _, status := o.told("phone1", version, changeLines(id, `Notes:Subject "late"`)...).one(t); status != "8" {
			t.Errorf("a change of what is gone: %s", status)
		}
	}
}

// TestObjectMovesInOrder changes what gives an object its place: its entry is another then, and yet every device goes
// on under the id that it knows.
func TestObjectMovesInOrder(t *testing.T) {
	o := newObjectRig(t)
	r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	o.told("phone2", V141)
	o.told("phone1", V141, changeLines(id, `Notes:LastModifiedDate "9"`)...)
	estimate := o.do(call{cmd: "GetItemEstimate", device: "phone2", body: lines("GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections",
		">>GetItemEstimate:Collection", ">>>AirSync:SyncKey "+strconv.Quote(o.keys["phone2"]), ">>>GetItemEstimate:CollectionId "+strconv.Quote(o.folder))})
	if estimate.value("GetItemEstimate:Estimate") != "1" {
		t.Errorf("estimate:\n%s", estimate.dump)
	}
	a := o.ask("phone2", V141)
	if fmt.Sprint(a.subjects("Change")) != "["+id+" one]" || len(a.commands("Add"))+len(a.commands("Delete")) != 0 {
		t.Errorf("moved by another:\n%s", a.dump)
	}
	if again := o.told("phone2", V141); again.dump != a.dump {
		t.Errorf("repeated:\n%s\nnot\n%s", again.dump, a.dump)
	}
	if b := o.told("phone2", V141); len(b.body) != 0 {
		t.Errorf("told once more:\n%s", b.dump)
	}
	o.told("phone2", V141, changeLines(id, `Notes:Subject "two"`, `Notes:LastModifiedDate "3"`)...)
	if b := o.told("phone1", V141); fmt.Sprint(b.subjects("Change")) != "["+id+" two]" {
		t.Errorf("back again:\n%s", b.dump)
	}
	if b := o.told("phone3", V141); len(b.subjects("Add")) != 1 || strings.HasPrefix(b.subjects("Add")[0], id+" ") {
		t.Errorf("a device that comes later:\n%s", b.dump)
	}
	o.told("phone1", V141, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
	if b := o.told("phone2", V141); len(b.commands("Delete")) != 1 || b.commands("Delete")[0].get("AirSync:ServerId") != id {
		t.Errorf("removed:\n%s", b.dump)
	}
	if len(o.stored()) != 0 {
		t.Error("it is still there")
	}
}

// TestObjectConflict lets two devices change one object: the server's version stays and is told, unless the device
// wins.
func TestObjectConflict(t *testing.T) {
	for _, wins := range []string{"0", "1"} {
		o := newObjectRig(t)
		r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...).one(t)
		id := r.get("AirSync:ServerId")
		o.keys["phone2"] = o.prime(t, call{device: "phone2"}, o.folder, "AirSync:Options", fmt.Sprintf(">AirSync:Conflict %q", wins))
		o.told("phone2", V141)
		o.told("phone1", V141, changeLines(id, `Notes:Subject "two"`)...)
		a := o.told("phone2", V141, changeLines(id, `Notes:Subject "three"`)...)
		want := "[three|1|n1]"
		if wins == "1" {
			want = "[two|1|n1]"
			if _, status := a.one(t); status != "7" || fmt.Sprint(a.subjects("Change")) != "["+id+" two]" {
				t.Errorf("server wins:\n%s", a.dump)
			}
		} else if fmt.Sprint(a.subjects("Change")) != "["+id+" three]" {
			t.Errorf("device wins, and is told what it has changed:\n%s", a.dump)
		}
		if got := o.stored(); fmt.Sprint(got) != want {
			t.Errorf("Conflict %s: %q, want %s", wins, got, want)
		}
	}
}

// TestObjectKnown adds an object that is there already: it is that one.
func TestObjectKnown(t *testing.T) {
	o := newObjectRig(t)
	r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`, `Notes:MessageClass "same"`)...).one(t)
	id := r.get("AirSync:ServerId")
	o.told("phone2", V141)
	r, status := o.told("phone2", V141, addLines("n9", `Notes:Subject "two"`, `Notes:MessageClass "same"`)...).one(t)
	if status != "1" || r.get("AirSync:ServerId") != id {
		t.Errorf("status %s, id %s, want %s", status, r.get("AirSync:ServerId"), id)
	}
	if a := o.told("phone1", V141); fmt.Sprint(a.subjects("Change")) != "["+id+" two]" || len(o.stored()) != 1 {
		t.Errorf("the first device:\n%s", a.dump)
	}
	other := slices.Concat(addLines("n3", `Notes:Subject "three"`), changeLines(id, `Notes:Subject "four"`), changeLines(id, `Notes:Subject "five"`))
	if a := o.told("phone1", V141, other...); len(a.body) == 0 || fmt.Sprint(o.stored()) != "[five|1|same three|1|n3]" {
		t.Errorf("%q\n%s", o.stored(), a.dump)
	}
}

// TestObjectFilter: notes have no filter, however old they are.
func TestObjectFilter(t *testing.T) {
	o := newObjectRig(t)
	o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...)
	o.clock = o.clock.AddDate(1, 0, 0)
	if a := o.told("phone2", V141); len(a.commands("Add")) != 1 {
		t.Errorf("notes have no filter:\n%s", a.dump)
	}
}
