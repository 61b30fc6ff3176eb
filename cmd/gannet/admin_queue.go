package main

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmail/gannet/store"
)

// queueRequest names recipients in the outbound queue.
type queueRequest struct {
	IDs []store.QueueID `json:"ids,omitempty"`
	All bool            `json:"all,omitempty"`
}

// queueInfo is one recipient of a queued message.
type queueInfo struct {
	ID        store.QueueID `json:"id"`
	Sender    string        `json:"sender"`
	Recipient string        `json:"recipient"`
	Size      int64         `json:"size"`
	Created   time.Time     `json:"created"`
	Due       time.Time     `json:"due"`
	Expires   time.Time     `json:"expires"`
	Attempts  int           `json:"attempts"`
	LastError string        `json:"lastError"`
}

// queueStep is how many rows of the queue are read at once.
const queueStep = 500

// eachQueued calls fn for every recipient in the queue.
func eachQueued(r store.Directory, fn func(store.Queued) error) error {
	var after store.QueueID
	for {
		some, err := r.Queue(after, queueStep)
		if err != nil {
			return err
		}
		for _, q := range some {
			if q.ID <= after {
				continue // Queue may count from after on
			}
			if err := fn(q); err != nil {
				return err
			}
		}
		if len(some) < queueStep {
			return nil
		}
		after = some[len(some)-1].ID
	}
}

func (a *admin) listQueue(ctx context.Context, _ nothing, _ say) ([]queueInfo, error) {
	all := []queueInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		return eachQueued(r, func(q store.Queued) error {
			all = append(all, queueInfo{
				ID: q.ID, Sender: q.Sender, Recipient: q.Recipient, Size: q.Size, Created: q.Created,
				Due: q.Due, Expires: q.Expires, Attempts: q.Attempts, LastError: q.LastError,
			})
			return nil
		})
	})
	return all, err
}

// retryQueue makes recipients due now. The result is how many.
func (a *admin) retryQueue(ctx context.Context, q queueRequest, _ say) (int, error) {
	return a.changeQueue(ctx, q, func(tx store.Tx, one store.Queued) error {
		one.Due = a.now()
		return tx.Requeue(one)
	})
}

// removeQueue takes recipients out of the queue; nobody is told. The result is how many.
func (a *admin) removeQueue(ctx context.Context, q queueRequest, _ say) (int, error) {
	return a.changeQueue(ctx, q, func(tx store.Tx, one store.Queued) error { return tx.Dequeue(one.ID) })
}

func (a *admin) changeQueue(ctx context.Context, q queueRequest, change func(store.Tx, store.Queued) error) (int, error) {
	if len(q.IDs) == 0 && !q.All {
		return 0, usagef("name the recipients by the numbers that `gannet queue list` shows, or say --all")
	}
	wanted := map[store.QueueID]bool{}
	for _, id := range q.IDs {
		wanted[id] = true
	}
	var found []store.Queued
	err := a.view(ctx, func(r store.Reader) error {
		return eachQueued(r, func(one store.Queued) error {
			if q.All || wanted[one.ID] {
				found = append(found, one)
				delete(wanted, one.ID)
			}
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	for id := range wanted {
		return 0, notFound("the queue has no recipient %d; `gannet queue list` shows all", id)
	}
	done := 0
	for _, one := range found { // one short transaction each: the server goes on between them
		err := a.update(ctx, func(tx store.Tx) error { return change(tx, one) })
		if errors.Is(err, store.NotFound) {
			continue // delivered meanwhile
		} else if err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}
