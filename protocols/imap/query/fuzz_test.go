package query_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// FuzzThread makes threads of messages that refer to each other anyhow: every message has one place.
func FuzzThread(f *testing.F) {
	b := newMailbox(f)
	for _, seed := range [][]byte{{0, 0x01, 0, 0x10, 1, 0x21}, {0x12, 0x21, 0x13, 0x31}, {0, 1, 1, 2, 2, 3, 3, 4}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 40 {
			return
		}
		box := *b
		box.t, box.uids = t, nil
		var list []message
		for ; len(in) >= 2; in = in[2:] { // which id, two references, a subject
			n := binary.BigEndian.Uint16(in)
			refs := fmt.Sprintf("<%d@t> <%d@t>", n>>8&7, n>>4&7)
			if n&0x800 != 0 {
				refs = ""
			}
			subject := []string{"a", "Re: a", "b", ""}[n>>12&3]
			list = append(list, post(int(n&7)+1, subject, refs, fmt.Sprintf("Message-ID: <%d@t>", n&7)))
		}
		if len(list) == 0 {
			return
		}
		box.add(list...)
		m := box.view()
		m.Map = uidmap.FromSet(wire.SetOf(box.uids))
		checkThreads(t, m, len(list))
	})
}
