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
	if a := r.do(call{cmd: "MoveItems", body: moveDoc(moves...)}); a.value("Move:Status") != "103" {
		t.Errorf("%.100s", a.dump)
	}
	if a := r.do(call{cmd: "MoveItems", body: "Move:MoveItems\n"}); a.value("Move:Status") != "103" {
		t.Errorf("nothing to move: %s", a.dump)
	}
}
