package wbxml

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// DumpOptions say what [Dump] leaves out. The zero value leaves out nothing.
type DumpOptions struct {
	Mask    func(Tag) bool // no byte of the values of these elements is shown; [Private] is one such function
	MaxData int            // bytes shown of each value; 0: all
	Limits  Limits         // for reading the document
}

// Dump writes the document that r holds as readable text, in constant memory:
//
//	AirSync:Sync
//	  AirSync:Status "1"
//	  AirSync:Collections
//	    AirSync:Collection
//	      AirSync:MoreAvailable
//	      Email2:ConversationId x"0a1b2c"
//	      AirSyncBase:Data "Dear "+1240
//
// Each element has a line, indented by two spaces for each element around it: its name as [Tag.String]
// writes it, then what it holds, one space before each value. Text is a Go string literal in double
// quotes; bytes that are not UTF-8 stand in it as \xNN. Opaque data is x and the bytes in hexadecimal, in
// double quotes. A value of which not all is shown ends with a plus sign and the number of bytes missing.
// Values that follow a child element have a line of their own, indented like the child. An element
// written as the bare token and one that has content by its tag, but ends at once, look the same.
//
// The header, page switches and the use of a string table are not shown. Reading a dump back with [Undump]
// gives the tokens that were dumped; dumping a document that Encoder or Undump wrote and reading it back
// gives the same bytes.
//
// If the document is broken, Dump writes what comes before and returns the [*SyntaxError].
func Dump(w io.Writer, r io.Reader, opts DumpOptions) error {
	p := dumper{w: bufio.NewWriter(w), d: NewDecoder(r, opts.Limits), opts: opts}
	err := p.document()
	if p.inLine {
		p.w.WriteByte('\n')
	}
	if err2 := p.w.Flush(); err2 != nil {
		return fmt.Errorf("wbxml: dump: %w", err2)
	}
	return err
}

// A dumper writes one dump. Errors of w surface when it is flushed.
type dumper struct {
	w      *bufio.Writer
	d      *Decoder
	opts   DumpOptions
	depth  int
	inLine bool // a line has been begun
}

func (p *dumper) document() error {
	for {
		tok, err := p.d.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch tok.Kind {
		case Start:
			p.newLine()
			p.w.WriteString(tok.Tag.String())
			p.depth++
		case End:
			p.depth--
			if p.inLine {
				p.w.WriteByte('\n')
				p.inLine = false
			}
		default:
			if p.inLine {
				p.w.WriteByte(' ')
			} else {
				p.newLine()
			}
			if err := p.value(tok); err != nil {
				return err
			}
		}
	}
}

// newLine begins a line.
func (p *dumper) newLine() {
	if p.inLine {
		p.w.WriteByte('\n')
	}
	p.w.WriteString(strings.Repeat("  ", p.depth))
	p.inLine = true
}

// value writes the value of tok, or what of it may be shown.
func (p *dumper) value(tok Token) error {
	show := int64(math.MaxInt64)
	if p.opts.MaxData > 0 {
		show = int64(p.opts.MaxData)
	}
	if p.opts.Mask != nil && p.opts.Mask(tok.Tag) {
		show = 0
	}
	value := p.d.Value()
	var err error
	if shown := io.LimitReader(value, show); tok.Kind == Text {
		err = p.quote(shown)
	} else {
		p.w.WriteString(`x"`)
		_, err = io.Copy(hex.NewEncoder(p.w), shown)
		p.w.WriteByte('"')
	}
	if err != nil {
		return err
	}
	hidden, err := io.Copy(io.Discard, value)
	if hidden > 0 {
		fmt.Fprintf(p.w, "+%d", hidden)
	}
	return err
}

// quote writes what r holds as one string literal.
func (p *dumper) quote(r io.Reader) error {
	var buf [1024]byte
	var quoted []byte
	p.w.WriteByte('"')
	defer p.w.WriteByte('"')
	for carried := 0; ; {
		n, err := r.Read(buf[carried:])
		n += carried
		whole := n
		if err == nil {
			whole = runeBorder(buf[:n])
		}
		quoted = strconv.AppendQuote(quoted[:0], string(buf[:whole]))
		p.w.Write(quoted[1 : len(quoted)-1])
		carried = copy(buf[:], buf[whole:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Private reports whether elements of that tag hold what a log should not: passwords, the text of
// messages and other items, attachments, pictures, certificates.
func Private(tag Tag) bool {
	switch tag {
	case AirSyncBaseData, AirSyncBaseContent, AirSyncBasePreview,
		EmailBody, EmailMIMEData, ContactsBody, ContactsPicture, CalendarBody, TasksBody,
		ComposeMailMime, ItemOperationsData, ItemOperationsPassword,
		SearchPassword, SettingsPassword, SettingsReplyMessage, ProvisionData,
		GALData, ResolveRecipientsData, ResolveRecipientsCertificate,
		ResolveRecipientsMiniCertificate, ValidateCertCertificate, ValidateCertCertificateChain:
		return true
	}
	return false
}
