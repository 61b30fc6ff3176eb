package birthdays

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// plainCards are cards of one line: name|1984-05-07|2010-06-01.
type plainCards struct{ read *int }

func (c plainCards) Person(raw []byte) (p Person) {
	if c.read != nil {
		*c.read++
	}
	parts := strings.Split(string(raw), "|")
	p.Name = parts[0]
	for i, d := range []*Day{&p.Birthday, &p.Anniversary} {
		if i+1 < len(parts) {
			fmt.Sscanf(parts[i+1], "%d-%d-%d", &d.Year, &d.Month, &d.Day)
		}
	}
	return p
}

// A rig is an account with address books.
type rig struct {
	testing.TB
	st    store.Store
	acct  store.AccountID
	main  store.CollectionID
	count int // cards read
	*Service
}

func newRig(t testing.TB) *rig {
	st := storetest.New(t)
	r := &rig{TB: t, st: st}
	r.acct = storetest.Account(t, st, "anna@example.test").ID
	r.main = storetest.Role(t, st, r.acct, store.MainCards).ID
	r.Service = New(st, plainCards{&r.count}, nil)
	return r
}

func (r *rig) update(fn func(store.Tx) error) {
	r.Helper()
	if err := r.st.Update(r.Context(), r.acct, fn); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) book(name string) (id store.CollectionID) {
	r.update(func(tx store.Tx) error {
		c, err := tx.CreateCollection(store.Collection{Name: name, Class: store.Contacts})
		id = c.ID
		return err
	})
	return id
}

// put adds a card, or changes the one of that key.
func (r *rig) put(c store.CollectionID, key, text string) {
	r.Helper()
	blob := storetest.Stage(r, r.st, []byte(text))
	defer blob.Release()
	item := store.NewItem{Class: store.Contacts, Blob: blob, Key: key, Received: time.Unix(1e9, 0)}
	r.update(func(tx store.Tx) error {
		e, err := tx.RecordByKey(c, key, store.WantEntry)
		if errors.Is(err, store.NotFound) {
			_, err = tx.Add(c, item)
		} else if err == nil {
			_, err = tx.Replace(c, e.UID, item)
		}
		return err
	})
}

func (r *rig) remove(c store.CollectionID, key string) {
	r.Helper()
	r.update(func(tx store.Tx) error {
		e, err := tx.RecordByKey(c, key, store.WantEntry)
		if err == nil {
			err = tx.Remove(c, e.UID)
		}
		return err
	})
}

func (r *rig) tend() {
	r.Helper()
	if err := r.Tend(r.Context(), r.acct); err != nil {
		r.Fatal(err)
	}
}

