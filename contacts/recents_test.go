package contacts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

type recentsRig struct {
	testing.TB
	st   store.Store
	acct store.AccountID
	now  time.Time
	*Recents
}

func newRecentsRig(t testing.TB) *recentsRig {
	st := storetest.New(t)
	return &recentsRig{t, st, storetest.Account(t, st, "anna@example.test").ID, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), &Recents{Store: st}}
}

// wrote notes a message to "Name <address>"es.
func (r *recentsRig) wrote(people ...string) {
	r.Helper()
	to := map[string]string{}
	for _, p := range people {
		name, addr, ok := strings.Cut(strings.TrimSuffix(p, ">"), " <")
		if !ok {
			name, addr = "", p
		}
		to[addr] = name
	}
	err := r.st.Update(r.Context(), r.acct, func(tx store.Tx) error { return r.Wrote(tx, r.acct, to, r.now) })
	if err != nil {
		r.Fatal(err)
	}
}

func (r *recentsRig) tend() {
	r.Helper()
	if err := r.Tend(r.Context(), r.acct); err != nil {
		r.Fatal(err)
	}
}

// cards are those that there are, the most used first.
func (r *recentsRig) cards() (list []string) {
	r.Helper()
	books := Books{Store: r.st}
	err := r.st.View(r.Context(), r.acct, func(tx store.Reader) error {
		c, err := tx.CollectionByRole(store.Recipients)
		if err != nil {
			return err
		}
		for e, err := range tx.Newest(c.ID, store.Age{}, store.Age{}, store.WantItem) {
			if err != nil {
				return err
			}
			card, err := books.read(r.Context(), e.Item)
			if err != nil {
				return err
			}
			if Rank(card) == 0 || card.Text("EMAIL") != e.Key {
				r.Errorf("card %s", card.Bytes())
			}
			list = append(list, card.Text("FN")+" <"+card.Text("EMAIL")+">")
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.NotFound) {
		r.Fatal(err)
	}
	return list
}

func (r *recentsRig) want(what string, cards ...string) {
	r.Helper()
	if got := r.cards(); !slices.Equal(got, cards) {
		r.Errorf("%s: %q; want %q", what, got, cards)
	}
}

func TestRecents(t *testing.T) {
	r := newRecentsRig(t)
	r.tend()
	r.want("nobody yet")
	before, _ := r.st.ModSeq(r.acct)
	r.wrote("Ben <Ben@Example.test>", "anna@example.test", "nonsense", "'carl@example.test' <carl@example.test>")
	if after, _ := r.st.ModSeq(r.acct); after == before {
		t.Error("nobody was woken")
	}
	r.tend()
	got := r.cards()
	slices.Sort(got)
	if want := []string{"Ben <ben@example.test>", "carl@example.test <carl@example.test>"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	before, _ = r.st.ModSeq(r.acct)
	for range 20 { // within a day all is one
		r.now = r.now.Add(time.Hour)
		r.wrote("Ben <ben@example.test>")
	}
	r.tend()
	if after, _ := r.st.ModSeq(r.acct); after != before {
		t.Error("many messages of one day changed something")
	}
	r.now = r.now.Add(48 * time.Hour)
	r.wrote("Carl Zorn <carl@example.test>")
	r.tend()
	r.want("who is used more is first", "Carl Zorn <carl@example.test>", "Ben <ben@example.test>")
	circular := []string{}
	for i := range maxRecentTo + 1 {
		circular = append(circular, fmt.Sprintf("p%d@example.test", i))
	}
	r.wrote(circular...)
	r.tend()
	r.want("a circular", "Carl Zorn <carl@example.test>", "Ben <ben@example.test>")
	books := Books{Store: r.st}
	if known, err := books.Knows(t.Context(), r.acct, "ben@example.test"); known || err != nil {
		t.Errorf("whom somebody writes to is in no address book: %v, %v", known, err)
	}
	if people, _, err := books.Resolve(t.Context(), r.acct, "carl", 10); len(people) > 0 || err != nil {
		t.Errorf("%v, %v", people, err)
	}
}

// TestRecentsSeldom writes to one address each day: its card changes seldom once it is used much.
func TestRecentsSeldom(t *testing.T) {
	one, changes := recent{address: "a@b.test"}, 0
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := range 365 {
		for range 10 {
			if one.use("", now.Add(time.Duration(day)*24*time.Hour)) {
				changes++
			}
		}
	}
	if changes > 60 || changes < 26 {
		t.Errorf("%d changes in a year", changes)
	}
}

func TestRecentsMost(t *testing.T) {
	r := newRecentsRig(t)
	for i := range maxRecents + 20 {
		r.now = r.now.Add(time.Hour)
		r.wrote(fmt.Sprintf("p%d@example.test", i))
	}
	r.tend()
	list := r.cards()
	if len(list) != maxRecents || !slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "p319@") }) ||
		slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "<p19@") }) {
		t.Errorf("%d cards, first %q", len(list), list[0])
	}
}

// dying is a store whose changes come to nothing after some.
type dying struct {
	store.Store
	lost bool
}

var errDied = errors.New("died")

func (d dying) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	if d.lost {
		return errors.Join(d.Store.Update(ctx, acct, fn), errDied)
	}
	return errDied
}

// TestRecentsRandom writes at random, with ends in the middle: the cards come to what is known, each as that says.
func TestRecentsRandom(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 2))
		r := newRecentsRig(t)
		for range 80 {
			r.now = r.now.Add(time.Duration(random.IntN(72)) * time.Hour)
			r.wrote(fmt.Sprintf("N%d <p%d@example.test>", random.IntN(3), random.IntN(20)))
			switch random.IntN(4) {
			case 0:
				r.tend()
			case 1:
				broken := Recents{Store: dying{r.st, random.IntN(2) == 0}}
				if err := broken.Tend(t.Context(), r.acct); err != nil && !errors.Is(err, errDied) {
					t.Fatal(err)
				}
			}
		}
		r.tend()
		want := map[string]string{}
		err := r.st.View(t.Context(), r.acct, func(tx store.Reader) error {
			raw, err := tx.Setting(r.acct, recentsSetting)
			for _, one := range parseRecents(raw) {
				c := one.card()
				want[one.address] = c.Text("FN") + " <" + one.address + ">"
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, all := r.cards(), slices.Sorted(maps.Values(want))
		slices.Sort(got)
		if !slices.Equal(got, all) {
			t.Errorf("seed %d: %q; want %q", seed, got, all)
		}
	}
}

func TestRank(t *testing.T) {
	for text, want := range map[string]int{"": 0, "12": 12, "-1": 0, "x": 0} {
		c := vcard.New("u")
		if text != "" {
			c.SetText(rankField, text)
		}
		if got := Rank(c); got != want {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func BenchmarkWrote(b *testing.B) {
	r := newRecentsRig(b)
	for i := range maxRecents {
		r.wrote(fmt.Sprintf("Person %d <person.%d@example.test>", i, i))
	}
	b.ResetTimer()
	err := r.st.Update(b.Context(), r.acct, func(tx store.Tx) error {
		for b.Loop() {
			if err := r.Wrote(tx, r.acct, map[string]string{"person.7@example.test": "Person 7"}, r.now); err != nil {
				return err
			}
			r.now = r.now.Add(25 * time.Hour)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
