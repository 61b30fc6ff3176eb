package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// maildir is a folder of Maildirs: Maildir++ (".Sent", ".A.B" beside the inbox's cur and new) or nested folders, each
// with cur and new.
type maildir struct {
	files
	options Options
}

func openMaildir(root string, o Options) (Source, error) {
	f, err := openFiles(root)
	if err != nil {
		return nil, err
	}
	if f.single != "" {
		return nil, errors.Join(fmt.Errorf("%s is no folder: %w", root, store.Invalid), f.Close())
	}
	return &maildir{f, o}, nil
}

// isMaildir reports whether a folder holds messages.
func (m *maildir) isMaildir(dir string) bool {
	return m.isDir(filepath.Join(dir, "cur")) || m.isDir(filepath.Join(dir, "new"))
}

// Folders implements [Source].
func (m *maildir) Folders(context.Context) ([]Folder, error) {
	dirs, err := m.dirs(func(rel string) bool {
		base := filepath.Base(rel)
		return base != "cur" && base != "new" && base != "tmp"
	})
	if err != nil {
		return nil, fmt.Errorf("maildir: %w", err)
	}
	var folders []Folder
	for _, rel := range dirs {
		if !m.isMaildir(rel) {
			continue
		}
		f := Folder{Path: maildirPath(rel), Native: rel, Count: m.count(rel)}
		if note, ok := m.folderNote(filepath.Join(rel, folderFile)); ok {
			f.Path, f.Role = note.Path, note.Role
		}
		folders = append(folders, f)
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s has no folder with cur or new in it: %w", m.name, store.NotFound)
	}
	return folders, nil
}

// maildirPath makes a path of a folder's place below the root.
func maildirPath(rel string) []string {
	if rel == "." {
		return []string{"INBOX"}
	}
	var path []string
	for _, dir := range strings.Split(filepath.ToSlash(rel), "/") {
		if name, ok := strings.CutPrefix(dir, "."); ok { // Maildir++
			for _, part := range strings.Split(name, ".") {
				path = append(path, decodeName(part))
			}
			continue
		}
		path = append(path, decodeName(dir))
	}
	return path
}

func (m *maildir) count(dir string) (n int) {
	for _, sub := range []string{"cur", "new"} {
		err := m.eachName(context.Background(), filepath.Join(dir, sub), func(name string) {
			if maildirKey(name) != "" {
				n++
			}
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return -1
		}
	}
	return n
}

// maildirKey is the part of a file name that does not change when marks do; empty: no message.
func maildirKey(name string) string {
	if strings.HasPrefix(name, ".") {
		return ""
	}
	key, _ := cutInfo(name)
	return key
}

// exportedOrder is a key that puts the messages of a folder that was exported here in the order that they had.
func exportedOrder(name string) string {
	key := maildirKey(name)
	if _, id, ok := strings.Cut(key, "Q"); ok {
		return id + " " + key
	}
	return key
}

// cutInfo cuts ":2,FRS" from a name; some file systems take other characters than ':'.
func cutInfo(name string) (key, flags string) {
	for _, sep := range []string{":2,", ";2,", "!2,", "\uf0222,"} {
		if key, flags, ok := strings.Cut(name, sep); ok {
			return key, flags
		}
	}
	return name, ""
}

// Messages implements [Source].
func (m *maildir) Messages(ctx context.Context, f Folder) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		dir := f.Native
		keywords := m.dovecotKeywords(filepath.Join(dir, dovecotKeywords))
		ends := lineEnds{way: m.options.LineEnds}
		order := maildirKey
		if note, ok := m.folderNote(filepath.Join(dir, folderFile)); ok {
			order = exportedOrder
			if note.Exact {
				ends.way = AsIs
			}
		}
		dirs := []string{filepath.Join(dir, "cur"), filepath.Join(dir, "new")}
		for n, err := range sortedNames(ctx, m.files, dirs, window, order) {
			if err != nil {
				yield(Message{}, fmt.Errorf("maildir: %w", err))
				return
			}
			msg, there := m.message(dir, filepath.Join(dirs[n.dir], n.name), n, keywords)
			msg.at.ends = ends
			if there && !yield(msg, nil) {
				return
			}
		}
	}
}

// message describes the message in a file; false when there is none.
func (m *maildir) message(dir, file string, n dirName, keywords map[byte]string) (Message, bool) {
	msg := Message{Key: n.key, Name: n.name, Size: -1, at: place{file: file}}
	info, err := m.stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist): // its marks changed just now, or it is gone: the next run finds it
		msg.Refused = errMoved.Error()
		return msg, true
	case err != nil && info != nil && info.IsDir():
		return msg, false
	case err != nil:
		msg.Refused = err.Error()
		return msg, true
	}
	msg.Size, msg.Received = info.Size(), info.ModTime()
	var note markNote
	if m.note(filepath.Join(dir, marksDir, maildirKey(n.name)+".json"), &note) {
		note.apply(&msg)
		return msg, true
	}
	_, letters := cutInfo(n.name)
	msg.Flags, msg.Keywords = maildirMarks(letters, keywords)
	return msg, true
}

