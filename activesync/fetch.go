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
	itemNoBytes    = 10
	itemTooMuch    = 11 // data, or operations
	itemDownload   = 12
	itemConversion = 14
	itemAttachment = 15
	itemDenied     = 16
)

// maxFetched is how many bytes of files and messages one answer holds, more than the largest message that is
// taken in by default. What goes beyond has to be asked for in another request.
const maxFetched = 256 << 20

// maxRead is how many bytes of files, as they lie in their messages, one answer may go through: a piece of a file is
// found by reading the file from its beginning, and a request may ask for a hundred pieces. It is enough for all that
// maxFetched allows, encoded.
const maxRead = 512 << 20

// itemOperations answers ItemOperations: its operations are executed, and answered, in their order.
func (h *Handler) itemOperations(ctx context.Context, q *request, w *answer) error {
	ops, err := wire.ReadItemOperations(q.body)
	if err != nil {
		return err
	}
	if len(ops) > wire.MaxOperations {
		return fail(itemTooMuch, errors.New("too many operations"))
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
	room  int64  // bytes that may still be fetched
	reads int64  // bytes of files that may still be gone through
}

func (h *Handler) operate(ctx context.Context, q *request, o operator, ops []wire.Operation) error {
	o.h, o.ctx, o.q, o.room, o.reads = h, ctx, q, maxFetched, maxRead
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
		status, err := o.outcome(o.h.emptyFolder(o.ctx, o.q, *op.Empty))
		if err != nil {
			return err
		}
		o.Emptied(status, op.Empty.CollectionID)
	case op.Move != nil:
		status, err := o.outcome(o.h.moveConversation(o.ctx, o.q, *op.Move))
		if err != nil {
			return err
		}
		o.Moved(status, op.Move.ConversationID)
	default:
		return o.fetch(op.Fetch)
	}
	return nil
}

