package activesync

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// TestGenerations is the life of keys: repetition, two answers to one key, confirmation.
func TestGenerations(t *testing.T) {
	g := beginGenerations(1)
	first := g.key(1)
	if !g.unused() {
		t.Error("the first key has been used")
	}
	open := func(key string, moved, ok bool) {
		t.Helper()
		if m, o := g.open(key); m != moved || o != ok {
			t.Errorf("open %s: %v %v, want %v %v", key, m, o, moved, ok)
		}
	}
	open("0", false, false)
	open(syncKey{g.Epoch + 1, 1}.String(), false, false)
	open(first, true, true)
	if g.unused() || g.Acked.At != 1 {
		t.Errorf("after the first key: %+v", g)
	}
	second := g.step(2)
	open(first, false, true)
	if again := g.step(2); again != second {
		t.Errorf("the same again has key %s, want %s", again, second)
	}
	third := g.step(3)
	if third == second || g.latest().At != 3 {
		t.Errorf("something else has key %s", third)
	}
	raw, err := json.Marshal(g)
	must(t, err)
	open(second, true, true) // the earlier answer was the one that came through
	open(third, false, false)
	open(first, false, false)
	must(t, json.Unmarshal(raw, &g))
	open(third, true, true)
	for i := range 5 {
		g.step(10 + i)
	}
	if len(g.Next) != maxNext {
		t.Errorf("%d answers are remembered", len(g.Next))
	}
}

func TestOwnChanges(t *testing.T) {
	var own ownChanges
	own = own.with(ownChange{UID: 1, ModSeq: 10}).with(ownChange{UID: 2, ModSeq: 10, Created: true, AsOf: 7}).with(ownChange{UID: 1, ModSeq: 10})
	if len(own) != 2 {
		t.Fatalf("%+v", own)
	}
	r := store.Record{Entry: store.Entry{UID: 1, ModSeq: 11}}
	r.Item.Stamps = [store.NumFacets]store.ModSeq{5, 10, 11, 9}
	if got, want := own.news(r, 9), store.FollowUp; got != want {
		t.Errorf("news %b, want %b: the device's own and the old do not count", got, want)
	}
	p := position{Journal: place{10, 1}, Known: 9, Added: 2}
	if left := own.after(p); len(left) != 2 {
		t.Errorf("after {10, 1}, with more to come: %+v", left)
	}
	p = position{Journal: place{10, store.MaxUID}, Known: 10, Added: 1}
	if left := own.after(p); len(left) != 1 || left[0].UID != 2 {
		t.Errorf("not yet added: %+v", left)
	}
	for i := range maxOwn + 10 {
		own = own.with(ownChange{UID: 9, ModSeq: store.ModSeq(100 + i)})
	}
	if len(own) != maxOwn || own[len(own)-1].ModSeq != 100+maxOwn+9 {
		t.Errorf("%d are remembered", len(own))
	}
}

// TestFilterStart checks that the filter moves by the hour and never back.
func TestFilterStart(t *testing.T) {
	now := time.Date(2026, 3, 31, 10, 59, 59, 0, time.UTC)
	if got := filterStart(0, now); got != eldest {
		t.Errorf("no filter: %+v", got)
	}
	if got, want := filterStart(2, now), (age{Milli: time.Date(2026, 3, 28, 10, 0, 0, 0, time.UTC).UnixMilli()}); got != want {
		t.Errorf("three days: %+v, want %+v", got, want)
	}
	if filterStart(2, now) == filterStart(2, now.Add(time.Second)) {
		t.Error("it does not move with the hour")
	}
	for filter := 1; filter < 8; filter++ {
		last := filterStart(filter, now)
		for h := range 24 * 40 {
			start := filterStart(filter, now.Add(time.Duration(h)*time.Hour))
			if start.less(last) {
				t.Fatalf("filter %d goes back after %d hours", filter, h)
			}
			last = start
		}
	}
}

// TestSetOptions checks that options of a class replace those of the class as a whole, and stick.
func TestSetOptions(t *testing.T) {
	st := &collectionState{}
	if st.setOptions(nil) {
		t.Error("nothing is a change")
	}
	mail := wire.Options{FilterType: 3, MIMESupport: 2}
	if !st.setOptions([]wire.Options{mail, {Class: classSMS}}) || fmt.Sprint(st.options()) != fmt.Sprint(mail) {
		t.Errorf("options %+v", st.Options)
	}
	if st.setOptions([]wire.Options{mail}) {
		t.Error("the same is a change")
	}
	if !st.setOptions([]wire.Options{{Class: classEmail, Truncation: new(int)}}) || st.options().FilterType != 0 || len(st.Options) != 2 {
		t.Errorf("options %+v", st.Options)
	}
}

