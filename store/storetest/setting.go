package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// set returns the work of putting a setting.
func set(acct store.AccountID, name string, value []byte) func(store.Tx) error {
	return func(tx store.Tx) error { return tx.PutSetting(acct, name, value) }
}

// settings checks what an account's settings are, names and values in turn.
func settings(e *env, acct store.AccountID, prefix string, want ...string) {
	e.Helper()
	e.read(e.bob.ID, func(r store.Reader) error {
		names, err := r.SettingNames(acct, prefix)
		if err != nil {
			return err
		}
		var got []string
		for _, name := range names {
			value, err := r.Setting(acct, name)
			if err != nil {
				return err
			}
			got = append(got, name, string(value))
		}
		if !slices.Equal(got, want) {
			e.Errorf("settings %q of account %d: %q; want %q", prefix, acct, got, want)
		}
		return nil
	})
}

func testSettings(e *env) {
	before := e.modSeq()
	e.write(e.alice.ID, set(e.alice.ID, "a/2", []byte("two")))
	e.write(0, set(e.alice.ID, "a/1", []byte{}))
	e.write(0, set(0, "a/1", []byte("server")))
	e.write(e.bob.ID, set(e.alice.ID, "a", []byte("x")))
	e.write(e.alice.ID, set(e.alice.ID, "a/ü", []byte("last")))
	e.write(e.alice.ID, set(e.alice.ID, "b", []byte("other")))
	settings(e, e.alice.ID, "a/", "a/1", "", "a/2", "two", "a/ü", "last")
	settings(e, e.alice.ID, "", "a", "x", "a/1", "", "a/2", "two", "a/ü", "last", "b", "other")
	settings(e, 0, "a", "a/1", "server")
	settings(e, e.bob.ID, "")
	e.write(e.alice.ID, set(e.alice.ID, "a/2", []byte("zwei")))
	e.write(e.alice.ID, set(e.alice.ID, "a/1", nil))
	e.write(e.alice.ID, set(e.alice.ID, "missing", nil))
	settings(e, e.alice.ID, "a/", "a/2", "zwei", "a/ü", "last")
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Setting(e.alice.ID, "a/1")
		e.is(err, store.NotFound, "a setting that was removed")
		return nil
	})
	if after := e.modSeq(); after != before {
		e.Errorf("settings moved the account's ModSeq from %d to %d", before, after)
	}
	e.refused(store.NotFound, 0, "of an unknown account", set(99, "a", []byte("x")))
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(e.alice.ID) })
	settings(e, e.alice.ID, "")
}

func testSettingBounds(e *env) {
	for _, bad := range []string{"", "a\nb", "a\x00", strings.Repeat("x", 256), "\xff"} {
		e.refused(store.Invalid, e.alice.ID, fmt.Sprintf("name %q", bad), set(e.alice.ID, bad, []byte("v")))
	}
	full := make([]byte, store.MaxSetting)
	e.write(e.alice.ID, set(e.alice.ID, "large", full))
	e.refused(store.TooLarge, e.alice.ID, "a larger one", set(e.alice.ID, "large", append(full, 0)))
	for i := range 63 {
		e.write(e.alice.ID, set(e.alice.ID, fmt.Sprint("l", i), full))
	}
	e.refused(store.OverQuota, e.alice.ID, "one value too many", set(e.alice.ID, "last", []byte("x")))
	e.write(e.alice.ID, set(e.alice.ID, "large", full))
	e.write(e.alice.ID, set(e.alice.ID, "l0", nil))
	e.write(e.alice.ID, set(e.alice.ID, "last", []byte("x")))
	e.write(e.bob.ID, func(tx store.Tx) error {
		for i := range 5000 {
			if err := tx.PutSetting(e.bob.ID, fmt.Sprint(i), []byte{}); err != nil {
				return err
			}
		}
		return nil
	})
	e.refused(store.OverQuota, e.bob.ID, "one name too many", set(e.bob.ID, "x", []byte{}))
	e.write(e.bob.ID, set(e.bob.ID, "7", []byte("again")))
}
