package activesync

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// pingBody is a Ping request for folders.
func pingBody(heartbeat int, ids ...string) string {
	list := []string{"Ping:Ping"}
	if heartbeat != 0 {
		list = append(list, fmt.Sprintf(">Ping:HeartbeatInterval \"%d\"", heartbeat))
	}
	if len(ids) > 0 {
		list = append(list, ">Ping:Folders")
	}
	for _, id := range ids {
		list = append(list, ">>Ping:Folder", ">>>Ping:Id "+strconv.Quote(id), `>>>Ping:Class "Email"`)
	}
	return lines(list...)
}

// ping makes a Ping and returns status, folders and how long it took.
func (r *rig) ping(t *testing.T, body string) (status string, folders []string, took time.Duration) {
	t.Helper()
	begun := time.Now()
	root := parseDump(t, r.do(call{cmd: "Ping", body: body}).dump)
	for _, f := range root.at("Ping:Folders").all("Ping:Folder") {
		folders = append(folders, f.text)
	}
	return root.get("Ping:Status"), folders, time.Since(begun)
}

// folders makes a FolderSync with key 0.
func (r *rig) primeFolders(t *testing.T) string {
	t.Helper()
	return parseDump(t, r.do(call{cmd: "FolderSync", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}).dump).
		get("FolderHierarchy:SyncKey")
}

// TestPingParameters lists what Ping answers at once.
func TestPingParameters(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	many := make([]string, maxPing+1)
	for i := range many {
		many[i] = fmt.Sprint("c", i+1)
	}
	tests := []struct{ name, body, want string }{
		{"nothing, nothing cached", "", "3"},
		{"no folders", pingBody(480), "3"},
		{"no interval", pingBody(0, inbox), "3"},
		{"twice the same", pingBody(480, inbox, inbox), "4"},
		{"too short", pingBody(10, inbox), "5 60"},
		{"too long", pingBody(3600, inbox), "5 3540"},
		{"too many folders", pingBody(480, many...), "6 300"},
		{"unknown folder", pingBody(480, "c999"), "7"},
		{"id that is none", pingBody(480, "Inbox"), "7"},
		{"never synchronised", pingBody(480, inbox), "2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := parseDump(t, r.do(call{cmd: "Ping", body: test.body}).dump)
			got := strings.TrimSpace(root.get("Ping:Status") + " " + root.get("Ping:HeartbeatInterval") + root.get("Ping:MaxFolders"))
			if got != test.want {
				t.Errorf("status %q, want %q", got, test.want)
			}
		})
	}
}

// TestPingWaits checks on a clock of its own that Ping waits as long as it should, and for what it should.
func TestPingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		inbox := r.fill(1)
		r.primeFolders(t)
		trash := collectionID(r.folder(store.Trash).ID)
		key := r.prime(t, call{}, inbox, "AirSync:Options", `>AirSync:FilterType "2"`)
		if status, folders, took := r.ping(t, pingBody(300, inbox, trash)); status != "2" || len(folders) != 2 || took != 0 {
			t.Fatalf("before the first window: %s %v after %v", status, folders, took)
		}
		key = r.whole(t, call{}, inbox, key)
		r.whole(t, call{}, trash, r.prime(t, call{}, trash))
		if status, _, took := r.ping(t, pingBody(300, inbox, trash)); status != "1" || took != 300*time.Second {
			t.Errorf("nothing happens: %s after %v", status, took)
		}
		later := func(d time.Duration, do func()) {
			go func() {
				time.Sleep(d)
				do()
			}()
		}
		old := store.FlagChange{Add: store.Seen}
		var ancient store.Record
		later(20*time.Second, func() {
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
				blob, err := tx.Blob(r.records(store.Inbox)[0].Item.Blob)
				if err != nil {
					return err
				}
				ancient, err = tx.Add(r.folder(store.Inbox).ID, store.NewItem{Class: store.Mail, Blob: blob, Received: r.clock.AddDate(-1, 0, 0)})
				return err
			}))
		})
		later(40*time.Second, func() { r.deliver(store.Junk, lunch) })
		later(60*time.Second, func() { r.deliver(store.Trash, lunch) })
		status, folders, took := r.ping(t, "")
		if status != "2" || fmt.Sprint(folders) != "["+trash+"]" || took != 60*time.Second {
			t.Errorf("outside of the filter, another folder, a delivery: %s %v after %v", status, folders, took)
		}
		r.whole(t, call{}, trash, r.prime(t, call{}, trash))
		later(time.Second, func() {
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				if _, err := tx.Mark(ancient.Collection, ancient.UID, old); err != nil {
					return err
				}
				_, err := tx.Mark(ancient.Collection, 1, store.FlagChange{Add: store.MDNSent})
				return err
			}))
		})
		later(2*time.Second, func() {
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.Mark(ancient.Collection, 1, old)
				return err
			}))
		})
		if status, folders, took := r.ping(t, ""); status != "2" || fmt.Sprint(folders) != "["+inbox+"]" || took != 2*time.Second {
			t.Errorf("a mark: %s %v after %v", status, folders, took)
		}
		// The device's own changes are none, before it waits or while it does.
		key = r.whole(t, call{}, inbox, key)
		r.sync(t, call{body: syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Change",
			">>AirSync:ServerId \"" + inbox + ":1\"", ">>AirSync:ApplicationData", `>>>Email:Read "0"`})})
		if status, _, took := r.ping(t, pingBody(60, inbox)); status != "1" || took != time.Minute {
			t.Errorf("the device's own change: %s after %v", status, took)
		}
		later(time.Second, func() {
			a := r.do(call{cmd: "MoveItems", body: lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+strconv.Quote(inbox+":1"),
				">>Move:SrcFldId "+strconv.Quote(inbox), ">>Move:DstFldId "+strconv.Quote(trash))})
			if a.value("Move:Status") != "3" {
				t.Errorf("move:\n%s", a.dump)
			}
		})
		if status, folders, took := r.ping(t, pingBody(60, inbox, trash)); status != "1" || took != time.Minute {
			t.Errorf("the device moves a message: %s %v after %v", status, folders, took)
		}
	})
}

