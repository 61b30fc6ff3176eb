package vcard

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits bound what is read. The zero value of a field means that of [DefaultLimits].
type Limits struct {
	Bytes    int64 // of the whole input
	Fields   int   // of one card
	Cards    int
	Problems int // that are told; the others are counted
}

// DefaultLimits are those of a whole address book, as it is imported.
var DefaultLimits = Limits{Bytes: 64 << 20, Fields: 10_000, Cards: 100_000, Problems: 100}

// CardLimits are those of one card, as a client brings it.
var CardLimits = Limits{Bytes: 4 << 20, Fields: 10_000, Cards: 2, Problems: 100}

func (l Limits) orDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	set(&l.Fields, DefaultLimits.Fields)
	set(&l.Cards, DefaultLimits.Cards)
	set(&l.Problems, DefaultLimits.Problems)
	return l
}

// A Problem is a deviation from the specification that did not hinder reading.
type Problem struct {
	Line   int    // from 1
	Reason string // English, without the content
}

// String is the problem as one reads it in a report.
func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Reason) }

// ErrUnclear says that an input holds no card, or more than is read of one.
var ErrUnclear = errors.New("no card")

// A SyntaxError says why an input is refused. It wraps [ErrUnclear].
type SyntaxError struct {
	Line   int
	Reason string
}

// Error names the line and the reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("vcard, line %d: %s", e.Line, e.Reason) }

// Unwrap returns [ErrUnclear].
func (e *SyntaxError) Unwrap() error { return ErrUnclear }

// A File is all that an input holds.
type File struct {
	Cards    []*Card
	Lines    []int // where each card begins
	Problems []Problem
	More     int // problems that are not told
}

// Read reads an input that holds one card, as a client brings it. The error wraps [ErrUnclear].
func Read(text string) (*Card, []Problem, error) {
	f, err := Decode(strings.NewReader(text), CardLimits)
	if err != nil {
		return nil, nil, err
	}
	if len(f.Cards) != 1 {
		return nil, f.Problems, &SyntaxError{1, fmt.Sprintf("%d cards instead of one", len(f.Cards))}
	}
	return f.Cards[0], f.Problems, nil
}

