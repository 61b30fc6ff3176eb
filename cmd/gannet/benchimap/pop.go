package main

import (
	"context"
	"fmt"
)

func popRows(*bench) []row {
	return []row{ms("POP3: connection, login, UIDL of %d", many), ms("POP3 RETR of %d one by one", many), ms("  pipelined by 50")}
}

// pipelined is how many commands are sent at once.
const pipelined = 50

func doPOP3(ctx context.Context, b *bench, s *side, _ int) ([]float64, string, error) {
	var c *popClient
	begin, err := timed(func() (err error) {
		if c, err = s.pop(ctx, popper); err != nil {
			return err
		}
		c.write("UIDL")
		_, err = c.retrieve(1)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	var size [2]int64
	var took [2]float64
	for k, at := range []int{1, pipelined} {
		took[k], err = timed(func() error {
			for first := 1; first <= many; first += at {
				for i := range at {
					c.write("RETR %d", first+i)
				}
				n, err := c.retrieve(at)
				if err != nil {
					return err
				}
				size[k] += n
			}
			return nil
		})
		if err != nil {
			return nil, "", err
		}
	}
	if size[0] != size[1] {
		return nil, "", fmt.Errorf("one by one the messages have %d bytes, pipelined %d", size[0], size[1])
	}
	return []float64{begin, took[0], took[1]}, fmt.Sprint(size[0], " bytes"), c.quit()
}

// retrieve sends what was written and reads n long answers.
func (c *popClient) retrieve(n int) (size int64, err error) {
	if err := c.w.Flush(); err != nil {
		return 0, err
	}
	for range n {
		more, err := c.lines()
		if err != nil {
			return size, err
		}
		size += more
	}
	return size, nil
}
