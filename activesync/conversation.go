package activesync

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

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
