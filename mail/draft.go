package mail

import (
	"bufio"
	"io"
	"strings"
	"time"
)

// A DraftEdit says what becomes of a draft. What is nil stays as it is.
type DraftEdit struct {
	To, Cc, Bcc, ReplyTo *string // addresses, commas or semicolons between; empty: none
	Subject              *string
	Importance           *Importance
	Text                 *DraftText
	Remove               []*Part // of those that [Summary.Attachments] lists
	Add                  []DraftFile
	Date                 time.Time // zero: Date stays as it is
}

// A DraftText is what a draft says.
type DraftText struct {
	HTML    bool
	Content io.Reader // UTF-8
}

// A DraftFile is a file that is attached to a draft.
type DraftFile struct {
	Name      string
	Type      string // media type as the client says it; empty or unusable: found by the name
	ContentID string // without angle brackets; empty: none
	Location  string // Content-Location; empty: none
	Inline    bool   // shown inside the HTML
	Content   *io.SectionReader
}

// NewDraft writes to w a new message from that mailbox. files are the offsets in it at which the headers of
// the added files begin, in their order: see [Summary.PartAt]. It streams. RFC 5322.
func NewDraft(w io.Writer, from Address, hostname string, e DraftEdit) (files []int64, err error) {
	head := &fields{}
	head.set("From", encodeAddress(from))
	head.edit(e)
	head.set("Message-ID", "<"+NewMessageID(hostname)+">")
	if e.Text == nil {
		e.Text = &DraftText{Content: strings.NewReader("")}
	}
	d := &draftWriter{entityWriter: entityWriter{newCRLFWriter(w)}, edit: e}
	if err := d.rebuild(head, e.Text, nil); err != nil {
		return nil, err
	}
	return d.files, d.out.close()
}

// EditDraft writes to w the draft with the changes. Fields that the edit does not name, threading and
// unknown ones among them, stay to the byte, and so do kept files and a kept text; only line ends become CRLF.
// A new text takes the place of the text in all its forms. files is as for [NewDraft]. A draft without a
// header is [ErrHeader].
func EditDraft(w io.Writer, draft Original, e DraftEdit) (files []int64, err error) {
	whole := io.NewSectionReader(draft.Bytes, 0, draft.Summary.Size)
	head, err := readFields(bufio.NewReaderSize(whole, headerBuffer))
	if err != nil {
		return nil, err
	}
	head.edit(e)
	d := &draftWriter{entityWriter: entityWriter{newCRLFWriter(w)}, old: draft, edit: e}
	if err := d.write(head); err != nil {
		return nil, err
	}
	return d.files, d.out.close()
}

// PartAt returns the part whose header begins at that offset of the message, nil if there is none.
func (s *Summary) PartAt(offset int64) *Part {
	var found *Part
	s.Root.walk(func(p *Part) bool {
		if found == nil && !p.Derived() && p.Header.Offset == offset {
			found = p
		}
		return found == nil
	})
	return found
}

// edit changes the fields that e names.
func (f *fields) edit(e DraftEdit) {
	if !e.Date.IsZero() {
		f.set("Date", e.Date.Format(time.RFC1123Z))
	}
	for _, list := range []struct {
		name string
		text *string
	}{{"To", e.To}, {"Cc", e.Cc}, {"Bcc", e.Bcc}, {"Reply-To", e.ReplyTo}} {
		if list.text != nil {
			f.setOrRemove(list.name, encodeTyped(*list.text))
		}
	}
	if e.Subject != nil {
		f.setOrRemove("Subject", encodeText("Subject", *e.Subject))
	}
	if e.Importance != nil {
		f.setImportance(*e.Importance)
	}
}

func (f *fields) setOrRemove(name, value string) {
	if value == "" {
		f.remove(name)
	} else {
		f.set(name, value)
	}
}

// setImportance says it in the field that most programs read, and in the older one. RFC 2156, section 5.3.4.
func (f *fields) setImportance(i Importance) {
	for _, name := range []string{"Priority", "X-MSMail-Priority", "X-Priority", "Importance"} {
		f.remove(name)
	}
	switch i {
	case ImportanceHigh:
		f.set("Importance", "high")
		f.set("X-Priority", "1")
	case ImportanceLow:
		f.set("Importance", "low")
		f.set("X-Priority", "5")
	}
}

// encodeTyped writes a list of addresses as a person typed them. What is no address yet stays as a name: a
// draft may hold half a word.
func encodeTyped(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	var list []string
	for _, a := range Mailboxes(ParseAddresses(text)) {
		if a.Local == "" || a.Domain == "" {
			list = append(list, encodePhrase(a.Display()))
		} else {
			list = append(list, encodeAddress(a))
		}
	}
	return strings.Join(list, ",\r\n ")
}
