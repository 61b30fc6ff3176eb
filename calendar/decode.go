package calendar

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits bound what is read. The zero value of a field means that of [DefaultLimits].
type Limits struct {
	Bytes      int64 // of the whole input
	Line       int   // bytes of one content line, unfolded
	Properties int   // in all
	Depth      int   // of components in components
	Problems   int   // that are told; the others are counted
}

// DefaultLimits are those of a whole calendar, as it is imported.
var DefaultLimits = Limits{Bytes: 64 << 20, Line: 16 << 20, Properties: 2_000_000, Depth: 16, Problems: 100}

// ObjectLimits are those of one object, as a client or a message brings it.
var ObjectLimits = Limits{Bytes: 8 << 20, Line: 6 << 20, Properties: 100_000, Depth: 16, Problems: 100}

func (l Limits) orDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	set(&l.Line, DefaultLimits.Line)
	set(&l.Properties, DefaultLimits.Properties)
	set(&l.Depth, DefaultLimits.Depth)
	set(&l.Problems, DefaultLimits.Problems)
	return l
}

// A Problem is a deviation from RFC 5545 that did not hinder reading.
type Problem struct {
	Line   int    // from 1
	Reason string // English, without the content
}

// String is the problem as one reads it in a report.
func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Reason) }

// A SyntaxError says why an input is refused. It wraps [ErrUnclear].
type SyntaxError struct {
	Line   int
	Reason string
}

// Error names the line and the reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("calendar, line %d: %s", e.Line, e.Reason) }

// Unwrap returns [ErrUnclear].
func (e *SyntaxError) Unwrap() error { return ErrUnclear }

// A File is all that an input holds.
type File struct {
	Calendars []*Component // VCALENDAR each; others that stand alone are put into one
	Problems  []Problem
	More      int // problems that are not told
}

// Decode reads iCalendar as programs write it: with wrong line ends and folds, in other charsets, without END, and
// vCalendar 1.0, which becomes iCalendar. What it had to mend is in File.Problems. The error is a [*SyntaxError] for
// input that holds no component or exceeds lim, else r's. Work and memory are linear in the size.
func Decode(r io.Reader, lim Limits) (*File, error) {
	d := &decoder{lim: lim.orDefaults(), file: &File{}}
	d.lines = newLineReader(r, d.lim, d.problem)
	for {
		line, ok := d.lines.read()
		if !ok {
			break
		}
		if err := d.take(line); err != nil {
			return nil, err
		}
	}
	switch err := d.lines.trouble; {
	case errors.Is(err, errTooLarge):
		return nil, &SyntaxError{d.lines.number, err.Error()}
	case err != nil:
		return nil, err
	}
	return d.finish()
}

// A decoder builds components of content lines.
type decoder struct {
	lim   Limits
	lines *lineReader
	file  *File
	open  []*Component
	alone *Component // holds components that stand outside of a VCALENDAR
	count int
	// last is where the latest property went, for lines that were broken without a fold, and tail what they hold.
	last     *Component
	tail     strings.Builder
	old      map[*Component]bool // vCalendar 1.0
	outsides int
}

func (d *decoder) problem(line int, reason string) {
	if len(d.file.Problems) >= d.lim.Problems {
		d.file.More++
		return
	}
	d.file.Problems = append(d.file.Problems, Problem{line, reason})
}

// take reads one content line.
func (d *decoder) take(line contentLine) error {
	if strings.ContainsFunc(line.text, isControl) {
		d.problem(line.number, "control character")
		line.text, line.raw = withoutControls(line.text), ""
	}
	p, ok := d.parse(line)
	if ok {
		d.joinTail()
	}
	switch {
	case !ok:
		d.broken(line)
	case p.prop.Name == "BEGIN":
		return d.begin(strings.ToUpper(strings.TrimSpace(p.prop.Value)), line.number)
	case p.prop.Name == "END":
		d.end(strings.ToUpper(strings.TrimSpace(p.prop.Value)), line.number)
	case len(d.open) == 0:
		d.outside(line.number)
	default:
		return d.property(p)
	}
	return nil
}

