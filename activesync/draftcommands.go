package activesync

import (
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A draftMemory is what an Add made, or which files a Change added: what its answer said. It is kept with the
// acknowledged key, so that a device that lost the answer gets it again.
type draftMemory struct {
	Hash   string    `json:"h,omitempty"` // of the Add that the draft is as of
	UID    store.UID `json:"u,omitempty"` // by which the device knows it
	Sent   bool      `json:"s,omitempty"`
	Files  []string  `json:"f,omitempty"` // parts, in the order in which the command names them
	Key    string    `json:"k,omitempty"` // of an object
	Partly bool      `json:"p,omitempty"` // some occurrences of a series came to nothing
}

func addKey(clientID string) string     { return "a" + clientID }
func changeKey(hash commandHash) string { return fmt.Sprintf("c%x", hash) }
func (h commandHash) String() string    { return fmt.Sprintf("%x", h[:]) }
func (c *collectionRun) remember(key string, m draftMemory) {
	if c.state.Drafts == nil {
		c.state.Drafts = make(map[string]draftMemory)
	}
	if _, known := c.state.Drafts[key]; known || len(c.state.Drafts) < maxDone {
		c.state.Drafts[key] = m
	}
}

// addDraft executes an Add in Drafts. An Add that is repeated with other content, because the person went on
// writing while the answer was lost, is the new content of the draft that it made: one ClientId is one draft.
func (c *collectionRun) addDraft(tx store.Tx, command wire.SyncCommand, m *madeDraft, out *response) error {
	hash := hashOf(command).String()
	key := addKey(command.ClientID)
	before, known := c.state.Drafts[key]
	if !known || !before.Sent && before.Hash != hash {
		if m.err != nil || m.status != 0 {
			out.status = m.status
			return m.err
		}
		var err error
		now := draftMemory{Hash: hash, UID: before.UID, Sent: m.out != nil, Files: m.files}
		if known {
			err = c.replaceDraft(tx, c.state.current(before.UID), m)
		}
		gone := errors.Is(err, store.NotFound) // somebody else took it away, which is told
		switch {
		case !known, gone && m.out != nil:
			now.UID, err = c.newDraft(tx, command, m)
		case gone:
			now, err = before, nil
		}
		if err != nil {
			return err
		}
		c.remember(key, now)
		before = now
	}
	out.serverID = itemID(c.id, before.UID)
	answer, err := c.draftAnswer(tx, c.state.current(before.UID), before.Files, command)
	out.draft = answer
	return err
}

// newDraft stores a draft, and sends it if that is wanted. Then it has been in Drafts for the device to know:
// it gets an id, and is told that it is gone.
func (c *collectionRun) newDraft(tx store.Tx, command wire.SyncCommand, m *madeDraft) (store.UID, error) {
	item := m.content.Item
	item.Flags, item.Received = store.Draft|store.Seen, c.q.now
	r, err := tx.Add(c.id, item)
	if err != nil {
		return 0, fmt.Errorf("store draft: %w", err)
	}
	if _, err := tx.Mark(c.id, r.UID, flagChange(r.Item, command.Email)); err != nil {
		return 0, fmt.Errorf("mark draft: %w", err)
	}
	at, err := tx.ModSeq()
	if err != nil {
		return 0, err
	}
	if m.out != nil {
		if err := c.sendDraft(tx, r.UID, m); err != nil {
			return 0, errors.Join(err, tx.Remove(c.id, r.UID))
		}
		at = 0 // nothing that happened to it afterwards was the device's own
	}
	c.state.Own = c.state.Own.with(ownChange{UID: r.UID, ModSeq: at, Created: true, AsOf: at})
	return r.UID, nil
}

// replaceDraft gives a draft its new content, or sends that.
func (c *collectionRun) replaceDraft(tx store.Tx, uid store.UID, m *madeDraft) error {
	before, err := tx.Record(c.id, uid, store.WantItem)
	if err != nil {
		return err
	}
	if m.out != nil {
		return c.sendDraft(tx, uid, m)
	}
	r, err := tx.Replace(c.id, uid, m.content.Item)
	if err != nil {
		return fmt.Errorf("store draft: %w", err)
	}
	if r.Item.Flags&store.Draft == 0 {
		if r, err = tx.Mark(c.id, r.UID, store.FlagChange{Add: store.Draft}); err != nil {
			return fmt.Errorf("mark draft: %w", err)
		}
	}
	return c.state.replaced(tx, before, r, !m.silent && m.base != store.BlobID{})
}

// sendDraft sends a draft and takes it out of Drafts, which the device is told. A message that came whole is
// not sent again by a device that has started over.
func (c *collectionRun) sendDraft(tx store.Tx, uid store.UID, m *madeDraft) error {
	before := false
	if m.sentID != "" {
		var err error
		if _, before, err = sentBefore(tx, c.q.device.ID, m.sentID, c.q.now); err != nil {
			return err
		}
	}
	if !before {
		if err := c.submit(tx, m); err != nil {
			return err
		}
	}
	if err := tx.Remove(c.id, uid); err != nil {
		return fmt.Errorf("remove sent draft: %w", err)
	}
	at, err := tx.ModSeq()
	if err != nil {
		return err
	}
	c.state.Own = c.state.Own.told(uid, at)
	return nil
}

// errNotQueued is no kind of the store's: what has been half done has to be undone as a whole.
var errNotQueued = errors.New("message not queued")

// submit queues the message with its copy in Sent.
func (c *collectionRun) submit(tx store.Tx, m *madeDraft) error {
	err := c.sender.SendTx(tx, c.q.account.ID, m.out.Outgoing)
	switch {
	case errors.Is(err, store.OverQuota): // of the copy, which comes first
		return err
	case err != nil:
		return fmt.Errorf("%w: %v", errNotQueued, err)
	case m.sentID != "":
		return rememberSent(tx, c.q.device.ID, m.sentID, c.q.now)
	}
	return nil
}

// filesOf puts into the response to a Change how the files are called that it has added.
func (c *collectionRun) filesOf(tx store.Tx, hash commandHash, command wire.SyncCommand, out *response) error {
	memory, ok := c.state.Drafts[changeKey(hash)]
	if !ok || out.status != syncOK {
		return nil
	}
	uid, err := c.entry(command.ServerID)
	if err == nil {
		out.draft, err = c.draftAnswer(tx, uid, memory.Files, command)
	}
	return err
}

// draftAnswer says of a draft, or of the files of an event, what its device cannot know; nil if it is gone.
func (c *collectionRun) draftAnswer(tx store.Tx, uid store.UID, files []string, command wire.SyncCommand) (*wire.DraftAnswer, error) {
	r, err := tx.Record(c.id, uid, store.WantSummary)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	answer := &wire.DraftAnswer{}
	if c.class == store.Mail && command.Op == wire.SyncAdd {
		s, err := mail.UnmarshalSummary(r.Item.Summary)
		if err != nil {
			return nil, fmt.Errorf("summary of draft: %w", err)
		}
		answer.ConversationID = conversationID(r.Item)
		answer.ConversationIndex = conversationIndex(r.Item, s.ThreadIndex)
	}
	if command.Email.Draft == nil {
		return answer, nil
	}
	for i, f := range command.Email.Draft.Add {
		if i < len(files) && f.ClientID != "" {
			answer.Files = append(answer.Files, wire.FileAnswer{ClientID: f.ClientID, Reference: fileReference(r.Item.ID, files[i])})
		}
	}
	return answer, nil
}
