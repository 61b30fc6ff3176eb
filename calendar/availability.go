package calendar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gannetmail/gannet/store"
)

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
	var rest []unread
	var changed store.ModSeq
	err := st.View(ctx, acct, func(r store.Reader) error {
		c, err := r.CollectionByRole(store.MainCal)
		if err != nil {
			return err
		}
		changed = c.Changed
		since := store.Age{Received: free.Start.AddDate(0, 0, -2)} // ages are days, wherever one is
		for rec, err := range r.Newest(c.ID, store.Age{}, since, store.WantSummary) {
			if err != nil {
				return err
			}
			if except != 0 && rec.UID == except {
				continue
			}
			if text, done := free.takeExtent(rec.Item.Summary); !done {
				rest = append(rest, unread{text, rec.Item.Blob})
			}
			if len(rest) > maxOpened {
				return ErrBusy
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("free time of account %d: %w", acct, err)
	}
	for _, u := range rest {
		o, err := u.read(ctx, st)
		if err == nil {
			err = free.Add(o, in, me)
		}
		if err != nil && !errors.Is(err, ErrUnclear) && !errors.Is(err, ErrTooMuch) {
			return nil, 0, fmt.Errorf("free time of account %d: %w", acct, err)
		}
	}
	return free, changed, nil
}

// An unread is an event that must be looked at itself.
type unread struct {
	text string // condensed, if the store has that
	blob store.BlobID
}

func (u unread) read(ctx context.Context, st store.Store) (*Object, error) {
	if u.text != "" {
		return readCondensed(u.text)
	}
	raw, err := readBlob(ctx, st, u.blob)
	if err != nil {
		return nil, err
	}
	o, _, err := ReadObject(string(raw))
	return o, err
}

// takeExtent takes the time of an event by what the store keeps of it; done is false if the event must be read for
// that, of which text is what matters unless it is empty.
func (f *FreeBusy) takeExtent(raw []byte) (text string, done bool) {
	s, ok := readExtent(raw)
	switch {
	case !ok:
		return "", false
	case s.plain && s.busy == Free, s.end <= f.Start.Unix(), s.start >= f.End.Unix():
		return "", true
	case !s.plain:
		return s.text, false
	}
	f.AddPeriod(Period{time.Unix(s.start, 0).UTC(), time.Unix(s.end, 0).UTC(), s.busy})
	return "", true
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
