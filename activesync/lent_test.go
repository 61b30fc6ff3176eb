package activesync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// What may be granted of a calendar.
const (
	mayLook  = store.MayLookup | store.MayRead
	mayEdit  = mayLook | store.MayKeepSeen | needAny
	maySeeIt = store.MayLookup | store.MaySeeTimes
)

// A lentRig is a rig whose device looks at a folder that otto lends to rita.
type lentRig struct {
	*objectRig
	c store.Collection
}

func newLentRig(t *testing.T, role store.Role, rights store.Rights) *lentRig {
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	l := &lentRig{objectRig: &objectRig{rig: r, role: role, keys: map[string]string{}}}
	l.c = l.ottos(role)
	l.folder = collectionID(l.c.ID)
	l.grant(rights)
	return l
}

// ottos returns otto's folder with a role.
func (l *lentRig) ottos(role store.Role) (c store.Collection) {
	l.t.Helper()
	must(l.t, l.st.View(l.t.Context(), l.otto.ID, func(tx store.Reader) (err error) {
		c, err = tx.CollectionByRole(role)
		return err
	}))
	return c
}

// asOtto changes what is otto's.
func (l *lentRig) asOtto(fn func(store.Tx) error) {
	l.t.Helper()
	must(l.t, l.st.Update(l.t.Context(), l.otto.ID, fn))
}

// grant sets what rita may do.
func (l *lentRig) grant(rights store.Rights) {
	l.t.Helper()
	l.asOtto(func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: l.c.ID, Grantee: l.rita.ID, Rights: rights})
	})
}

// keep puts an event into otto's calendar.
func (l *lentRig) keep(uid, lines string) (rec store.Record) {
	l.t.Helper()
	raw := strings.Replace(string(vevent(lines)), "UID:u1", "UID:"+uid, 1)
	item, err := eventClass{}.ingest(l.t.Context(), l.st, []byte(raw))
	must(l.t, err)
	l.asOtto(func(tx store.Tx) (err error) { rec, err = tx.Add(l.c.ID, item); return err })
	return rec
}

// lines are the events in otto's calendar.
func (l *lentRig) lines() string {
	var all strings.Builder
	must(l.t, l.st.View(l.t.Context(), l.otto.ID, func(tx store.Reader) error {
		for rec, err := range tx.ByUID(l.c.ID, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			all.WriteString(l.bytes(rec.Item.Blob))
		}
		return nil
	}))
	return all.String()
}

// subjectsOf lists the events that an answer tells with a command, as "id subject".
func (a syncReply) subjectsOf(op string) (list []string) {
	for _, c := range a.commands(op) {
		list = append(list, strings.TrimSpace(c.get("AirSync:ServerId")+" "+c.get("AirSync:ApplicationData", "Calendar:Subject")))
	}
	return list
}

const monday = "SUMMARY:Review\nLOCATION:Room 7\nDESCRIPTION:Bring figures\nDTSTART;TZID=Europe/Berlin:20260907T100000\nDTEND;TZID=Europe/Berlin:20260907T110000"

