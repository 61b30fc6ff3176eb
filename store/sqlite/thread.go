package sqlite

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gannetmail/gannet/store"
)

const maxRefs = 50 // references of one message that are looked at, the last ones

// A conversation is found by message ids. Each message leaves its own id and those that it names in
// thread_ref, with its base subject; so a reply that arrives before its original meets it all the
// same. The thread of an item does not change afterwards (RFC 8621, section 3): two conversations that
// a late message connects stay two, and the message joins that of its nearest known ancestor.

// threadKey hashes what makes a row of thread_ref, so that rows are small whatever a message says.
func threadKey(kind byte, s string) int64 {
	sum := sha256.Sum256(append([]byte{kind}, s...))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// join returns the conversation of a new message, own if it begins one, and remembers its ids.
func (t *tx) join(refs store.Refs, own store.ThreadID) (store.ThreadID, error) {
	keys := refKeys(refs)
	if len(keys) == 0 {
		return own, nil
	}
	subject := threadKey('s', refs.Subject)
	thread := store.ThreadID(0)
	var unknown []int64
	for _, k := range keys {
		found, err := t.c.number("SELECT thread FROM thread_ref WHERE account = ? AND message = ? AND subject = ?", t.acct, k, subject)
		if err != nil {
			return 0, err
		}
		if found == 0 {
			unknown = append(unknown, k)
		} else if thread == 0 {
			thread = store.ThreadID(found)
		}
	}
	if thread == 0 {
		thread = own
	}
	for _, k := range unknown {
		err := t.c.exec("INSERT INTO thread_ref (account, message, subject, thread) VALUES (?, ?, ?, ?)", t.acct, k, subject, thread)
		if err != nil {
			return 0, err
		}
	}
	return thread, nil
}

// refKeys are the hashed message ids of refs, each once: the nearest ancestor first, its own last.
func refKeys(refs store.Refs) (keys []int64) {
	ids := refs.References[max(0, len(refs.References)-maxRefs):]
	seen := make(map[string]bool, len(ids)+1)
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			keys = append(keys, threadKey('m', id))
		}
	}
	for i := len(ids) - 1; i >= 0; i-- {
		add(ids[i])
	}
	add(refs.MessageID)
	return keys
}

// rejoin is join for an item that gets new content: without a better one it keeps its conversation.
func (t *tx) rejoin(refs store.Refs, i store.Item) (store.ThreadID, error) {
	return t.join(refs, i.Thread)
}

// leaveThread forgets the message ids of a conversation that has no item any more.
func (t *tx) leaveThread(id store.ThreadID) error {
	used, err := t.c.exists("SELECT 1 FROM item WHERE thread = ? LIMIT 1", id)
	if err != nil || used {
		return err
	}
	return t.c.exec("DELETE FROM thread_ref WHERE thread = ?", id)
}
