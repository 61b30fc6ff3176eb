package wire

import (
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// FindRequest asks a mailbox or the address list for what meets a query. MS-ASCMD, Find.
type FindRequest struct {
	SearchID     string // of the client's making, the same for all pages of a search
	Directory    bool   // GalSearchCriterion: Text is the beginning of names
	Text         string // FreeText, or the query of the address list
	Class        string
	CollectionID string
	Range        string // "m-n", zero-based, both included; empty: absent
	Deep         bool   // DeepTraversal
	Picture      *PictureRequest
}

// ReadFind reads a request.
func ReadFind(body io.Reader) (FindRequest, error) {
	var q FindRequest
	r, _, err := newReader(body, wbxml.FindFind)
	if err != nil {
		return q, err
	}
	criteria := 0
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.FindSearchId:
			return r.short(&q.SearchID, maxKey)
		case wbxml.FindExecuteSearch:
			return r.each(func(tag wbxml.Tag) error {
				switch tag {
				case wbxml.FindMailBoxSearchCriterion, wbxml.FindGalSearchCriterion:
					criteria++
					q.Directory = tag == wbxml.FindGalSearchCriterion
					return r.findCriterion(&q)
				}
				return nil
			})
		}
		return nil
	})
	if err == nil && criteria != 1 {
		err = r.fail("not one criterion")
	}
	return q, err
}

func (r *reader) findCriterion(q *FindRequest) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.FindQuery:
			if q.Directory {
				return r.text(&q.Text)
			}
			return r.each(func(tag wbxml.Tag) error { return r.findQuery(q, tag) })
		case wbxml.FindOptions:
			return r.each(func(tag wbxml.Tag) error { return r.findOption(q, tag) })
		}
		return nil
	})
}

func (r *reader) findQuery(q *FindRequest, tag wbxml.Tag) error {
	switch tag {
	case wbxml.FindFreeText:
		return r.text(&q.Text)
	case wbxml.AirSyncClass:
		return r.short(&q.Class, maxKey)
	case wbxml.AirSyncCollectionId:
		return r.short(&q.CollectionID, maxKey)
	}
	return nil
}

func (r *reader) findOption(q *FindRequest, tag wbxml.Tag) error {
	switch tag {
	case wbxml.FindRange:
		return r.short(&q.Range, maxKey)
	case wbxml.FindDeepTraversal:
		return r.flag(&q.Deep)
	case wbxml.FindPicture:
		q.Picture = &PictureRequest{-1, -1}
		return r.pictureRequest(q.Picture, wbxml.FindMaxSize, wbxml.FindMaxPictures)
	}
	return nil
}

// FoundMessage is what Find says of a message. MS-ASCMD, Properties (Find).
type FoundMessage struct {
	*Email
	DisplayCc, DisplayBcc string // names, semicolons between
	Preview               string
	HasAttachments        bool
}

// A FindWriter writes the answer to a Find, result by result.
type FindWriter struct{ e *wbxml.Encoder }

// NewFindWriter opens an answer with the status of its search.
func NewFindWriter(e *wbxml.Encoder, status int) *FindWriter {
	e.Start(wbxml.FindFind)
	elemInt(e, wbxml.FindStatus, 1)
	e.Start(wbxml.FindResponse)
	e.Elem(wbxml.ItemOperationsStore, "Mailbox") // of the address list too: clients know no other
	elemInt(e, wbxml.FindStatus, status)
	return &FindWriter{e}
}

// Message writes a message that was found.
func (w *FindWriter) Message(serverID, collectionID string, m *FoundMessage) {
	e := w.e
	e.Start(wbxml.FindResult)
	e.Elem(wbxml.AirSyncClass, "Email")
	e.Elem(wbxml.AirSyncServerId, serverID)
	e.Elem(wbxml.AirSyncCollectionId, collectionID)
	e.Start(wbxml.FindProperties)
	elemText(e, wbxml.EmailSubject, m.Subject)
	e.Elem(wbxml.EmailDateReceived, FormatTime(m.DateReceived))
	elemText(e, wbxml.EmailDisplayTo, m.DisplayTo)
	elemText(e, wbxml.FindDisplayCc, m.DisplayCc)
	elemText(e, wbxml.FindDisplayBcc, m.DisplayBcc)
	elemInt(e, wbxml.EmailImportance, m.Importance)
	elemBool(e, wbxml.EmailRead, m.Marks.Read)
	elemBool(e, wbxml.Email2IsDraft, m.IsDraft)
	elemText(e, wbxml.FindPreview, m.Preview)
	elemBool(e, wbxml.FindHasAttachments, m.HasAttachments)
	elemText(e, wbxml.EmailFrom, m.From)
	e.End()
	e.End()
}

// Person writes somebody who was found.
func (w *FindWriter) Person(p *DirectoryEntry) {
	w.e.Start(wbxml.FindResult)
	w.e.Start(wbxml.FindProperties)
	p.Write(w.e)
	w.e.End()
	w.e.End()
}

// Range says which results these are, of how many; without results it is left out.
func (w *FindWriter) Range(first, count, total int) {
	if count > 0 {
		w.e.Elem(wbxml.FindRange, resultRange(first, count))
		elemInt(w.e, wbxml.FindTotal, total)
	}
}

// Close ends the answer.
func (w *FindWriter) Close() {
	w.e.End()
	w.e.End()
}
