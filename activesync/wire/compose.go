package wire

import (
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// ComposeRequest is a request of SendMail, SmartReply or SmartForward without its message. MS-ASCMD,
// SendMail, SmartReply, SmartForward.
type ComposeRequest struct {
	ClientID   string // names the request, so that a repetition is known; empty: missing
	AccountID  string // empty: the account itself
	SaveInSent bool
	Replace    bool // ReplaceMime: the message is complete, nothing of the source is added
	Source     Source
	HasMIME    bool
	Template   bool // TemplateID: rights management is wanted
	Forwardees bool // Forwardees or Body: a calendar item is to be forwarded by the server
	ForwardTo  []Forwardee
	Text       string // Body: what is said to them
	TextHTML   bool
}

// A Forwardee is somebody to whom a calendar item is forwarded. MS-ASCMD, Forwardee.
type Forwardee struct {
	Email, Name string // Name may be empty
}

// maxForwardees bounds to how many one request may forward.
const maxForwardees = 1000

// Source is the item that is answered or forwarded: by folder and item, or by LongID alone.
type Source struct {
	FolderID, ItemID, LongID, InstanceID string
}

// Given reports whether anything names an item.
func (s Source) Given() bool { return s.ItemID != "" || s.LongID != "" }

const maxLongID = 1024 // bytes; the schema says 256 characters

// ReadCompose reads a request and copies the message to mime as it arrives. Which of the three it is the
// root must agree with. One without a message is read too: the later versions know such.
func ReadCompose(body io.Reader, root wbxml.Tag, mime io.Writer) (ComposeRequest, error) {
	var q ComposeRequest
	r, _, err := newReader(body, root)
	if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error { return r.composeField(&q, tag, mime) })
	return q, err
}

func (r *reader) composeField(q *ComposeRequest, tag wbxml.Tag, mime io.Writer) error {
	switch tag {
	case wbxml.ComposeMailClientId:
		return r.short(&q.ClientID, maxID)
	case wbxml.ComposeMailAccountId:
		return r.short(&q.AccountID, maxID)
	case wbxml.ComposeMailSaveInSentItems:
		return r.flag(&q.SaveInSent)
	case wbxml.ComposeMailReplaceMime:
		return r.flag(&q.Replace)
	case wbxml.ComposeMailSource:
		return r.each(func(tag wbxml.Tag) error { return r.sourceField(&q.Source, tag) })
	case wbxml.ComposeMailMime:
		if q.HasMIME {
			return r.fail("a second message")
		}
		n, err := r.content(mime)
		q.HasMIME = n > 0
		return err
	case wbxml.RightsManagementTemplateID:
		q.Template = true
	case wbxml.ComposeMailForwardees:
		q.Forwardees = true
		return r.each(func(tag wbxml.Tag) error { return r.forwardee(q, tag) })
	case wbxml.AirSyncBaseBody:
		var said MeetingAnswer
		err := r.comment(&said)
		q.Forwardees, q.Text, q.TextHTML = true, said.Comment, said.CommentHTML
		return err
	}
	return nil
}

func (r *reader) forwardee(q *ComposeRequest, tag wbxml.Tag) error {
	if tag != wbxml.ComposeMailForwardee {
		return nil
	}
	if len(q.ForwardTo) == maxForwardees {
		return r.fail("too many forwardees")
	}
	var f Forwardee
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ComposeMailEmail:
			return r.short(&f.Email, MaxText)
		case wbxml.ComposeMailName:
			return r.short(&f.Name, MaxText)
		}
		return nil
	})
	q.ForwardTo = append(q.ForwardTo, f)
	return err
}

func (r *reader) sourceField(s *Source, tag wbxml.Tag) error {
	switch tag {
	case wbxml.ComposeMailFolderId:
		return r.short(&s.FolderID, maxID)
	case wbxml.ComposeMailItemId:
		return r.short(&s.ItemID, maxID)
	case wbxml.ComposeMailLongId:
		return r.short(&s.LongID, maxLongID)
	case wbxml.ComposeMailInstanceId:
		return r.short(&s.InstanceID, maxID)
	}
	return nil
}
