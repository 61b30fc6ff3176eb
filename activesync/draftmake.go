package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// syncInvalidRecipients is the status of a draft that is to be sent to nobody, or to what is no address.
// MS-ASCMD, Common Status Codes.
const syncInvalidRecipients = 183

// A madeDraft is the message that a command makes of a draft. It is written before the transaction that
// stores it, so that the writer waits for no large file.
type madeDraft struct {
	status  int            // not 0: the command is refused with it
	err     error          // what kept the message from being made
	base    store.BlobID   // of a Change: the message that it was made of
	content *mail.Ingested // nil with status or err
	files   []string       // parts of content that are the files added, in their order
	silent  bool           // names of files that the device knows still lead to the same files
	out     *outgoing      // nil: it is not to be sent
	sentID  string         // by which it is known if it is sent again; empty: not at all
}

func (m *madeDraft) release() {
	if m.content != nil {
		m.content.Blob.Release()
	}
	if m.out != nil {
		m.out.release()
	}
}

// aboutDraft reports whether a command needs a message to be made, if its collection is Drafts.
func aboutDraft(c wire.SyncCommand) bool {
	switch c.Op {
	case wire.SyncAdd:
		return c.Class == "" || strings.EqualFold(c.Class, classEmail)
	case wire.SyncChange:
		return c.Email.Draft != nil
	}
	return false
}

