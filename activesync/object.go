package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Events, cards, tasks and notes are objects: a few kilobytes that a device is told whole whenever anything in them
// changes, and of which it says what it wants changed. What is common to them is here and in objectmake.go and
// objectcommands.go; what each of them means is the business of its class.

// An objectClass is what Sync and ItemOperations need to know of one class of objects. Its methods keep no state, do
// no I/O but through what they are given, and must not hold on to it.
type objectClass interface {
	// show makes of a stored object what a device is told.
	show(raw []byte, f objectForm) (objectData, error)
	// blank is what a device is told of an object that cannot be shown, so that it knows that there is one.
	blank(f objectForm) objectData
	// change makes of a stored object (nil: none yet) what a device wants it to be. A *statusError refuses the
	// command with its status.
	change(old []byte, c objectCommand) (objectChange, error)
	// ingest stages an object and says what the store keeps of it besides its bytes.
	ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error)
}

// objectData is an object as a device sees it. Write writes the children of the element that is open.
type objectData interface {
	Write(e *wbxml.Encoder, version uint8)
}

// An objectForm says for whom an object is.
type objectForm struct {
	version   Version
	options   wire.Options
	whole     bool        // nothing is cut unless the device asked for it: Fetch
	supported []wbxml.Tag // what the device manages; meaningful with ghosts
	ghosts    bool        // the device said so: what it leaves out of a change and does not manage stays
	quirks    quirks
	veil      veil
	user      mail.Address           // whose object it is
	actor     mail.Address           // who acts for him; zero: he himself
	mine      func(addr string) bool // whether an address is one of the user's; for one goroutine
	zone      *time.Location         // the user's
	now       time.Time
	hostname  string
	item      store.ItemID // whose form it is; 0: a new one
	recipient bool         // it is of the recipient information cache
}

// An objectCommand is what a device says of an object.
type objectCommand struct {
	objectForm
	wire.SyncCommand
	// text returns the Body that the device sent, empty when it sent none; see Email.Draft.Body for its type.
	text func() (string, error)
	// file returns the bytes of a file that the device sent.
	file func(wire.Content) io.Reader
}

// An objectChange is what becomes of an object.
type objectChange struct {
	raw    []byte     // the object; nil: it is gone
	answer objectData // told in the response, from 16.0 on; nil: nothing
	tell   bool       // it is not just what the device said: it is told its own change
	send   []objectMail
	files  []string // what the files that the device attached are called, in its order
	partly bool     // not all that the device said of the occurrences of a new series could be
}

// An objectMail is a message that a change makes go out, an invitation for instance.
type objectMail struct {
	to    []string
	write func(w io.Writer) error
}

// objectClasses are the classes that are served, beside mail.
var objectClasses = map[store.Class]objectClass{store.Calendar: eventClass{}, store.Contacts: contactClass{}, store.Tasks: taskClass{}, store.Notes: noteClass{}}

// maxObject is how large an object may be that is shown or changed, in bytes.
const maxObject = 4 << 20

// readObject returns the bytes of an object.
func (h *Handler) readObject(ctx context.Context, id store.BlobID) ([]byte, error) {
	b, err := h.Store.OpenBlob(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	defer b.Close()
	if b.Size() > maxObject {
		return nil, fmt.Errorf("object of %d bytes: %w", b.Size(), store.TooLarge)
	}
	raw := make([]byte, b.Size())
	if _, err := b.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return raw, nil
}

// showObject returns what the device is told of an object, whatever it is like: an object that cannot be shown is
// told as a blank, and so is one on which the device has stuck again and again, so that neither holds up its folder.
func (h *Handler) showObject(ctx context.Context, q *request, r store.Record, f objectForm, rung int) objectData {
	class := objectClasses[r.Item.Class]
	if rung >= rungNote {
		q.log.Warn("device sticks on an object", "item", r.Item.ID)
		return class.blank(f)
	}
	data, err := h.tryObject(ctx, r, f)
	if err == nil {
		return data
	}
	q.log.LogAttrs(ctx, slog.LevelError, "object cannot be shown", slog.Int64("item", int64(r.Item.ID)), slog.Any("error", err))
	return class.blank(f)
}

// tryObject returns what the device is told of an object. A panic in its class is an error.
func (h *Handler) tryObject(ctx context.Context, r store.Record, f objectForm) (data objectData, err error) {
	defer func() {
		if v := recover(); v != nil {
			data, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	raw, err := h.readObject(ctx, r.Item.Blob)
	if err == nil {
		raw, err = f.veiled(r.Item.Class, raw)
	}
	if err != nil {
		return nil, err
	}
	f.item = r.Item.ID
	return objectClasses[r.Item.Class].show(raw, f)
}

// objectForm is the form in which the request's device wants objects.
func (h *Handler) objectForm(q *request, o wire.Options, whole bool) objectForm {
	return objectForm{
		version: q.version, options: o, whole: whole, quirks: q.quirks, user: mailboxOf(q.account),
		zone: h.home(q), now: q.now, hostname: h.Hostname, mine: h.ownerOf(q, q.account.ID),
	}
}

// in returns the form for the objects of a folder of that owner: in a calendar that is lent, who organizes and who is
// asked is its owner.
func (f objectForm) in(h *Handler, q *request, c folder, owner store.Account) objectForm {
	f.recipient = isRecipients(c.Collection)
	if c.lent {
		f.veil, f.user, f.mine, f.actor = c.veil(), mailboxOf(owner), h.ownerOf(q, owner.ID), mailboxOf(q.account)
	}
	return f
}

// An ownedAddress is an address that an object names, and the account of which it may be one.
type ownedAddress struct {
	account store.AccountID
	address string
}

// ownerOf returns a function that tells whether an address is one of the account's, for one goroutine.
func (h *Handler) ownerOf(q *request, acct store.AccountID) func(string) bool {
	if q.owned == nil {
		q.owned = make(map[ownedAddress]bool)
	}
	return func(addr string) bool {
		key := ownedAddress{acct, addr}
		owns, known := q.owned[key]
		if known {
			return owns
		}
		owns, err := h.Auth.Owns(q.http.Context(), acct, addr)
		if owns && err == nil {
			var others bool
			others, err = h.leadsElsewhere(q.http.Context(), addr)
			owns = !others
		}
		if err != nil {
			q.log.Warn("owner of address", "address", addr, "error", err)
			return false
		}
		q.owned[key] = owns
		return owns
	}
}
