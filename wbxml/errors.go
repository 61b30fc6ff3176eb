package wbxml

import (
	"errors"
	"fmt"
)

// Why a document is refused; found in a [SyntaxError] with errors.Is.
var (
	ErrDepth       = errors.New("elements nested too deep")
	ErrElements    = errors.New("too many elements")
	ErrString      = errors.New("value too long")
	ErrTotal       = errors.New("document too long")
	ErrUnsupported = errors.New("not part of ActiveSync")
	ErrSyntax      = errors.New("not well-formed")
	ErrTrailing    = errors.New("data after the end of the root element")
)

// A SyntaxError says why a document could not be read, and where.
//
// Err is one of the errors above, wrapped with what was found; or io.ErrUnexpectedEOF where the document
// stops early; or what the underlying reader returned, for instance *http.MaxBytesError.
type SyntaxError struct {
	Offset int64  // bytes from the start of the document to what is refused, or to where the input ended
	Path   string // names of the elements open there, "Sync/Collections/Collection"; "" outside the root
	Err    error
}

// Error returns the cause with offset and path.
func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("wbxml: offset %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("wbxml: offset %d, in %s: %v", e.Offset, e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *SyntaxError) Unwrap() error { return e.Err }
