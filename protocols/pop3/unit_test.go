package pop3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// stuffed gives a message to a stuffer in pieces of the given size and returns what goes out.
func stuffed(message string, lines, piece int) string {
	var out bytes.Buffer
	w := wire{w: &out}
	s := stuffer{wire: &w, left: lines, fresh: true, header: true}
	for b := []byte(message); len(b) > 0; {
		some := b[:min(piece, len(b))]
		if !s.write(some) {
			break
		}
		b = b[len(some):]
	}
	s.end()
	w.flush()
	return out.String()
}

func TestStuffer(t *testing.T) {
	tests := []struct {
		in    string
		lines int
		want  string
	}{
		{"", allLines, ".\r\n"},
		{".", allLines, "..\r\n.\r\n"},
		{"a\r\n\r\nb\r\n", allLines, "a\r\n\r\nb\r\n.\r\n"},
		{"a\n\n.b\n..\n", allLines, "a\r\n\r\n..b\r\n...\r\n.\r\n"},
		{"a\r", allLines, "a\r\n.\r\n"},
		{"a\r\r\nb", allLines, "a\r\r\nb\r\n.\r\n"},
		{"a\r.\r\n", allLines, "a\r.\r\n.\r\n"},
		{"\r\n.\r\n", allLines, "\r\n..\r\n.\r\n"},
		{"h\r\n\r\n1\r\n2\r\n", 0, "h\r\n\r\n.\r\n"},
		{"h\r\n\r\n1\r\n2\r\n", 1, "h\r\n\r\n1\r\n.\r\n"},
		{"h\n\n\n2", 2, "h\r\n\r\n\r\n2\r\n.\r\n"},
		{"h\r\ni", 5, "h\r\ni\r\n.\r\n"},
		{"\n1\n2\n", 1, "\r\n1\r\n.\r\n"},
	}
	for _, tt := range tests {
		for piece := 1; piece <= max(1, len(tt.in)); piece++ {
			if got := stuffed(tt.in, tt.lines, piece); got != tt.want {
				t.Errorf("%q, %d lines, in pieces of %d: %q; want %q", tt.in, tt.lines, piece, got, tt.want)
			}
		}
	}
}

// FuzzStuffer: whatever is stored, a client that takes the dots away gets it back, with CRLF.
func FuzzStuffer(f *testing.F) {
	f.Add("a\r\n.\r\n..\n\r", 3)
	f.Fuzz(func(t *testing.T, message string, piece int) {
		if piece < 1 || piece > 100 {
			piece = 7
		}
		out := stuffed(message, allLines, piece)
		body, ok := strings.CutSuffix("\r\n"+out, "\r\n.\r\n")
		if !ok || strings.Contains(body+"\r\n", "\r\n.\r\n") {
			t.Fatalf("%q does not end once", out)
		}
		got := strings.TrimPrefix(strings.ReplaceAll(body, "\r\n.", "\r\n")+"\r\n", "\r\n")
		want := strings.ReplaceAll(strings.ReplaceAll(message, "\r\n", "\n"), "\n", "\r\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want = strings.TrimSuffix(want, "\r") + "\r\n"
		}
		if got != want {
			t.Fatalf("got %q; want %q", got, want)
		}
	})
}

// FuzzLine: lines and commands of any bytes are taken or refused, never more than the limit at once.
func FuzzLine(f *testing.F) {
	f.Add([]byte("USER a b\r\nPASS  x \r\n"))
	f.Add([]byte("TOP 1 99999999999\n\n \r\nAPOP\x00"))
	f.Fuzz(func(t *testing.T, input []byte) {
		w := newWire(struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(input), io.Discard})
		var all []byte
		for {
			line, err := w.line()
			if err != nil {
				break
			}
			if len(line) >= maxLine || bytes.ContainsRune(line, '\n') {
				t.Fatalf("line %q", line)
			}
			all = append(all, line...)
			keyword, rest, ok := splitCommand(line)
			if ok && (keyword == "" || len(keyword) > maxKeyword || strings.ContainsAny(keyword+rest, "\x00\r\n")) {
				t.Fatalf("%q is %q and %q", line, keyword, rest)
			}
			if n, ok := number(rest); ok && n < 0 {
				t.Fatalf("%q is %d", rest, n)
			}
			if _, err := decode(rest); err == nil && len(rest) > maxLine {
				t.Fatal("a long response")
			}
		}
		if len(all) > len(input) {
			t.Fatal("more than was sent")
		}
	})
}