func deleteLines(id string) []string {
	return []string{">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(id)}
}

// TestLentFolders follows what FolderSync tells of folders of others.
func TestLentFolders(t *testing.T) {
	l := newLentRig(t, store.MainCal, mayLook)
	key := ""
	next := func(want ...string) {
		t.Helper()
		asked := key
		if asked == "" {
			asked = "0"
		}
		n := l.folderCall(t, "FolderSync", asked)
		var got []string
		for _, f := range n.at("FolderHierarchy:Changes").all("FolderHierarchy:Add") {
			if strings.Contains(f.get("FolderHierarchy:DisplayName"), "(") || key != "" {
				got = append(got, "+"+f.get("FolderHierarchy:DisplayName")+" "+f.get("FolderHierarchy:Type"))
			}
		}
		for _, f := range n.at("FolderHierarchy:Changes").all("FolderHierarchy:Update") {
			got = append(got, "~"+f.get("FolderHierarchy:DisplayName"))
		}
		for _, f := range n.at("FolderHierarchy:Changes").all("FolderHierarchy:Delete") {
			got = append(got, "-"+f.get("FolderHierarchy:ServerId"))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
		if again := folderKey(l.folderCall(t, "FolderSync", asked)); again != folderKey(n) {
			t.Errorf("asked again with %s: %s, then %s", asked, folderKey(n), again)
		}
		key = folderKey(n)
	}
	next("+Calendar (Otto) 13")
	next()
	cards := l.ottos(store.MainCards)
	l.asOtto(func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: cards.ID, Rights: mayLook})
	})
	next("+Contacts (Otto) 14")
	l.asOtto(func(tx store.Tx) error { _, err := tx.UpdateCollection(l.c.ID, 0, "Plans"); return err })
	next("~Plans (Otto)")
	l.asOtto(func(tx store.Tx) error { // mail is no folder of devices, nor what may only be written
		in, err := tx.CollectionByRole(store.Inbox)
		must(t, err)
		must(t, tx.PutGrant(store.Grant{Collection: in.ID, Grantee: l.rita.ID, Rights: store.AllRights}))
		tasks, err := tx.CollectionByRole(store.MainTasks)
		must(t, err)
		return tx.PutGrant(store.Grant{Collection: tasks.ID, Grantee: l.rita.ID, Rights: store.MayLookup | store.MayInsert})
	})
	next()
	must(t, l.st.Update(t.Context(), 0, func(tx store.Tx) error {
		a := l.otto
		a.Display = "Otto Lang"
		return tx.UpdateAccount(a)
	}))
	next("~Contacts (Otto Lang)", "~Plans (Otto Lang)")
	l.grant(0)
	next("-" + l.folder)
	l.grant(maySeeIt)
	next("+Plans (Otto Lang) 13")
	must(t, l.st.Update(t.Context(), 0, func(tx store.Tx) error {
		a := l.otto
		a.Disabled = true
		return tx.UpdateAccount(a)
	}))
	next("-"+l.folder, "-"+collectionID(cards.ID))
}

// TestLentRead takes an event of another account to a device, at each version.
func TestLentRead(t *testing.T) {
	once(t)
	for _, version := range []Version{V25, V141, V161} {
		l := newLentRig(t, store.MainCal, mayLook)
		rec := l.keep("u1", monday)
		if got := l.told("phone1", version).subjectsOf("Add"); !slices.Equal(got, []string{itemID(l.c.ID, rec.UID) + " Review"}) {
			t.Errorf("%v: %q", version, got)
		}
		if a := l.told("phone1", version); len(a.commands("Add"))+len(a.commands("Change")) != 0 {
			t.Errorf("%v: told again\n%s", version, a.dump)
		}
		l.asOtto(func(tx store.Tx) error { return tx.Remove(l.c.ID, rec.UID) })
		if got := l.told("phone1", version).subjectsOf("Delete"); len(got) != 1 {
			t.Errorf("%v: not told that it is gone: %q", version, got)
		}
		l.grant(0)
		if a := l.ask("phone1", version); a.c != nil && a.status() != "1" || len(a.commands("Add")) != 0 {
			t.Errorf("%v: a device that does not know yet that the folder is gone:\n%s", version, a.dump)
		}
		if a := l.sync(t, call{version: version, device: "other", body: syncOne(l.folder, "0", nil)}); a.status() != "12" {
			t.Errorf("%v: a device that begins: status %s", version, a.status())
		}
	}
}

