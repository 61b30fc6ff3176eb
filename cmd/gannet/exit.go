package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Exit codes of every verb.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitProblems    = 3
	exitNotFound    = 4
	exitExists      = 5
	exitInterrupted = 130
)

var exitCodes = []struct {
	code int
	help string
}{
	{exitOK, "done"},
	{exitFailed, "it went wrong, standard error says how"},
	{exitUsage, "the command line or the configuration is wrong"},
	{exitProblems, "check found problems, or import or export left something out"},
	{exitNotFound, "what was named does not exist"},
	{exitExists, "it exists already, or is in use"},
	{exitInterrupted, "interrupted"},
}

func exitCodeHelp() string {
	var parts []string
	for _, e := range exitCodes {
		parts = append(parts, fmt.Sprintf("%d %s", e.code, e.help))
	}
	return strings.Join(parts, "; ") + "."
}

// A verbError is an error with the exit code that it ends the process with.
type verbError struct {
	code int
	err  error
}

func (e *verbError) Error() string { return e.err.Error() }
func (e *verbError) Unwrap() error { return e.err }

// usage marks err as the operator's to mend on the command line or in gannet.toml.
func usage(err error) error { return &verbError{exitUsage, err} }

// usagef is usage for a new error.
func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// exitCode returns the exit code that goes with an error.
func exitCode(err error) int {
	var v *verbError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &v):
		return v.code
	case errors.Is(err, store.NotFound):
		return exitNotFound
	case errors.Is(err, store.Exists):
		return exitExists
	case errors.Is(err, store.Invalid):
		return exitUsage
	}
	return exitFailed
}

// explain is the text of an error for the operator of a data directory. It leaves out the kinds of the
// store's errors where they only repeat what was said, and says who may touch the directory.
func explain(err error, data string) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		for _, kind := range []store.Kind{store.NotFound, store.Exists, store.Invalid, store.Busy} {
			if errors.Is(err, kind) {
				line = strings.TrimSuffix(line, ": "+kind.Error())
			}
		}
		lines[i] = line
	}
	text := strings.Join(lines, "\n")
	if at := (*fs.PathError)(nil); errors.As(err, &at) && (at.Op == "stat" || at.Op == "open") {
		text = strings.ReplaceAll(text, at.Op+" "+at.Path+": ", at.Path+": ") // which call it was helps nobody
	}
	if errors.Is(err, store.Internal) {
		text = strings.ReplaceAll(text, store.Internal.Error()+": ", "")
	}
	if data != "" && denied(err, data) {
		text += "; run this as the user who owns " + data
	}
	return text
}

// denied reports whether an error is that this user may not use a file in the data directory.
func denied(err error, data string) bool {
	if errors.Is(err, errStoreUnusable) { // SQLite has the reason in words only
		return strings.HasSuffix(err.Error(), fs.ErrPermission.Error())
	}
	var at *fs.PathError
	return errors.As(err, &at) && errors.Is(err, fs.ErrPermission) && strings.HasPrefix(at.Path, filepath.Clean(data)+"/")
}
