package main

import (
	"context"
	"errors"
	"time"
)

// arrivals is how many deliveries are timed in one round.
const arrivals = 20

func arriveRows(*bench) []row {
	return []row{ms("last byte of an APPEND until EXISTS in another session's IDLE"), ms("last byte of an LMTP delivery until EXISTS in IDLE")}
}

func doArrive(ctx context.Context, b *bench, s *side, _ int) ([]float64, string, error) {
	watcher, err := s.selected(ctx, arrival, "INBOX")
	if err != nil {
		return nil, "", err
	}
	defer watcher.conn.Close()
	c, err := s.login(ctx, arrival)
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	appended, err := arrivalTimes(watcher, func(message []byte) (time.Time, error) {
		began := time.Now() // with the whole message in the connection's buffer there is no waiting within
		return began, c.appendAll("INBOX", message)
	})
	if err != nil {
		return nil, "", err
	}
	l, err := s.deliverer(ctx)
	if err != nil {
		return nil, "", err
	}
	defer l.conn.Close()
	delivered, err := arrivalTimes(watcher, func(message []byte) (time.Time, error) {
		return l.deliver(arrival, message)
	})
	if err != nil {
		return nil, "", err
	}
	return []float64{median(appended), median(delivered)}, "", errors.Join(l.quit(), c.logout(), watcher.logout())
}

// arrivalTimes delivers one message after the other to who waits in IDLE, and returns how long each took to be told.
func arrivalTimes(watcher *imapClient, deliver func([]byte) (time.Time, error)) (took []float64, err error) {
	if err := watcher.idle(); err != nil {
		return nil, err
	}
	for _, l := range newLetters(arrivals) {
		told := make(chan error, 1)
		var at time.Time
		go func() {
			var err error
			at, err = watcher.exists()
			told <- err
		}()
		sent, err := deliver(l)
		if err := errors.Join(err, <-told); err != nil {
			return nil, err
		}
		took = append(took, milliseconds(at.Sub(sent)))
	}
	return took, watcher.done()
}
