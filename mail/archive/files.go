package archive

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// files are the files of a source. A folder may be another person's than the one who reads it, who may be root: no
// link is followed, nothing outside of the folder and nothing but plain files is read.
type files struct {
	root   *os.Root
	name   string // of the root, for people
	single string // the only file that counts; empty: all
}

// openFiles opens a folder, or the folder of a file that is to be read alone.
func openFiles(path string) (files, error) {
	info, err := os.Stat(path)
	if err != nil {
		return files{}, err
	}
	f := files{name: path}
	if !info.IsDir() {
		path, f.single = filepath.Split(path)
		if path == "" {
			path = "."
		}
	}
	f.root, err = os.OpenRoot(path)
	return f, err
}

// Close implements [Source].
func (f files) Close() error { return f.root.Close() }

// errNotPlain means that something is a link, a device or the like.
var errNotPlain = errors.New("not a plain file")

// open opens a file by its name below the root.
func (f files) open(name string) (*os.File, error) {
	if _, err := f.stat(name); err != nil { // before a pipe is opened, which may take for ever
		return nil, err
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errNotPlain, err, file.Close())
	}
	return file, nil
}

// stat describes a plain file.
func (f files) stat(name string) (fs.FileInfo, error) {
	info, err := f.root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errNotPlain
	}
	return info, err
}

// isDir reports whether there is a folder of a name.
func (f files) isDir(name string) bool {
	info, err := f.root.Lstat(name)
	return err == nil && info.IsDir()
}

// walk calls fn for everything below the root, in the order of names. What may not be read is passed over.
func (f files) walk(fn func(name string, d fs.DirEntry) error) error {
	return fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name != "." && errors.Is(err, fs.ErrPermission) {
				return fs.SkipDir
			}
			return err
		}
		return fn(filepath.FromSlash(name), d)
	})
}

// dirs lists the folders, the root first. enter says whether to look into one.
func (f files) dirs(enter func(name string) bool) (all []string, err error) {
	err = f.walk(func(name string, d fs.DirEntry) error {
		switch {
		case !d.IsDir():
			return nil
		case !enter(name):
			return fs.SkipDir
		}
		all = append(all, name)
		return nil
	})
	return all, err
}

// eachName calls fn for every name in a folder, in no order.
func (f files) eachName(ctx context.Context, dir string, fn func(name string)) error {
	if !f.isDir(dir) {
		return fs.ErrNotExist
	}
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(1024)
		for _, name := range names {
			fn(name)
		}
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		} else if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// maxNote bounds a note that is read.
const maxNote = 1 << 20

// note reads a JSON file; false when there is none, or none of ours.
func (f files) note(name string, into any) bool {
	file, err := f.open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	return json.NewDecoder(io.LimitReader(file, maxNote)).Decode(into) == nil
}

// folderNote returns the folder as it was exported.
func (f files) folderNote(name string) (folderNote, bool) {
	var n folderNote
	ok := f.note(name, &n) && len(n.Path) > 0
	return n, ok
}

// read gives the bytes of messages that each have a file, or a range of one.
func (f files) read(ctx context.Context, messages []Message, take func(int, io.Reader, error) error) error {
	for i, msg := range messages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.readOne(msg, func(r io.Reader, err error) error { return take(i, r, err) }); err != nil {
			return err
		}
	}
	return nil
}

func (f files) readOne(msg Message, take func(io.Reader, error) error) error {
	file, err := f.open(msg.at.file)
	if errors.Is(err, fs.ErrNotExist) {
		return take(nil, errMoved)
	} else if err != nil {
		return take(nil, err)
	}
	defer file.Close()
	var r io.Reader = file
	if msg.at.end > 0 {
		r = io.NewSectionReader(file, msg.at.offset, msg.at.end-msg.at.offset)
	}
	return take(msg.at.ends.reader(r), nil)
}

// errMoved means that another program is at work on the same folder.
var errMoved = errors.New("renamed or removed meanwhile; run the import again")
