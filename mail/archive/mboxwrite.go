package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/store"
)

// Message implements [Target]. The mark is written before the bytes and says how they end, so their last bytes are
// held back until it is known: the place of the mark is overwritten.
func (t *mboxTarget) Message(m Message, id string, r io.Reader) error {
	start, err := t.f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if err := t.write(start, m, id, r); err != nil {
		_, seeking := t.f.Seek(start, io.SeekStart)
		return errors.Join(err, t.f.Truncate(start), seeking)
	}
	return nil
}

func (t *mboxTarget) write(start int64, m Message, id string, r io.Reader) error {
	// Both heads have the same length: whether the message is open is one or the other of two words.
	head, err := t.head(m, id, 0)
	if err != nil {
		return err
	}
	last := &tail{r: lineEnds{way: t.ends}.reader(r)}
	w := bufio.NewWriterSize(t.f, 64<<10)
	if _, err := w.WriteString(head); err != nil {
		return err
	}
	if _, err := io.Copy(w, &lineReader{r: last, change: quoteFrom}); err != nil {
		return err
	}
	end := "\n"
	if last.open() {
		end = "\n\n"
	}
	if _, err := w.WriteString(end); err != nil {
		return err
	}
	if err := w.Flush(); err != nil || !last.open() {
		return err
	}
	if head, err = t.head(m, id, 1); err != nil {
		return err
	}
	_, err = t.f.WriteAt([]byte(head), start)
	return err
}

// head is the From_ line and our own fields.
func (t *mboxTarget) head(m Message, id string, open int64) (string, error) {
	mark, err := json.Marshal(ownMark{markNote: noteOf(m), ID: id, Open: open, Exact: t.ends != AsLF})
	if err != nil {
		return "", fmt.Errorf("mark: %w", err)
	}
	status, more := "O", ""
	for _, l := range []struct {
		flag   store.Flags
		letter string
	}{{store.Answered, "A"}, {store.Flagged, "F"}, {store.Deleted, "D"}, {store.Draft, "T"}} {
		if m.Flags&l.flag != 0 {
			more += l.letter
		}
	}
	if m.Flags&store.Seen != 0 {
		status = "RO"
	}
	return fmt.Sprintf("From MAILER-DAEMON %s\n%s: %s\nStatus: %s\nX-Status: %s\nX-Keywords: %s\n",
		m.Received.UTC().Format("Mon Jan _2 15:04:05 2006"), ownField, mark, status, more, keywordsText(m.Keywords)), nil
}

// quoteFrom puts a '>' before "From ", ">From " and so on.
func quoteFrom(line []byte, starts bool) []byte {
	if starts && (isQuotedFrom(line) || len(line) >= len(fromPrefix) && string(line[:len(fromPrefix)]) == string(fromPrefix)) {
		return append([]byte{'>'}, line...)
	}
	return line
}

// tail remembers the last byte that was read.
type tail struct {
	r    io.Reader
	last byte
}

// Read implements io.Reader.
func (t *tail) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.last = p[n-1]
	}
	return n, err
}

// open reports whether the last line has no end.
func (t *tail) open() bool { return t.last != '\n' }
