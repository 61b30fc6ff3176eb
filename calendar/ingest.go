package calendar

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Endless is the time by which events that go on for ever, and tasks that are still to be done, stand in the order of
// their collection.
var Endless = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// noteTime is the place of every note in the order of its collection.
var noteTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Ingest stages an object and says what the store keeps of it: its UID as key, its place in the order of its
// collection (see [Object.Until]), and its text for search. The caller releases the item's Blob.
func Ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	o, _, err := ReadObject(string(raw))
	if err != nil {
		return store.NewItem{}, err
	}
	w, err := st.NewBlob(ctx)
	if err != nil {
		return store.NewItem{}, fmt.Errorf("begin object: %w", err)
	}
	defer w.Abort() // does nothing after Finish
	if _, err := w.Write(raw); err != nil {
		return store.NewItem{}, fmt.Errorf("write object: %w", err)
	}
	n := store.NewItem{Key: o.UID(), Received: o.Until(), Text: o.searchText(), Summary: o.summary()}
	if n.Blob, err = w.Finish(); err != nil {
		return store.NewItem{}, fmt.Errorf("stage object: %w", err)
	}
	return n, nil
}

// Until is the day by which the object stands in the order of its collection: that on which an event ends for the
// last time, or a task was completed. It is Endless for series without end and tasks to be done, and one and the same
// for notes.
func (o *Object) Until() time.Time {
	switch o.Kind() {
	case VJournal:
		return noteTime
	case VTodo:
		if m := o.Master(); m != nil && (m.Status() == "COMPLETED" || !m.Completed().IsZero()) {
			return startOfDay(m.Completed())
		}
		return Endless
	}
	return o.lastDay()
}

// maxLastWork bounds the search for the last of a series, see [maxWork].
const maxLastWork = 20_000

// lastDay is the day behind that on which the event ends for the last time, wherever one is: whoever asks for what has
// ended since some time must not miss it. Of a series of very many it is Endless.
func (o *Object) lastDay() time.Time {
	first := Endless
	for c := range o.Components() {
		if start := c.Start(); !start.IsZero() && start.Wall.Before(first) {
			first = start.Wall
		}
		for p := range c.All("RRULE") {
			if rule, err := ParseRule(p.prop.Value); err != nil || rule.Count == 0 && rule.Last.IsZero() {
				return Endless
			}
		}
	}
	var last time.Time
	work := maxLastWork
	for oc, err := range o.occurrences(first.AddDate(0, 0, -2), time.Time{}, nil, &work) {
		if err != nil {
			return Endless
		}
		if oc.End.After(last) {
			last = oc.End
		}
	}
	if last.IsZero() {
		return Endless
	}
	return startOfDay(last).AddDate(0, 0, 1)
}

// searchText is what full-text search finds of the object.
func (o *Object) searchText() store.Text {
	var t store.Text
	var body, to strings.Builder
	for c := range o.Components() {
		if t.Subject == "" {
			t.Subject = c.Summary()
		}
		for _, s := range []string{c.Summary(), c.Location(), c.Text("DESCRIPTION"), strings.Join(c.Categories(), " ")} {
			if s != "" {
				body.WriteString(s)
				body.WriteByte('\n')
			}
		}
		for p := range c.All("ATTENDEE") {
			to.WriteString(p.Param("CN") + " " + p.Value() + "\n")
		}
		if p := c.Get("ORGANIZER"); p != nil && t.From == "" {
			t.From = p.Param("CN") + " " + p.Value()
		}
	}
	t.Body, t.To = body.String(), to.String()
	return t
}
