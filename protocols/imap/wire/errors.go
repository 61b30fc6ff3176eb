package wire

import (
	"errors"
	"fmt"
)

// Causes of an [Error], for errors.Is.
var (
	ErrSyntax  = errors.New("syntax")              // the grammar was not met
	ErrTooBig  = errors.New("too big")             // a limit of the line, a literal, the nesting or the whole was passed
	ErrCharset = errors.New("unknown charset")     // SEARCH, SORT or THREAD in a charset that is not read here
	ErrRefused = errors.New("literal refused")     // the callback of a continuation request said no
	ErrShort   = errors.New("literal ended early") // the source of a literal had fewer bytes than were announced
)

// Error is one thing wrong with a command. Text is fit for the client's eyes: it quotes nothing that the client sent.
type Error struct {
	Pos  int64  // offset in the command, literals included, from its first byte
	Text string // what was expected, or which limit was passed
	Err  error  // one of the causes above, or the error of the connection or of the callback

	// Lost is set when the next byte of the stream isn't known to begin a command: the session says BYE and closes.
	// Without it the command has been read to its end, the session says BAD (or NO) and reads on.
	Lost bool
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("at byte %d: %s", e.Pos, e.Text) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Code is the response code that goes with the error, RFC 9051 section 7.1, without brackets, or empty.
func (e *Error) Code() string {
	switch {
	case errors.Is(e.Err, ErrTooBig):
		return "TOOBIG"
	case errors.Is(e.Err, ErrCharset):
		return "BADCHARSET (US-ASCII UTF-8)"
	}
	return ""
}
