package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Reader reads commands from a stream. Between [Reader.Start] and [Reader.End] the methods read one piece of a
// command each. After the first mistake they read nothing more and return zero values; End then reads the rest of the
// command away and tells of the mistake. It is not for use by several goroutines.
type Reader struct {
	// UTF8 is set once the client enabled UTF8=ACCEPT or IMAP4rev2: mailbox names are then UTF-8 as they stand
	// instead of modified UTF-7.
	UTF8 bool

	// Continue is called before a synchronising literal of that many bytes is read; it writes and flushes "+ …". Its
	// error refuses the literal, and the command with it.
	Continue func(size int64) error

	br     *bufio.Reader
	limits Limits

	err     *Error
	pos     int64 // bytes of the command taken
	line    int   // of them outside of literals
	kept    int64 // bytes in memory
	depth   int
	ahead   byte // next byte, when has
	has     bool
	ended   bool     // the command's last line end was taken
	open    *Literal // whose bytes were not all read
	tail    []byte   // beginning of a literal's announcement that turned out wrong
	tailBuf [40]byte
}

// Command is the beginning of a command: RFC 9051 section 2.2.1.
type Command struct {
	Tag  string
	Name string // upper case: FETCH
	UID  bool   // UID stood before the name
}

// NewReader returns a reader of commands. It reads ahead: after STARTTLS or COMPRESS the stream below must be replaced
// with [Reader.Reset], and what had been read ahead is thrown away, as RFC 9051 section 6.2.1 wants.
func NewReader(r io.Reader, limits Limits) *Reader {
	return &Reader{br: bufio.NewReader(r), limits: limits.withDefaults()}
}

// Reset makes the reader continue on another stream.
func (r *Reader) Reset(stream io.Reader) {
	r.br.Reset(stream)
	r.has = false
}

// SetLimits replaces the limits, between commands: a client may send more once it has logged in.
func (r *Reader) SetLimits(limits Limits) { r.limits = limits.withDefaults() }

// Buffered is the number of bytes that were read ahead: another command may already be here.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// Start reads the tag and the name of the next command, with the UID before it. At the end of the stream it returns
// io.EOF. Any other error is an [*Error] as of End; the Command then holds what was read: without a tag the answer is
// untagged.
func (r *Reader) Start() (Command, error) {
	r.begin()
	if _, err := r.br.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			return Command{}, io.EOF
		}
		r.broken(err)
		return Command{}, r.err
	}
	var c Command
	c.Tag = r.run(tagChar, "a tag")
	if next := r.peek(); c.Tag != "" && next != ' ' && next != '\r' && next != '\n' {
		c.Tag = "" // not a tag but a stray line
		r.fail("expected a tag")
	}
	r.Space()
	c.Name = upper(r.Atom())
	if c.Name == "UID" {
		c.UID = true
		r.Space()
		c.Name = upper(r.Atom())
	}
	if r.err != nil {
		return c, r.End()
	}
	return c, nil
}

func (r *Reader) begin() {
	r.err, r.open, r.tail = nil, nil, nil
	r.pos, r.line, r.kept, r.depth = 0, 0, 0, 0
	r.has, r.ended = false, false
}

// End reads the line end of the command. Whatever happened before, the command is at its end afterwards, unless the
// error says Lost. Spaces before the line end and a line end without CR are taken.
func (r *Reader) End() error {
	if r.err == nil && !r.ended {
		r.takeLineEnd()
	}
	if r.err == nil {
		return nil
	}
	r.skip()
	return r.err
}

// Abandon reads the rest of a command away because the session refuses it, and returns an error only when the stream
// is no longer in step. A synchronising literal that was not asked for stays with the client.
func (r *Reader) Abandon() error {
	if r.err == nil {
		r.failWith(ErrRefused, "refused")
	}
	r.skip()
	if r.err.Lost {
		return r.err
	}
	return nil
}

