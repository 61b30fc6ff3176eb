package subscription

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// feedLimits bound what is read of a calendar.
var feedLimits = calendar.Limits{Bytes: maxFeed, Line: 1 << 20, Properties: 1_000_000, Problems: 20}

// maxKept bounds, in bytes, what becomes of a calendar: every event has the zones that it names, so a long zone counts as
// often as it is named.
const maxKept = 10 * maxFeed

var errTooLong = fmt.Errorf("with its time zones more than %d MB", maxKept>>20)

// A feed is a calendar as it was fetched.
type feed struct {
	pieces  *calendar.Pieces
	name    string        // that it gives itself; "" if none
	wish    time.Duration // how often it wants to be fetched; 0 if it does not say
	skipped int           // objects that are no events
}

// readFeed reads a calendar that is one and is there to its end.
func readFeed(body []byte) (*feed, error) {
	p, err := calendar.Split(bytes.NewReader(body), feedLimits)
	switch {
	case err != nil && bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return nil, errors.New("that is a web page and no calendar")
	case err != nil:
		return nil, fmt.Errorf("that cannot be read as a calendar: %w", err)
	case !p.Whole:
		return nil, errors.New("the calendar was cut off")
	}
	f := &feed{pieces: p}
	for _, name := range []string{"NAME", "X-WR-CALNAME"} { // RFC 7986, section 5.1, and what was before
		if f.name == "" {
			f.name = p.Calendar.Text(name)
		}
	}
	for _, name := range []string{"REFRESH-INTERVAL", "X-PUBLISHED-TTL"} {
		if d, ok := p.Calendar.Get(name).Duration(); ok && d > 0 && f.wish == 0 {
			f.wish = d
		}
	}
	size := 0
	for piece := range p.All() {
		if size += len(piece.Text); size > maxKept {
			return nil, fmt.Errorf("the calendar is too large: %w", errTooLong)
		}
		if piece.Kind != calendar.VEvent {
			f.skipped++
		}
	}
	return f, nil
}

// An event is what will be one item.
type event struct {
	key   string
	line  int
	text  []byte
	print string
	err   error // why it cannot be shown; text and print are then empty
}

// events yields the events, each key once, and the same each time.
func (f *feed) events() iter.Seq[event] {
	return func(yield func(event) bool) {
		seen, room := map[string]bool{}, maxKept
		for piece, err := range f.pieces.All() {
			if piece.Kind != calendar.VEvent {
				continue
			}
			list := []event{{key: piece.UID, line: piece.Line, text: piece.Text}}
			var syntax *calendar.SyntaxError
			if errors.As(err, &syntax) {
				list = []event{{key: piece.UID, line: syntax.Line, err: errors.New(syntax.Reason)}}
			} else if piece.UID == "" || len(piece.UID) > store.MaxKey || bytes.Count(piece.Text, beginEvent) > 1 {
				list = apart(piece, room)
			}
			for _, e := range list {
				room -= len(e.text)
				if seen[e.key] && e.err == nil {
					continue // the same again
				}
				seen[e.key] = true
				if e.err == nil {
					e.print = printOf(e.text)
				}
				if !yield(e) {
					return
				}
			}
		}
	}
}

var beginEvent = []byte("BEGIN:" + calendar.VEvent + "\r\n")

// apart makes events of a piece whose UID does not name one event: of one without UID, and of several appointments that
// somebody gave the same one. These together have at most room bytes.
func apart(piece calendar.Piece, room int) []event {
	o, _, err := calendar.ReadObject(string(piece.Text))
	if err != nil {
		return []event{{key: piece.UID, line: piece.Line, err: err}}
	}
	masters, several := appointments(o)
	if !several {
		if piece.UID == "" || len(piece.UID) > store.MaxKey {
			return []event{{key: madeUID(piece.UID, masters[0]), line: piece.Line, text: piece.Text}}
		}
		return []event{{key: piece.UID, line: piece.Line, text: piece.Text}}
	}
	o.Calendar().RemoveChildren(func(c *calendar.Component) bool { return c.Name() == calendar.VEvent })
	var list []event
	for _, c := range masters {
		one := o.Clone()
		one.Add(c)
		text := one.Bytes()
		if room -= len(text); room < 0 {
			return []event{{key: piece.UID, line: piece.Line, err: errTooLong}}
		}
		list = append(list, event{key: madeUID(piece.UID, c), line: piece.Line, text: text})
	}
	return list
}

// appointments lists the components of an object, and reports whether they are several appointments: none is an exception
// of another, none a later version, and they do not all begin at the same time.
func appointments(o *calendar.Object) (list []*calendar.Component, several bool) {
	starts, versions := map[string]bool{}, map[int]bool{}
	for c := range o.Components() {
		list = append(list, c)
		starts[c.Get("DTSTART").Value()] = true // a piece without defects has one
		versions[c.Sequence()] = true
	}
	return list, len(starts) > 1 && len(versions) == 1 && len(o.Overrides()) == 0
}

// madeUID makes a UID of what people would say that an event is: what and when. RFC 9562, section 5.8.
func madeUID(given string, c *calendar.Component) string {
	b := sha256.Sum256([]byte(strings.Join([]string{given, c.Get("DTSTART").Value(), c.Summary()}, "\n")))
	b[6], b[8] = b[6]&0x0F|0x80, b[8]&0x3F|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// kept is an event as it is stored.
func (e event) kept() ([]byte, error) {
	o, _, err := calendar.ReadObject(string(e.text))
	if err != nil {
		return nil, err
	}
	for c := range o.Components() {
		if _, _, err := o.Resolve(c.Start(), nil); err != nil {
			return nil, err
		}
		c.Remove("ATTENDEE", "ORGANIZER", "REQUEST-STATUS")
		c.RemoveChildren(func(d *calendar.Component) bool { return d.Name() == calendar.VAlarm })
		if c.Text("UID") != e.key {
			c.SetText("UID", e.key)
		}
	}
	return o.Bytes(), nil
}
