package activesync

import (
	"strconv"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestMoveNotesLost moves a message that somebody else then marks as read, and marks it as unread before it has been told
// of that, though all else that changed in the folder has been: the server's value stays.
func TestMoveNotesLost(t *testing.T) {
	r := newRig(t)
	inbox, junk := r.fill(1), collectionID(r.folder(store.Junk).ID)
	r.whole(t, call{}, inbox, r.prime(t, call{}, inbox))
	to := r.whole(t, call{}, junk, r.prime(t, call{}, junk))
	r.deliver(store.Junk, lunch)
	r.deliver(store.Junk, lunch)
	moved := r.do(call{cmd: "MoveItems", body: lines("Move:MoveItems", ">Move:Move", ">>Move:SrcMsgId "+strconv.Quote(inbox+":1"),
		">>Move:SrcFldId "+strconv.Quote(inbox), ">>Move:DstFldId "+strconv.Quote(junk))}).value("Move:DstMsgId")
	c, uid, _ := parseItemID(moved)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Mark(c, uid, store.FlagChange{Add: store.Seen})
		return err
	}))
	a := r.sync(t, call{body: syncOne(junk, to, []string{`AirSync:WindowSize "1"`})})
	a = r.sync(t, call{body: syncOne(junk, a.key(), []string{"AirSync:Commands", ">AirSync:Change",
		">>AirSync:ServerId " + strconv.Quote(moved), ">>AirSync:ApplicationData", `>>>Email:Read "0"`})})
	if a.value("AirSync:Status") != "1" || a.c.at("AirSync:Responses", "AirSync:Change").get("AirSync:Status") != "7" {
		t.Errorf("somebody else's change is lost:\n%s", a.dump)
	}
}
