package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Period is a stretch of time that is taken. All instants are UTC.
type Period struct {
	Start, End time.Time
	Busy       Busy
}

// A FreeBusy collects what takes the time of somebody in a window.
type FreeBusy struct {
	Start, End time.Time // End is excluded
	periods    []Period
	work       int // that may still be done
}

// Bounds of what is looked at to tell when somebody is free, see [maxWork]: others write into calendars too.
const (
	maxFreeWork  = 5_000_000
	maxEventWork = 100_000 // of one event
	maxPeriods   = 500_000
)

// NewFreeBusy begins with a window in which everything is free.
func NewFreeBusy(start, end time.Time) *FreeBusy {
	return &FreeBusy{Start: start.UTC().Truncate(time.Second), End: end.UTC().Truncate(time.Second), work: maxFreeWork}
}

// Add takes the time of the occurrences of an event. Days and floating times are meant in the zone in. me is whose
// calendar it is: what he has declined takes none of his time, what he has not yet answered is tentative. Tasks and
// notes take no time. An error, as of [Object.Occurrences], leaves what was added before it; ErrBusy: all events together
// are too much.
func (f *FreeBusy) Add(o *Object, in *Zone, me Identity) error {
	if o.Kind() == VFreeBusy {
		f.addPublished(o)
		return nil
	}
	if o.Kind() != VEvent {
		return nil
	}
	if f.work <= 0 {
		return ErrBusy
	}
	work := min(f.work, maxEventWork)
	f.work -= work
	defer func() { f.work += max(work, 0) }()
	for oc, err := range o.occurrences(f.Start, f.End, in, &work) {
		if err != nil {
			return err
		}
		f.AddPeriod(Period{oc.Start, oc.End, busyFor(oc.Component, me)})
		if len(f.periods) < maxPeriods {
			continue
		}
		if f.periods = f.Periods(); len(f.periods) > maxPeriods/2 {
			return ErrBusy
		}
	}
	return nil
}

// busyFor is what an event makes of the time of me.
func busyFor(c *Component, me Identity) Busy {
	busy := c.Busy()
	if busy == Free || c.Cancelled() {
		return Free
	}
	for _, who := range c.Attendees() {
		if !me.Is(who.Address) {
			continue
		}
		switch organizer, _ := c.Organizer(); {
		case who.Status == "DECLINED" || who.Status == "DELEGATED":
			return Free
		case me.Is(organizer.Address):
		case who.Status == "TENTATIVE" || who.Status == "NEEDS-ACTION" || who.Status == "":
			return min(busy, Tentative)
		}
	}
	return busy
}

// AddPeriod takes time, as far as it is in the window.
func (f *FreeBusy) AddPeriod(p Period) {
	if p.Start.Before(f.Start) {
		p.Start = f.Start
	}
	if p.End.After(f.End) {
		p.End = f.End
	}
	if p.Busy != Free && p.Start.Before(p.End) {
		f.periods = append(f.periods, p)
	}
}

// weight orders what an hour is when two events claim it: out of office before busy, tentative, elsewhere.
func weight(b Busy) int {
	return [...]int{Free: 0, Elsewhere: 1, Tentative: 2, Occupied: 3, OutOfOffice: 4}[min(b, Elsewhere)]
}