// TestRenew: a snapshot brought up to date equals one from nothing.
func TestRenew(t *testing.T) {
	w := newWorld(t)
	w.fill(worthKeeping + 50)
	var kept keeper
	check := func() {
		t.Helper()
		got, err := kept.load(t.Context(), w.st, w.alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		var none keeper
		want, err := none.load(t.Context(), w.st, w.alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.uids, want.uids) || !slices.Equal(got.sizes, want.sizes) || got.octets != want.octets || got.at != want.at {
			t.Errorf("renewed: %d messages, %d octets at %d; want %d, %d at %d",
				len(got.uids), got.octets, got.at, len(want.uids), want.octets, want.at)
		}
	}
	check()
	inbox := storetest.Role(t, w.st, w.alice.ID, store.Inbox)
	trash := storetest.Role(t, w.st, w.alice.ID, store.Trash)
	change := func(fn func(store.Tx) error) {
		t.Helper()
		if err := w.st.Update(context.Background(), w.alice.ID, fn); err != nil {
			t.Fatal(err)
		}
	}
	w.add(letter(1, "new"), letter(2, "newer"))
	change(func(tx store.Tx) error { _, err := tx.Mark(inbox.ID, 5, store.FlagChange{Add: store.Seen}); return err })
	change(func(tx store.Tx) error {
		_, err := tx.Mark(inbox.ID, worthKeeping+51, store.FlagChange{Add: store.Seen})
		return err
	})
	change(func(tx store.Tx) error { return tx.Remove(inbox.ID, 7) })
	change(func(tx store.Tx) error { _, err := tx.Move(inbox.ID, 9, trash.ID); return err })
	w.add("gone at once")
	change(func(tx store.Tx) error { return tx.Remove(inbox.ID, worthKeeping+53) })
	check()
	blob := storetest.Stage(t, w.st, []byte("other content"))
	change(func(tx store.Tx) error {
		_, err := tx.Replace(inbox.ID, 11, store.NewItem{Class: store.Mail, Blob: blob})
		return err
	})
	check()
	change(func(tx store.Tx) error { _, err := tx.Mark(trash.ID, 1, store.FlagChange{Add: store.Seen}); return err })
	check() // nothing of the Inbox changed
	change(func(tx store.Tx) error { return tx.Remove(inbox.ID, 13) })
	if err := w.st.Prune(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	old := kept.get(w.alice.ID)
	err := w.st.View(t.Context(), w.alice.ID, func(r store.Reader) error {
		c, err := r.Collection(inbox.ID)
		if err == nil {
			_, err = old.renew(r, c, old.at+1)
		}
		return err
	})
	if !errors.Is(err, store.Stale) {
		t.Errorf("renewed from below the floor: %v; want Stale", err)
	}
	check()
}

// TestKeeper holds what is kept to its bound.
func TestKeeper(t *testing.T) {
	var k keeper
	many := func(n int) *snapshot { return &snapshot{uids: make([]store.UID, n)} }
	k.put(1, many(worthKeeping-1))
	if k.get(1) != nil {
		t.Error("a small one is kept")
	}
	k.put(1, many(maxKept/2))
	k.put(2, many(maxKept/2))
	k.put(2, many(maxKept/2))
	if k.total != maxKept || k.get(1) == nil || k.get(2) == nil {
		t.Errorf("%d messages are kept", k.total)
	}
	k.put(3, many(maxKept))
	if k.total != maxKept || len(k.by) != 1 || k.get(3) == nil {
		t.Errorf("%d messages of %d accounts are kept", k.total, len(k.by))
	}
	k.put(3, many(maxKept+1))
	if k.total != 0 || len(k.by) != 0 {
		t.Errorf("%d messages are kept", k.total)
	}
}

// FuzzSession says anything to a server, before and after a login: nothing panics, every session ends, and the account
// is free for the next one.
func FuzzSession(f *testing.F) {
	f.Add(false, []byte("CAPA\r\nLANG de\r\nUTF8\r\nAUTH PLAIN AGFsaWNlAHdyb25n\r\nAUTH LOGIN\r\n*\r\nUSER a\r\nPASS b\r\nQUIT\r\n"))
	f.Add(true, []byte("STAT\r\nLIST\r\nLIST 2\r\nUIDL\r\nRETR 1\r\nTOP 2 1\r\nDELE 1\r\nRSET\r\nNOOP\r\nLANG\r\nQUIT\r\n"))
	f.Add(true, []byte("TOP 1 999999999\r\nRETR 0\nRETR 18446744073709551616\r\nLANG -\r\nDELE 1\r\nDELE 1\r\nAPOP\x00"))
	w := newWorld(f)
	w.add(letter(1, "one"), letter(2, ".two", "..", "2b"))
	o := w.options()
	o.LoopbackPlain = true
	o.Store = &keeping{Store: w.st}
	var log panics
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	addr, _, _ := w.serve(o)
	f.Fuzz(func(t *testing.T, inside bool, input []byte) {
		k := dial(t, addr)
		defer k.conn.Close()
		k.want("+OK")
		if inside {
			k.cmd("USER alice", "+OK")
			k.cmd("PASS "+password, "+OK 2 messages")
		}
		go func() {
			k.conn.Write(input)
			k.conn.(*net.TCPConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, k.r.R); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("the session goes on: %v", err)
		}
		if text := log.seen.Load(); text != nil {
			t.Fatal(*text)
		}
	})
}

// keeping is a store that removes nothing.
type keeping struct{ Store }

func (keeping) Update(context.Context, store.AccountID, func(store.Tx) error) error { return nil }

// panics is a log that keeps only what tells of a panic.
type panics struct{ seen atomic.Pointer[string] }

func (p *panics) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("panic")) {
		text := string(line)
		p.seen.Store(&text)
	}
	return len(line), nil
}
