package calendar

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
)

// Pieces are the objects of a calendar file or feed, apart: everything of one kind and UID is one, wherever in the
// input it stands and in however many VCALENDARs. They are kept as text, so that a calendar takes about the memory of
// its bytes.
type Pieces struct {
	// Calendar has the properties of the first VCALENDAR, without components.
	Calendar *Component
	// Problems are those that belong to no piece.
	Problems []Problem
	// Whole is false if the input ended within a component: if it was cut off, for all one knows.
	Whole bool
	// Others are components that are neither objects nor zones.
	Others []Other

	list  []*group
	zones map[string]string                // by TZID, as they are written
	own   map[*Component]map[string]string // of a VCALENDAR that has other ones by that name
}

// Other is a component that is no object.
type Other struct {
	Kind string // its name in upper case
	Line int    // of its BEGIN
}

// A Piece is one object as [Split] finds it.
type Piece struct {
	Kind     string // [VEvent], [VTodo], [VJournal] or [VFreeBusy]
	Method   string // of its VCALENDAR, in upper case; "" if it has none
	UID      string // "" if it has none; such components are pieces of their own
	Line     int    // of the BEGIN of its first component
	Problems []Problem
	// Text is the object as it is stored and sent, with the zones that it names and what of its VCALENDAR has to do
	// with it: METHOD and what describes the calendar are left out. [ReadObject] reads it and [Ingest] takes it.
	Text []byte
}

// A group collects what belongs to one piece.
type group struct {
	kind, uid string
	line      int
	method    string
	within    *Component // the VCALENDAR in which it comes first
	head      string
	parts     []string
	tzids     []string
	named     map[string]bool // the tzids, and ""; nil as long as there is one part
	problems  []Problem
	defect    *SyntaxError
}

// Split reads a calendar as [Decode] does, and with the same errors, but one component at a time.
func Split(r io.Reader, lim Limits) (*Pieces, error) {
	s := &splitter{
		d:      decoder{lim: lim.orDefaults(), file: &File{}},
		byName: map[string]*group{}, heads: map[*Component]calendarHead{},
		pieces: &Pieces{zones: map[string]string{}, own: map[*Component]map[string]string{}},
	}
	s.d.lines = newLineReader(r, s.d.lim, s.d.problem)
	for {
		line, ok := s.d.lines.read()
		if !ok {
			break
		}
		if err := s.take(line); err != nil {
			return nil, err
		}
	}
	switch err := s.d.lines.trouble; {
	case errors.Is(err, errTooLarge):
		return nil, &SyntaxError{s.d.lines.number, err.Error()}
	case err != nil:
		return nil, err
	}
	return s.finish()
}

// Len is how many pieces there are.
func (p *Pieces) Len() int { return len(p.list) }

// All yields the pieces in the order in which they first come. A [*SyntaxError] says that nobody could show a piece,
// with the line in the input at which this is so: an event without a start, or one larger than [ObjectLimits]. The
// piece comes with it.
func (p *Pieces) All() iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		for _, g := range p.list {
			piece, err := p.piece(g)
			if !yield(piece, err) {
				return
			}
		}
	}
}

func (p *Pieces) piece(g *group) (Piece, error) {
	var text strings.Builder
	text.WriteString(g.head)
	for _, id := range g.tzids {
		if own, other := p.own[g.within][id]; other {
			text.WriteString(own)
			continue
		}
		text.WriteString(p.zones[id])
	}
	for _, part := range g.parts {
		text.WriteString(part)
	}
	text.WriteString(calendarEnd)
	piece := Piece{Kind: g.kind, Method: g.method, UID: g.uid, Line: g.line, Problems: g.problems, Text: []byte(text.String())}
	switch {
	case g.defect != nil:
		return piece, g.defect
	case int64(text.Len()) > ObjectLimits.Bytes:
		return piece, &SyntaxError{g.line, errTooLarge.Error()}
	}
	return piece, nil
}

// A splitter takes components away from a decoder as they become complete.
type splitter struct {
	d      decoder
	pieces *Pieces
	byName map[string]*group
	heads  map[*Component]calendarHead
	head   calendarHead // the latest, which most calendars of a file share

	at     *Component // the component in a VCALENDAR that is being read
	within *Component // that VCALENDAR
	line   int        // of its BEGIN
	mark   int        // problems before it
}

// take reads one line and takes away what is complete.
func (s *splitter) take(line contentLine) error {
	if err := s.d.take(line); err != nil {
		return err
	}
	inner, within := s.d.inner()
	if inner == s.at {
		return nil
	}
	s.harvest()
	s.at, s.within, s.line, s.mark = inner, within, line.number, len(s.d.file.Problems)
	return nil
}

// inner is the open component that stands right within a VCALENDAR, and that one.
func (d *decoder) inner() (c, within *Component) {
	switch {
	case len(d.open) > 0 && d.open[0].name != VCalendar:
		return d.open[0], d.alone
	case len(d.open) > 1:
		return d.open[1], d.open[0]
	}
	return nil, nil
}

