package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// print writes a verb's result: as JSON with --json, else as text.
func (in *invocation) print(result any, text func(w io.Writer)) error {
	if in.cli.JSON {
		e := json.NewEncoder(escaper{in.stdout})
		e.SetIndent("", "  ")
		return e.Encode(result)
	}
	if text == nil {
		return nil
	}
	table := tabwriter.NewWriter(in.stdout, 0, 0, 2, ' ', 0)
	text(table)
	return table.Flush()
}

// progress tells on standard error how a verb goes on.
func (in *invocation) progress(line string) {
	if in.cli.JSON {
		json.NewEncoder(escaper{in.stderr}).Encode(frame{Progress: &line})
		return
	}
	fmt.Fprintln(in.stderr, line)
}

// fail reports err, once, and returns the exit code that goes with it.
func (in *invocation) fail(err error) int {
	code, text := exitCode(err), explain(err, in.cli.Data)
	if errors.Is(err, context.Canceled) {
		code, text = exitInterrupted, "interrupted"
	}
	if in.cli.JSON {
		json.NewEncoder(escaper{in.stderr}).Encode(frame{Error: &frameError{Code: code, Message: text}})
	} else {
		fmt.Fprintln(in.stderr, "gannet: "+text)
	}
	return code
}

// row writes one line of a table; what others wrote in it cannot forge lines, columns or terminal codes.
func row(w io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, plain(cell(c)))
	}
	fmt.Fprintln(w)
}

func cell(c any) string {
	switch c := c.(type) {
	case time.Time:
		if c.IsZero() {
			return "never"
		}
		return c.Local().Format("2006-01-02 15:04")
	case bool:
		if c {
			return "yes"
		}
		return "no"
	case string:
		if c == "" {
			return "-"
		}
		return c
	}
	return fmt.Sprint(c)
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return '?'
		}
		return r
	}, s)
}

// steers reports whether a character does something to a terminal rather than be shown: control codes, and what
// turns the direction of the text around it.
func steers(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// An escaper writes JSON with escapes for the characters that steer a terminal and that JSON allows. They stand
// nowhere but in strings; it is given whole documents.
type escaper struct{ w io.Writer }

// Write implements io.Writer.
func (e escaper) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p))
	for _, r := range string(p) {
		if r >= 0x7f && steers(r) {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// rough writes a size for people: three digits and a unit.
func rough(bytes int64) string {
	for _, u := range sizeUnits {
		if u.size > 1 && Size(bytes) >= u.size {
			return fmt.Sprintf("%.3g %s", float64(bytes)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d B", bytes)
}

// quotaText is a quota for people.
func quotaText(bytes int64) string {
	if bytes == 0 {
		return "none"
	}
	return rough(bytes)
}
