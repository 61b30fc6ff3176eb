package activesync

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A ConversationId has the 16 bytes that clients expect: a check, so that what is no id of ours, or one of
// another account, is known for what it is, and the number of the thread. MS-ASEMAIL, ConversationId.
const (
	conversationBytes = 16
	conversationCheck = 8
)

// conversationID returns the ConversationId of an item.
func conversationID(i store.Item) []byte { return threadID(i.Account, i.Thread) }

func threadID(acct store.AccountID, thread store.ThreadID) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "gannet thread %d of %d", thread, acct))
	return binary.BigEndian.AppendUint64(sum[:conversationCheck:conversationCheck], uint64(thread))
}

// parseConversationID returns the thread that a ConversationId names in an account.
func parseConversationID(acct store.AccountID, id []byte) (store.ThreadID, bool) {
	if len(id) != conversationBytes {
		return 0, false
	}
	thread := store.ThreadID(binary.BigEndian.Uint64(id[conversationCheck:]))
	return thread, string(threadID(acct, thread)) == string(id)
}

// conversationBatch is how many messages one transaction moves: the writer serves everybody.
const conversationBatch = 200

// moveConversation moves the messages of a conversation to a folder, those that are there and those that are
// still to come, and returns the status. What the user wrote stays where it is. The answer names no new ids,
// so the device hears of the moves by Sync as of anybody's. It is safe to ask for it again. MS-ASCON,
// MoveAlways.
func (h *Handler) moveConversation(ctx context.Context, q *request, op wire.MoveConversation) (status int, err error) {
	switch {
	case q.version < V140:
		return itemProtocol, nil
	case !op.Always:
		return statusMoveNotPersistent, nil
	case op.DstFldID == recipientCache:
		return statusInvalidCombination, nil
	}
	dst, known := parseCollectionID(op.DstFldID)
	thread, ours := parseConversationID(q.account.ID, op.ConversationID)
	if !known || !ours {
		return itemNotFound, nil
	}
	m := conversationMove{q: q, thread: thread, dst: dst}
	for more := true; more && err == nil; {
		err = h.Store.Update(ctx, q.account.ID, func(tx store.Tx) (err error) {
			more, err = m.step(tx)
			return err
		})
	}
	switch {
	case isGone(err):
		return itemNotFound, nil
	case errors.Is(err, errNoMailFolder):
		return statusMoveDestination, nil
	case err != nil:
		return 0, fmt.Errorf("move conversation: %w", err)
	}
	q.log.Info("conversation moved", "thread", thread, "folder", op.DstFldID, "messages", m.moved)
	return itemOK, nil
}

// errNoMailFolder says that a folder cannot hold messages.
var errNoMailFolder = errors.New("not a mail folder")

// A conversationMove moves one conversation.
type conversationMove struct {
	q      *request
	thread store.ThreadID
	dst    store.CollectionID
	begun  bool // the rule for messages to come is there
	moved  int
}

// step moves some messages and reports whether there may be more.
func (m *conversationMove) step(tx store.Tx) (more bool, err error) {
	to, err := tx.Collection(m.dst)
	if err != nil {
		return false, err
	}
	if to.Class != store.Mail {
		return false, errNoMailFolder
	}
	if !m.begun {
		if err := m.begin(tx, to); err != nil {
			return false, err
		}
	}
	batch, err := m.batch(tx)
	if err != nil {
		return false, err
	}
	for _, e := range batch {
		if _, err := tx.Move(e.Collection, e.UID, m.dst); err != nil {
			return false, fmt.Errorf("move %s: %w", itemID(e.Collection, e.UID), err)
		}
	}
	m.begun = true
	m.moved += len(batch)
	return len(batch) == conversationBatch, m.q.touch(tx)
}

// begin makes the rule for messages to come. A conversation that has neither messages nor a rule is none.
func (m *conversationMove) begin(tx store.Tx, to store.Collection) error {
	there := false
	for _, err := range tx.Thread(m.thread, store.WantEntry) {
		if err != nil {
			return err
		}
		there = true
		break
	}
	if !there {
		if _, err := mail.ConversationFolder(tx, m.q.account.ID, m.thread); err != nil {
			return err
		}
	}
	return mail.FollowConversation(tx, m.thread, to, m.q.now)
}

// batch lists messages that are to be moved.
func (m *conversationMove) batch(tx store.Tx) ([]store.Entry, error) {
	stay := map[store.CollectionID]bool{m.dst: true}
	for _, role := range []store.Role{store.Sent, store.Drafts, store.Outbox} {
		c, err := tx.CollectionByRole(role)
		if err == nil {
			stay[c.ID] = true
		} else if !isGone(err) {
			return nil, err
		}
	}
	var batch []store.Entry
	for r, err := range tx.Thread(m.thread, store.WantEntry) {
		if err != nil {
			return nil, err
		}
		if !stay[r.Collection] {
			batch = append(batch, r.Entry)
		}
		if len(batch) == conversationBatch {
			break
		}
	}
	return batch, nil
}
