package sqlite

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"github.com/gannetmail/gannet/store"
)

// engineError is an error of SQLite or of the disk with the kind that it means.
type engineError struct {
	kind store.Kind
	err  error
}

func (e *engineError) Error() string { return e.kind.Error() + ": " + e.err.Error() }

func (e *engineError) Unwrap() []error { return []error{e.kind, e.err} }

// wrap gives an error of the driver its kind. Errors that have one, and the context's, stay as they are.
func wrap(err error) error {
	var kind store.Kind
	var e sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &engineError{store.Full, err}
	case !errors.As(err, &e):
		return &engineError{store.Internal, err}
	case e.Code == sqlite3.ErrFull, e.SystemErrno == syscall.ENOSPC, e.SystemErrno == syscall.EDQUOT:
		return &engineError{store.Full, err}
	case e.Code == sqlite3.ErrTooBig:
		return &engineError{store.TooLarge, err}
	case e.Code == sqlite3.ErrCorrupt, e.Code == sqlite3.ErrNotADB:
		return &engineError{store.Damaged, err}
	}
	return &engineError{store.Internal, err}
}

// isEngine reports whether err came from SQLite and not from a rule of ours.
func isEngine(err error) bool {
	var e *engineError
	return errors.As(err, &e)
}

// notFound says what was looked for.
func notFound(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, store.NotFound)...)
}

func invalid(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, store.Invalid)...)
}

var errClosed = fmt.Errorf("sqlite: %w", store.Closed)
