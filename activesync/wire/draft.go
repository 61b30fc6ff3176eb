package wire

import (
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// maxContents is how many bodies and files one request may bring.
const maxContents = 500

// A Content is something that a request brought and that is too long to be kept in it.
type Content struct {
	Index int    `json:"-"` // as the [Contents] counts
	Sum   string // names what it says
	Size  int64  // bytes
}

// Contents keeps what is too long for memory while the rest of a request is read. It is called once for each
// body and file, and reads it to its end. nil passes them over.
type Contents func(r io.Reader) (Content, error)

// DraftChange is what a device says of a draft: nil is not said. MS-ASEMAIL; MS-ASAIRS, Add, Delete.
type DraftChange struct {
	To, Cc, Bcc, ReplyTo, Subject *string    `json:",omitempty"` // empty: to be taken away
	Importance                    *int       `json:",omitempty"` // 0 low, 1 normal, 2 high
	Body                          *DraftBody `json:",omitempty"`
	Add                           []DraftFile
	Delete                        []string // FileReferences
	Send                          bool
	Invalid                       string // what is wrong with a value: the item gets status 6
}

// DraftBody is the text of a draft, or with [BodyMIME] all of it.
type DraftBody struct {
	Type    int
	Content Content
}

// DraftFile is a file that a device attaches.
type DraftFile struct {
	ClientID    string
	Name        string
	ContentType string
	ContentID   string
	Location    string
	Method      int // 1 file, 5 message; 0: not said
	Inline      bool
	Content     Content
}

// said reports whether anything is said of the draft.
func (d *DraftChange) said() bool {
	return d.To != nil || d.Cc != nil || d.Bcc != nil || d.ReplyTo != nil || d.Subject != nil || d.Importance != nil ||
		d.Body != nil || len(d.Add)+len(d.Delete) > 0 || d.Send || d.Invalid != ""
}

// draft returns where to keep what is said of a draft.
func (c *EmailChange) draft() *DraftChange {
	if c.Draft == nil {
		c.Draft = &DraftChange{}
	}
	return c.Draft
}

// draftField reads a property that only drafts have.
func (r *reader) draftField(c *EmailChange, tag wbxml.Tag) error {
	d := c.draft()
	texts := map[wbxml.Tag]**string{
		wbxml.EmailTo: &d.To, wbxml.EmailCc: &d.Cc, wbxml.Email2Bcc: &d.Bcc,
		wbxml.EmailReplyTo: &d.ReplyTo, wbxml.EmailSubject: &d.Subject,
	}
	if into := texts[tag]; into != nil {
		*into = new(string)
		return r.text(*into)
	}
	switch tag {
	case wbxml.EmailImportance:
		return r.importance(c)
	case wbxml.AirSyncBaseBody:
		return r.draftBody(c)
	case wbxml.AirSyncBaseAttachments:
		return r.each(func(tag wbxml.Tag) error {
			switch tag {
			case wbxml.AirSyncBaseAdd:
				return r.draftFile(d)
			case wbxml.AirSyncBaseDelete:
				return r.each(func(tag wbxml.Tag) error { return r.draftDelete(d, tag) })
			}
			return nil
		})
	case wbxml.Email2Send:
		return r.flag(&d.Send)
	}
	return nil
}

func (r *reader) importance(c *EmailChange) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	n := strings.Index("012", strings.TrimSpace(s))
	if n < 0 || len(strings.TrimSpace(s)) != 1 {
		c.Draft.Invalid = "Importance is none of 0, 1, 2"
		return nil
	}
	c.Draft.Importance = &n
	return nil
}

// draftBody reads a Body. One without Data says nothing.
func (r *reader) draftBody(c *EmailChange) error {
	var b DraftBody
	has := false
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncBaseType:
			return r.number(&b.Type)
		case wbxml.AirSyncBaseData:
			has = true
			return r.keep(&b.Content)
		}
		return nil
	})
	if err != nil || !has {
		return err
	}
	if b.Type != BodyText && b.Type != BodyHTML && b.Type != BodyMIME {
		c.Draft.Invalid = fmt.Sprintf("a body of type %d", b.Type)
		return nil
	}
	c.Draft.Body = &b
	return nil
}

// draftFile reads an Add. One without Content, as iOS has been seen to send, is none.
func (r *reader) draftFile(d *DraftChange) error {
	var f DraftFile
	has := false
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncBaseClientId:
			return r.short(&f.ClientID, maxKey)
		case wbxml.AirSyncBaseDisplayName:
			return r.short(&f.Name, 1024)
		case wbxml.AirSyncBaseContentType:
			return r.short(&f.ContentType, 1024)
		case wbxml.AirSyncBaseContentId:
			return r.short(&f.ContentID, 1024)
		case wbxml.AirSyncBaseContentLocation:
			return r.short(&f.Location, 1024)
		case wbxml.AirSyncBaseMethod:
			return r.number(&f.Method)
		case wbxml.AirSyncBaseIsInline:
			return r.flag(&f.Inline)
		case wbxml.AirSyncBaseContent:
			has = true
			return r.keep(&f.Content)
		}
		return nil
	})
	if err == nil && has {
		d.Add = append(d.Add, f)
	}
	return err
}

func (r *reader) draftDelete(d *DraftChange, tag wbxml.Tag) error {
	if tag != wbxml.AirSyncBaseFileReference {
		return nil
	}
	var reference string
	err := r.short(&reference, 1024)
	if len(d.Delete) >= maxContents {
		return r.fail("too many files to delete")
	}
	d.Delete = append(d.Delete, reference)
	return err
}

// keep hands on what the innermost open element holds, and leaves it.
func (r *reader) keep(into *Content) error {
	if r.contents == nil {
		return nil
	}
	if r.kept++; r.kept > maxContents {
		return r.fail("too many bodies and files")
	}
	content := r.d.Content()
	var err error
	if *into, err = r.contents(content); err != nil {
		return err
	}
	if _, err = io.Copy(io.Discard, content); err == nil {
		r.depth--
	}
	return err
}

// DraftAnswer is what a device is told of a draft that it made or changed. MS-ASCMD, ApplicationData (Responses).
type DraftAnswer struct {
	ConversationID    []byte // empty: left out, with the index
	ConversationIndex []byte
	Files             []FileAnswer
}

// FileAnswer is what a file is called that a device has attached.
type FileAnswer struct {
	ClientID, Reference string
}

// Write writes the answer as children of the element that is open.
func (a *DraftAnswer) Write(e *wbxml.Encoder) {
	if len(a.Files) > 0 {
		e.Start(wbxml.AirSyncBaseAttachments)
		for _, f := range a.Files {
			e.Start(wbxml.AirSyncBaseAttachment)
			e.Elem(wbxml.AirSyncBaseClientId, f.ClientID)
			e.Elem(wbxml.AirSyncBaseFileReference, f.Reference)
			e.End()
		}
		e.End()
	}
	if len(a.ConversationID) == 0 {
		return
	}
	e.Start(wbxml.Email2ConversationId)
	e.Opaque(a.ConversationID)
	e.End()
	e.Start(wbxml.Email2ConversationIndex)
	e.Opaque(a.ConversationIndex)
	e.End()
}