func (d *decoder) begin(name string, line int) error {
	c := NewComponent(name)
	c.line = line
	d.last = nil
	if d.count++; d.count > d.lim.Properties {
		return &SyntaxError{line, "too many components"}
	}
	switch {
	case len(d.open) >= d.lim.Depth:
		return &SyntaxError{line, "components nested too deeply"}
	case name == VCalendar:
		if len(d.open) > 0 {
			d.problem(line, "VCALENDAR within "+d.open[len(d.open)-1].name)
			d.open = d.open[:0]
		}
		d.file.Calendars = append(d.file.Calendars, c)
	case len(d.open) > 0:
		d.open[len(d.open)-1].AddChild(c)
	default:
		if d.alone == nil {
			d.problem(line, "component outside of VCALENDAR")
			d.alone = NewComponent(VCalendar)
			d.file.Calendars = append(d.file.Calendars, d.alone)
		}
		d.alone.AddChild(c)
	}
	d.open = append(d.open, c)
	return nil
}

// end ends the innermost open component of that name with those inside of it; one that fits none is passed over.
func (d *decoder) end(name string, line int) {
	d.last = nil
	for i := len(d.open) - 1; i >= 0; i-- {
		if d.open[i].name != name {
			continue
		}
		for _, c := range d.open[i+1:] {
			d.problem(line, "no END of "+c.name)
		}
		d.open = d.open[:i]
		return
	}
	d.problem(line, "END without BEGIN")
}

// outside passes over a line outside of components, and tells it once.
func (d *decoder) outside(line int) {
	if d.outsides++; d.outsides == 1 {
		d.problem(line, "text outside of components")
	}
}

func (d *decoder) property(p *Property) error {
	if d.count++; d.count > d.lim.Properties {
		return &SyntaxError{p.line, "too many properties"}
	}
	c := d.open[len(d.open)-1]
	if c.name == VCalendar && p.prop.Name == "VERSION" && strings.TrimSpace(p.prop.Value) == "1.0" {
		if d.old == nil {
			d.old = map[*Component]bool{}
		}
		d.old[c] = true
	}
	c.items = append(c.items, item{prop: p})
	d.last = c
	return nil
}

// broken takes a line that is no property for the rest of the text before it, which somebody broke without a fold.
func (d *decoder) broken(line contentLine) {
	if d.last == nil || len(d.open) == 0 {
		if len(d.open) == 0 {
			d.outside(line.number)
		} else {
			d.problem(line.number, "no property")
		}
		return
	}
	it := &d.last.items[len(d.last.items)-1]
	if !isText[it.prop.prop.Name] || len(it.prop.prop.Value)+d.tail.Len()+len(line.text) > d.lim.Line {
		d.problem(line.number, "no property")
		return
	}
	d.problem(line.number, "text of "+it.prop.prop.Name+" broken without a fold")
	d.tail.WriteString(`\n`)
	d.tail.WriteString(line.text)
}

// joinTail puts what was broken off behind the property to which it belongs.
func (d *decoder) joinTail() {
	if d.tail.Len() == 0 {
		return
	}
	it := &d.last.items[len(d.last.items)-1]
	q := it.prop.WithValue(it.prop.prop.Value + d.tail.String())
	q.line = it.prop.line
	it.prop = q
	d.tail.Reset()
}

// finish ends what is open, makes iCalendar of vCalendar, and looks for what is against the rules.
func (d *decoder) finish() (*File, error) {
	d.joinTail()
	for _, c := range d.open {
		d.problem(d.lines.number, "no END of "+c.name)
	}
	if len(d.file.Calendars) == 0 {
		return nil, &SyntaxError{max(d.lines.number, 1), "no calendar component"}
	}
	for _, c := range d.file.Calendars {
		if d.old[c] {
			upgrade(c)
		}
		d.check(c)
	}
	slices.SortStableFunc(d.file.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return d.file, nil
}
