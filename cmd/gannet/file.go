package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// writeFile replaces a file as a whole: readers see the old or the new content, and after a crash
// one of them is there.
func writeFile(name string, content []byte, mode fs.FileMode) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	if _, err := temp.Write(content); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// newFile makes a file that is not there yet, of what write writes. When that fails, nothing is left.
func newFile(name string, mode fs.FileMode, write func(w io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrExist) {
		return exists("%s is there already; name a new file", name)
	} else if err != nil {
		return usage(err)
	}
	w := bufio.NewWriter(f)
	if err := errors.Join(write(w), w.Flush(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// mustBeEmpty refuses a directory that has anything in it. One that does not exist is empty.
func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data directory: %w", err)
	}
	if len(entries) > 0 {
		return exists("%s is not empty and is not overwritten; name a new directory with --data", dir)
	}
	return nil
}

// buildAside lets build fill a new directory and moves the result to dir, which is empty or does not
// exist. When build fails, nothing is left.
func buildAside(dir string, build func(dir string) error) (err error) {
	parent := dir // an empty directory may be a mount of its own: stay inside it
	if _, err := os.Stat(dir); err != nil {
		parent = filepath.Dir(dir)
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return err
		}
	}
	work, err := tempDir(parent, ".gannet-new-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(shownAs(err, work, dir), os.RemoveAll(work)) }()
	if err := build(work); err != nil {
		return err
	}
	if parent != dir {
		if err := os.Rename(work, dir); err != nil {
			return err
		}
		return syncDir(parent)
	}
	return moveContent(work, dir)
}

// moveContent moves what is in one directory into another, gannet.toml last: without it a data
// directory is none.
func moveContent(from, to string) error {
	if err := os.Chmod(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	names := []string{}
	for _, e := range entries {
		if e.Name() != configFile {
			names = append(names, e.Name())
		}
	}
	for _, name := range append(names, configFile) {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return syncDir(to)
}

// tempDir makes a directory of mode 0700. Its error names the parent: the new name tells nobody anything.
func tempDir(parent, pattern string) (string, error) {
	work, err := os.MkdirTemp(parent, pattern)
	if bad := (*fs.PathError)(nil); errors.As(err, &bad) {
		return "", &fs.PathError{Op: "write into", Path: parent, Err: bad.Err}
	}
	return work, err
}

// shownAs puts name in the place of a working directory wherever an error names it.
func shownAs(err error, work, name string) error {
	if err == nil || !strings.Contains(err.Error(), work) {
		return err
	}
	return &renamedError{strings.ReplaceAll(err.Error(), work, name), err}
}

// renamedError is an error with another text.
type renamedError struct {
	text string
	err  error
}

func (e *renamedError) Error() string { return e.text }
func (e *renamedError) Unwrap() error { return e.err }

// buildAndDrop lets build fill a temporary directory and removes it.
func buildAndDrop(build func(dir string) error) (err error) {
	work, err := tempDir(os.TempDir(), "gannet-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(shownAs(err, work, "its copy"), os.RemoveAll(work)) }()
	return build(work)
}