// TestLentRefused is what becomes of a device's changes where it may only read: it is put right, once.
func TestLentRefused(t *testing.T) {
	once(t)
	for _, version := range []Version{V25, V141, V161} {
		l := newLentRig(t, store.MainCal, mayLook)
		changed, deleted := l.keep("u1", monday), l.keep("u2", strings.Replace(monday, "Review", "Lunch", 1))
		l.told("phone1", version)
		before := l.lines()
		commands := addLines("n1", `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Mine"`)
		commands = append(commands, changeLines(itemID(l.c.ID, changed.UID), `Calendar:Subject "Not so"`)...)
		commands = append(commands, deleteLines(itemID(l.c.ID, deleted.UID))...)
		l.ask("phone1", version, commands...) // the answer is lost
		a := l.told("phone1", version, commands...)
		added := a.c.at("AirSync:Responses", "AirSync:Add")
		id := added.get("AirSync:ServerId")
		if status := added.get("AirSync:Status"); status != "1" || id == "" {
			t.Errorf("%v: added: status %s, id %q", version, status, id)
		}
		for op, want := range map[string]string{
			"Delete": id, "Change": itemID(l.c.ID, changed.UID) + " Review", "Add": itemID(l.c.ID, deleted.UID) + " Lunch",
		} {
			if got := a.subjectsOf(op); !slices.Equal(got, []string{want}) {
				t.Errorf("%v: %s %q, want %q\n%s", version, op, got, want, a.dump)
			}
		}
		var said []string
		for _, c := range a.c.at("AirSync:Responses").all("AirSync:Change") {
			said = append(said, c.get("AirSync:ServerId")+" "+c.get("AirSync:Status"))
		}
		if want := itemID(l.c.ID, changed.UID) + " 7"; !slices.Equal(said, []string{want}) {
			t.Errorf("%v: answered %q, want %q", version, said, want)
		}
		if l.lines() != before || len(l.queued()) != 0 {
			t.Errorf("%v: otto's calendar is another:\n%s", version, l.lines())
		}
		if again := l.told("phone1", version); again.c.at("AirSync:Commands") != nil {
			t.Errorf("%v: told again:\n%s", version, again.dump)
		}
		if a := l.told("phone1", version, append(changeLines(id, `Calendar:Subject "Mine still"`), deleteLines(id)...)...); a.status() != "1" {
			t.Errorf("%v: what was never there:\n%s", version, a.dump)
		}
	}
}

// TestLentWritten lets a device change what it may, from the moment that it may.
func TestLentWritten(t *testing.T) {
	once(t)
	for _, version := range []Version{V25, V141, V161} {
		l := newLentRig(t, store.MainCal, mayLook)
		l.told("phone1", version)
		l.grant(mayEdit)
		a := l.told("phone1", version, addLines("n1", zoneLine(t, "Europe/Berlin", 2026), `Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`, `Calendar:Subject "Mine"`)...)
		added, status := a.one(t)
		id := added.get("AirSync:ServerId")
		if status != "1" || !strings.Contains(l.lines(), "SUMMARY:Mine") {
			t.Fatalf("%v: added: %s\n%s", version, status, l.lines())
		}
		l.told("phone1", version, changeLines(id, `Calendar:Subject "Ours"`)...)
		if !strings.Contains(l.lines(), "SUMMARY:Ours") {
			t.Errorf("%v: not changed:\n%s", version, l.lines())
		}
		if got := l.told("phone2", version).subjectsOf("Add"); len(got) != 1 {
			t.Errorf("%v: another device: %q", version, got)
		}
		l.told("phone1", version, deleteLines(id)...)
		if l.lines() != "" {
			t.Errorf("%v: not deleted:\n%s", version, l.lines())
		}
		if a := l.told("phone1", version); len(a.commands("Add"))+len(a.commands("Change"))+len(a.commands("Delete")) != 0 {
			t.Errorf("%v: told of its own changes:\n%s", version, a.dump)
		}
	}
}

// TestLentVeiled shows of events what others may see of them.
func TestLentVeiled(t *testing.T) {
	once(t)
	for _, version := range []Version{V25, V141, V161} {
		for _, rights := range []store.Rights{maySeeIt, mayEdit} {
			l := newLentRig(t, store.MainCal, rights)
			private := l.keep("wedding-of-otto", monday+"\nCLASS:PRIVATE\nATTENDEE:mailto:olga@example.org\nRRULE:FREQ=WEEKLY;COUNT=5")
			a := l.told("phone1", version)
			want := "Busy"
			if rights == mayEdit {
				want = "Private appointment"
			}
			id := itemID(l.c.ID, private.UID)
			if got := a.subjectsOf("Add"); !slices.Equal(got, []string{id + " " + want}) {
				t.Errorf("%v: %q", version, got)
			}
			for _, secret := range []string{"Review", "Room 7", "figures", "olga", "wedding"} {
				if strings.Contains(a.dump, secret) {
					t.Errorf("%v: the device sees %s:\n%s", version, secret, a.dump)
				}
			}
			if !a.has("Calendar:Recurrence") && !strings.Contains(a.dump, "Calendar:Recurrence") {
				t.Errorf("%v: no recurrence:\n%s", version, a.dump)
			}
			before := l.lines()
			again := l.told("phone1", version, changeLines(id, `Calendar:Subject "Mine"`)...)
			if got := again.subjectsOf("Change"); !slices.Equal(got, []string{id + " " + want}) || l.lines() != before {
				t.Errorf("%v: changed: %q\n%s", version, got, again.dump)
			}
			if got := l.told("phone1", version, deleteLines(id)...).subjectsOf("Add"); len(got) != 1 || l.lines() != before {
				t.Errorf("%v: deleted: %q", version, got)
			}
		}
	}
}

