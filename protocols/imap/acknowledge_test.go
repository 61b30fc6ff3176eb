package imap

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// failing is a store of which one call fails, as the disk may.
type failing struct {
	store.Store
	mu    sync.Mutex
	after int // calls that go well until then
	err   error
}

// arm makes the call behind the next n fail with err; nil lets all go well, and the result says whether one failed.
func (f *failing) arm(n int, err error) (fired bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fired = f.err == nil
	f.after, f.err = n, err
	return fired
}

func (f *failing) next() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		return nil
	}
	if f.after--; f.after >= 0 {
		return nil
	}
	err := f.err
	f.err = nil
	return fmt.Errorf("test: %w", err)
}

func (f *failing) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Store.View(ctx, acct, fn)
}

func (f *failing) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Store.Update(ctx, acct, fn)
}

func (f *failing) UpdateAll(ctx context.Context, work []store.Work) []error {
	if err := f.next(); err != nil {
		errs := make([]error, len(work))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	return f.Store.UpdateAll(ctx, work)
}

func (f *failing) NewBlob(ctx context.Context) (store.BlobWriter, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.NewBlob(ctx)
}

func (f *failing) OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Store.OpenBlob(ctx, id)
}

func (f *failing) ModSeq(acct store.AccountID) (store.ModSeq, error) {
	if err := f.next(); err != nil {
		return 0, err
	}
	return f.Store.ModSeq(acct)
}

// TestAcknowledged lets each call to the store fail in turn: what is answered OK was done, and what is answered NO was not,
// or the client would do it twice.
func TestAcknowledged(t *testing.T) {
	const m = "{14+}\r\nSubject: m\r\n\r\n"
	commands := []string{
		"APPEND INBOX " + m, "UID COPY 1 Archive", "UID MOVE 1 Archive", "UID REPLACE 1 Archive " + m,
		"UID STORE 1 +FLAGS ($New)", "UID EXPUNGE 1:*", "EXPUNGE", "CREATE Made", "DELETE Gone", "RENAME Gone Now", "SETACL Gone bob lr",
		"SETMETADATA Gone (/private/comment x)", "UNSUBSCRIBE Gone", "UID FETCH 1 BODY[]", `UID MOVE 1 "Other Users/bob@example.test/Team"`, `UID REPLACE 1 "Other Users/bob@example.test/Team" ` + m,
	}
	var broken *failing
	w := newSite(t, func(o *Options) {
		broken = &failing{Store: o.Store}
		o.Store = broken
	})
	bob := w.loginAs(t, "bob")
	bob.do("CREATE Team")
	bob.do("SETACL Team alice lrswite")
	for _, command := range commands {
		for _, enable := range []string{"CONDSTORE", "QRESYNC"} {
			for n := 0; w.failAt(t, broken, enable, command, n); n++ {
			}
		}
	}
}

// failAt carries a command out in a session of its own while the call n fails, and reports whether there was one.
func (w *site) failAt(t *testing.T, broken *failing, enable, command string, n int) bool {
	t.Helper()
	f := w.login(t)
	defer f.conn.Close()
	w.boxes++
	name := fmt.Sprint("Box", w.boxes)
	f.do("CREATE " + name)
	f.do("CREATE " + name + "/Gone")
	f.do("APPEND " + name + " (\\Deleted) {14+}\r\nSubject: m\r\n\r\n")
	f.do("ENABLE " + enable)
	f.do("SELECT " + name)
	command = strings.NewReplacer("INBOX", name, "Gone", name+"/Gone", "Made", name+"/Made", "Now", name+"/Now").Replace(command)
	before, err := w.store.ModSeq(w.acct.ID)
	if err != nil {
		t.Fatal(err)
	}
	broken.arm(n, store.Busy)
	f.say("x " + command + "\r\n")
	answer := f.hear("x ")
	fired := broken.arm(0, nil)
	after, err := w.store.ModSeq(w.acct.ID)
	if err != nil {
		t.Fatal(err)
	}
	if isOK := strings.HasPrefix(answer, "x OK"); isOK != (after > before) && command != "UID FETCH 1 BODY[]" {
		t.Errorf("%.40q, call %d fails: %d changes, answer %q", command, n, after-before, answer)
	}
	f.do("NOOP")
	return fired
}
