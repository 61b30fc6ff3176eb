package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// restoreCmd is `gannet restore FILE`.
type restoreCmd struct {
	File   string `arg:"" help:"A file that gannet backup wrote." type:"existingfile"`
	Verify bool   `help:"Only prove that the backup is whole and can be restored; needs no --data."`
	Quick  bool   `help:"Check the store without reading every message."`
}

// Run extracts the backup aside, verifies every file and the store in it, and only then moves it into
// its place.
func (c restoreCmd) Run(ctx context.Context, in *invocation) error {
	if !c.Verify && !in.dataGiven {
		return usagef("name the directory to make with --data DIR; with --verify nothing is made")
	}
	data, err := filepath.Abs(in.cli.Data)
	if err != nil {
		return err
	}
	var m manifest
	build := func(dir string) error {
		if m, err = extract(ctx, c.File, dir); err == nil {
			err = c.prove(ctx, in, dir)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		return nil
	}
	if c.Verify {
		err = buildAndDrop(build)
	} else if err = mustBeEmpty(data); err == nil {
		err = buildAside(data, build)
	}
	if err != nil {
		return err
	}
	info := restoreInfo{Created: m.Created, Version: m.Version, Files: len(m.Files)}
	if !c.Verify {
		info.Data = data
	}
	return in.print(info, info.write)
}

// restoreInfo is the result of restore.
type restoreInfo struct {
	Data    string    `json:"data,omitempty"` // where it is now; empty: it was only verified
	Created time.Time `json:"created"`        // when the backup was written
	Version string    `json:"version"`        // of the program that wrote it
	Files   int       `json:"files"`
}

func (i restoreInfo) write(w io.Writer) {
	what := fmt.Sprintf("%d files of %s, written by gannet %s", i.Files, i.Created.Format("2006-01-02 15:04:05 MST"), plain(i.Version))
	if i.Data == "" {
		fmt.Fprintln(w, "the backup is whole:", what)
	} else {
		fmt.Fprintf(w, "restored %s into %s\n", what, i.Data)
	}
}

// prove opens the restored store and checks it.
func (c restoreCmd) prove(ctx context.Context, in *invocation, dir string) error {
	cfg, err := load(dir, in.environ, in.cli.Set)
	if errors.Is(err, errNoConfig) {
		return fmt.Errorf("there is no %s in it", configFile)
	} else if err != nil {
		return err
	}
	l, err := openLocal(ctx, in, cfg)
	if errors.Is(err, store.Damaged) {
		return &verbError{exitProblems, errors.New("the store in it is damaged and cannot be opened; try an older backup")}
	} else if err != nil {
		return err
	}
	info, err := l.admin.check(ctx, checkRequest{Deep: !c.Quick}, in.progress)
	if err = errors.Join(err, l.close()); err != nil {
		return err
	}
	if info.Count > 0 {
		return &verbError{exitProblems, fmt.Errorf("the store in it has %d problems, the first: %s", info.Count, info.Problems[0])}
	}
	return nil
}

// extract unpacks a backup into dir and compares every file with the manifest.
func extract(ctx context.Context, file, dir string) (manifest, error) {
	f, err := os.Open(file)
	if err != nil {
		return manifest{}, err
	}
	defer f.Close()
	var m manifest
	sums := map[string]string{}
	archive := tar.NewReader(interrupted{ctx, f})
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return m, fmt.Errorf("not a whole tar file: %w", err)
		}
		if h.Name == manifestFile {
			if err := json.NewDecoder(io.LimitReader(archive, 1<<20)).Decode(&m); err != nil {
				return m, fmt.Errorf("%s: %w", manifestFile, err)
			}
			continue
		}
		if sums[h.Name], err = extractFile(dir, h, archive); err != nil {
			return m, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	return m, compareSums(m, sums)
}

func compareSums(m manifest, sums map[string]string) error {
	if m.Files == nil {
		return fmt.Errorf("there is no %s at its end: not a backup, or cut short", manifestFile)
	}
	for name, want := range m.Files {
		if sums[name] != want {
			return fmt.Errorf("%s: missing, or not as it was written", name)
		}
	}
	for name := range sums {
		if m.Files[name] == "" {
			return fmt.Errorf("%s: not in the manifest", name)
		}
	}
	return nil
}

// extractFile writes one file and returns its SHA-256. Only names that a backup has are accepted.
func extractFile(dir string, h *tar.Header, r io.Reader) (string, error) {
	base, inTLS := strings.CutPrefix(h.Name, tlsDir+"/")
	known := slices.Contains([]string{configFile, secretFile, databaseFile}, h.Name)
	if h.Typeflag != tar.TypeReg || !known && !(inTLS && !strings.ContainsAny(base, `/\`) && filepath.IsLocal(base)) {
		return "", errors.New("does not belong into a backup")
	}
	name := filepath.Join(dir, filepath.FromSlash(h.Name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