// makeDrafts makes the messages of all commands on drafts, by collection and place of the command. MS-ASEMAIL
// knows drafts from 16.0 on.
func (s *syncRun) makeDrafts(ctx context.Context) error {
	if s.q.version < V160 {
		return nil
	}
	s.drafts = make(map[string]map[int]*madeDraft)
	for _, in := range s.asked.Collections {
		id, ok := parseCollectionID(in.ID)
		if s.drafts[in.ID] != nil || !ok || !slices.ContainsFunc(in.Commands, aboutDraft) {
			continue
		}
		var c store.Collection
		err := s.h.Store.View(ctx, s.q.account.ID, func(r store.Reader) (err error) {
			c, err = r.Collection(id)
			return err
		})
		if errors.Is(err, store.NotFound) || err == nil && c.Role != store.Drafts {
			continue
		}
		if err != nil {
			return fmt.Errorf("folder of drafts: %w", err)
		}
		made := make(map[int]*madeDraft)
		s.drafts[in.ID] = made
		maker := draftMaker{h: s.h, q: s.q, stage: &s.stage, collection: id, latest: make(map[store.UID]*mail.Ingested)}
		for i, command := range in.Commands {
			if aboutDraft(command) {
				made[i] = maker.make(ctx, command)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// releaseDrafts frees what no transaction took.
func (s *syncRun) releaseDrafts() {
	for _, made := range s.drafts {
		for _, m := range made {
			m.release()
		}
	}
	s.drafts = nil
}

// A draftMaker makes the messages of one collection's commands.
type draftMaker struct {
	h          *Handler
	q          *request
	stage      *stage
	collection store.CollectionID
	latest     map[store.UID]*mail.Ingested // by name; made by an earlier command of the request
}

// make makes the message of one command.
func (d *draftMaker) make(ctx context.Context, command wire.SyncCommand) *madeDraft {
	change := command.Email.Draft
	if change == nil {
		change = &wire.DraftChange{}
	}
	if change.Invalid != "" || command.Email.Invalid != "" {
		d.q.log.Info("draft refused", "client_id", command.ClientID, "server_id", command.ServerID, "reason", change.Invalid+command.Email.Invalid)
		return &madeDraft{status: syncConversion}
	}
	m := &madeDraft{}
	if err := d.fill(ctx, m, command, change); err != nil {
		m.release()
		var status *statusError
		*m = madeDraft{err: err}
		if errors.As(err, &status) || errors.Is(err, mail.ErrHeader) {
			*m = madeDraft{status: syncConversion}
		}
		d.q.log.Info("draft not made", "client_id", command.ClientID, "server_id", command.ServerID, "error", err)
	}
	return m
}

func (d *draftMaker) fill(ctx context.Context, m *madeDraft, command wire.SyncCommand, change *wire.DraftChange) error {
	var old *draftBase
	if command.Op == wire.SyncChange {
		var err error
		if old, err = d.open(ctx, command.ServerID); err != nil {
			return err
		}
		defer old.close()
		m.base = old.blob
	}
	edit, err := d.edit(change, old)
	if err != nil {
		return err
	}
	var offsets []int64
	m.content, err = mail.IngestFrom(ctx, d.h.Store, d.h.Limits.MaxMessage, func(w io.Writer) (err error) {
		offsets, err = d.write(w, change, edit, old)
		return err
	})
	if err != nil {
		return fmt.Errorf("make draft: %w", err)
	}
	for _, at := range offsets {
		if p := m.content.Summary.PartAt(at); p != nil {
			m.files = append(m.files, p.ID)
		}
	}
	if old != nil {
		m.silent = sameFiles(old.Summary, m.content.Summary, edit.Remove)
	}
	switch {
	case change.Send:
		return d.send(ctx, m, change)
	case old != nil:
		d.latest[old.name] = m.content
	}
	return nil
}

// write writes the message.
func (d *draftMaker) write(w io.Writer, change *wire.DraftChange, edit mail.DraftEdit, old *draftBase) ([]int64, error) {
	switch {
	case whole(change):
		content := d.stage.open(change.Body.Content)
		if edit.Importance == nil && len(edit.Add) == 0 {
			_, err := io.Copy(w, content)
			return nil, err
		}
		summary, err := mail.Parse(content)
		if err != nil {
			return nil, err
		}
		return mail.EditDraft(w, mail.Original{Summary: summary, Bytes: content}, edit)
	case old == nil:
		return mail.NewDraft(w, d.q.mailbox(), d.h.Hostname, edit)
	}
	return mail.EditDraft(w, old.Original, edit)
}

// whole reports whether the device sends the message itself. MS-ASAIRS, Type.
func whole(c *wire.DraftChange) bool { return c.Body != nil && c.Body.Type == wire.BodyMIME }

// edit is the change in the words of package mail. Of a message that comes whole, its own header counts.
func (d *draftMaker) edit(c *wire.DraftChange, old *draftBase) (mail.DraftEdit, error) {
	var e mail.DraftEdit
	if c.Importance != nil {
		i := mail.Importance(*c.Importance - 1)
		e.Importance = &i
	}
	for _, f := range c.Add {
		kind := f.ContentType
		if f.Method == 5 && kind == "" {
			kind = "message/rfc822"
		}
		e.Add = append(e.Add, mail.DraftFile{
			Name: f.Name, Type: kind, ContentID: f.ContentID, Location: f.Location, Inline: f.Inline,
			Content: d.stage.open(f.Content),
		})
	}
	if whole(c) {
		return e, nil
	}
	e.To, e.Cc, e.Bcc, e.ReplyTo, e.Subject, e.Date = c.To, c.Cc, c.Bcc, c.ReplyTo, c.Subject, d.q.now
	if c.Body != nil {
		e.Text = &mail.DraftText{HTML: c.Body.Type == wire.BodyHTML, Content: d.stage.open(c.Body.Content)}
	}
	for _, reference := range c.Delete {
		p := old.file(reference)
		if p == nil { // what is to be taken away must not be sent along
			return e, fail(syncConversion, fmt.Errorf("no file %.40q", reference))
		}
		e.Remove = append(e.Remove, p)
	}
	return e, nil
}

// sameFiles reports whether the files of a draft that stay are under the same names in the new one.
func sameFiles(old, now *mail.Summary, removed []*mail.Part) bool {
	for _, p := range old.Attachments() {
		if slices.Contains(removed, p) {
			continue
		}
		q := now.Part(p.ID)
		if q == nil || q.DisplayName() != p.DisplayName() || q.DecodedSize != p.DecodedSize || q.ContentID != p.ContentID ||
			q.MediaType() != p.MediaType() {
			return false
		}
	}
	return true
}

// send makes of the draft what goes out.
func (d *draftMaker) send(ctx context.Context, m *madeDraft, change *wire.DraftChange) error {
	rules := d.h.submitRules(ctx, d.q, nil)
	out, err := d.h.submission(ctx, d.q, rules, true, func(w io.Writer, rules mail.SubmitRules) (mail.Submission, error) {
		return mail.Submit(w, io.NewSectionReader(m.content.Blob, 0, m.content.Blob.Size()), rules)
	})
	if err != nil {
		return err
	}
	m.out = out
	if n := len(out.Recipients); n == 0 || n > maxRecipients || out.refused > 0 {
		m.status = syncInvalidRecipients
	}
	if whole(change) && m.content.Summary.Envelope.MessageID != "" {
		m.sentID = "draft:" + m.content.Blob.ID().String()
	}
	return nil
}

// A draftBase is a draft that is to be changed, open for reading.
type draftBase struct {
	mail.Original
	item  store.ItemID
	name  store.UID // by which the device knows it
	blob  store.BlobID
	close func() error
}

// open opens the draft as the commands before have left it.
func (d *draftMaker) open(ctx context.Context, serverID string) (*draftBase, error) {
	c, name, ok := parseItemID(serverID)
	if !ok || c != d.collection {
		return nil, store.NotFound
	}
	var r store.Record
	err := d.h.Store.View(ctx, d.q.account.ID, func(tx store.Reader) (err error) {
		r, err = currentRecord(tx, d.q.device.ID, d.collection, name, store.WantSummary)
		return err
	})
	if err != nil {
		return nil, err
	}
	base := &draftBase{item: r.Item.ID, name: name, blob: r.Item.Blob, close: func() error { return nil }}
	if m := d.latest[name]; m != nil {
		base.blob = m.Blob.ID()
		base.Original = mail.Original{Summary: m.Summary, Bytes: m.Blob}
		return base, nil
	}
	o, err := d.h.openOriginal(ctx, r)
	if err != nil {
		return nil, err
	}
	base.Original, base.close = mail.Original{Summary: o.summary, Bytes: o.blob}, o.Close
	return base, nil
}

// currentRecord returns the record of the entry that the device calls by that name in a collection, even if somebody
// else has just written it anew under another UID.
func currentRecord(r store.Reader, device string, c store.CollectionID, name store.UID, want store.Want) (store.Record, error) {
	record, err := r.Record(c, name, want)
	if !errors.Is(err, store.NotFound) {
		return record, err
	}
	st, _, failed := readState(r, device, c)
	if failed != nil || st == nil {
		return record, errors.Join(err, failed)
	}
	uid := st.current(name)
	if record, err = r.Record(c, uid, want); errors.Is(err, store.NotFound) {
		_, record, err = st.rewritten(r, c, uid, want)
	}
	return record, err
}

// file returns the file that a FileReference names, nil if it is none of the draft's.
func (b *draftBase) file(reference string) *mail.Part {
	item, id, ok := parseFileReference(reference)
	if b == nil || !ok || item != b.item {
		return nil
	}
	for _, p := range b.Summary.Attachments() {
		if p.ID == id {
			return p
		}
	}
	return nil
}
