package wbxml

import (
	"fmt"
	"io"
)

// The global tokens of WBXML 1.3, section 7.1, that the decoder knows by sight.
const (
	tokenSwitchPage = 0x00
	tokenEnd        = 0x01
	tokenStrI       = 0x03
	tokenStrT       = 0x83
	tokenOpaque     = 0xC3

	hasAttributes = 0x80 // bits of a tag
	hasContent    = 0x40
	tokenBits     = 0x3F
)

// A Decoder reads one document, token by token. Its first error is final: every later call returns it
// again. It is not for use by several goroutines at once.
type Decoder struct {
	in    input
	lim   Limits
	err   error  // the first, io.EOF included
	table []byte // the string table

	started  bool // the header has been read
	page     uint8
	stack    []Tag // elements open
	elements int   // elements begun
	empty    bool  // the element begun last has no content: its End comes next

	value value // of the token read last
}

// NewDecoder returns a decoder of the document that r holds. It buffers: after an error r may have been
// read further than the decoder has come.
func NewDecoder(r io.Reader, lim Limits) *Decoder {
	lim = lim.withDefaults()
	return &Decoder{
		in:    input{r: r, left: lim.Total, buf: make([]byte, firstBuffer)},
		lim:   lim,
		stack: make([]Tag, 0, 16),
	}
}

// Next returns the next token, io.EOF after the document's end, and else a [*SyntaxError]. What was left
// unread of the value before is passed over.
//
// Whether something follows the document is looked at by the call after the End of the root element, which
// then returns [ErrTrailing]. Android devices have been seen to send the root element twice in one request;
// a caller who is content with the first does not make that call.
func (d *Decoder) Next() (Token, error) {
	if d.err != nil {
		return Token{}, d.err
	}
	if d.value.open {
		if err := d.discardValue(); err != nil {
			return Token{}, err
		}
	}
	d.value = value{serial: d.value.serial + 1}
	if d.empty {
		d.empty = false
		return d.pop(), nil
	}
	if len(d.stack) == 0 {
		if err := d.outside(); err != nil {
			return Token{}, err
		}
	}
	for {
		b, err := d.readByte()
		if err != nil {
			return Token{}, err
		}
		switch {
		case b == tokenSwitchPage:
			if d.page, err = d.readByte(); err != nil {
				return Token{}, err
			}
			continue
		case b&tokenBits >= firstTag && b&hasAttributes == 0:
			return d.push(b)
		case b == tokenEnd && len(d.stack) > 0:
			return d.pop(), nil
		case b == tokenStrI && len(d.stack) > 0:
			return d.inlineString()
		}
		return d.rare(b)
	}
}

// rare handles the tokens that are not met in every document, and those that are met in none.
func (d *Decoder) rare(b byte) (Token, error) {
	at := d.in.offset() - 1
	switch {
	case b&tokenBits >= firstTag:
		tag := MakeTag(d.page, b&tokenBits)
		return Token{}, d.failAt(at, fmt.Errorf("%w: attributes of %v", ErrUnsupported, tag))
	case unsupported[b] != "":
		return Token{}, d.failAt(at, fmt.Errorf("%w: %s (0x%02X)", ErrUnsupported, unsupported[b], b))
	case len(d.stack) == 0 && b == tokenEnd:
		return Token{}, d.failAt(at, fmt.Errorf("%w: END outside the root element", ErrSyntax))
	case len(d.stack) == 0:
		return Token{}, d.failAt(at, fmt.Errorf("%w: text outside the root element", ErrSyntax))
	case b == tokenStrT:
		return d.tableString(at)
	default: // tokenOpaque: every other byte is accounted for
		return d.opaque(at)
	}
}

// unsupported names the global tokens that ActiveSync does not use.
var unsupported = [256]string{
	0x02: "ENTITY", 0x04: "LITERAL", 0x40: "EXT_I_0", 0x41: "EXT_I_1", 0x42: "EXT_I_2", 0x43: "PI",
	0x44: "LITERAL_C", 0x80: "EXT_T_0", 0x81: "EXT_T_1", 0x82: "EXT_T_2", 0x84: "LITERAL_A",
	0xC0: "EXT_0", 0xC1: "EXT_1", 0xC2: "EXT_2", 0xC4: "LITERAL_AC",
}

// outside is called where no element is open: at the start, where the header is due, and behind the root
// element, where nothing may follow.
func (d *Decoder) outside() error {
	if !d.started {
		d.started = true
		return d.readHeader()
	}
	if d.elements == 0 {
		return nil
	}
	if err := d.in.need(1); err == nil {
		return d.failAt(d.in.offset(), ErrTrailing)
	} else if err != io.EOF {
		return d.fail(err)
	}
	d.err = io.EOF
	return d.err
}

// push begins the element whose tag byte is b.
func (d *Decoder) push(b byte) (Token, error) {
	switch {
	case len(d.stack) >= d.lim.Depth:
		return Token{}, d.failAt(d.in.offset()-1, ErrDepth)
	case d.elements >= d.lim.Elements:
		return Token{}, d.failAt(d.in.offset()-1, ErrElements)
	}
	d.elements++
	d.empty = b&hasContent == 0
	tag := MakeTag(d.page, b&tokenBits)
	d.stack = append(d.stack, tag)
	return Token{Kind: Start, Tag: tag}, nil
}

// pop ends the innermost element.
func (d *Decoder) pop() Token {
	last := len(d.stack) - 1
	tag := d.stack[last]
	d.stack = d.stack[:last]
	return Token{Kind: End, Tag: tag}
}

// Skip reads to the end of the innermost open element, its End included: called after a Start it passes
// over that element with all it contains. With no element open it does nothing.
func (d *Decoder) Skip() error {
	for depth := len(d.stack); depth > 0 && len(d.stack) >= depth; {
		if _, err := d.Next(); err != nil {
			return err
		}
	}
	return nil
}

// Path returns the names of the open elements, outermost first: "Sync/Collections/Collection".
func (d *Decoder) Path() string { return path(d.stack) }

// Offset returns how many bytes of the document have been consumed.
func (d *Decoder) Offset() int64 { return d.in.offset() }

// fail makes err final, at the place reached so far.
func (d *Decoder) fail(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return d.failAt(d.in.offset()+int64(d.in.buffered()), err)
}

// failAt makes err final, at that offset.
func (d *Decoder) failAt(offset int64, err error) error {
	d.err = &SyntaxError{Offset: offset, Path: d.Path(), Err: err}
	return d.err
}
