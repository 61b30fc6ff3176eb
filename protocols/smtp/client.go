package smtp

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/queue"
)

// maxReply is how many bytes one reply may have.
const maxReply = 64 << 10

// client is a connection to another server. It is our own since the library's client can take up
// STARTTLS only before it has said its name, and sends one command at a time.
type client struct {
	o    TransportOptions
	name string // the server's name or address, for outcomes
	conn net.Conn
	text *textproto.Conn
	ext  map[string]string // what EHLO offered: upper-case keyword to its parameters
	in   *replyReader
}

// replyReader bounds what one reply may make us read.
type replyReader struct {
	net.Conn
	left int64
}

var errLongReply = errors.New("reply too long")

func (r *replyReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongReply
	}
	n, err := r.Conn.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

func newClient(conn net.Conn, name string, o TransportOptions) *client {
	c := &client{o: o, name: name}
	c.use(conn)
	return c
}

func (c *client) use(conn net.Conn) {
	c.conn = conn
	c.in = &replyReader{Conn: conn}
	c.text = textproto.NewConn(c.in)
}

func (c *client) close() { c.conn.Close() }

// abort makes whatever waits for the network fail at once.
func (c *client) abort() { c.conn.Close() }

// quit says good-bye without waiting for the answer, which matters to nobody.
func (c *client) quit() {
	c.conn.SetDeadline(time.Now().Add(time.Second))
	c.text.PrintfLine("QUIT")
}

// greet waits for the greeting and says EHLO, or HELO to a server that does not know it.
func (c *client) greet() error {
	if err := c.reply(220, c.o.Command); err != nil {
		return err
	}
	return c.hello()
}

func (c *client) hello() error {
	c.ext = make(map[string]string)
	c.deadline(c.o.Command)
	if err := c.text.PrintfLine("EHLO %s", c.o.Hostname); err != nil {
		return lost(err)
	}
	text, err := c.read(250)
	var r *replyError
	if errors.As(err, &r) && (r.code == 500 || r.code == 502) {
		return c.command(250, "HELO "+c.o.Hostname)
	} else if err != nil {
		return err
	}
	for _, line := range strings.Split(text, "\n")[1:] {
		keyword, params, _ := strings.Cut(line, " ")
		c.ext[strings.ToUpper(keyword)] = params
	}
	return nil
}

func (c *client) offers(extension string) bool {
	_, ok := c.ext[extension]
	return ok
}

// startTLS goes on under TLS. What the server said before does not count afterwards, RFC 3207 section 4.2.
func (c *client) startTLS(ctx context.Context, config *tls.Config) error {
	if err := c.command(220, "STARTTLS"); err != nil {
		return err
	}
	if c.text.R.Buffered() > 0 {
		return &replyError{status: "4.7.5", text: "server spoke between STARTTLS and TLS"}
	}
	secure := tls.Client(c.conn, config)
	shaking, cancel := context.WithTimeout(ctx, c.o.Connect)
	defer cancel()
	if err := secure.HandshakeContext(shaking); err != nil {
		return &replyError{status: "4.7.5", text: err.Error()}
	}
	c.use(secure)
	return c.hello()
}

// login authenticates with PLAIN or LOGIN, whichever the server offers.
func (c *client) login(user, password string) error {
	b64 := base64.StdEncoding.EncodeToString
	mechanisms := strings.Fields(strings.ToUpper(c.ext["AUTH"]))
	for _, m := range mechanisms {
		switch m {
		case "PLAIN":
			return c.command(235, "AUTH PLAIN "+b64([]byte("\x00"+user+"\x00"+password)))
		case "LOGIN":
			if err := c.command(334, "AUTH LOGIN"); err != nil {
				return err
			}
			if err := c.command(334, b64([]byte(user))); err != nil {
				return err
			}
			return c.command(235, b64([]byte(password)))
		}
	}
	return &replyError{status: "4.7.5", text: "server offers neither AUTH PLAIN nor LOGIN"}
}

