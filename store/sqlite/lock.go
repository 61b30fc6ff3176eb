package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/gannetmail/gannet/store"
)

// lock keeps every other process away from the store at path. The kernel lets go of it when the
// process ends, however it ends; the file stays.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", wrap(err))
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		notePID(f)
		return f, nil
	}
	defer f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(f, 32))
		return nil, fmt.Errorf("%s is in use by process %s: %w", path, strings.TrimSpace(string(holder)), store.Busy)
	}
	return nil, fmt.Errorf("lock %s: %w", f.Name(), wrap(err))
}

// notePID writes who holds the lock, for the message that the next one gets. It is only a courtesy.
func notePID(f *os.File) {
	if f.Truncate(0) == nil {
		fmt.Fprintln(f, os.Getpid())
	}
}
