package sqlite

import (
	"encoding/json"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Domains implements [store.Directory].
func (r *reader) Domains() (list []store.Domain, err error) {
	err = r.c.all(func(row *rows) {
		list = append(list, store.Domain{Name: row.text(), Created: row.time()})
	}, "SELECT name, created FROM domain ORDER BY name")
	return list, err
}

const accountColumns = "id, name, display, created, disabled, quota, used, modseq, floor"

func scanAccount(r *rows) store.Account {
	return store.Account{
		ID: store.AccountID(r.int()), Name: r.text(), Display: r.text(), Created: r.time(), Disabled: r.bool(),
		Quota: r.int(), Used: r.int(), ModSeq: r.modSeq(), Floor: r.modSeq(),
	}
}

// Account implements [store.Reader].
func (r *reader) Account() (store.Account, error) { return r.account(r.acct) }

// AccountByID implements [store.Directory].
func (r *reader) AccountByID(id store.AccountID) (store.Account, error) {
	if id == 0 {
		return store.Account{}, notFound("account 0")
	}
	return r.account(id)
}

func (r *reader) account(id store.AccountID) (a store.Account, err error) {
	if err := r.flush(); err != nil {
		return a, err
	}
	found, err := r.c.one(func(row *rows) { a = scanAccount(row) },
		"SELECT "+accountColumns+" FROM account WHERE id = ? AND name IS NOT NULL", id)
	if err == nil && !found {
		err = notFound("account %d", id)
	}
	return a, err
}

// Accounts implements [store.Directory].
func (r *reader) Accounts() (list []store.Account, err error) {
	if err := r.flush(); err != nil {
		return nil, err
	}
	err = r.c.all(func(row *rows) { list = append(list, scanAccount(row)) },
		"SELECT "+accountColumns+" FROM account WHERE name IS NOT NULL AND id > 0 ORDER BY name")
	return list, err
}

// Resolve implements [store.Directory].
func (r *reader) Resolve(address string) (ids []store.AccountID, err error) {
	scan := func(row *rows) { ids = append(ids, store.AccountID(row.int())) }
	err = r.c.all(scan, "SELECT id FROM account WHERE name = ? AND id > 0", address)
	for _, a := range []string{address, "@" + domainOf(address)} {
		if err != nil || len(ids) > 0 {
			break
		}
		err = r.c.all(scan, "SELECT account FROM alias WHERE address = ? ORDER BY account", a)
	}
	if err == nil && len(ids) == 0 {
		err = notFound("address %q", address)
	}
	return ids, err
}

// domainOf is what stands behind an address's last @.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// Aliases implements [store.Directory].
func (r *reader) Aliases(acct store.AccountID) (list []store.Alias, err error) {
	err = r.c.all(func(row *rows) {
		address, id := row.text(), store.AccountID(row.int())
		if n := len(list); n > 0 && list[n-1].Address == address {
			list[n-1].Accounts = append(list[n-1].Accounts, id)
			return
		}
		list = append(list, store.Alias{Address: address, Accounts: []store.AccountID{id}})
	}, `SELECT address, account FROM alias
		WHERE ?1 = 0 OR address IN (SELECT address FROM alias WHERE account = ?1)
		ORDER BY address, account`, acct)
	return list, err
}

// Credentials implements [store.Directory].
func (r *reader) Credentials(acct store.AccountID) (list []store.Credential, err error) {
	if _, err := r.AccountByID(acct); err != nil {
		return nil, err
	}
	err = r.c.all(func(row *rows) {
		list = append(list, store.Credential{
			ID: store.CredentialID(row.int()), Account: acct, Kind: store.CredentialKind(row.int()), Name: row.text(),
			Hash: row.text(), SCRAM: row.text(), Scopes: decodeStrings(row.text()), Created: row.time(), Used: row.time(),
		})
	}, `SELECT id, kind, name, hash, scram, scopes, created, used FROM credential
		WHERE account = ? ORDER BY kind, id`, acct)
	return list, err
}

// encodeStrings writes a list as JSON; an empty one as "".
func encodeStrings(list []string) string {
	if len(list) == 0 {
		return ""
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "" // strings always marshal
	}
	return string(b)
}

func decodeStrings(s string) (list []string) {
	if s == "" {
		return nil
	}
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil // Check reports it
	}
	return list
}
