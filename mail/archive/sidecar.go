package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// folderFile, in a folder that was exported here, has the folder's path and role.
const folderFile = "gannet.json"

// folderNote is what a folder file holds.
type folderNote struct {
	Path  []string   `json:"path"`
	Role  store.Role `json:"role,omitempty"`
	Exact bool       `json:"exact,omitempty"` // messages have the bytes of the store: line ends are left alone
}

// markNote is what is kept of a message beside its bytes.
type markNote struct {
	Flags    []string  `json:"flags"`
	Keywords []string  `json:"keywords"`
	Received time.Time `json:"received"`
}

func noteOf(m Message) markNote {
	n := markNote{Flags: FlagNames(m.Flags), Keywords: m.Keywords, Received: m.Received.UTC()}
	if n.Keywords == nil {
		n.Keywords = []string{}
	}
	return n
}

// apply sets what the note says of m. Keywords are taken as they are: the store wrote them.
func (n markNote) apply(m *Message) {
	m.Flags, _ = Marks(n.Flags)
	m.Keywords, m.Received = n.Keywords, n.Received
}

func writeNote(name string, note any) error {
	text, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
}

// tree is what the targets share: a folder of files, names in which each is used once.
type tree struct {
	root string
	ends LineEnds
	used map[string]bool
}

func (t *tree) noteOf(f Folder) folderNote {
	return folderNote{Path: f.Path, Role: f.Role, Exact: t.ends != AsLF}
}

// free returns a file name for a folder's path that no other has.
func (t *tree) free(name string) string {
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try += "~" + strconv.Itoa(n)
		}
		if lower := strings.ToLower(try); !t.used[lower] { // some file systems ignore case
			t.used[lower] = true
			return try
		}
	}
}

// fileName makes a name of a folder's that every file system takes.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimRight(name, " ."), ".")
	if len(name) > 180 {
		name = strings.ToValidUTF8(name[:180], "")
	}
	if name == "" {
		return "_"
	}
	return name
}

// writeMessage writes a new file with a message's bytes and the date of its arrival. When that fails, no file stays.
func writeMessage(name string, ends LineEnds, received time.Time, r io.Reader) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	_, err = io.Copy(f, lineEnds{way: ends}.reader(r))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if received.IsZero() {
		return nil
	}
	return os.Chtimes(name, received, received)
}
