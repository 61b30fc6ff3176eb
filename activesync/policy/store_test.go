package policy

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

// newStore returns a store with an account that is in two lists, and a device "d" of it.
func newStore(t *testing.T) (store.Store, store.AccountID) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	var a store.Account
	update(t, st, 0, func(tx store.Tx) error {
		must(t, tx.CreateDomain("example.test"))
		a, err = tx.CreateAccount(store.Account{Name: "rita@example.test"})
		must(t, err)
		must(t, tx.PutAlias(store.Alias{Address: "sales@example.test", Accounts: []store.AccountID{a.ID}}))
		return tx.PutAlias(store.Alias{Address: "travel@example.test", Accounts: []store.AccountID{a.ID}})
	})
	update(t, st, a.ID, func(tx store.Tx) error { return tx.PutDevice(store.Device{Account: a.ID, ID: "d"}) })
	return st, a.ID
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func update(t *testing.T, st store.Store, acct store.AccountID, do func(store.Tx) error) {
	t.Helper()
	must(t, st.Update(t.Context(), acct, do))
}

func TestReadLevels(t *testing.T) {
	st, rita := newStore(t)
	strange := "\x01" + strings.Repeat("x", 250)
	update(t, st, 0, func(tx store.Tx) error {
		must(t, WriteRules(tx, 0, OfServer, Rules{"AllowCamera": "0"}))
		must(t, WriteRules(tx, 0, OfGroup("sales@example.test"), Rules{"AllowWiFi": "0"}))
		must(t, WriteRules(tx, 0, OfGroup("others@example.test"), Rules{"AllowIrDA": "0"}))
		must(t, WriteRules(tx, rita, OfAccount, Rules{"AllowBrowser": "0"}))
		must(t, WriteRules(tx, rita, OfDevice("d"), Rules{"AllowStorageCard": "0"}))
		must(t, WriteRules(tx, rita, OfDevice(strange), Rules{"AllowDesktopSync": "0"}))
		return tx.PutSetting(rita, OfDevice("newer"), []byte(`{"AllowTeleport": "0", "AllowCamera": "1"}`))
	})
	var l Levels
	must(t, st.View(t.Context(), rita, func(r store.Reader) (err error) {
		l, err = ReadLevels(r, rita)
		return err
	}))
	for _, tt := range []struct{ device, name, from string }{
		{"d", "AllowCamera", "server"}, {"d", "AllowWiFi", "group sales@example.test"}, {"d", "AllowIrDA", FromDefault},
		{"d", "AllowBrowser", "account"}, {"d", "AllowStorageCard", "device"}, {"e", "AllowStorageCard", FromDefault},
		{strange, "AllowDesktopSync", "device"}, {"newer", "AllowCamera", "device"},
	} {
		if got := l.For(tt.device).Value(tt.name); got.From != tt.from {
			t.Errorf("%q %s: %+v, want it from %s", tt.device, tt.name, got, tt.from)
		}
	}
	update(t, st, 0, func(tx store.Tx) error {
		must(t, WriteRules(tx, 0, OfServer, Rules{}))
		if _, err := tx.Setting(0, OfServer); !errors.Is(err, store.NotFound) {
			t.Errorf("empty rules: %v", err)
		}
		return tx.PutSetting(0, OfServer, []byte("rubbish"))
	})
	err := st.View(t.Context(), rita, func(r store.Reader) error {
		_, err := ReadLevels(r, rita)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "setting policy") {
		t.Errorf("what cannot be read: %v", err)
	}
}

func TestHistory(t *testing.T) {
	st, rita := newStore(t)
	at := time.Date(2026, 8, 22, 10, 0, 0, 0, time.UTC)
	update(t, st, rita, func(tx store.Tx) error {
		for i := range 3 {
			must(t, Record(tx, rita, "d", Event{At: at.Add(time.Duration(i) * time.Minute), What: EventWipeSent, Note: AccountOnly}))
		}
		must(t, Record(tx, rita, "d", Event{At: at.Add(time.Hour), What: EventWipeDone}))
		return tx.RemoveDevice("d")
	})
	history := func() (list []Event) {
		must(t, st.View(t.Context(), rita, func(r store.Reader) (err error) {
			list, err = ReadHistory(r, rita, "d")
			return err
		}))
		return list
	}
	list := history()
	if len(list) != 2 || list[0].Times != 3 || !list[0].Last.Equal(at.Add(2*time.Minute)) || !list[0].At.Equal(at) || list[1].Times != 0 {
		t.Fatalf("%+v", list)
	}
	update(t, st, rita, func(tx store.Tx) error {
		for i := range maxEvents + 10 {
			must(t, Record(tx, rita, "d", Event{At: at, What: EventBlocked, By: fmt.Sprint(i)}))
		}
		return nil
	})
	if list = history(); len(list) != maxEvents || list[0].By != "10" {
		t.Errorf("%d events, the first %+v", len(list), list[0])
	}
}

func TestAccess(t *testing.T) {
	a := Access{Default: Quarantine, Rules: []AccessRule{
		{"type", "TestActiveSync*", Allow}, {"agent", "Android-Mail/*.old", Block}, {"model", "iPhone*,*", Allow}, {"os", "*beta*", Block},
	}}
	for _, tt := range []struct {
		d    store.Device
		want Decision
		rule string
	}{
		{store.Device{Type: "testactivesyncconnectivity"}, Allow, "type=TestActiveSync*"},
		{store.Device{UserAgent: "Android-Mail/2026.1.old"}, Block, "agent=Android-Mail/*.old"},
		{store.Device{UserAgent: "Android-Mail/.new"}, Quarantine, FromDefault},
		{store.Device{UserAgent: "Android-Mail/old"}, Quarantine, FromDefault},
		{store.Device{Model: "iPhone14,5"}, Allow, "model=iPhone*,*"},
		{store.Device{OS: "PhoneOS 19 beta 2"}, Block, "os=*beta*"},
		{store.Device{}, Quarantine, FromDefault},
	} {
		if got, rule := a.Decide(tt.d); got != tt.want || rule != tt.rule {
			t.Errorf("%+v: %s by %s", tt.d, got, rule)
		}
	}
	if !a.NeedsDescription() || (Access{Rules: a.Rules[:2]}).NeedsDescription() {
		t.Error("what the rules look at")
	}
	if got, _ := (Access{}).Decide(store.Device{}); got != Allow {
		t.Errorf("nothing set: %s", got)
	}
	for _, text := range []string{"", "type", "type=", "colour=red", "=x"} {
		if _, err := ParseAccessRule(text, Allow); err == nil || !strings.Contains(err.Error(), "type=iPhone") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if r, err := ParseAccessRule(" Type = iPhone ", Block); err != nil || r.String() != "type=iPhone" {
		t.Errorf("%v, %v", r, err)
	}
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"a*", "ab", true}, {"*b", "ab", true}, {"a*a", "a", false},
		{"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"*b*", "abc", true}, {"**", "x", true}, {"a*b*b", "ab", false},
	} {
		if got := matches(tt.pattern, tt.s); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.s, got)
		}
	}
}

