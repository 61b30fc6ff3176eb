package main

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestExplain(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "/srv/mail/gannet.db.lock", Err: fs.ErrPermission}
	tests := []struct {
		err  error
		want string
	}{
		{errors.New("plain: invalid"), "plain: invalid"},
		{fmt.Errorf("folder x: %w", store.Invalid), "folder x"},
		{fmt.Errorf("in use by process 7: %w", store.Busy), "in use by process 7"},
		{errors.Join(fmt.Errorf("a: %w", store.Exists), errors.New("b")), "a\nb"},
		{fmt.Errorf("write: %w", store.Full), "write: no space left"},
		{store.NotFound, "not found"},
		{fmt.Errorf("lock: %w", denied), "lock: /srv/mail/gannet.db.lock: permission denied; run this as the user who owns /srv/mail"},
		{fmt.Errorf("open lock file: %w: %w", store.Internal, denied), "open lock file: /srv/mail/gannet.db.lock: permission denied; run this as the user who owns /srv/mail"},
		{fmt.Errorf("%w: %w: permission denied", errStoreUnusable, store.Internal), "the store cannot be opened: permission denied; run this as the user who owns /srv/mail"},
		{&fs.PathError{Op: "open", Path: "/srv/mail", Err: fs.ErrPermission}, "/srv/mail: permission denied"},
		{&fs.PathError{Op: "open", Path: "/etc/shadow", Err: fs.ErrPermission}, "/etc/shadow: permission denied"},
	}
	for _, tt := range tests {
		if got := explain(tt.err, "/srv/mail"); got != tt.want {
			t.Errorf("explain(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestShownAs(t *testing.T) {
	err := shownAs(&fs.PathError{Op: "open", Path: "/srv/.gannet-new-1/gannet.toml", Err: fs.ErrExist}, "/srv/.gannet-new-1", "/srv/mail")
	if err.Error() != "open /srv/mail/gannet.toml: file already exists" || !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
}
