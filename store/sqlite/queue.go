package sqlite

import (
	"time"

	"github.com/gannetmail/gannet/store"
)

const queueColumns = `id, account, blob, size, sender, recipient, domain, utf8, env_id, notify,
	created, due, expires, attempts, last_error`

func scanQueued(r *rows) store.Queued {
	return store.Queued{
		ID: store.QueueID(r.int()), Account: store.AccountID(r.int()), Blob: r.blobID(), Size: r.int(),
		Sender: r.text(), Recipient: r.text(), Domain: r.text(), UTF8: r.bool(), EnvID: r.text(), Notify: r.text(),
		Created: r.time(), Due: r.time(), Expires: r.time(), Attempts: int(r.int()), LastError: r.text(),
	}
}

// QueueDue implements [store.Directory].
func (r *reader) QueueDue(now time.Time, limit int) (list []store.Queued, err error) {
	err = r.c.all(func(row *rows) { list = append(list, scanQueued(row)) },
		"SELECT "+queueColumns+" FROM queue WHERE due <= ? ORDER BY due, id LIMIT ?", now, atLeastNone(limit))
	return list, err
}

// Queue implements [store.Directory].
func (r *reader) Queue(after store.QueueID, limit int) (list []store.Queued, err error) {
	err = r.c.all(func(row *rows) { list = append(list, scanQueued(row)) },
		"SELECT "+queueColumns+" FROM queue WHERE id > ? ORDER BY id LIMIT ?", after, atLeastNone(limit))
	return list, err
}

// atLeastNone keeps a negative limit from meaning "all" in SQL.
func atLeastNone(limit int) int { return max(limit, 0) }

// QueueNext implements [store.Directory].
func (r *reader) QueueNext() (due time.Time, err error) {
	_, err = r.c.one(func(row *rows) { due = time.UnixMilli(max(row.int(), 1)).UTC() }, "SELECT due FROM queue ORDER BY due LIMIT 1")
	return due, err
}

// Enqueue implements [store.Tx]. In an account's transaction the account is the sender; in the
// server's it is q.Account.
func (t *tx) Enqueue(b store.Staged, q store.Queued) (store.QueueID, error) {
	if b == nil || q.Recipient == "" {
		return 0, invalid("queued message without bytes or recipient")
	}
	if t.acct != 0 {
		if err := t.mine(); err != nil {
			return 0, err
		}
		q.Account = t.acct
	} else if q.Account != 0 {
		if _, err := t.AccountByID(q.Account); err != nil {
			return 0, err
		}
	}
	now := t.s.now()
	if q.Created.IsZero() {
		q.Created = now
	}
	if q.Due.IsZero() {
		q.Due = now
	}
	if err := t.refer(b); err != nil {
		return 0, err
	}
	t.queued = true
	id, err := t.c.insert(`INSERT INTO queue (account, blob, size, sender, recipient, domain, utf8, env_id, notify,
			created, due, expires, attempts, last_error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		q.Account, b.ID(), b.Size(), q.Sender, q.Recipient, q.Domain, q.UTF8, q.EnvID, q.Notify,
		q.Created, q.Due, q.Expires, q.Attempts, q.LastError)
	return store.QueueID(id), err
}

// Requeue implements [store.Tx].
func (t *tx) Requeue(q store.Queued) error {
	n, err := t.c.change("UPDATE queue SET due = ?, attempts = ?, last_error = ? WHERE id = ?", q.Due, q.Attempts, q.LastError, q.ID)
	if err == nil && n == 0 {
		err = notFound("queued recipient %d", q.ID)
	}
	t.queued = t.queued || n > 0
	return err
}

// Dequeue implements [store.Tx].
func (t *tx) Dequeue(id store.QueueID) error {
	var blob store.BlobID
	found, err := t.c.one(func(r *rows) { blob = r.blobID() }, "DELETE FROM queue WHERE id = ? RETURNING blob", id)
	if err != nil {
		return err
	}
	if !found {
		return notFound("queued recipient %d", id)
	}
	t.queued = true
	return t.unrefer(blob)
}
