package model

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A line is a content line of iCalendar or vCard. RFC 5545, section 3.1; RFC 6350, section 3.3.
type line struct {
	name   string
	params map[string]string // in upper case, unless quoted
	value  string            // as it is written
}

// readLines divides an object into its lines.
func readLines(raw string) (list []line, err error) {
	raw = strings.ReplaceAll(raw, "\r\n ", "")
	for text := range strings.SplitSeq(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
		l, err := readLine(text)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

func readLine(text string) (line, error) {
	quoted := false
	var head []string
	start, end := 0, -1
	for i, r := range text {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted && (r == ';' || r == ':') {
			head = append(head, text[start:i])
			start = i + 1
		}
		if !quoted && r == ':' {
			end = i
			break
		}
	}
	if end < 0 {
		return line{}, fmt.Errorf("line %q", text)
	}
	l := line{name: strings.ToUpper(head[0]), params: map[string]string{}, value: text[end+1:]}
	for _, p := range head[1:] {
		name, value, _ := strings.Cut(p, "=")
		l.params[strings.ToUpper(name)] = strings.Trim(value, `"`)
	}
	return l, nil
}

// text is the value as text.
func (l line) text() string { return unescape(l.value) }

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";").Replace(s)
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`).Replace(s)
}

// parts are the parts of the value between separators that are not escaped.
func (l line) parts(sep byte) (list []string) {
	start := 0
	for i := 0; i < len(l.value); i++ {
		switch l.value[i] {
		case '\\':
			i++
		case sep:
			list = append(list, unescape(l.value[start:i]))
			start = i + 1
		}
	}
	return append(list, unescape(l.value[start:]))
}

// A lineWriter writes content lines, folded.
type lineWriter struct{ b strings.Builder }

// put writes a line, unless its value is empty.
func (w *lineWriter) put(head, value string) {
	if value == "" {
		return
	}
	text := head + ":" + value
	for len(text) > 75 {
		n := 75
		for !utf8.RuneStart(text[n]) {
			n--
		}
		w.b.WriteString(text[:n] + "\r\n ")
		text = text[n:]
	}
	w.b.WriteString(text + "\r\n")
}

// A component is one of iCalendar: its lines, and the components in it.
type component struct {
	name  string
	lines []line
	kids  []*component
}

// readComponents reads an iCalendar object.
func readComponents(raw string) (*component, error) {
	list, err := readLines(raw)
	if err != nil {
		return nil, err
	}
	root := &component{}
	open := []*component{root}
	for _, l := range list {
		top := open[len(open)-1]
		switch l.name {
		case "BEGIN":
			c := &component{name: l.value}
			top.kids = append(top.kids, c)
			open = append(open, c)
		case "END":
			if l.value != top.name {
				return nil, fmt.Errorf("END of %s in %s", l.value, top.name)
			}
			open = open[:len(open)-1]
		default:
			top.lines = append(top.lines, l)
		}
	}
	if len(open) != 1 || len(root.kids) != 1 || root.kids[0].name != "VCALENDAR" {
		return nil, fmt.Errorf("not one VCALENDAR")
	}
	return root.kids[0], nil
}

// all are the components in it with a name.
func (c *component) all(name string) (list []*component) {
	for _, k := range c.kids {
		if k.name == name {
			list = append(list, k)
		}
	}
	return list
}

// get is the first line with a name.
func (c *component) get(name string) line {
	for _, l := range c.lines {
		if l.name == name {
			return l
		}
	}
	return line{}
}

// lists are all values of a property that holds lists.
func (c *component) lists(name string) string {
	var all []string
	for _, l := range c.lines {
		if l.name == name {
			all = append(all, l.parts(',')...)
		}
	}
	return strings.Join(all, ",")
}
