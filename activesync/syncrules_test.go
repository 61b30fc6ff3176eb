package activesync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// fill delivers n messages to the Inbox and returns its id.
func (r *rig) fill(n int) string {
	r.t.Helper()
	for i := range n {
		r.deliver(store.Inbox, fmt.Sprintf(plainMessage, i, i))
	}
	return collectionID(r.folder(store.Inbox).ID)
}

// whole synchronises a folder to its end and returns the key.
func (r *rig) whole(t testing.TB, c call, id, key string) string {
	t.Helper()
	for {
		c.body = syncOne(id, key, []string{`AirSync:WindowSize "512"`})
		a := r.sync(t, c)
		if len(a.body) == 0 || a.key() == key {
			return key
		}
		key = a.key()
	}
}

// TestSyncKeys is the life of SyncKeys: what is old, foreign or garbage is status 3, and the device starts
// over with the same server ids.
func TestSyncKeys(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(3)
	first := r.prime(t, call{}, inbox)
	if again := r.prime(t, call{}, inbox); again != first {
		t.Errorf("a device that begins twice gets %s, then %s", first, again)
	}
	a := r.sync(t, call{body: syncOne(inbox, first, nil)})
	ids := fmt.Sprint(a.commands("Add")[0].get("AirSync:ServerId"), len(a.commands("Add")))
	second := a.key()
	if b := r.sync(t, call{body: syncOne(inbox, first, nil)}); b.dump != a.dump {
		t.Errorf("repeated:\n%s\nat first:\n%s", b.dump, a.dump)
	}
	r.fill(1)
	c := r.sync(t, call{body: syncOne(inbox, first, nil)})
	if c.key() == second || len(c.commands("Add")) != 4 {
		t.Errorf("repeated after a delivery: another answer needs another key\n%s", c.dump)
	}
	if d := r.sync(t, call{body: syncOne(inbox, second, nil)}); d.status() != "1" || len(d.commands("Add")) != 1 {
		t.Errorf("the first answer did come through:\n%s", d.dump)
	}
	for _, key := range []string{first, "k0000000000000001-1", "nonsense", "{5}2"} {
		if d := r.sync(t, call{body: syncOne(inbox, key, nil)}); d.status() != "3" {
			t.Errorf("key %s: status %s", key, d.status())
		}
	}
	fresh := r.prime(t, call{}, inbox)
	d := r.sync(t, call{body: syncOne(inbox, fresh, nil)})
	if fresh == first || d.commands("Add")[1].get("AirSync:ServerId")+"3" != ids {
		t.Errorf("started over with key %s:\n%s", fresh, d.dump)
	}
}

