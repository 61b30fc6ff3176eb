package autoreply

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Period is how long a sender who was answered is not answered again in the same activation. RFC 5230, section
// 4.1: a week is its default.
const Period = 7 * 24 * time.Hour

// What was said to whom is kept in 256 settings by the first byte of the hash of the sender, each a list:
//
//	version 1, Since of the activation in milliseconds (8 bytes),
//	then for each sender 16 bytes of the hash and the time in seconds (8 bytes)
//
// A list holds one activation and, when it is written, only what is younger than Period; a full one answers nobody
// else. The answers of a day are counted in one setting more.
const (
	sentPrefix  = "oof/sent/"
	daySetting  = sentPrefix + "day"
	sentVersion = 1
	sentHead    = 1 + 8
	sentEntry   = hashSize + 8
	hashSize    = 16
	maxSent     = 256 // entries of one list
)

// memory is what an account remembers of one sender.
type memory struct {
	acct   store.AccountID
	since  time.Time // the activation
	sender [hashSize]byte
}

// batv is the tag of bounce address tag validation, which changes every day.
var batv = regexp.MustCompile(`^(?:prvs|msprvs1)=[^=@]{4,16}=`)

// senderKey names the person behind a canonical address: without the tags that change from message to message.
func senderKey(canonical string) (key [hashSize]byte) {
	base, _ := address.Untag(batv.ReplaceAllString(canonical, ""))
	sum := sha256.Sum256([]byte(base))
	copy(key[:], sum[:])
	return key
}

func (m memory) setting() string { return sentPrefix + hex.EncodeToString(m.sender[:1]) }

// heard reports whether the sender was answered in this activation, not longer than Period ago.
func (m memory) heard(r store.Directory, now time.Time) (bool, error) {
	sent, err := m.load(r, now)
	_, known := sent[m.sender]
	return known, err
}

// claim notes that the sender is answered now; false when that has happened, or a bound is reached.
func (m memory) claim(tx store.Tx, now time.Time, daily int) (bool, error) {
	sent, err := m.load(tx, now)
	if err != nil {
		return false, err
	}
	if _, known := sent[m.sender]; known || len(sent) >= maxSent {
		return false, nil
	}
	if ok, err := m.count(tx, now, daily); err != nil || !ok {
		return false, err
	}
	sent[m.sender] = now.Unix()
	raw := binary.BigEndian.AppendUint64([]byte{sentVersion}, uint64(m.since.UnixMilli()))
	for sender, at := range sent {
		raw = binary.BigEndian.AppendUint64(append(raw, sender[:]...), uint64(at))
	}
	if err := tx.PutSetting(m.acct, m.setting(), raw); err != nil {
		return false, fmt.Errorf("note automatic reply: %w", err)
	}
	return true, nil
}

// load reads the sender's list: when who was answered, of this activation and not too long ago. What cannot be
// read is no memory: a sender may then hear twice.
func (m memory) load(r store.Directory, now time.Time) (map[[hashSize]byte]int64, error) {
	sent := map[[hashSize]byte]int64{}
	raw, err := r.Setting(m.acct, m.setting())
	if err != nil && !errors.Is(err, store.NotFound) {
		return nil, fmt.Errorf("who was answered: %w", err)
	}
	if len(raw) < sentHead || raw[0] != sentVersion || int64(binary.BigEndian.Uint64(raw[1:])) != m.since.UnixMilli() {
		return sent, nil
	}
	oldest := now.Add(-Period).Unix()
	for raw = raw[sentHead:]; len(raw) >= sentEntry; raw = raw[sentEntry:] {
		if at := int64(binary.BigEndian.Uint64(raw[hashSize:])); at > oldest {
			sent[[hashSize]byte(raw)] = at
		}
	}
	return sent, nil
}

// count counts an answer of today; false when there were as many as there may be.
func (m memory) count(tx store.Tx, now time.Time, daily int) (bool, error) {
	raw, err := tx.Setting(m.acct, daySetting)
	if err != nil && !errors.Is(err, store.NotFound) {
		return false, fmt.Errorf("answers of today: %w", err)
	}
	today, n := uint64(now.Unix()/(24*60*60)), uint64(0)
	if len(raw) == 16 && binary.BigEndian.Uint64(raw) == today {
		n = binary.BigEndian.Uint64(raw[8:])
	}
	if n >= uint64(daily) {
		return false, nil
	}
	raw = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, today), n+1)
	if err := tx.PutSetting(m.acct, daySetting, raw); err != nil {
		return false, fmt.Errorf("count automatic reply: %w", err)
	}
	return true, nil
}