// harvest takes away the component that is complete.
func (s *splitter) harvest() {
	c := s.at
	if c == nil {
		return
	}
	s.within.items = s.within.items[:len(s.within.items)-1] // nothing stands behind what is open or has just ended
	if s.d.old[s.within] {
		upgrade(c)
	}
	s.d.checkChild(c)
	switch {
	case c.name == VTimezone:
		s.zone(c.Text("TZID"), string(c.Bytes()))
	case isObject(c.name):
		s.put(c)
	default:
		s.pieces.Others = append(s.pieces.Others, Other{c.name, s.line})
	}
}

// zone keeps a zone: for the whole input, or for its VCALENDAR where another one has that name already.
func (s *splitter) zone(id, text string) {
	switch first := s.pieces.zones[id]; {
	case first == "":
		s.pieces.zones[id] = text
	case first == text || s.pieces.own[s.within][id] != "":
	case s.pieces.own[s.within] == nil:
		s.pieces.own[s.within] = map[string]string{id: text}
	default:
		s.pieces.own[s.within][id] = text
	}
}

// put adds a component to its piece.
func (s *splitter) put(c *Component) {
	uid := c.Text("UID")
	g := s.byName[c.name+"\x00"+uid]
	if g == nil {
		g = &group{kind: c.name, uid: uid, line: s.line, within: s.within}
		g.method, g.head = s.headOf(s.within)
		s.pieces.list = append(s.pieces.list, g)
		if uid != "" {
			s.byName[c.name+"\x00"+uid] = g
		}
	}
	g.parts = append(g.parts, string(c.Bytes()))
	if g.named == nil && len(g.parts) > 1 {
		g.named = map[string]bool{"": true}
		for _, id := range g.tzids {
			g.named[id] = true
		}
	}
	if g.named != nil {
		g.tzids = appendTZIDs(g.tzids, g.named, c)
	} else {
		g.tzids = tzidsOf([]*Component{c})
	}
	g.problems = append(g.problems, s.d.file.Problems[s.mark:]...)
	s.d.file.Problems = s.d.file.Problems[:s.mark]
	if g.defect == nil {
		g.defect = defect(c, s.line)
	}
}

// A calendarHead is what a piece keeps of its VCALENDAR.
type calendarHead struct{ method, text string } // text is without END

// headOf returns the method of a VCALENDAR and the text that pieces keep of it.
func (s *splitter) headOf(c *Component) (method, text string) {
	head, known := s.heads[c]
	if !known {
		kept := headOf(c)
		kept.items = slices.DeleteFunc(kept.items, func(it item) bool { return !keptOfCalendar[it.prop.prop.Name] })
		head = calendarHead{strings.ToUpper(c.Text("METHOD")), strings.TrimSuffix(string(kept.Bytes()), calendarEnd)}
		if head == s.head {
			head = s.head
		}
		s.head, s.heads[c] = head, head
	}
	return head.method, head.text
}

// keptOfCalendar are the properties of a VCALENDAR without which its objects would not mean the same.
var keptOfCalendar = map[string]bool{"VERSION": true, "PRODID": true, "CALSCALE": true, "X-WR-TIMEZONE": true}

// defect says why nobody can show a component, nil if one can.
func defect(c *Component, line int) *SyntaxError {
	if c.name != VEvent {
		return nil
	}
	if c.Get("DTSTART") == nil {
		return &SyntaxError{line, "event without DTSTART"}
	}
	for _, name := range []string{"DTSTART", "RECURRENCE-ID", "RRULE"} {
		for p := range c.All(name) {
			if reason := unreadable(p); reason != "" {
				return &SyntaxError{cmp.Or(p.line, line), name + ": " + reason}
			}
		}
	}
	return nil
}

// unreadable says what keeps a value from being understood, "" if nothing does.
func unreadable(p *Property) string {
	if p.prop.Name == "RRULE" {
		return wrong(p)
	}
	if m, ok := ParseMoment(p.prop.Value); !ok || m.IsZero() {
		return "no date"
	}
	return ""
}

// finish takes what is still open and tells what is left.
func (s *splitter) finish() (*Pieces, error) {
	s.d.joinTail()
	for _, c := range s.d.open {
		s.d.problem(s.d.lines.number, "no END of "+c.name)
	}
	s.pieces.Whole = len(s.d.open) == 0
	s.harvest()
	if len(s.d.file.Calendars) == 0 {
		return nil, &SyntaxError{max(s.d.lines.number, 1), "no calendar component"}
	}
	for _, c := range s.d.file.Calendars {
		if s.d.old[c] {
			upgrade(c)
		}
		s.d.check(c)
	}
	s.pieces.Calendar, s.pieces.Problems = s.d.file.Calendars[0], s.d.file.Problems
	return s.pieces, nil
}