// TestSyncFolderSyncZero checks that FolderSync with key 0 leaves collections alone.
func TestSyncFolderSyncZero(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(2)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	zero := call{cmd: "FolderSync", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
	a, b := r.do(zero), r.do(zero)
	if a.dump != b.dump {
		t.Errorf("asked twice:\n%s\n%s", a.dump, b.dump)
	}
	if c := r.sync(t, call{body: syncOne(inbox, key, nil)}); !c.nothing() {
		t.Errorf("after FolderSync 0:\n%s", c.dump)
	}
}

// syncRefusal is a request, and the statuses of the answer and of its collection, and the Limit.
type syncRefusal struct {
	name, body    string
	root, of, lim string
}

// TestSyncProtocolErrors lists requests that are refused, and at which level.
func TestSyncProtocolErrors(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	key := r.prime(t, call{}, inbox)
	many := []string{"AirSync:Commands"}
	for range maxSyncCommands + 1 {
		many = append(many, ">AirSync:Delete", `>>AirSync:ServerId "c1:99"`)
	}
	remove := []string{"AirSync:Commands", ">AirSync:Delete", `>>AirSync:ServerId "c1:1"`}
	tests := []syncRefusal{
		{"changes wanted with key 0", syncOne(inbox, "0", []string{"AirSync:GetChanges"}), "", "4", ""},
		{"commands with key 0", syncOne(inbox, "0", remove), "", "4", ""},
		{"unknown folder", syncOne("c999", "0", nil), "", "12", ""},
		{"id that is none", syncOne("Inbox", key, nil), "", "12", ""},
		{"calendar", syncOne(r.hiddenCalendar(), "0", nil), "", "12", ""},
		{"too many commands", syncOne(inbox, key, many), "4", "", ""},
		{"nothing but Partial", lines("AirSync:Sync", ">AirSync:Partial"), "4", "", ""},
		{"Wait and HeartbeatInterval", syncOne(inbox, key, nil, `AirSync:Wait "5"`, `AirSync:HeartbeatInterval "300"`), "4", "", ""},
	}
	waits := []syncRefusal{
		{"Wait too long", syncOne(inbox, key, nil, `AirSync:Wait "60"`), "14", "", "59"},
		{"HeartbeatInterval too short", syncOne(inbox, key, nil, `AirSync:HeartbeatInterval "30"`), "14", "", "60"},
		{"HeartbeatInterval too long", syncOne(inbox, key, nil, `AirSync:HeartbeatInterval "3600"`), "14", "", "3540"},
		{"Partial without cache", lines("AirSync:Sync", ">AirSync:Partial", `>AirSync:WindowSize "5"`), "13", "", ""},
		{"empty without cache", "", "13", "", ""},
	}
	if baseVersion >= V121 {
		tests = append(tests, waits...)
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := r.sync(t, call{device: fmt.Sprint("errors", i), body: test.body})
			got := [3]string{a.root.get("AirSync:Status"), a.status(), a.root.get("AirSync:Limit")}
			if want := [3]string{test.root, test.of, test.lim}; got != want {
				t.Errorf("statuses %q, want %q\n%s", got, want, a.dump)
			}
		})
	}
}

// TestSyncWindows checks windows of one collection and of the whole answer, newest first.
func TestSyncWindows(t *testing.T) {
	r := newRig(t)
	var inbox string
	for range 5 {
		inbox = r.fill(1)
		r.clock = r.clock.Add(time.Minute)
	}
	r.deliver(store.Junk, lunch)
	junk := collectionID(r.folder(store.Junk).ID)
	key := r.prime(t, call{}, inbox)
	a := r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:WindowSize "2"`})})
	if adds := a.commands("Add"); len(adds) != 2 || a.c.at("AirSync:MoreAvailable") == nil ||
		adds[0].get("AirSync:ServerId") != inbox+":5" || adds[1].get("AirSync:ServerId") != inbox+":4" {
		t.Fatalf("window of 2:\n%s", a.dump)
	}
	if i := slices.Index(a.c.kids, a.c.at("AirSync:Status")); i < 0 || a.c.kids[i+1].name != "AirSync:MoreAvailable" {
		t.Errorf("MoreAvailable is not between Status and Commands:\n%s", a.dump)
	}
	r.fill(1)
	a = r.sync(t, call{body: syncOne(inbox, a.key(), []string{`AirSync:WindowSize "1"`})})
	if id := a.commands("Add")[0].get("AirSync:ServerId"); id != inbox+":6" {
		t.Errorf("what is new does not come first: %s", id)
	}
	both := lines("AirSync:Sync", ">AirSync:Collections",
		">>AirSync:Collection", ">>>AirSync:SyncKey "+strconv.Quote(a.key()), ">>>AirSync:CollectionId "+strconv.Quote(inbox),
		">>AirSync:Collection", ">>>AirSync:SyncKey "+strconv.Quote(r.prime(t, call{}, junk)), ">>>AirSync:CollectionId "+strconv.Quote(junk),
		`>AirSync:WindowSize "3"`)
	a = r.sync(t, call{body: both})
	list := a.root.at("AirSync:Collections").all("AirSync:Collection")
	if len(list) != 2 || len(list[0].at("AirSync:Commands").kids) != 3 || list[0].at("AirSync:MoreAvailable") != nil ||
		list[1].at("AirSync:Commands") != nil || list[1].at("AirSync:MoreAvailable") == nil || list[1].get("AirSync:Status") != "1" {
		t.Errorf("window of 3 for both:\n%s", a.dump)
	}
}

// TestSyncBytes checks that a window ends before the answer gets too long, and that one item always fits.
func TestSyncBytes(t *testing.T) {
	r := newRig(t)
	big := "From: a@example.test\nSubject: big\n\n" + strings.Repeat("A line of text that is long enough.\n", 20000)
	for range 4 {
		r.deliver(store.Inbox, big)
	}
	inbox := r.fill(0)
	key := r.prime(t, call{}, inbox)
	options := []string{"AirSync:Options", ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "1"`}
	total := 0
	for range 4 {
		a := r.sync(t, call{body: syncOne(inbox, key, options)})
		n := len(a.commands("Add"))
		if n != 1 {
			t.Fatalf("%d messages of 720 kB in one answer", n)
		}
		total += n
		if key = a.key(); a.c.at("AirSync:MoreAvailable") == nil {
			break
		}
	}
	if total != 4 {
		t.Errorf("%d messages of 4", total)
	}
}

