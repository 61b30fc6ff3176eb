package queue

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/store/storetest"
)

// childStore names, in a child's environment, the store that it runs a Runner on until it is killed.
const childStore = "GANNET_TEST_QUEUE_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childStore); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(path string) error {
	st, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	m := mail.NewService(st, mail.ServiceOptions{Hostname: "mail.example.test"})
	return New(st, m, nil, Options{}).Run(context.Background())
}

// TestKilled kills the server at random moments while it empties the queue into mailboxes: in the end each
// message is there exactly once.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	const messages, most = 100, 40
	alice, bob := fillQueue(t, path, messages)
	kills, left := 0, messages
	for left > 0 && kills < most {
		runAndKill(t, path, time.Duration(rand.IntN(40_000))*time.Microsecond)
		kills++
		withStore(t, path, func(st store.Store) {
			left = len((&world{t: t, st: st}).queue())
		})
	}
	t.Logf("killed %d times", kills)
	withStore(t, path, func(st store.Store) {
		w := &world{t: t, st: st}
		if left > 0 { // a slow machine: let it finish in peace
			w.mail, w.hop, w.log = mail.NewService(st, mail.ServiceOptions{}), nil, nil
			drain(t, st, w)
		}
		for _, a := range []store.Account{alice, bob} {
			seen := make(map[string]int)
			for _, m := range w.inbox(a) {
				_, n, _ := strings.Cut(m, "number ")
				seen[strings.TrimSpace(n)]++
			}
			for i := range messages {
				if n := seen[fmt.Sprint(i)]; n != 1 {
					t.Errorf("%s has message %d %d times", a.Name, i, n)
				}
			}
		}
	})
}

func drain(t *testing.T, st store.Store, w *world) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- New(st, w.mail, nil, Options{}).Run(ctx) }()
	for n, seen := len(w.queue()), store.ModSeq(0); n > 0; n = len(w.queue()) {
		seen, _ = st.Wait(ctx, 0, seen)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// fillQueue queues messages for an alias of two people.
func fillQueue(t *testing.T, path string, messages int) (alice, bob store.Account) {
	withStore(t, path, func(st store.Store) {
		alice = storetest.Account(t, st, "alice@example.test")
		bob = storetest.Account(t, st, "bob@example.test")
		list := store.Alias{Address: "list@example.test", Accounts: []store.AccountID{alice.ID, bob.ID}}
		if err := st.Update(t.Context(), 0, func(tx store.Tx) error { return tx.PutAlias(list) }); err != nil {
			t.Fatal(err)
		}
		s := mail.NewService(st, mail.ServiceOptions{})
		for i := range messages {
			in, err := mail.Ingest(t.Context(), st, strings.NewReader(fmt.Sprintf("Subject: x\r\n\r\nnumber %d\r\n", i)), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			o := mail.Outgoing{Ingested: in, Recipients: []string{list.Address}}
			if err := s.Send(t.Context(), alice.ID, o, nil); err != nil {
				t.Fatal(err)
			}
			in.Blob.Release()
		}
	})
	return alice, bob
}

func withStore(t *testing.T, path string, f func(store.Store)) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := st.Check(t.Context(), true, func(problem string) { t.Errorf("check: %s", problem) }); err != nil {
		t.Fatal(err)
	}
	f(st)
}

func runAndKill(t *testing.T, path string, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childStore+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Errorf("child said %q, %v", line, err)
	}
	time.Sleep(after) // where the kill falls does not matter to the outcome
	cmd.Process.Kill()
	cmd.Wait() // killed: always an error
}
