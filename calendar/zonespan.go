package calendar

import (
	"sync"
	"time"
)

// An onset is one time that clocks are changed.
type onset struct {
	wall     int64 // what clocks show just before, in seconds
	from, to int   // offsets in seconds
}

// at is what clocks show just before, as a time in UTC.
func (o onset) at() time.Time { return time.Unix(o.wall, 0).UTC() }

// A span is what a zone does during a year or a bit more.
type span struct {
	lo, hi int64 // clock readings for which it holds, hi excluded
	base   int   // offset with which it begins
	onsets []onset
}

// margin is how much a span knows of the years beside its own: more than any offset.
const margin = 2 * daySeconds

// span returns what the zone does in the year of a clock reading.
func (z *Zone) span(wall int64) span {
	year, _, _ := dateOfDay(int(floorDiv64(wall, daySeconds)))
	s := span{lo: int64(dayNumber(year, 1, 1)) * daySeconds, hi: int64(dayNumber(year+1, 1, 1)) * daySeconds}
	a, b := s.lo-margin, s.hi+margin
	switch {
	case z == nil:
	case z.location == nil:
		return z.years.span(year, func(budget *int) span {
			s.base = offsetBefore(z.observances, a, budget)
			s.onsets = onsetsByObservances(z.observances, a, b, budget)
			return s
		})
	default:
		at := time.Unix(a, 0).In(z.location)
		_, s.base = at.Zone()
		from := s.base
		for {
			_, next := at.ZoneBounds()
			if next.IsZero() || next.Unix() >= b {
				break
			}
			if !next.After(at) { // package time gives the last day of leap years after 2037 no bounds
				next = at.Add(24 * time.Hour)
			}
			at = next
			if _, to := at.Zone(); to != from {
				s.onsets = append(s.onsets, onset{wall: at.Unix() + int64(from), from: from, to: to})
				from = to
			}
		}
	}
	return s
}

// years remembers spans by their years: whoever compares all with all asks for the same ones again and again.
type years struct {
	mu    sync.Mutex
	known map[int]span
	work  int // done for all of them
}

// Bounds of what is remembered, and of the work that is done for it.
const (
	maxYears    = 2000
	maxYearWork = 20 * maxZoneWork
)

func (y *years) span(year int, find func(budget *int) span) span {
	y.mu.Lock()
	defer y.mu.Unlock()
	s, ok := y.known[year]
	if ok {
		return s
	}
	before := max(0, min(maxZoneWork, maxYearWork-y.work))
	budget := before
	if s = find(&budget); y.known == nil || len(y.known) >= maxYears {
		y.known = map[int]span{}
	}
	y.known[year] = s
	y.work += before - budget
	return s
}

// offset is the offset that a clock reading means; skipped: clocks do not show it, and the offset is the one before
// they were put forward. Of two it is the first.
func (s *span) offset(wall int64) (offset int, skipped bool) {
	offset = s.base
	for _, o := range s.onsets {
		if wall < o.wall {
			break
		}
		if wall < o.wall+int64(o.to-o.from) {
			return o.from, true
		}
		offset = o.to
	}
	return offset, false
}

// offsetAtInstant is the offset that holds at an instant.
func (s *span) offsetAtInstant(at int64) int {
	offset := s.base
	for _, o := range s.onsets {
		if at < o.wall-int64(o.from) {
			break
		}
		offset = o.to
	}
	return offset
}

// inYear lists the onsets of the year itself, in order.
func (s *span) inYear() []onset {
	var list []onset
	for _, o := range s.onsets {
		if o.wall >= s.lo && o.wall < s.hi && o.from != o.to {
			list = append(list, o)
		}
	}
	return list
}

// spanOf returns what the zone does in a year.
func (z *Zone) spanOf(year int) span { return z.span(int64(dayNumber(year, 7, 1)) * daySeconds) }

// A clock turns readings of one zone into instants. It remembers the year it looked at.
type clock struct {
	zone *Zone
	now  span
}

// instant is the instant of a reading, both in seconds.
func (c *clock) instant(wall int64) (at int64, skipped bool) {
	if c.zone == nil {
		return wall, false
	}
	if wall < c.now.lo || wall >= c.now.hi {
		c.now = c.zone.span(wall)
	}
	offset, skipped := c.now.offset(wall)
	return wall - int64(offset), skipped
}
