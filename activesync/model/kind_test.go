package model

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// fields are what the model knows of an event, a card, a task or a note: texts by names of its own. What is not there
// the object does not have. Lists are joined by commas, days are 20060102, points in time are [instant].
type fields map[string]string

// instant is how points in time stand in fields, in iCalendar, and in what versions of the protocol call compact.
const instant = "20060102T150405Z"

// A kind is one class of objects: how somebody else writes one, how the model reads what the server has written, and how
// devices are shown one and say one. The two have nothing in common with the server's own mapping but the standards.
type kind struct {
	name   string // of the class, on the wire
	title  string // the field that no two objects have in common
	write  func(uid string, f fields) string
	read   func(raw string) (uid string, f fields, err error)
	show   func(f fields, s *shower) []*node
	say    func(v activesync.Version, f fields) []*node
	merge  func(c *change, old fields) fields
	invent func(w *world, n int) fields
	vary   func(w *world, d *device, f fields, n int) fields // what a device says of an object that it has

	age       func(f fields) time.Time // by which objects stand in the order of their folder; nil: they have all the same
	keyed     bool                     // devices name objects of it themselves
	supported map[string]string        // the elements of fields that a device may say it manages; nil: such devices there are not
}

// kinds are the classes that are no mail.
var kinds = map[store.Class]*kind{store.Calendar: eventKind, store.Contacts: contactKind, store.Tasks: taskKind, store.Notes: noteKind}

// A change is what a device says of an object.
type change struct {
	v       activesync.Version
	op      string
	said    fields
	managed []string // names of fields, when the device has told what it manages; nil: everything
	when    time.Time

	instance string // the occurrence of a series that it is about
	partial  bool   // nothing is taken away by being left out
	device   bool   // it is the device's own idea of what comes of it
}

// manages reports whether the device takes away what it leaves out.
func (c *change) manages(name string) bool {
	return c.managed == nil || slices.Contains(c.managed, name)
}

// overlay is old with what is said: what is said empty is gone.
func overlay(old, said fields) fields {
	out := maps.Clone(old)
	for name, value := range said {
		if out[name] = value; value == "" {
			delete(out, name)
		}
	}
	return out
}

// A shower says how a device wants an object.
type shower struct {
	v   activesync.Version
	o   options
	all bool
	uid string // of the object
}

// body writes text as of 12.0: it is never left out.
func (s *shower) body(text string) *node {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	data, short := s.cut(text)
	b := el("AirSyncBase:Body", leaf("AirSyncBase:Type", 1), leaf("AirSyncBase:EstimatedDataSize", len(text)))
	if short {
		b.add(leaf("AirSyncBase:Truncated", 1))
	}
	return b.add(leaf("AirSyncBase:Data", data))
}

// oldBody writes text up to 2.5, in the elements of a class.
func (s *shower) oldBody(class, text string, sized bool) []*node {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	data, short := s.cut(text)
	var list []*node
	if sized {
		list = append(list, leaf(class+":BodySize", len(text)))
	}
	return append(list, leaf(class+":BodyTruncated", map[bool]int{true: 1}[short]), leaf(class+":Body", data))
}

func (s *shower) cut(text string) (string, bool) {
	data, short := cut(text, s.o.kept(s.v, s.all))
	return strings.TrimSuffix(data, "\r"), short
}

// list writes a container of texts, nil for none.
func list(container, element, joined string) *node {
	if joined == "" {
		return nil
	}
	n := el(container)
	for one := range strings.SplitSeq(joined, ",") {
		n.add(leaf(element, one))
	}
	return n
}

// sayBody is the text as a device says it.
func sayBody(v activesync.Version, class, text string) *node {
	text = strings.ReplaceAll(text, "\n", "\r\n")
	if v < activesync.V120 {
		return leaf(class+":Body", text)
	}
	return el("AirSyncBase:Body", leaf("AirSyncBase:Type", 1), leaf("AirSyncBase:Data", text))
}

// An object is one of the store as the model reads it.
type object struct {
	uid string
	f   fields
}

// object reads one.
func (w *world) object(class store.Class, id store.BlobID) (*object, error) {
	if o := w.objects[id]; o != nil {
		return o, nil
	}
	b, err := w.store.OpenBlob(w.ctx, id)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	raw, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
	if err != nil {
		return nil, err
	}
	uid, f, err := kinds[class].read(string(raw))
	if err != nil {
		return nil, fmt.Errorf("read %.400q: %w", raw, err)
	}
	o := &object{uid, f}
	w.objects[id] = o
	return o, nil
}

// render is what ApplicationData holds of an entry.
func (w *world) render(v activesync.Version, class store.Class, o options, r store.Record, all bool) ([]*node, error) {
	if class == store.Mail {
		return w.email(v, o, r, all)
	}
	obj, err := w.object(class, r.Item.Blob)
	if err != nil {
		return nil, err
	}
	if age := kinds[class].age; age != nil && !age(obj.f).Equal(r.Received) {
		return nil, fmt.Errorf("%s stands at %v in its folder, want %v: %q", entryID(r.Collection, r.UID), r.Received, age(obj.f), obj.f)
	}
	return el("", kinds[class].show(obj.f, &shower{v, o, all, obj.uid})...).kids, nil
}

// wireTime writes a point in time of fields as of most classes.
func wireTime(text string) string {
	t, err := time.Parse(instant, text)
	if err != nil {
		t, _ = time.Parse("20060102", text)
	}
	return stamp(t)
}

func givenTime(name, text string) *node {
	if text == "" {
		return nil
	}
	return leaf(name, wireTime(text))
}

// endless is where tasks stand that are to be done, and series without end.
var endless = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// either is a or b.
func either(w *world, a, b string) string {
	if w.chance(2) {
		return a
	}
	return b
}

// words are a text of some lines, empty at times.
func (w *world) words(n int) string {
	if w.chance(4) {
		return ""
	}
	return fmt.Sprintf("Words of %d, über alles; one, two\\three", n) + strings.Repeat("\nThe tide is löw, the böat leaves at noon.", w.rnd.IntN(5))
}
