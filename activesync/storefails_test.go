package activesync

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// A stuck store reads, and writes nothing while there is an error to return; nor does it read messages while
// there is one of these.
type stuck struct {
	store.Store
	err  error
	blob error
}

func (s *stuck) OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error) {
	if s.blob != nil {
		return nil, fmt.Errorf("open blob: %w", s.blob)
	}
	return s.Store.OpenBlob(ctx, id)
}

func (s *stuck) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	if s.err != nil {
		return fmt.Errorf("write: %w", s.err)
	}
	return s.Store.Update(ctx, acct, fn)
}

func (s *stuck) UpdateAll(ctx context.Context, work []store.Work) []error {
	if s.err == nil {
		return s.Store.UpdateAll(ctx, work)
	}
	errs := make([]error, len(work))
	for i := range errs {
		errs[i] = fmt.Errorf("write: %w", s.err)
	}
	return errs
}

// TestStoreFails checks what a device is told when the store cannot write: that it failed, or to come again;
// and that its request succeeds when it does.
func TestStoreFails(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			st := &stuck{}
			r := newRig(t, func(o *Options) { st.Store, o.Store = o.Store, st })
			inbox, trash := r.fill(2), collectionID(r.folder(store.Trash).ID)
			c := call{version: version}
			key := r.whole(t, c, inbox, r.prime(t, c, inbox))
			tree := r.goldenKey(version, "tree")
			later := "111"
			failed := "110"
			if version < V140 {
				later, failed = "HTTP 503", "HTTP 500"
			}
			tests := []struct{ cmd, body, status, failed, busy string }{
				{"Sync", syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(inbox+":1")}), "AirSync:Status", "5", "16"},
				{"FolderSync", lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`), "FolderHierarchy:Status", "6", later},
				{"FolderCreate", lines("FolderHierarchy:FolderCreate", ">FolderHierarchy:SyncKey "+strconv.Quote(tree),
					`>FolderHierarchy:ParentId "0"`, `>FolderHierarchy:DisplayName "x"`, `>FolderHierarchy:Type "12"`), "FolderHierarchy:Status", "6", later},
				{"MoveItems", moveDoc([3]string{inbox + ":2", inbox, trash}), "Move:Status", failed, later},
			}
			if version >= V120 {
				empty := "ItemOperations:ItemOperations\n  ItemOperations:EmptyFolderContents\n    AirSync:CollectionId " + strconv.Quote(trash) + "\n"
				tests = append(tests, struct{ cmd, body, status, failed, busy string }{"ItemOperations", empty, "ItemOperations:EmptyFolderContents", "3", "3"})
			}
			for _, test := range tests {
				ask := func() string {
					a := r.do(call{cmd: test.cmd, version: version, body: test.body})
					switch {
					case a.code != 200:
						return fmt.Sprint("HTTP ", a.code)
					case test.cmd == "ItemOperations":
						return parseDump(t, a.dump).get("ItemOperations:Response", test.status, "ItemOperations:Status")
					}
					return a.value(test.status)
				}
				for _, err := range []error{store.Internal, store.Busy, nil} {
					st.err = err
					want := map[error]string{store.Internal: test.failed, store.Busy: test.busy, nil: "1"}[err]
					if err == nil && test.cmd == "MoveItems" {
						want = "3"
					}
					if got := ask(); got != want {
						t.Errorf("%s, %v: status %s, want %s", test.cmd, err, got, want)
					}
				}
			}
		})
	}
}

// TestFetchUnreadable: a file whose message cannot be read is status 12, the message itself 14; and GetAttachment
// is 500.
func TestFetchUnreadable(t *testing.T) {
	st := &stuck{}
	r := newRig(t, func(o *Options) { st.Store, o.Store = o.Store, st })
	rec := r.deliver(store.Inbox, withFile)
	reference := fileReference(rec.Item.ID, "2")
	st.blob = store.Damaged
	a := r.do(call{cmd: "ItemOperations", version: max(baseVersion, V120), body: fetchDoc(fetchFile(reference, ""), fetchItem(rec, ""), fetchFile("i99:2", ""))})
	var got []string
	for _, n := range parseDump(t, a.dump).at("ItemOperations:Response").kids {
		got = append(got, n.get("ItemOperations:Status"))
	}
	if want := []string{"12", "14", "15"}; !slices.Equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
	if a := r.do(call{cmd: "GetAttachment", version: V121, query: url.Values{"AttachmentName": {reference}}}); a.code != 500 {
		t.Errorf("GetAttachment: HTTP %d", a.code)
	}
}

// TestSyncOverQuota: a draft for which there is no room is status 9, and the folder goes on.
func TestSyncOverQuota(t *testing.T) {
	r := newRig(t)
	drafts := collectionID(r.folder(store.Drafts).ID)
	c := call{version: V161}
	key := r.prime(t, c, drafts)
	quota := func(bytes int64) {
		t.Helper()
		must(t, r.st.Update(t.Context(), 0, func(tx store.Tx) error {
			a := r.rita
			a.Quota = bytes
			return tx.UpdateAccount(a)
		}))
	}
	add := syncOne(drafts, key, []string{"AirSync:Commands", ">AirSync:Add", `>>AirSync:ClientId "1"`, ">>AirSync:ApplicationData", `>>>Email:Subject "boats"`})
	quota(1)
	c.body = add
	a := r.sync(t, c)
	if a.status() != "1" || a.c.get("AirSync:Responses", "AirSync:Add", "AirSync:Status") != "9" || a.c.get("AirSync:Responses", "AirSync:Add", "AirSync:ServerId") != "" {
		t.Fatalf("no room:\n%s", a.dump)
	}
	quota(0)
	c.body = syncOne(drafts, a.key(), []string{"AirSync:Commands", ">AirSync:Add", `>>AirSync:ClientId "1"`, ">>AirSync:ApplicationData", `>>>Email:Subject "boats"`})
	if a = r.sync(t, c); a.c.get("AirSync:Responses", "AirSync:Add", "AirSync:Status") != "1" {
		t.Errorf("room again:\n%s", a.dump)
	}
}

// TestTreeNews: a device that waits is woken by changes of the folders that are not its own, and by its own
// where they came to something else.
func TestTreeNews(t *testing.T) {
	r := newRig(t)
	q := &request{device: &store.Device{ID: "phone1"}}
	news := func() bool {
		var err error
		must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
			err = treeUnchanged(tx, q)
			return nil
		}))
		return err != nil
	}
	key := folderKey(r.folderCall(t, "FolderSync", "0"))
	made := r.folderCall(t, "FolderCreate", key, "ParentId", "0", "DisplayName", "boats", "Type", "12")
	if news() {
		t.Error("its own folder is news")
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		id, _ := parseCollectionID(made.get("FolderHierarchy:ServerId"))
		_, err := tx.UpdateCollection(id, r.folder(store.Archive).ID, "ships")
		return err
	}))
	if !news() {
		t.Error("its folder has another name, and that is no news")
	}
	told := r.folderCall(t, "FolderSync", folderKey(made))
	if news() || told.at("FolderHierarchy:Changes", "FolderHierarchy:Update") == nil {
		t.Errorf("told %+v, still news: %v", told, news())
	}
	slashed := r.folderCall(t, "FolderCreate", folderKey(told), "ParentId", "0", "DisplayName", "in/out", "Type", "12")
	if !news() {
		t.Error("the folder is called otherwise, and that is no news")
	}
	r.folderCall(t, "FolderSync", folderKey(slashed))
	if news() {
		t.Error("told, and still news")
	}
}