// TestWipe walks through the states of a wipe.
func TestWipe(t *testing.T) {
	const none, aPend, dPend, aSent, dSent, done = store.NoWipe, store.WipeAccountPending, store.WipeDevicePending, store.WipeAccountSent, store.WipeDeviceSent, store.WipeDone
	for _, tt := range []struct {
		from, askAccount, askDevice, tell, accountDone, deviceDone, accountFailed, deviceFailed store.Wipe
	}{
		{none, aPend, dPend, none, none, none, none, none},
		{aPend, aPend, dPend, aSent, done, done, aPend, aPend},
		{dPend, aPend, dPend, dSent, dPend, done, dPend, dPend},
		{aSent, aSent, dPend, aSent, done, done, aPend, aPend},
		{dSent, dSent, dSent, dSent, dSent, done, dSent, dPend},
		{done, aPend, dPend, done, done, done, done, done},
	} {
		account, _ := AskWipe(tt.from, false)
		device, _ := AskWipe(tt.from, true)
		got := []store.Wipe{account, device, TellWipe(tt.from), ReportWipe(tt.from, false, true), ReportWipe(tt.from, true, true), ReportWipe(tt.from, false, false), ReportWipe(tt.from, true, false)}
		want := []store.Wipe{tt.askAccount, tt.askDevice, tt.tell, tt.accountDone, tt.deviceDone, tt.accountFailed, tt.deviceFailed}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("from %d: %v, want %v", tt.from, got, want)
		}
	}
	for from, want := range map[store.Wipe]error{none: ErrNoWipe, done: ErrNoWipe, aSent: ErrWipeSent, dSent: ErrWipeSent, aPend: nil, dPend: nil} {
		if _, err := TakeBackWipe(from); !errors.Is(err, want) {
			t.Errorf("taken back from %d: %v", from, err)
		}
	}
	if _, err := AskWipe(dSent, false); !errors.Is(err, ErrWipeSent) {
		t.Errorf("less than was told: %v", err)
	}
}
