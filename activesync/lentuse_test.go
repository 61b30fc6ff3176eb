package activesync

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// TestLentMeeting lets rita invite to a meeting in otto's calendar: he invites, and she has written it. MS-ASCAL leaves
// the sending to the server from 16.0 on.
func TestLentMeeting(t *testing.T) {
	once(t)
	l := newLentRig(t, store.MainCal, mayEdit)
	meeting := addLines("n1", zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`,
		`Calendar:Subject "Review"`, "Calendar:Attendees", ">Calendar:Attendee", `>>Calendar:Email "olga@example.org"`, `>>Calendar:Name "Olga"`)
	added, status := l.told("phone1", V161, meeting...).one(t)
	if status != "1" || !strings.Contains(l.lines(), "ORGANIZER;CN=Otto:mailto:otto@example.test") {
		t.Errorf("status %s\n%s", status, l.lines())
	}
	sent := l.queued()
	if len(sent) != 1 || sent[0].Account != l.otto.ID || sent[0].Sender != otto {
		t.Fatalf("queued: %+v", sent)
	}
	text := l.bytes(sent[0].Blob)
	for _, line := range []string{"From: \"Otto\" <otto@example.test>\r\n", "Sender: \"Rita\" <rita@example.test>\r\n", "method=REQUEST"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	if n := len(l.records(store.Sent)); n != 0 {
		t.Errorf("%d messages among what rita sent", n)
	}
	l.told("phone1", V161, deleteLines(added.get("AirSync:ServerId"))...)
	if sent := l.queued(); len(sent) != 2 || !strings.Contains(l.bytes(sent[1].Blob), "method=CANCEL") {
		t.Errorf("after the deletion: %+v", sent)
	}
	l.grant(mayLook)
	l.told("phone1", V161, slices.Concat([]string{meeting[0], `>>AirSync:ClientId "n2"`}, meeting[2:])...)
	if n := len(l.queued()); n != 2 {
		t.Errorf("%d messages though nothing may be written", n)
	}
}

// TestLentReminders: who looks at another account's event is not reminded of it, and takes no reminder away.
func TestLentReminders(t *testing.T) {
	once(t)
	const alarm = "\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT15M\nEND:VALARM"
	for _, version := range []Version{V25, V141, V161} {
		l := newLentRig(t, store.MainCal, mayEdit)
		rec := l.keep("u1", monday+alarm)
		if a := l.told("phone1", version); len(a.commands("Add")) != 1 || strings.Contains(a.dump, "Calendar:Reminder") {
			t.Errorf("%v: shown as\n%s", version, a.dump)
		}
		l.told("phone1", version, changeLines(itemID(rec.Collection, rec.UID), zoneLine(t, "Europe/Berlin", 2026), `Calendar:AllDayEvent "0"`, `Calendar:BusyStatus "2"`,
			`Calendar:DtStamp "20260822T101500Z"`, `Calendar:StartTime "20260907T080000Z"`, `Calendar:EndTime "20260907T090000Z"`, `Calendar:Subject "Ours"`)...)
		if got := l.lines(); !strings.Contains(got, "SUMMARY:Ours") || !strings.Contains(got, "TRIGGER:-PT15M") {
			t.Errorf("%v: changed to\n%s", version, got)
		}
	}
}

// TestFed refuses changes of what the server keeps, in an own folder too, and lets the device rename and delete a
// subscribed calendar.
func TestFed(t *testing.T) {
	r := newRig(t)
	var c store.Collection
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: "Holidays", Class: store.Calendar, Source: "https://example.test/days.ics"})
		return err
	}))
	item, err := eventClass{}.ingest(t.Context(), r.st, vevent("SUMMARY:Fair\nDTSTART;VALUE=DATE:20260905"))
	must(t, err)
	var rec store.Record
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) { rec, err = tx.Add(c.ID, item); return err }))
	key := r.primeFolders(t)
	o := &objectRig{rig: r, folder: collectionID(c.ID), keys: map[string]string{}}
	o.told("phone1", 0)
	a := o.told("phone1", 0, changeLines(itemID(c.ID, rec.UID), `Calendar:Subject "Unfair"`)...)
	if got := a.subjectsOf("Change"); !slices.Equal(got, []string{itemID(c.ID, rec.UID) + " Fair"}) {
		t.Errorf("changed: %q\n%s", got, a.dump)
	}
	if status, _ := r.moveCall(call{}, itemID(c.ID, rec.UID), collectionID(r.folder(store.MainCal).ID)); status != "1" {
		t.Errorf("moved out of it: %s", status)
	}
	n := r.folderCall(t, "FolderUpdate", key, "ServerId", o.folder, "ParentId", "0", "DisplayName", "Days off")
	if folderStatus(n) != "1" {
		t.Errorf("renamed: %s", folderStatus(n))
	}
	key = folderKey(n)
	if n := r.folderCall(t, "FolderDelete", key, "ServerId", o.folder); folderStatus(n) != "1" {
		t.Errorf("deleted: %s", folderStatus(n))
	}
}

// TestLentClasses refuses and takes changes of cards, tasks and notes.
func TestLentClasses(t *testing.T) {
	once(t)
	for role, said := range map[store.Role][]string{
		store.MainCards: {`Contacts:FirstName "Olga"`, `Contacts:FileAs "Olga"`},
		store.MainTasks: {`Tasks:Subject "Paint"`, `Tasks:Complete "0"`},
		store.MainNotes: {`Notes:Subject "Keys"`},
	} {
		l := newLentRig(t, role, mayLook)
		l.told("phone1", V141)
		a := l.told("phone1", V141, addLines("n1", said...)...)
		if id := a.c.get("AirSync:Responses", "AirSync:Add", "AirSync:ServerId"); !strings.HasPrefix(id, refusedPrefix) || a.commands("Delete")[0].get("AirSync:ServerId") != id {
			t.Errorf("%s: added where rita may read:\n%s", role, a.dump)
		}
		l.grant(mayEdit)
		if _, status := l.told("phone1", V141, addLines("n2", said...)...).one(t); status != "1" || l.lines() == "" {
			t.Errorf("%s: added where she may write: status %s\n%s", role, status, l.lines())
		}
	}
}

// TestLentOperations fetches from another account's folder, and empties none.
func TestLentOperations(t *testing.T) {
	l := newLentRig(t, store.MainCal, mayEdit)
	l.needs(V120)
	open, private := l.keep("u1", monday), l.keep("u2", monday+"\nCLASS:CONFIDENTIAL")
	fetch := func(rec store.Record) string {
		return l.do(call{cmd: "ItemOperations", body: lines("ItemOperations:ItemOperations", ">ItemOperations:Fetch", `>>ItemOperations:Store "Mailbox"`,
			">>AirSync:CollectionId "+strconv.Quote(l.folder), ">>AirSync:ServerId "+strconv.Quote(itemID(rec.Collection, rec.UID)))}).dump
	}
	if got := fetch(open); !strings.Contains(got, "Room 7") {
		t.Errorf("an event:\n%s", got)
	}
	if got := fetch(private); strings.Contains(got, "Room 7") || !strings.Contains(got, veiledEvent) {
		t.Errorf("a confidential event:\n%s", got)
	}
	if baseVersion >= V140 {
		a := l.do(call{cmd: "ItemOperations", body: lines("ItemOperations:ItemOperations", ">ItemOperations:EmptyFolderContents", ">>AirSync:CollectionId "+strconv.Quote(l.folder))})
		if !strings.Contains(a.dump, `ItemOperations:Status "16"`) || l.lines() == "" {
			t.Errorf("emptied:\n%s", a.dump)
		}
	}
}

// TestLentMove moves events between rita's calendar and otto's, once however often she asks.
func TestLentMove(t *testing.T) {
	once(t)
	for _, version := range []Version{V25, V141, V161} {
		l := newLentRig(t, store.MainCal, mayEdit)
		own := l.rig.objects(store.MainCal)
		open, private, mine := l.keep("u1", monday), l.keep("u2", monday+"\nCLASS:PRIVATE"), l.keepEvent(vevent(monday))
		must(t, l.st.Update(t.Context(), l.rita.ID, func(tx store.Tx) error { return tx.Remove(mine.Collection, mine.UID) }))
		l.told("phone1", version)
		own.told("phone1", version)
		c := call{version: version}
		move := func(rec store.Record, dst, want string) string {
			t.Helper()
			status, id := l.moveCall(c, itemID(rec.Collection, rec.UID), dst)
			if again, same := l.moveCall(c, itemID(rec.Collection, rec.UID), dst); status != want || again != status || same != id {
				t.Errorf("%v: status %s, %q, then %s, %q; want %s", version, status, id, again, same, want)
			}
			return id
		}
		id := move(open, own.folder, "3")
		if got := own.told("phone1", version).subjectsOf("Change"); !slices.Equal(got, []string{id + " Review"}) {
			t.Errorf("%v: rita's calendar has %q", version, got)
		}
		if a := l.told("phone1", version); len(a.commands("Delete")) != 0 || strings.Contains(l.lines(), "UID:u1\r") {
			t.Errorf("%v: still in otto's:\n%s", version, a.dump)
		}
		move(private, own.folder, "1")
		_, uid, _ := parseItemID(id)
		moved := store.Record{Entry: store.Entry{Collection: mine.Collection, UID: uid}}
		l.grant(mayLook)
		move(moved, l.folder, "2")
		l.grant(mayEdit)
		back := move(moved, l.folder, "3")
		if got := l.told("phone1", version).subjectsOf("Change"); !slices.Equal(got, []string{back + " Review"}) || len(own.events()) != 0 {
			t.Errorf("%v: back in otto's: %q, rita has %q", version, got, own.events())
		}
		if a := own.told("phone1", version); len(a.commands("Delete")) != 0 {
			t.Errorf("%v: told of her own move:\n%s", version, a.dump)
		}
	}
}

// TestLentFiles fetches what is attached to events of another account: what is seen of them, and only while it is lent.
func TestLentFiles(t *testing.T) {
	l := newLentRig(t, store.MainCal, mayLook)
	l.needs(V160)
	const attached = "\nATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain;FILENAME=plan.txt:aGFyYm91cg=="
	open, private := l.keep("u1", monday+attached), l.keep("u2", monday+attached+"\nCLASS:PRIVATE")
	elsewhere := l.ottos(store.MainTasks) // which is not lent
	var hidden store.Record
	item, err := eventClass{}.ingest(t.Context(), l.st, vevent(monday+attached))
	must(t, err)
	l.asOtto(func(tx store.Tx) (err error) {
		item.Class = store.Calendar
		hidden, err = tx.Add(elsewhere.ID, item)
		return err
	})
	o, _, err := calendar.ReadObject(l.bytes(open.Item.Blob))
	must(t, err)
	if len(o.Files()) != 1 {
		t.Fatalf("%d files", len(o.Files()))
	}
	fetch := func(rec store.Record) string {
		return l.do(call{cmd: "ItemOperations", body: lines("ItemOperations:ItemOperations", ">ItemOperations:Fetch", `>>ItemOperations:Store "Mailbox"`,
			">>AirSyncBase:FileReference "+strconv.Quote(fileReference(rec.Item.ID, o.Files()[0].ID())))}).dump
	}
	if got := fetch(open); !strings.Contains(got, "aGFyYm91cg==") {
		t.Errorf("a file:\n%s", got)
	}
	for what, rec := range map[string]store.Record{"a private event": private, "a folder that is not lent": hidden} {
		if got := fetch(rec); !strings.Contains(got, `ItemOperations:Status "15"`) {
			t.Errorf("a file of %s:\n%s", what, got)
		}
	}
	l.grant(maySeeIt)
	if got := fetch(open); !strings.Contains(got, `ItemOperations:Status "15"`) {
		t.Errorf("a file of an event of which only the times are seen:\n%s", got)
	}
	l.grant(0)
	if got := fetch(open); !strings.Contains(got, `ItemOperations:Status "15"`) {
		t.Errorf("a file of what is lent no longer:\n%s", got)
	}
}

// TestLentEstimate counts what is in another account's folder.
func TestLentEstimate(t *testing.T) {
	once(t)
	l := newLentRig(t, store.MainCal, mayLook)
	l.keep("u1", monday)
	key := l.prime(t, call{}, l.folder)
	a := l.do(call{cmd: "GetItemEstimate", body: lines("GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections", ">>GetItemEstimate:Collection",
		">>>AirSync:SyncKey "+strconv.Quote(key), ">>>GetItemEstimate:CollectionId "+strconv.Quote(l.folder))})
	if a.value("GetItemEstimate:Estimate") != "1" {
		t.Errorf("estimate:\n%s", a.dump)
	}
	l.grant(0)
	a = l.do(call{cmd: "GetItemEstimate", body: lines("GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections", ">>GetItemEstimate:Collection",
		">>>AirSync:SyncKey "+strconv.Quote(key), ">>>GetItemEstimate:CollectionId "+strconv.Quote(l.folder))})
	if a.value("GetItemEstimate:Status") != "2" {
		t.Errorf("estimate of what is lent no longer:\n%s", a.dump)
	}
}

// TestLentAddKnown: who may add and not change changes nothing by adding it again.
func TestLentAddKnown(t *testing.T) {
	l := newLentRig(t, store.MainCal, mayLook|needAdd)
	l.keep("u1", monday)
	l.told("phone1", 0)
	before := l.lines()
	again := append(addLines("n1", zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Mine"`),
		`>>>Calendar:UID "u1"`)
	a := l.told("phone1", V141, again...)
	if l.lines() != before || len(a.commands("Delete")) != 1 {
		t.Errorf("changed to\n%s\n%s", l.lines(), a.dump)
	}
	a = l.told("phone1", V141, slices.Concat(again[:len(again)-1], []string{`>>>Calendar:UID "u2"`}, addLines("n2", `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`))...)
	if !strings.Contains(l.lines(), "UID:u2") {
		t.Errorf("not added:\n%s", a.dump)
	}
}

