package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// AccountID names an account in this store; it is never used again. 0 is the server itself.
type AccountID int64

// CollectionID names a collection in this store; it is never used again. 0 is the root of an account's tree.
type CollectionID int64

// ItemID names an item; it survives moves between collections and is never used again. JMAP's id.
type ItemID int64

// ThreadID names a conversation inside one account.
type ThreadID int64

// CredentialID names a password or an application password.
type CredentialID int64

// QueueID names one recipient of one outbound message.
type QueueID int64

// UID names an entry inside its collection: it rises, and is never used again. RFC 9051, section 2.3.1.1.
type UID uint32

// BlobID is the SHA-256 of a blob's bytes.
type BlobID [sha256.Size]byte

// String returns the id in lower-case hex.
func (b BlobID) String() string { return hex.EncodeToString(b[:]) }

// ParseBlobID reads what [BlobID.String] wrote.
func ParseBlobID(s string) (BlobID, error) {
	var id BlobID
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) {
		return id, fmt.Errorf("blob id %q: %w", s, Invalid)
	}
	copy(id[:], raw)
	return id, nil
}
