package archive

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// mboxHead is what the header fields of a message in an mbox say of its marks.
type mboxHead struct {
	flags    store.Flags
	keywords []string
	length   int64     // Content-Length; 0: none
	gone     bool      // removed in Thunderbird, which has not yet compacted the file
	own      *ownMark  // the message was exported here
	skip     int64     // bytes of our own fields, which are no part of the message
	lines    int       // lines looked at
	received time.Time // as we exported it
}

// ownMark is the value of the first field of a message that was exported here. Behind it are the Status, X-Status and
// X-Keywords fields that other programs read; the message begins behind those.
type ownMark struct {
	markNote
	ID    string `json:"id"`
	Open  int64  `json:"open"`            // 1: the message does not end with a line's end: one was added
	Exact bool   `json:"exact,omitempty"` // the bytes are those of the store: line ends are left alone
}

// ownField names the field. The lines behind it that are ours too are ownFields-1.
const (
	ownField  = "X-Gannet-Export"
	ownFields = 4
)

// take looks at the beginning of a header line and reports whether it is about marks only, which programs rewrite.
func (h *mboxHead) take(line []byte) bool {
	h.lines++
	if h.own != nil && h.lines <= ownFields {
		h.skip += int64(len(line))
		return true
	}
	name, value, ok := strings.Cut(string(line), ":")
	if !ok || len(name) > 32 {
		return false
	}
	value = strings.TrimSpace(value)
	switch strings.ToLower(name) {
	case "x-gannet-export":
		return h.takeOwn(line, value)
	case "status":
		h.letters(value, map[rune]store.Flags{'R': store.Seen})
	case "x-status":
		h.letters(value, map[rune]store.Flags{'A': store.Answered, 'F': store.Flagged, 'D': store.Deleted, 'T': store.Draft})
	case "x-keywords", "x-mozilla-keys":
		flags, keywords := Marks(append(h.keywords, strings.Fields(value)...))
		h.flags, h.keywords = h.flags|flags, keywords
	case "x-mozilla-status":
		h.mozilla(value)
	case "content-length":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 && n < 1<<40 {
			h.length = n
		}
	case "x-uid", "x-imap", "x-imapbase", "x-mozilla-status2":
	default:
		return false
	}
	return true
}

func (h *mboxHead) letters(value string, flags map[rune]store.Flags) {
	for _, r := range value {
		h.flags |= flags[r]
	}
}

// mozilla reads the flags that Thunderbird keeps, in hex.
func (h *mboxHead) mozilla(value string) {
	bits, err := strconv.ParseUint(value, 16, 32)
	if err != nil {
		return
	}
	for _, b := range []struct {
		bit  uint64
		flag store.Flags
	}{{0x1, store.Seen}, {0x2, store.Answered}, {0x4, store.Flagged}, {0x1000, store.Forwarded}} {
		if bits&b.bit != 0 {
			h.flags |= b.flag
		}
	}
	h.gone = bits&0x8 != 0
}

// takeOwn reads our own mark. It is one only where we write it: as the first line. It tells messages apart that are
// the same otherwise, so it is part of the sum.
func (h *mboxHead) takeOwn(line []byte, value string) bool {
	var own ownMark
	if h.lines == 1 && json.Unmarshal([]byte(value), &own) == nil && own.ID != "" && (own.Open == 0 || own.Open == 1) {
		h.own, h.skip = &own, int64(len(line))
	}
	return false
}
