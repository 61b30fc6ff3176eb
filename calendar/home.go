package calendar

import (
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// homeSetting is the setting of an account with the IANA name of the zone in which its person lives.
const homeSetting = "timezone"

// ReadHome returns the zone in which an account's person lives: in which the days and the times without a zone of its
// objects are meant. Where nothing was said it is usual.
func ReadHome(r store.Directory, acct store.AccountID, usual *Zone) (*Zone, error) {
	name, err := HomeName(r, acct)
	if z, ok := LoadZone(name); ok {
		return z, err
	}
	return usual, err
}

// HomeName returns what was said of that zone: its IANA name, or nothing.
func HomeName(r store.Directory, acct store.AccountID) (string, error) {
	raw, err := r.Setting(acct, homeSetting)
	if errors.Is(err, store.NotFound) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("zone of account %d: %w", acct, err)
	}
	return string(raw), nil
}

// WriteHome says in which zone an account's person lives, by its IANA name; the empty name takes that back. An unknown
// name is store.Invalid.
func WriteHome(tx store.DirectoryTx, acct store.AccountID, name string) error {
	if name == "" {
		return tx.PutSetting(acct, homeSetting, nil)
	}
	if _, ok := LoadZone(name); !ok {
		return fmt.Errorf("zone %.60q: %w", name, store.Invalid)
	}
	return tx.PutSetting(acct, homeSetting, []byte(name))
}