// TestSyncFilter lets messages grow too old, and widens the filter again.
func TestSyncFilter(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(2)
	r.clock = r.clock.Add(48 * time.Hour)
	r.fill(1)
	filter := func(n int) []string { return []string{"AirSync:Options", fmt.Sprintf(">AirSync:FilterType \"%d\"", n)} }
	key := r.prime(t, call{}, inbox, filter(2)...)
	a := r.sync(t, call{body: syncOne(inbox, key, nil)})
	if n := len(a.commands("Add")); n != 3 {
		t.Fatalf("%d messages of three days", n)
	}
	r.clock = r.clock.Add(25 * time.Hour)
	a = r.sync(t, call{body: syncOne(inbox, a.key(), nil)})
	if gone := a.commands("SoftDelete"); len(gone) != 2 || len(a.commands("Delete")) != 0 {
		t.Fatalf("a day later:\n%s", a.dump)
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		if _, err := tx.Mark(r.folder(store.Inbox).ID, 1, store.FlagChange{Add: store.Seen}); err != nil {
			return err
		}
		return tx.Remove(r.folder(store.Inbox).ID, 2)
	}))
	if b := r.sync(t, call{body: syncOne(inbox, a.key(), nil)}); !b.nothing() {
		t.Errorf("changes outside of the filter:\n%s", b.dump)
	}
	a = r.sync(t, call{body: syncOne(inbox, a.key(), filter(0))})
	if adds := a.commands("Add"); len(adds) != 1 || adds[0].get("AirSync:ServerId") != inbox+":1" {
		t.Errorf("without filter:\n%s", a.dump)
	}
}

