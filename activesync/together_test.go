package activesync

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// told lists what an answer says, "Add c1:3".
func (a syncReply) told() (list []string) {
	if commands := a.c.at("AirSync:Commands"); commands != nil {
		for _, n := range commands.kids {
			list = append(list, strings.TrimPrefix(n.name, "AirSync:")+" "+n.get("AirSync:ServerId"))
		}
	}
	return list
}

// TestConversationMode is the story of a device that wants conversations whole: what is too old for the filter
// comes with what is not, and leaves with it.
func TestConversationMode(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			c := call{version: version}
			inbox := collectionID(r.folder(store.Inbox).ID)
			r.letter("boats", 1)
			r.letter("trains", 1)
			r.clock = r.clock.AddDate(0, 0, 10)
			r.letter("boats", 2)
			inside := []string{`AirSync:ConversationMode "1"`, "AirSync:Options", `>AirSync:FilterType "2"`}
			key := r.prime(t, c, inbox, inside...)
			sync := func(want ...string) {
				t.Helper()
				for i := range want {
					op, n, _ := strings.Cut(want[i], " ")
					want[i] = op + " " + inbox + ":" + n
				}
				estimate := r.do(call{cmd: "GetItemEstimate", version: version, body: estimateDoc(version, inbox, key)})
				if got := estimate.value("GetItemEstimate:Estimate"); got != fmt.Sprint(len(want)) {
					t.Errorf("estimate of %s, want %d\n%s", got, len(want), estimate.dump)
				}
				c.body = syncOne(inbox, key, nil)
				a := r.sync(t, c)
				if got := a.told(); !slices.Equal(got, want) {
					t.Errorf("told %v, want %v", got, want)
				}
				if a.c != nil {
					key = a.key()
				}
			}
			if version < V140 {
				sync("Add 3")
				return
			}
			sync("Add 3", "Add 1")
			r.mark(1, store.Seen)
			r.mark(2, store.Seen)
			sync("Change 1")
			r.letter("trains", 2)
			sync("Add 2", "Add 4")
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(r.folder(store.Inbox).ID, 4) }))
			sync("Delete 4", "SoftDelete 2")
			r.clock = r.clock.Add(96 * time.Hour)
			sync("SoftDelete 3", "SoftDelete 1")
			r.letter("boats", 3)
			sync("Add 1", "Add 3", "Add 5")
			sync()
			c.body = syncOne(inbox, key, []string{`AirSync:ConversationMode "0"`})
			if got := r.sync(t, c).told(); len(got) != 2 {
				t.Errorf("not wanted any more: told %v", got)
			}
		})
	}
}

// mark flags a message of rita's Inbox, as somebody else does.
func (r *rig) mark(uid store.UID, flags store.Flags) {
	r.t.Helper()
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Mark(r.folder(store.Inbox).ID, uid, store.FlagChange{Add: flags})
		return err
	}))
}

// estimateDoc is a GetItemEstimate for one collection in the form of a version.
func estimateDoc(v Version, id, key string, inside ...string) string {
	list := []string{"GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections", ">>GetItemEstimate:Collection"}
	collection := fmt.Sprintf(">>>GetItemEstimate:CollectionId %q", id)
	synckey := fmt.Sprintf(">>>AirSync:SyncKey %q", key)
	if v >= V140 {
		list = append(list, synckey, collection)
	} else {
		list = append(list, `>>>GetItemEstimate:Class "Email"`, collection)
	}
	for _, l := range inside {
		list = append(list, ">>>"+l)
	}
	if v < V140 {
		list = append(list, synckey)
	}
	return lines(list...)
}

// TestConversationBounded: of a long conversation comes no more than a state can remember, and that is all.
func TestConversationBounded(t *testing.T) {
	s := newShelf()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s.at(func(m store.ModSeq) {
		for i := range maxExtra + 50 {
			s.entries[s.add(m, now.Add(time.Duration(i)*time.Minute))].Item.Thread = 1
		}
		s.entries[s.add(m, now.AddDate(0, 0, 9))].Item.Thread = 1
	})
	l := &ledger{t: t, s: s, start: age{Milli: now.AddDate(0, 0, 5).UnixMilli()}, talk: true}
	l.begin()
	for n := 0; l.sync(100, false); n++ {
		if n > 10 {
			t.Fatal("no end")
		}
	}
	if len(l.has) != maxExtra+1 {
		t.Errorf("%d entries, want %d", len(l.has), maxExtra+1)
	}
	if len(l.state) > 8000 {
		t.Errorf("state of %d bytes", len(l.state))
	}
	l.talk = false
	for l.sync(100, false) {
	}
	if len(l.has) != 1 {
		t.Errorf("%d entries left", len(l.has))
	}
}

// TestConversationReadOnce: a removal makes a device's request look again at what it has for the sake of conversations;
// a long one is not gone through for each of its entries.
func TestConversationReadOnce(t *testing.T) {
	s := newShelf()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s.at(func(m store.ModSeq) {
		for i := range maxExtra {
			s.entries[s.add(m, now.Add(time.Duration(i)*time.Minute))].Item.Thread = 1
		}
		s.entries[s.add(m, now.AddDate(0, 0, 9))].Item.Thread = 1
	})
	l := &ledger{t: t, s: s, start: age{Milli: now.AddDate(0, 0, 5).UnixMilli()}, talk: true}
	l.begin()
	for l.sync(100, false) {
	}
	s.at(func(m store.ModSeq) { s.entries[7].Removed, s.entries[7].ModSeq = true, m })
	s.reads = 0
	for l.sync(100, false) {
	}
	if s.reads > 6*maxExtra || len(l.has) != maxExtra {
		t.Errorf("%d entries, %d reads", len(l.has), s.reads)
	}
}

func TestUIDSet(t *testing.T) {
	var s uidSet
	for _, uid := range []store.UID{7, 3, store.MaxUID, 3, 9} {
		s = s.with(uid)
	}
	s = s.without(7).without(8)
	var list []store.UID
	for i := range s.len() {
		list = append(list, s.at(i))
	}
	if !slices.Equal(list, []store.UID{3, 9, store.MaxUID}) || !s.has(9) || s.has(7) {
		t.Errorf("%v", list)
	}
	text, err := s.MarshalText()
	must(t, err)
	var again uidSet
	if err := again.UnmarshalText(text); err != nil || again != s {
		t.Errorf("%q: %v", text, err)
	}
	for _, bad := range []string{"AAA", "*"} {
		if err := again.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
