package wire

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxText is the longest text accepted of an element that is not a body, in bytes.
const MaxText = 32 << 10

// ErrEmpty says that there is no document: the body of the request is empty.
var ErrEmpty = errors.New("empty request")

// A SchemaError says what breaks the schema of a request, and in which element.
type SchemaError struct {
	Path   string // names of the open elements, "Ping/Folders"
	Reason string
}

// Error returns path and reason.
func (e *SchemaError) Error() string { return fmt.Sprintf("wire: in %s: %s", e.Path, e.Reason) }

// A reader reads one document, element by element.
type reader struct {
	d        *wbxml.Decoder
	depth    int // elements open
	commands int // of a Sync request, read so far
	contents Contents
	kept     int // bodies and files given to contents
}

// newReader begins a document whose root must be one of the given elements, and returns which it is.
func newReader(body io.Reader, roots ...wbxml.Tag) (*reader, wbxml.Tag, error) {
	var first [1]byte
	if _, err := io.ReadFull(body, first[:]); err == io.EOF {
		return nil, 0, ErrEmpty
	} else if err != nil {
		return nil, 0, fmt.Errorf("read request: %w", err)
	}
	r := &reader{d: wbxml.NewDecoder(io.MultiReader(strings.NewReader(string(first[:])), body), wbxml.Limits{})}
	tok, err := r.next()
	if err != nil {
		return nil, 0, err
	}
	for _, root := range roots {
		if tok.Tag == root {
			return r, root, nil
		}
	}
	return nil, 0, r.fail("root element is " + tok.Tag.String())
}

func (r *reader) next() (wbxml.Token, error) {
	tok, err := r.d.Next()
	switch tok.Kind {
	case wbxml.Start:
		r.depth++
	case wbxml.End:
		r.depth--
	}
	return tok, err
}

// each calls f for every child of the innermost open element, after the child's Start, and leaves that
// element. f may read the child or leave it; what it leaves is passed over.
func (r *reader) each(f func(child wbxml.Tag) error) error {
	outside := r.depth - 1
	for {
		tok, err := r.next()
		if err != nil {
			return err
		}
		if tok.Kind == wbxml.End && r.depth == outside {
			return nil
		}
		if tok.Kind != wbxml.Start {
			continue // text between elements means nothing
		}
		if err := f(tok.Tag); err != nil {
			return err
		}
		for r.depth > outside+1 {
			if err := r.skip(); err != nil {
				return err
			}
		}
	}
}

// skip leaves the innermost open element.
func (r *reader) skip() error {
	r.depth--
	return r.d.Skip()
}

// text returns what the innermost open element holds and leaves it. More than MaxText bytes break the
// schema.
func (r *reader) text(into *string) error {
	s, err := r.d.TextContent(MaxText)
	r.depth--
	*into = s
	return err
}

// short is text of at most limit bytes.
func (r *reader) short(into *string, limit int) error {
	if err := r.text(into); err != nil {
		return err
	}
	if len(*into) > limit {
		return r.fail(fmt.Sprintf("%d bytes where %d are allowed", len(*into), limit))
	}
	return nil
}

// number reads a decimal integer.
func (r *reader) number(into *int) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return r.fail(fmt.Sprintf("%.20q is no number", s))
	}
	*into = int(n)
	return nil
}

// flag reads a boolean; an empty element is true.
func (r *reader) flag(into *bool) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "1", "true":
		*into = true
	case "0", "false":
		*into = false
	default:
		return r.fail(fmt.Sprintf("%.20q is no boolean", s))
	}
	return nil
}

// content copies what the innermost open element holds, of any length, and leaves it.
func (r *reader) content(to io.Writer) (int64, error) {
	n, err := io.Copy(to, r.d.Content())
	if err == nil {
		r.depth--
	}
	return n, err
}

// fail returns a SchemaError at the place reached.
func (r *reader) fail(reason string) error {
	return &SchemaError{Path: r.d.Path(), Reason: reason}
}

// dateForms are the ways in which clients write a point in time. MS-ASDTYPE, dateTime and Compact DateTime.
var dateForms = []string{
	"2006-01-02T15:04:05Z07:00", "20060102T150405Z", "2006-01-02T15:04:05", "20060102T150405",
	"2006-01-02", "20060102",
}

// ParseTime reads a point in time in either form, with or without a fraction; without a zone it is UTC.
func ParseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// FormatTime writes a point in time with separators and milliseconds, in UTC. MS-ASDTYPE, dateTime.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// FormatCompact writes a point in time without separators, in UTC. MS-ASDTYPE, Compact DateTime.
func FormatCompact(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
