package sqlite

import (
	"fmt"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// CreateDomain implements [store.DirectoryTx].
func (t *tx) CreateDomain(name string) error {
	if d, err := address.Domain(name); err != nil || d != name {
		return invalid("domain %q", name)
	}
	known, err := t.c.exists("SELECT 1 FROM domain WHERE name = ?", name)
	if err != nil {
		return err
	}
	if known {
		return fmt.Errorf("domain %q: %w", name, store.Exists)
	}
	return t.c.exec("INSERT INTO domain (name, created) VALUES (?, ?)", name, t.s.now())
}

// RemoveDomain implements [store.DirectoryTx].
func (t *tx) RemoveDomain(name string) error {
	used, err := t.c.exists(`SELECT 1 FROM account WHERE domain = ?1
		UNION ALL SELECT 1 FROM alias WHERE domain = ?1 LIMIT 1`, name)
	if err != nil {
		return err
	}
	if used {
		return invalid("domain %q is in use", name)
	}
	n, err := t.c.change("DELETE FROM domain WHERE name = ?", name)
	if err == nil && n == 0 {
		err = notFound("domain %q", name)
	}
	return err
}

// CreateAccount implements [store.DirectoryTx].
func (t *tx) CreateAccount(a store.Account) (store.Account, error) {
	if err := t.freeAddress(a.Name); err != nil {
		return store.Account{}, err
	}
	if a.Quota < 0 {
		return store.Account{}, invalid("quota %d", a.Quota)
	}
	now := t.s.now()
	id, err := t.c.insert("INSERT INTO account (name, domain, display, created, quota, modseq) VALUES (?, ?, ?, ?, ?, 1)",
		a.Name, domainOf(a.Name), a.Display, now, a.Quota)
	if err != nil {
		return store.Account{}, err
	}
	for i, c := range store.DefaultCollections {
		c.Account = store.AccountID(id)
		c.UIDValidity = uint32(now.Unix()) + uint32(i)
		if _, err := insertCollection(t.c, c, 1); err != nil {
			return store.Account{}, err
		}
	}
	return t.AccountByID(store.AccountID(id))
}

// freeAddress checks that a canonical address of a domain of ours is neither an account nor an alias.
func (t *tx) freeAddress(name string) error {
	if c, err := address.Canonical(name); err != nil || c != name {
		return invalid("address %q", name)
	}
	if err := t.ourDomain(name); err != nil {
		return err
	}
	taken, err := t.c.exists(`SELECT 1 FROM account WHERE name = ?1
		UNION ALL SELECT 1 FROM alias WHERE address = ?1 LIMIT 1`, name)
	if err == nil && taken {
		err = fmt.Errorf("address %q: %w", name, store.Exists)
	}
	return err
}

func (t *tx) ourDomain(address string) error {
	known, err := t.c.exists("SELECT 1 FROM domain WHERE name = ?", domainOf(address))
	if err == nil && !known {
		err = notFound("domain %q", domainOf(address))
	}
	return err
}

// UpdateAccount implements [store.DirectoryTx].
func (t *tx) UpdateAccount(a store.Account) error {
	if a.Quota < 0 {
		return invalid("quota %d", a.Quota)
	}
	if err := t.wakeGuests("account = ?", a.ID); err != nil { // of what it is called, or whether it is there
		return err
	}
	n, err := t.c.change("UPDATE account SET display = ?, disabled = ?, quota = ? WHERE id = ? AND id > 0 AND name IS NOT NULL",
		a.Display, a.Disabled, a.Quota, a.ID)
	if err == nil && n == 0 {
		err = notFound("account %d", a.ID)
	}
	for _, o := range t.all() {
		if o.acct == a.ID {
			o.row.quota = a.Quota
		}
	}
	return err
}

// RemoveAccount implements [store.DirectoryTx]. The account is gone at once; its collections and items
// are deleted by the writer afterwards, in steps.
func (t *tx) RemoveAccount(id store.AccountID) error {
	if _, err := t.AccountByID(id); err != nil {
		return err
	}
	if err := t.wakeGuests("account = ?", id); err != nil {
		return err
	}
	var queued []store.QueueID
	err := t.c.all(func(r *rows) { queued = append(queued, store.QueueID(r.int())) },
		"SELECT id FROM queue WHERE account = ?", id)
	if err != nil {
		return err
	}
	for _, q := range queued {
		if err := t.Dequeue(q); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		"DELETE FROM alias WHERE account = ?",
		"DELETE FROM credential WHERE account = ?",
		"DELETE FROM device_state WHERE account = ?",
		"DELETE FROM device WHERE account = ?",
		"DELETE FROM acl WHERE grantee = ?",
		"DELETE FROM acl WHERE collection IN (SELECT id FROM collection WHERE account = ?)",
		"DELETE FROM annotation WHERE account = ?",
		"DELETE FROM annotation WHERE collection IN (SELECT id FROM collection WHERE account = ?)",
		"DELETE FROM subscription WHERE account = ?",
		"DELETE FROM setting WHERE account = ?",
		`UPDATE collection SET removed = 1, purge = 1, total = 0, unread = 0, size = 0, deleted = 0, deleted_size = 0
			WHERE account = ?`,
		"UPDATE account SET name = NULL, domain = NULL, display = '', used = 0, purge = 1 WHERE id = ?",
	} {
		if err := t.c.exec(sql, id); err != nil {
			return err
		}
	}
	t.fx.gone = append(t.fx.gone, id)
	t.fx.chores |= chorePurge
	return nil
}

// PutAlias implements [store.DirectoryTx].
func (t *tx) PutAlias(a store.Alias) error {
	if err := t.checkAlias(a); err != nil {
		return err
	}
	if err := t.c.exec("DELETE FROM alias WHERE address = ?", a.Address); err != nil {
		return err
	}
	for _, id := range a.Accounts {
		err := t.c.exec("INSERT OR IGNORE INTO alias (address, account, domain) VALUES (?, ?, ?)",
			a.Address, id, domainOf(a.Address))
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) checkAlias(a store.Alias) error {
	local, domain, ok := address.Split(a.Address)
	if ok && local == "" { // catch-all
		d, err := address.Domain(domain)
		ok = err == nil && d == domain
	} else if ok {
		c, err := address.Canonical(a.Address)
		ok = err == nil && c == a.Address
	}
	if !ok {
		return invalid("address %q", a.Address)
	}
	if len(a.Accounts) == 0 {
		return nil
	}
	if err := t.ourDomain(a.Address); err != nil {
		return err
	}
	taken, err := t.c.exists("SELECT 1 FROM account WHERE name = ?", a.Address)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("address %q is an account's: %w", a.Address, store.Exists)
	}
	for _, id := range a.Accounts {
		if _, err := t.AccountByID(id); err != nil {
			return err
		}
	}
	return nil
}

// PutCredential implements [store.DirectoryTx].
func (t *tx) PutCredential(c store.Credential) (store.CredentialID, error) {
	if _, err := t.AccountByID(c.Account); err != nil {
		return 0, err
	}
	switch {
	case c.Kind != store.MainPassword && c.Kind != store.AppPassword,
		c.Kind == store.MainPassword && c.Name != "", c.Kind == store.AppPassword && c.Name == "":
		return 0, invalid("credential of kind %d named %q", c.Kind, c.Name)
	}
	if c.Created.IsZero() {
		c.Created = t.s.now()
	}
	taken, err := t.c.exists("SELECT 1 FROM credential WHERE account = ? AND kind = ? AND name = ? AND id <> ?",
		c.Account, int64(c.Kind), c.Name, c.ID)
	if err != nil {
		return 0, err
	}
	if taken {
		return 0, fmt.Errorf("credential %q: %w", c.Name, store.Exists)
	}
	if c.ID == 0 {
		id, err := t.c.insert(`INSERT INTO credential (account, kind, name, hash, scram, scopes, created, used)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			c.Account, int64(c.Kind), c.Name, c.Hash, c.SCRAM, encodeStrings(c.Scopes), c.Created, c.Used)
		return store.CredentialID(id), err
	}
	n, err := t.c.change(`UPDATE credential SET kind = ?, name = ?, hash = ?, scram = ?, scopes = ?, created = ?, used = ?
		WHERE id = ? AND account = ?`,
		int64(c.Kind), c.Name, c.Hash, c.SCRAM, encodeStrings(c.Scopes), c.Created, c.Used, c.ID, c.Account)
	if err == nil && n == 0 {
		err = notFound("credential %d", c.ID)
	}
	return c.ID, err
}

// UseCredential implements [store.DirectoryTx].
func (t *tx) UseCredential(id store.CredentialID, at time.Time) error {
	n, err := t.c.change("UPDATE credential SET used = ? WHERE id = ?", at, id)
	if err == nil && n == 0 {
		err = notFound("credential %d", id)
	}
	return err
}

// RemoveCredential implements [store.DirectoryTx].
func (t *tx) RemoveCredential(id store.CredentialID) error {
	n, err := t.c.change("DELETE FROM credential WHERE id = ?", id)
	if err == nil && n == 0 {
		err = notFound("credential %d", id)
	}
	return err
}