// TestPingTree checks that Ping ends when the folder tree changes, and tells the device to ask for it.
func TestPingTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		inbox := r.fill(0)
		r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		tree := r.primeFolders(t)
		go func() {
			time.Sleep(7 * time.Second)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.CreateCollection(store.Collection{Name: "Harbour", Class: store.Mail})
				return err
			}))
		}()
		if status, _, took := r.ping(t, pingBody(300, inbox)); status != "7" || took != 7*time.Second {
			t.Errorf("new folder: %s after %v", status, took)
		}
		r.do(call{cmd: "FolderSync", body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(tree))})
		if status, _, took := r.ping(t, pingBody(60, inbox)); status != "1" || took != time.Minute {
			t.Errorf("after FolderSync: %s after %v", status, took)
		}
	})
}

// TestWaitSuperseded checks that a newer request of the device ends a waiting one.
func TestWaitSuperseded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.needs(V121)
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		done := make(chan string, 2)
		go func() {
			status, _, took := r.ping(t, pingBody(600, inbox))
			done <- fmt.Sprint("ping ", status, " ", took)
		}()
		time.Sleep(5 * time.Second)
		go func() {
			begun := time.Now()
			a := r.sync(t, call{body: syncOne(inbox, key, nil, `AirSync:HeartbeatInterval "600"`)})
			done <- fmt.Sprint("sync ", len(a.body), " ", time.Since(begun))
		}()
		time.Sleep(5 * time.Second)
		if a := r.sync(t, call{body: syncOne(inbox, key, nil)}); len(a.body) != 0 {
			t.Errorf("newest:\n%s", a.dump)
		}
		if a, b := <-done, <-done; a != "ping 1 5s" || b != "sync 0 5s" {
			t.Errorf("superseded: %s, %s", a, b)
		}
	})
}

// TestSyncWaits checks a Sync that waits: for a delivery, and in vain.
func TestSyncWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.needs(V121)
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		go func() {
			time.Sleep(90 * time.Second)
			r.deliver(store.Inbox, lunch)
		}()
		begun := time.Now()
		a := r.sync(t, call{body: syncOne(inbox, key, nil, `AirSync:Wait "5"`)})
		if len(a.commands("Add")) != 1 || time.Since(begun) != 90*time.Second {
			t.Errorf("after %v:\n%s", time.Since(begun), a.dump)
		}
		begun = time.Now()
		if a := r.sync(t, call{body: syncOne(inbox, a.key(), nil, `AirSync:HeartbeatInterval "120"`)}); len(a.body) != 0 || time.Since(begun) != 2*time.Minute {
			t.Errorf("in vain, after %v:\n%s", time.Since(begun), a.dump)
		}
	})
}

