package activesync

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestPingAnswerLost repeats a Ping whose answer was lost: it is told the same again, at every version, until
// the device synchronises.
func TestPingAnswerLost(t *testing.T) {
	once(t)
	synctest.Test(t, func(t *testing.T) {
		for _, v := range AllVersions {
			pingAnswerLost(t, v)
		}
	})
}

func pingAnswerLost(t *testing.T, v Version) {
	r := newRig(t)
	inbox := r.fill(0)
	c := call{version: v}
	key := r.whole(t, c, inbox, r.prime(t, c, inbox))
	r.deliver(store.Inbox, lunch)
	ping := call{cmd: "Ping", version: v, body: pingBody(480, inbox)}
	first := r.do(ping)
	ping.body = ""
	for range 3 {
		if a := r.do(ping); a.value("Ping:Status") != "2" || a.dump != first.dump {
			t.Errorf("%v: told first %s, then %s", v, first.dump, a.dump)
		}
	}
	c.body = syncOne(inbox, key, nil)
	if a := r.sync(t, c); len(a.commands("Add")) != 1 {
		t.Errorf("%v:\n%s", v, a.dump)
	}
	// The answer to the Sync is lost as well: the device may not know of the message.
	if a := r.do(ping); a.value("Ping:Status") == "2" {
		t.Errorf("%v: woken for what it was just told", v)
	}
}

// TestPingRemembersOnItsOwn checks that what Ping remembers and what Sync remembers do not touch each other:
// a device may use both. eas/07 57.
func TestPingRemembersOnItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.needs(V121)
		inbox := r.fill(0)
		sent := collectionID(r.folder(store.Sent).ID)
		key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		other := r.whole(t, call{}, sent, r.prime(t, call{}, sent))
		r.ping(t, pingBody(120, inbox))
		r.sync(t, call{body: syncOne(sent, other, nil, `AirSync:HeartbeatInterval "60"`)})
		if status, _, took := r.ping(t, ""); status != "1" || took != 2*time.Minute {
			t.Errorf("Ping without a body, after a Sync: %s after %v", status, took)
		}
		began := time.Now()
		if a := r.sync(t, call{}); len(a.body) != 0 || time.Since(began) != time.Minute {
			t.Errorf("Sync without a body, after a Ping: after %v\n%s", time.Since(began), a.dump)
		}
		if status, _, took := r.ping(t, pingBody(180)); status != "1" || took != 3*time.Minute {
			t.Errorf("only another interval: %s after %v", status, took)
		}
		r.deliver(store.Inbox, lunch)
		if status, folders, _ := r.ping(t, pingBody(0, sent, inbox)); status != "2" || fmt.Sprint(folders) != "["+inbox+"]" {
			t.Errorf("only other folders: %s %v", status, folders)
		}
		_ = key
	})
}

// TestPingFolderGone removes and renames folders while a device waits: it is sent to FolderSync, once.
func TestPingFolderGone(t *testing.T) {
	changes := map[string]func(tx store.Tx, c store.Collection) error{
		"removed": func(tx store.Tx, c store.Collection) error { return tx.RemoveCollection(c.ID) },
		"renamed": func(tx store.Tx, c store.Collection) error {
			_, err := tx.UpdateCollection(c.ID, 0, "Another")
			return err
		},
	}
	for name, change := range changes {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			var c store.Collection
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
				c, err = tx.CreateCollection(store.Collection{Name: "Harbour", Class: store.Mail})
				return err
			}))
			inbox, id := r.fill(0), collectionID(c.ID)
			tree := r.primeFolders(t)
			for _, folder := range []string{inbox, id} {
				r.whole(t, call{}, folder, r.prime(t, call{}, folder))
			}
			go func() {
				time.Sleep(9 * time.Second)
				must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return change(tx, c) }))
			}()
			if status, _, took := r.ping(t, pingBody(300, inbox, id)); status != "7" || took != 9*time.Second {
				t.Errorf("%s: %s after %v", name, status, took)
			}
			r.do(call{cmd: "FolderSync", body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(tree))})
			if status, _, took := r.ping(t, pingBody(60, inbox)); status != "1" || took != time.Minute {
				t.Errorf("%s, after FolderSync: %s after %v", name, status, took)
			}
		})
	}
}

// TestPingOfOthersChanges wakes the device for what another device of the account did, and that device not.
func TestPingOfOthersChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		inbox := r.fill(2)
		tablet := call{device: "tablet", version: V161}
		mine := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
		theirs := r.whole(t, tablet, inbox, r.prime(t, tablet, inbox))
		go func() {
			time.Sleep(time.Second)
			c := tablet
			c.body = syncOne(inbox, theirs, []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(inbox+":1")})
			r.sync(t, c)
		}()
		if status, _, took := r.ping(t, pingBody(300, inbox)); status != "2" || took != time.Second {
			t.Errorf("another device removes a message: %s after %v", status, took)
		}
		c := tablet
		c.cmd, c.body = "Ping", pingBody(60, inbox)
		if a := r.do(c); a.value("Ping:Status") != "1" {
			t.Errorf("the device that did it: %s", a.dump)
		}
		r.whole(t, call{}, inbox, mine)
		wakes := r.report("phone1").Counters.Wakes
		if len(wakes) != 1 || wakes[0].Why != "removed" {
			t.Errorf("%+v", wakes)
		}
	})
}
