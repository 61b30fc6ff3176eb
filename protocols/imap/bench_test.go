package imap

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// benchMessages is how many messages the mailbox of the benchmarks has.
const benchMessages = 50_000

// benchClient is a session that is logged in to a mailbox of n messages, without TLS.
type benchClient struct {
	b    *testing.B
	conn net.Conn
	r    *bufio.Reader
}

func newBenchClient(b *testing.B, n int) *benchClient {
	b.Helper()
	w := newSite(b, nil)
	fillBench(b, w.store, w.acct.ID, n)
	conn, err := net.Dial("tcp", w.addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := &benchClient{b: b, conn: conn, r: bufio.NewReaderSize(conn, 256<<10)}
	c.until("* OK")
	c.do("LOGIN alice {22+}\r\n" + password)
	return c
}

// fillBench puts n messages of about 2 KiB into the Inbox.
func fillBench(b *testing.B, st store.Store, acct store.AccountID, n int) {
	ctx := context.Background()
	var inboxID store.CollectionID
	if err := st.View(ctx, acct, func(r store.Reader) error {
		c, err := r.CollectionByRole(store.Inbox)
		inboxID = c.ID
		return err
	}); err != nil {
		b.Fatal(err)
	}
	for done := 0; done < n; {
		var batch []*mail.Ingested
		for ; len(batch) < 1000 && done < n; done++ {
			text := fmt.Sprintf("From: Person %d <p%d@example.test>\r\nTo: Alice <alice@example.test>\r\nSubject: Message %d of many\r\n"+
				"Date: %s\r\nMessage-ID: <m%d@example.test>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis is number %d.\r\n%s",
				done%500, done%500, done, time.Unix(1_700_000_000+int64(done)*60, 0).UTC().Format(time.RFC1123Z), done, done,
				strings.Repeat("A line of words that says nothing at all.\r\n", 40))
			in, err := mail.Ingest(ctx, st, strings.NewReader(text), 1<<20)
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, in)
		}
		if err := st.Update(ctx, acct, func(tx store.Tx) error {
			for _, in := range batch {
				if _, err := tx.Add(inboxID, in.Item); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		for _, in := range batch {
			in.Blob.Release()
		}
	}
}

// do sends a command and reads its answer; it returns how many bytes came.
func (c *benchClient) do(command string) int {
	if _, err := c.conn.Write([]byte("t " + command + "\r\n")); err != nil {
		c.b.Fatal(err)
	}
	return c.until("t OK")
}

func (c *benchClient) until(prefix string) (n int) {
	for {
		line, err := c.r.ReadSlice('\n')
		n += len(line)
		if err != nil {
			c.b.Fatalf("%v after %d bytes", err, n)
		}
		if string(line[:min(len(line), len(prefix))]) == prefix {
			return n
		}
		if string(line[:min(len(line), 4)]) == "t NO" || string(line[:min(len(line), 5)]) == "t BAD" {
			c.b.Fatalf("%s", line)
		}
	}
}

// BenchmarkFetch fetches from a mailbox of 50,000 messages; reported is how many a second.
func BenchmarkFetch(b *testing.B) {
	c := newBenchClient(b, benchMessages)
	c.do("SELECT INBOX")
	for _, f := range []struct {
		name, command string
		messages      int
	}{
		{"flags", "FETCH 1:* (UID FLAGS)", benchMessages},
		{"envelope", "FETCH 1:* (FLAGS UID ENVELOPE RFC822.SIZE)", benchMessages},
		{"structure", "FETCH 1:* (UID BODYSTRUCTURE)", benchMessages},
		{"bodies", "FETCH 1:1000 (UID BODY.PEEK[])", 1000},
		{"header-fields", "FETCH 1:1000 (UID BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)])", 1000},
	} {
		b.Run(f.name, func(b *testing.B) {
			c.b = b
			n := 0
			for b.Loop() {
				n = c.do(f.command)
			}
			b.SetBytes(int64(n))
			b.ReportMetric(float64(f.messages)*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkSelect selects a mailbox of 50,000 messages that other sessions have seen.
func BenchmarkSelect(b *testing.B) {
	c := newBenchClient(b, benchMessages)
	for b.Loop() {
		c.do("SELECT INBOX")
	}
}
