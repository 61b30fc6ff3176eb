package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gannetmail/gannet/store"
)

// verdict is what happens to a row after an attempt.
type verdict struct {
	row     store.Queued // with the Due, Attempts and LastError of what is kept
	outcome Outcome
	keep    bool // tried again
	warn    bool // and the sender hears of the delay
}

// settle writes the outcomes of an attempt into the queue, together with the notices that they call
// for. Until that is durable the rows stay in flight: a store that cannot write just now must not make
// the server send the same message over and over.
func (r *Runner) settle(ctx context.Context, rows []store.Queued, outcomes []Outcome) {
	verdicts := make([]verdict, len(rows))
	for i, row := range rows {
		verdicts[i] = r.judge(row, outcomes[i])
		r.logVerdict(ctx, verdicts[i])
	}
	for rest := time.Second; ; rest = min(2*rest, time.Minute) {
		err := r.write(ctx, verdicts)
		if err == nil {
			return
		}
		r.o.Log.ErrorContext(ctx, "record attempt", "error", err, "again in", rest)
		if errors.Is(err, store.Closed) || !pause(ctx, rest) {
			return
		}
	}
}

// judge decides about one row.
func (r *Runner) judge(row store.Queued, o Outcome) verdict {
	if !o.Failed || o.Permanent {
		return verdict{row: row, outcome: o}
	}
	now := r.o.Now()
	row.Attempts++
	row.LastError = o.Error()
	row.Due = now.Add(r.wait(row.Attempts))
	if row.Due.After(row.Expires) {
		o.Permanent = true
		o.Text = fmt.Sprintf("gave up after %v; the last answer was: %s %s", age(now.Sub(row.Created)), o.Status, o.Text)
		o.Status = "4.4.7"
		return verdict{row: row, outcome: o}
	}
	// The wait that leads past the threshold is the one to tell of, so it happens once.
	threshold := row.Created.Add(r.o.WarnAfter)
	warn := r.o.WarnAfter > 0 && now.Before(threshold) && !row.Due.Before(threshold)
	return verdict{row: row, outcome: o, keep: true, warn: warn}
}

// age rounds a duration for people.
func age(d time.Duration) string {
	if days := int(d.Round(time.Hour).Hours()) / 24; days >= 2 {
		return fmt.Sprintf("%d days", days)
	}
	return d.Round(time.Minute).String()
}

// write commits verdicts and notices in one transaction.
func (r *Runner) write(ctx context.Context, verdicts []verdict) error {
	notices, err := r.notices(ctx, verdicts)
	for _, n := range notices {
		defer n.release()
	}
	if err != nil {
		return err
	}
	// What happened has happened: a server that is stopping still records it.
	return r.store.Update(context.WithoutCancel(ctx), 0, func(tx store.Tx) error {
		for _, v := range verdicts {
			act := func() error { return tx.Dequeue(v.row.ID) }
			if v.keep {
				act = func() error { return tx.Requeue(v.row) }
			}
			if err := act(); err != nil && !errors.Is(err, store.NotFound) { // an operator removed it
				return err
			}
		}
		for _, n := range notices {
			if err := n.enqueue(tx, r.mail); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Runner) logVerdict(ctx context.Context, v verdict) {
	switch {
	case !v.outcome.Failed:
		r.log(ctx, slog.LevelInfo, "sent", v.row, v.outcome)
	case v.keep:
		r.log(ctx, slog.LevelInfo, "deferred", v.row, v.outcome)
	default:
		r.log(ctx, slog.LevelWarn, "not delivered", v.row, v.outcome)
	}
}

// log writes the line of a message's trace.
func (r *Runner) log(ctx context.Context, level slog.Level, what string, row store.Queued, o Outcome) {
	r.o.Log.LogAttrs(ctx, level, what,
		slog.Int64("queue", int64(row.ID)), slog.String("from", row.Sender), slog.String("to", row.Recipient),
		slog.Int("attempts", row.Attempts), slog.String("remote", o.Remote), slog.String("status", o.Status),
		slog.String("text", o.Text), slog.Any("blob", row.Blob))
}
