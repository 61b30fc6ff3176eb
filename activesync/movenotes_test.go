package activesync

import (
	"strconv"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestMoveNotes moves a message that somebody else has flagged meanwhile, twice: the device is told neither of
// the moves, but of the flag; and when somebody takes the message out of the last folder, of that.
func TestMoveNotes(t *testing.T) {
	for _, hops := range []int{1, 2} {
		t.Run(strconv.Itoa(hops), func(t *testing.T) {
			r := newRig(t)
			r.needs(V120)
			r.fill(1)
			roles := []store.Role{store.Inbox, store.Junk, store.Archive}[:hops+1]
			ids, keys := make([]string, len(roles)), make([]string, len(roles))
			for i, role := range roles {
				ids[i] = collectionID(r.folder(role).ID)
				keys[i] = r.whole(t, call{}, ids[i], r.prime(t, call{}, ids[i]))
			}
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.Mark(r.folder(store.Inbox).ID, 1, store.FlagChange{Add: store.Flagged})
				return err
			}))
			for range 2 { // the next folder's position is ahead of the flag, and confirmed
				r.deliver(roles[1], lunch)
				keys[1] = r.whole(t, call{}, ids[1], keys[1])
			}
			item := ids[0] + ":1"
			for i := range hops {
				a := r.do(call{cmd: "MoveItems", body: lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+strconv.Quote(item),
					">>Move:SrcFldId "+strconv.Quote(ids[i]), ">>Move:DstFldId "+strconv.Quote(ids[i+1]))})
				if item = a.value("Move:DstMsgId"); item == "" {
					t.Fatalf("move %d:\n%s", i, a.dump)
				}
			}
			for i := range hops {
				if a := r.sync(t, call{body: syncOne(ids[i], keys[i], nil)}); a.c.at("AirSync:Commands") != nil {
					t.Errorf("folder %d is told of a move:\n%s", i, a.dump)
				}
			}
			a := r.sync(t, call{body: syncOne(ids[hops], keys[hops], nil)})
			changes := a.commands("Change")
			if len(changes) != 1 || len(a.commands("Add")) != 0 || changes[0].get("AirSync:ServerId") != item ||
				changes[0].get("AirSync:ApplicationData", "Email:Flag", "Email:Status") != "2" {
				t.Fatalf("the flag:\n%s", a.dump)
			}
			_, uid, _ := parseItemID(item)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(r.folder(roles[hops]).ID, uid) }))
			a = r.sync(t, call{body: syncOne(ids[hops], a.key(), nil)})
			if gone := a.commands("Delete"); len(gone) != 1 || gone[0].get("AirSync:ServerId") != item {
				t.Errorf("removed elsewhere:\n%s", a.dump)
			}
		})
	}
}

// TestMoveNotesOwn moves a message that somebody else has flagged and that the device then has marked as read: it
// is told of the flag, and not of what it did itself.
func TestMoveNotesOwn(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	inbox := r.fill(1)
	junk := collectionID(r.folder(store.Junk).ID)
	key := r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	to := r.whole(t, call{}, junk, r.prime(t, call{}, junk))
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Mark(r.folder(store.Inbox).ID, 1, store.FlagChange{Add: store.Flagged})
		return err
	}))
	item := strconv.Quote(inbox + ":1")
	r.sync(t, call{body: syncOne(inbox, key, []string{`AirSync:GetChanges "0"`, "AirSync:Commands", ">AirSync:Change",
		">>AirSync:ServerId " + item, ">>AirSync:ApplicationData", `>>>Email:Read "1"`})})
	r.do(call{cmd: "MoveItems", body: lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+item,
		">>Move:SrcFldId "+strconv.Quote(inbox), ">>Move:DstFldId "+strconv.Quote(junk))})
	a := r.sync(t, call{body: syncOne(junk, to, nil)})
	changes := a.commands("Change")
	if len(changes) != 1 {
		t.Fatalf("after the move:\n%s", a.dump)
	}
	if data := changes[0].at("AirSync:ApplicationData"); len(data.kids) != 1 || data.get("Email:Flag", "Email:Status") != "2" {
		t.Errorf("told more than the flag:\n%s", a.dump)
	}
}

// TestMoveNotesTwice moves a message twice, by way of a folder that the device has long not synchronised: it knows the
// message, and is told nothing.
func TestMoveNotesTwice(t *testing.T) {
	r := newRig(t)
	folders := []string{r.fill(0), collectionID(r.folder(store.Junk).ID), collectionID(r.folder(store.Archive).ID)}
	keys := make([]string, len(folders))
	for i, id := range folders {
		keys[i] = r.whole(t, call{}, id, r.prime(t, call{}, id))
	}
	r.fill(1)
	keys[0] = r.whole(t, call{}, folders[0], keys[0])
	item := folders[0] + ":1"
	for i := range 2 {
		a := r.do(call{cmd: "MoveItems", body: lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+strconv.Quote(item),
			">>Move:SrcFldId "+strconv.Quote(folders[i]), ">>Move:DstFldId "+strconv.Quote(folders[i+1]))})
		item = a.value("Move:DstMsgId")
	}
	for i, id := range folders {
		if a := r.sync(t, call{body: syncOne(id, keys[i], nil)}); !a.nothing() {
			t.Errorf("folder %d:\n%s", i, a.dump)
		}
	}
}

// TestMoveNotesConflict moves a message and then marks it: nobody else has, so there is no conflict, however long the
// device has not synchronised the folder that the message is in now.
func TestMoveNotesConflict(t *testing.T) {
	r := newRig(t)
	inbox, junk := r.fill(0), collectionID(r.folder(store.Junk).ID)
	to := r.whole(t, call{}, junk, r.prime(t, call{}, junk))
	key := r.prime(t, call{}, inbox)
	r.fill(1)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Mark(r.folder(store.Inbox).ID, 1, store.FlagChange{Add: store.Seen})
		return err
	}))
	r.whole(t, call{}, inbox, key)
	moved := r.do(call{cmd: "MoveItems", body: lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+strconv.Quote(inbox+":1"),
		">>Move:SrcFldId "+strconv.Quote(inbox), ">>Move:DstFldId "+strconv.Quote(junk))}).value("Move:DstMsgId")
	a := r.sync(t, call{body: syncOne(junk, to, []string{"AirSync:Commands", ">AirSync:Change",
		">>AirSync:ServerId " + strconv.Quote(moved), ">>AirSync:ApplicationData", `>>>Email:Read "0"`})})
	if a.c.at("AirSync:Responses") != nil || a.c.at("AirSync:Commands") != nil {
		t.Errorf("marked as unread:\n%s", a.dump)
	}
}
