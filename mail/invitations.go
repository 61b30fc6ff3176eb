package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/gannetmail/gannet/store"
)

// Invitations does to the calendars of the people here what messages about meetings ask for; package
// calendar/scheduling has one. It is safe for concurrent use.
type Invitations interface {
	// Prepare decides, before m is delivered to acct, what it does to the account's calendar, and stages that; nil is
	// nothing. Whatever keeps it from doing so is logged, never returned: the delivery counts more.
	Prepare(ctx context.Context, m Incoming, acct store.AccountID) *CalendarChange
}

// CalendarChange is what a message does to a calendar if and when it is delivered. nil is nothing.
type CalendarChange struct {
	// Apply makes the change in the delivery's transaction; ErrCalendarChanged: it was prepared for a calendar that is
	// another by now.
	Apply func(store.Tx) error
	Send  []CalendarAnswer // queued with it
	// Done says that the message needs nobody's attention once the change is made: it goes to the Trash collection, read.
	// If the calendar goes on changing it is not delivered at all, with store.Busy.
	Done bool
	// Held is what was staged; whoever asked for the change releases it.
	Held []store.Staged
}

// A CalendarAnswer is a message that a change of a calendar makes go out, without reverse-path.
type CalendarAnswer struct {
	Blob store.Staged
	To   []string // forward-paths
}

// ErrCalendarChanged says that a change of a calendar has to be prepared again.
var ErrCalendarChanged = errors.New("the calendar was changed meanwhile")

// release gives up what was staged.
func (c *CalendarChange) release() {
	if c == nil {
		return
	}
	for _, b := range c.Held {
		b.Release()
	}
}

// prepareChange asks the service's [Invitations], if it has some.
func (s *Service) prepareChange(ctx context.Context, m Incoming, acct store.AccountID) (c *CalendarChange) {
	if s.invitations == nil || m.Junk {
		return nil
	}
	defer func() {
		if v := recover(); v != nil { // in the way of nobody's mail
			s.log.LogAttrs(ctx, slog.LevelError, "panic in an invitation",
				slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			c = nil
		}
	}()
	return s.invitations.Prepare(ctx, m, acct)
}

// calendarError undoes a delivery whose change of the calendar came to nothing; the delivery is done again.
type calendarError struct {
	err  error
	done bool // [CalendarChange].Done
}

// Error says what was attempted.
func (e *calendarError) Error() string { return fmt.Sprintf("change the calendar: %v", e.err) }

// Unwrap returns why it came to nothing.
func (e *calendarError) Unwrap() error { return e.err }

// changeTx changes the calendar in the transaction of the delivery. Its error is a *calendarError.
func (s *Service) changeTx(tx store.Tx, c *CalendarChange) (err error) {
	if c == nil {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
		if err != nil {
			err = &calendarError{err, c.Done}
		}
	}()
	if err := c.Apply(tx); err != nil {
		return err
	}
	for _, a := range c.Send {
		for _, to := range a.To {
			if err := s.EnqueueTx(tx, a.Blob, store.Queued{Recipient: to}); err != nil {
				return err
			}
		}
	}
	return nil
}