// outcome makes an error the status of its operation: those before it have been done, those behind it may
// still be. Only a client that is gone ends them all.
func (o *operator) outcome(status int, err error) (int, error) {
	switch {
	case err == nil:
		return status, nil
	case o.ctx.Err() != nil:
		return 0, o.ctx.Err()
	}
	o.q.log.Error("operation", "error", err)
	return itemFailed, nil
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

// Why a Fetch comes to nothing though what it names is there.
var (
	errTooMuch  = errors.New("too much for one answer")
	errDownload = errors.New("file cannot be read")
)

// failed answers a Fetch that came to nothing: gone is the status for what does not exist.
func (o *operator) failed(head wire.FetchHead, err error, gone int) error {
	head.Status = itemConversion
	for _, row := range []struct {
		is     error
		status int
	}{{errRange, itemRange}, {errEmptyFile, itemNoBytes}, {errTooMuch, itemTooMuch}, {errTooLong, itemTooMuch}, {errForbidden, itemDenied}, {errDownload, itemDownload}, {store.NotFound, gone}} {
		if errors.Is(err, row.is) {
			head.Status = row.status
			break
		}
	}
	switch {
	case o.ctx.Err() != nil:
		return o.ctx.Err()
	case head.Status == itemConversion, head.Status == itemDownload:
		o.q.log.Error("fetch", "server_id", head.ServerID, "long_id", head.LongID, "file", head.FileReference, "error", err)
	}
	o.Fetch(head, nil)
	return nil
}

// take takes room for bytes of the answer.
func (o *operator) take(n int64) error {
	if n > o.room {
		return errTooMuch
	}
	o.room -= n
	return nil
}

// fetchFile answers with a file or the piece of it that was asked for.
func (o *operator) fetchFile(head wire.FetchHead, f *wire.FetchOperation) error {
	file, err := o.h.openFile(o.ctx, o.q, f.FileReference)
	if err != nil {
		if !isGone(err) {
			err = fmt.Errorf("%w: %w", errDownload, err)
		}
		return o.failed(head, err, itemAttachment)
	}
	defer file.Close()
	data, content, err := o.piece(file, f)
	if err != nil {
		return o.failed(head, err, itemAttachment)
	}
	o.Fetch(head, func() {
		o.File(data, func() { o.e.TextFrom(newBase64Reader(content)) })
	})
	return o.e.Err()
}

// piece finds what is asked for of a file: what to say of it, and its bytes unless they go into a part of
// their own.
func (o *operator) piece(file *file, f *wire.FetchOperation) (data wire.FileData, content io.Reader, err error) {
	data = wire.FileData{ContentType: file.contentType(), Ranged: f.Range != ""}
	if o.reads -= file.encoded; o.reads < 0 {
		return data, nil, errTooMuch
	}
	if data.Total, err = file.size(); err != nil {
		return data, nil, fmt.Errorf("%w: %w", errDownload, err)
	}
	if err := o.q.allowFile(data.Total); err != nil {
		return data, nil, err
	}
	first, length, err := parseRange(f.Range, data.Total)
	if err == nil {
		err = o.take(length)
	}
	if err != nil {
		return data, nil, err
	}
	data.First, data.Last = first, first+length-1
	if o.parts != nil {
		data.Part, err = o.parts.add(func(w io.Writer) error {
			return o.copyFile(w, f.FileReference, first, length)
		})
	} else {
		content, err = file.open(first, length)
	}
	if err != nil && !isGone(err) {
		err = fmt.Errorf("%w: %w", errDownload, err)
	}
	return data, content, err
}

// copyFile writes bytes of a file.
func (o *operator) copyFile(w io.Writer, reference string, first, length int64) error {
	file, err := o.h.openFile(o.ctx, o.q, reference)
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
	var in folder
	var owner store.Account
	form := emailForm{version: o.q.version, whole: true, limits: o.q.limits()}
	if f.Options != nil {
		form.options = *f.Options
	}
	err := o.h.Store.View(o.ctx, o.q.account.ID, func(tx store.Reader) (err error) {
		if r, in, err = findWithin(o.q.reachOf(tx, nil), o.q.device.ID, f, store.WantSummary); err != nil {
			return err
		}
		if owner, err = in.r.Account(); err != nil {
			return err
		}
		form.own = holdsOwn(in.Role)
		if len(form.options.Bodies) == 0 && form.options.MIMESupport == 0 {
			return o.asInSync(tx, in.ID, &form)
		}
		return nil
	})
	if err == nil && r.Item.Class != store.Mail && objectClasses[r.Item.Class] == nil {
		err = errNoItem
	}
	if err != nil {
		return o.failed(head, err, itemNotFound)
	}
	if r.Item.Class != store.Mail {
		return o.fetchObject(head, r, o.h.objectForm(o.q, form.options, true).in(o.h, o.q, in, owner), f.Schema)
	}
	return o.fetchEmail(head, r, form, f.Schema)
}

// fetchObject answers with an event, a card, a task or a note.
func (o *operator) fetchObject(head wire.FetchHead, r store.Record, form objectForm, schema []wbxml.Tag) error {
	data, err := o.h.tryObject(o.ctx, r, form)
	if err != nil {
		return o.failed(head, err, itemNotFound)
	}
	head.Class = folderClasses[r.Item.Class]
	o.Fetch(head, func() {
		wire.Filter(o.e, schema, func(e *wbxml.Encoder) { data.Write(e, uint8(o.q.version)) })
	})
	return o.e.Err()
}

// asInSync gives a device that says nothing of bodies the kind that it gets by Sync from the same collection.
func (o *operator) asInSync(r store.Reader, id store.CollectionID, form *emailForm) error {
	st, _, err := readState(r, o.q.device.ID, id)
	if err != nil || st == nil {
		return err
	}
	parts := form.options.BodyParts
	form.options = uncut(st.options())
	if len(parts) > 0 {
		form.options.BodyParts = parts
	}
	return nil
}

// fetchEmail answers with a message.
func (o *operator) fetchEmail(head wire.FetchHead, r store.Record, form emailForm, schema []wbxml.Tag) error {
	form.mine, form.exact = o.h.ownAddresses(o.q), o.parts != nil
	m, err := o.h.tryRender(o.ctx, r, form)
	if err != nil {
		return o.failed(head, err, itemNotFound)
	}
	defer m.close()
	if err := o.take(m.length()); err != nil {
		return o.failed(head, err, itemNotFound)
	}
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
