package wire

import (
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Note is a note as a device sees it. MS-ASNOTE.
type Note struct {
	Subject    string
	Body       *Body
	Class      string    // MessageClass; empty: IPM.StickyNote
	Modified   time.Time // LastModifiedDate
	Categories []string
}

// stickyNote is the MessageClass of notes, and how those of their kind begin.
const stickyNote = "IPM.StickyNote"

// Write writes the note as children of the element that is open.
func (n *Note) Write(e *wbxml.Encoder, version uint8) {
	e.Elem(wbxml.NotesSubject, n.Subject)
	n.Body.Write(e, version)
	class := n.Class
	if class == "" {
		class = stickyNote
	}
	e.Elem(wbxml.NotesMessageClass, class)
	if !n.Modified.IsZero() {
		e.Elem(wbxml.NotesLastModifiedDate, FormatCompact(n.Modified))
	}
	elemList(e, wbxml.NotesCategories, wbxml.NotesCategory, &n.Categories)
}

// NoteChange is what a device says of a note: nil is not said. Its Body is in [SyncCommand].
type NoteChange struct {
	Subject    *string
	Class      *string
	Categories *[]string
}

// ReadNote reads what a device says of a note. The error says which value cannot be: the item gets status 6.
func ReadNote(list []Property) (n NoteChange, err error) {
	for i := range list {
		switch p := &list[i]; p.Tag {
		case wbxml.NotesSubject:
			n.Subject = &p.Text
		case wbxml.NotesMessageClass:
			class := strings.TrimSpace(p.Text)
			if !strings.EqualFold(class, stickyNote) && !strings.HasPrefix(strings.ToLower(class), "ipm.stickynote.") {
				return n, &ValueError{p.Tag, "not a note"}
			}
			n.Class = &class
		case wbxml.NotesCategories:
			n.Categories, err = p.texts(wbxml.NotesCategory)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
