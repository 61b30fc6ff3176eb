package mail

import (
	"bufio"
	"io"
)

// lzfuPrefix is what the dictionary holds at the beginning, MS-OXRTFCP section 2.1.2.1.
const lzfuPrefix = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}" +
	"{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier" +
	"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// lzfuSource undoes the compression of PR_RTF_COMPRESSED. Damaged data ends the stream.
type lzfuSource struct {
	r       *bufio.Reader
	begun   bool
	plain   bool   // stored without compression
	left    uint32 // bytes still to come
	dict    [4096]byte
	at      int
	control byte
	bits    int // of control not yet used
	out     []byte
	done    bool
}

func newLZFu(src source) *lzfuSource {
	return &lzfuSource{r: bufio.NewReaderSize(newSourceReader(src), chunk/4)}
}

func (l *lzfuSource) next() ([]byte, error) {
	if !l.begun {
		l.begin()
	}
	l.out = l.out[:0]
	for len(l.out) < chunk/4 && !l.done {
		l.step()
	}
	if len(l.out) == 0 {
		return nil, io.EOF
	}
	return l.out, nil
}

func (l *lzfuSource) begin() {
	l.begun = true
	var head [16]byte
	if _, err := io.ReadFull(l.r, head[:]); err != nil {
		l.done = true
		return
	}
	h, ok := parseLZFuHeader(head[:])
	l.done, l.left, l.plain = !ok || h.raw == 0, h.raw, !h.compressed
	l.at = copy(l.dict[:], lzfuPrefix)
}

// step writes one literal or one reference into the dictionary.
func (l *lzfuSource) step() {
	if l.plain {
		l.literal()
		return
	}
	if l.bits == 0 {
		c, err := l.r.ReadByte()
		if err != nil {
			l.done = true
			return
		}
		l.control, l.bits = c, 8
	}
	reference := l.control&1 != 0
	l.control >>= 1
	l.bits--
	if !reference {
		l.literal()
		return
	}
	hi, err1 := l.r.ReadByte()
	lo, err2 := l.r.ReadByte()
	from := int(hi)<<4 | int(lo)>>4
	if err1 != nil || err2 != nil || from == l.at {
		l.done = true
		return
	}
	for range int(lo&15) + 2 {
		l.write(l.dict[from])
		from = (from + 1) & 4095
	}
}

func (l *lzfuSource) literal() {
	c, err := l.r.ReadByte()
	if err != nil {
		l.done = true
		return
	}
	l.write(c)
}

func (l *lzfuSource) write(c byte) {
	if l.left == 0 {
		l.done = true
		return
	}
	l.left--
	l.dict[l.at] = c
	l.at = (l.at + 1) & 4095
	l.out = append(l.out, c)
}
