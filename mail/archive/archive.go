package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Form is how mail lies in files.
type Form string

// The forms.
const (
	Maildir Form = "maildir"
	Mbox    Form = "mbox"
	EML     Form = "eml"
)

// Source is a mailbox to read. It is used by one goroutine at a time.
type Source interface {
	// Folders lists the folders, parents before children.
	Folders(ctx context.Context) ([]Folder, error)
	// Messages yields a folder's messages without their bytes, in an order that stays the same. An error
	// ends it.
	Messages(ctx context.Context, f Folder) iter.Seq2[Message, error]
	// Read calls take for each of messages, which came from the same folder, in any order, with its index
	// and either its bytes or the error that keeps them from being read. The reader is valid until take
	// returns; take need not read to its end. An error of take ends it and is returned.
	Read(ctx context.Context, f Folder, messages []Message, take func(i int, r io.Reader, err error) error) error
	// Close frees the source.
	Close() error
}

// Folder is one folder of a source or a target.
type Folder struct {
	Path   []string   // names from the top; empty: the top itself
	Role   store.Role // as the source says; empty: it does not
	Native string     // what the source calls it; unique in it
	Count  int        // of its messages; negative: not known before they are read
	Aside  string     // why it is better left out, unless it is asked for; empty: it is not
}

// String is the folder's path as people read it.
func (f Folder) String() string {
	if len(f.Path) == 0 {
		return "top folder"
	}
	return strings.Join(f.Path, "/")
}

// Message is one message without its bytes.
type Message struct {
	Key      string // the same message has the same key whenever its source is read; unique in its folder
	Name     string // for people to find it: file name, UID or place
	Flags    store.Flags
	Keywords []string
	Received time.Time // zero: not known
	Size     int64     // bytes in the source, about; negative: not known
	Refused  string    // why it cannot or must not be read; empty: it can

	at place
}

// place is where a source finds the bytes again.
type place struct {
	file        string
	offset, end int64
	ends        lineEnds
}

// LineEnds says what becomes of the ends of lines. Unix programs keep messages with LF; on the wire and in our store
// a message has CRLF.
type LineEnds string

// The ways.
const (
	AsLines LineEnds = "crlf" // a message whose first line ends in a bare LF gets CRLF; others stay as they are
	AsIs    LineEnds = "keep" // every byte stays
	AsLF    LineEnds = "lf"   // written for programs that expect LF; not read again without loss
)

// Quoting says how lines that begin with "From " are kept in an mbox.
type Quoting string

// The ways. See [OpenMbox].
const (
	QuotingAuto Quoting = "auto"
	QuotingRD   Quoting = "mboxrd" // one '>' is taken from every ">From ", ">>From " …
	QuotingNone Quoting = "none"   // lines stay as they are
)

// Options say how to read.
type Options struct {
	LineEnds LineEnds // AsLines (also when empty) or AsIs
	Quoting  Quoting  // of mbox; empty: auto
}

// Open opens a source in files: a folder, or for mbox and eml also a single file.
func Open(form Form, path string, o Options) (Source, error) {
	switch form {
	case Maildir:
		return openMaildir(path, o)
	case Mbox:
		return openMbox(path, o)
	case EML:
		return openEML(path, o)
	}
	return nil, fmt.Errorf("form %q: %w", form, store.Invalid)
}

// Target takes what is exported. It is used by one goroutine at a time.
type Target interface {
	// Folder begins a folder; what follows goes into it.
	Folder(f Folder) error
	// Message adds a message to the folder. id tells messages of a folder apart. When reading or writing its bytes
	// fails, nothing of it stays.
	Message(m Message, id string, r io.Reader) error
	// Close ends the last folder. What was written is complete then.
	Close() error
}

// NewTarget makes an empty folder at path, where nothing may be yet, and writes into it.
func NewTarget(form Form, path string, ends LineEnds) (Target, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = os.MkdirAll(path, 0o700)
	case err == nil && len(entries) > 0:
		return nil, fmt.Errorf("%s is not empty; name a new folder: %w", path, store.Exists)
	}
	if err != nil {
		return nil, err
	}
	base := tree{root: path, ends: ends, used: map[string]bool{}}
	switch form {
	case Maildir:
		return &maildirTarget{tree: base}, nil
	case Mbox:
		return &mboxTarget{tree: base}, nil
	case EML:
		return &emlTarget{tree: base}, nil
	}
	return nil, fmt.Errorf("form %q: %w", form, store.Invalid)
}

// flagNames are the names of flags in what is written here, RFC 9051 section 2.3.2.
var flagNames = []struct {
	flag store.Flags
	name string
}{
	{store.Seen, `\Seen`}, {store.Answered, `\Answered`}, {store.Flagged, `\Flagged`}, {store.Deleted, `\Deleted`},
	{store.Draft, `\Draft`}, {store.Forwarded, "$Forwarded"}, {store.MDNSent, "$MDNSent"},
}

// FlagNames are the names of flags, those of IMAP.
func FlagNames(f store.Flags) []string {
	names := []string{}
	for _, n := range flagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// Marks are the flags and keywords that names stand for: system flags in any case, unknown ones with a backslash left
// out, everything else keywords.
func Marks(names []string) (flags store.Flags, keywords []string) {
next:
	for _, name := range names {
		for _, n := range flagNames {
			if strings.EqualFold(name, n.name) {
				flags |= n.flag
				continue next
			}
		}
		switch {
		case strings.EqualFold(name, "Forwarded"), strings.EqualFold(name, "$Forward"):
			flags |= store.Forwarded
		case name == "", name[0] == '\\', len(name) > maxKeyword:
		case !slices.ContainsFunc(keywords, func(k string) bool { return strings.EqualFold(k, name) }):
			keywords = append(keywords, name)
		}
	}
	return flags, keywords
}

// maxKeyword is how long a keyword may be, in bytes.
const maxKeyword = 255
