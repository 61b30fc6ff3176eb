package activesync

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A shelf is one collection in memory: just what a chooser reads.
type shelf struct {
	modSeq  store.ModSeq
	uid     store.UID
	changed store.ModSeq
	entries map[store.UID]*store.Record
	reads   int // records handed out
}

func newShelf() *shelf { return &shelf{modSeq: 5, changed: 5, entries: map[store.UID]*store.Record{}} }

func (s *shelf) collection() store.Collection {
	return store.Collection{ID: 1, UIDNext: s.uid + 1, Changed: s.changed}
}

// at runs one transaction.
func (s *shelf) at(do func(m store.ModSeq)) store.ModSeq {
	s.modSeq++
	s.changed = s.modSeq
	do(s.modSeq)
	return s.modSeq
}

func (s *shelf) add(m store.ModSeq, received time.Time) store.UID {
	s.uid++
	r := &store.Record{Entry: store.Entry{Collection: 1, UID: s.uid, Created: m, ModSeq: m, Received: received}}
	r.Item.Thread = store.ThreadID(1 + s.uid*s.uid%13)
	for k := range r.Item.Stamps {
		r.Item.Stamps[k] = m
	}
	s.entries[s.uid] = r
	return s.uid
}

func (s *shelf) flag(m store.ModSeq, uid store.UID, facet int, on bool) {
	r := s.entries[uid]
	r.ModSeq, r.Item.Stamps[facet] = m, m
	bit := store.Seen
	if facet == 2 {
		bit = store.Flagged
	}
	if r.Item.Flags &^= bit; on {
		r.Item.Flags |= bit
	}
}

func (s *shelf) remove(m store.ModSeq, uid store.UID) {
	s.entries[uid].ModSeq, s.entries[uid].Removed = m, true
}

func (s *shelf) live() []store.UID {
	var uids []store.UID
	for _, uid := range slices.Sorted(maps.Keys(s.entries)) {
		if !s.entries[uid].Removed {
			uids = append(uids, uid)
		}
	}
	return uids
}

