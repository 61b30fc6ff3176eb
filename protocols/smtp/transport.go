package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/queue"
)

// TransportOptions configure a [Transport]. The zero value works but for Hostname.
type TransportOptions struct {
	Hostname string      // for EHLO
	TLS      *tls.Config // roots and versions; nil: the system's
	// Connect, Command and Final bound the making of a connection, the wait for one reply, and the wait for
	// the reply to a whole message; defaults 30 s, 5 min, 10 min. RFC 5321, section 4.5.3.2.
	Connect, Command, Final time.Duration
}

// Transport sends messages to other servers over SMTP. It implements queue.Transport.
type Transport struct{ o TransportOptions }

var _ queue.Transport = (*Transport)(nil)

// NewTransport makes a Transport.
func NewTransport(o TransportOptions) *Transport {
	if o.Connect <= 0 {
		o.Connect = 30 * time.Second
	}
	if o.Command <= 0 {
		o.Command = 5 * time.Minute
	}
	if o.Final <= 0 {
		o.Final = 10 * time.Minute
	}
	if o.TLS == nil {
		o.TLS = new(tls.Config)
	}
	return &Transport{o: o}
}

// Send implements queue.Transport: one connection, one transaction.
func (t *Transport) Send(ctx context.Context, hop queue.Route, m queue.Message) []queue.Outcome {
	out := make([]queue.Outcome, len(m.Recipients))
	c, err := t.connect(ctx, hop)
	if err != nil {
		return fill(out, hop.Host, err)
	}
	defer c.close()
	defer context.AfterFunc(ctx, c.abort)()
	if err := c.fits(m); err != nil {
		return fill(out, hop.Host, err)
	}
	accepted, err := c.envelope(m, out)
	if err == nil && accepted > 0 {
		err = c.data(m.Body)
	}
	for i := range out {
		switch {
		case out[i].Failed: // its own RCPT was refused
		case err != nil:
			out[i] = outcome(hop.Host, err)
		default:
			out[i] = queue.Outcome{Status: "2.0.0", Remote: hop.Host, Relayed: !c.offers("DSN")}
		}
	}
	c.quit()
	return out
}

// connect reaches the hop and says EHLO, under TLS as the route wants it. Where TLS is only taken as
// offered and does not come about, it goes without.
func (t *Transport) connect(ctx context.Context, hop queue.Route) (*client, error) {
	c, err := t.dial(ctx, hop)
	if err != nil || hop.TLS == queue.TLSOff || hop.TLS == queue.TLSImplicit {
		return c, err
	}
	if !c.offers("STARTTLS") {
		if hop.TLS == queue.TLSMay {
			return c, nil
		}
		c.close()
		return nil, &replyError{code: 0, status: "4.7.5", text: "server does not offer STARTTLS, which the route requires"}
	}
	err = c.startTLS(ctx, t.tlsConfig(hop))
	if err == nil {
		err = t.login(c, hop)
	}
	if err == nil {
		return c, nil
	}
	c.close()
	if hop.TLS == queue.TLSRequire {
		return nil, err
	}
	hop.TLS = queue.TLSOff
	return t.dial(ctx, hop)
}

