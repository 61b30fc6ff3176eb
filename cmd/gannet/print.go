package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// print writes a verb's result: as JSON with --json, else as text.
func (in *invocation) print(result any, text func(w io.Writer)) error {
	if in.cli.JSON {
		e := json.NewEncoder(in.stdout)
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
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
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