func (s *shelf) yield(order func(a, b *store.Record) int, keep func(*store.Record) bool) iter.Seq2[store.Record, error] {
	var found []*store.Record
	for _, r := range s.entries {
		if keep(r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, order)
	return func(yield func(store.Record, error) bool) {
		for _, r := range found {
			s.reads++
			if !yield(*r, nil) {
				return
			}
		}
	}
}

func (s *shelf) Record(_ store.CollectionID, uid store.UID, _ store.Want) (store.Record, error) {
	s.reads++
	return *s.entries[uid], nil
}

func (s *shelf) Changes(_ store.CollectionID, p store.Place, _ store.Want) iter.Seq2[store.Record, error] {
	return s.yield(func(a, b *store.Record) int {
		return cmp.Or(cmp.Compare(a.ModSeq, b.ModSeq), cmp.Compare(a.UID, b.UID))
	}, func(r *store.Record) bool { return p.Less(r.Place()) })
}

func (s *shelf) Newest(_ store.CollectionID, before, since store.Age, _ store.Want) iter.Seq2[store.Record, error] {
	return s.yield(func(a, b *store.Record) int {
		if a.Age().Less(b.Age()) {
			return 1
		}
		return -1
	}, func(r *store.Record) bool {
		return !r.Removed && (before == store.Age{} || r.Age().Less(before)) && (since == store.Age{} || !r.Age().Less(since))
	})
}

func (s *shelf) ByUID(_ store.CollectionID, lo, hi store.UID, _ store.Want) iter.Seq2[store.Record, error] {
	return s.yield(func(a, b *store.Record) int { return cmp.Compare(a.UID, b.UID) },
		func(r *store.Record) bool { return !r.Removed && lo <= r.UID && r.UID <= hi })
}

func (s *shelf) Thread(id store.ThreadID, _ store.Want) iter.Seq2[store.Record, error] {
	return s.yield(func(a, b *store.Record) int { return cmp.Compare(a.UID, b.UID) },
		func(r *store.Record) bool { return !r.Removed && r.Item.Thread == id })
}

// A ledger is a device of the window test and the memory that the server has of it.
type ledger struct {
	t     *testing.T
	s     *shelf
	key   string
	has   map[store.UID]store.Flags
	state []byte // as stored
	gens  generations[position]
	own   ownChanges
	start age
	talk  bool // whole conversations
}

type kept struct {
	generations[position]
	Own ownChanges
}

func (l *ledger) load() {
	var k kept
	if err := json.Unmarshal(l.state, &k); err != nil {
		l.t.Fatal(err)
	}
	l.gens, l.own = k.generations, k.Own
}

func (l *ledger) save() {
	l.state, _ = json.Marshal(kept{l.gens, l.own})
}

func (l *ledger) begin() {
	l.gens = beginGenerations(startOf(l.s.collection(), 0, l.start))
	l.key, l.has, l.own = l.gens.key(1), map[store.UID]store.Flags{}, nil
	l.save()
}

// sync makes one request, answered or lost, and reports whether there is more.
func (l *ledger) sync(items int, lost bool) bool {
	l.load()
	moved, ok := l.gens.open(l.key)
	if !ok {
		l.t.Fatalf("key %s is not known in %s", l.key, l.state)
	}
	if moved {
		l.own = l.own.after(l.gens.Acked.At)
	}
	c := chooser{
		journal: l.s, collection: l.s.collection(), own: l.own, facets: store.ReadFlag | store.FollowUp | store.Content, start: l.start, together: l.talk, hurried: items%3 == 0,
		budget: &budget{items: items, bytes: 1 << 20, fresh: true},
		cost:   func(store.Record, store.Facets) int64 { return 1000 },
	}
	w, err := c.choose(l.gens.Acked.At)
	if err != nil {
		l.t.Fatal(err)
	}
	if len(w.changes) > items {
		l.t.Fatalf("%d changes in a window of %d", len(w.changes), items)
	}
	if w.more && len(w.changes) == 0 {
		l.t.Fatal("more to come, but nothing told")
	}
	key := l.key
	switch {
	case len(w.changes) > 0:
		key = l.gens.step(w.next)
		l.save()
	case items%2 == 0: // nothing told: the position may move on under the same key, or not
		l.gens.stay(w.next)
		l.save()
	}
	if !lost {
		l.key = key
		l.apply(w)
	}
	return w.more
}

// apply does what a device does with an answer, and knows no mercy.
func (l *ledger) apply(w window) {
	for _, ch := range w.changes {
		uid := ch.record.UID
		_, known := l.has[uid]
		switch {
		case ch.op == opAdd && known:
			l.t.Fatalf("duplicate: add of %d", uid)
		case ch.op != opAdd && !known:
			l.t.Fatalf("op %d of %d, which the device does not have", ch.op, uid)
		}
		switch ch.op {
		case opAdd, opChange:
			flags := l.has[uid]
			if ch.op == opAdd || ch.facets&store.ReadFlag != 0 {
				flags = flags&^store.Seen | ch.record.Item.Flags&store.Seen
			}
			if ch.op == opAdd || ch.facets&store.FollowUp != 0 {
				flags = flags&^store.Flagged | ch.record.Item.Flags&store.Flagged
			}
			l.has[uid] = flags
		default:
			delete(l.has, uid)
		}
	}
}

// mine makes a change of the device itself, as MoveItems does: no key moves.
func (l *ledger) mine(c ownChange) {
	l.load()
	l.own = l.own.with(c)
	l.save()
}

// settle syncs until nothing is left and compares device and shelf.
func (l *ledger) settle() {
	for n := 0; l.sync(100, false); n++ {
		if n > 1000 {
			l.t.Fatal("no end")
		}
	}
	inside := map[store.ThreadID]bool{}
	for _, uid := range l.s.live() {
		r := l.s.entries[uid]
		inside[r.Item.Thread] = inside[r.Item.Thread] || l.talk && !ageOf(r.Entry).less(l.start)
	}
	want := map[store.UID]store.Flags{}
	for _, uid := range l.s.live() {
		if r := l.s.entries[uid]; !ageOf(r.Entry).less(l.start) || inside[r.Item.Thread] {
			want[uid] = r.Item.Flags
		}
	}
	if !maps.Equal(l.has, want) {
		l.t.Fatalf("device has %v, want %v", l.has, want)
	}
}

// TestWindowsTogether is TestWindowsConverge for a device that wants conversations whole, mostly.
func TestWindowsTogether(t *testing.T) {
	once(t)
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { converge(t, seed, true) })
	}
}

