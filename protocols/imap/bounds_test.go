package imap

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestBounds asks for what would cost the server much more than it costs to ask.
func TestBounds(t *testing.T) {
	f := newFetcher(t)
	f.do("CREATE a/b/c")
	refused := func(command string) {
		t.Helper()
		f.say("x " + command + "\r\n")
		if line := f.hear("x "); !strings.HasPrefix(line, "x NO [LIMIT]") {
			t.Errorf("%.40s: %s", command, line)
		}
	}
	refused(`LIST "" ` + strings.Repeat("*a", maxWild/2+1))
	refused(`LIST "" (` + strings.TrimSpace(strings.Repeat("a% ", maxWild)) + ")")
	refused(`LSUB "" ` + strings.Repeat("%a", maxWild/2+1))
	names := strings.TrimSpace(strings.Repeat("a ", maxNamed))
	refused("NOTIFY SET (MAILBOXES (" + names + ") (MessageNew MessageExpunge))")
	refused("ESEARCH IN (MAILBOXES (" + names + ")) ALL")
	f.do(`LIST "" (` + names + ")") // names cost nothing
	refused("CREATE " + strings.Repeat("a/", maxPath/2) + "bc")
	refused("RENAME a " + strings.Repeat("b/", maxPath/2) + "bc")
}

// TestRecursiveMatch wants LIST with RECURSIVEMATCH to look at each name once, not at all for each.
func TestRecursiveMatch(t *testing.T) {
	w := newSite(t, nil)
	var parent store.CollectionID
	err := w.store.Update(t.Context(), w.acct.ID, func(tx store.Tx) error {
		for i := range 4000 {
			c, err := tx.CreateCollection(store.Collection{Parent: parent, Class: store.Mail, Name: fmt.Sprint("n", i)})
			if err != nil {
				return err
			}
			if parent = c.ID; i%40 == 39 {
				parent = 0
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f := w.login(t)
	if got := len(f.do(`LIST (SUBSCRIBED RECURSIVEMATCH) "" %`)); got < 100 {
		t.Errorf("%d names", got)
	}
	lines := f.do(`LIST (SUBSCRIBED RECURSIVEMATCH) "" (n0 n0/n1/n2)`)
	if len(lines) != 2 || !strings.HasSuffix(string(lines[1]), "n0/n1/n2 (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n") {
		t.Errorf("%s", lines)
	}
}

// TestGoneWhileFetching wants no errors in the log when clients leave while they are answered.
func TestGoneWhileFetching(t *testing.T) {
	log := &lines{}
	w := newSite(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	f := w.login(t)
	large := []byte("Subject: large\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 20_000))
	for range 12 {
		f.append(large)
	}
	f.do("SELECT INBOX")
	f.say("s FETCH 1:* (BODY.PEEK[])\r\n")
	f.line()
	f.conn.Close()
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	if log.String() != "" {
		t.Errorf("logged %s", log)
	}
}

// lines is a log that may be written to while it is read.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestOneGoodbye wants BYE once, and no answer behind it, where NOTIFY learns that the mailbox is gone.
func TestOneGoodbye(t *testing.T) {
	w := newSite(t, nil)
	f, g := w.login(t), w.login(t)
	f.do("CREATE Work")
	f.do("SELECT Work")
	f.do("NOTIFY SET (SELECTED (MessageNew MessageExpunge))")
	g.do("DELETE Work")
	f.hear("* BYE")
	f.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if rest, err := io.ReadAll(f.r); err != nil || len(rest) > 0 {
		t.Errorf("%q behind BYE, %v", rest, err)
	}
}
