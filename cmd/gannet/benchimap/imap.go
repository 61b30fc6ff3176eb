package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	buffer   = 256 << 10
	patience = 5 * time.Minute // for one answer
)

// imapClient speaks IMAP with as little work of its own as there can be: it tells lines and literals apart and looks
// at nothing else.
type imapClient struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	tag  int
}

// answer is what came for one command.
type answer struct {
	lines    int   // untagged answers
	literals int64 // bytes of literals
	text     string
}

// dialTLS connects with TLS 1.3 and the same offers on either side.
func dialTLS(ctx context.Context, addr string, trust *tls.Config) (*tls.Conn, error) {
	settings := trust.Clone()
	settings.MinVersion = tls.VersionTLS13
	settings.CurvePreferences = []tls.CurveID{tls.X25519}
	dialer := tls.Dialer{Config: settings}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() }) // ends what waits for an answer
	return conn.(*tls.Conn), nil
}

// login connects and logs in.
func (s *side) login(ctx context.Context, account string) (*imapClient, error) {
	conn, err := dialTLS(ctx, s.imaps, s.tls)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	c := &imapClient{conn: conn, r: bufio.NewReaderSize(conn, buffer), w: bufio.NewWriterSize(conn, 64<<10)}
	c.extend()
	if _, err := c.r.ReadSlice('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: greeting: %w", s.name, err), conn.Close())
	}
	if _, err := c.do("LOGIN %s %s", account, password); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.name, err), conn.Close())
	}
	return c, nil
}

// selected logs in and selects a mailbox.
func (s *side) selected(ctx context.Context, account, mailbox string) (*imapClient, error) {
	c, err := s.login(ctx, account)
	if err != nil {
		return nil, err
	}
	if _, err := c.do("SELECT %s", mailbox); err != nil {
		return nil, errors.Join(err, c.conn.Close())
	}
	return c, nil
}

func (c *imapClient) extend() { c.conn.SetDeadline(time.Now().Add(patience)) }

// do sends a command and reads to its end.
func (c *imapClient) do(format string, args ...any) (answer, error) {
	return c.each(nil, format, args...)
}

// each is do; look, if not nil, sees each untagged answer up to its first literal. The bytes are its for the call.
func (c *imapClient) each(look func(line []byte), format string, args ...any) (answer, error) {
	command := fmt.Sprintf(format, args...)
	if err := c.send(command); err != nil {
		return answer{}, err
	}
	a, err := c.finish(look)
	if err != nil {
		verb, _, _ := strings.Cut(command, "\r\n")
		err = fmt.Errorf("%.80s: %w", verb, err)
	}
	return a, err
}

// send sends a command line, which may have literals in it that wait for nobody (LITERAL+).
func (c *imapClient) send(command string) error {
	c.extend()
	c.tag++
	fmt.Fprintf(c.w, "b%d %s\r\n", c.tag, command)
	return c.w.Flush()
}

// finish reads until the command last sent is answered.
func (c *imapClient) finish(look func(line []byte)) (a answer, err error) {
	tag := []byte("b" + strconv.Itoa(c.tag) + " ")
	for {
		line, err := c.line()
		if err != nil {
			return a, err
		}
		if rest, ok := bytes.CutPrefix(line, tag); ok {
			a.text = string(bytes.TrimRight(rest, "\r\n"))
			if !bytes.HasPrefix(rest, []byte("OK")) {
				return a, errors.New(a.text)
			}
			return a, nil
		}
		if look != nil {
			look(line)
		}
		a.lines++
		n, err := c.literals(line)
		a.literals += n
		if err != nil {
			return a, err
		}
	}
}

// line reads one line. It is valid until the next read.
func (c *imapClient) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = c.r.ReadSlice('\n')
		long = append(long, line...)
	}
	return long, err
}

// literals passes over the literals that belong to a line, and the rest of the answer.
func (c *imapClient) literals(line []byte) (total int64, err error) {
	for {
		n := literalSize(line)
		if n < 0 {
			return total, nil
		}
		if _, err := c.r.Discard(n); err != nil {
			return total, err
		}
		total += int64(n)
		if line, err = c.line(); err != nil {
			return total, err
		}
	}
}

// literalSize is the size of the literal that follows a line; negative: none does.
func literalSize(line []byte) int {
	line, ok := bytes.CutSuffix(line, []byte("}\r\n"))
	if !ok {
		return -1
	}
	i := bytes.LastIndexByte(line, '{')
	n, err := strconv.Atoi(string(line[i+1:]))
	if i < 0 || err != nil {
		return -1
	}
	return n
}

// appendAll stores messages by one command, with a date each (nil: none). MULTIAPPEND, RFC 3502.
func (c *imapClient) appendAll(mailbox string, messages ...[]byte) error {
	c.extend()
	c.tag++
	fmt.Fprintf(c.w, "b%d APPEND %s", c.tag, mailbox)
	for _, m := range messages {
		fmt.Fprintf(c.w, " {%d+}\r\n", len(m))
		c.w.Write(m)
	}
	io.WriteString(c.w, "\r\n")
	if err := c.w.Flush(); err != nil {
		return err
	}
	if _, err := c.finish(nil); err != nil {
		return fmt.Errorf("APPEND: %w", err)
	}
	return nil
}

// idle starts to wait.
func (c *imapClient) idle() error {
	if err := c.send("IDLE"); err != nil {
		return err
	}
	for {
		line, err := c.line()
		if err != nil {
			return fmt.Errorf("IDLE: %w", err)
		}
		if line[0] == '+' {
			return nil
		}
		if line[0] != '*' {
			return fmt.Errorf("IDLE: %q", line)
		}
	}
}

// exists waits for news of new messages in an IDLE.
func (c *imapClient) exists() (time.Time, error) {
	for {
		c.extend()
		line, err := c.line()
		if err != nil || bytes.HasSuffix(line, []byte(" EXISTS\r\n")) {
			return time.Now(), err
		}
	}
}

// done ends an IDLE.
func (c *imapClient) done() error {
	io.WriteString(c.w, "DONE\r\n")
	if err := c.w.Flush(); err != nil {
		return err
	}
	_, err := c.finish(nil)
	return err
}

// logout ends the session.
func (c *imapClient) logout() error {
	_, err := c.do("LOGOUT")
	return errors.Join(err, c.conn.Close())
}