// TestSyncCommands checks what is answered to commands, and that they are done once.
func TestSyncCommands(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(4)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	id := func(n int) string { return fmt.Sprintf(">>AirSync:ServerId \"%s:%d\"", inbox, n) }
	body := syncOne(inbox, key, []string{"AirSync:Options", `>AirSync:Conflict "0"`, "AirSync:Commands",
		">AirSync:Change", id(1), ">>AirSync:ApplicationData", `>>>Email:Read "1"`, ">>>Email:Categories", `>>>>Email:Category "blue"`,
		">AirSync:Change", id(2), ">>AirSync:ApplicationData", ">>>Email:Flag", `>>>>Email:Status "2"`, `>>>>Email:FlagType "to do"`,
		">AirSync:Change", id(3), ">>AirSync:ApplicationData", `>>>Email:Read "perhaps"`,
		">AirSync:Change", id(77), ">>AirSync:ApplicationData", `>>>Email:Read "1"`,
		">AirSync:Delete", id(78),
		">AirSync:Delete", id(4),
		">AirSync:Fetch", id(1),
		">AirSync:Add", `>>AirSync:ClientId "c"`, ">>AirSync:ApplicationData", `>>>Email:Subject "x"`,
		">AirSync:Add", `>>AirSync:Class "SMS"`, `>>AirSync:ClientId "s"`, ">>AirSync:ApplicationData", `>>>Email:Subject "x"`,
	})
	a := r.sync(t, call{body: body})
	got := map[string]string{}
	for _, n := range a.c.at("AirSync:Responses").kids {
		got[strings.TrimPrefix(n.name, "AirSync:")+" "+n.get("AirSync:ServerId")[:min(4, len(n.get("AirSync:ServerId")))]+n.get("AirSync:ClientId")] = n.get("AirSync:Status")
	}
	want := map[string]string{"Change " + inbox + ":3": "6", "Change " + inbox + ":7": "8", "Fetch " + inbox + ":1": "1", "Add c": "6", "Add sms-s": "1"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("responses %v, want %v\n%s", got, want, a.dump)
	}
	if a.c.at("AirSync:Commands") != nil {
		t.Errorf("own changes are told:\n%s", a.dump)
	}
	fetched := a.c.at("AirSync:Responses", "AirSync:Fetch", "AirSync:ApplicationData")
	if fetched.get("Email:Read") != "1" || baseVersion >= V140 && fetched.get("Email:Categories", "Email:Category") != "blue" {
		t.Errorf("fetched: state after the commands is wanted\n%s", a.dump)
	}
	list := r.records(store.Inbox)
	if len(list) != 3 || baseVersion >= V120 && (list[1].Item.Follow == nil || list[1].Item.Follow.Type != "to do" || list[1].Item.Flags&store.Flagged == 0) {
		t.Errorf("records: %+v", list)
	}
	// Somebody marks it unread; the repetition of the request must not undo that.
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Mark(r.folder(store.Inbox).ID, 1, store.FlagChange{Remove: store.Seen})
		return err
	}))
	b := r.sync(t, call{body: body})
	if r.records(store.Inbox)[0].Item.Flags&store.Seen != 0 {
		t.Error("a repeated request was executed again")
	}
	if got, want := len(b.c.at("AirSync:Responses").kids), len(want); got != want {
		t.Errorf("repeated: %d responses, want %d\n%s", got, want, b.dump)
	}
	if c := b.commands("Change"); len(c) != 1 || c[0].get("AirSync:ApplicationData", "Email:Read") != "0" {
		t.Errorf("repeated:\n%s", b.dump)
	}
	if n := len(r.records(store.Trash)); n != 1 {
		t.Errorf("%d in Deleted Items", n)
	}
}

// TestSyncConflict checks who wins when a mark was changed on both sides.
func TestSyncConflict(t *testing.T) {
	for _, clientWins := range []bool{false, true} {
		t.Run(fmt.Sprint(clientWins), func(t *testing.T) {
			r := newRig(t)
			r.needs(V120) // for flags
			inbox := r.fill(1)
			key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.Mark(r.folder(store.Inbox).ID, 1, store.FlagChange{Add: store.Flagged})
				return err
			}))
			options := "1"
			if clientWins {
				options = "0"
			}
			a := r.sync(t, call{body: syncOne(inbox, key, []string{"AirSync:Options", ">AirSync:Conflict \"" + options + "\"", "AirSync:Commands",
				">AirSync:Change", fmt.Sprintf(">>AirSync:ServerId \"%s:1\"", inbox), ">>AirSync:ApplicationData",
				`>>>Email:Read "1"`, ">>>Email:Flag", `>>>>Email:Status "1"`})})
			item := r.records(store.Inbox)[0].Item
			if item.Flags&store.Seen == 0 {
				t.Error("a mark that nobody else changed was not taken")
			}
			status := a.c.get("AirSync:Responses", "AirSync:Change", "AirSync:Status")
			told := len(a.commands("Change"))
			if clientWins && (status != "" || item.Flags&store.Flagged != 0 || told != 0) ||
				!clientWins && (status != "7" || item.Flags&store.Flagged == 0 || told != 1) {
				t.Errorf("status %q, flags %b\n%s", status, item.Flags, a.dump)
			}
		})
	}
}

