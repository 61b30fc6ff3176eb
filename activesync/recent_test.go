package activesync

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// A recentRig is a rig whose user writes to people, and a phone that looks at whom.
type recentRig struct {
	*rig
	recents *contacts.Recents
	now     time.Time
	*asclient.Client
}

func newRecentRig(t *testing.T, v Version) *recentRig {
	r := &recentRig{rig: newRig(t, func(o *Options) { o.Limits.Rate = -1 }), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	r.recents = &contacts.Recents{Store: r.st}
	server := httptest.NewServer(r.rig)
	t.Cleanup(server.Close)
	r.Client = asclient.New(asclient.Config{
		URL: server.URL + "/Microsoft-Server-ActiveSync", User: rita, Password: password, DeviceID: "client", Version: v.String(),
	})
	must(t, r.Setup(t.Context()))
	return r
}

// wrote notes messages to people, the first one the most often.
func (r *recentRig) wrote(people ...string) {
	r.t.Helper()
	r.now = r.now.Add(48 * time.Hour)
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
		for i, p := range people {
			for n := range len(people) - i {
				at := r.now.Add(time.Duration(n) * 30 * time.Hour)
				if err := r.recents.Wrote(tx, r.rita.ID, map[string]string{p + "@example.test": strings.ToUpper(p)}, at); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	must(r.t, r.recents.Tend(r.t.Context(), r.rita.ID))
}

// maxItems is an option.
func maxItems(n int) []*asclient.Node {
	if n == 0 {
		return nil
	}
	return []*asclient.Node{asclient.El(wbxml.AirSyncOptions, asclient.El(wbxml.AirSyncMaxItems, n))}
}

// names returns what the phone has, the highest rank first.
func names(f *asclient.Folder) string {
	var list []string
	for _, item := range f.Items {
		rank := item.Value(wbxml.ContactsWeightedRank)
		list = append(list, fmt.Sprintf("%6s %s", rank, item.Value(wbxml.ContactsEmail1Address)))
	}
	slices.Sort(list)
	slices.Reverse(list)
	for i, l := range list {
		list[i] = strings.TrimSuffix(strings.TrimSpace(l[6:]), "@example.test")
	}
	return strings.Join(list, " ")
}

func TestRecipientCache(t *testing.T) {
	for _, v := range []Version{V140, V141, V161} {
		t.Run(v.String(), func(t *testing.T) { recipientStory(newRecentRig(t, v)) })
	}
}

func recipientStory(r *recentRig) {
	t, ctx := r.t, r.t.Context()
	if r.Folders[recipientCache] != nil {
		t.Error("there is a recipient cache of nobody")
	}
	r.wrote("anna", "ben", "carl")
	must(t, r.FolderSync(ctx))
	f := r.Folders[recipientCache]
	if f == nil || f.Type != recipientType || f.Name != "RecipientInfo" {
		t.Fatalf("%+v", f)
	}
	calls := 0
	r.Lose = func(string) bool { calls++; return calls%2 == 0 } // every other answer
	sync := func(want string, n int) {
		t.Helper()
		err := asclient.ErrLost
		for err == asclient.ErrLost {
			_, err = r.SyncFully(ctx, asclient.SyncFolder{Folder: f, Options: maxItems(n)})
		}
		must(t, err)
		if got := names(f); got != want {
			t.Errorf("%d items: %s; want %s", n, got, want)
		}
	}
	sync("anna ben carl", 0)
	for _, item := range f.Items {
		if item.Value(wbxml.ContactsFileAs) != strings.ToUpper(item.Value(wbxml.ContactsEmail1Address)[:len(item.Value(wbxml.ContactsFileAs))]) ||
			item.Value(wbxml.ContactsAlias) == "" || item.Data.Find(wbxml.AirSyncBaseBody) != nil || len(item.Data.Children) != 4 {
			t.Errorf("%s", item.Data)
		}
	}
	sync("anna ben", 2)
	r.wrote("dora", "x1", "x2", "x3", "x4")
	sync("dora x1", 2)
	sync("dora x1 x2", 3)
	r.Lose = nil
	n, err := r.Estimate(ctx, f)
	if err != nil || n != 0 {
		t.Errorf("estimate of %d, %v", n, err)
	}
	result, err := r.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: f, Options: maxItems(3),
		Commands: []*asclient.Node{asclient.Delete("c1:1")}}}})
	if err != nil || result.Folders[f.ID].Status != syncProtocol {
		t.Errorf("a command: %+v, %v", result, err)
	}
	for _, violation := range r.Violations {
		t.Error(violation)
	}
}

// TestRecipientCacheUnknown asks where there is none, or must not be.
func TestRecipientCacheUnknown(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	prime := func(v Version, id string) string {
		return r.sync(t, call{version: v, body: syncOne(id, "0", nil)}).status()
	}
	if got := prime(V141, recipientCache); got != "12" {
		t.Errorf("a cache that is not there: %s", got)
	}
	recents := &contacts.Recents{Store: r.st}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		return recents.Wrote(tx, r.rita.ID, map[string]string{"anna@example.test": ""}, time.Now())
	}))
	must(t, recents.Tend(t.Context(), r.rita.ID))
	inner := collectionID(r.folder(store.Recipients).ID)
	for _, c := range []struct {
		v    Version
		id   string
		want string
	}{{V121, recipientCache, "4"}, {V25, recipientCache, "4"}, {V141, recipientCache, "1"}, {V161, recipientCache, "1"}, {V141, inner, "12"}} {
		if got := prime(c.v, c.id); got != c.want {
			t.Errorf("%s at %s: %s; want %s", c.id, c.v, got, c.want)
		}
	}
	for v, want := range map[Version]bool{V25: false, V121: false, V140: true, V161: true} {
		a := r.do(call{cmd: "FolderSync", version: v, device: "d" + v.String(), body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)})
		if strings.Contains(a.dump, `"RI"`) != want || strings.Contains(a.dump, strconv.Quote(inner)) {
			t.Errorf("folders at %s:\n%s", v, a.dump)
		}
	}
	if hidden := oneBook.hides(r.folder(store.Recipients)); !hidden || oneBook.hides(r.folder(store.MainCards)) {
		t.Error("who has one book gets another")
	}
}

// TestRecipientCachePing waits for somebody new.
func TestRecipientCachePing(t *testing.T) {
	r := newRecentRig(t, V141)
	r.wrote("anna", "ben")
	ctx := t.Context()
	must(t, r.FolderSync(ctx))
	f := r.Folders[recipientCache]
	_, err := r.SyncFully(ctx, asclient.SyncFolder{Folder: f, Options: maxItems(1)})
	must(t, err)
	r.wrote("carl", "dora")
	status, changed, err := r.Ping(ctx, 900, f)
	if err != nil || status != 2 || len(changed) != 1 || changed[0] != recipientCache {
		t.Errorf("%d, %v, %v", status, changed, err)
	}
	_, err = r.SyncFully(ctx, asclient.SyncFolder{Folder: f, Options: maxItems(1)})
	must(t, err)
	if got := names(f); got != "carl" {
		t.Error(got)
	}
}
