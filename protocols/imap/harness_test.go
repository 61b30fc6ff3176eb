package imap

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// fetcher is a session that fetches pieces of messages.
type fetcher struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
	n    int
}

// site is a server for a test, with the accounts alice, bob and carol.
type site struct {
	store store.Store
	mail  *mail.Service
	acct  store.Account // alice's
	addr  string
	stop  func() error // ends the server and returns what Serve did
	boxes int          // made by tests so far
}

// password is everybody's; what it costs to check does not matter here.
const password = "a long enough password"

var cheapHash = auth.Argon{Memory: 64, Time: 1, Threads: 1}

func newSite(t testing.TB, change func(*Options)) *site {
	t.Helper()
	ctx := context.Background()
	st := storetest.New(t)
	w := &site{store: st}
	var accounts []store.AccountID
	if err := st.Update(ctx, 0, func(tx store.Tx) (err error) {
		if err := tx.CreateDomain("example.test"); err != nil {
			return err
		}
		for _, name := range []string{"carol", "bob", "alice"} {
			if w.acct, err = tx.CreateAccount(store.Account{Name: name + "@example.test"}); err != nil {
				return err
			}
			accounts = append(accounts, w.acct.ID)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	who := auth.New(st, auth.Options{DefaultDomains: []string{"example.test"}, Params: cheapHash})
	for _, id := range accounts {
		if err := who.SetPassword(ctx, id, password); err != nil {
			t.Fatal(err)
		}
	}
	w.mail = mail.NewService(st, mail.ServiceOptions{Hostname: "example.test"})
	o := Options{Store: st, Auth: who, Mail: w.mail, LoopbackPlain: true, Location: time.UTC}
	if change != nil {
		change(&o)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = ln.Addr().String()
	serving, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- New(o).Serve(serving, ln, false) }()
	w.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { w.stop() })
	return w
}

// dial opens a session that is not logged in.
func (w *site) dial(t testing.TB) *fetcher {
	t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return &fetcher{t: t, conn: conn, r: bufio.NewReader(conn)}
}

// login opens a session of alice.
func (w *site) login(t testing.TB) *fetcher {
	t.Helper()
	return w.loginAs(t, "alice")
}

func (w *site) loginAs(t testing.TB, who string) *fetcher {
	t.Helper()
	f := w.dial(t)
	f.line()
	f.do(`LOGIN ` + who + ` "` + password + `"`)
	return f
}

func newFetcher(t testing.TB) *fetcher {
	t.Helper()
	return newSite(t, nil).login(t)
}

// line reads one line with the literals in it: their bytes follow their announcements.
func (f *fetcher) line() []byte {
	var all []byte
	for {
		line, err := f.r.ReadBytes('\n')
		if err != nil {
			f.t.Fatalf("read: %v", err)
		}
		all = append(all, line...)
		open := bytes.LastIndexByte(line, '{')
		if open < 0 || !bytes.HasSuffix(line, []byte("}\r\n")) {
			return all
		}
		size, err := strconv.Atoi(string(line[open+1 : len(line)-3]))
		if err != nil {
			return all
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(f.r, b); err != nil {
			f.t.Fatalf("read literal: %v", err)
		}
		all = append(all, b...)
	}
}

// do sends a command and returns the untagged answers; another answer than OK fails the test.
func (f *fetcher) do(command string) (lines [][]byte) {
	f.t.Helper()
	f.n++
	tag := fmt.Sprint("t", f.n)
	fmt.Fprintf(f.conn, "%s %s\r\n", tag, command)
	for {
		line := f.line()
		if rest, tagged := bytes.CutPrefix(line, []byte(tag+" ")); tagged {
			if !bytes.HasPrefix(rest, []byte("OK")) {
				f.t.Fatalf("%.100s: %s", command, rest)
			}
			return lines
		}
		lines = append(lines, line)
	}
}
