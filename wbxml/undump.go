package wbxml

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Undump reads text in the form that [Dump] writes, and writes the document to w. Lines that are empty or
// begin with # are skipped. Strings are written as they stand, valid UTF-8 or not and empty ones too, so
// that a test can say what a client should not have sent.
//
// It is meant for tests and tools: a line is held in memory whatever its length. A value of which a part
// is missing is an error, as is a line that is not of that form; the error names the line.
func Undump(w io.Writer, r io.Reader) error {
	e := NewEncoder(w)
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("wbxml: undump: %w", err)
		}
		if err2 := undumpLine(e, strings.TrimRight(line, "\r\n")); err2 != nil {
			return fmt.Errorf("wbxml: undump: line %d: %w", n, err2)
		}
		if err == io.EOF {
			break
		}
	}
	closeTo(e, 0)
	return e.Close()
}

// undumpLine writes what one line says.
func undumpLine(e *Encoder, line string) error {
	rest := strings.TrimLeft(line, " ")
	if rest == "" || rest[0] == '#' {
		return nil
	}
	indent := len(line) - len(rest)
	if indent%2 != 0 || indent/2 > len(e.stack) {
		return fmt.Errorf("indented by %d, want an even number up to %d", indent, 2*len(e.stack))
	}
	closeTo(e, indent/2)
	if !isValue(rest) {
		name, values, more := strings.Cut(rest, " ")
		tag, ok := LookupTag(name)
		if !ok {
			return fmt.Errorf("no element is named %q", name)
		}
		e.Start(tag)
		if !more {
			return e.Err()
		}
		rest = values
	}
	return undumpValues(e, rest)
}

// closeTo ends elements until depth of them are open.
func closeTo(e *Encoder, depth int) {
	for len(e.stack) > depth && e.err == nil {
		e.End()
	}
}

func isValue(s string) bool { return strings.HasPrefix(s, `"`) || strings.HasPrefix(s, `x"`) }

// undumpValues writes the values that s lists, at least one.
func undumpValues(e *Encoder, s string) error {
	for {
		if !isValue(s) {
			return fmt.Errorf("%q is not a value", s)
		}
		literal, opaque := strings.CutPrefix(s, "x")
		quoted, err := strconv.QuotedPrefix(literal)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		value, err := strconv.Unquote(quoted)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if err := undumpValue(e, value, opaque); err != nil {
			return err
		}
		s = literal[len(quoted):]
		switch {
		case s == "":
			return e.Err()
		case s[0] == '+':
			return errors.New("part of a value is missing")
		case s[0] != ' ':
			return fmt.Errorf("%q after a value", s)
		}
		s = s[1:]
	}
}

func undumpValue(e *Encoder, value string, opaque bool) error {
	if !opaque {
		if strings.IndexByte(value, 0) >= 0 {
			return errors.New("text can not hold NUL")
		}
		e.rawText([]byte(value))
		return nil
	}
	data, err := hex.DecodeString(value)
	if err != nil {
		return err
	}
	e.Opaque(data)
	return nil
}
