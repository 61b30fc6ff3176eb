package main

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

func storeRows(*bench) []row {
	return []row{ms("STORE of one flag, each of %d one by one", some), ms("STORE of one flag on %d by one command", many)}
}

// doStore sets a flag in one round and takes it away in the next.
func doStore(ctx context.Context, b *bench, s *side, round int) ([]float64, string, error) {
	c, err := s.selected(ctx, reader, "INBOX")
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	change := [2]string{"+FLAGS", "-FLAGS"}[round%2]
	first, changed := many+1, 0
	each, err := timed(func() error {
		for i := range some {
			a, err := c.do("UID STORE %d %s (\\Flagged)", first+i, change)
			if err != nil {
				return err
			}
			changed += a.lines
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	once, err := timed(func() error {
		a, err := c.do("UID STORE 1:%d %s (\\Answered)", many, change)
		changed += a.lines
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return []float64{each / some, once}, fmt.Sprint(changed, " changes told"), c.logout()
}

func copyRows(*bench) []row {
	return []row{ms("COPY of %d", many), ms("MOVE of %d", many), ms("STORE \\Deleted and EXPUNGE of %d", many)}
}

func doCopy(ctx context.Context, b *bench, s *side, round int) ([]float64, string, error) {
	c, err := s.selected(ctx, reader, "INBOX")
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	first, last := b.span(round)
	steps := []struct {
		timed    bool
		commands []string
	}{
		{false, []string{"CREATE One", "CREATE Two"}},
		{true, []string{fmt.Sprintf("UID COPY %d:%d One", first, last)}},
		{false, []string{"SELECT One"}},
		{true, []string{"MOVE 1:* Two"}},
		{false, []string{"SELECT Two"}},
		{true, []string{"STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE"}},
		{false, []string{"UNSELECT", "DELETE One", "DELETE Two"}},
	}
	var figures []float64
	for _, step := range steps {
		took, err := timed(func() error { return c.all(step.commands) })
		if err != nil {
			return nil, "", err
		}
		if step.timed {
			figures = append(figures, took)
		}
	}
	return figures, "", c.logout()
}

// all does one command after the other.
func (c *imapClient) all(commands []string) error {
	for _, command := range commands {
		if _, err := c.do("%s", command); err != nil {
			return err
		}
	}
	return nil
}

func appendRows(*bench) []row {
	return []row{
		ms("APPEND, each of %d one by one", some),
		{what: fmt.Sprintf("APPEND over %d connections", conns), unit: "messages/s", higher: true},
	}
}

func doAppend(ctx context.Context, b *bench, s *side, _ int) ([]float64, string, error) {
	c, err := s.login(ctx, reader)
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	if _, err := c.do("CREATE New"); err != nil {
		return nil, "", err
	}
	letters := newLetters(some * 3)
	each, err := timed(func() error {
		for _, l := range letters[:some] {
			if err := c.appendAll("New", l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	took, err := appendTogether(ctx, s, letters[some:])
	if err != nil {
		return nil, "", err
	}
	_, err = c.do("DELETE New")
	return []float64{each / some, float64(some*2) / took * 1000}, "", errors.Join(err, c.logout())
}

// newLetters writes messages that no mailbox has.
func newLetters(n int) (all [][]byte) {
	for i := range n {
		all = append(all, letter(1<<30+i))
	}
	return all
}

// appendTogether shares messages out to several connections; it returns the milliseconds.
func appendTogether(ctx context.Context, s *side, letters [][]byte) (float64, error) {
	var clients []*imapClient
	for range conns {
		c, err := s.login(ctx, reader)
		if err != nil {
			return 0, err
		}
		defer c.conn.Close()
		clients = append(clients, c)
	}
	took, err := timed(func() error {
		var g errgroup.Group
		for k, c := range clients {
			g.Go(func() error {
				for i := k; i < len(letters); i += conns {
					if err := c.appendAll("New", letters[i]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return g.Wait()
	})
	for _, c := range clients {
		err = errors.Join(err, c.logout())
	}
	return took, err
}
