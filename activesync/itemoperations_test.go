package activesync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// moveAlways is the Move of a conversation.
func moveAlways(id []byte, dst string) string {
	return fmt.Sprintf("  ItemOperations:Move\n    ItemOperations:ConversationId x\"%x\"\n    ItemOperations:DstFldId %q\n"+
		"    ItemOperations:Options\n      ItemOperations:MoveAlways\n", id, dst)
}

// operations sends operations and returns the statuses of their answers, in order.
func (r *rig) operations(c call, ops ...string) []string {
	r.t.Helper()
	c.cmd, c.body = "ItemOperations", "ItemOperations:ItemOperations\n"+strings.Join(ops, "")
	root := parseDump(r.t, r.do(c).dump)
	statuses := []string{}
	if response := root.at("ItemOperations:Response"); response != nil {
		for _, n := range response.kids {
			statuses = append(statuses, n.get("ItemOperations:Status"))
		}
	}
	return statuses
}

// letter delivers the n-th message of a conversation, as the server does.
func (r *rig) letter(thread string, n int) store.Record {
	r.t.Helper()
	text := fmt.Sprintf("From: otto@example.test\nMessage-ID: <%s-%d@example.test>\nReferences: <%s-0@example.test>\nSubject: Re: %s\n\nNumber %d.\n", thread, n, thread, thread, n)
	in, err := mail.Ingest(r.t.Context(), r.st, strings.NewReader(crlf(text)), 1<<20)
	must(r.t, err)
	defer in.Blob.Release()
	service := mail.NewService(r.st, mail.ServiceOptions{Now: func() time.Time { return r.clock }})
	var rec store.Record
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		rec, err = service.DeliverTx(tx, mail.Incoming{Ingested: in})
		return err
	}))
	return rec
}

// TestMoveConversation moves a conversation, also what comes later, to a folder and back; the device hears of
// each move once.
func TestMoveConversation(t *testing.T) {
	once(t)
	for _, version := range []Version{V140, V141, V160, V161} {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			c := call{version: version}
			inbox, archive := collectionID(r.folder(store.Inbox).ID), collectionID(r.folder(store.Archive).ID)
			first := r.letter("boats", 1)
			r.letter("boats", 2)
			r.letter("trains", 1)
			sent := r.letter("boats", 3)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.Move(sent.Collection, sent.UID, r.folder(store.Sent).ID)
				return err
			}))
			keys := map[string]string{}
			for _, id := range []string{inbox, archive} {
				keys[id] = r.whole(t, c, id, r.prime(t, c, id))
			}
			op := moveAlways(conversationID(first.Item), archive)
			for range 2 { // the answer was lost
				if got := r.operations(c, op); !slices.Equal(got, []string{"1"}) {
					t.Fatalf("statuses %v", got)
				}
			}
			r.letter("boats", 4)
			if a, b, s := len(r.records(store.Inbox)), len(r.records(store.Archive)), len(r.records(store.Sent)); a != 1 || b != 3 || s != 1 {
				t.Errorf("%d in the Inbox, %d in Archive, %d in Sent", a, b, s)
			}
			for id, want := range map[string]string{inbox: "Delete Delete", archive: "Add Add Add"} {
				c.body = syncOne(id, keys[id], nil)
				var told []string
				for _, n := range r.sync(t, c).c.at("AirSync:Commands").kids {
					told = append(told, strings.TrimPrefix(n.name, "AirSync:"))
				}
				if strings.Join(told, " ") != want {
					t.Errorf("%s: told %v, want %s", id, told, want)
				}
			}
			r.operations(c, moveAlways(conversationID(first.Item), inbox))
			r.letter("boats", 5)
			if a, b := len(r.records(store.Inbox)), len(r.records(store.Archive)); a != 5 || b != 0 {
				t.Errorf("back again: %d in the Inbox, %d in Archive", a, b)
			}
		})
	}
}

// TestIgnoreConversation moves a conversation of more messages than one step moves to Deleted Items.
func TestIgnoreConversation(t *testing.T) {
	r := newRig(t)
	r.needs(V140)
	first := r.letter("noise", 1)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		for range 2*conversationBatch + 1 {
			if _, err := tx.Copy(first.Collection, first.UID, first.Collection); err != nil {
				return err
			}
		}
		return nil
	}))
	if got := r.operations(call{}, moveAlways(conversationID(first.Item), collectionID(r.folder(store.Trash).ID))); !slices.Equal(got, []string{"1"}) {
		t.Errorf("statuses %v", got)
	}
	if later := r.letter("noise", 2); later.Collection != r.folder(store.Trash).ID {
		t.Errorf("later mail goes to %d", later.Collection)
	}
	if n := len(r.records(store.Inbox)); n != 0 {
		t.Errorf("%d left in the Inbox", n)
	}
}

