package activesync

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func moveDoc(moves ...[3]string) string {
	var b strings.Builder
	b.WriteString("Move:MoveItems\n")
	for _, m := range moves {
		fmt.Fprintf(&b, "  Move:Move\n    Move:SrcMsgId %q\n    Move:SrcFldId %q\n    Move:DstFldId %q\n", m[0], m[1], m[2])
	}
	return b.String()
}

func TestMoveItems(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			rec := r.deliver(store.Inbox, lunch)
			src, dst, cal := collectionID(rec.Collection), collectionID(r.folder(store.Archive).ID), collectionID(r.folder(store.MainCal).ID)
			id := itemID(rec.Collection, rec.UID)
			doc := moveDoc(
				[3]string{id, src, src}, [3]string{id, src, "c999"}, [3]string{id, src, cal}, [3]string{src + ":999", src, dst},
				[3]string{"rubbish", src, dst}, [3]string{id, dst, dst}, [3]string{id, src, dst})
			a := r.do(call{cmd: "MoveItems", version: version, body: doc})
			want := []string{"4", "2", "2", "1", "1", "1", "3"}
			if got := moveStatuses(a); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("statuses %v, want %v\n%s", got, want, a.dump)
			}
			moved := r.records(store.Archive)
			if len(moved) != 1 || moved[0].Item.ID != rec.Item.ID || len(r.records(store.Inbox)) != 0 {
				t.Fatalf("in the archive: %+v", moved)
			}
			if got := a.value("Move:DstMsgId"); got != itemID(moved[0].Collection, moved[0].UID) {
				t.Errorf("DstMsgId %q", got)
			}
			// The answer was lost: the same again gives the same id.
			again := r.do(call{cmd: "MoveItems", version: version, body: moveDoc([3]string{id, src, dst})})
			if again.value("Move:Status") != "3" || again.value("Move:DstMsgId") != a.value("Move:DstMsgId") {
				t.Errorf("repeated: %s", again.dump)
			}
			other := r.do(call{cmd: "MoveItems", version: version, device: "other", body: moveDoc([3]string{id, src, dst})})
			if other.value("Move:Status") != "1" {
				t.Errorf("another device: %s", other.dump)
			}
		})
	}
}

func moveStatuses(a reply) (list []string) {
	for line := range strings.Lines(a.dump) {
		if _, s, ok := strings.Cut(line, "Move:Status "); ok {
			list = append(list, strings.Trim(s, "\"\n"))
		}
	}
	return list
}

func TestMoveToTwoFolders(t *testing.T) {
	r := newRig(t)
	rec := r.deliver(store.Inbox, lunch)
	doc := moveDoc([3]string{itemID(rec.Collection, rec.UID), collectionID(rec.Collection), "c4"}) + "    Move:DstFldId \"c5\"\n"
	if a := r.do(call{cmd: "MoveItems", body: doc}); a.value("Move:Status") != "5" || len(r.records(store.Inbox)) != 1 {
		t.Errorf("%s", a.dump)
	}
}

func TestTooManyMoves(t *testing.T) {
	r := newRig(t)
	moves := make([][3]string, 1001)
	for i := range moves {
		moves[i] = [3]string{fmt.Sprintf("c1:%d", i+1), "c1", "c2"}
	}
	if a := r.do(call{cmd: "MoveItems", body: moveDoc(moves...)}); a.outcome() != common(103) {
		t.Errorf("%.100s", a.dump)
	}
	if a := r.do(call{cmd: "MoveItems", body: "Move:MoveItems\n"}); a.outcome() != common(103) {
		t.Errorf("nothing to move: %s", a.dump)
	}
}

// moveCall moves one item and returns the status and the new id.
func (r *rig) moveCall(c call, item, dst string) (status, id string) {
	r.t.Helper()
	c.cmd = "MoveItems"
	src, _, _ := strings.Cut(item, ":")
	c.body = moveDoc([3]string{item, src, dst})
	a := r.do(c)
	return a.value("Move:Status"), a.value("Move:DstMsgId")
}

