package sqlite

import (
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Bounds of the settings of one account.
const (
	maxSettings   = 5_000
	maxSetBytes   = 16 << 20
	maxSettingKey = 255
)

// Setting implements [store.Directory].
func (r *reader) Setting(acct store.AccountID, name string) (value []byte, err error) {
	found, err := r.c.one(func(row *rows) { value = row.blob() },
		"SELECT value FROM setting WHERE account = ? AND name = ?", acct, name)
	if err == nil && !found {
		err = notFound("setting %.32q of account %d", name, acct)
	}
	return value, err
}

// SettingNames implements [store.Directory].
func (r *reader) SettingNames(acct store.AccountID, prefix string) (names []string, err error) {
	row, err := r.c.query("SELECT name FROM setting WHERE account = ? AND name >= ? ORDER BY name", acct, prefix)
	if err != nil {
		return nil, err
	}
	for row.next() {
		name := row.text()
		if !strings.HasPrefix(name, prefix) {
			break
		}
		names = append(names, name)
	}
	return names, row.close()
}

// PutSetting implements [store.DirectoryTx].
func (t *tx) PutSetting(acct store.AccountID, name string, value []byte) error {
	if acct != 0 {
		if _, err := t.AccountByID(acct); err != nil {
			return err
		}
	}
	if name == "" || len(name) > maxSettingKey || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\uFFFD' }) {
		return invalid("setting %.32q", name)
	}
	if len(value) > store.MaxSetting {
		return fmt.Errorf("setting of %d bytes: %w", len(value), store.TooLarge)
	}
	if value == nil {
		return t.c.exec("DELETE FROM setting WHERE account = ? AND name = ?", acct, name)
	}
	if acct != 0 {
		n, err := t.c.number("SELECT count(*) FROM setting WHERE account = ? AND name <> ?", acct, name)
		if err != nil {
			return err
		}
		used, err := t.c.number("SELECT coalesce(sum(length(value)), 0) FROM setting WHERE account = ? AND name <> ?", acct, name)
		if err != nil {
			return err
		}
		if n >= maxSettings || used+int64(len(value)) > maxSetBytes {
			return fmt.Errorf("settings of account %d: %w", acct, store.OverQuota)
		}
	}
	t.wrote(len(value))
	return t.c.exec(`INSERT INTO setting (account, name, value) VALUES (?1, ?2, ?3)
		ON CONFLICT (account, name) DO UPDATE SET value = ?3`, acct, name, value)
}
