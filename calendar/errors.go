package calendar

import (
	"errors"
	"fmt"
)

// ErrUnclear says that a calendar object cannot be read, or that what it says of a meeting cannot be told for sure.
var ErrUnclear = errors.New("calendar object is unclear")

// unclear is ErrUnclear with a reason.
func unclear(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnclear, fmt.Sprintf(format, args...))
}
