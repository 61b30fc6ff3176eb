package activesync

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// TestClient lets an independent client live with an account over real HTTP: it adds the account, takes all
// mail in each form, waits, marks, moves and removes, with one answer in three lost.
func TestClient(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		for _, packed := range []bool{false, true} {
			if packed && v < V121 {
				continue
			}
			t.Run(fmt.Sprint(v, packed), func(t *testing.T) { clientStory(t, v, packed) })
		}
	}
}

func clientStory(t *testing.T, v Version, packed bool) {
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	r.fill(5)
	r.deliver(store.Inbox, withFile)
	server := httptest.NewServer(r)
	defer server.Close()
	c := asclient.New(asclient.Config{
		URL: server.URL + "/Microsoft-Server-ActiveSync", User: rita, Password: password, DeviceID: "client", Version: v.String(), Base64: packed,
	})
	ctx := t.Context()
	must(t, c.Setup(ctx))
	inbox, trash := c.FolderByType(asclient.TypeInbox), c.FolderByType(asclient.TypeDeleted)
	calls := 0
	c.Lose = func(string) bool { calls++; return calls%3 == 0 }
	again := func(do func() error) {
		t.Helper()
		err := asclient.ErrLost
		for err == asclient.ErrLost {
			err = do()
		}
		must(t, err)
	}
	full := func(f asclient.SyncFolder) func() error {
		return func() error { _, err := c.SyncFully(ctx, f); return err }
	}
	for _, kind := range []int{asclient.PlainText, asclient.HTML, asclient.MIME} {
		options := c.MailOptions(asclient.MailOptions{Filter: 0, MIMESupport: 2 * (kind / asclient.MIME), Conflict: -1,
			Bodies: []asclient.BodyPreference{{Type: kind, Truncation: 4000}}})
		inbox.SyncKey = "0"
		clear(inbox.Items)
		again(full(asclient.SyncFolder{Folder: inbox, Options: options, Window: 2}))
		if len(inbox.Items) != 6 {
			t.Fatalf("type %d: %d messages", kind, len(inbox.Items))
		}
	}
	again(full(asclient.SyncFolder{Folder: trash}))
	again(func() error {
		n, err := c.Estimate(ctx, inbox)
		if err == nil && n != 0 {
			t.Errorf("estimate of %d", n)
		}
		return err
	})
	var delivery sync.WaitGroup
	delivery.Go(func() { r.deliver(store.Inbox, lunch) })
	again(func() error {
		status, changed, err := c.Ping(ctx, 60, inbox, trash)
		if err == nil && (status != asclient.PingChanges || len(changed) != 1 || changed[0] != inbox.ID) {
			t.Errorf("ping: %d %v", status, changed)
		}
		return err
	})
	delivery.Wait()
	again(full(asclient.SyncFolder{Folder: inbox}))
	id := inbox.ID + ":7"
	if item := inbox.Items[id]; item == nil || item.Value(wbxml.EmailRead) != "0" {
		t.Fatalf("new message: %+v", item)
	}
	mark := asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: inbox, Commands: []*asclient.Node{asclient.MarkRead(id, true), asclient.Delete(inbox.ID + ":1")}}}}
	again(func() error { _, err := c.Sync(ctx, mark); return err })
	again(func() error { _, err := c.Move(ctx, inbox, trash, inbox.ID+":2"); return err })
	again(full(asclient.SyncFolder{Folder: inbox}))
	again(full(asclient.SyncFolder{Folder: trash}))
	if len(inbox.Items) != 5 || len(trash.Items) != 2 || len(r.records(store.Trash)) != 2 {
		t.Errorf("%d in the Inbox, %d in Deleted Items", len(inbox.Items), len(trash.Items))
	}
	if list := r.records(store.Inbox); list[len(list)-1].Item.Flags&store.Seen == 0 {
		t.Error("not marked as read")
	}
	for _, what := range c.Violations {
		t.Error(what)
	}
}