// maildirLetters are the letters of flags. P is "passed": resent, forwarded or bounced.
var maildirLetters = []struct {
	letter byte
	flag   store.Flags
}{
	{'D', store.Draft}, {'F', store.Flagged}, {'P', store.Forwarded}, {'R', store.Answered}, {'S', store.Seen}, {'T', store.Deleted},
}

func maildirMarks(letters string, keywords map[byte]string) (store.Flags, []string) {
	var names []string
	var flags store.Flags
	for i := range len(letters) {
		for _, l := range maildirLetters {
			if l.letter == letters[i] {
				flags |= l.flag
			}
		}
		if name := keywords[letters[i]]; name != "" {
			names = append(names, name)
		}
	}
	more, kept := Marks(names)
	return flags | more, kept
}

// dovecotKeywords is Dovecot's file with the names of the letters a to z: lines such as "0 $Label1".
const dovecotKeywords = "dovecot-keywords"

func (m *maildir) dovecotKeywords(name string) map[byte]string {
	keywords := map[byte]string{}
	f, err := m.open(name)
	if err != nil {
		return keywords
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxNote))
	for lines.Scan() {
		number, keyword, _ := strings.Cut(lines.Text(), " ")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < 26 {
			keywords['a'+byte(n)] = keyword
		}
	}
	return keywords
}

// Read implements [Source].
func (m *maildir) Read(ctx context.Context, _ Folder, messages []Message, take func(int, io.Reader, error) error) error {
	return m.read(ctx, messages, take)
}

// maildirTarget writes Maildir++.
type maildirTarget struct {
	tree
	dir     string
	letters []string // keywords of the letters from a on
}

// marksDir, in a Maildir, has the marks that its file names have no place for.
const marksDir = "gannet-marks"

// Folder implements [Target].
func (t *maildirTarget) Folder(f Folder) error {
	if err := t.Close(); err != nil {
		return err
	}
	name := ""
	if f.Role != store.Inbox {
		var parts []string
		for _, p := range f.Path {
			parts = append(parts, strings.ReplaceAll(encodeName(fileName(p)), ".", "_"))
		}
		name = t.free("." + strings.Join(parts, "."))
	}
	t.dir, t.letters = filepath.Join(t.root, name), nil
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(t.dir, sub), 0o700); err != nil {
			return err
		}
	}
	if name != "" {
		if err := os.WriteFile(filepath.Join(t.dir, "maildirfolder"), nil, 0o600); err != nil {
			return err
		}
	}
	return writeNote(filepath.Join(t.dir, folderFile), t.noteOf(f))
}

// Message implements [Target].
func (t *maildirTarget) Message(m Message, id string, r io.Reader) error {
	key := fmt.Sprintf("%010d.M%06dQ%s.gannet", m.Received.Unix(), m.Received.Nanosecond()/1000, id)
	letters, whole := t.info(m)
	if !whole {
		dir := filepath.Join(t.dir, marksDir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := writeNote(filepath.Join(dir, key+".json"), noteOf(m)); err != nil {
			return err
		}
	}
	tmp := filepath.Join(t.dir, "tmp", key)
	if err := writeMessage(tmp, t.ends, m.Received, r); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(t.dir, "cur", key+":2,"+letters))
}

// info returns the letters of a message's marks, in order, and whether they say all.
func (t *maildirTarget) info(m Message) (letters string, whole bool) {
	whole = m.Flags&store.MDNSent == 0
	for _, l := range maildirLetters {
		if m.Flags&l.flag != 0 {
			letters += string(l.letter)
		}
	}
	var small []byte
	for _, k := range m.Keywords {
		if flags, kept := Marks([]string{k}); flags != 0 || len(kept) != 1 {
			whole = false // it would be read as a flag
			continue
		}
		i := slices.Index(t.letters, k)
		if i < 0 && len(t.letters) < 26 {
			i = len(t.letters)
			t.letters = append(t.letters, k)
		}
		if i >= 0 {
			small = append(small, 'a'+byte(i))
		} else {
			whole = false
		}
	}
	slices.Sort(small)
	return letters + string(small), whole
}

// Close implements [Target].
func (t *maildirTarget) Close() error {
	if t.dir == "" || len(t.letters) == 0 {
		return nil
	}
	var text strings.Builder
	for i, k := range t.letters {
		fmt.Fprintf(&text, "%d %s\n", i, k)
	}
	return os.WriteFile(filepath.Join(t.dir, dovecotKeywords), []byte(text.String()), 0o600)
}
