package activesync

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// Sender is the part of mail.Service that the handler needs.
type Sender interface {
	Send(ctx context.Context, acct store.AccountID, o mail.Outgoing, also func(store.Tx) error) error
	SendTx(tx store.Tx, acct store.AccountID, o mail.Outgoing) error
	Restorer
}

// sendMail answers SendMail.
func (h *Handler) sendMail(ctx context.Context, q *request, _ *answer) error {
	return h.compose(ctx, q, sendNew)
}

// smartReply answers SmartReply.
func (h *Handler) smartReply(ctx context.Context, q *request, _ *answer) error {
	return h.compose(ctx, q, sendReply)
}

// smartForward answers SmartForward.
func (h *Handler) smartForward(ctx context.Context, q *request, _ *answer) error {
	return h.compose(ctx, q, sendForward)
}

// sendKind is what becomes of a client's text.
type sendKind uint8

const (
	sendNew sendKind = iota
	sendReply
	sendForward
)

// compose sends the message of a request. Success is an empty answer, also for a message that the same
// device has sent before: what matters to it is that the message is on its way.
func (h *Handler) compose(ctx context.Context, q *request, kind sendKind) error {
	d, err := h.readDraft(ctx, q, kind)
	if err != nil {
		return err
	}
	defer d.raw.Release()
	if err := d.check(q.version); err != nil {
		return err
	}
	before, err := h.wasSent(ctx, q, d.id)
	if err != nil {
		return err
	}
	if !before {
		err = h.send(ctx, q, d)
	}
	if before || errors.Is(err, errSentBefore) {
		q.log.Info("message was sent before", "client_id", d.ClientID)
		return nil
	}
	return err
}

// A draft is a request with the message that came with it.
type draft struct {
	wire.ComposeRequest
	kind    sendKind
	raw     store.Staged  // as the client sent it
	summary *mail.Summary // of raw
	id      string        // by which a repetition of the request is known; empty: not at all
	source  *store.Record // what is answered or forwarded; nil: none
	verb    int           // what the message does to it
}

// readDraft reads a request, in WBXML or as a bare message: what it is tells the Content-Type, not the
// version. The message goes into the store as it arrives.
func (h *Handler) readDraft(ctx context.Context, q *request, kind sendKind) (*draft, error) {
	blob, err := h.Store.NewBlob(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin message: %w", err)
	}
	defer blob.Abort() // does nothing after Finish
	d := &draft{kind: kind}
	if isMessage(q) {
		d.ComposeRequest, err = bareRequest(q, blob)
	} else {
		d.ComposeRequest, err = wire.ReadCompose(q.body, q.cmd.root, blob)
	}
	if err != nil {
		return nil, err
	}
	if d.raw, err = blob.Finish(); err != nil {
		return nil, fmt.Errorf("stage message: %w", err)
	}
	if d.summary, err = mail.Parse(io.NewSectionReader(d.raw, 0, d.raw.Size())); err != nil {
		d.raw.Release()
		return nil, fmt.Errorf("read message: %w", err)
	}
	d.id = d.identity()
	return d, nil
}

// isMessage reports whether the body of the request is a message and nothing else.
func isMessage(q *request) bool {
	return strings.HasPrefix(strings.ToLower(q.http.Header.Get("Content-Type")), typeMessage)
}

// bareRequest reads a request whose parameters are in its request line.
func bareRequest(q *request, mime io.Writer) (wire.ComposeRequest, error) {
	n, err := io.Copy(mime, q.body)
	if err == nil && n == 0 {
		err = wire.ErrEmpty
	}
	return wire.ComposeRequest{
		SaveInSent: q.query.SaveInSent, HasMIME: true,
		Source: wire.Source{
			FolderID: q.query.CollectionID, ItemID: q.query.ItemID,
			LongID: q.query.LongID, InstanceID: q.query.Occurrence,
		},
	}, err
}

// identity names the request among those of its device. A client of before 14.0 gives it no name: then the
// message does, if it has a Message-ID, for without one two equal messages may both be meant.
func (d *draft) identity() string {
	if d.ClientID != "" {
		return fmt.Sprintf("c%d:%s", d.kind, d.ClientID)
	}
	if d.summary.Envelope.MessageID == "" {
		return ""
	}
	id := d.raw.ID()
	return fmt.Sprintf("m%d:%s:%s%s", d.kind, hex.EncodeToString(id[:16]), d.Source.ItemID, d.Source.LongID)
}

