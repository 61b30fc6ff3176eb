package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tarOf writes a tar file with the entries and a manifest that names them.
func tarOf(t *testing.T, entries ...tar.Header) string {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	sums := map[string]string{}
	content := []byte("content")
	sum := sha256.Sum256(content)
	for _, h := range entries {
		sums[h.Name] = hex.EncodeToString(sum[:])
		h.Mode = 0o600
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			w.Write(content)
		}
	}
	text, err := json.Marshal(manifest{Files: sums})
	if err != nil {
		t.Fatal(err)
	}
	w.WriteHeader(&tar.Header{Name: manifestFile, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg})
	w.Write(text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "backup.tar")
	if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestExtractStaysInside proves that only files that a backup has are written, and only where they belong.
func TestExtractStaysInside(t *testing.T) {
	good := tarOf(t, tar.Header{Name: configFile, Typeflag: tar.TypeReg}, tar.Header{Name: "tls/server.key", Typeflag: tar.TypeReg})
	dir := t.TempDir()
	if _, err := extract(t.Context(), good, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tls", "server.key")); err != nil {
		t.Error(err)
	}
	bad := []tar.Header{
		{Name: "../gannet.toml", Typeflag: tar.TypeReg},
		{Name: "/etc/passwd", Typeflag: tar.TypeReg},
		{Name: "tls/../../x", Typeflag: tar.TypeReg},
		{Name: "tls/..", Typeflag: tar.TypeReg},
		{Name: "tls/a/b", Typeflag: tar.TypeReg},
		{Name: "other", Typeflag: tar.TypeReg},
		{Name: configFile, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		{Name: "tls", Typeflag: tar.TypeDir},
	}
	for _, h := range bad {
		_, err := extract(t.Context(), tarOf(t, h), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), "does not belong into a backup") {
			t.Errorf("%s of type %c: %v", h.Name, h.Typeflag, err)
		}
	}
	twice := tarOf(t, tar.Header{Name: configFile, Typeflag: tar.TypeReg}, tar.Header{Name: configFile, Typeflag: tar.TypeReg})
	if _, err := extract(t.Context(), twice, t.TempDir()); err == nil {
		t.Error("a file that is there twice was extracted")
	}
}

func TestCompareSums(t *testing.T) {
	m := manifest{Files: map[string]string{"a": "1", "b": "2"}}
	tests := []struct {
		name string
		m    manifest
		sums map[string]string
		ok   bool
	}{
		{"equal", m, map[string]string{"a": "1", "b": "2"}, true},
		{"missing", m, map[string]string{"a": "1"}, false},
		{"changed", m, map[string]string{"a": "1", "b": "3"}, false},
		{"more", m, map[string]string{"a": "1", "b": "2", "c": "3"}, false},
		{"cut short", manifest{}, map[string]string{"a": "1"}, false},
	}
	for _, tt := range tests {
		if err := compareSums(tt.m, tt.sums); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