// TestLentPing has a device wait for what happens in another account's folder, and to what it may see of it.
func TestLentPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLentRig(t, store.MainCal, mayLook)
		folders := l.primeFolders(t)
		inbox := l.fill(1)
		l.whole(t, call{}, inbox, l.prime(t, call{}, inbox))
		sync := func() { l.keys["phone1"] = l.whole(t, call{}, l.folder, l.prime(t, call{}, l.folder)) }
		sync()
		expect := func(what, want string, do func()) {
			t.Helper()
			go func() {
				time.Sleep(20 * time.Second)
				do()
			}()
			if status, got, took := l.ping(t, pingBody(300, inbox, l.folder)); strings.TrimSpace(status+" "+strings.Join(got, " ")) != want || took != 20*time.Second {
				t.Errorf("%s: %s %v after %v, want %s", what, status, got, took, want)
			}
		}
		expect("an event", "2 "+l.folder, func() { l.keep("u1", monday) })
		sync()
		expect("a message", "2 "+inbox, func() { l.deliver(store.Inbox, lunch) })
		l.whole(t, call{}, inbox, l.prime(t, call{}, inbox))
		expect("another name", "7", func() {
			l.asOtto(func(tx store.Tx) error { _, err := tx.UpdateCollection(l.c.ID, 0, "Plans"); return err })
		})
		next := func() { folders = folderKey(l.folderCall(t, "FolderSync", folders)) }
		next()
		expect("less to see", "2 "+l.folder, func() { l.grant(maySeeIt) })
		if a := l.told("phone1", 0); a.status() != "3" {
			t.Errorf("less to see: status %s", a.status())
		}
		sync()
		expect("nothing to see", "7", func() { l.grant(0) })
		next()
		l.grant(mayLook)
		next()
		sync()
		cards := l.ottos(store.MainCards)
		expect("a folder for everyone", "7", func() {
			l.asOtto(func(tx store.Tx) error { return tx.PutGrant(store.Grant{Collection: cards.ID, Rights: mayLook}) })
		})
		next()
		expect("a folder removed", "7", func() {
			l.asOtto(func(tx store.Tx) error { return tx.PutGrant(store.Grant{Collection: cards.ID}) })
		})
		next()
		if status, _, took := l.ping(t, pingBody(300, inbox, l.folder)); status != "1" || took != 300*time.Second {
			t.Errorf("nothing happens: %s after %v", status, took)
		}
	})
}

