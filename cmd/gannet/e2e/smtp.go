package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Refused is what a server answered instead of what was hoped for.
type Refused struct {
	Stage string // "greeting", "EHLO", "MAIL", "RCPT", "DATA" or "message"
	Code  int
	Text  string
}

// Error implements error.
func (r *Refused) Error() string { return fmt.Sprintf("%s: %d %s", r.Stage, r.Code, r.Text) }

// Later reports whether err is a refusal for now: a reply of 4yz.
func Later(err error) bool {
	var r *Refused
	return errors.As(err, &r) && r.Code/100 == 4
}

// SMTP is a client's side of one connection. It pipelines what may be pipelined.
type SMTP struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer

	// Sent is when the last byte of the latest message had been given to the network.
	Sent time.Time
}

// Dial connects and greets the server.
func Dial(ctx context.Context, addr string) (*SMTP, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &SMTP{conn: conn, r: bufio.NewReader(conn), w: bufio.NewWriterSize(conn, 64<<10)}
	if err := c.greet(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

func (c *SMTP) greet() error {
	c.extend()
	if err := c.expect("greeting", 220); err != nil {
		return err
	}
	fmt.Fprint(c.w, "EHLO client.example.net\r\n")
	return c.flush("EHLO", 250)
}

func (c *SMTP) extend() { c.conn.SetDeadline(time.Now().Add(patience)) }

// Deliver sends a message in wire form (lines end in CRLF) and returns nil once the server has taken it for
// all recipients. After a [*Refused] of its own stage the connection can be used again; after any other
// error nothing is known about the message and the connection is of no use.
func (c *SMTP) Deliver(from string, to []string, message []byte) error {
	c.extend()
	fmt.Fprintf(c.w, "MAIL FROM:<%s> BODY=8BITMIME\r\n", from)
	for _, addr := range to {
		fmt.Fprintf(c.w, "RCPT TO:<%s>\r\n", addr)
	}
	fmt.Fprint(c.w, "DATA\r\n")
	if err := c.w.Flush(); err != nil {
		return err
	}
	refused := c.expect("MAIL", 250)
	for range to {
		if err := c.expect("RCPT", 250); refused == nil {
			refused = err
		}
	}
	switch err := c.expect("DATA", 354); {
	case err != nil:
		return errors.Join(refused, err, c.reset())
	case refused != nil: // the server waits for a message for the other recipients
		return errors.Join(errors.New("some recipients were refused"), refused, c.Close())
	}
	if err := c.writeMessage(message); err != nil {
		return err
	}
	c.Sent = time.Now()
	return c.expect("message", 250)
}

// reset ends a transaction of which the server has refused a part.
func (c *SMTP) reset() error {
	fmt.Fprint(c.w, "RSET\r\n")
	return c.flush("RSET", 250)
}

func (c *SMTP) writeMessage(message []byte) error {
	if err := WriteDots(c.w, message); err != nil {
		return err
	}
	return c.w.Flush()
}

// WriteDots writes a message as the content of DATA, with the final dot. RFC 5321, section 4.5.2.
func WriteDots(w io.Writer, message []byte) error {
	for len(message) > 0 {
		end := bytes.Index(message, []byte("\r\n"))
		if end < 0 {
			end = len(message)
		} else {
			end += 2
		}
		if message[0] == '.' {
			if _, err := io.WriteString(w, "."); err != nil {
				return err
			}
		}
		line := message[:end]
		if _, err := w.Write(line); err != nil {
			return err
		}
		if message = message[end:]; len(message) == 0 && !bytes.HasSuffix(line, []byte("\r\n")) {
			if _, err := io.WriteString(w, "\r\n"); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(w, ".\r\n")
	return err
}

// flush sends what is written and wants that reply.
func (c *SMTP) flush(stage string, code int) error {
	if err := c.w.Flush(); err != nil {
		return err
	}
	return c.expect(stage, code)
}

// expect reads one reply, which may have several lines.
func (c *SMTP) expect(stage string, want int) error {
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s: %w", stage, err)
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 3 {
			return fmt.Errorf("%s: reply %q", stage, line)
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil {
			return fmt.Errorf("%s: reply %q", stage, line)
		}
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		if code != want {
			return &Refused{Stage: stage, Code: code, Text: strings.TrimSpace(line[3:])}
		}
		return nil
	}
}

// Close drops the connection without a word.
func (c *SMTP) Close() error { return c.conn.Close() }

// Quit ends the connection politely.
func (c *SMTP) Quit() error {
	c.extend()
	fmt.Fprint(c.w, "QUIT\r\n")
	return errors.Join(c.flush("QUIT", 221), c.conn.Close())
}
