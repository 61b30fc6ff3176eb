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

// TestSyncCollectionRefused lists requests for a collection that are refused, at every version: the other
// collection of the request goes on.
func TestSyncCollectionRefused(t *testing.T) {
	once(t)
	options := func(inside ...string) []string {
		list := []string{"AirSync:Options"}
		for _, l := range inside {
			list = append(list, ">"+l)
		}
		return list
	}
	tests := []struct {
		name, id string // empty: the Inbox
		inside   []string
		want     string
		until    Version // 0: all
	}{
		{"nothing wrong", "", nil, "1", 0},
		{"two options for one class", "", append(options(`AirSync:FilterType "1"`), options(`AirSync:FilterType "2"`)...), "4", 0},
		{"two options for a class", "", append(options(`AirSync:Class "Email"`), options(`AirSync:Class "Email"`)...), "4", 0},
		{"mail and SMS", "", append(options(`AirSync:Class "Email"`), options(`AirSync:Class "SMS"`)...), "1", 0},
		{"mail and calendar", "", append(options(`AirSync:Class "Email"`), options(`AirSync:Class "Calendar"`)...), "4", 0},
		{"unknown class", "", options(`AirSync:Class "Fridge"`), "4", 0},
		{"filter 9", "", options(`AirSync:FilterType "9"`), "4", 0},
		{"MaxItems", "", options(`AirSync:MaxItems "10"`), "4", 0},
		{"two bodies of one type", "", options("AirSyncBase:BodyPreference", `>AirSyncBase:Type "1"`, "AirSyncBase:BodyPreference", `>AirSyncBase:Type "1"`), "4", 0},
		{"recipient cache", "RI", options(`AirSync:MaxItems "10"`), "4", V121},
		{"class of the folder", "", []string{`AirSync:Class "Email"`}, "1", V121},
		{"class of another folder", "", []string{`AirSync:Class "Calendar"`}, "4", V121},
		{"no such folder", "c999", nil, "12", 0},
		{"no id of ours", "5", nil, "12", 0},
	}
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
			inbox, junk := r.fill(1), collectionID(r.folder(store.Junk).ID)
			for i, test := range tests {
				if test.until != 0 && version > test.until {
					continue
				}
				if test.id == "" {
					test.id = inbox
				}
				list := []string{"AirSync:Sync", ">AirSync:Collections", ">>AirSync:Collection", `>>>AirSync:SyncKey "0"`, ">>>AirSync:CollectionId " + strconv.Quote(test.id)}
				for _, l := range test.inside {
					list = append(list, ">>>"+l)
				}
				list = append(list, ">>AirSync:Collection", `>>>AirSync:SyncKey "0"`, ">>>AirSync:CollectionId "+strconv.Quote(junk))
				a := r.sync(t, call{version: version, device: fmt.Sprint("d", i), body: lines(list...)})
				got := a.root.at("AirSync:Collections").all("AirSync:Collection")
				if len(got) != 2 || got[0].get("AirSync:Status") != test.want || got[1].get("AirSync:Status") != "1" {
					t.Errorf("%s: want %s\n%s", test.name, test.want, a.dump)
				}
			}
		})
	}
}

// TestSyncTooManyCollections: more than are served is status 15 with the number.
func TestSyncTooManyCollections(t *testing.T) {
	r := newRig(t)
	list := []string{"AirSync:Sync", ">AirSync:Collections"}
	for i := range maxSyncCollections + 1 {
		list = append(list, ">>AirSync:Collection", `>>>AirSync:SyncKey "0"`, fmt.Sprintf(">>>AirSync:CollectionId \"c%d\"", i+1))
	}
	for _, version := range AllVersions {
		a := r.sync(t, call{version: version, body: lines(list...)})
		if a.root.get("AirSync:Status") != "15" || a.root.get("AirSync:Limit") != "300" || a.c != nil {
			t.Errorf("%v: %.200s", version, a.dump)
		}
	}
}

