package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// mboxes is a folder of mbox files, or a single one.
type mboxes struct {
	files
	options Options
	styles  map[string]mboxStyle // by file, of those that were looked through
}

// mboxStyle is what a look through a whole file told.
type mboxStyle struct {
	count int
	rd    bool
}

func openMbox(path string, o Options) (Source, error) {
	f, err := openFiles(path)
	if err != nil {
		return nil, err
	}
	return &mboxes{f, o, map[string]mboxStyle{}}, nil
}

// Folders implements [Source]. Each file is read through once, to count and to see how it quotes.
//
// Lines that begin with "From " are quoted with '>' by most programs; in mboxrd lines of '>'s before it too, which
// alone can be undone without doubt. A file is read as mboxrd unless it has a line "From " in a message, which no
// mboxrd has: then nothing is undone.
func (m *mboxes) Folders(ctx context.Context) ([]Folder, error) {
	names := []string{m.single}
	if m.single == "" {
		var err error
		if names, err = m.candidates(); err != nil {
			return nil, fmt.Errorf("mbox: %w", err)
		}
	}
	var folders []Folder
	for _, file := range names {
		style, err := m.lookThrough(ctx, file)
		if errors.Is(err, errNoMbox) && m.single == "" {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		m.styles[file] = style
		f := Folder{Path: mboxPath(file), Native: file, Count: style.count}
		if note, ok := m.folderNote(file + ".json"); ok {
			f.Path, f.Role = note.Path, note.Role
		}
		folders = append(folders, f)
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s has no mbox files: %w", m.name, store.NotFound)
	}
	return folders, nil
}

// candidates lists the files that may be an mbox.
func (m *mboxes) candidates() (names []string, err error) {
	err = m.walk(func(name string, d fs.DirEntry) error {
		switch {
		case strings.HasPrefix(d.Name(), ".") && name != ".":
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && m.mayBeMbox(name):
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// mayBeMbox looks at the first bytes. An empty file is a folder without messages if its name says so, or if we
// exported it.
func (m *mboxes) mayBeMbox(name string) bool {
	f, err := m.open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [5]byte
	n, err := io.ReadFull(f, head[:])
	if n == 0 && errors.Is(err, io.EOF) {
		_, exported := m.folderNote(name + ".json")
		return exported || strings.HasSuffix(name, ".mbox")
	}
	return bytes.Equal(head[:], fromPrefix) || head[0] == '\n' || head[0] == '\r'
}

// mboxPath makes a folder's path of a file's: "Work.sbd/Clients" (Thunderbird), "Work.mbox/mbox" (Apple), "work.mbox".
func mboxPath(rel string) []string {
	parts := strings.Split(filepath.ToSlash(rel), "/")
	if n := len(parts); n > 1 && parts[n-1] == "mbox" {
		parts = parts[:n-1]
	}
	for i, p := range parts {
		for _, suffix := range []string{".sbd", ".mbox", ".mbx"} {
			if cut, ok := strings.CutSuffix(p, suffix); ok && cut != "" {
				parts[i] = cut
			}
		}
	}
	return parts
}

// lookThrough reads a whole file.
func (m *mboxes) lookThrough(ctx context.Context, file string) (mboxStyle, error) {
	style := mboxStyle{}
	f, err := m.open(file)
	if err != nil {
		return style, err
	}
	defer f.Close()
	s := newMboxScanner(f)
	for ctx.Err() == nil {
		_, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return style, err
		}
		style.count++
	}
	style.rd = !s.naked
	return style, ctx.Err()
}

// Messages implements [Source].
func (m *mboxes) Messages(ctx context.Context, f Folder) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if err := m.messages(ctx, f.Native, func(msg Message) bool { return yield(msg, nil) }); err != nil {
			yield(Message{}, fmt.Errorf("%s: %w", f.Native, err))
		}
	}
}

func (m *mboxes) messages(ctx context.Context, path string, yield func(Message) bool) error {
	f, err := m.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s := newMboxScanner(f)
	var again repeats
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		msg := m.message(path, found)
		msg.Name = fmt.Sprintf("message %d at byte %d", n, found.start)
		if k := again.count(found.sum); k > 1 {
			msg.Key = fmt.Sprintf("%s %d", msg.Key, k)
		}
		if !yield(msg) {
			return nil
		}
	}
}

// message describes what was found in a file.
func (m *mboxes) message(path string, found mboxMessage) Message {
	h := found.head
	msg := Message{Key: found.sum, Flags: h.flags, Keywords: h.keywords, Received: fromDate(found.from)}
	begin, end := found.body+h.skip, found.end
	ends := lineEnds{way: m.options.LineEnds, rd: m.options.Quoting == QuotingRD}
	if q := m.options.Quoting; q == QuotingAuto || q == "" {
		ends.rd = m.styles[path].rd
	}
	if h.gone {
		msg.Refused = "removed in Thunderbird, which has not compacted the folder yet"
	}
	if h.own != nil {
		h.own.apply(&msg)
		ends.rd = true
		if h.own.Exact {
			ends.way = AsIs
		}
		end -= h.own.Open
	}
	if end < begin {
		end = begin
	}
	if msg.Size = end - begin; msg.Size == 0 && h.own == nil {
		msg.Refused = "empty"
	}
	msg.at = place{file: path, offset: begin, end: end, ends: ends}
	return msg
}

// repeats counts how often a sum came among the last many, so that messages that are the same byte for byte have keys
// of their own with bounded memory.
type repeats struct {
	old, young map[string]int
}

// repeatsKept is how many sums are remembered, at least.
const repeatsKept = 1 << 15

func (r *repeats) count(sum string) int {
	if r.young == nil || len(r.young) >= repeatsKept {
		r.old, r.young = r.young, make(map[string]int)
	}
	n := max(r.old[sum], r.young[sum]) + 1
	r.young[sum] = n
	return n
}

// Read implements [Source].
func (m *mboxes) Read(ctx context.Context, _ Folder, messages []Message, take func(int, io.Reader, error) error) error {
	return m.read(ctx, messages, take)
}

// mboxTarget writes an mboxrd for each folder.
type mboxTarget struct {
	tree
	f *os.File
}

// Folder implements [Target].
func (t *mboxTarget) Folder(f Folder) (err error) {
	if err := t.Close(); err != nil {
		return err
	}
	var parts []string
	for i, p := range f.Path {
		p = fileName(p)
		if i < len(f.Path)-1 {
			p += ".sbd"
		}
		parts = append(parts, p)
	}
	name := filepath.Join(t.root, t.free(filepath.Join(parts...)))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if t.f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	return writeNote(name+".json", t.noteOf(f))
}

// Close implements [Target].
func (t *mboxTarget) Close() error {
	if t.f == nil {
		return nil
	}
	err := errors.Join(t.f.Sync(), t.f.Close())
	t.f = nil
	return err
}

// keywordsText are the keywords that other programs can read: those without spaces.
func keywordsText(all []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(all), func(k string) bool { return strings.ContainsAny(k, " \t") }), " ")
}
