package activesync

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestLentSyncWaits has a Sync wait for what happens in another account's folder, over a withdrawal and a new grant.
func TestLentSyncWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLentRig(t, store.MainCal, mayLook)
		l.needs(V121)
		key := l.whole(t, call{}, l.folder, l.prime(t, call{}, l.folder))
		later := func(d time.Duration, do func()) {
			go func() {
				time.Sleep(d)
				do()
			}()
		}
		later(10*time.Second, func() { l.grant(0) })
		later(20*time.Second, func() { l.keep("u1", monday) }) // while nothing is lent
		later(30*time.Second, func() { l.grant(mayLook) })
		begun := time.Now()
		a := l.sync(t, call{body: syncOne(l.folder, key, nil, `AirSync:HeartbeatInterval "120"`)})
		if len(a.commands("Add")) != 1 || time.Since(begun) != 30*time.Second {
			t.Errorf("after %v:\n%s", time.Since(begun), a.dump)
		}
		begun = time.Now()
		later(10*time.Second, func() {
			must(t, l.st.Update(t.Context(), 0, func(tx store.Tx) error { return tx.RemoveAccount(l.otto.ID) }))
		})
		if a := l.sync(t, call{body: syncOne(l.folder, a.key(), nil, `AirSync:HeartbeatInterval "120"`)}); len(a.body) != 0 || time.Since(begun) != 2*time.Minute {
			t.Errorf("the owner is removed: after %v\n%s", time.Since(begun), a.dump)
		}
	})
}

// TestLentElsewhere: what is lent is no matter of the commands that work on a person's own mail and meetings.
func TestLentElsewhere(t *testing.T) {
	l := newLentRig(t, store.MainCal, store.AllRights)
	rec := l.keep("u1", monday+"\nORGANIZER:mailto:boss@example.org\nATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:otto@example.test\nATTENDEE;RSVP=TRUE:mailto:rita@example.test")
	before := l.lines()
	a := l.do(call{cmd: "MeetingResponse", body: answerTo(1, itemID(rec.Collection, rec.UID))})
	if got := a.value("MeetingResponse:Result"); strings.Contains(a.dump, `MeetingResponse:Status "1"`) || l.lines() != before || len(l.queued()) != 0 {
		t.Errorf("an answer in otto's name: %s\n%s", got, a.dump)
	}
	if baseVersion >= V140 {
		a := l.do(call{cmd: "SmartForward", body: lines("ComposeMail:SmartForward", `>ComposeMail:ClientId "1"`, ">ComposeMail:Source",
			`>>ComposeMail:FolderId "`+l.folder+`"`, `>>ComposeMail:ItemId "`+itemID(rec.Collection, rec.UID)+`"`,
			`>ComposeMail:Mime x"546f3a206f6c6761406578616d706c652e6f72670d0a0d0a486f6c61"`)})
		if strings.Contains(a.dump, "Room 7") || len(l.queued()) != 0 {
			t.Errorf("forwarded:\n%s", a.dump)
		}
	}
}