// TestSyncEmptyRequests: a request without a document, or without collections, is nothing before 12.1, and
// then not without a cache.
func TestSyncEmptyRequests(t *testing.T) {
	r := newRig(t)
	for _, version := range AllVersions {
		want := "13"
		if version < V121 {
			want = "4"
		}
		for _, body := range []string{"", "AirSync:Sync\n", lines("AirSync:Sync", ">AirSync:Collections"), lines("AirSync:Sync", ">AirSync:Partial", `>AirSync:WindowSize "5"`)} {
			if a := r.sync(t, call{version: version, body: body}); a.root.get("AirSync:Status") != want {
				t.Errorf("%v: want %s\n%s%s", version, want, body, a.dump)
			}
		}
	}
}

// TestSyncWindowSizes lists what is made of a WindowSize.
func TestSyncWindowSizes(t *testing.T) {
	for asked, want := range map[int]int{-1: 512, 0: 512, 1: 1, 100: 100, 512: 512, 513: 512, 99999: 512} {
		if got := windowSize(&asked); got != want {
			t.Errorf("window of %d: %d, want %d", asked, got, want)
		}
	}
	if got := windowSize(nil); got != 100 {
		t.Errorf("no window: %d", got)
	}
}

// TestSyncGetChangesForms lists when changes are told: absent is 0 with the key 0, else 1; empty is 1.
func TestSyncGetChangesForms(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		r := newRig(t)
		inbox := r.fill(1)
		for inside, want := range map[string]string{"": "1", `AirSync:GetChanges "0"`: "1", "AirSync:GetChanges": "4", `AirSync:GetChanges "1"`: "4"} {
			if a := r.sync(t, call{version: version, device: "first", body: syncOne(inbox, "0", []string{inside})}); a.status() != want {
				t.Errorf("%v: key 0, %q: status %s, want %s", version, inside, a.status(), want)
			}
		}
		key := r.prime(t, call{version: version}, inbox)
		for inside, want := range map[string]int{"": 1, `AirSync:GetChanges "0"`: 0, "AirSync:GetChanges": 1, `AirSync:GetChanges "1"`: 1} {
			if a := r.sync(t, call{version: version, body: syncOne(inbox, key, []string{inside})}); len(a.told()) != want {
				t.Errorf("%v: %q: told %v, want %d", version, inside, a.told(), want)
			}
		}
	}
}

// TestSyncFilterTypes goes through all values of FilterType, forth and back: what leaves the filter is a
// SoftDelete, what enters it an Add, and the key stays good.
func TestSyncFilterTypes(t *testing.T) {
	once(t)
	ages := []int{0, 2, 5, 10, 20, 60, 150, 400} // days; one in each period
	inside := map[int]int{0: 8, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8}
	for _, version := range []Version{V25, V121, V141, V161} {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			inbox := collectionID(r.folder(store.Inbox).ID)
			now := r.clock
			for _, days := range ages {
				r.clock = now.AddDate(0, 0, -days)
				r.fill(1)
			}
			r.clock = now
			c := call{version: version}
			key, has := r.prime(t, c, inbox), 0
			for _, filter := range []int{5, 1, 0, 7, 6, 8, 4, 3, 2, 1, 2, 3, 4, 5, 6, 7, 0, 1} {
				c.body = syncOne(inbox, key, []string{"AirSync:Options", fmt.Sprintf(">AirSync:FilterType \"%d\"", filter)})
				a := r.sync(t, c)
				want := inside[filter]
				op := "SoftDelete"
				if want > has {
					op = "Add"
				}
				if got := a.told(); len(got) != max(want-has, has-want) || slices.ContainsFunc(got, func(s string) bool { return !strings.HasPrefix(s, op+" ") }) {
					t.Fatalf("filter %d: %d inside, had %d, told %v", filter, want, has, got)
				}
				if has = want; a.c != nil {
					key = a.key()
				}
			}
		})
	}
}

