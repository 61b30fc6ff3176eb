package pop3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
)

// sick is a store that can be told to fail.
type sick struct {
	Store
	view, update, blob atomic.Pointer[error]
}

func fail(at *atomic.Pointer[error], err error) { at.Store(&err) }

func (s *sick) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	if err := s.view.Load(); err != nil && *err != nil {
		return *err
	}
	return s.Store.View(ctx, acct, fn)
}

func (s *sick) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	if err := s.update.Load(); err != nil && *err != nil {
		return *err
	}
	return s.Store.Update(ctx, acct, fn)
}

func (s *sick) OpenBlob(ctx context.Context, id store.BlobID) (store.Blob, error) {
	b, err := s.Store.OpenBlob(ctx, id)
	if why := s.blob.Load(); err == nil && why != nil {
		return sickBlob{b, *why}, nil
	}
	return b, err
}

// sickBlob cannot be read after its first chunk.
type sickBlob struct {
	store.Blob
	err error
}

func (b sickBlob) ReadAt(p []byte, off int64) (int, error) {
	if off == 0 {
		return b.Blob.ReadAt(p, off)
	}
	return 0, b.err
}

// TestStoreErrors: the store's troubles are answered, and a message that breaks off is never complete.
func TestStoreErrors(t *testing.T) {
	w := newWorld(t)
	w.add(letter(1, "a"), letter(2, strings.Repeat("x\r\n", 2*chunk)))
	o := w.options()
	bad := &sick{Store: w.st}
	o.Store = bad
	_, addr, _ := w.serve(o)

	fail(&bad.view, store.Internal)
	k := dial(t, addr)
	k.startTLS()
	k.want("+OK")
	k.cmd("USER alice", "+OK")
	k.cmd("PASS "+password, "-ERR [SYS/TEMP]")
	fail(&bad.view, nil)
	k.login()
	fail(&bad.view, store.Busy)
	k.cmd("RETR 1", "-ERR [SYS/TEMP]")
	fail(&bad.view, store.Damaged)
	k.cmd("RETR 1", "-ERR [SYS/PERM]")
	fail(&bad.view, nil)
	k.cmd("DELE 1", "+OK")
	fail(&bad.update, store.Full)
	k.cmd("QUIT", "-ERR [SYS/TEMP] some deleted messages were not removed")
	k.gone()
	if w.left() != 2 {
		t.Errorf("%d messages are left", w.left())
	}

	fail(&bad.update, nil)
	fail(&bad.blob, store.Damaged)
	k = enter(t, addr)
	k.cmd("RETR 2", "+OK")
	for {
		line, err := k.r.R.ReadString('\n')
		if err != nil {
			break
		}
		if line == ".\r\n" {
			t.Fatal("the message ends as if it was whole")
		}
	}
}

// throttled is an authenticator that looks at nothing, or whose store is away.
type throttled struct{ err error }

func (a throttled) Verify(context.Context, auth.Attempt) (auth.Identity, error) {
	return auth.Identity{}, a.err
}

func (a throttled) SCRAM(context.Context, auth.Attempt) (*auth.SCRAM, error) { return nil, a.err }

func TestLoginErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{auth.ErrCredentials, "-ERR [AUTH]"},
		{&auth.Throttled{RetryAfter: time.Second}, "-ERR [SYS/TEMP]"},
		{&auth.Throttled{RetryAfter: time.Second, Refused: true}, "-ERR [AUTH]"},
		{fmt.Errorf("look up: %w", store.Internal), "-ERR [SYS/TEMP]"},
		{errors.New("no kind"), "-ERR [SYS/TEMP]"},
	} {
		w := newWorld(t)
		o := w.options()
		o.Auth = throttled{tt.err}
		_, addr, stop := w.serve(o)
		k := dial(t, addr)
		k.startTLS()
		k.want("+OK")
		k.cmd("USER alice", "+OK")
		k.cmd("PASS x", tt.want)
		k.cmd("AUTH PLAIN AGFsaWNlAHdyb25n", tt.want)
		stop()
	}
}
