package activesync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Statuses of one operation. MS-ASCMD, Status (ItemOperations).
const (
	itemOK         = 1
	itemProtocol   = 2
	itemFailed     = 3
	itemNotFound   = 6
	itemRange      = 8
	itemStore      = 9
	itemTooMany    = 11
	itemConversion = 14
	itemAttachment = 15
)

// itemOperations answers ItemOperations: its operations are executed, and answered, in their order.
func (h *Handler) itemOperations(ctx context.Context, q *request, w *answer) error {
	ops, err := wire.ReadItemOperations(q.body)
	if err != nil {
		return err
	}
	if len(ops) > wire.MaxOperations {
		return fail(itemTooMany, errors.New("too many operations"))
	}
	if !q.multiPart() {
		return h.operate(ctx, q, operator{e: w.encoder()}, ops)
	}
	var document bytes.Buffer
	o := operator{e: wbxml.NewEncoder(&document), parts: &parts{}}
	if err := h.operate(ctx, q, o, ops); err != nil {
		return err
	}
	if err := o.e.Close(); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return o.parts.send(w, document.Bytes())
}

// multiPart reports whether the client wants what it fetches apart from the document.
func (q *request) multiPart() bool {
	return q.query.MultiPart || isTrue(q.http.Header.Get("MS-ASAcceptMultiPart"))
}

// An operator executes the operations of one request.
type operator struct {
	*wire.ItemOperationsWriter
	h     *Handler
	ctx   context.Context
	q     *request
	e     *wbxml.Encoder
	parts *parts // nil: the answer is one document
}

func (h *Handler) operate(ctx context.Context, q *request, o operator, ops []wire.Operation) error {
	o.h, o.ctx, o.q = h, ctx, q
	o.ItemOperationsWriter = wire.NewItemOperationsWriter(o.e)
	for _, op := range ops {
		if err := o.one(op); err != nil {
			return err
		}
	}
	o.Close()
	return o.e.Err()
}

// one executes an operation. The error is for what ends the whole answer.
func (o *operator) one(op wire.Operation) error {
	switch {
	case op.Empty != nil:
		status, err := o.h.emptyFolder(o.ctx, o.q, *op.Empty)
		if err != nil {
			return err
		}
		o.Emptied(status, op.Empty.CollectionID)
	case op.Move != nil:
		o.Moved(moveConversation(*op.Move), op.Move.ConversationID)
	default:
		return o.fetch(op.Fetch)
	}
	return nil
}

// moveConversation says why a conversation is not moved. Once is not allowed at all, and to move what will
// come to it in future is not offered.
func moveConversation(m wire.MoveConversation) int {
	if !m.Always {
		return statusMoveNotPersistent
	}
	return itemFailed
}

// fetch answers a Fetch.
func (o *operator) fetch(f *wire.FetchOperation) error {
	head := wire.FetchHead{
		CollectionID: f.CollectionID, ServerID: f.ServerID, LongID: f.LongID,
		LinkID: f.LinkID, FileReference: f.FileReference,
	}
	switch head.Status = checkFetch(f); {
	case head.Status != itemOK:
		o.Fetch(head, nil)
		return nil
	case f.HasFile:
		return o.fetchFile(head, f)
	}
	return o.fetchItem(head, f)
}

// checkFetch says what is wrong with a Fetch: it must name one thing in one way.
func checkFetch(f *wire.FetchOperation) int {
	ways := 0
	for _, named := range []bool{f.HasFile, f.HasLink, f.LongID != "", f.ServerID != ""} {
		if named {
			ways++
		}
	}
	switch {
	case f.HasLink, strings.EqualFold(f.Store, "DocumentLibrary"):
		return itemStore
	case f.Store != "" && !strings.EqualFold(f.Store, "Mailbox"):
		return itemStore
	case ways != 1:
		return itemProtocol
	case f.HasFile && f.FileReference == "":
		return itemAttachment
	}
	return itemOK
}

