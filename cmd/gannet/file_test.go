package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestNewFile makes a file once, and leaves none of which a part is missing.
func TestNewFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "cards.vcf")
	part := func(w io.Writer) error {
		_, err := io.WriteString(w, "a part")
		return err
	}
	cut := errors.New("the server went away")
	if err := newFile(name, 0o600, func(w io.Writer) error { return errors.Join(part(w), cut) }); !errors.Is(err, cut) {
		t.Errorf("cut: %v", err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after the cut: %v", err)
	}
	if err := newFile(name, 0o600, part); err != nil {
		t.Error(err)
	}
	if err := newFile(name, 0o600, func(w io.Writer) error { return nil }); exitCode(err) != exitExists {
		t.Errorf("again: %v", err)
	}
	if content, err := os.ReadFile(name); err != nil || string(content) != "a part" {
		t.Errorf("%q, %v", content, err)
	}
}
