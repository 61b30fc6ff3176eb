package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// popClient speaks POP3.
type popClient struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
}

func (s *side) pop(ctx context.Context, account string) (*popClient, error) {
	conn, err := dialTLS(ctx, s.pop3s, s.tls)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	c := &popClient{conn: conn, r: bufio.NewReaderSize(conn, buffer), w: bufio.NewWriterSize(conn, 64<<10)}
	if err = c.positive(); err == nil {
		err = c.do("USER %s", account)
	}
	if err == nil {
		err = c.do("PASS %s", password)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.name, err), conn.Close())
	}
	return c, nil
}

// write leaves the command in the buffer.
func (c *popClient) write(format string, args ...any) { fmt.Fprintf(c.w, format+"\r\n", args...) }

// do sends a command that is answered by one line.
func (c *popClient) do(format string, args ...any) error {
	c.write(format, args...)
	if err := c.w.Flush(); err != nil {
		return err
	}
	return c.positive()
}

// positive reads one line.
func (c *popClient) positive() error {
	c.conn.SetDeadline(time.Now().Add(patience))
	line, err := c.r.ReadSlice('\n')
	if err == nil && line[0] != '+' {
		err = fmt.Errorf("%q", line)
	}
	return err
}

// lines reads an answer that ends with a line of one dot, and returns its bytes.
func (c *popClient) lines() (size int64, err error) {
	if err := c.positive(); err != nil {
		return 0, err
	}
	begins := true
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return size, err
		}
		if begins && bytes.Equal(line, []byte(".\r\n")) {
			return size, nil
		}
		size += int64(len(line))
		begins = err == nil
	}
}

func (c *popClient) quit() error { return errors.Join(c.do("QUIT"), c.conn.Close()) }
