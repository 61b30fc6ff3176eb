package wire

import (
	"io"
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxOperations is how many operations one ItemOperations may have.
const MaxOperations = 100

// An Operation is one part of a request of ItemOperations: exactly one field is set. MS-ASCMD,
// ItemOperations.
type Operation struct {
	Fetch *FetchOperation
	Empty *EmptyOperation
	Move  *MoveConversation
}

// FetchOperation asks for an item, or for one of its files.
type FetchOperation struct {
	Store         string // "Mailbox" or "DocumentLibrary", in any case
	CollectionID  string
	ServerID      string
	LongID        string
	LinkID        string
	FileReference string
	HasFile       bool // FileReference was there, perhaps empty
	HasLink       bool
	Range         string      // "m-n"; empty: not asked for
	Schema        []wbxml.Tag // the properties wanted; empty: all
	Options       *Options    // nil: absent
}

// EmptyOperation removes what a folder holds.
type EmptyOperation struct {
	CollectionID string
	SubFolders   bool
}

// MoveConversation moves a conversation, and with Always what will come to it.
type MoveConversation struct {
	ConversationID []byte
	DstFldID       string
	Always         bool
}

// ReadItemOperations reads a request. One that asks for more than MaxOperations yields one more than that.
func ReadItemOperations(body io.Reader) ([]Operation, error) {
	var ops []Operation
	r, _, err := newReader(body, wbxml.ItemOperationsItemOperations)
	if err != nil {
		return nil, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		if len(ops) > MaxOperations {
			return nil
		}
		var op Operation
		var err error
		switch tag {
		case wbxml.ItemOperationsFetch:
			op.Fetch = &FetchOperation{}
			err = r.fetch(op.Fetch)
		case wbxml.ItemOperationsEmptyFolderContents:
			op.Empty = &EmptyOperation{}
			err = r.empty(op.Empty)
		case wbxml.ItemOperationsMove:
			op.Move = &MoveConversation{}
			err = r.moveConversation(op.Move)
		default:
			return nil
		}
		ops = append(ops, op)
		return err
	})
	if err == nil && len(ops) == 0 {
		err = r.fail("no operation")
	}
	return ops, err
}

func (r *reader) fetch(f *FetchOperation) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ItemOperationsStore:
			return r.short(&f.Store, 64)
		case wbxml.AirSyncCollectionId:
			return r.short(&f.CollectionID, maxID)
		case wbxml.AirSyncServerId:
			return r.short(&f.ServerID, maxID)
		case wbxml.SearchLongId:
			return r.short(&f.LongID, maxLongID)
		case wbxml.DocumentLibraryLinkId:
			f.HasLink = true
			return r.text(&f.LinkID)
		case wbxml.AirSyncBaseFileReference:
			f.HasFile = true
			return r.short(&f.FileReference, maxLongID)
		case wbxml.ItemOperationsOptions:
			f.Options = &Options{}
			return r.options(f.Options, func(tag wbxml.Tag) error { return r.fetchOption(f, tag) })
		}
		return nil
	})
}

// maxSchema is how many properties a Schema may name.
const maxSchema = 256

func (r *reader) fetchOption(f *FetchOperation, tag wbxml.Tag) error {
	switch tag {
	case wbxml.ItemOperationsRange:
		return r.short(&f.Range, 64)
	case wbxml.ItemOperationsSchema:
		return r.each(func(tag wbxml.Tag) error {
			if len(f.Schema) == maxSchema {
				return r.fail("too many properties")
			}
			f.Schema = append(f.Schema, tag)
			return nil
		})
	}
	return nil
}

func (r *reader) empty(o *EmptyOperation) error {
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncCollectionId:
			return r.short(&o.CollectionID, maxID)
		case wbxml.ItemOperationsOptions:
			return r.each(func(tag wbxml.Tag) error {
				if tag == wbxml.ItemOperationsDeleteSubFolders {
					return r.flag(&o.SubFolders)
				}
				return nil
			})
		}
		return nil
	})
	if err == nil && o.CollectionID == "" {
		err = r.fail("which folder to empty is not said")
	}
	return err
}