// events returns what the calendar has, by UID.
func (r *rig) events() map[string]string {
	r.Helper()
	all := map[string]string{}
	err := r.st.View(r.Context(), r.acct, func(tx store.Reader) error {
		c, err := tx.CollectionByRole(store.Birthdays)
		if errors.Is(err, store.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
		for e, err := range tx.ByUID(c.ID, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			b, err := r.st.OpenBlob(r.Context(), e.Item.Blob)
			if err != nil {
				return err
			}
			raw, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
			if err := errors.Join(err, b.Close()); err != nil {
				return err
			}
			all[e.Key] = string(raw)
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	return all
}

// titles are the events in short.
func (r *rig) titles() string {
	r.Helper()
	var list []string
	for _, raw := range r.events() {
		o, _, err := calendar.ReadObject(raw)
		if err != nil {
			r.Fatal(err)
		}
		m := o.Master()
		list = append(list, strings.TrimSpace(m.Summary()+" "+m.Start().String()+" "+m.Text("DESCRIPTION")))
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

func (r *rig) want(what, titles string) {
	r.Helper()
	if got := r.titles(); got != titles {
		r.Errorf("%s: %s; want %s", what, got, titles)
	}
}

func TestTend(t *testing.T) {
	r := newRig(t)
	r.tend()
	if _, err := r.collection(); !errors.Is(err, store.NotFound) {
		t.Errorf("a calendar of nobody: %v", err)
	}
	r.put(r.main, "a", "Anna Berg|1984-05-07|2010-06-01")
	r.put(r.main, "b", "Ben")
	r.tend()
	r.want("two days", "Anniversary: Anna Berg 20250601 Since 2010; Birthday: Anna Berg 20250507 Born 1984")
	c, err := r.collection()
	if err != nil || c.Name != Name || !c.Fed() || c.Class != store.Calendar {
		t.Errorf("%+v, %v", c, err)
	}
	before := c.Changed
	r.put(r.main, "b", "Ben B.")
	r.tend()
	if c, _ = r.collection(); c.Changed != before {
		t.Error("a card without days changed the calendar")
	}
	first := slices.Collect(maps.Keys(r.events()))
	r.put(r.main, "a", "Anna Stern|1984-05-08")
	r.tend()
	r.want("a card that changed", "Birthday: Anna Stern 20250508 Born 1984")
	for uid := range r.events() {
		if !slices.Contains(first, uid) {
			t.Errorf("the event has another UID: %s", uid)
		}
	}
	other := r.book("Other")
	r.put(other, "a", "Anna S.|1984-05-09")
	r.tend()
	r.want("a copy in a younger book", "Birthday: Anna Stern 20250508 Born 1984")
	r.remove(r.main, "a")
	r.tend()
	r.want("the copy is what is left", "Birthday: Anna S. 20250509 Born 1984")
	r.put(other, "c", "Carl|0-2-29")
	r.tend()
	r.want("a leap day", "Birthday: Anna S. 20250509 Born 1984; Birthday: Carl 20250228")
	r.update(func(tx store.Tx) error { return tx.RemoveCollection(other) })
	r.tend()
	r.want("a book is gone", "")
}

func (r *rig) collection() (c store.Collection, err error) {
	err = r.st.View(r.Context(), r.acct, func(tx store.Reader) (err error) {
		c, err = tx.CollectionByRole(store.Birthdays)
		return err
	})
	return c, err
}

func TestTendName(t *testing.T) {
	r := newRig(t)
	r.book(Name)
	r.put(r.main, "a", "Anna|1984-05-07")
	r.tend()
	if c, err := r.collection(); err != nil || c.Name != "Birthdays 2" {
		t.Errorf("%q, %v", c.Name, err)
	}
}

// TestTendStale goes on where the journal has been forgotten.
func TestTendStale(t *testing.T) {
	r := newRig(t)
	for _, key := range []string{"a", "b", "c"} {
		r.put(r.main, key, strings.ToUpper(key)+"|1984-05-07")
	}
	r.tend()
	r.remove(r.main, "a")
	r.put(r.main, "b", "B|1984-05-08")
	if err := r.st.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r.tend()
	r.want("behind the floor", "Birthday: B 20250508 Born 1984; Birthday: C 20250507 Born 1984")
}

// TestTendCost reads as many cards of a large address book as have changed, and none if nothing has.
func TestTendCost(t *testing.T) {
	for _, size := range []int{50, 500} {
		r := newRig(t)
		for i := range size {
			r.put(r.main, fmt.Sprint("k", i), fmt.Sprintf("Person %d|1984-05-07", i))
		}
		r.tend()
		r.count = 0
		fresh := New(r.st, plainCards{&r.count}, nil) // as after a restart
		if err := fresh.Tend(t.Context(), r.acct); err != nil || r.count != 0 {
			t.Errorf("%d cards read of %d that have not changed, %v", r.count, size, err)
		}
		c, _ := r.collection()
		r.put(r.main, "k7", "Person 7|1984-05-08")
		r.tend()
		after, _ := r.collection()
		if r.count != 1 || after.Changed <= c.Changed || after.Total != int64(size) {
			t.Errorf("%d cards read of %d of which one changed", r.count, size)
		}
		var changed int
		err := r.st.View(t.Context(), r.acct, func(tx store.Reader) error {
			for _, err := range tx.Changes(after.ID, store.After(c.Changed), store.WantEntry) {
				if changed++; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || changed != 1 {
			t.Errorf("%d events written for one card, %v", changed, err)
		}
	}
}

// failing is a store that ends in the middle of writing: each change but the first few comes to nothing, or is made without
// that anybody hears of it.
type failing struct {
	store.Store
	left int
	lost bool
}

var errKilled = errors.New("killed")

func (f *failing) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	f.left--
	switch {
	case f.left >= 0:
		return f.Store.Update(ctx, acct, fn)
	case f.left == -1 && f.lost:
		return errors.Join(f.Store.Update(ctx, acct, fn), errKilled)
	}
	return errKilled
}

// TestTendRandom makes random changes, tends them now and then, with ends in the middle, and compares with what a
// new calendar would be.
func TestTendRandom(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 1))
		r := newRig(t)
		books := []store.CollectionID{r.main, r.book("One"), r.book("Two")}
		for range 12 {
			for range random.IntN(60) {
				r.edit(random, &books)
			}
			if random.IntN(6) == 0 {
				if err := r.st.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			if random.IntN(2) == 0 {
				broken := New(&failing{r.st, random.IntN(4), random.IntN(2) == 0}, plainCards{}, nil)
				if err := broken.Tend(t.Context(), r.acct); err != nil && !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
			} else if random.IntN(2) == 0 {
				r.tend()
			}
		}
		r.tend()
		got := r.events()
		r.update(func(tx store.Tx) error { return tx.PutSetting(r.acct, setting, nil) })
		at, _ := r.st.ModSeq(r.acct)
		r.tend()
		if now, _ := r.st.ModSeq(r.acct); now != at || !maps.Equal(got, r.events()) {
			t.Errorf("seed %d: a new comparison changes something", seed)
		}
		want := r.fresh(books)
		if !maps.Equal(got, want) {
			t.Errorf("seed %d: %d events, want %d", seed, len(got), len(want))
		}
	}
}

// edit makes one random change.
func (r *rig) edit(random *rand.Rand, books *[]store.CollectionID) {
	c := (*books)[random.IntN(len(*books))]
	key := fmt.Sprint("k", random.IntN(80))
	days := []string{"1984-5-7", "0-2-29", "1604-12-31", "2000-2-29", "1950-1-1", "0-0-0"}
	var uid store.UID
	err := r.st.View(r.Context(), r.acct, func(tx store.Reader) error {
		e, err := tx.RecordByKey(c, key, store.WantEntry)
		uid = e.UID
		return err
	})
	if err != nil && !errors.Is(err, store.NotFound) {
		r.Fatal(err)
	}
	switch n := random.IntN(20); {
	case n == 0 && c != r.main && len(*books) > 1:
		r.update(func(tx store.Tx) error { return tx.RemoveCollection(c) })
		*books = append(slices.DeleteFunc(*books, func(d store.CollectionID) bool { return c == d }), r.book(fmt.Sprint("B", random.Uint64())))
	case n < 5 && uid != 0:
		r.remove(c, key)
	case n < 9 && uid != 0:
		dst := (*books)[random.IntN(len(*books))]
		err := r.st.Update(r.Context(), r.acct, func(tx store.Tx) error { _, err := tx.Move(c, uid, dst); return err })
		if err != nil && !errors.Is(err, store.Exists) && !errors.Is(err, store.Invalid) {
			r.Fatal(err)
		}
	default:
		r.put(c, key, fmt.Sprintf("P%d|%s|%s", random.IntN(5), days[random.IntN(len(days))], days[random.IntN(len(days))]))
	}
}

// fresh computes the calendar from the cards as they are.
func (r *rig) fresh(books []store.CollectionID) map[string]string {
	want, seen := map[string]string{}, map[string]bool{}
	slices.Sort(books)
	for _, c := range books {
		err := r.st.View(r.Context(), r.acct, func(tx store.Reader) error {
			for e, err := range tx.ByUID(c, 1, store.MaxUID, store.WantItem) {
				if err != nil {
					return err
				}
				if seen[e.Key] {
					continue
				}
				seen[e.Key] = true
				b, err := r.st.OpenBlob(r.Context(), e.Item.Blob)
				if err != nil {
					return err
				}
				raw, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
				if err := errors.Join(err, b.Close()); err != nil {
					return err
				}
				for _, k := range kinds {
					if ev := k.event(keyPrefix+e.Key, plainCards{}.Person(raw)); ev != nil {
						want[k.uid(keyPrefix+e.Key)] = string(ev)
					}
				}
			}
			return nil
		})
		if err != nil {
			r.Fatal(err)
		}
	}
	return want
}
