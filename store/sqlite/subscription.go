package sqlite

import (
	"fmt"

	"github.com/gannetmail/gannet/store"
)

const (
	maxSubscription  = 1000   // bytes of a name
	maxSubscriptions = 10_000 // of one account
)

// Subscriptions implements [store.Reader].
func (r *reader) Subscriptions() (list []string, err error) {
	err = r.c.all(func(row *rows) { list = append(list, string(row.blob())) },
		"SELECT name FROM subscription WHERE account = ? ORDER BY name", r.acct)
	return list, err
}

// SetSubscribed implements [store.Tx].
func (t *tx) SetSubscribed(c store.CollectionID, on bool) error {
	if err := t.live(c); err != nil {
		return err
	}
	n, err := t.c.change("UPDATE collection SET subscribed = ?1 WHERE id = ?2 AND subscribed <> ?1", on, c)
	if n > 0 {
		t.mark()
	}
	return err
}

// Subscribe implements [store.Tx].
func (t *tx) Subscribe(name string) error {
	if err := t.mine(); err != nil {
		return err
	}
	if name == "" || len(name) > maxSubscription {
		return invalid("subscription to %.32q", name)
	}
	known, err := t.c.exists("SELECT 1 FROM subscription WHERE account = ? AND name = ?", t.acct, []byte(name))
	if err != nil || known {
		return err
	}
	n, err := t.c.number("SELECT count(*) FROM subscription WHERE account = ?", t.acct)
	if err != nil {
		return err
	}
	if n >= maxSubscriptions {
		return fmt.Errorf("more than %d subscriptions: %w", maxSubscriptions, store.TooLarge)
	}
	t.mark()
	return t.c.exec("INSERT INTO subscription (account, name) VALUES (?, ?)", t.acct, []byte(name))
}

// Unsubscribe implements [store.Tx].
func (t *tx) Unsubscribe(name string) error {
	n, err := t.c.change("DELETE FROM subscription WHERE account = ? AND name = ?", t.acct, []byte(name))
	if err != nil {
		return err
	}
	if n == 0 {
		return notFound("subscription to %.32q", name)
	}
	t.mark()
	return nil
}
