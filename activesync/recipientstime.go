package activesync

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// Bounds of the time that is asked for. MS-ASCMD, EndTime (ResolveRecipients).
const (
	slot         = 30 * time.Minute // of a digit of MergedFreeBusy
	defaultSpan  = 7 * 24 * time.Hour
	longestSpan  = 42 * 24 * time.Hour
	noDataInSlot = "4"
)

// timeAsked is the time that is asked for.
func timeAsked(a wire.AvailabilityRequest) (start, end time.Time, err error) {
	start, ok := wire.ParseTime(a.StartTime)
	if !ok {
		return start, end, fmt.Errorf("StartTime %.40q", a.StartTime)
	}
	end = start.Add(defaultSpan)
	if a.EndTime != "" {
		if end, ok = wire.ParseTime(a.EndTime); !ok {
			return start, end, fmt.Errorf("EndTime %.40q", a.EndTime)
		}
	}
	if span := end.Sub(start); span < slot || span > longestSpan {
		return start, end, fmt.Errorf("%v of free time is less than %v or more than %v", span, slot, longestSpan)
	}
	return start, end, nil
}

// timesAtOnce is how many calendars one request reads at the same time: half of what the store, which others use too,
// reads at once.
func timesAtOnce() int { return max(2, runtime.NumCPU()/2) }

// A membersTime is what is to be told of a recipient's time, and whose time that is.
type membersTime struct {
	members []store.AccountID
	told    *wire.Availability
}

// availability is when a person, or everybody of a list, is free: of each half hour the most that anybody makes of it.
// It is filled in by tellTimes.
func (r *resolving) availability(p contacts.Person) *wire.Availability {
	if len(p.Members) > maxFreeList {
		return &wire.Availability{Status: resolveListLimit}
	}
	members := p.Members
	if !p.List {
		members = []store.AccountID{p.Account}
	}
	told := &wire.Availability{Status: resolveOK}
	r.times = append(r.times, membersTime{members, told})
	return told
}

// A freeDigits is the time of one account as it is told; unclear if its calendar has too much.
type freeDigits struct {
	digits  string
	unclear bool
}

// tellTimes looks into the calendars of all whose time is asked for, of each once and of some at the same time.
func (r *resolving) tellTimes(ctx context.Context) error {
	free := map[store.AccountID]*freeDigits{}
	for _, t := range r.times {
		for _, m := range t.members {
			free[m] = &freeDigits{}
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(timesAtOnce())
	for m, f := range free {
		g.Go(func() (err error) {
			f.digits, err = r.freeTime(ctx, m)
			if errors.Is(err, calendar.ErrBusy) {
				f.unclear, err = true, nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, t := range r.times {
		t.tell(free)
	}
	return nil
}

func (t membersTime) tell(free map[store.AccountID]*freeDigits) {
	for _, m := range t.members {
		if free[m].unclear {
			*t.told = wire.Availability{Status: resolveNoTime}
			return
		}
		t.told.MergedFreeBusy = mergedTime(t.told.MergedFreeBusy, free[m].digits)
	}
}

// freeTime are the digits of one account; of one without a calendar they say that nothing is known.
func (r *resolving) freeTime(ctx context.Context, acct store.AccountID) (string, error) {
	mine, err := r.h.personalAddresses(ctx, acct)
	if err != nil {
		return "", err
	}
	home, err := r.h.homeOf(ctx, acct)
	if err != nil {
		return "", err
	}
	f, err := calendar.Availability(ctx, r.h.Store, acct, r.from, r.to, objectForm{zone: home}.userZone(), calendar.Identity(mine))
	if errors.Is(err, store.NotFound) {
		return strings.Repeat(noDataInSlot, slots(r.to.Sub(r.from))), nil
	} else if err != nil {
		return "", err
	}
	return f.Digits(slot), nil
}

// mergedTime takes of each half hour the most that either makes of it. What is not known counts for nothing beside
// what is.
func mergedTime(a, b string) string {
	if len(a) != len(b) {
		return b
	}
	merged := []byte(a)
	for i := range merged {
		if x := b[i]; merged[i] == noDataInSlot[0] || x != noDataInSlot[0] && x > merged[i] {
			merged[i] = x
		}
	}
	return string(merged)
}

// slots is how many half hours there are, begun ones included.
func slots(span time.Duration) int { return int((span + slot - 1) / slot) }
