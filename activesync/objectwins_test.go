package activesync

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestObjectWins lets a device win over what somebody else has made of an object: it changes that, and is told all of
// it, for it says a part and does not know the rest.
func TestObjectWins(t *testing.T) {
	o := newTaskRig(t, "UTC")
	r, _ := o.told("phone1", V141, addLines("n1", `Tasks:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	o.keys["phone2"] = o.prime(t, call{device: "phone2"}, o.folder, "AirSync:Options", `>AirSync:Conflict "0"`)
	o.told("phone2", V141)
	o.told("phone1", V141, changeLines(id, `Tasks:Importance "2"`)...)
	a := o.told("phone2", V141, changeLines(id, `Tasks:Subject "two"`)...)
	changes := a.commands("Change")
	if len(changes) != 1 || changes[0].get("AirSync:ApplicationData", "Tasks:Importance") != "2" || changes[0].get("AirSync:ApplicationData", "Tasks:Subject") != "two" {
		t.Errorf("what it does not know is not told:\n%s", a.dump)
	}
	if b := o.told("phone2", V141); len(b.body) != 0 {
		t.Errorf("told once more:\n%s", b.dump)
	}
}

// TestObjectChangeOfRewritten changes an object that somebody else has given another place in its collection, and thereby
// another entry, of which the device has not heard: that is a conflict like every other.
func TestObjectChangeOfRewritten(t *testing.T) {
	for _, wins := range []string{"0", "1"} {
		o := newObjectRig(t)
		r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...).one(t)
		id := r.get("AirSync:ServerId")
		o.keys["phone2"] = o.prime(t, call{device: "phone2"}, o.folder, "AirSync:Options", fmt.Sprintf(">AirSync:Conflict %q", wins))
		o.told("phone2", V141)
		o.told("phone1", V141, changeLines(id, `Notes:Subject "two"`, `Notes:LastModifiedDate "9"`)...)
		a := o.told("phone2", V141, changeLines(id, `Notes:Subject "three"`)...)
		status, stored := "", "three"
		if wins == "1" {
			status, stored = "7", "two"
		}
		if got := a.c.get("AirSync:Responses", "AirSync:Change", "AirSync:Status"); got != status {
			t.Errorf("Conflict %s: status %q, want %q\n%s", wins, got, status, a.dump)
		}
		if fmt.Sprint(a.subjects("Change")) != "["+id+" "+stored+"]" || fmt.Sprint(o.stored()) != "["+stored+"|9|n1]" {
			t.Errorf("Conflict %s: %q\n%s", wins, o.stored(), a.dump)
		}
	}
}

// TestObjectAdoptedInItsTurn changes an object with another entry that the device goes on with but has not been told yet,
// because its windows are small: it is somebody else's all the same.
func TestObjectAdoptedInItsTurn(t *testing.T) {
	o := newObjectRig(t)
	r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	o.told("phone2", V141)
	for i := range 3 {
		o.told("phone1", V141, addLines(fmt.Sprint("m", i), `Notes:Subject "more"`)...)
	}
	o.told("phone1", V141, changeLines(id, `Notes:Subject "two"`, `Notes:LastModifiedDate "9"`)...)
	a := o.sync(t, call{device: "phone2", body: syncOne(o.folder, o.keys["phone2"], []string{`AirSync:WindowSize "1"`})})
	if len(a.commands("Add")) != 1 || len(a.commands("Change")) != 0 {
		t.Fatalf("the first of several:\n%s", a.dump)
	}
	o.keys["phone2"] = a.key()
	b := o.told("phone2", V141, changeLines(id, `Notes:Subject "three"`)...)
	if got := b.c.get("AirSync:Responses", "AirSync:Change", "AirSync:Status"); got != "7" || fmt.Sprint(b.subjects("Change")) != "["+id+" two]" {
		t.Errorf("status %q, %q\n%s", got, o.stored(), b.dump)
	}
}

// TestObjectLateAnswer lets a request come once more after its answer, which took a task away for the filter, was heard:
// the task has another entry meanwhile, which this device must not be told of as a change of what it no longer has.
func TestObjectLateAnswer(t *testing.T) {
	o := newTaskRig(t, "UTC")
	r, _ := o.told("phone1", V141, addLines("n1", `Tasks:Subject "one"`, `Tasks:Complete "1"`, `Tasks:DateCompleted "2026-08-01T00:00:00.000Z"`)...).one(t)
	id := r.get("AirSync:ServerId")
	o.told("phone2", V141)
	narrow := call{device: "phone2", body: syncOne(o.folder, o.keys["phone2"], []string{"AirSync:Options", `>AirSync:FilterType "8"`})}
	a := o.sync(t, narrow)
	if len(a.commands("SoftDelete")) != 1 {
		t.Fatalf("what the filter takes away:\n%s", a.dump)
	}
	o.keys["phone2"] = a.key()
	o.told("phone1", V141, changeLines(id, `Tasks:Subject "two"`, `Tasks:Complete "0"`)...)
	o.sync(t, narrow) // comes again, late
	if b := o.told("phone2", V141); len(b.commands("Add")) != 1 || len(b.commands("Change")) != 0 {
		t.Errorf("what is to be done again:\n%s", b.dump)
	}
}

// TestEventAddAgain repeats an Add whose answer was lost: the answer names the event as before.
func TestEventAddAgain(t *testing.T) {
	o := newEventRig(t)
	event := addLines("n1", `Calendar:ClientUid "a-name-of-the-device"`, `Calendar:StartTime "20260901T140000Z"`, `Calendar:EndTime "20260901T150000Z"`, `Calendar:Subject "Review"`)
	a := o.ask("phone1", V161, event...)
	if again := o.ask("phone1", V161, event...); again.dump != a.dump || a.c.get("AirSync:Responses", "AirSync:Add", "AirSync:ApplicationData", "Calendar:UID") == "" {
		t.Errorf("repeated:\n%s\nnot\n%s", again.dump, a.dump)
	}
}

// TestEventMovedEnd moves a series, whose end moves along: the device, which said the end of before, hears of that.
func TestEventMovedEnd(t *testing.T) {
	o := newEventRig(t)
	series := []string{"Calendar:Recurrence", `>Calendar:Type "1"`, `>Calendar:Interval "1"`, `>Calendar:Until "20260915T140000Z"`, `>Calendar:DayOfWeek "4"`}
	r, _ := o.told("phone1", V141, addLines("n1", append([]string{`Calendar:UID "u1"`, `Calendar:StartTime "20260901T140000Z"`,
		`Calendar:EndTime "20260901T150000Z"`, `Calendar:Subject "Review"`}, series...)...)...).one(t)
	a := o.told("phone1", V141, changeLines(r.get("AirSync:ServerId"), append([]string{`Calendar:StartTime "20260901T160000Z"`,
		`Calendar:EndTime "20260901T170000Z"`, `Calendar:Subject "Review"`}, series...)...)...)
	changes := a.commands("Change")
	if len(changes) != 1 || changes[0].at("AirSync:ApplicationData", "Calendar:Recurrence").get("Calendar:Until") != "20260915T160000Z" {
		t.Errorf("not told:\n%s", a.dump)
	}
}

// TestObjectBroughtBack lets a device bring back what somebody else has moved away, before it is told that it has gone: it
// has it by the id that it was given for it, and not by the one of before as well.
func TestObjectBroughtBack(t *testing.T) {
	o := newObjectRig(t)
	r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	var other store.Collection
	var there store.Record
	main := o.records(store.MainNotes)[0]
	must(t, o.st.Update(t.Context(), o.rita.ID, func(tx store.Tx) (err error) {
		if other, err = tx.CreateCollection(store.Collection{Name: "Other", Class: store.Notes}); err == nil {
			there, err = tx.Move(main.Collection, main.UID, other.ID)
		}
		return err
	}))
	from := collectionID(other.ID)
	a := o.do(call{cmd: "MoveItems", device: "phone1", version: V141, body: lines("Move:MoveItems", ">Move:Move",
		">>Move:SrcMsgId "+strconv.Quote(itemID(other.ID, there.UID)), ">>Move:SrcFldId "+strconv.Quote(from), ">>Move:DstFldId "+strconv.Quote(o.folder))})
	if a.value("Move:Status") != "3" {
		t.Fatalf("moved back:\n%s", a.dump)
	}
	b := o.told("phone1", V141)
	if gone := b.commands("Delete"); len(gone) != 1 || gone[0].get("AirSync:ServerId") != id {
		t.Errorf("what the id of before is told:\n%s", b.dump)
	}
}

// TestEventKnownMore adds an event that is there already, with more than the device says: the device hears of the rest.
func TestEventKnownMore(t *testing.T) {
	o := newEventRig(t)
	event := []string{`Calendar:UID "u1"`, `Calendar:StartTime "20260901T140000Z"`, `Calendar:EndTime "20260901T150000Z"`, `Calendar:Subject "Review"`}
	o.told("phone1", V141, addLines("n1", append(event, `Calendar:Location "Pier 3"`)...)...)
	o.told("phone2", V141)
	a := o.told("phone2", V141, addLines("n2", append(event, `Calendar:Reminder "15"`)...)...)
	changes := a.commands("Change")
	if len(changes) != 1 || changes[0].get("AirSync:ApplicationData", "Calendar:Location") != "Pier 3" {
		t.Errorf("not told:\n%s", a.dump)
	}
}

// TestObjectFetchRewritten fetches an object that somebody else has given another entry, before the device hears of it.
func TestObjectFetchRewritten(t *testing.T) {
	o := newObjectRig(t)
	r, _ := o.told("phone1", V141, addLines("n1", `Notes:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	o.told("phone2", V141)
	o.told("phone1", V141, changeLines(id, `Notes:Subject "two"`, `Notes:LastModifiedDate "9"`)...)
	a := o.told("phone2", V141, ">AirSync:Fetch", ">>AirSync:ServerId "+strconv.Quote(id))
	if got := a.c.at("AirSync:Responses", "AirSync:Fetch").get("AirSync:ApplicationData", "Notes:Subject"); got != "two" {
		t.Errorf("fetched %q\n%s", got, a.dump)
	}
}

// TestObjectAddLate lets an Add come once more, late, after the same has been added with other content and that was
// answered: what the object holds now is not what the device said last, and it is told.
func TestObjectAddLate(t *testing.T) {
	o := newObjectRig(t)
	o.ask("phone1", V141, addLines("n1", `Notes:Subject "one"`)...)
	a := o.ask("phone1", V141, addLines("n1", `Notes:Subject "two"`)...)
	o.ask("phone1", V141, addLines("n1", `Notes:Subject "one"`)...) // comes again
	o.keys["phone1"] = a.key()
	if b := o.told("phone1", V141); fmt.Sprint(o.stored()) != "[one|1|n1]" || len(b.subjects("Change")) != 1 || !strings.HasSuffix(b.subjects("Change")[0], " one") {
		t.Errorf("%q\n%s", o.stored(), b.dump)
	}
}

// TestObjectNamesSwept lets somebody else give many objects another place and remove them: the names by which a device knew
// them go, lest there be no room for further ones.
func TestObjectNamesSwept(t *testing.T) {
	o := newObjectRig(t)
	const rounds = 2 * sweepNames
	for i := range rounds {
		r, _ := o.told("phone1", V141, addLines(fmt.Sprint("n", i), `Notes:Subject "one"`)...).one(t)
		id := r.get("AirSync:ServerId")
		o.told("phone2", V141)
		o.told("phone1", V141, changeLines(id, `Notes:LastModifiedDate "9"`)...)
		o.told("phone2", V141)
		o.told("phone1", V141, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
		o.told("phone2", V141)
	}
	must(t, o.st.View(t.Context(), o.rita.ID, func(r store.Reader) error {
		st, _, err := readState(r, "phone2", o.rig.folder(o.role).ID)
		if err == nil && len(st.Names) > sweepNames+2 {
			t.Errorf("%d names of %d objects that are gone", len(st.Names), rounds)
		}
		return err
	}))
}