// check refuses what is not offered or makes no sense. What a version does not know counts as not there.
func (d *draft) check(version Version) error {
	forwardees := d.Forwardees && version >= V160
	switch {
	case forwardees && (d.HasMIME || d.SaveInSent || d.Replace || d.Template):
		return fail(statusInvalidMIMEBody, errors.New("Forwardees with what belongs to a message"))
	case forwardees && (d.kind != sendForward || len(d.ForwardTo) == 0 || !d.Source.Given()):
		return fail(statusSmartForward, errors.New("nobody or nothing to forward"))
	case forwardees:
	case !d.HasMIME:
		return fail(statusInvalidXML, errors.New("no message"))
	case d.Template && version >= V141:
		return fail(statusRightsDisabled, errors.New("rights management is not offered"))
	case d.AccountID != "" && version >= V141:
		return fail(statusAccountID, errors.New("no such account"))
	}
	if s := d.Source.InstanceID; s != "" {
		if _, ok := wire.ParseTime(s); !ok {
			return fail(statusInvalidDateTime, fmt.Errorf("instance %.40q", s))
		}
	}
	return nil
}

// wasSent reports whether the device has sent the message before.
func (h *Handler) wasSent(ctx context.Context, q *request, id string) (before bool, err error) {
	if id == "" {
		return false, nil
	}
	err = h.Store.View(ctx, q.account.ID, func(r store.Reader) (err error) {
		_, before, err = sentBefore(r, q.device.ID, id, q.now)
		return err
	})
	return before, err
}

// maxRecipients is how many recipients a message may have: each is a row of the queue, and all are written in one
// transaction, for which everybody waits.
const maxRecipients = 1000

// send makes the message complete and sends it, in one transaction with what must be remembered of it.
func (h *Handler) send(ctx context.Context, q *request, d *draft) error {
	if done, err := h.forwardsMeeting(ctx, q, d); done || err != nil {
		return err
	}
	original, err := h.openSource(ctx, q, d)
	if err != nil {
		return err
	}
	if original != nil {
		defer original.Close()
	}
	if d.verb, err = h.findVerb(ctx, q, d, original); err != nil {
		return err
	}
	out, err := h.outgoing(ctx, q, d, original)
	if err != nil {
		return err
	}
	defer out.release()
	switch n := len(out.Recipients); {
	case n == 0:
		return fail(statusNoRecipient, errors.New("no recipient"))
	case n > maxRecipients:
		return fail(statusSubmissionFailed, fmt.Errorf("%d recipients where %d are allowed", n, maxRecipients))
	}
	err = h.Mail.Send(ctx, q.account.ID, out.Outgoing, func(tx store.Tx) error {
		if d.id != "" {
			if err := rememberSent(tx, q.device.ID, d.id, q.now); err != nil {
				return err
			}
		}
		if err := d.markSource(tx, q); err != nil {
			return err
		}
		return q.touch(tx)
	})
	if errors.Is(err, store.Invalid) {
		return fail(statusSubmissionFailed, err)
	}
	return err
}

// openSource finds and opens the message that is answered or forwarded; nil if there is none.
//
// One that does not exist matters only if something of it is needed: an answer says what its author wrote, with or
// without a quotation, and is sent; a message that is to be forwarded and is not there would leave its recipients with
// nothing, so its author is told. (Other servers send both; Exchange neither.)
func (h *Handler) openSource(ctx context.Context, q *request, d *draft) (*original, error) {
	if d.kind == sendNew || !d.Source.Given() {
		return nil, nil
	}
	var r store.Record
	err := h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		r, err = findItem(tx, q.device.ID, d.Source.FolderID, d.Source.ItemID, d.Source.LongID, store.WantSummary)
		if err == nil && r.Item.Class != store.Mail {
			err = errNoItem
		}
		return err
	})
	switch {
	case isGone(err) && (d.Replace || d.kind == sendReply):
		q.log.LogAttrs(ctx, slog.LevelInfo, "message is sent without its source", slog.String("source", clip(d.Source.ItemID+d.Source.LongID, maxAgent)))
		return nil, nil
	case isGone(err):
		return nil, fail(statusItemNotFound, err)
	case err != nil:
		return nil, err
	}
	d.source = &r
	o, err := h.openOriginal(ctx, r)
	if err != nil {
		return nil, err
	}
	if d.Source.InstanceID != "" && !o.series() {
		o.Close()
		return nil, fail(statusNoRecurrence, errors.New("an instance of what is no series"))
	}
	return o, nil
}