func TestDoneCommands(t *testing.T) {
	read := func(uid store.UID, on bool) wire.SyncCommand {
		return wire.SyncCommand{Op: wire.SyncChange, ServerID: itemID(1, uid), Email: wire.EmailChange{Read: &on}}
	}
	tests := []struct {
		name     string
		requests [][]wire.SyncCommand
		executed []int // commands of each request
	}{
		{"repeated", [][]wire.SyncCommand{{read(1, true), read(2, true)}, {read(1, true), read(2, true)}}, []int{2, 0}},
		{"repeated with more", [][]wire.SyncCommand{{read(1, true)}, {read(1, true), read(2, true)}, {read(1, true), read(2, true)}}, []int{1, 1, 0}},
		{"set, changed, set again in one", [][]wire.SyncCommand{{read(1, true), read(1, false), read(1, true)}, {read(1, true), read(1, false), read(1, true)}}, []int{3, 0}},
		{"set, changed, set again in three", [][]wire.SyncCommand{{read(1, true)}, {read(1, false)}, {read(1, true)}, {read(1, true)}}, []int{1, 1, 1, 0}},
		{"another item between", [][]wire.SyncCommand{{read(1, true)}, {read(2, false)}, {read(1, true)}}, []int{1, 1, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d doneCommands
			for n, request := range tt.requests {
				raw, err := json.Marshal(d)
				must(t, err)
				d = nil
				must(t, json.Unmarshal(raw, &d))
				r, executed := d.repetition(), 0
				for _, c := range request {
					hash := hashOf(c)
					if before, ok := r.find(hash); ok {
						if before.status != 200 {
							t.Errorf("status %d", before.status)
						}
						continue
					}
					_, uid, _ := parseItemID(c.ServerID)
					r.note(doneCommand{hash: hash, uid: uid, status: 200})
					executed++
				}
				d = r.done()
				if executed != tt.executed[n] {
					t.Errorf("request %d: %d executed; want %d", n, executed, tt.executed[n])
				}
			}
		})
	}
	var many []doneCommand
	for uid := range store.UID(2 * maxDone) {
		many = append(many, doneCommand{uid: uid + 1})
	}
	if list := doneOf(many).all(); len(list) != maxDone || list[maxDone-1].uid != 2*maxDone {
		t.Errorf("%d kept, the last of %d", len(list), list[len(list)-1].uid)
	}
}

// TestPosition checks what a device has, entry by entry.
func TestPosition(t *testing.T) {
	at := func(hour int) time.Time { return time.UnixMilli(int64(hour) * 3600_000) }
	e := func(uid store.UID, hour int) store.Entry { return store.Entry{UID: uid, Received: at(hour)} }
	a := func(uid store.UID, hour int) age { return age{at(hour).UnixMilli(), uid} }
	p := position{
		Base: 10, Added: 12, Walk: a(5, 50), Start: a(0, 20),
		Leave: leaving{Low: a(0, 10), High: a(0, 15), Added: 11},
	}
	tests := []struct {
		name  string
		entry store.Entry
		want  bool
	}{
		{"walked", e(6, 50), true},
		{"where the walk stands", e(5, 50), true},
		{"just behind the walk", e(4, 50), false},
		{"old and not walked", e(3, 30), false},
		{"added, told", e(12, 30), true},
		{"added, not told", e(13, 60), false},
		{"added, outside of the filter", e(11, 19), false},
		{"leaving", e(11, 14), true},
		{"left already", e(11, 15), false},
		{"leaving, but added later", e(12, 14), false},
		{"never walked, in what leaves", e(2, 14), false},
		{"before what leaves", e(11, 9), false},
	}
	for _, test := range tests {
		if got := p.has(test.entry); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if p.settled() || p.walked() {
		t.Error("it is neither settled nor walked")
	}
	p.Leave, p.Walk = leaving{}, p.Start
	p.widen(a(0, 5))
	if p.walked() || p.Base != 12 || !p.has(e(12, 30)) || p.has(e(11, 19)) {
		t.Errorf("widened: %+v", p)
	}
}
