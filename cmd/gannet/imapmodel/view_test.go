package imapmodel

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// message is what a client knows of one message.
type message struct {
	uid    uint32 // 0: not told
	flags  string // lower case, sorted, without \recent
	told   bool   // flags were
	modSeq uint64 // 0: not told
}

// view is a selected mailbox as its client knows it.
type view struct {
	name     string
	readOnly bool
	counted  bool      // EXISTS came
	list     []message // by sequence number; with byUID those whose UID is known, in their order
	byUID    bool      // UIDONLY: there are no sequence numbers
	unknown  int       // with byUID: messages whose UID was not told
	validity uint32
	uidNext  uint32
	safe     uint64              // changes up to this one are all in the view
	largest  uint64              // MODSEQ seen
	keywords map[string]bool     // listed by FLAGS
	cache    map[uint32]*message // while it is selected with QRESYNC: what was known before
	partial  bool                // the cache was named as known UIDs: nothing is told of other messages
}

// cached is a view kept for later.
type cached struct {
	validity uint32
	modSeq   uint64
	list     []message
}

func (v *view) count() int { return len(v.list) + v.unknown }

// known is the UIDs that were told.
func (v *view) known() (uids []uint32) {
	for _, m := range v.list {
		if m.uid != 0 {
			uids = append(uids, m.uid)
		}
	}
	return uids
}

// holes is how many messages are there of which UID or flags were not told.
func (v *view) holes() int {
	n := v.unknown
	for _, m := range v.list {
		if m.uid == 0 || !m.told {
			n++
		}
	}
	return n
}

func (v *view) exists(n int) error {
	if n < v.count() {
		return fmt.Errorf("EXISTS %d after %d", n, v.count())
	}
	if v.counted && n > v.count() {
		v.partial = true // came while SELECT was answered
	}
	v.counted = true
	if v.byUID {
		v.unknown = n - len(v.list)
		return nil
	}
	v.list = append(v.list, make([]message, n-len(v.list))...)
	return nil
}

// expunge removes a sequence number.
func (v *view) expunge(n uint32) error {
	if n == 0 || int(n) > len(v.list) {
		return fmt.Errorf("EXPUNGE of %d of %d", n, len(v.list))
	}
	v.list = slices.Delete(v.list, int(n)-1, int(n))
	return nil
}

// vanish removes a UID, which the client may not know yet.
func (v *view) vanish(uid uint32) error {
	below, found := v.place(uid)
	isCached := v.cache[uid] != nil
	delete(v.cache, uid)
	switch {
	case found:
		v.list = slices.Delete(v.list, below, below+1)
	case v.byUID && v.unknown > 0:
		v.unknown--
	case !v.byUID && below < len(v.list) && v.list[below].uid == 0:
		v.list = slices.Delete(v.list, below, below+1)
	default:
		return fmt.Errorf("VANISHED of %d, which is not there (cached: %v)", uid, isCached)
	}
	return nil
}

// place finds a UID, or the first index of the stretch of unknown ones that it may be in, or where it would stand.
func (v *view) place(uid uint32) (at int, found bool) {
	if v.byUID {
		return slices.BinarySearchFunc(v.list, uid, func(m message, uid uint32) int { return cmp.Compare(m.uid, uid) })
	}
	for i, m := range v.list {
		switch {
		case m.uid == uid:
			return i, true
		case m.uid > uid:
			return at, false
		case m.uid != 0:
			at = i + 1
		}
	}
	return at, false
}

// message returns the message of a FETCH: n is its number, uid what the line says, if anything.
func (v *view) message(n, uid uint32) (*message, error) {
	if v.byUID {
		at, found := v.place(n)
		if !found {
			if v.unknown == 0 && v.cache == nil {
				return nil, fmt.Errorf("UIDFETCH of %d, which is not there", n)
			}
			v.unknown = max(v.unknown-1, 0)
			v.list = slices.Insert(v.list, at, message{uid: n})
		}
		return &v.list[at], nil
	}
	if n == 0 || int(n) > len(v.list) {
		return nil, fmt.Errorf("FETCH of %d of %d", n, len(v.list))
	}
	m := &v.list[n-1]
	if uid == 0 || m.uid == uid {
		return m, nil
	}
	if m.uid != 0 {
		return nil, fmt.Errorf("message %d has UID %d, was %d", n, uid, m.uid)
	}
	m.uid = uid
	return m, nil
}