// dial makes the connection and, where that is possible at once, logs in.
func (t *Transport) dial(ctx context.Context, hop queue.Route) (*client, error) {
	dialing, cancel := context.WithTimeout(ctx, t.o.Connect)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(dialing, "tcp", net.JoinHostPort(hop.Host, hop.Port))
	if err != nil {
		return nil, &replyError{status: "4.4.1", text: err.Error()}
	}
	if hop.TLS == queue.TLSImplicit {
		secure := tls.Client(conn, t.tlsConfig(hop))
		if err := secure.HandshakeContext(dialing); err != nil {
			conn.Close()
			return nil, &replyError{status: "4.7.5", text: err.Error()}
		}
		conn = secure
	}
	c := newClient(conn, hop.Host, t.o)
	stop := context.AfterFunc(ctx, c.abort)
	defer stop()
	if err = ours(c.greet()); err == nil && hop.TLS == queue.TLSImplicit {
		err = t.login(c, hop)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (t *Transport) login(c *client, hop queue.Route) error {
	if hop.User == "" {
		return nil
	}
	return ours(c.login(hop.User, hop.Password)) // a wrong password is for the operator to mend
}

// tlsConfig checks the certificate unless TLS is only taken as offered: against an attacker who could
// forge one, plain text would be no better. RFC 7435.
func (t *Transport) tlsConfig(hop queue.Route) *tls.Config {
	c := t.o.TLS.Clone()
	c.ServerName = hop.Host
	if hop.TLS == queue.TLSMay {
		c.InsecureSkipVerify = true
	}
	return c
}

// fits reports what the server does not offer though the message needs it.
func (c *client) fits(m queue.Message) error {
	if m.UTF8 && !c.offers("SMTPUTF8") {
		return &replyError{code: 550, status: "5.6.7", text: "the next server does not take addresses or headers in UTF-8 (SMTPUTF8)"}
	}
	limit, err := strconv.ParseInt(c.ext["SIZE"], 10, 64)
	if err == nil && limit > 0 && m.Size > limit {
		return &replyError{code: 552, status: "5.3.4", text: fmt.Sprintf("the next server takes messages of at most %d bytes", limit)}
	}
	return nil
}

// envelope names sender and recipients. Refused recipients get their outcome; it returns how many were
// accepted.
func (c *client) envelope(m queue.Message, out []queue.Outcome) (accepted int, err error) {
	if m.Sender != "" && checkPath(m.Sender, m.UTF8) != pathFine {
		return 0, &replyError{code: 553, status: "5.1.7", text: "bad sender address"}
	}
	commands := []string{c.mailCommand(m)}
	var named []int // which recipient each RCPT is for
	for i, r := range m.Recipients {
		if checkPath(r.Address, m.UTF8) != pathFine {
			out[i] = outcome("", &replyError{code: 553, status: "5.1.3", text: "bad recipient address"})
			continue
		}
		commands = append(commands, c.rcptCommand(r))
		named = append(named, i)
	}
	var first error // of MAIL
	err = c.pipeline(commands, 25, func(i int, err error) bool {
		switch {
		case i == 0:
			first = err
		case first == nil && err != nil:
			out[named[i-1]] = outcome(c.name, asRecipient(err))
		case first == nil:
			accepted++
		}
		return first == nil
	})
	if err == nil {
		err = first
	}
	return accepted, err
}

func (c *client) mailCommand(m queue.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "MAIL FROM:<%s>", Quote(m.Sender))
	if c.offers("SIZE") {
		fmt.Fprintf(&b, " SIZE=%d", m.Size)
	}
	if c.offers("8BITMIME") {
		b.WriteString(" BODY=8BITMIME")
	}
	if m.UTF8 {
		b.WriteString(" SMTPUTF8")
	}
	if c.offers("DSN") && m.EnvID != "" {
		b.WriteString(" ENVID=" + xtext(m.EnvID))
	}
	return b.String()
}

func (c *client) rcptCommand(r queue.Target) string {
	s := "RCPT TO:<" + Quote(r.Address) + ">"
	if c.offers("DSN") && r.Notify != "" {
		s += " NOTIFY=" + r.Notify
	}
	return s
}

// data sends the message.
func (c *client) data(body io.Reader) error {
	if err := c.command(354, "DATA"); err != nil {
		return err
	}
	c.conn.SetDeadline(time.Time{})
	w := c.text.DotWriter()
	if err := copyMessage(c, w, body); err != nil {
		c.abort() // ending the data now would send a part as the whole
		return &replyError{status: "4.4.2", text: "sending the message: " + err.Error()}
	}
	if err := w.Close(); err != nil {
		return &replyError{status: "4.4.2", text: "sending the message: " + err.Error()}
	}
	return c.reply(250, c.o.Final)
}

// copyMessage copies with a deadline for each piece.
func copyMessage(c *client, w io.Writer, body io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := body.Read(buf)
		c.conn.SetWriteDeadline(time.Now().Add(c.o.Command))
		if _, werr := w.Write(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// fill gives every recipient the same failure.
func fill(out []queue.Outcome, remote string, err error) []queue.Outcome {
	for i := range out {
		out[i] = outcome(remote, err)
	}
	return out
}

// xtext encodes an ENVID, RFC 3461 section 4.
func xtext(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c > ' ' && c < 0x7f && c != '+' && c != '=' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "+%02X", c)
		}
	}
	return b.String()
}