// command sends one line and wants a reply with the code.
func (c *client) command(code int, line string) error {
	c.deadline(c.o.Command)
	if err := c.text.PrintfLine("%s", line); err != nil {
		return lost(err)
	}
	return c.reply(code, c.o.Command)
}

// pipeline sends commands, together where the server takes that, and gives each reply to each, which
// returns whether to send more. Codes are compared as textproto does: 25 is any of 250 to 259.
func (c *client) pipeline(commands []string, code int, each func(i int, err error) bool) error {
	together := c.offers("PIPELINING")
	if together {
		c.deadline(c.o.Command)
		if _, err := io.WriteString(c.conn, strings.Join(commands, "\r\n")+"\r\n"); err != nil {
			return lost(err)
		}
	}
	for i, line := range commands {
		var err error
		if together {
			err = c.reply(code, c.o.Command)
		} else {
			err = c.command(code, line)
		}
		var r *replyError
		if errors.As(err, &r) && r.code == 0 || err != nil && r == nil {
			return err // not the server's answer
		}
		if !each(i, err) && !together {
			return nil
		}
	}
	return nil
}

func (c *client) deadline(d time.Duration) { c.conn.SetDeadline(time.Now().Add(d)) }

// reply reads one reply and wants the code.
func (c *client) reply(code int, wait time.Duration) error {
	c.deadline(wait)
	_, err := c.read(code)
	return err
}

func (c *client) read(code int) (string, error) {
	c.in.left = maxReply
	_, text, err := c.text.ReadResponse(code)
	var p *textproto.Error
	if errors.As(err, &p) {
		return "", newReplyError(p.Code, p.Msg)
	} else if err != nil {
		return "", lost(err)
	}
	return text, nil
}

// replyError is a failure in the words of the server, or in ours with code 0.
type replyError struct {
	code   int
	status string // enhanced
	text   string
}

func (e *replyError) Error() string { return e.status + " " + e.text }

// lost is the loss of a connection.
func lost(err error) *replyError { return &replyError{status: "4.4.2", text: err.Error()} }

// newReplyError reads a negative reply; where it has no enhanced status the code's class stands in.
func newReplyError(code int, text string) *replyError {
	e := &replyError{code: code, status: "4.0.0"}
	if code/100 == 5 {
		e.status = "5.0.0"
	}
	var words []string
	for line := range strings.Lines(text) { // the status stands on each, RFC 2034 section 4
		first, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if isStatus(first) && first[0] == e.status[0] {
			e.status, line = first, rest
		}
		words = append(words, strings.Fields(line)...)
	}
	e.text = strings.Join(words, " ")
	const longest = 500
	if len(e.text) > longest {
		e.text = strings.ToValidUTF8(e.text[:longest], "") + "…"
	}
	return e
}

// isStatus reports whether s is an enhanced status code, RFC 3463 section 2.
func isStatus(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return false
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// asRecipient corrects an old code: 552 to RCPT is "too many recipients" and worth another try, RFC
// 5321 section 4.5.3.1.10.
func asRecipient(err error) error {
	var r *replyError
	if errors.As(err, &r) && r.code == 552 {
		return &replyError{code: 452, status: "4.5.3", text: r.text}
	}
	return err
}

// ours makes a refusal temporary that is about this server, not about a message.
func ours(err error) error {
	var r *replyError
	if errors.As(err, &r) && r.code/100 == 5 {
		return &replyError{code: 400 + r.code%100, status: "4" + r.status[1:], text: r.text}
	}
	return err
}

// outcome tells a failure to the queue.
func outcome(remote string, err error) queue.Outcome {
	var r *replyError
	if !errors.As(err, &r) {
		r = lost(err)
	}
	o := queue.Outcome{Failed: true, Permanent: r.code/100 == 5, Status: r.status, Text: r.text}
	if r.code != 0 {
		o.Remote = remote
	}
	return o
}
