package calendar

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of one calendar object.
const (
	maxObject     = 1 << 20 // bytes
	maxProperties = 20000
	maxDepth      = 16
)

// ErrUnclear says that a calendar object cannot be read, or that what it says of a meeting cannot be told for sure.
var ErrUnclear = errors.New("calendar object is unclear")

// unclear is ErrUnclear with a reason.
func unclear(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnclear, fmt.Sprintf(format, args...))
}

// A component is what stands between BEGIN and END. RFC 5545, section 3.6.
type component struct {
	name     string // upper case
	props    []property
	children []*component
}

// A property is one content line. RFC 5545, section 3.1.
type property struct {
	name   string // upper case
	params []param
	value  string // as sent, unfolded
}

// A param is one parameter of a property, without quotes. RFC 5545, section 3.2.
type param struct {
	name  string // upper case
	value string
}

// parseObject reads the first component of r, which is UTF-8, with all that is in it. Lines that are no properties
// are passed over, and components that do not end are ended by what ends around them: mail programs write such things.
func parseObject(r io.Reader) (*component, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxObject+1))
	if err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	if len(raw) > maxObject {
		return nil, unclear("longer than %d bytes", maxObject)
	}
	var root *component
	var open []*component
	count := 0
	for line := range unfolded(string(raw)) {
		p, ok := parseLine(line)
		switch {
		case !ok:
		case p.name == "BEGIN":
			c := &component{name: strings.ToUpper(strings.TrimSpace(p.value))}
			if len(open) >= maxDepth {
				return nil, unclear("components nested too deeply")
			}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.children = append(parent.children, c)
			} else if root == nil {
				root = c
			} else {
				return root, nil // a second object
			}
			open = append(open, c)
		case p.name == "END":
			open = closed(open, strings.ToUpper(strings.TrimSpace(p.value)))
		case len(open) > 0:
			if count++; count > maxProperties {
				return nil, unclear("too many properties")
			}
			c := open[len(open)-1]
			c.props = append(c.props, p)
		}
	}
	if root == nil {
		return nil, unclear("no component")
	}
	return root, nil
}

// closed ends the innermost open component of that name with those inside of it; an END that fits none is ignored.
func closed(open []*component, name string) []*component {
	for i := len(open) - 1; i >= 0; i-- {
		if open[i].name == name {
			return open[:i]
		}
	}
	return open
}

// unfolded yields the lines of s with those that continue them. RFC 5545, section 3.1.
func unfolded(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var line strings.Builder
		for l := range strings.Lines(s) {
			l = strings.TrimRight(l, "\r\n")
			if l != "" && (l[0] == ' ' || l[0] == '\t') {
				line.WriteString(l[1:])
				continue
			}
			if line.Len() > 0 && !yield(line.String()) {
				return
			}
			line.Reset()
			line.WriteString(l)
		}
		if line.Len() > 0 {
			yield(line.String())
		}
	}
}

// parseLine reads one content line.
func parseLine(line string) (property, bool) {
	end := outsideQuotes(line, ':')
	if end < 0 {
		end = strings.IndexByte(line, ':') // a quote that does not end
	}
	if end <= 0 {
		return property{}, false
	}
	head := line[:end]
	p := property{value: line[end+1:]}
	name, rest := cutOutside(head, ';')
	p.name = strings.ToUpper(strings.TrimSpace(name))
	for rest != "" {
		var one string
		one, rest = cutOutside(rest, ';')
		name, value, _ := strings.Cut(one, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		p.params = append(p.params, param{strings.ToUpper(strings.TrimSpace(name)), value})
	}
	return p, p.name != ""
}

// outsideQuotes returns where b first stands outside of double quotes, -1 if nowhere.
func outsideQuotes(s string, b byte) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == b && !quoted:
			return i
		}
	}
	return -1
}

// cutOutside is strings.Cut at a byte outside of double quotes.
func cutOutside(s string, b byte) (before, after string) {
	if i := outsideQuotes(s, b); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// get returns the first property of that name, nil if there is none.
func (c *component) get(name string) *property {
	for i := range c.props {
		if c.props[i].name == name {
			return &c.props[i]
		}
	}
	return nil
}

// text returns the value of the first property of that name, unescaped and trimmed; "" if there is none.
func (c *component) text(name string) string {
	p := c.get(name)
	if p == nil {
		return ""
	}
	return strings.TrimSpace(unescape(p.value))
}

// all yields the children of that name.
func (c *component) all(name string) func(yield func(*component) bool) {
	return func(yield func(*component) bool) {
		for _, child := range c.children {
			if child.name == name && !yield(child) {
				return
			}
		}
	}
}

// param returns the value of a parameter, "" if there is none.
func (p *property) param(name string) string {
	for _, x := range p.params {
		if x.name == name {
			return x.value
		}
	}
	return ""
}

// unescape undoes the escapes of TEXT. RFC 5545, section 3.3.11.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n', 'N':
			b.WriteByte('\n')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