// TestWindowsConverge lets a device with changing filters and lost answers follow a collection that others
// and the device itself change all the time. It must hear of everything once, and of nothing else.
func TestWindowsConverge(t *testing.T) {
	once(t)
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { converge(t, seed, false) })
	}
}

func converge(t *testing.T, seed uint64, talk bool) {
	epoch := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rnd := rand.New(rand.NewPCG(seed, 1))
	s := newShelf()
	when := func() time.Time { return epoch.Add(time.Duration(rnd.IntN(100)) * time.Hour) }
	for range rnd.IntN(60) {
		s.at(func(m store.ModSeq) { s.add(m, when()) })
	}
	l := &ledger{t: t, s: s, start: eldest, talk: talk}
	l.begin()
	for n := range 400 {
		randomStep(rnd, l, when)
		switch {
		case !talk:
		case n%100 == 99:
			l.settle()
		case rnd.IntN(40) == 0:
			l.talk = !l.talk
		case rnd.IntN(20) == 0:
			l.talk = true
		}
	}
	l.settle()
	if len(l.state) > 4000 {
		t.Errorf("state of %d bytes: %s", len(l.state), l.state)
	}
}

func randomStep(rnd *rand.Rand, l *ledger, when func() time.Time) {
	s := l.s
	live := s.live()
	pick := func() store.UID { return live[rnd.IntN(len(live))] }
	switch n := rnd.IntN(20); {
	case n < 6:
		l.sync(1+rnd.IntN(8), rnd.IntN(5) == 0)
	case n < 10:
		s.at(func(m store.ModSeq) {
			for range 1 + rnd.IntN(4) {
				s.add(m, when())
			}
		})
	case n < 11:
		l.start = age{Milli: when().Truncate(time.Hour).UnixMilli()}
		if rnd.IntN(4) == 0 {
			l.start = eldest
		}
	case len(live) == 0:
	case n < 14:
		s.at(func(m store.ModSeq) {
			for range 1 + rnd.IntN(4) {
				s.flag(m, pick(), 1+rnd.IntN(2), rnd.IntN(2) == 0)
			}
		})
	case n < 16:
		s.at(func(m store.ModSeq) { s.remove(m, pick()) })
	case n < 17:
		l.moveIn(s, when())
	default:
		l.changeOwn(rnd, slices.Sorted(maps.Keys(l.has)))
	}
}

// moveIn is the device moving an item here: it knows the new id and does not wait for an Add.
func (l *ledger) moveIn(s *shelf, received time.Time) {
	var uid store.UID
	m := s.at(func(m store.ModSeq) { uid = s.add(m, received) })
	l.mine(ownChange{UID: uid, ModSeq: m, Created: true, AsOf: m})
	l.has[uid] = 0
}

// changeOwn is the device changing or removing what it has, if it is still there.
func (l *ledger) changeOwn(rnd *rand.Rand, has []store.UID) {
	if len(has) == 0 {
		return
	}
	uid := has[rnd.IntN(len(has))]
	if l.s.entries[uid].Removed {
		return
	}
	if rnd.IntN(3) == 0 {
		m := l.s.at(func(m store.ModSeq) { l.s.remove(m, uid) })
		l.mine(ownChange{UID: uid, ModSeq: m})
		delete(l.has, uid)
		return
	}
	on := rnd.IntN(2) == 0
	m := l.s.at(func(m store.ModSeq) { l.s.flag(m, uid, 1, on) })
	l.mine(ownChange{UID: uid, ModSeq: m})
	if l.has[uid] &^= store.Seen; on {
		l.has[uid] |= store.Seen
	}
}
