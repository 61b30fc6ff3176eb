package scheduling

import (
	"context"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// TestFindOwn wants an event that others publish, in a calendar that the server keeps, not to be the account's.
func TestFindOwn(t *testing.T) {
	st := storetest.New(t)
	acct := storetest.Account(t, st, rita)
	found := func() (place *Place) {
		t.Helper()
		err := st.View(context.Background(), acct.ID, func(r store.Reader) (err error) {
			place, err = Find(r, uid)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return place
	}
	put := func(c store.Collection) {
		t.Helper()
		err := st.Update(context.Background(), acct.ID, func(tx store.Tx) (err error) {
			c, err = tx.CreateCollection(c)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Add(t, st, acct.ID, c.ID, []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), store.NewItem{Class: store.Calendar, Key: uid})
	}
	put(store.Collection{Name: "Team", Class: store.Calendar, Source: "https://calendar.example.test/team.ics"})
	if p := found(); p != nil {
		t.Errorf("found %+v", p)
	}
	put(store.Collection{Name: "Work", Class: store.Calendar})
	if found() == nil {
		t.Error("the own event was not found")
	}
}
