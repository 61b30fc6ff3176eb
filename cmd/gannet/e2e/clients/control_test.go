package clients

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// control is a bare IMAP client: it puts mail where a test wants it and tells what a mailbox holds. It knows
// no more of the protocol than that.
type control struct {
	t       *testing.T
	conn    net.Conn
	r       *bufio.Reader
	counter int
}

// newControl logs in under TLS; the connection ends with the test.
func newControl(t *testing.T, h *host, account string) *control {
	t.Helper()
	conn, err := tls.Dial("tcp", h.Addr["imaps"], h.trust(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &control{t: t, conn: conn, r: bufio.NewReader(conn)}
	if greeting, _ := c.read(); !strings.HasPrefix(greeting, "* OK") {
		t.Fatalf("greeting: %s", greeting)
	}
	c.do("LOGIN %q %q", account, password)
	return c
}

// answer is one response; literals are taken out of the text and only their sizes are left there.
type answer struct {
	text     string
	literals [][]byte
}

func (c *control) read() (string, [][]byte) {
	c.t.Helper()
	c.conn.SetDeadline(time.Now().Add(patience))
	var text strings.Builder
	var literals [][]byte
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("control: %v after %q", err, text.String()+line)
		}
		line = strings.TrimSuffix(line, "\r\n")
		text.WriteString(line)
		m := literalSize.FindStringSubmatch(line)
		if m == nil {
			return text.String(), literals
		}
		size, _ := strconv.Atoi(m[1])
		data := make([]byte, size)
		if _, err := io.ReadFull(c.r, data); err != nil {
			c.t.Fatalf("control: %v in a literal", err)
		}
		literals = append(literals, data)
	}
}

var literalSize = regexp.MustCompile(`\{(\d+)\}$`)

// do gives a command, wants OK, and returns what came before it, and the OK itself as the last.
func (c *control) do(format string, args ...any) []answer {
	c.t.Helper()
	return c.send(fmt.Sprintf(format, args...), nil)
}

// send gives a command that may end in a literal.
func (c *control) send(command string, literal []byte) []answer {
	c.t.Helper()
	c.counter++
	tag := fmt.Sprintf("c%d", c.counter)
	var err error
	if literal == nil {
		_, err = fmt.Fprintf(c.conn, "%s %s\r\n", tag, command)
	} else {
		_, err = fmt.Fprintf(c.conn, "%s %s {%d}\r\n", tag, command, len(literal))
	}
	if err != nil {
		c.t.Fatal(err)
	}
	var answers []answer
	for {
		text, literals := c.read()
		if literal != nil && strings.HasPrefix(text, "+") {
			if _, err := c.conn.Write(append(literal[:len(literal):len(literal)], "\r\n"...)); err != nil {
				c.t.Fatal(err)
			}
			continue
		}
		answers = append(answers, answer{text, literals})
		if rest, ok := strings.CutPrefix(text, tag+" "); ok {
			if !strings.HasPrefix(rest, "OK") {
				c.t.Fatalf("control: %.200s: %s", command, rest)
			}
			return answers
		}
	}
}

// append puts letters into a mailbox.
func (c *control) append(mailbox, flags string, letters ...letter) {
	c.t.Helper()
	for _, l := range letters {
		c.send(fmt.Sprintf("APPEND %q (%s) \"03-Mar-2026 10:00:00 +0100\"", mailbox, flags), l.Raw)
	}
}

// stored is a message as the control finds it.
type stored struct {
	UID   int
	Flags []string // sorted, without \Recent
	Date  string   // INTERNALDATE
	Raw   []byte
}

// all reads everything in a mailbox, by rising UID.
func (c *control) all(mailbox string) []stored {
	c.t.Helper()
	c.do("EXAMINE %q", mailbox)
	var list []stored
	for _, a := range c.do("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])") {
		m := fetched.FindStringSubmatch(a.text)
		if m == nil || len(a.literals) != 1 {
			continue
		}
		s := stored{Raw: a.literals[0], Date: dateItem.FindStringSubmatch(a.text)[1]}
		s.UID, _ = strconv.Atoi(uidItem.FindStringSubmatch(a.text)[1])
		s.Flags = strings.Fields(flagsItem.FindStringSubmatch(a.text)[1])
		slices.Sort(s.Flags)
		s.Flags = slices.DeleteFunc(s.Flags, func(f string) bool { return f == `\Recent` })
		list = append(list, s)
	}
	return list
}

var (
	fetched   = regexp.MustCompile(`^\* \d+ FETCH `)
	uidItem   = regexp.MustCompile(`\bUID (\d+)`)
	flagsItem = regexp.MustCompile(`\bFLAGS \(([^)]*)\)`)
	dateItem  = regexp.MustCompile(`\bINTERNALDATE "([^"]*)"`)
)

// contents are the bytes of every message of a mailbox.
func (c *control) contents(mailbox string) [][]byte {
	c.t.Helper()
	var list [][]byte
	for _, s := range c.all(mailbox) {
		list = append(list, s.Raw)
	}
	return list
}

// mailboxes are the names of everything that can be selected, sorted.
func (c *control) mailboxes() []string {
	c.t.Helper()
	var names []string
	for _, a := range c.do(`LIST "" "*"`) {
		m := listed.FindStringSubmatch(a.text)
		if m == nil || strings.Contains(m[1], `\Noselect`) || strings.Contains(m[1], `\NonExistent`) {
			continue
		}
		names = append(names, strings.Trim(m[2], `"`))
	}
	slices.Sort(names)
	return names
}

var listed = regexp.MustCompile(`^\* LIST \(([^)]*)\) (?:"[^"]*"|NIL) ("[^"]*"|[^" ]+)`)

// uidValidity is that of a mailbox.
func (c *control) uidValidity(mailbox string) string {
	c.t.Helper()
	for _, a := range c.do("STATUS %q (UIDVALIDITY)", mailbox) {
		if m := validity.FindStringSubmatch(a.text); m != nil {
			return m[1]
		}
	}
	c.t.Fatalf("no UIDVALIDITY of %s", mailbox)
	return ""
}

var validity = regexp.MustCompile(`UIDVALIDITY (\d+)`)