// TestLentHostile asks for another account's data by ids that were not granted.
func TestLentHostile(t *testing.T) {
	l := newLentRig(t, store.MainCal, mayEdit)
	secret := l.ottos(store.MainCards)
	var card store.Record
	item, err := contactClass{}.ingest(t.Context(), l.st, []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Secret\r\nN:Secret;;;;\r\nEND:VCARD\r\n"))
	must(t, err)
	l.asOtto(func(tx store.Tx) (err error) { card, err = tx.Add(secret.ID, item); return err })
	inbox := l.ottos(store.Inbox)
	l.asOtto(func(tx store.Tx) error { // mail that is shared by IMAP
		return tx.PutGrant(store.Grant{Collection: inbox.ID, Grantee: l.rita.ID, Rights: store.AllRights})
	})
	l.primeFolders(t)
	l.told("phone1", 0)
	for _, c := range []store.Collection{secret, inbox} {
		id := collectionID(c.ID)
		if a := l.sync(t, call{body: syncOne(id, "0", nil)}); a.status() != "12" {
			t.Errorf("Sync of %s: %s", c.Name, a.status())
		}
		if status, _, _ := l.ping(t, pingBody(300, id)); status != "7" {
			t.Errorf("Ping of %s: %s", c.Name, status)
		}
		if status, moved := l.moveCall(call{}, itemID(c.ID, card.UID), l.folder); status != "1" {
			t.Errorf("move out of %s: %s %s", c.Name, status, moved)
		}
		if status, moved := l.moveCall(call{}, itemID(l.c.ID, 1), id); status != "2" {
			t.Errorf("move into %s: %s %s", c.Name, status, moved)
		}
	}
	if baseVersion < V120 {
		return
	}
	fetch := func(how ...string) []string {
		list := []string{"ItemOperations:Fetch", `>ItemOperations:Store "Mailbox"`}
		for _, h := range how {
			list = append(list, ">"+h)
		}
		return list
	}
	for _, how := range [][]string{
		{`AirSync:CollectionId "` + collectionID(secret.ID) + `"`, `AirSync:ServerId "` + itemID(secret.ID, card.UID) + `"`},
		{`AirSync:CollectionId "` + l.folder + `"`, `AirSync:ServerId "` + itemID(secret.ID, card.UID) + `"`},
		{`AirSync:ServerId "` + itemID(secret.ID, card.UID) + `"`},
		{`Search:LongId "` + longID(card.Item.ID) + `"`},
	} {
		a := l.do(call{cmd: "ItemOperations", body: lines(append([]string{"ItemOperations:ItemOperations"}, deeperOnce(fetch(how...))...)...)})
		if strings.Contains(a.dump, "Secret") || !strings.Contains(a.dump, `ItemOperations:Status "6"`) {
			t.Errorf("fetch %q:\n%s", how, a.dump)
		}
	}
}

func deeperOnce(list []string) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = ">" + l
	}
	return out
}

// TestLentFolderCommands refuses what a device wants of somebody else's folder itself.
func TestLentFolderCommands(t *testing.T) {
	l := newLentRig(t, store.MainCal, store.AllRights)
	key := l.primeFolders(t)
	for _, test := range []struct {
		cmd, want string
		args      []string
	}{
		{"FolderDelete", "3", []string{"ServerId", l.folder}},
		{"FolderUpdate", "2", []string{"ServerId", l.folder, "ParentId", "0", "DisplayName", "Mine"}},
		{"FolderCreate", "3", []string{"ParentId", l.folder, "DisplayName", "Mine", "Type", "13"}},
	} {
		if n := l.folderCall(t, test.cmd, key, test.args...); folderStatus(n) != test.want {
			t.Errorf("%s: status %s, want %s", test.cmd, folderStatus(n), test.want)
		}
	}
	if n := l.folderCall(t, "FolderSync", key); n.get("FolderHierarchy:Changes", "FolderHierarchy:Count") != "0" {
		t.Errorf("something changed: %+v", n)
	}
}

// TestLentNames gives folders of one name different ones, and reads a state of before there were any.
func TestLentNames(t *testing.T) {
	l := newLentRig(t, store.MainCal, mayLook)
	must(t, l.st.Update(t.Context(), l.rita.ID, func(tx store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: "calendar (otto)", Class: store.Calendar})
		return err
	}))
	var second store.CollectionID
	l.asOtto(func(tx store.Tx) error {
		c, err := tx.CreateCollection(store.Collection{Name: "Calendar", Parent: l.c.ID, Class: store.Calendar})
		must(t, err)
		second = c.ID
		return tx.PutGrant(store.Grant{Collection: c.ID, Grantee: l.rita.ID, Rights: mayLook})
	})
	var names []string
	for _, f := range l.folderCall(t, "FolderSync", "0").at("FolderHierarchy:Changes").all("FolderHierarchy:Add") {
		if name := f.get("FolderHierarchy:DisplayName"); strings.Contains(name, "@") {
			names = append(names, name)
		}
	}
	want := []string{"Calendar (otto@example.test)", fmt.Sprintf("Calendar (otto@example.test, %d)", second)}
	if !slices.Equal(names, want) {
		t.Errorf("names %q", names)
	}
	for raw, want := range map[string]folderPlace{
		`7`: {ModSeq: 7}, `{"m":8,"l":[{"i":4,"y":13,"n":"a b (c)"}]}`: {8, "4 13 a b (c)\n"},
	} {
		var p folderPlace
		must(t, p.UnmarshalJSON([]byte(raw)))
		back, err := p.MarshalJSON()
		if p != want || err != nil || string(back) != raw {
			t.Errorf("%s is read as %+v and written as %s (%v)", raw, p, back, err)
		}
	}
}