func (r *reader) moveConversation(m *MoveConversation) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ItemOperationsConversationId:
			var id string
			err := r.short(&id, maxID)
			m.ConversationID = []byte(id)
			return err
		case wbxml.ItemOperationsDstFldId:
			return r.short(&m.DstFldID, maxID)
		case wbxml.ItemOperationsOptions:
			return r.each(func(tag wbxml.Tag) error {
				if tag == wbxml.ItemOperationsMoveAlways {
					return r.flag(&m.Always)
				}
				return nil
			})
		}
		return nil
	})
}

// An ItemOperationsWriter writes an answer, operation by operation in the order of the request.
type ItemOperationsWriter struct{ e *wbxml.Encoder }

// NewItemOperationsWriter opens an answer.
func NewItemOperationsWriter(e *wbxml.Encoder) *ItemOperationsWriter {
	e.Start(wbxml.ItemOperationsItemOperations)
	e.Elem(wbxml.ItemOperationsStatus, "1")
	e.Start(wbxml.ItemOperationsResponse)
	return &ItemOperationsWriter{e}
}

// Close ends the answer.
func (w *ItemOperationsWriter) Close() {
	w.e.End()
	w.e.End()
}

// FetchHead names what a Fetch has fetched: what the request named it by.
type FetchHead struct {
	Status                                        int
	CollectionID, ServerID, LongID, FileReference string
	LinkID                                        string
	Class                                         string // "Email"; empty: left out
}

// Fetch writes the answer to a Fetch; properties, unless nil, writes what stands in Properties.
func (w *ItemOperationsWriter) Fetch(h FetchHead, properties func()) {
	e := w.e
	e.Start(wbxml.ItemOperationsFetch)
	e.Elem(wbxml.ItemOperationsStatus, strconv.Itoa(h.Status))
	elemText(e, wbxml.AirSyncCollectionId, h.CollectionID)
	elemText(e, wbxml.AirSyncServerId, h.ServerID)
	elemText(e, wbxml.SearchLongId, h.LongID)
	elemText(e, wbxml.AirSyncClass, h.Class)
	elemText(e, wbxml.DocumentLibraryLinkId, h.LinkID)
	elemText(e, wbxml.AirSyncBaseFileReference, h.FileReference)
	if properties != nil {
		e.Start(wbxml.ItemOperationsProperties)
		properties()
		e.End()
	}
	e.End()
}

// A FileData is a file or a piece of one.
type FileData struct {
	ContentType string
	Ranged      bool  // say which piece it is; only for who asked for one: iOS 10 fails otherwise
	First, Last int64 // of the piece, inclusive
	Total       int64 // bytes of the whole file
	Part        int   // of a multipart answer, where the data is; 0: Data follows
}

// File writes the properties of a file; data writes its bytes as base64.
func (w *ItemOperationsWriter) File(f FileData, data func()) {
	e := w.e
	if f.Ranged {
		e.Elem(wbxml.ItemOperationsRange, strconv.FormatInt(f.First, 10)+"-"+strconv.FormatInt(f.Last, 10))
		elemInt(e, wbxml.ItemOperationsTotal, f.Total)
	}
	e.Elem(wbxml.AirSyncBaseContentType, f.ContentType)
	if f.Part > 0 {
		elemInt(e, wbxml.ItemOperationsPart, f.Part)
		return
	}
	e.Start(wbxml.ItemOperationsData)
	data()
	e.End()
}

// Emptied writes the answer to an EmptyFolderContents.
func (w *ItemOperationsWriter) Emptied(status int, collectionID string) {
	w.e.Start(wbxml.ItemOperationsEmptyFolderContents)
	w.e.Elem(wbxml.ItemOperationsStatus, strconv.Itoa(status))
	w.e.Elem(wbxml.AirSyncCollectionId, collectionID)
	w.e.End()
}

// Moved writes the answer to the Move of a conversation.
func (w *ItemOperationsWriter) Moved(status int, conversationID []byte) {
	w.e.Start(wbxml.ItemOperationsMove)
	w.e.Elem(wbxml.ItemOperationsStatus, strconv.Itoa(status))
	w.e.Start(wbxml.ItemOperationsConversationId)
	w.e.Opaque(conversationID)
	w.e.End()
	w.e.End()
}
