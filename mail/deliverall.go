package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gannetmail/gannet/store"
)

// A Delivery puts a message into one mailbox.
type Delivery struct {
	Account store.AccountID
	Message Incoming
	// Begin, when not nil, begins the transaction and returns the message as it is to be delivered in it.
	Begin func(store.Tx) (Incoming, error)
	End   func(store.Tx) error // ends the transaction; nil: nothing more
}

// How often a message is looked at anew because the calendar was changed meanwhile. Many want a resource at the same time,
// and each of them must be decided about.
const (
	maxCalendarTries = 3
	maxResourceTries = 50
)

// DeliverAll makes deliveries, each in a transaction of its own and all in one commit, and returns one error for each;
// with the message go, in its transaction, the automatic answer to it and what it does to the calendar. Where the
// calendar resists, the message is delivered without touching it.
func (s *Service) DeliverAll(ctx context.Context, list []Delivery) []error {
	errs := make([]error, len(list))
	todo := make([]int, len(list))
	for i := range todo {
		todo[i] = i
	}
	mayChange := make([]bool, len(list))
	for i := range mayChange {
		mayChange[i] = true
	}
	for try := 1; len(todo) > 0; try++ {
		var again []int
		for k, err := range s.deliverOnce(ctx, list, todo, mayChange) {
			i := todo[k]
			var calendar *calendarError
			if errs[i] = err; !errors.As(err, &calendar) || !mayChange[i] {
				continue
			}
			changed := errors.Is(err, ErrCalendarChanged)
			if changed && calendar.done && try >= maxResourceTries {
				errs[i] = fmt.Errorf("%w: %w", err, store.Busy)
				continue
			}
			if mayChange[i] = changed && (try < maxCalendarTries || calendar.done); !mayChange[i] {
				s.log.LogAttrs(ctx, slog.LevelWarn, "message delivered without its change of the calendar",
					slog.Int64("account", int64(list[i].Account)), slog.Any("error", err))
			}
			again = append(again, i)
		}
		todo = again
	}
	return errs
}

// deliverOnce makes the deliveries todo of a list.
func (s *Service) deliverOnce(ctx context.Context, list []Delivery, todo []int, mayChange []bool) []error {
	work := make([]store.Work, 0, len(todo))
	for _, i := range todo {
		d := &list[i]
		reply := s.PrepareReply(ctx, d.Message, d.Account)
		defer reply.Release()
		var change *CalendarChange
		if mayChange[i] {
			change = s.prepareChange(ctx, d.Message, d.Account)
			defer change.release()
		}
		work = append(work, store.Work{Account: d.Account, Do: func(tx store.Tx) error {
			return s.deliverTx(tx, d, reply, change)
		}})
	}
	if len(work) == 0 {
		return nil
	}
	return s.store.UpdateAll(ctx, work)
}

// deliverTx makes one delivery.
func (s *Service) deliverTx(tx store.Tx, d *Delivery, reply *AutoReply, change *CalendarChange) error {
	m := d.Message
	if d.Begin != nil {
		var err error
		if m, err = d.Begin(tx); err != nil {
			return err
		}
	}
	place := s.DeliverTx
	if change != nil && change.Done && !m.Junk {
		place = s.discardTx
	}
	if _, err := place(tx, m); err != nil {
		return err
	}
	if err := s.changeTx(tx, change); err != nil {
		return err
	}
	s.ReplyTx(tx, reply)
	if d.End == nil {
		return nil
	}
	return d.End(tx)
}

// discardTx delivers a message that needs nobody's attention.
func (s *Service) discardTx(tx store.Tx, m Incoming) (store.Record, error) {
	c, err := tx.CollectionByRole(store.Trash)
	if err != nil {
		return store.Record{}, fmt.Errorf("find %s: %w", store.Trash, err)
	}
	item := m.Item
	item.Received = s.now()
	item.Flags |= store.Seen
	return tx.Add(c.ID, item)
}
