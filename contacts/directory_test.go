package contacts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// A company is a store with people, and its directory.
type company struct {
	Directory
	t     testing.TB
	clock time.Time
}

func newCompany(t testing.TB) *company {
	c := &company{t: t, clock: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	c.Directory = Directory{Store: storetest.New(t), Now: func() time.Time { return c.clock }}
	c.update(func(tx store.Tx) error { return tx.CreateDomain("example.test") })
	return c
}

func (c *company) update(f func(store.Tx) error) {
	c.t.Helper()
	must(c.t, c.Store.Update(c.t.Context(), 0, f))
}

// hire adds an account; the name is the local part.
func (c *company) hire(name, display string) store.AccountID {
	c.t.Helper()
	var a store.Account
	c.update(func(tx store.Tx) (err error) {
		a, err = tx.CreateAccount(store.Account{Name: name + "@example.test", Display: display})
		return err
	})
	return a.ID
}

func (c *company) alias(name string, accounts ...store.AccountID) {
	c.t.Helper()
	c.update(func(tx store.Tx) error {
		return tx.PutAlias(store.Alias{Address: name + "@example.test", Accounts: accounts})
	})
}

// find returns the local parts of those found.
func (c *company) find(text string, offset, limit int) (names string, total int) {
	c.t.Helper()
	people, total, err := c.Find(c.t.Context(), text, offset, limit)
	must(c.t, err)
	var list []string
	for _, p := range people {
		list = append(list, p.Alias)
	}
	return strings.Join(list, " "), total
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	c := newCompany(t)
	anna := c.hire("anna", "Anna Berg")
	boss := c.hire("b.oss", "Berg, Änne-Marie")
	c.hire("conny", "Conny O'Brien")
	c.hire("kanda", "神田 太郎")
	c.hire("nameless", "")
	fired := c.hire("fired", "Anna Fired")
	ghost := c.hire("ghost", "Anna Ghost")
	c.alias("chief", boss)
	c.alias("sales", anna, boss)
	c.alias("", boss) // everything else
	c.update(func(tx store.Tx) error {
		a, err := tx.AccountByID(fired)
		must(t, err)
		a.Disabled = true
		must(t, tx.UpdateAccount(a))
		must(t, WriteProperties(tx, anna, Properties{FirstName: "Annabel", LastName: "von der Höhe", Phone: "+49 30 1"}))
		return SetHidden(tx, ghost, true)
	})

	tests := []struct {
		text, want string
	}{
		{"ann", "anna b.oss"}, {"ANN", "anna b.oss"}, {"anne", "b.oss"}, {"änne", "b.oss"}, {"marie", "b.oss"}, {"Änne-M", "b.oss"},
		{"berg", "anna b.oss"}, {"anna berg", "anna"}, {"berg, anna", "anna"}, {"berg an", "anna b.oss"}, {"erg", ""},
		{"annabel", "anna"}, {"hohe", "anna"}, {"höh", "anna"}, {"der", "anna"},
		{"o'b", "conny"}, {"brien", "conny"}, {"o’brien", ""},
		{"oss", "b.oss"}, {"b.o", "b.oss"}, {"b.oss@example.test", "b.oss"}, {"b.oss@exam", "b.oss"}, {"example", ""}, {"chief", "b.oss"}, {"chief@", "b.oss"},
		{"sales", "sales"}, {"sal", "sales"}, {"神", "kanda"}, {"太郎", "kanda"}, {"name", "nameless"},
		{"fired", ""}, {"ghost", ""}, {"", ""}, {"  ", ""}, {"*", ""}, {"\"anna\"", "anna"}, {"<anna@example.test>", "anna"},
		{"anna anna anna", "anna"}, {"anna x", ""}, {strings.Repeat("a", 5000), ""}, {"\xff", ""},
	}
	for _, tt := range tests {
		if got, _ := c.find(tt.text, 0, 0); got != tt.want {
			t.Errorf("Find(%.20q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestFindWindow(t *testing.T) {
	c := newCompany(t)
	for i := range 10 {
		c.hire(fmt.Sprintf("p%d", 9-i), fmt.Sprintf("Person %d", 9-i))
	}
	tests := []struct {
		offset, limit int
		want          string
	}{
		{0, 3, "p0 p1 p2"}, {8, 5, "p8 p9"}, {10, 5, ""}, {0, 0, "p0 p1 p2 p3 p4 p5 p6 p7 p8 p9"},
	}
	for _, tt := range tests {
		got, total := c.find("person", tt.offset, tt.limit)
		if got != tt.want || total != 10 {
			t.Errorf("from %d, %d: %q of %d, want %q of 10", tt.offset, tt.limit, got, total, tt.want)
		}
	}
}

// TestFindAfterChange: a change shows within MaxAge.
func TestFindAfterChange(t *testing.T) {
	c := newCompany(t)
	c.hire("anna", "Anna")
	c.find("anna", 0, 0)
	c.hire("annika", "Annika")
	c.clock = c.clock.Add(MaxAge)
	if got, _ := c.find("ann", 0, 0); got != "anna annika" {
		t.Errorf("%q, want anna annika", got)
	}
	c.hire("annette", "Annette")
	c.clock = c.clock.Add(-time.Hour) // somebody set the clock
	if got, _ := c.find("ann", 0, 0); got != "anna annette annika" {
		t.Errorf("%q, want anna annette annika", got)
	}
}

func TestPerson(t *testing.T) {
	c := newCompany(t)
	anna := c.hire("anna", "Anna Maria Berg")
	c.update(func(tx store.Tx) error { return WriteProperties(tx, anna, Properties{Title: "Pilot"}) })
	people, _, err := c.Find(t.Context(), "anna", 0, 1)
	must(t, err)
	p := people[0]
	if p.Account != anna || p.First != "Anna Maria" || p.Last != "Berg" || p.Alias != "anna" || p.Address != "anna@example.test" || p.Title != "Pilot" || p.List {
		t.Errorf("%+v", p)
	}
	named, err := c.Named(t.Context(), "anna  MARIA berg")
	must(t, err)
	if len(named) != 1 || named[0].Account != anna {
		t.Errorf("Named: %+v", named)
	}
}

func TestByAddress(t *testing.T) {
	c := newCompany(t)
	anna, bert, fired := c.hire("anna", "Anna"), c.hire("bert", "Bert"), c.hire("fired", "Fired")
	c.alias("berta", bert)
	c.alias("sales", anna, bert)
	c.alias("", anna)
	c.update(func(tx store.Tx) error {
		must(t, SetHidden(tx, bert, true))
		a, err := tx.AccountByID(fired)
		must(t, err)
		a.Disabled = true
		return tx.UpdateAccount(a)
	})
	tests := []struct {
		addr, want string
		err        error
	}{
		{"Anna@Example.Test", "anna", nil}, {"anna+news@example.test", "anna", nil}, {"bert@example.test", "bert", nil},
		{"berta@example.test", "bert", nil}, {"berta+x@example.test", "bert", nil}, {"sales@example.test", "sales", nil},
		{"fired@example.test", "", store.NotFound}, {"nobody@example.test", "", store.NotFound}, {"anna@other.test", "", store.NotFound},
		{"anna", "", store.Invalid}, {"", "", store.Invalid}, {"@example.test", "", store.Invalid},
	}
	for _, tt := range tests {
		p, err := c.ByAddress(t.Context(), tt.addr)
		if p.Alias != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v; want %q, %v", tt.addr, p.Alias, err, tt.want, tt.err)
		}
		if want := tt.want == "sales"; p.List != want || want && len(p.Members) != 2 {
			t.Errorf("%s: list %v with %d members", tt.addr, p.List, len(p.Members))
		}
	}
}

func TestProperties(t *testing.T) {
	c := newCompany(t)
	anna := c.hire("anna", "Anna")
	for _, bad := range []string{strings.Repeat("x", MaxProperty+1), "two\nlines", "\xff"} {
		err := c.Store.Update(t.Context(), 0, func(tx store.Tx) error { return WriteProperties(tx, anna, Properties{Office: bad}) })
		if !errors.Is(err, store.Invalid) {
			t.Errorf("%.10q: %v, want Invalid", bad, err)
		}
	}
	want := Properties{}
	n := 0
	for name, text := range want.All() {
		*text = name
		n++
	}
	if n != 8 {
		t.Errorf("%d properties, want 8", n)
	}
	c.update(func(tx store.Tx) error {
		must(t, WriteProperties(tx, anna, want))
		got, err := ReadProperties(tx, anna)
		if got != want || err != nil {
			t.Errorf("%+v, %v", got, err)
		}
		must(t, WriteProperties(tx, anna, Properties{}))
		names, err := tx.SettingNames(anna, "")
		if len(names) > 0 {
			t.Errorf("settings %q of somebody of whom nothing is noted", names)
		}
		return err
	})
}

// BenchmarkFind is a letter typed by somebody in a company of 10,000; Read is the first one in ten seconds.
func BenchmarkFind(b *testing.B) {
	c := newCompany(b)
	c.update(func(tx store.Tx) error {
		for i := range 10_000 {
			a, err := tx.CreateAccount(store.Account{Name: fmt.Sprintf("p%d@example.test", i), Display: fmt.Sprintf("First%d Last%d", i%100, i)})
			if err == nil {
				err = WriteProperties(tx, a.ID, Properties{Phone: "1", Office: "2", Company: "Example"})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	b.Run("Typing", func(b *testing.B) {
		for b.Loop() {
			c.find("first7 last", 0, 100)
		}
	})
	b.Run("Read", func(b *testing.B) {
		for b.Loop() {
			c.clock = c.clock.Add(MaxAge)
			c.find("first7 last", 0, 100)
		}
	})
}
