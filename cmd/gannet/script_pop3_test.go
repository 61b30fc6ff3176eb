package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// pop3Command is `pop3 LOGIN:PASSWORD ADDRESS LINE…`: it logs in, under STLS at $POP3 and under TLS from
// the first byte elsewhere, sends each line and prints what is answered. An -ERR fails unless negated.
func pop3Command(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: pop3 LOGIN:PASSWORD ADDRESS LINE…")
	}
	login, password, _ := strings.Cut(args[0], ":")
	lines := append([]string{"USER " + login, "PASS " + password}, args[2:]...)
	err := talkPOP3(ts.Stdout(), trusting(ts), args[1], args[1] == ts.Getenv("POP3"), lines)
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	}
	if neg != (err != nil) {
		ts.Fatalf("pop3: %v; the server's log:\n%s", err, serverOf(ts).out)
	}
}

func talkPOP3(out io.Writer, settings *tls.Config, addr string, stls bool, lines []string) error {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer func() { conn.Close() }()
	conn.SetDeadline(time.Now().Add(patience))
	if stls {
		plain := textproto.NewConn(conn)
		if err := answerPOP3(io.Discard, plain, ""); err != nil {
			return err
		}
		if err := answerPOP3(io.Discard, plain, "STLS"); err != nil {
			return err
		}
	}
	conn = tls.Client(conn, settings)
	c := textproto.NewConn(conn)
	if !stls {
		if err := answerPOP3(io.Discard, c, ""); err != nil {
			return err
		}
	}
	for _, line := range lines {
		if err := answerPOP3(out, c, line); err != nil {
			return err
		}
	}
	return nil
}

// answerPOP3 sends a line, if it is not empty, and prints the answer.
func answerPOP3(out io.Writer, c *textproto.Conn, line string) error {
	if line != "" {
		if err := c.PrintfLine("%s", line); err != nil {
			return err
		}
	}
	reply, err := c.ReadLine()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(reply, "+OK") {
		return fmt.Errorf("%.40s: %s", line, reply)
	}
	fmt.Fprintln(out, reply)
	word, _, more := strings.Cut(line, " ")
	if word == "RETR" || word == "TOP" || !more && slices.Contains([]string{"LIST", "UIDL", "CAPA"}, word) {
		text, err := c.ReadDotLines()
		fmt.Fprintln(out, strings.Join(text, "\n"))
		return err
	}
	return nil
}
