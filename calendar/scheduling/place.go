package scheduling

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// Bounds of what a message may say of a meeting.
const (
	maxPart       = 2 << 20 // bytes
	maxComponents = 500
	maxAttendees  = 3000 // in all components together
)

// ReadPart reads the calendar part of a message, ra, as an iTIP object, with the files in the message to which it refers.
// The error wraps calendar.ErrUnclear, or is ra's.
func ReadPart(s *mail.Summary, ra io.ReaderAt, part *mail.Part) (*calendar.Object, error) {
	content := s.OpenPart(ra, part)
	if part.Type == "text" {
		content = s.TextReader(ra, part)
	}
	raw, err := io.ReadAll(io.LimitReader(content, maxPart+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read calendar part: %w", err)
	case len(raw) > maxPart:
		return nil, fmt.Errorf("calendar part of more than %d bytes: %w", maxPart, calendar.ErrUnclear)
	}
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return nil, err
	}
	if o.Method() == "" {
		o.SetMethod(part.Method)
	}
	o.PutFiles((&partFiles{s, ra, maxFiles}).find)
	components, attendees := 0, 0
	for c := range o.Components() {
		components++
		attendees += len(c.Attendees())
	}
	if components > maxComponents || attendees > maxAttendees || len(o.UID()) > store.MaxKey {
		return nil, fmt.Errorf("%d occurrences, %d attendees, UID of %d bytes: %w", components, attendees, len(o.UID()), calendar.ErrUnclear)
	}
	return o, nil
}

// A Place is where an event is in an account's calendars.
type Place struct {
	Collection store.CollectionID
	UID        store.UID
	Blob       store.BlobID
}

// Same reports whether the same object is at both places; nil is nowhere.
func (p *Place) Same(q *Place) bool {
	if p == nil || q == nil {
		return p == q
	}
	return *p == *q
}

// Find looks for an event by the UID of iCalendar in the calendars of r's account, the main one first. Calendars that the
// server keeps are not asked: what somebody else publishes is no event of the account's. It is nil if it is not there.
func Find(r store.Reader, uid string) (*Place, error) {
	all, err := r.Collections(0)
	if err != nil {
		return nil, fmt.Errorf("calendars: %w", err)
	}
	var found *Place
	for _, c := range all {
		if c.Class != store.Calendar || c.Fed() || found != nil && c.Role != store.MainCal {
			continue
		}
		record, err := r.RecordByKey(c.ID, uid, store.WantItem)
		if errors.Is(err, store.NotFound) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("find event: %w", err)
		}
		found = &Place{Collection: c.ID, UID: record.UID, Blob: record.Item.Blob}
	}
	return found, nil
}

// Put stores an event where it is, or in the main calendar if at is nil, and returns its entry.
func Put(tx store.Tx, at *Place, item store.NewItem) (store.Record, error) {
	item.Class = store.Calendar
	if at != nil {
		r, err := tx.Replace(at.Collection, at.UID, item)
		if err != nil {
			return r, fmt.Errorf("change event: %w", err)
		}
		return r, nil
	}
	c, err := tx.CollectionByRole(store.MainCal)
	if err != nil {
		return store.Record{}, fmt.Errorf("find calendar: %w", err)
	}
	r, err := tx.Add(c.ID, item)
	if err != nil {
		return r, fmt.Errorf("place event: %w", err)
	}
	return r, nil
}

// maxStored is the size of the largest event that is read, in bytes.
const maxStored = 8 << 20

// Read reads the event.
func (p *Place) Read(ctx context.Context, st store.Store) (*calendar.Object, error) {
	b, err := st.OpenBlob(ctx, p.Blob)
	if err != nil {
		return nil, fmt.Errorf("open event: %w", err)
	}
	defer b.Close()
	if b.Size() > maxStored {
		return nil, fmt.Errorf("event of %d bytes: %w", b.Size(), store.TooLarge)
	}
	raw := make([]byte, b.Size())
	if _, err := b.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read event: %w", err)
	}
	o, _, err := calendar.ReadObject(string(raw))
	return o, err
}

// intended is where an invitation says what the meeting makes of the time of who comes. MS-OXCICAL,
// X-MICROSOFT-CDO-INTENDEDSTATUS.
const intended = "X-MICROSOFT-CDO-INTENDEDSTATUS"

// busyWords are the values of intended.
var busyWords = map[calendar.Busy]string{
	calendar.Free: "FREE", calendar.Tentative: "TENTATIVE", calendar.Occupied: "BUSY", calendar.OutOfOffice: "OOF",
	calendar.Elsewhere: "WORKINGELSEWHERE",
}

// Settle makes of what a meeting makes of the time of me what he has answered to it: nothing yet or tentatively is
// tentative, accepted is what the organizer meant, which is kept beside. What makes nothing of it stays so,
// and what is cancelled makes nothing of it.
func Settle(o *calendar.Object, me calendar.Identity) {
	for c := range o.Components() {
		if who, ok := c.Organizer(); !ok || me.Is(who.Address) {
			continue
		}
		if c.Cancelled() {
			c.SetBusy(calendar.Free)
			continue
		}
		switch status := statusOf(c, me); status {
		case "", "NEEDS-ACTION", "TENTATIVE":
			if c.Get(intended) == nil {
				c.Set(calendar.NewProperty(intended, busyWords[c.Busy()]))
			}
			if meant(c) != calendar.Free {
				c.SetBusy(calendar.Tentative)
			}
		case "ACCEPTED":
			if c.Busy() == calendar.Tentative {
				c.SetBusy(meant(c))
			}
		}
	}
}

// meant is what the organizer meant the meeting to make of the time of who comes.
func meant(c *calendar.Component) calendar.Busy {
	for busy, word := range busyWords {
		if p := c.Get(intended); p != nil && p.Value() == word {
			return busy
		}
	}
	return calendar.Occupied
}

// statusOf is what me has answered; empty: he is not invited, or has not.
func statusOf(c *calendar.Component, me calendar.Identity) string {
	for _, who := range c.Attendees() {
		if me.Is(who.Address) {
			return who.Status
		}
	}
	return ""
}
