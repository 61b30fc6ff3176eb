package contacts

import (
	"errors"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestGroups(t *testing.T) {
	c := newCompany(t)
	anna, bert := c.hire("anna", "Anna Berg"), c.hire("bert", "Bert Anders")
	c.alias("team", anna, bert)
	c.alias("solo", anna)
	c.alias("secret", anna, bert)
	c.update(func(tx store.Tx) error {
		return errors.Join(
			WriteGroup(tx, "team@example.test", &Group{Display: "Harbour Crew"}),
			WriteGroup(tx, "solo@example.test", &Group{Display: "Only One"}),
			WriteGroup(tx, "secret@example.test", &Group{Display: "Wages", Hidden: true}),
			WriteGroup(tx, "gone@example.test", &Group{Display: "Gone"})) // whose alias is not there
	})
	for text, want := range map[string]string{"harb": "team", "crew harbour": "team", "team": "team", "only": "solo", "wages": "", "secret": "", "gone": "", "anna": "anna"} {
		if got, _ := c.find(text, 0, 0); got != want {
			t.Errorf("find %q: %q, want %q", text, got, want)
		}
	}
	for addr, want := range map[string]string{"team@example.test": "Harbour Crew", "team+x@example.test": "Harbour Crew", "solo@example.test": "Only One", "secret@example.test": "Wages"} {
		p, err := c.ByAddress(t.Context(), addr)
		if err != nil || p.Display != want || !p.List {
			t.Errorf("%s: %+v, %v", addr, p, err)
		}
	}
	if _, err := c.ByAddress(t.Context(), "gone@example.test"); !errors.Is(err, store.NotFound) {
		t.Error(err)
	}
	people, total, err := c.Directory.Resolve(t.Context(), "harbour crew", 5)
	if err != nil || total != 1 || len(people[0].Members) != 2 {
		t.Errorf("%+v %d %v", people, total, err)
	}
	c.update(func(tx store.Tx) error { return WriteGroup(tx, "solo@example.test", nil) })
	if p, err := c.ByAddress(t.Context(), "solo@example.test"); err != nil || p.Account != anna {
		t.Errorf("%+v %v", p, err)
	}
	for _, bad := range []Group{{Display: "a\nb"}, {Display: strings.Repeat("x", MaxProperty+1)}, {Display: "\xff"}, {From: "nobody"}} {
		err := c.Store.Update(t.Context(), 0, func(tx store.Tx) error { return WriteGroup(tx, "team@example.test", &bad) })
		if !errors.Is(err, store.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestMayWrite(t *testing.T) {
	c := newCompany(t)
	anna, bert := c.hire("anna", ""), c.hire("bert", "")
	for name, from := range map[string]Senders{"all": FromEveryone, "local": FromLocal, "team": FromMembers} {
		c.alias(name, anna)
		c.update(func(tx store.Tx) error { return WriteGroup(tx, name+"@example.test", &Group{From: from}) })
	}
	c.alias("list", anna, bert)
	tests := []struct {
		addr string
		who  store.AccountID
		want bool
	}{
		{"all@example.test", 0, true}, {"all@example.test", bert, true},
		{"local@example.test", 0, false}, {"local@example.test", bert, true},
		{"team@example.test", 0, false}, {"team@example.test", bert, false}, {"team@example.test", anna, true},
		{"team+tag@example.test", bert, false}, {"team+tag@example.test", anna, true},
		{"list@example.test", 0, true}, {"anna@example.test", 0, true}, {"nobody@example.test", 0, true},
	}
	for _, tt := range tests {
		err := c.Store.View(t.Context(), 0, func(r store.Reader) error {
			got, err := Lists{}.MayWrite(r, tt.addr, tt.who)
			if err == nil && got != tt.want {
				t.Errorf("%s by %d: %v", tt.addr, tt.who, got)
			}
			return err
		})
		must(t, err)
	}
}
