package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// What was imported from a source is remembered in the account, under a device that no phone can be: each message's
// id is put there in the transaction that adds the message. So an import that was killed at any moment goes on where
// it was, and one that is run again brings what is new.
const memoryPrefix = "import:"

// memoryType is the type of such a device. It is blocked: nobody may log in as it, and it makes no room for phones.
const memoryType = "import"

// isMemory reports whether a device is the memory of an import.
func isMemory(d store.Device) bool {
	return d.Type == memoryType && strings.HasPrefix(d.ID, memoryPrefix)
}

// importBegin begins an import into an account.
type importBegin struct {
	Account string `json:"account"`
	Memory  string `json:"memory"` // the device that remembers
	Title   string `json:"title"`  // of the source, for people
	Dry     bool   `json:"dry,omitempty"`
}

// importStart is the answer.
type importStart struct {
	ID      store.AccountID `json:"id"`
	Name    string          `json:"name"`
	MaxSize int64           `json:"maxSize"` // bytes of the largest message
}

func (a *admin) beginImport(ctx context.Context, q importBegin, _ say) (importStart, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return importStart{}, err
	}
	start := importStart{account.ID, account.Name, int64(a.config.Mail.MaxSize)}
	if q.Dry {
		return start, nil
	}
	if !strings.HasPrefix(q.Memory, memoryPrefix) {
		return importStart{}, usagef("memory %q", q.Memory)
	}
	return start, a.store.Update(ctx, account.ID, func(tx store.Tx) error {
		d, err := tx.Device(q.Memory)
		if err != nil && !errors.Is(err, store.NotFound) {
			return err
		}
		d.Account, d.ID, d.Type, d.FriendlyName, d.Access, d.Seen = account.ID, q.Memory, memoryType, q.Title, store.Blocked, a.now()
		return tx.PutDevice(d)
	})
}

// importAsk asks which messages an import has brought before.
type importAsk struct {
	ID     store.AccountID `json:"id"`
	Memory string          `json:"memory"`
	Keys   []string        `json:"keys"`
}

// importKnown is the answer, in the order of the keys.
type importKnown struct {
	Known []bool `json:"known"`
}

func (a *admin) askImport(ctx context.Context, q importAsk, _ say) (importKnown, error) {
	known := importKnown{make([]bool, len(q.Keys))}
	err := a.store.View(ctx, q.ID, func(r store.Reader) error {
		for i, key := range q.Keys {
			_, err := r.State(q.Memory, key)
			if err != nil && !errors.Is(err, store.NotFound) {
				return err
			}
			known.Known[i] = err == nil
		}
		return nil
	})
	return known, err
}

// importTarget is the first record of an upload: where its messages go.
type importTarget struct {
	ID     store.AccountID `json:"id"`
	Memory string          `json:"memory"`
	Role   store.Role      `json:"role,omitempty"` // the collection to begin at; empty: the top
	Path   []string        `json:"path"`           // of names below it, made where they are missing
}

// outcome is what became of one message of an upload.
type outcome struct {
	Added   bool   `json:"added,omitempty"`   // else it was known
	Refused string `json:"refused,omitempty"` // why it was not taken; of one that the sender gave up: errGivenUp's text
	Quota   bool   `json:"quota,omitempty"`   // it was refused since the account is full
}

// importDone is the answer to an upload.
type importDone struct {
	Outcomes []outcome `json:"outcomes"` // in the order of the messages
}

// Bounds of what is committed at once. Larger uploads are committed in several steps on the way.
const (
	commitMessages = 200
	commitBytes    = 8 << 20
	maxUpload      = 2000 // messages
)

// putImport takes an upload: reads, stages and adds its messages.
func (a *admin) putImport(ctx context.Context, body io.Reader) (any, error) {
	p := importer{admin: a}
	defer p.release()
	err := readUpload(body, &p.target, func() (err error) {
		p.collection, err = a.placeFolder(ctx, p.target)
		return err
	}, func(m messageRecord, r io.Reader) error { return p.take(ctx, m, r) })
	if err != nil {
		return nil, err
	}
	return importDone{p.outcomes}, p.commit(ctx)
}

// readUpload reads a transfer: its head, behind which begin is called, and its messages for take.
func readUpload(body io.Reader, head any, begin func() error, take func(m messageRecord, body io.Reader) error) error {
	in := newTransferReader(body)
	kind, text, err := in.next()
	if err != nil {
		return err
	}
	if kind != recordHead || json.Unmarshal(text, head) != nil {
		return usagef("transfer: the first record is no head")
	}
	if err := begin(); err != nil {
		return err
	}
	for n := 0; ; n++ {
		var m messageRecord
		kind, text, err := in.next()
		switch {
		case err != nil:
			return err
		case kind == recordEnd:
			return nil
		case kind != recordMessage || n == maxUpload:
			return usagef("transfer: unexpected record %q", kind)
		}
		if err := json.Unmarshal(text, &m); err != nil {
			return usagef("transfer: %w", err)
		}
		if err := take(m, in.body); err != nil {
			return err
		}
	}
}

// importer adds the messages of one upload.
type importer struct {
	admin      *admin
	target     importTarget
	collection store.CollectionID
	outcomes   []outcome
	waiting    []waitingMessage
	bytes      int64 // of those that wait
}

// waitingMessage is staged and not yet added.
type waitingMessage struct {
	record messageRecord
	*mail.Ingested
	outcome int
}