// Periods returns what is taken, in order and without overlaps: of two claims the stronger counts, neighbours that are
// alike are one. Elsewhere is not free.
func (f *FreeBusy) Periods() []Period {
	type edge struct {
		at    int64
		busy  Busy
		begin int
	}
	edges := make([]edge, 0, 2*len(f.periods))
	for _, p := range f.periods {
		edges = append(edges, edge{p.Start.Unix(), p.Busy, 1}, edge{p.End.Unix(), p.Busy, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	var open [Elsewhere + 1]int
	var list []Period
	for i, e := range edges {
		open[min(e.busy, Elsewhere)] += e.begin
		if i+1 == len(edges) || edges[i+1].at == e.at {
			continue
		}
		now := strongest(open[:])
		start, end := time.Unix(e.at, 0).UTC(), time.Unix(edges[i+1].at, 0).UTC()
		switch n := len(list); {
		case now == Free:
		case n > 0 && list[n-1].Busy == now && list[n-1].End.Equal(start):
			list[n-1].End = end
		default:
			list = append(list, Period{start, end, now})
		}
	}
	return list
}

func strongest(open []int) Busy {
	now := Free
	for b, n := range open {
		if n > 0 && weight(Busy(b)) > weight(now) {
			now = Busy(b)
		}
	}
	return now
}

// Digits writes the window in pieces, of half an hour for ActiveSync: 0 free, 1 tentative, 2 busy, 3 out of office. A
// piece is what is the strongest in it; the last may be shorter. Elsewhere counts as free, as Exchange has it. A piece
// of less than a minute is none: "". MS-ASCMD, MergedFreeBusy.
func (f *FreeBusy) Digits(piece time.Duration) string {
	if piece < time.Minute || !f.End.After(f.Start) {
		return ""
	}
	digits := []byte(strings.Repeat("0", int((f.End.Sub(f.Start)+piece-1)/piece)))
	for _, p := range f.Periods() {
		if p.Busy == Elsewhere {
			continue
		}
		first := int(p.Start.Sub(f.Start) / piece)
		last := int((p.End.Sub(f.Start) - 1) / piece)
		for i := first; i <= last; i++ {
			digits[i] = max(digits[i], '0'+byte(p.Busy))
		}
	}
	return string(digits)
}

// MergeDigits is what several people have in common: of each piece the strongest. Strings that are shorter are free
// behind their ends; what is no digit from 0 to 3 is 4, no data, and stays so only if nothing else is known.
func MergeDigits(all ...string) string {
	var merged []byte
	for _, s := range all {
		for i := range len(s) {
			if i == len(merged) {
				merged = append(merged, s[i])
			} else if merged[i] > '3' || s[i] <= '3' && s[i] > merged[i] {
				merged[i] = s[i]
			}
		}
	}
	return string(merged)
}

// fbTypes are the values of FBTYPE. RFC 5545, section 3.2.9.
var fbTypes = [...]string{Tentative: "BUSY-TENTATIVE", Occupied: "BUSY", OutOfOffice: "BUSY-UNAVAILABLE", Elsewhere: "X-WORKINGELSEWHERE"}

// Object writes the window as a VFREEBUSY, as it is published. RFC 5545, section 3.6.4.
func (f *FreeBusy) Object(uid string, organizer Attendee, now time.Time) *Object {
	o := NewObject(VFreeBusy, uid)
	c := o.first()
	c.SetStamp(now)
	c.SetStart(InstantOf(f.Start))
	c.setMoment("DTEND", InstantOf(f.End))
	if organizer.Address != "" {
		c.SetOrganizer(Participant{Attendee: organizer})
	}
	for _, p := range f.Periods() {
		c.Add(NewProperty("FREEBUSY", InstantOf(p.Start).String()+"/"+InstantOf(p.End).String(), "FBTYPE", fbTypes[p.Busy]))
	}
	return o
}

// addPublished reads a VFREEBUSY. Periods that cannot be understood are left out.
func (f *FreeBusy) addPublished(o *Object) {
	x := &expansion{object: o}
	for c := range o.Components() {
		for one, p := range values(c, "FREEBUSY") {
			from, to, _ := strings.Cut(one, "/")
			start, ok := ParseMoment(from)
			if !ok {
				continue
			}
			end, err := x.periodEnd(start.Wall, to, p)
			if err != nil {
				continue
			}
			f.AddPeriod(Period{start.Wall, time.Unix(end, 0).UTC(), publishedBusy(p.Param("FBTYPE"))})
		}
	}
}

func publishedBusy(fbType string) Busy {
	switch fbType = strings.ToUpper(fbType); fbType {
	case "FREE":
		return Free
	default:
		if b := slices.Index(fbTypes[:], fbType); b > 0 {
			return Busy(b)
		}
		return Occupied // also what is not known: RFC 5545, section 3.2.9
	}
}