// TestSyncWaitsForNothing checks that a Sync that wants no changes waits until its time is up, whatever comes.
func TestSyncWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.needs(V121)
		inbox := r.fill(0)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		r.deliver(store.Inbox, lunch)
		begun := time.Now()
		a := r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:GetChanges "0"`}, `AirSync:HeartbeatInterval "120"`)})
		if len(a.body) != 0 || time.Since(begun) != 2*time.Minute {
			t.Errorf("after %v:\n%s", time.Since(begun), a.dump)
		}
	})
}

// TestWaitBehindFilter checks that what the filter passes before the device has got it ends no wait: there is
// nothing to be told of it.
func TestWaitBehindFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.needs(V121)
		r.clock = r.clock.Add(-20 * time.Hour)
		r.deliver(store.Inbox, lunch)
		r.deliver(store.Inbox, lunch)
		r.clock = r.clock.Add(20 * time.Hour)
		inbox := r.fill(0)
		day := []string{"AirSync:Options", `>AirSync:FilterType "1"`}
		key := r.prime(t, call{}, inbox)
		a := r.sync(t, call{body: syncOne(inbox, key, append([]string{`AirSync:WindowSize "1"`}, day...))})
		if len(a.commands("Add")) != 1 {
			t.Fatalf("first window:\n%s", a.dump)
		}
		gone := []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(a.commands("Add")[0].get("AirSync:ServerId"))}
		a = r.sync(t, call{body: syncOne(inbox, a.key(), append([]string{`AirSync:GetChanges "0"`}, gone...))})
		r.clock = r.clock.Add(10 * time.Hour)
		begun := time.Now()
		waited := r.sync(t, call{body: syncOne(inbox, a.key(), nil, `AirSync:HeartbeatInterval "120"`)})
		if len(waited.body) != 0 || time.Since(begun) != 2*time.Minute {
			t.Errorf("after %v:\n%s", time.Since(begun), waited.dump)
		}
		if status, folders, took := r.ping(t, pingBody(60, inbox)); status != "1" || took != time.Minute {
			t.Errorf("ping: %s %v after %v", status, folders, took)
		}
	})
}

// TestEstimate compares the estimate with what Sync then tells.
func TestEstimate(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		r := newRig(t)
		inbox := r.fill(5)
		estimate := func(key string) string {
			body := lines("GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections", ">>GetItemEstimate:Collection",
				">>>AirSync:SyncKey "+strconv.Quote(key), ">>>GetItemEstimate:CollectionId "+strconv.Quote(inbox))
			n := parseDump(t, r.do(call{cmd: "GetItemEstimate", version: v, body: body}).dump).at("GetItemEstimate:Response")
			if (n.at("GetItemEstimate:Collection", "GetItemEstimate:Class") != nil) != (v < V140 && n.get("GetItemEstimate:Status") == "1") {
				t.Errorf("%v: Class is there or missing", v)
			}
			return n.get("GetItemEstimate:Status") + " " + n.get("GetItemEstimate:Collection", "GetItemEstimate:Estimate")
		}
		if got := estimate("k1"); got != "3 " {
			t.Errorf("%v: not primed: %q", v, got)
		}
		key := r.prime(t, call{version: v}, inbox)
		if got := estimate("k0000000000000001-1"); got != "4 " {
			t.Errorf("%v: bad key: %q", v, got)
		}
		if got := estimate(key); got != "1 5" {
			t.Errorf("%v: first: %q", v, got)
		}
		a := r.sync(t, call{version: v, body: syncOne(inbox, key, []string{`AirSync:WindowSize "2"`})})
		r.fill(1)
		if got := estimate(a.key()); got != "1 4" {
			t.Errorf("%v: after a window of 2 and a delivery: %q", v, got)
		}
	}
}

// TestPingNewsBesideTree waits for a folder with news and one that is gone: the tree comes first, for what is behind the
// folder that is gone has not been looked at.
func TestPingNewsBesideTree(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	var gone store.Collection
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		gone, err = tx.CreateCollection(store.Collection{Name: "Gone", Class: store.Mail})
		return err
	}))
	r.primeFolders(t)
	r.prime(t, call{}, inbox)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.RemoveCollection(gone.ID) }))
	r.primeFolders(t) // the device does not hear the answer
	root := parseDump(t, r.do(call{cmd: "Ping", body: pingBody(480, inbox, collectionID(gone.ID))}).dump)
	if got := root.get("Ping:Status"); got != "7" {
		t.Errorf("status %s, want 7", got)
	}
}
