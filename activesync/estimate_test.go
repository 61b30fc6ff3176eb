package activesync

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestEstimateIsTrue compares the estimate with what the next Sync sends, at random points of a device's life.
func TestEstimateIsTrue(t *testing.T) {
	once(t)
	for i, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
			rnd := rand.New(rand.NewPCG(uint64(i), 3))
			inbox := collectionID(r.folder(store.Inbox).ID)
			c := call{version: version}
			key, filter := r.prime(t, c, inbox), 0
			for range 40 {
				for range rnd.IntN(6) {
					r.randomEdit(rnd)
				}
				if rnd.IntN(4) == 0 {
					filter = rnd.IntN(9)
				}
				talk := `AirSync:ConversationMode ` + quoteBool(rnd.IntN(3) == 0)
				options := []string{talk, "AirSync:Options", fmt.Sprintf(">AirSync:FilterType \"%d\"", filter)}
				beside := options
				if version < V140 {
					beside = []string{fmt.Sprintf("AirSync:FilterType \"%d\"", filter)}
				}
				a := r.do(call{cmd: "GetItemEstimate", version: version, body: estimateDoc(version, inbox, key, beside...)})
				sent := 0
				for {
					c.body = syncOne(inbox, key, append([]string{`AirSync:WindowSize "3"`}, options...))
					s := r.sync(t, c)
					sent += len(s.told())
					if s.c == nil || s.key() == key {
						break
					}
					key = s.key()
				}
				if got := a.value("GetItemEstimate:Estimate"); got != fmt.Sprint(sent) {
					t.Fatalf("estimate of %s, %d were sent (filter %d, %s)", got, sent, filter, talk)
				}
			}
		})
	}
}

// randomEdit is somebody else at work in rita's Inbox.
func (r *rig) randomEdit(rnd *rand.Rand) {
	list := r.records(store.Inbox)
	switch n := rnd.IntN(6); {
	case n < 2 || len(list) == 0:
		r.letter(fmt.Sprint("thread", rnd.IntN(4)), rnd.IntN(1000))
	case n < 4:
		r.mark(list[rnd.IntN(len(list))].UID, []store.Flags{store.Seen, store.Flagged}[rnd.IntN(2)])
	case n < 5:
		must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
			return tx.Remove(list[0].Collection, list[rnd.IntN(len(list))].UID)
		}))
	default:
		r.clock = r.clock.Add(time.Duration(rnd.IntN(72)) * time.Hour)
	}
}

// TestEstimateStatus lists what is answered to estimates that cannot be.
func TestEstimateStatus(t *testing.T) {
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			inbox, cal := r.fill(2), r.hiddenCalendar()
			key := r.prime(t, call{version: version}, inbox)
			tests := []struct {
				name, id, key string
				inside        []string
				want          string
			}{
				{"known", inbox, key, nil, "1"},
				{"no folder", "c999", key, nil, "2"},
				{"rubbish", "Inbox", key, nil, "2"},
				{"not shown", cal, key, nil, "2"},
				{"recipient cache", "RI", key, nil, "2"},
				{"MaxItems", inbox, key, []string{"AirSync:Options", `>AirSync:MaxItems "5"`}, "2"},
				{"never synchronised", collectionID(r.folder(store.Archive).ID), key, nil, "3"},
				{"key 0", inbox, "0", nil, "3"},
				{"unknown key", inbox, "k0000000000000001-1", nil, "4"},
			}
			for _, test := range tests {
				a := r.do(call{cmd: "GetItemEstimate", version: version, body: estimateDoc(version, test.id, test.key, test.inside...)})
				response := parseDump(t, a.dump).at("GetItemEstimate:Response")
				if got := response.get("GetItemEstimate:Status"); got != test.want {
					t.Errorf("%s: status %s, want %s\n%s", test.name, got, test.want, a.dump)
				}
				class := response.get("GetItemEstimate:Collection", "GetItemEstimate:Class")
				if test.want == "1" && class != map[bool]string{true: "Email"}[version < V140] {
					t.Errorf("%s: class %q", test.name, class)
				}
			}
			if again := r.sync(t, call{version: version, body: syncOne(inbox, key, nil)}); len(again.told()) != 2 {
				t.Error("an estimate has moved the key")
			}
		})
	}
}

// TestEstimateTooMany: more than 1000 collections break the schema, none too.
func TestEstimateTooMany(t *testing.T) {
	r := newRig(t)
	list := []string{"GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections"}
	none := lines(list...)
	for range 1001 {
		list = append(list, ">>GetItemEstimate:Collection", `>>>AirSync:SyncKey "k"`, `>>>GetItemEstimate:CollectionId "c1"`)
	}
	for _, body := range []string{none, lines(list...)} {
		if a := r.do(call{cmd: "GetItemEstimate", body: body}); a.outcome() != common(103) {
			t.Errorf("%.200s", a.dump)
		}
		if a := r.do(call{cmd: "GetItemEstimate", version: V121, body: body}); a.code != 400 {
			t.Errorf("12.1: HTTP %d", a.code)
		}
	}
}