// failed answers a Fetch that came to nothing: gone is the status for what does not exist.
func (o *operator) failed(head wire.FetchHead, err error, gone int) error {
	switch {
	case o.ctx.Err() != nil:
		return o.ctx.Err()
	case errors.Is(err, errRange):
		head.Status = itemRange
	case isGone(err):
		head.Status = gone
	default:
		head.Status = itemConversion
		o.q.log.Error("fetch", "server_id", head.ServerID, "long_id", head.LongID, "file", head.FileReference, "error", err)
	}
	o.Fetch(head, nil)
	return nil
}

// fetchFile answers with a file or the piece of it that was asked for.
func (o *operator) fetchFile(head wire.FetchHead, f *wire.FetchOperation) error {
	file, err := o.h.openFile(o.ctx, o.q.account.ID, f.FileReference)
	if err != nil {
		return o.failed(head, err, itemAttachment)
	}
	defer file.Close()
	data := wire.FileData{ContentType: file.contentType(), Ranged: f.Range != ""}
	if data.Total, err = file.size(); err != nil {
		return o.failed(head, err, itemAttachment)
	}
	first, length, err := parseRange(f.Range, data.Total)
	if err != nil {
		return o.failed(head, err, itemAttachment)
	}
	data.First, data.Last = first, first+length-1
	if o.parts != nil {
		data.Part, err = o.parts.add(func(w io.Writer) error {
			return o.copyFile(w, f.FileReference, first, length)
		})
		if err != nil {
			return o.failed(head, err, itemAttachment)
		}
		o.Fetch(head, func() { o.File(data, nil) })
		return nil
	}
	content, err := file.open(first, length)
	if err != nil {
		return o.failed(head, err, itemAttachment)
	}
	o.Fetch(head, func() {
		o.File(data, func() { o.e.TextFrom(newBase64Reader(content)) })
	})
	return o.e.Err()
}

// copyFile writes bytes of a file.
func (o *operator) copyFile(w io.Writer, reference string, first, length int64) error {
	file, err := o.h.openFile(o.ctx, o.q.account.ID, reference)
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := file.open(first, length)
	if err == nil {
		_, err = io.Copy(w, content)
	}
	return err
}

// fetchItem answers with an item.
func (o *operator) fetchItem(head wire.FetchHead, f *wire.FetchOperation) error {
	var r store.Record
	var c store.Collection
	err := o.h.Store.View(o.ctx, o.q.account.ID, func(tx store.Reader) (err error) {
		if r, err = findItem(tx, f.CollectionID, f.ServerID, f.LongID, store.WantSummary); err != nil {
			return err
		}
		c, err = tx.Collection(r.Collection)
		return err
	})
	if err == nil && r.Item.Class != store.Mail {
		err = errNoItem
	}
	if err != nil {
		return o.failed(head, err, itemNotFound)
	}
	form := emailForm{version: o.q.version, whole: true, own: holdsOwn(c.Role)}
	if f.Options != nil {
		form.options = *f.Options
	}
	return o.fetchEmail(head, r, form, f.Schema)
}

// fetchEmail answers with a message.
func (o *operator) fetchEmail(head wire.FetchHead, r store.Record, form emailForm, schema []wbxml.Tag) error {
	m, err := o.h.tryRender(o.ctx, r, form)
	if err != nil {
		return o.failed(head, err, itemNotFound)
	}
	defer m.close()
	if o.parts != nil && m.Body != nil && m.Body.Data != nil {
		m.Body.Part, err = o.parts.add(func(w io.Writer) error { return o.copyBody(w, r, form) })
		if err != nil {
			return o.failed(head, err, itemNotFound)
		}
	}
	head.Class = "Email"
	o.Fetch(head, func() {
		wire.Filter(o.e, schema, func(e *wbxml.Encoder) { m.Write(e, uint8(o.q.version)) })
	})
	return o.e.Err()
}

// copyBody writes the body of a message.
func (o *operator) copyBody(w io.Writer, r store.Record, form emailForm) error {
	m, err := o.h.tryRender(o.ctx, r, form)
	if err != nil {
		return err
	}
	defer m.close()
	_, err = io.Copy(w, m.Body.Data)
	return err
}