// TestSyncNoConflict checks that a device may change what it has just been told, even while more is to be told.
func TestSyncNoConflict(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(2)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	for uid := range store.UID(2) {
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
			_, err := tx.Mark(r.folder(store.Inbox).ID, uid+1, store.FlagChange{Add: store.Seen})
			return err
		}))
	}
	a := r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:WindowSize "1"`})})
	if c := a.commands("Change"); len(c) != 1 || c[0].get("AirSync:ServerId") != inbox+":1" || a.c.at("AirSync:MoreAvailable") == nil {
		t.Fatalf("window of 1:\n%s", a.dump)
	}
	a = r.sync(t, call{body: syncOne(inbox, a.key(), []string{"AirSync:Commands", ">AirSync:Change",
		">>AirSync:ServerId " + strconv.Quote(inbox+":1"), ">>AirSync:ApplicationData", `>>>Email:Read "0"`})})
	if a.c.at("AirSync:Responses") != nil || r.records(store.Inbox)[0].Item.Flags&store.Seen != 0 {
		t.Errorf("change of what was told:\n%s", a.dump)
	}
}

// TestSyncDestroy checks DeletesAsMoves, and that Deleted Items destroys.
func TestSyncDestroy(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	r.deliver(store.Trash, lunch)
	trash := collectionID(r.folder(store.Trash).ID)
	for _, id := range []string{inbox, trash} {
		key := r.whole(t, call{}, id, r.prime(t, call{}, id))
		inside := []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId \"" + id + ":1\""}
		if id == inbox {
			inside = append([]string{`AirSync:DeletesAsMoves "0"`}, inside...)
		}
		r.sync(t, call{body: syncOne(id, key, inside)})
	}
	if a, b := len(r.records(store.Inbox)), len(r.records(store.Trash)); a+b != 0 {
		t.Errorf("%d in the Inbox, %d in Deleted Items", a, b)
	}
}

// TestSyncGetChanges checks that a device that wants no changes gets none, and all of them later.
func TestSyncGetChanges(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(2)
	key := r.prime(t, call{}, inbox)
	a := r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:GetChanges "0"`, "AirSync:Commands",
		">AirSync:Delete", ">>AirSync:ServerId \"" + inbox + ":9\""})})
	if a.key() == key || a.c.at("AirSync:Commands") != nil {
		t.Fatalf("no changes wanted:\n%s", a.dump)
	}
	a = r.sync(t, call{body: syncOne(inbox, a.key(), nil)})
	if len(a.commands("Add")) != 2 {
		t.Errorf("changes wanted:\n%s", a.dump)
	}
}

// TestSyncCache is the story of complete, empty and partial requests.
func TestSyncCache(t *testing.T) {
	r := newRig(t)
	r.needs(V121)
	inbox := r.fill(1)
	key := r.prime(t, call{}, inbox)
	a := r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:WindowSize "5"`})})
	if b := r.sync(t, call{}); b.root.get("AirSync:Status") != "13" {
		t.Errorf("empty while an answer may have been lost:\n%s", b.dump)
	}
	key = a.key()
	if b := r.sync(t, call{body: syncOne(inbox, key, nil)}); len(b.body) != 0 {
		t.Fatalf("nothing new:\n%s", b.dump)
	}
	if b := r.sync(t, call{}); len(b.body) != 0 {
		t.Errorf("empty, nothing new:\n%s", b.dump)
	}
	r.fill(1)
	if b := r.sync(t, call{}); len(b.commands("Add")) != 1 {
		t.Errorf("empty, something new:\n%s", b.dump)
	} else {
		key = b.key()
	}
	r.sync(t, call{body: syncOne(inbox, key, nil)})
	junk := collectionID(r.folder(store.Junk).ID)
	partial := syncOne(junk, r.prime(t, call{}, junk), nil, "AirSync:Partial")
	r.fill(1)
	r.deliver(store.Junk, lunch)
	r.sync(t, call{body: syncOne(inbox, key, nil, `AirSync:WindowSize "99"`)}) // the cache again
	b := r.sync(t, call{body: partial})
	if b.root.get("AirSync:Status") != "13" {
		t.Errorf("partial while an answer may have been lost:\n%s", b.dump)
	}
}
