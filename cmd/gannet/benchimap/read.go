package main

import (
	"context"
	"fmt"
)

// selects is how often a mailbox is selected in one round.
const selects = 20

func selectRows(b *bench) []row {
	return []row{ms("SELECT of %d, the first of a session", b.messages), ms("SELECT of the same again")}
}

func doSelect(ctx context.Context, b *bench, s *side, _ int) ([]float64, string, error) {
	c, err := s.login(ctx, reader)
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	var took []float64
	for range selects {
		each, err := timed(func() error {
			_, err := c.do("SELECT INBOX")
			return err
		})
		if err != nil {
			return nil, "", err
		}
		took = append(took, each)
		if _, err := c.do("UNSELECT"); err != nil {
			return nil, "", err
		}
	}
	return []float64{took[0], median(took[1:])}, "", c.logout()
}

func envelopeRows(b *bench) []row {
	return []row{ms("FETCH 1:* (FLAGS UID ENVELOPE RFC822.SIZE) of %d", b.messages)}
}

func firstRows(b *bench) []row {
	return []row{ms("FETCH of the same, the first since the messages came")}
}

func doEnvelopes(ctx context.Context, b *bench, s *side, _ int) ([]float64, string, error) {
	return oneCommand(ctx, b, s, "FETCH 1:* (FLAGS UID ENVELOPE RFC822.SIZE)")
}

func flagRows(b *bench) []row { return []row{ms("FETCH 1:* (UID FLAGS) of %d", b.messages)} }

func doFlags(ctx context.Context, b *bench, s *side, _ int) ([]float64, string, error) {
	return oneCommand(ctx, b, s, "FETCH 1:* (UID FLAGS)")
}

// oneCommand times one command on the large mailbox that is answered by a line for each message.
func oneCommand(ctx context.Context, b *bench, s *side, command string) ([]float64, string, error) {
	c, err := s.selected(ctx, reader, "INBOX")
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	var a answer
	took, err := timed(func() error {
		a, err = c.do("%s", command)
		return err
	})
	if err == nil && a.lines < b.messages {
		err = fmt.Errorf("%d answers for %d messages", a.lines, b.messages)
	}
	if err != nil {
		return nil, "", err
	}
	return []float64{took}, "", c.logout()
}

func bodyRows(*bench) []row {
	return []row{ms("FETCH of %d whole messages by one command", many), ms("  one by one")}
}

func doBodies(ctx context.Context, b *bench, s *side, round int) ([]float64, string, error) {
	c, err := s.selected(ctx, reader, "INBOX")
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	first, last := b.span(round)
	var together, single int64
	once, err := timed(func() error {
		a, err := c.do("UID FETCH %d:%d (BODY.PEEK[])", first, last)
		together = a.literals
		return err
	})
	if err != nil {
		return nil, "", err
	}
	each, err := timed(func() error {
		for uid := first; uid <= last; uid++ {
			a, err := c.do("UID FETCH %d (BODY.PEEK[])", uid)
			if err != nil {
				return err
			}
			single += a.literals
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	if single != together {
		return nil, "", fmt.Errorf("one by one the messages have %d bytes, together %d", single, together)
	}
	return []float64{once, each}, fmt.Sprint(single, " bytes"), c.logout()
}
