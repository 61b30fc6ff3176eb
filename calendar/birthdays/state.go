package birthdays

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// setting is the name of the account's setting that holds the place.
const setting = "birthdays"

// form is of what events look like: with another one all are compared.
const form = 1

// A place is up to where in the journal each address book has been read.
type place struct {
	Form  int                                 `json:"form"`
	Books map[store.CollectionID]store.ModSeq `json:"books"`
}

// readPlace returns the place of an account. known is false if there is none, or one of another form.
func readPlace(r store.Directory, acct store.AccountID) (p place, known bool, err error) {
	raw, err := r.Setting(acct, setting)
	switch {
	case errors.Is(err, store.NotFound):
		return p, false, nil
	case err != nil:
		return p, false, fmt.Errorf("place of birthdays: %w", err)
	case json.Unmarshal(raw, &p) != nil || p.Form != form:
		return place{}, false, nil
	}
	return p, true, nil
}

func (p place) write(tx store.DirectoryTx, acct store.AccountID) error {
	p.Form = form
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("place of birthdays: %w", err)
	}
	return tx.PutSetting(acct, setting, raw)
}
