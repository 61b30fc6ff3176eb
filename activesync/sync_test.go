package activesync

import (
	"fmt"
	"testing"

	"github.com/gannetmail/gannet/store"
)

const plainMessage = `From: Otto <otto@example.test>
To: Rita <rita@example.test>
Subject: Re: harbour
Message-ID: <%d@example.test>
Date: Sat, 22 Aug 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8

The boat leaves at noon. Number %d.
`

// TestSyncStory is the life of a message on a device, at every version.
func TestSyncStory(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := newRig(t)
			inbox := collectionID(r.folder(store.Inbox).ID)
			first := r.deliver(store.Inbox, fmt.Sprintf(plainMessage, 1, 1))
			key := r.prime(t, call{version: v}, inbox)

			a := r.sync(t, call{version: v, body: syncOne(inbox, key, nil)})
			adds := a.commands("Add")
			if a.status() != "1" || len(adds) != 1 || a.key() == key {
				t.Fatalf("first window:\n%s", a.dump)
			}
			data := adds[0].at("AirSync:ApplicationData")
			if got := data.get("Email:Subject"); got != "Re: harbour" {
				t.Errorf("subject %q", got)
			}
			body := data.get("AirSyncBase:Body", "AirSyncBase:Data")
			if v < V120 {
				body = data.get("Email:Body")
			}
			if body != "The boat leaves at noon. Number 1.\r\n" {
				t.Errorf("body %q in\n%s", body, a.dump)
			}
			key = a.key()

			again := r.sync(t, call{version: v, body: syncOne(inbox, key, nil)})
			if v >= V121 && len(again.body) != 0 {
				t.Errorf("nothing new:\n%s", again.dump)
			}
			if v < V121 && (again.status() != "1" || again.key() != key) {
				t.Errorf("nothing new:\n%s", again.dump)
			}

			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				_, err := tx.Mark(first.Collection, first.UID, store.FlagChange{Add: store.Seen})
				return err
			}))
			a = r.sync(t, call{version: v, body: syncOne(inbox, key, nil)})
			changes := a.commands("Change")
			if len(changes) != 1 || len(changes[0].at("AirSync:ApplicationData").kids) != 1 ||
				changes[0].get("AirSync:ApplicationData", "Email:Read") != "1" {
				t.Fatalf("read elsewhere:\n%s", a.dump)
			}
			key = a.key()

			id := adds[0].get("AirSync:ServerId")
			a = r.sync(t, call{version: v, body: syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId \"" + id + "\""})})
			if a.status() != "1" || a.key() == key || len(a.c.all("AirSync:Commands")) != 0 {
				t.Fatalf("delete:\n%s", a.dump)
			}
			if n := len(r.records(store.Trash)); n != 1 {
				t.Errorf("%d messages in Deleted Items", n)
			}
		})
	}
}
