package activesync

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// A uidSet is a small set of UIDs that can be compared: four bytes each, rising. It is kept as base64.
type uidSet string

const uidBytes = 4

// len returns how many there are.
func (s uidSet) len() int { return len(s) / uidBytes }

// at returns the i-th.
func (s uidSet) at(i int) store.UID {
	return store.UID(binary.BigEndian.Uint32([]byte(s[i*uidBytes : (i+1)*uidBytes])))
}

// find returns where uid is, or belongs.
func (s uidSet) find(uid store.UID) (i int, found bool) {
	lo, hi := 0, s.len()
	for lo < hi {
		if mid := (lo + hi) / 2; s.at(mid) < uid {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < s.len() && s.at(lo) == uid
}

func (s uidSet) has(uid store.UID) bool {
	_, found := s.find(uid)
	return found
}

// with returns the set with uid.
func (s uidSet) with(uid store.UID) uidSet {
	i, found := s.find(uid)
	if found {
		return s
	}
	cell := binary.BigEndian.AppendUint32(nil, uint32(uid))
	return s[:i*uidBytes] + uidSet(cell) + s[i*uidBytes:]
}

// without returns the set without uid.
func (s uidSet) without(uid store.UID) uidSet {
	i, found := s.find(uid)
	if !found {
		return s
	}
	return s[:i*uidBytes] + s[(i+1)*uidBytes:]
}

// MarshalText implements encoding.TextMarshaler.
func (s uidSet) MarshalText() ([]byte, error) {
	return base64.RawStdEncoding.AppendEncode(nil, []byte(s)), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *uidSet) UnmarshalText(text []byte) error {
	raw, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil || len(raw)%uidBytes != 0 {
		return fmt.Errorf("set of UIDs: %d bytes", len(raw))
	}
	*s = uidSet(raw)
	return nil
}
