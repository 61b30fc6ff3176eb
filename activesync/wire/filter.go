package wire

import (
	"errors"
	"io"
	"slices"

	"github.com/gannetmail/gannet/wbxml"
)

// Filter writes into e, into the element that is open, those elements of what write writes that the schema
// names; all of them if it is empty. A name on another page than its own counts too: clients write Body of
// the class for that of AirSyncBase. It needs no memory for long values. MS-ASCMD, Schema (ItemOperations).
func Filter(e *wbxml.Encoder, schema []wbxml.Tag, write func(*wbxml.Encoder)) {
	if len(schema) == 0 {
		write(e)
		return
	}
	from, to := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := copyNamed(e, wbxml.NewDecoder(from, ownLimits), schema)
		from.CloseWithError(err) // lets write end if the copy broke off
	}()
	err := errBrokenOff // stays if write panics, which is for the caller to catch
	defer func() {
		to.CloseWithError(err) // nil: the end of the document
		<-done
	}()
	all := wbxml.NewEncoder(to)
	all.Start(wbxml.ItemOperationsProperties)
	write(all)
	all.End()
	err = all.Close()
}

// ownLimits let through a document of our own, however long a body in it is.
var ownLimits = wbxml.Limits{String: 1 << 62, Total: 1 << 62}

// errBrokenOff says that properties were not written to their end.
var errBrokenOff = errors.New("properties broken off")

// copyNamed copies the named children of the root element.
func copyNamed(e *wbxml.Encoder, d *wbxml.Decoder, schema []wbxml.Tag) error {
	for depth := 0; ; {
		tok, err := d.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			e.TextFrom(&failing{err}) // the answer must not look complete
			return err
		}
		switch tok.Kind {
		case wbxml.Start:
			if depth == 1 && !named(schema, tok.Tag) {
				if err := d.Skip(); err != nil {
					e.TextFrom(&failing{err})
					return err
				}
				continue
			}
			if depth++; depth > 1 {
				e.Start(tok.Tag)
			}
		case wbxml.End:
			if depth--; depth > 0 {
				e.End()
			}
		case wbxml.Opaque:
			e.Opaque(tok.Data)
		case wbxml.Text:
			e.TextFrom(d.Value())
		}
	}
}

// named reports whether the schema asks for the element.
func named(schema []wbxml.Tag, tag wbxml.Tag) bool {
	return slices.ContainsFunc(schema, func(s wbxml.Tag) bool { return s == tag || s.Name() == tag.Name() })
}

// failing is a reader with nothing but an error.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }
