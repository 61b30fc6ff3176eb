package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

// lmtpClient delivers. RFC 2033.
type lmtpClient struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
}

func (s *side) deliverer(ctx context.Context) (*lmtpClient, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.lmtp)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	c := &lmtpClient{conn: conn, r: bufio.NewReader(conn), w: bufio.NewWriterSize(conn, 64<<10)}
	if err = c.reply("220"); err == nil {
		err = c.do("250", "LHLO bench.example.net")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.name, err), conn.Close())
	}
	return c, nil
}

func (c *lmtpClient) do(want, line string) error {
	fmt.Fprintf(c.w, "%s\r\n", line)
	if err := c.w.Flush(); err != nil {
		return err
	}
	return c.reply(want)
}

func (c *lmtpClient) reply(want string) error {
	c.conn.SetDeadline(time.Now().Add(patience))
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return err
		}
		if !strings.HasPrefix(line, want) {
			return fmt.Errorf("LMTP: %q", line)
		}
		if len(line) > 3 && line[3] != '-' {
			return nil
		}
	}
}

// deliver delivers a message and returns when its last byte had been given to the network.
func (c *lmtpClient) deliver(to string, message []byte) (sent time.Time, err error) {
	for _, step := range [][2]string{{"250", "MAIL FROM:<sender@example.net>"}, {"250", "RCPT TO:<" + to + ">"}, {"354", "DATA"}} {
		if err := c.do(step[0], step[1]); err != nil {
			return sent, err
		}
	}
	if err := e2e.WriteDots(c.w, message); err != nil {
		return sent, err
	}
	if err := c.w.Flush(); err != nil {
		return sent, err
	}
	sent = time.Now()
	return sent, c.reply("250")
}

func (c *lmtpClient) quit() error { return errors.Join(c.do("221", "QUIT"), c.conn.Close()) }