// TestMoveStory moves one item back and forth with two devices, a mail program and a restart in between; each
// request that is repeated has its first answer.
func TestMoveStory(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			one, two := call{version: version, device: "one"}, call{version: version, device: "two"}
			item := itemID(r.deliver(store.Inbox, lunch).Collection, 1)
			inbox, archive, trash := collectionID(r.folder(store.Inbox).ID), collectionID(r.folder(store.Archive).ID), collectionID(r.folder(store.Trash).ID)
			sent, drafts := collectionID(r.folder(store.Sent).ID), collectionID(r.folder(store.Drafts).ID)
			type step struct {
				c             call
				item, dst, id string
			}
			var done []step
			move := func(c call, dst string) {
				t.Helper()
				status, id := r.moveCall(c, item, dst)
				if status != "3" || !strings.HasPrefix(id, dst+":") {
					t.Fatalf("%s to %s: status %s, %q", item, dst, status, id)
				}
				done = append(done, step{c, item, dst, id})
				item = id
			}
			for _, dst := range []string{archive, inbox, archive, trash, sent, drafts, inbox} {
				move(one, dst)
			}
			move(two, archive)
			c, uid, _ := parseItemID(item)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.Move(c, uid, r.folder(store.Junk).ID)
				return err
			}))
			if status, id := r.moveCall(two, item, trash); status != "1" || id != "" {
				t.Errorf("moved by a mail program meanwhile: status %s, %q", status, id)
			}
			r.Handler = New(r.Options) // a restart
			for _, s := range done {
				if status, id := r.moveCall(s.c, s.item, s.dst); status != "3" || id != s.id {
					t.Errorf("%s to %s again: status %s, %q; want %q", s.item, s.dst, status, id, s.id)
				}
			}
			if n := len(r.records(store.Junk)); n != 1 {
				t.Errorf("%d messages where the mail program moved it", n)
			}
		})
	}
}

// TestMoveMany moves as many items as one request may, from all over the folder: a repetition has the same
// answer, and the device is told of none of it.
func TestMoveMany(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Log = nil })
	first := r.deliver(store.Inbox, lunch)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		for range 1010 {
			if _, err := tx.Copy(first.Collection, first.UID, first.Collection); err != nil {
				return err
			}
		}
		return nil
	}))
	inbox, archive := collectionID(first.Collection), collectionID(r.folder(store.Archive).ID)
	keys := map[string]string{}
	for _, id := range []string{inbox, archive} {
		keys[id] = r.whole(t, call{}, id, r.prime(t, call{}, id))
	}
	var moves [][3]string
	for i := range 1000 {
		moves = append(moves, [3]string{fmt.Sprintf("%s:%d", inbox, 1+i*7%1011), inbox, archive})
	}
	a := r.do(call{cmd: "MoveItems", body: moveDoc(moves...)})
	if n := strings.Count(a.dump, `Move:Status "3"`); n != 1000 {
		t.Fatalf("%d moved", n)
	}
	if b := r.do(call{cmd: "MoveItems", body: moveDoc(moves...)}); b.dump != a.dump {
		t.Error("repeated: another answer")
	}
	for id, key := range keys {
		if b := r.sync(t, call{body: syncOne(id, key, nil)}); b.c.at("AirSync:Commands") != nil {
			t.Errorf("%s: the device is told of its own moves", id)
		}
	}
}

// TestMoveTooMany: the schema is broken, which up to 12.1 is an HTTP code.
func TestMoveTooMany(t *testing.T) {
	r := newRig(t)
	moves := make([][3]string, 1001)
	for i := range moves {
		moves[i] = [3]string{fmt.Sprintf("c1:%d", i+1), "c1", "c2"}
	}
	for _, version := range AllVersions {
		a := r.do(call{cmd: "MoveItems", version: version, body: moveDoc(moves...)})
		if a.outcome() != commonAt(version, 103) {
			t.Errorf("%v: HTTP %d, %.100s", version, a.code, a.dump)
		}
	}
}
