package calendar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gannetmail/gannet/store"
)

// An extent is what the store keeps of an event beside its bytes, so that who asks for free time need not read those of
// events at other times, nor of those that say enough here.
type extent struct {
	Start int64 `json:"s"` // seconds since 1970; of a series its first
	End   int64 `json:"e"` // of a series without end the end of time
	Busy  Busy  `json:"b,omitempty"`
	Plain bool  `json:"p,omitempty"` // it takes this time from whoever has it: nobody is invited, it does not recur, and clocks do not matter
}

// summary is the extent as it is stored, nil for what takes no time.
func (o *Object) summary() []byte {
	if o.Kind() != VEvent {
		return nil
	}
	s := extent{Start: -1 << 62, End: Endless.Unix()}
	if m := o.Master(); m != nil && !o.Recurs() && len(o.Overrides()) == 0 {
		s.single(o, m)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return raw
}

// single fills in the extent of an event that does not recur.
func (s *extent) single(o *Object, m *Component) {
	begin, _, err := o.Resolve(m.Start(), nil)
	if err != nil {
		return
	}
	for oc, err := range o.Occurrences(begin.Add(-time.Second), time.Time{}, nil) {
		if err != nil {
			return
		}
		const day = 24 * 60 * 60 // wherever one is
		s.Start, s.End, s.Busy = oc.Start.Unix()-day, oc.End.Unix()+day, m.Busy()
		if form := m.Start().Form; form == UTC || form == Zoned {
			s.Start, s.End, s.Plain = oc.Start.Unix(), oc.End.Unix(), len(m.Attendees()) == 0 && !m.Cancelled()
		}
		return
	}
}

// maxOpened is how many events of one calendar are opened at most to find out when somebody is free.
const maxOpened = 5000

// ErrBusy says that a calendar has too many events to tell when its owner is free.
var ErrBusy = errors.New("calendar has too many events")

// Availability tells what of a window takes the time of an account, by the events of its main calendar. Days and
// floating times are meant in the zone in; me are the account's addresses. An event that cannot be read takes no time.
// The error is ErrBusy, store.NotFound for an account without a calendar, or the store's.
func Availability(ctx context.Context, st store.Store, acct store.AccountID, start, end time.Time, in *Zone, me Identity) (*FreeBusy, error) {
	free, _, err := Bookings(ctx, st, acct, start, end, in, me, 0)
	return free, err
}

// Bookings is [Availability] without the event of a UID in the main calendar, 0 for none, and with what the calendar was
// last changed by: the answer is good as long as that is so.
func Bookings(ctx context.Context, st store.Store, acct store.AccountID, start, end time.Time, in *Zone, me Identity, except store.UID) (*FreeBusy, store.ModSeq, error) {
	free := NewFreeBusy(start, end)
	var open []store.BlobID
	var changed store.ModSeq
	err := st.View(ctx, acct, func(r store.Reader) error {
		c, err := r.CollectionByRole(store.MainCal)
		if err != nil {
			return err
		}
		changed = c.Changed
		since := store.Age{Received: free.Start.AddDate(0, 0, -2)} // ages are days, wherever one is
		for rec, err := range r.Newest(c.ID, store.Age{}, since, store.WantSummary) {
			switch {
			case err != nil:
				return err
			case except != 0 && rec.UID == except:
			case !free.takeExtent(rec.Item.Summary):
				open = append(open, rec.Item.Blob)
			}
			if len(open) > maxOpened {
				return ErrBusy
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("free time of account %d: %w", acct, err)
	}
	for _, id := range open {
		raw, err := readBlob(ctx, st, id)
		if err != nil {
			return nil, 0, fmt.Errorf("free time of account %d: %w", acct, err)
		}
		o, _, err := ReadObject(string(raw))
		if err == nil {
			err = free.Add(o, in, me)
		}
		if err != nil && !errors.Is(err, ErrUnclear) && !errors.Is(err, ErrTooMuch) {
			return nil, 0, err
		}
	}
	return free, changed, nil
}

// takeExtent takes the time of an event by what the store keeps of it; it reports false if the event must be read for
// that.
func (f *FreeBusy) takeExtent(raw []byte) bool {
	var s extent
	if json.Unmarshal(raw, &s) != nil {
		return false
	}
	switch {
	case s.End <= f.Start.Unix(), s.Start >= f.End.Unix():
		return true
	case !s.Plain:
		return false
	}
	f.AddPeriod(Period{time.Unix(s.Start, 0).UTC(), time.Unix(s.End, 0).UTC(), s.Busy})
	return true
}

func readBlob(ctx context.Context, st store.Store, id store.BlobID) ([]byte, error) {
	b, err := st.OpenBlob(ctx, id)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	raw := make([]byte, min(b.Size(), ObjectLimits.Bytes))
	if _, err := b.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return raw, nil
}