// TestMoveConversationRefused lists the statuses of conversations that are not moved.
func TestMoveConversationRefused(t *testing.T) {
	r := newRig(t)
	rec := r.letter("boats", 1)
	id, archive := conversationID(rec.Item), collectionID(r.folder(store.Archive).ID)
	once, _, _ := strings.Cut(moveAlways(id, archive), "    ItemOperations:Options")
	tests := []struct {
		name, op, status string
		version          Version
	}{
		{"once", once, "155", V141},
		{"to the recipient cache", moveAlways(id, "RI"), "105", V141},
		{"to a calendar", moveAlways(id, collectionID(r.folder(store.MainCal).ID)), "156", V141},
		{"to nowhere", moveAlways(id, "c999"), "6", V141},
		{"to rubbish", moveAlways(id, "Inbox"), "6", V141},
		{"of no conversation", moveAlways([]byte{1, 2}, archive), "6", V141},
		{"of one that has never been", moveAlways(threadID(r.rita.ID, 999), archive), "6", V141},
		{"of somebody else's", moveAlways(threadID(r.otto.ID, rec.Item.Thread), archive), "6", V141},
		{"before there were conversations", moveAlways(id, archive), "2", V121},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := r.operations(call{version: test.version}, test.op); !slices.Equal(got, []string{test.status}) {
				t.Errorf("statuses %v, want %s", got, test.status)
			}
		})
	}
	if len(r.records(store.Inbox)) != 1 {
		t.Error("moved all the same")
	}
}

// TestOperationsInOrder checks that operations are done one after the other, and that one that fails does not
// keep the others from being done.
func TestOperationsInOrder(t *testing.T) {
	r := newRig(t)
	r.needs(V140)
	rec := r.letter("boats", 1)
	trash := collectionID(r.folder(store.Trash).ID)
	empty := func(id string) string {
		return fmt.Sprintf("  ItemOperations:EmptyFolderContents\n    AirSync:CollectionId %q\n", id)
	}
	long := fmt.Sprintf("  ItemOperations:Fetch\n    ItemOperations:Store \"Mailbox\"\n    Search:LongId %q\n", longID(rec.Item.ID))
	got := r.operations(call{}, empty("c999"), long, moveAlways(conversationID(rec.Item), trash), long, empty(trash), long)
	if want := []string{"6", "1", "1", "1", "1", "6"}; !slices.Equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
}

// TestFetchAsInSync: who says nothing of bodies gets the kind that it has by Sync, whole.
func TestFetchAsInSync(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, "From: otto@example.test\nSubject: s\nContent-Type: text/html\n\n<p>"+strings.Repeat("Hello ", 100)+"</p>\n")
	inbox := collectionID(rec.Collection)
	kind := func() string {
		a := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchItem(rec, ""))})
		if a.has("AirSyncBase:Truncated") {
			t.Errorf("cut:\n%s", a.dump)
		}
		return a.value("AirSyncBase:Type")
	}
	if got := kind(); got != "1" {
		t.Errorf("never synchronised: type %s", got)
	}
	r.prime(t, call{}, inbox, "AirSync:Options", ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "2"`, `>>AirSyncBase:TruncationSize "10"`)
	if got := kind(); got != "2" {
		t.Errorf("HTML by Sync: type %s", got)
	}
	said := fetchItem(rec, "    ItemOperations:Options\n      AirSyncBase:BodyPreference\n        AirSyncBase:Type \"1\"\n")
	if a := r.do(call{cmd: "ItemOperations", body: fetchDoc(said)}); a.value("AirSyncBase:Type") != "1" {
		t.Errorf("text asked for:\n%s", a.dump)
	}
}

// TestFetchRights: nothing is protected, so taking protection away changes nothing.
func TestFetchRights(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, lunch)
	const options = "    RightsManagement:RemoveRightsManagementProtection\n    ItemOperations:Options\n      RightsManagement:RightsManagementSupport \"1\"\n"
	a := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchItem(rec, options))})
	if a.value("Email:Subject") != "Lunch" || strings.Contains(a.dump, "RightsManagement:") {
		t.Errorf("\n%s", a.dump)
	}
}

// TestFetchEmptyFile checks files without a byte.
func TestFetchEmptyFile(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	message := strings.Replace(withFile, "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=\n", "", 1)
	ref := fileReference(r.deliver(store.Inbox, message).Item.ID, "2")
	for span, want := range map[string]string{"": "1", "0-99": "10", "rubbish": "8"} {
		a := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchFile(ref, span))})
		root := parseDump(t, a.dump).at("ItemOperations:Response", "ItemOperations:Fetch")
		if got := root.get("ItemOperations:Status"); got != want || root.get("ItemOperations:Properties", "ItemOperations:Data") != "" {
			t.Errorf("range %q: status %s, want %s\n%s", span, got, want, a.dump)
		}
	}
}

// TestFetchTooMuch checks that an answer is bounded, and that what fits is told.
func TestFetchTooMuch(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, withFile)
	var o operator
	o.room = 60
	for i, want := range []error{nil, nil, errTooMuch} {
		if err := o.take(26); err != want {
			t.Errorf("file %d: %v", i, err)
		}
	}
	var files []string
	for range 100 {
		files = append(files, fetchFile(fileReference(rec.Item.ID, "2"), "0-25"))
	}
	a := r.do(call{cmd: "ItemOperations", body: fetchDoc(files...)})
	if n := strings.Count(a.dump, "ItemOperations:Total \"26\""); n != 100 {
		t.Errorf("%d files of 100", n)
	}
}
