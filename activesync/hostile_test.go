package activesync

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// TestPiecesOfOneFile asks for many single bytes at the end of one file: finding each of them reads the file twice.
func TestPiecesOfOneFile(t *testing.T) {
	once(t)
	r := newRig(t)
	const size = 16 << 20
	line := strings.Repeat("x", 62)
	file := strings.Replace(withFile, "base64\n\nYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=\n",
		"8bit\n\n"+strings.Repeat(line+"\n", size/(len(line)+2)), 1)
	ref := fileReference(r.deliver(store.Inbox, file).Item.ID, "2")
	piece := fetchFile(ref, fmt.Sprintf("%d-%d", size-1000, size-1000))
	a := r.do(call{cmd: "ItemOperations", version: V141, body: fetchDoc(strings.Split(strings.Repeat(piece+"|", 40)+piece, "|")...)})
	done, most := strings.Count(a.dump, `Status "1"`)-1, maxRead/size
	if refused := strings.Count(a.dump, `Status "11"`); done < most || done > most+1 || done+refused != 41 {
		t.Errorf("%d pieces, %d are too much", done, refused)
	}
}

// TestTextsOfOneMessage fetches one long text again and again: texts take room in an answer as files do.
func TestTextsOfOneMessage(t *testing.T) {
	r := newRig(t)
	rec := r.deliver(store.Inbox, "From: otto@example.test\nTo: rita@example.test\nSubject: long\n\n"+strings.Repeat(strings.Repeat("x", 62)+"\n", 16<<20/64))
	var out bytes.Buffer
	q := &request{account: r.rita, device: &store.Device{ID: "phone1"}, version: V141, policy: &policy.Policy{}, log: r.Log}
	o := operator{h: r.Handler, ctx: t.Context(), q: q, e: wbxml.NewEncoder(&out), room: maxBody + maxBody/2}
	o.ItemOperationsWriter = wire.NewItemOperationsWriter(o.e)
	for range 2 {
		must(t, o.fetch(&wire.FetchOperation{
			Store: "Mailbox", LongID: longID(rec.Item.ID), Options: &wire.Options{Bodies: []wire.BodyPreference{{Type: wire.BodyText, Truncation: 1 << 30}}},
		}))
	}
	if o.room != maxBody/2 || out.Len() < maxBody-16<<10 || out.Len() > maxBody+1<<10 {
		t.Errorf("%d bytes written, room for %d more", out.Len(), o.room)
	}
}

// TestNameInNotice has a device call itself what steers terminals and turns the direction of text.
func TestNameInNotice(t *testing.T) {
	r := newRig(t, withAccess(policy.Access{Default: policy.Quarantine}))
	r.do(call{cmd: "FolderSync", version: V141, query: url.Values{"DeviceType": {"a\r\nTo: x\x1b[31m\u009b1m\u202eb\u2066"}},
		body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)})
	if got := r.notices(); got != "Your device a To: x [31m 1m b waits for permission; postmaster@example.test" {
		t.Errorf("told: %q", got)
	}
	for _, text := range []string{r.bytes(r.records(store.Inbox)[0].Item.Blob), r.bytes(r.queued()[0].Blob)} {
		if strings.ContainsAny(text, "\x1b\u009b\u202e\u2066") || strings.Contains(text, "\r\nTo: x") {
			t.Errorf("notice %q", text)
		}
	}
}

// TestSearchesAtOnce: an account's searches take turns, a client that goes away gives up its place, and nobody waits
// for those of others.
func TestSearchesAtOnce(t *testing.T) {
	var turns searchTurns
	var ends []func()
	for range maxSearchesAtOnce {
		end, err := turns.take(t.Context(), 1)
		must(t, err)
		ends = append(ends, end)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := turns.take(gone, 1); err == nil {
		t.Error("one search too many")
	}
	end, err := turns.take(t.Context(), 2)
	must(t, err)
	end()
	next := make(chan func())
	go func() {
		end, _ := turns.take(t.Context(), 1)
		next <- end
	}()
	ends[0]()
	ends[0] = <-next
	for _, end := range ends {
		end()
	}
	if len(turns.of) != 0 {
		t.Errorf("%d accounts are remembered", len(turns.of))
	}
}

// TestSearchWaitsInVain: a search whose turn does not come in time is answered as one that takes too long.
func TestSearchWaitsInVain(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.Search = 20 * time.Millisecond })
	for range maxSearchesAtOnce {
		_, err := r.searching.take(t.Context(), r.rita.ID)
		must(t, err)
	}
	a := r.do(call{cmd: "Search", version: V141, body: searchDoc("Mailbox", `Search:FreeText "a"`, "")})
	if got := a.searchStatus(); got != "10" {
		t.Errorf("status %s", got)
	}
}