// Decode reads cards as programs write them; all become vCard 4.0. The error is a [*SyntaxError] for an input that
// holds no card or exceeds lim, else r's.
func Decode(r io.Reader, lim Limits) (*File, error) {
	lim = lim.orDefaults()
	raw, err := io.ReadAll(io.LimitReader(r, lim.Bytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > lim.Bytes {
		return nil, &SyntaxError{1, fmt.Sprintf("more than %d bytes", lim.Bytes)}
	}
	d := &decoder{lim: lim, file: &File{}}
	text, mended := narrow(raw)
	if mended != "" {
		d.problem(1, mended)
	}
	d.lines = lineReader{rest: text}
	for {
		line, ok := d.lines.next()
		if !ok {
			break
		}
		if err := d.take(line); err != nil {
			return nil, err
		}
	}
	if d.card != nil {
		d.problem(d.began(), "no END of the card")
		d.finish()
	}
	if len(d.file.Cards) == 0 {
		return nil, &SyntaxError{max(d.lines.number, 1), "no card"}
	}
	return d.file, nil
}

// A decoder builds cards of lines.
type decoder struct {
	lim     Limits
	lines   lineReader
	file    *File
	card    *Card
	version string
	agent   []string // lines of a card within the card: AGENT of 2.1
	nested  int      // cards that are open within the card
	behind  []string // lines that were broken off the last field without a fold
	outside bool
	guessed bool // the charset, and that is told
}

func (d *decoder) problem(line int, reason string) {
	if len(d.file.Problems) >= d.lim.Problems {
		d.file.More++
		return
	}
	d.file.Problems = append(d.file.Problems, Problem{line, reason})
}

// take reads one line.
func (d *decoder) take(line contentLine) error {
	if strings.TrimSpace(line.text) == "" {
		return nil
	}
	f, guessed, ok := parseField(line)
	if guessed && !d.guessed {
		d.guessed = true
		d.problem(line.number, "not UTF-8; read as Windows-1252")
	}
	name := ""
	if ok {
		name = f.name
	}
	begins := name == "BEGIN" && strings.EqualFold(strings.TrimSpace(f.field.Value), "VCARD")
	switch {
	case d.nested > 0 && d.card != nil:
		d.within(line, begins, name == "END")
		return nil
	case begins:
		return d.begin(line)
	case d.card == nil:
		if !d.outside {
			d.outside = true
			d.problem(line.number, "text outside of cards")
		}
		return nil
	case !ok:
		d.broken(line)
		return nil
	}
	d.mend()
	switch {
	case name == "END":
		d.finish()
	case name == "VERSION":
		d.version = strings.TrimSpace(f.field.Value)
		d.lines.blank = d.version == "2.1"
	case len(d.card.fields) >= d.lim.Fields:
		return &SyntaxError{line.number, "too many fields"}
	default:
		d.card.fields = append(d.card.fields, f)
		if f.name == "AGENT" && strings.EqualFold(strings.TrimSpace(f.field.Value), "BEGIN:VCARD") {
			d.nested, d.agent = 1, []string{"BEGIN:VCARD"}
		}
	}
	return nil
}

// begin begins a card, or one within it.
func (d *decoder) begin(line contentLine) error {
	d.mend()
	switch last := d.last(); {
	case last != nil && last.name == "AGENT" && strings.TrimSpace(last.field.Value) == "":
		d.nested, d.agent = 1, []string{"BEGIN:VCARD"}
		return nil
	case d.card != nil:
		d.problem(d.began(), "no END of the card")
		d.finish()
	}
	if len(d.file.Cards) >= d.lim.Cards {
		return &SyntaxError{line.number, "too many cards"}
	}
	d.card, d.version, d.lines.blank = &Card{}, "", false
	d.file.Lines = append(d.file.Lines, line.number)
	return nil
}

// began is where the latest card begins.
func (d *decoder) began() int { return d.file.Lines[len(d.file.Lines)-1] }

// last is the latest field of the card, nil if there is none.
func (d *decoder) last() *Field {
	if d.card == nil || len(d.card.fields) == 0 {
		return nil
	}
	return d.card.fields[len(d.card.fields)-1]
}

// within takes a line of a card within the card.
func (d *decoder) within(line contentLine, begins, ends bool) {
	text := line.text
	if foreign(text) {
		text = windows(text)
	}
	d.agent = append(d.agent, clean(text))
	switch {
	case begins:
		d.nested++
	case ends:
		d.nested--
	}
	if d.nested == 0 {
		d.closeAgent()
	}
}

// closeAgent makes the card within the card the value of its field, as 3.0 has it. RFC 2426, section 3.5.4.
func (d *decoder) closeAgent() {
	if last := d.last(); last != nil && len(d.agent) > 0 {
		text := strings.Join(d.agent, "\n") + "\n"
		if d.version != "2.1" { // there, it is escaped on the way to 4.0
			text = Escape(text)
		}
		d.card.fields[len(d.card.fields)-1] = last.WithValue(text)
	}
	d.nested, d.agent = 0, nil
}

// finish brings the card to 4.0.
func (d *decoder) finish() {
	d.mend()
	if d.nested > 0 {
		d.closeAgent()
	}
	at := d.began()
	switch d.version {
	case "4.0", "3.0", "2.1":
		upgrade(d.card, d.version)
	default:
		d.problem(at, "no version")
		upgrade(d.card, "3.0")
	}
	if strings.TrimSpace(d.card.Text("FN")) == "" {
		d.problem(at, "no FN")
		d.card.Set(NewText("FN", nameOf(d.card)))
	}
	d.file.Cards = append(d.file.Cards, d.card)
	d.card, d.lines.blank = nil, false
}

// broken takes a line that is no field for the rest of the one before it, which somebody broke without a fold.
func (d *decoder) broken(line contentLine) {
	last := d.last()
	if last == nil {
		d.problem(line.number, "no field")
		return
	}
	if len(d.behind) == 0 {
		d.problem(line.number, last.name+" broken without a fold")
	}
	text := line.text
	if foreign(text) {
		text = windows(text)
	}
	d.behind = append(d.behind, clean(strings.TrimSpace(text)))
}

// mend puts the lines that were broken off a field back to it.
func (d *decoder) mend() {
	last := d.last()
	if len(d.behind) == 0 || last == nil {
		return
	}
	between := `\n`
	if last.isBinary() {
		between = ""
	}
	d.card.fields[len(d.card.fields)-1] = last.WithValue(last.field.Value + between + strings.Join(d.behind, between))
	d.behind = nil
}