// A lendingStore counts how often is asked what is lent.
type lendingStore struct {
	store.Store
	asked int
}

func (s *lendingStore) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	return s.Store.View(ctx, acct, func(r store.Reader) error { return fn(lendingReader{r, s}) })
}

type lendingReader struct {
	store.Reader
	s *lendingStore
}

func (r lendingReader) Shared() ([]store.Shared, error) {
	r.s.asked++
	return r.Reader.Shared()
}

// TestLentCost: to whom nothing is lent, a request costs one further query where the folders matter, and none elsewhere;
// to others one for each snapshot.
func TestLentCost(t *testing.T) {
	counted := &lendingStore{}
	r := newRig(t, func(o *Options) { counted.Store, o.Store = o.Store, counted })
	inbox := r.fill(3)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	cost := func(what string, want int, do func()) {
		t.Helper()
		counted.asked = 0
		if do(); counted.asked != want {
			t.Errorf("%s: asked %d times, want %d", what, counted.asked, want)
		}
	}
	folders := ""
	cost("FolderSync with key 0", 1, func() { folders = r.primeFolders(t) })
	cost("FolderSync", 1, func() { r.folderCall(t, "FolderSync", folders) })
	cost("Sync", 0, func() { r.sync(t, call{body: syncOne(inbox, key, nil)}) })
	r.deliver(store.Inbox, lunch)
	cost("Ping", 1, func() { r.ping(t, pingBody(60, inbox)) })
	ids := []string{}
	for _, role := range []store.Role{store.MainCal, store.MainCards, store.MainTasks} {
		must(t, r.st.Update(t.Context(), r.otto.ID, func(tx store.Tx) error {
			c, err := tx.CollectionByRole(role)
			must(t, err)
			ids = append(ids, collectionID(c.ID))
			return tx.PutGrant(store.Grant{Collection: c.ID, Grantee: r.rita.ID, Rights: mayLook})
		}))
	}
	r.primeFolders(t)
	cost("Ping of folders of others", 2, func() { r.ping(t, pingBody(60, append(ids, inbox)...)) })
}
