package pop3

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkRetrieve fetches a thousand messages of 10 KiB in a session over TLS, all asked for at once.
func BenchmarkRetrieve(b *testing.B) {
	const n = 1000
	w := newWorld(b)
	text := letter(1, strings.Repeat(strings.Repeat("x", 70)+"\r\n", 10<<10/72))
	messages := make([]string, n)
	var ask bytes.Buffer
	for i := range messages {
		messages[i] = fmt.Sprintf("X-Number: %d\r\n%s", i, text)
		fmt.Fprintf(&ask, "RETR %d\r\n", i+1)
	}
	w.add(messages...)
	_, addr, _ := w.serve(w.options())
	k := enter(b, addr)
	b.SetBytes(int64(n * len(text)))
	for b.Loop() {
		go k.conn.Write(ask.Bytes())
		for range n {
			k.want("+OK")
			k.multi()
		}
	}
	k.cmd("QUIT", "+OK")
}

// BenchmarkPoll is what a program that leaves 10,000 messages on the server costs each time that it asks:
// TLS, login and UIDL.
func BenchmarkPoll(b *testing.B) {
	w := newWorld(b)
	w.fill(10_000)
	_, addr, _ := w.serve(w.options())
	for b.Loop() {
		k := enter(b, addr)
		k.cmd("UIDL", "+OK")
		k.multi()
		k.cmd("QUIT", "+OK")
		k.conn.Close()
	}
}