// TestSyncOptionsReplace: options are kept, and new ones replace them as a whole.
func TestSyncOptionsReplace(t *testing.T) {
	r := newRig(t)
	r.clock = r.clock.AddDate(0, 0, -10)
	inbox := r.fill(1)
	r.clock = r.clock.AddDate(0, 0, 10)
	key := r.prime(t, call{}, inbox, "AirSync:Options", `>AirSync:FilterType "1"`)
	if a := r.sync(t, call{body: syncOne(inbox, key, nil)}); !a.nothing() {
		t.Errorf("the filter of before:\n%s", a.dump)
	}
	if a := r.sync(t, call{body: syncOne(inbox, key, []string{"AirSync:Options", `>AirSync:Conflict "1"`})}); len(a.told()) != 1 {
		t.Errorf("options without a filter:\n%s", a.dump)
	}
}

// TestSyncAnyOrder reads a collection whose elements come in an order that only some devices use, with what is
// for other classes.
func TestSyncAnyOrder(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		r := newRig(t)
		inbox := r.fill(1)
		doc := func(key string, inside ...string) string {
			list := []string{"AirSync:Sync", ">AirSync:Collections", ">>AirSync:Collection"}
			for _, l := range append(inside, "AirSync:CollectionId "+strconv.Quote(inbox), "AirSync:SyncKey "+strconv.Quote(key)) {
				list = append(list, ">>>"+l)
			}
			return lines(list...)
		}
		a := r.sync(t, call{version: version, body: doc("0", "AirSync:Supported", ">Email:Flag", "AirSync:Options", `>AirSync:FilterType "0"`, `AirSync:WindowSize "1"`)})
		if a.status() != "1" {
			t.Fatalf("%v:\n%s", version, a.dump)
		}
		a = r.sync(t, call{version: version, body: doc(a.key(), "AirSync:Commands", ">AirSync:Fetch", ">>AirSync:ServerId "+strconv.Quote(inbox+":1"), "AirSync:DeletesAsMoves")})
		if a.c.get("AirSync:Responses", "AirSync:Fetch", "AirSync:Status") != "1" || len(a.commands("Add")) != 1 {
			t.Errorf("%v:\n%s", version, a.dump)
		}
	}
}

// TestSyncAnswerForm checks the order and the elements of an answer that old and new devices rely on.
func TestSyncAnswerForm(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		r := newRig(t)
		inbox := r.fill(2)
		key := r.prime(t, call{version: version}, inbox)
		a := r.sync(t, call{version: version, body: syncOne(inbox, key, []string{`AirSync:WindowSize "1"`, "AirSync:Commands",
			">AirSync:Fetch", ">>AirSync:ServerId " + strconv.Quote(inbox+":9")})})
		var names []string
		for _, n := range a.c.kids {
			names = append(names, strings.TrimPrefix(n.name, "AirSync:"))
		}
		want := "SyncKey CollectionId Status MoreAvailable Responses Commands"
		if version < V140 {
			want = "Class " + want
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%v: %s, want %s", version, got, want)
		}
		if status := a.c.get("AirSync:Responses", "AirSync:Fetch", "AirSync:Status"); status != "8" {
			t.Errorf("%v: fetch of what is not there: %s", version, status)
		}
		if len(a.commands("Add")[0].all("AirSync:Class")) != 0 {
			t.Errorf("%v: an item says the class of its folder", version)
		}
	}
}

// TestSyncMixedFailures: commands that fail do not keep the others of the request from being done.
func TestSyncMixedFailures(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		r := newRig(t)
		inbox := r.fill(3)
		key := r.whole(t, call{version: version}, inbox, r.prime(t, call{version: version}, inbox))
		id := func(n int) string { return fmt.Sprintf(">>AirSync:ServerId \"%s:%d\"", inbox, n) }
		a := r.sync(t, call{version: version, body: syncOne(inbox, key, []string{"AirSync:Commands",
			">AirSync:Change", id(9), ">>AirSync:ApplicationData", `>>>Email:Read "1"`,
			">AirSync:Change", id(1), ">>AirSync:ApplicationData", `>>>Email:Read "1"`,
			">AirSync:Delete", id(9),
			">AirSync:Delete", `>>AirSync:ServerId "rubbish"`,
			">AirSync:Delete", id(2),
		})})
		responses := a.c.at("AirSync:Responses")
		if len(responses.kids) != 1 || responses.get("AirSync:Change", "AirSync:Status") != "8" {
			t.Errorf("%v:\n%s", version, a.dump)
		}
		if list := r.records(store.Inbox); len(list) != 2 || list[0].Item.Flags&store.Seen == 0 {
			t.Errorf("%v: %d left", version, len(list))
		}
	}
}

