package storetest

import (
	"github.com/gannetmail/gannet/store"
)

func testQueue(e *env) {
	b := e.stage()
	full := store.Queued{
		Sender: "alice@example.test", Recipient: "zoë@外.test", Domain: "xn--x.test", UTF8: true, EnvID: "env id", Notify: "SUCCESS,FAILURE",
		Created: day(0), Due: day(3), Expires: day(9), Attempts: 2, LastError: "451 later",
	}
	var ids []store.QueueID
	e.write(e.alice.ID, func(tx store.Tx) error {
		for _, d := range []int{3, 1, 2, 1} {
			q := full
			q.Due = day(d)
			id, err := tx.Enqueue(b, q)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	full.ID, full.Account, full.Blob, full.Size = ids[0], e.alice.ID, b.ID(), b.Size()
	e.read(0, func(r store.Reader) error {
		all, err := r.Queue(0, 100)
		if len(all) != 4 || all[0] != full {
			e.Errorf("queue %+v; want %+v first", all, full)
		}
		part, err := r.Queue(ids[1], 1)
		if len(part) != 1 || part[0].ID != ids[2] {
			e.Errorf("queue after %d: %+v", ids[1], part)
		}
		due, err := r.QueueDue(day(2), 10)
		if len(due) != 3 || due[0].ID != ids[1] || due[1].ID != ids[3] || due[2].ID != ids[2] {
			e.Errorf("due: %+v", due)
		}
		one, err := r.QueueDue(day(2), 1)
		next, err := r.QueueNext()
		if len(one) != 1 || !next.Equal(day(1)) {
			e.Errorf("next due %v, limit 1: %v", next, one)
		}
		return err
	})
	e.write(0, func(tx store.Tx) error {
		if err := tx.Requeue(store.Queued{ID: ids[1], Due: day(5), Attempts: 3, LastError: "no"}); err != nil {
			return err
		}
		return tx.Dequeue(ids[3])
	})
	e.read(e.alice.ID, func(r store.Reader) error { // the same in every transaction
		due, err := r.QueueDue(day(9), 10)
		if len(due) != 3 || due[2].ID != ids[1] || due[2].Attempts != 3 || due[2].LastError != "no" || due[2].Sender != full.Sender {
			e.Errorf("after a retry: %+v", due)
		}
		return err
	})
	e.refused(store.NotFound, 0, "a second dequeue", func(tx store.Tx) error { return tx.Dequeue(ids[3]) })
	e.refused(store.NotFound, 0, "an unknown recipient", func(tx store.Tx) error { return tx.Requeue(store.Queued{ID: 999}) })
	e.write(e.bob.ID, func(tx store.Tx) error { // local delivery: remove the row in the recipient's transaction
		for _, id := range ids[:3] {
			if err := tx.Dequeue(id); err != nil {
				return err
			}
		}
		return nil
	})
	e.read(0, func(r store.Reader) error {
		next, err := r.QueueNext()
		if !next.IsZero() {
			e.Errorf("an empty queue is due at %v", next)
		}
		return err
	})
}

func testQueueBlobs(e *env) {
	b := e.stage()
	var id store.QueueID
	e.write(0, func(tx store.Tx) (err error) { // a notice of the server's own
		id, err = tx.Enqueue(b, store.Queued{Recipient: "x@y.test", Domain: "y.test"})
		return err
	})
	b.Release()
	o, err := e.s.OpenBlob(e.Context(), b.ID())
	if err != nil {
		e.Fatalf("open a queued blob: %v", err)
	}
	o.Close()
	bob := Role(e, e.s, e.bob.ID, store.Inbox)
	e.write(e.bob.ID, func(tx store.Tx) error {
		h, err := tx.Blob(b.ID())
		if err != nil {
			return err
		}
		if _, err := tx.Add(bob.ID, store.NewItem{Blob: h}); err != nil {
			return err
		}
		return tx.Dequeue(id)
	})
	o, err = e.s.OpenBlob(e.Context(), b.ID())
	if err != nil {
		e.Fatalf("open a delivered blob: %v", err)
	}
	o.Close()
	e.write(e.bob.ID, func(tx store.Tx) error { return tx.Remove(bob.ID, 1) })
	e.gone(b.ID(), nil)
}
