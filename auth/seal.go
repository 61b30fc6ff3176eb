package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash/maphash"
)

// fingerprint names a secret or a subject in memory without holding it.
type fingerprint [16]byte

// seal makes fingerprints and digests with keys that live as long as the process.
type seal struct {
	key  []byte
	seed maphash.Seed
}

func newSeal() seal { return seal{key: randomBytes(sha256.Size), seed: maphash.MakeSeed()} }

// print digests parts, each with its length, so that no two lists of parts are confused.
func (s seal) print(parts ...string) fingerprint {
	mac := hmac.New(sha256.New, s.key)
	var size [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(size[:], uint32(len(p)))
		mac.Write(size[:])
		mac.Write([]byte(p))
	}
	var f fingerprint
	copy(f[:], mac.Sum(nil))
	return f
}
