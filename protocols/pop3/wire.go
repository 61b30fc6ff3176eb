package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest line of a client in bytes, its end included. RFC 2449 section 4 allows commands
// 255; an AUTH with its initial response, and the lines of an exchange, may need more.
const maxLine = 6 << 10

// maxOut is how many bytes of replies are gathered before they are sent.
const maxOut = 16 << 10

// errLine means that a line is longer than maxLine.
var errLine = errors.New("line too long")

// wire reads lines and gathers replies. Replies go out before it waits for the client, so that what was
// asked in one packet is answered in one.
type wire struct {
	r   *bufio.Reader
	w   io.Writer
	out []byte
	err error // of the first failed write
}

func newWire(c io.ReadWriter) wire { return wire{r: bufio.NewReaderSize(c, maxLine), w: c} }

// line returns the next line without its end (CRLF or LF); it is valid until the next call.
func (w *wire) line() ([]byte, error) {
	waiting, _ := w.r.Peek(w.r.Buffered())
	if bytes.IndexByte(waiting, '\n') < 0 {
		if err := w.flush(); err != nil {
			return nil, err
		}
		if cap(w.out) > 2<<10 {
			w.out = nil // an idle session holds no large buffer
		}
	}
	line, err := w.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, errLine
	} else if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

// printf adds one line to the replies.
func (w *wire) printf(format string, args ...any) {
	w.out = fmt.Appendf(w.out, format, args...)
	w.out = append(w.out, '\r', '\n')
	w.spill()
}

// spill sends the replies when there are many.
func (w *wire) spill() {
	if len(w.out) >= maxOut {
		w.flush() // its error stays in w.err
	}
}

// flush sends the replies.
func (w *wire) flush() error {
	if w.err == nil && len(w.out) > 0 {
		_, w.err = w.w.Write(w.out)
	}
	w.out = w.out[:0]
	return w.err
}

// splitCommand divides a line into its keyword, in capitals, and what follows after one space, as it is:
// passwords may have spaces anywhere. Other control characters than TAB are in no command; RFC 1939
// section 3.
func splitCommand(line []byte) (keyword, rest string, ok bool) {
	for _, b := range line {
		if b < ' ' && b != '\t' || b == 0x7f {
			return "", "", false
		}
	}
	word, after, _ := bytes.Cut(line, []byte{' '})
	if len(word) == 0 || len(word) > maxKeyword {
		return "", "", false
	}
	for _, b := range word {
		if b <= ' ' || b > '~' {
			return "", "", false
		}
	}
	return string(bytes.ToUpper(word)), string(after), true
}

// maxKeyword is more than any keyword has.
const maxKeyword = 16