// take stages a message. What is wrong with the message is its outcome, anything else an error.
func (p *importer) take(ctx context.Context, m messageRecord, r io.Reader) error {
	p.outcomes = append(p.outcomes, outcome{})
	at := len(p.outcomes) - 1
	in, err := mail.Ingest(ctx, p.admin.store, r, int64(p.admin.config.Mail.MaxSize))
	var broken *brokenTransfer
	switch {
	case errors.Is(err, errGivenUp):
		p.outcomes[at].Refused = errGivenUp.Error()
		return nil
	case errors.As(err, &broken), ctx.Err() != nil:
		return err
	case errors.Is(err, store.TooLarge):
		p.outcomes[at].Refused = "larger than mail.max_size, " + p.admin.config.Mail.MaxSize.String()
		return nil
	case err != nil:
		return err
	}
	in.Item.Flags, in.Item.Keywords, in.Item.Received = m.Flags, m.Keywords, m.Received
	if in.Item.Received.IsZero() {
		in.Item.Received = plausible(in.Summary.Envelope.Date, p.admin.now())
	}
	p.waiting = append(p.waiting, waitingMessage{m, in, at})
	p.bytes += in.Blob.Size()
	if len(p.waiting) >= commitMessages || p.bytes >= commitBytes {
		return p.commit(ctx)
	}
	return nil
}

// plausible is a message's own date where it can be when it arrived, else now.
func plausible(date, now time.Time) time.Time {
	if date.Before(time.Unix(0, 0)) || date.After(now) {
		return now
	}
	return date
}

// commit adds what waits, in one commit, each message with its memory.
func (p *importer) commit(ctx context.Context) error {
	defer p.release()
	full := false
	work := make([]store.Work, len(p.waiting))
	for i, w := range p.waiting {
		work[i] = store.Work{Account: p.target.ID, Do: func(tx store.Tx) error {
			if full {
				return store.OverQuota // nothing smaller slips in behind what found no room
			}
			err := p.add(tx, w)
			full = errors.Is(err, store.OverQuota)
			return err
		}}
	}
	for i, err := range p.admin.store.UpdateAll(ctx, work) {
		o := &p.outcomes[p.waiting[i].outcome]
		o.Added = err == nil
		if err := o.refuse(err); err != nil && !errors.Is(err, errKnown) {
			return err
		}
	}
	return nil
}

// refuse notes an error of the store that is about the message alone, and returns any other.
func (o *outcome) refuse(err error) error {
	switch {
	case errors.Is(err, store.OverQuota):
		o.Refused, o.Quota = "the account's quota is used up", true
	case errors.Is(err, store.Invalid), errors.Is(err, store.TooLarge):
		o.Refused = explain(err, "")
	default:
		return err
	}
	return nil
}

// errKnown means that another import brought the message meanwhile.
var errKnown = errors.New("known")

func (p *importer) add(tx store.Tx, w waitingMessage) error {
	_, err := tx.State(p.target.Memory, w.record.ID)
	if err == nil {
		return errKnown
	} else if !errors.Is(err, store.NotFound) {
		return err
	}
	if _, err := tx.Add(p.collection, w.Item); err != nil {
		return err
	}
	return tx.PutState(p.target.Memory, w.record.ID, []byte{})
}

// release gives up the holds on staged bytes.
func (p *importer) release() {
	for _, w := range p.waiting {
		w.Blob.Release()
	}
	p.waiting, p.bytes = p.waiting[:0], 0
}

// placeFolder finds the collection for a folder, or makes it.
func (a *admin) placeFolder(ctx context.Context, t importTarget) (store.CollectionID, error) {
	var id store.CollectionID
	err := a.store.View(ctx, t.ID, func(r store.Reader) (err error) {
		id, err = walkFolders(r, t, nil)
		return err
	})
	if errors.Is(err, store.NotFound) {
		err = a.store.Update(ctx, t.ID, func(tx store.Tx) (err error) {
			id, err = walkFolders(tx, t, tx.CreateCollection)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("folder %s: %w", strings.Join(t.Path, "/"), err)
	}
	return id, nil
}

// walkFolders follows a path of names. create makes what is missing; without it that is store.NotFound. A name that a
// calendar or the like has already gets "(mail)" behind it.
func walkFolders(r store.Reader, t importTarget, create func(store.Collection) (store.Collection, error)) (store.CollectionID, error) {
	at, err := roleFolder(r, t.Role, create)
	if err != nil {
		return 0, err
	}
	all, err := r.Collections(0)
	if err != nil {
		return 0, err
	}
	for _, name := range t.Path {
		c, found := childNamed(all, at, name)
		if found && c.Class != store.Mail {
			name += " (mail)"
			c, found = childNamed(all, at, name)
		}
		if !found {
			if create == nil {
				return 0, store.NotFound
			}
			if c, err = create(store.Collection{Parent: at, Name: name, Class: store.Mail}); err != nil {
				return 0, err
			}
			all = append(all, c)
		}
		at = c.ID
	}
	if at == 0 {
		return 0, fmt.Errorf("no folder named: %w", store.Invalid)
	}
	return at, nil
}

// roleFolder is the collection with a role, 0 for none.
func roleFolder(r store.Reader, role store.Role, create func(store.Collection) (store.Collection, error)) (store.CollectionID, error) {
	if role == "" {
		return 0, nil
	}
	c, err := r.CollectionByRole(role)
	if errors.Is(err, store.NotFound) && create != nil {
		for _, d := range store.DefaultCollections {
			if d.Role == role && d.Class == store.Mail {
				c, err = create(d)
			}
		}
	}
	return c.ID, err
}

func childNamed(all []store.Collection, parent store.CollectionID, name string) (store.Collection, bool) {
	for _, c := range all {
		if c.Parent == parent && (c.Name == name || parent == 0 && c.Role == store.Inbox && strings.EqualFold(name, "INBOX")) {
			return c, true
		}
	}
	return store.Collection{}, false
}
