package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// emlTree is a folder of .eml files, with folders in it, or a single file.
type emlTree struct {
	files
	options Options
}

func openEML(path string, o Options) (Source, error) {
	f, err := openFiles(path)
	if err != nil {
		return nil, err
	}
	return &emlTree{f, o}, nil
}

// key is the part of a name that counts; empty: not a message of this source.
func (t *emlTree) key(name string) string {
	if t.single != "" {
		if name == t.single {
			return name
		}
		return ""
	}
	if strings.HasPrefix(name, ".") || !strings.EqualFold(filepath.Ext(name), ".eml") {
		return ""
	}
	return name
}

// Folders implements [Source].
func (t *emlTree) Folders(ctx context.Context) ([]Folder, error) {
	dirs, err := t.dirs(func(rel string) bool {
		return rel == "." || t.single == "" && !strings.HasPrefix(filepath.Base(rel), ".")
	})
	if err != nil {
		return nil, fmt.Errorf("eml: %w", err)
	}
	var folders []Folder
	for _, rel := range dirs {
		f := Folder{Native: rel}
		if rel != "." {
			f.Path = strings.Split(filepath.ToSlash(rel), "/")
		}
		if err := t.eachName(ctx, rel, func(name string) {
			if t.key(name) != "" {
				f.Count++
			}
		}); err != nil {
			return nil, fmt.Errorf("eml: %w", err)
		}
		note, exported := t.exported(rel)
		if exported {
			f.Path, f.Role = note.Path, note.Role
		}
		if f.Count > 0 || exported {
			folders = append(folders, f)
		}
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s has no .eml files: %w", t.name, store.NotFound)
	}
	return folders, nil
}

func (t *emlTree) exported(rel string) (folderNote, bool) {
	if t.single != "" {
		return folderNote{}, false
	}
	return t.folderNote(filepath.Join(rel, folderFile))
}

// Messages implements [Source].
func (t *emlTree) Messages(ctx context.Context, f Folder) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		dir := f.Native
		ends := lineEnds{way: t.options.LineEnds}
		if note, ok := t.exported(f.Native); ok && note.Exact {
			ends.way = AsIs
		}
		for n, err := range sortedNames(ctx, t.files, []string{dir}, window, t.key) {
			if err != nil {
				yield(Message{}, fmt.Errorf("eml: %w", err))
				return
			}
			file := filepath.Join(dir, n.name)
			msg := Message{Key: n.name, Name: n.name, Size: -1, at: place{file: file, ends: ends}}
			info, err := t.stat(file)
			switch {
			case err != nil && info != nil && info.IsDir():
				continue
			case err != nil:
				msg.Refused = err.Error()
			default:
				msg.Size, msg.Received = info.Size(), info.ModTime()
				msg.Key = fmt.Sprintf("%s %d", n.name, info.Size()) // another size: another message
				var note markNote
				if t.note(noteFile(file), &note) && !note.Received.IsZero() {
					note.apply(&msg)
				}
			}
			if !yield(msg, nil) {
				return
			}
		}
	}
}

// noteFile is where the marks of an exported message are.
func noteFile(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) + ".json" }

// Read implements [Source].
func (t *emlTree) Read(ctx context.Context, _ Folder, messages []Message, take func(int, io.Reader, error) error) error {
	return t.read(ctx, messages, take)
}

// emlTarget writes a folder for each folder, a file for each message and its marks beside it.
type emlTarget struct {
	tree
	dir string
}

// Folder implements [Target].
func (t *emlTarget) Folder(f Folder) error {
	var parts []string
	for _, p := range f.Path {
		parts = append(parts, fileName(p))
	}
	t.dir = filepath.Join(t.root, t.free(filepath.Join(parts...)))
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	return writeNote(filepath.Join(t.dir, folderFile), t.noteOf(f))
}

// Message implements [Target].
func (t *emlTarget) Message(m Message, id string, r io.Reader) error {
	file := filepath.Join(t.dir, id+".eml")
	if err := writeMessage(file, t.ends, m.Received, r); err != nil {
		return err
	}
	if err := writeNote(noteFile(file), noteOf(m)); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

// Close implements [Target].
func (*emlTarget) Close() error { return nil }
