package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

const crashDir = "GANNET_CRASH_DIR"

// TestCrashChild is the process that TestCrash kills: it writes without end and prints each message
// after it was acknowledged.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("run by TestCrash")
	}
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var a store.Account
	var in, other store.Collection
	err = s.View(context.Background(), 1, func(r store.Reader) (err error) {
		if a, err = r.Account(); err != nil {
			return err
		}
		in, err = r.CollectionByRole(store.Inbox)
		other, _ = r.CollectionByRole(store.Archive)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				if err := crashWrite(s, a, in, other, name, w == 0); err != nil {
					t.Error(err)
					return
				}
				out.Lock()
				fmt.Println("ack", name)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// crashWrite adds a message by name; big ones are staged in the store first. Some are then moved or
// copied, and some that were there removed, so that every table is at work.
func crashWrite(s *Store, a store.Account, in, other store.Collection, name string, big bool) error {
	data := []byte(name)
	if big {
		data = append(data, noise(400_000, len(name))...)
	}
	b, err := stageBytes(s, data)
	if err != nil {
		return err
	}
	defer b.Release()
	return s.Update(context.Background(), a.ID, func(tx store.Tx) error {
		rec, err := tx.Add(in.ID, store.NewItem{Blob: b, Keywords: []string{name}, Text: store.Text{Body: "crash " + name}})
		if err != nil || !big {
			return err
		}
		if _, err := tx.Copy(in.ID, rec.UID, other.ID); err != nil {
			return err
		}
		if err := crashShare(tx, rec, name); err != nil {
			return err
		}
		for old, err := range tx.ByUID(other.ID, 1, store.MaxUID, store.WantEntry) {
			if err != nil {
				return err
			}
			return tx.Remove(other.ID, old.UID)
		}
		return nil
	})
}

// crashShare marks a message Deleted, and has a shared, annotated collection come, and the last one go.
func crashShare(tx store.Tx, rec store.Record, name string) error {
	if _, err := tx.Mark(rec.Collection, rec.UID, store.FlagChange{Add: store.Deleted}); err != nil {
		return err
	}
	list, err := tx.Collections(0)
	if err != nil {
		return err
	}
	if last := list[len(list)-1]; last.Role == "" {
		if err := tx.RemoveCollection(last.ID); err != nil {
			return err
		}
	}
	c, err := tx.CreateCollection(store.Collection{Name: name, Class: store.Mail})
	if err != nil {
		return err
	}
	if err := share(tx, c.ID, 0); err != nil {
		return err
	}
	_, err = tx.Copy(rec.Collection, rec.UID, c.ID)
	return err
}

// TestCrash kills a writing process at random moments. What it acknowledged is there exactly once, and
// the store is sound.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a dozen processes")
	}
	dir := t.TempDir()
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	newAccount(t, s, "alice@example.test")
	s.Close()
	acked := map[string]int{}
	for round := range 12 {
		for _, name := range crashRun(t, dir, time.Duration(rand.IntN(300))*time.Millisecond) {
			acked[name] = 0
		}
		verifyCrash(t, dir, acked)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	t.Logf("%d messages acknowledged", len(acked))
}

// crashRun starts a child, kills it a while after its first acknowledgement and returns all of them.
func crashRun(t *testing.T, dir string, after time.Duration) (acks []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.v=false")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, ok := strings.CutPrefix(lines.Text(), "ack ")
		if !ok {
			t.Logf("child: %s", lines.Text())
			continue
		}
		if acks = append(acks, name); len(acks) == 1 {
			time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
	}
	if cmd.Wait() == nil || len(acks) == 0 {
		t.Fatalf("the child ended by itself after %d acknowledgements", len(acks))
	}
	return acks
}

// verifyCrash opens the store as after a crash. The last line of a killed child may be cut.
func verifyCrash(t *testing.T, dir string, acked map[string]int) {
	t.Helper()
	s, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatalf("open after a crash: %v", err)
	}
	defer s.Close()
	for name := range acked {
		acked[name] = 0
	}
	view(t, s, 1, func(r store.Reader) error {
		in, err := r.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		for rec, err := range r.ByUID(in.ID, 1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			acked[rec.Item.Keywords[0]]++
		}
		return nil
	})
	for name, n := range acked {
		if n != 1 {
			t.Errorf("message %s is there %d times", name, n)
		}
	}
	checkClean(t, s)
	idle(t, s)
	if n := unreferenced(t, s); n != 0 {
		t.Errorf("%d blobs without references are left", n)
	}
	checkClean(t, s)
}

func unreferenced(t *testing.T, s *Store) (n int64) {
	t.Helper()
	onWriter(t, s, func(c *conn) (err error) {
		n, err = c.number("SELECT count(*) FROM blob WHERE refs = 0")
		return err
	})
	return n
}