// ordered checks that UIDs rise.
func (v *view) ordered() error {
	last := uint32(0)
	for i, m := range v.list {
		if m.uid != 0 && m.uid <= last {
			return fmt.Errorf("message %d has UID %d, one before it %d", i+1, m.uid, last)
		}
		last = max(last, m.uid)
	}
	return nil
}

// take puts what a FETCH told into a message.
func (v *view) take(m *message, flags string, told bool, modSeq uint64) error {
	if modSeq != 0 && modSeq < m.modSeq {
		return fmt.Errorf("MODSEQ of UID %d goes from %d back to %d", m.uid, m.modSeq, modSeq)
	}
	if told && m.told && m.flags != flags && modSeq != 0 && modSeq == m.modSeq {
		return fmt.Errorf("UID %d has at MODSEQ %d flags (%s), had (%s)", m.uid, modSeq, flags, m.flags)
	}
	if told {
		m.flags, m.told = flags, true
	}
	m.modSeq = max(m.modSeq, modSeq)
	v.largest = max(v.largest, modSeq)
	return nil
}

// settleCache fills what SELECT with QRESYNC didn't tell again from what was known before.
func (v *view) settleCache() error {
	defer func() { v.cache = nil }()
	for _, m := range v.list {
		delete(v.cache, m.uid) // told anew
	}
	for _, uid := range slices.Sorted(maps.Keys(v.cache)) {
		at, _ := v.place(uid)
		switch {
		case v.byUID && v.unknown > 0:
			v.unknown--
			v.list = slices.Insert(v.list, at, *v.cache[uid])
		case !v.byUID && at < len(v.list) && v.list[at].uid == 0:
			v.list[at] = *v.cache[uid]
		default:
			return fmt.Errorf("UID %d was known and not told to be gone; there is no room for it at %d of %d", uid, at+1, v.count())
		}
	}
	if n := v.holes(); n > 0 && !v.partial {
		return fmt.Errorf("%d of %d messages were not told of", n, v.count())
	}
	return nil
}

// keep makes a cache of the view; nil when it has holes.
func (v *view) keep() *cached {
	if v.holes() > 0 || v.safe == 0 {
		return nil
	}
	return &cached{validity: v.validity, modSeq: v.safe, list: slices.Clone(v.list)}
}

// differs says how the view differs from what the mailbox holds; empty: it does not. Holes may be anything if allowed.
func (v *view) differs(m *mailbox, holes bool) string {
	if v.count() != len(m.list) {
		return fmt.Sprintf("it has %d messages %v, the store %d %v", v.count(), v.known(), len(m.list), m.uids())
	}
	if !holes && v.holes() > 0 {
		return fmt.Sprintf("%d messages are unknown", v.holes())
	}
	for i, got := range v.list {
		want := m.list[i].message
		if v.byUID && got.uid != want.uid {
			k, found := slices.BinarySearchFunc(m.list, got.uid, func(s stored, uid uint32) int { return cmp.Compare(s.uid, uid) })
			if !found {
				return fmt.Sprintf("UID %d is gone", got.uid)
			}
			want = m.list[k].message
		}
		switch {
		case got.uid != 0 && got.uid != want.uid:
			return fmt.Sprintf("message %d is UID %d, not %d", i+1, got.uid, want.uid)
		case got.told && got.flags != want.flags:
			return fmt.Sprintf("UID %d has (%s), the store (%s), MODSEQ %d and %d", want.uid, got.flags, want.flags, got.modSeq, want.modSeq)
		case got.modSeq != 0 && got.modSeq != want.modSeq:
			return fmt.Sprintf("UID %d has MODSEQ %d, the store %d", want.uid, got.modSeq, want.modSeq)
		}
	}
	return ""
}

// canonicalFlags sorts flags for comparison; \Recent is left out and reported.
func canonicalFlags(names []string) (flags string, recent bool) {
	var list []string
	for _, n := range names {
		if n = strings.ToLower(n); n == `\recent` {
			recent = true
		} else {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " "), recent
}
