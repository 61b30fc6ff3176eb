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
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A backup is one tar file: the configuration, the keys and certificates of the data directory, a
// consistent copy of the store, and, last, a manifest with the SHA-256 of each. gannet restore makes
// a data directory of it again; tar alone does as well.
const manifestFile = "MANIFEST.json"

// manifest is the last file of a backup.
type manifest struct {
	Version string            `json:"version"` // of the program
	Commit  string            `json:"commit"`
	Created time.Time         `json:"created"`
	Files   map[string]string `json:"files"` // SHA-256 in hex by name
}

// backupRequest says where to; Path is absolute.
type backupRequest struct {
	Path string `json:"path"`
}

// backupInfo is the result of a backup.
type backupInfo struct {
	Path string `json:"path"`
	Size int64  `json:"size"` // bytes
}

// backup writes a backup while everything goes on. The file appears under its name when it is
// complete and durable.
func (a *admin) backup(ctx context.Context, q backupRequest, progress say) (info backupInfo, err error) {
	if !filepath.IsAbs(q.Path) {
		return backupInfo{}, usagef("%s: not an absolute path", q.Path)
	}
	if _, err := os.Lstat(q.Path); err == nil {
		return backupInfo{}, exists("%s is there already; name a new file", q.Path)
	}
	work, err := tempDir(filepath.Dir(q.Path), ".gannet-backup-*")
	if err != nil {
		return backupInfo{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(shownAs(err, work, filepath.Dir(q.Path)), os.RemoveAll(work)) }()
	database := filepath.Join(work, databaseFile)
	if err := a.store.Backup(ctx, database, pagesProgress(progress)); err != nil {
		return backupInfo{}, fmt.Errorf("backup of the store: %w", err)
	}
	partial := filepath.Join(work, "backup.tar")
	size, err := a.writeBackup(ctx, partial, database)
	if err != nil {
		return backupInfo{}, fmt.Errorf("backup: %w", err)
	}
	if err := os.Link(partial, q.Path); err != nil { // unlike a rename it replaces nothing
		return backupInfo{}, fmt.Errorf("backup: %w", err)
	}
	return backupInfo{q.Path, size}, syncDir(filepath.Dir(q.Path))
}

// pagesProgress reports every tenth part.
func pagesProgress(progress say) func(done, total int64) {
	last := int64(-1)
	return func(done, total int64) {
		if total <= 0 {
			return
		}
		if tenth := done * 10 / total; tenth != last {
			last = tenth
			progress(fmt.Sprintf("copied %d %% of the store", tenth*10))
		}
	}
}

func (a *admin) writeBackup(ctx context.Context, name, database string) (size int64, err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := backupWriter{ctx: ctx, tar: tar.NewWriter(f), sums: map[string]string{}, now: a.now()}
	b.add(configFile, filepath.Join(a.config.Data, configFile))
	b.add(secretFile, filepath.Join(a.config.Data, secretFile))
	b.addDir(tlsDir, filepath.Join(a.config.Data, tlsDir))
	b.add(databaseFile, database)
	b.finish()
	if b.err != nil {
		return 0, b.err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	return f.Seek(0, io.SeekCurrent)
}

// backupWriter writes the files of a backup; the first error sticks.
type backupWriter struct {
	ctx  context.Context
	tar  *tar.Writer
	sums map[string]string
	now  time.Time
	err  error
}

func (b *backupWriter) addDir(name, dir string) {
	if b.err != nil {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.err = err
		return
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			b.add(name+"/"+e.Name(), filepath.Join(dir, e.Name()))
		}
	}
}

// add writes one file; what does not exist is left out.
func (b *backupWriter) add(name, file string) {
	if b.err != nil {
		return
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return
	} else if err != nil {
		b.err = err
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.err = err
		return
	}
	b.copy(name, info.Size(), f)
}

func (b *backupWriter) copy(name string, size int64, r io.Reader) {
	b.err = b.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: b.now, Typeflag: tar.TypeReg})
	if b.err != nil {
		return
	}
	sum := sha256.New()
	_, b.err = io.CopyN(io.MultiWriter(b.tar, sum), interrupted{b.ctx, r}, size)
	b.sums[name] = hex.EncodeToString(sum.Sum(nil))
}

func (b *backupWriter) finish() {
	if b.err != nil {
		return
	}
	text, err := json.MarshalIndent(manifest{version, buildCommit(), b.now.UTC(), b.sums}, "", "  ")
	if err != nil {
		b.err = err
		return
	}
	b.copy(manifestFile, int64(len(text)), strings.NewReader(string(text)))
	if b.err == nil {
		b.err = b.tar.Close()
	}
}

// interrupted is a reader that stops when the context does.
type interrupted struct {
	ctx context.Context
	r   io.Reader
}

func (i interrupted) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}

// checkRequest says how thoroughly.
type checkRequest struct {
	Deep bool `json:"deep"`
}

// checkInfo is what a check found.
type checkInfo struct {
	Problems []string `json:"problems"` // the first maxProblems
	Count    int      `json:"count"`
}

const maxProblems = 1000

func (a *admin) check(ctx context.Context, q checkRequest, progress say) (checkInfo, error) {
	info := checkInfo{Problems: []string{}}
	progress("checking the store")
	err := a.store.Check(ctx, q.Deep, func(problem string) {
		info.Count++
		if len(info.Problems) < maxProblems {
			info.Problems = append(info.Problems, problem)
		}
	})
	if errors.Is(err, store.Damaged) { // too much for the check to go on
		return checkInfo{}, &verbError{exitProblems, fmt.Errorf("check: %w", err)}
	} else if err != nil {
		return checkInfo{}, fmt.Errorf("check: %w", err)
	}
	return info, nil
}