// Err is the first mistake of this command so far, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Line reads a line outside of a command, without its end: the answer to a challenge of AUTHENTICATE, or DONE. A line
// longer than limit is read away and is an error with ErrTooBig.
func (r *Reader) Line(limit int) (string, error) {
	r.begin()
	var b strings.Builder
	for {
		switch c := r.peek(); {
		case r.err != nil:
			return "", r.End()
		case c == '\n':
			r.has, r.ended = false, true
			return strings.TrimSuffix(b.String(), "\r"), nil
		case b.Len() > limit:
			r.failWith(ErrTooBig, "line too long")
			return "", r.End()
		default:
			b.WriteByte(c)
			r.take()
		}
	}
}

// peek is the next byte of the line, or 0 after a mistake.
func (r *Reader) peek() byte {
	if r.err != nil {
		return 0
	}
	if r.has {
		return r.ahead
	}
	if l := r.open; l != nil && (l.left > 0 || !l.accepted && !l.NonSync) {
		r.fail("a literal that was not read")
		return 0
	}
	if r.line >= r.limits.Line || r.kept >= r.limits.Command {
		r.failWith(ErrTooBig, "command line too long")
		return 0
	}
	c, err := r.br.ReadByte()
	if err != nil {
		r.broken(err)
		return 0
	}
	r.ahead, r.has = c, true
	return c
}

// take takes the byte that peek showed. Nothing but takeLineEnd takes a line feed.
func (r *Reader) take() {
	r.has = false
	r.pos++
	r.line++
	r.kept++
}

// accept takes the next byte if it is c.
func (r *Reader) accept(c byte) bool {
	if r.peek() != c || c == 0 || r.err != nil {
		return false
	}
	r.take()
	return true
}

func (r *Reader) expect(c byte, what string) {
	if r.err == nil && !r.accept(c) {
		r.fail("expected " + what)
	}
}

// Space reads the one space between two arguments.
func (r *Reader) Space() { r.expect(' ', "a space") }

// More reports whether another argument follows, and reads the space before it.
func (r *Reader) More() bool {
	return r.accept(' ') && r.peek() != '\r' && r.peek() != '\n' && r.err == nil
}

func (r *Reader) takeLineEnd() {
	for r.accept(' ') {
	}
	r.accept('\r')
	if r.peek() != '\n' || r.err != nil {
		r.fail("expected the end of the command")
		return
	}
	r.take()
	r.ended = true
}

// list reads "(" element *(SP element) ")"; what is between may be empty when empty says so.
func (r *Reader) list(empty bool, element func()) {
	r.expect('(', "an opening parenthesis")
	r.enter()
	if empty && r.accept(')') {
		r.leave()
		return
	}
	for r.err == nil {
		element()
		if r.accept(')') {
			break
		}
		r.Space()
	}
	r.leave()
}

// Opens reports whether a parenthesis comes next.
func (r *Reader) Opens() bool { return r.peek() == '(' }

// Elements reads a list in parentheses of one element or more; element reads one of them.
func (r *Reader) Elements(element func()) { r.list(false, element) }

// Fail notes that what was read is not what the command wants: text says what was wanted, for the client's eyes.
func (r *Reader) Fail(text string) { r.fail(text) }

func (r *Reader) enter() {
	if r.depth++; r.depth > r.limits.Depth {
		r.failWith(ErrTooBig, "nested too deeply")
	}
}

func (r *Reader) leave() { r.depth-- }

func (r *Reader) fail(text string) { r.failWith(ErrSyntax, text) }

func (r *Reader) failWith(cause error, text string) {
	if r.err == nil {
		r.err = &Error{Pos: r.pos, Text: text, Err: cause}
	}
}

// broken notes that the stream failed, which outdoes whatever else was wrong.
func (r *Reader) broken(err error) {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	r.err = &Error{Pos: r.pos, Text: "connection", Err: fmt.Errorf("read command: %w", err), Lost: true}
}