// TestSyncOutbox: the Outbox is a folder like any other, in which nothing ever is; Android waits on it.
func TestSyncOutbox(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MinHeartbeat = time.Millisecond })
	r.needs(V121)
	outbox, inbox := collectionID(r.folder(store.Outbox).ID), r.fill(0)
	a, b := r.prime(t, call{}, outbox), r.prime(t, call{}, inbox)
	body := lines("AirSync:Sync", ">AirSync:Collections",
		">>AirSync:Collection", ">>>AirSync:SyncKey "+strconv.Quote(a), ">>>AirSync:CollectionId "+strconv.Quote(outbox),
		">>AirSync:Collection", ">>>AirSync:SyncKey "+strconv.Quote(b), ">>>AirSync:CollectionId "+strconv.Quote(inbox),
		`>AirSync:HeartbeatInterval "1"`)
	r.fill(1)
	if a := r.sync(t, call{body: body}); a.c.get("AirSync:CollectionId") != inbox || len(a.commands("Add")) != 1 {
		t.Errorf("\n%s", a.dump)
	}
}

// TestSyncPartial: collections that a partial request leaves out are as in the last complete one, and so is all
// else that it leaves out; an empty request repeats what came of both.
func TestSyncPartial(t *testing.T) {
	once(t)
	for _, version := range AllVersions[2:] {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			c := call{version: version}
			inbox, junk := r.fill(0), collectionID(r.folder(store.Junk).ID)
			keys := map[string]string{inbox: r.prime(t, c, inbox), junk: r.prime(t, c, junk)}
			take := func(a syncReply) (told []string) {
				for _, n := range a.root.at("AirSync:Collections").all("AirSync:Collection") {
					a.c = n
					keys[n.get("AirSync:CollectionId")] = a.key()
					told = append(told, a.told()...)
				}
				return told
			}
			both := func() {
				t.Helper()
				c.body = lines("AirSync:Sync", ">AirSync:Collections",
					">>AirSync:Collection", ">>>AirSync:SyncKey "+strconv.Quote(keys[inbox]), ">>>AirSync:CollectionId "+strconv.Quote(inbox),
					">>AirSync:Collection", ">>>AirSync:SyncKey "+strconv.Quote(keys[junk]), ">>>AirSync:CollectionId "+strconv.Quote(junk), `>>>AirSync:WindowSize "1"`)
				if told := take(r.sync(t, c)); len(told) != 0 {
					t.Fatalf("nothing new: %v", told)
				}
			}
			both()
			r.deliver(store.Junk, lunch)
			r.deliver(store.Junk, lunch)
			r.fill(1)
			c.body = syncOne(inbox, keys[inbox], nil, "AirSync:Partial")
			if told := take(r.sync(t, c)); !slices.Equal(told, []string{"Add " + inbox + ":1", "Add " + junk + ":1"}) {
				t.Errorf("partial: %v", told)
			}
			c.body = ""
			if a := r.sync(t, c); a.root.get("AirSync:Status") != "13" {
				t.Errorf("empty, while the device has to say which answer it got:\n%s", a.dump)
			}
			c.body = syncOne(junk, keys[junk], []string{`AirSync:WindowSize "1"`})
			take(r.sync(t, c))
			both()
			r.deliver(store.Junk, lunch)
			c.body = ""
			if told := take(r.sync(t, c)); !slices.Equal(told, []string{"Add " + junk + ":3"}) {
				t.Errorf("empty: %v", told)
			}
		})
	}
}
