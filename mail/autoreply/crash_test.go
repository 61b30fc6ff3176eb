package autoreply

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/store/storetest"
)

// childStore names, in a child's environment, the store that it delivers into until it is killed.
const childStore = "GANNET_TEST_AUTOREPLY_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childStore); path != "" {
		fmt.Fprintln(os.Stderr, child(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// child delivers mail of one sender after the other.
func child(path string) error {
	ctx := context.Background()
	st, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	var acct []store.Account
	if err := st.View(ctx, 0, func(r store.Reader) (err error) { acct, err = r.Accounts(); return err }); err != nil {
		return err
	}
	s := mail.NewService(st, mail.ServiceOptions{Responder: New(st, Options{Hostname: "mx.example.test", Daily: 1 << 30})})
	fmt.Println("ready")
	for i := 0; ; i++ {
		in, err := mail.Ingest(ctx, st, strings.NewReader(fmt.Sprintf("Subject: %d\r\nTo: %s\r\n\r\nx\r\n", i, acct[0].Name)), 1<<20)
		if err != nil {
			return err
		}
		m := mail.Incoming{Ingested: in, Sender: fmt.Sprintf("n%d@outside.test", i)}
		if err := s.Deliver(ctx, m, []mail.Recipient{{Address: acct[0].Name, Account: acct[0].ID}})[0]; err != nil {
			return err
		}
		in.Blob.Release()
	}
}

// TestKilled kills the server at random moments while it delivers, and lets the senders send all of it again: whoever's
// message is there was answered, nobody else, and nobody twice.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), sqlite.FileName)
	st, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	who := storetest.Account(t, st, alice)
	err = st.Update(t.Context(), 0, func(tx store.Tx) error { return Save(tx, who.ID, away("gone"), time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		runAndKill(t, path, time.Duration(rand.IntN(150_000))*time.Microsecond)
		if st, err = sqlite.Open(t.Context(), path, sqlite.Options{}); err != nil {
			t.Fatal(err)
		}
		compare(t, st, who)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
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

// compare holds what was delivered against what was answered.
func compare(t *testing.T, st store.Store, who store.Account) {
	t.Helper()
	delivered, answered := map[string]bool{}, map[string]int{}
	inbox := storetest.Role(t, st, who.ID, store.Inbox)
	err := st.View(t.Context(), who.ID, func(r store.Reader) error {
		for rec, err := range r.ByUID(inbox.ID, 1, store.MaxUID, store.WantSummary) {
			if err != nil {
				return err
			}
			s, err := mail.UnmarshalSummary(rec.Item.Summary)
			if err != nil {
				return err
			}
			delivered["n"+s.Envelope.Subject+"@outside.test"] = true
		}
		rows, err := r.Queue(0, 1_000_000)
		for _, row := range rows {
			answered[row.Recipient]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for sender := range delivered {
		if answered[sender] != 1 {
			t.Errorf("%s was answered %d times", sender, answered[sender])
		}
	}
	if len(answered) != len(delivered) {
		t.Errorf("%d senders answered, messages of %d delivered", len(answered), len(delivered))
	}
	t.Logf("%d senders", len(delivered))
}

// TestAtOnce delivers many messages of few senders at the same time.
func TestAtOnce(t *testing.T) {
	r := newRig(t)
	r.set(r.alice, away("gone"))
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			in, err := mail.Ingest(t.Context(), r.st, strings.NewReader(note()), 1<<20)
			if err != nil {
				t.Error(err)
				return
			}
			defer in.Blob.Release()
			m := mail.Incoming{Ingested: in, Sender: fmt.Sprintf("n%d@outside.test", i%4)}
			if err := r.s.Deliver(t.Context(), m, []mail.Recipient{{Address: alice, Account: r.alice.ID}})[0]; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := r.replies(); len(got) != 4 || r.inbox(r.alice) != 40 {
		t.Errorf("%d answers to %d messages; want 4 to 40", len(got), r.inbox(r.alice))
	}
}
