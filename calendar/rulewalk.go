package calendar

import "slices"

// A walk goes through the clock readings that a rule names, in order, without an end of its own but the rule's. A
// period of the rule is a set of days times hours times minutes times seconds of which BYSETPOS may choose some.
type walk struct {
	rule   *Rule
	filter *dayFilter
	start  int64 // seconds of the clock
	left   int   // of COUNT; negative: no COUNT
	until  int64 // last possible reading
	budget *int  // of work, shared by all walks of one expansion

	day0  int   // the day of the start
	month int   // since year 0, of the period, for months
	year  int   // of the period, for years
	day   int   // of the period, for days and weeks
	slot  int64 // of the period, for what is shorter than a day

	days                    []int
	hours, minutes, seconds []int
	positions               []int // chosen of the set, in order
	chosen                  bool  // positions counts, else all
	index, size             int
	done, started           bool
}

// lastYear bounds every walk.
const lastYear = 9999

// maxWalk is the last reading.
var maxWalk = int64(dayNumber(lastYear+1, 1, 1))*daySeconds - 1

// newWalk goes through r from start on. seek is where the reader wants to begin: what is before may be passed over.
func newWalk(r *Rule, start, seek int64, budget *int) *walk {
	w := &walk{rule: r, start: start, left: -1, until: maxWalk, budget: budget}
	w.day0 = int(floorDiv64(start, daySeconds))
	w.filter = newDayFilter(r, w.day0)
	if r.Count > 0 {
		w.left = r.Count
	}
	clock := int(start - int64(w.day0)*daySeconds)
	w.hours, w.minutes, w.seconds = []int{clock / 3600}, []int{clock / 60 % 60}, []int{clock % 60}
	w.times()
	w.place(w.day0, start)
	if len(w.filter.weeks) > 0 {
		w.placeWeeks()
	}
	if w.left < 0 && seek > start {
		w.seek(seek)
	}
	return w
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// times takes the lists of times of day that expand the period.
func (w *walk) times() {
	r := w.rule
	take := func(list *[]int, by []int, below Frequency) {
		if len(by) > 0 && r.Freq > below {
			*list = slices.DeleteFunc(slices.Sorted(slices.Values(by)), func(n int) bool { return n > 59 }) // leap seconds
		}
	}
	take(&w.hours, r.ByHour, Hourly)
	take(&w.minutes, r.ByMinute, Minutely)
	take(&w.seconds, r.BySecond, Secondly)
}

// place sets the period to that of the start.
func (w *walk) place(day int, start int64) {
	year, month, _ := dateOfDay(day)
	w.year, w.month, w.day = w.yearOf(day), 12*year+month-1, day
	switch w.rule.Freq {
	case Weekly:
		w.day = weekOf(day, w.rule.WeekStart)
	case Hourly:
		w.slot = floorDiv64(start, 3600) * 3600
	case Minutely:
		w.slot = floorDiv64(start, 60) * 60
	case Secondly:
		w.slot = start
	}
}

// seek moves on to the last period that begins not after a reading.
func (w *walk) seek(to int64) {
	day := int(floorDiv64(to, daySeconds))
	year, month, _ := dateOfDay(day)
	skip := func(at *int, to, step int) { *at += max(0, (to-*at)/step) * step }
	switch r := w.rule; r.Freq {
	case Yearly:
		skip(&w.year, w.yearOf(day), r.Interval)
	case Monthly:
		skip(&w.month, 12*year+month-1, r.Interval)
	case Weekly:
		skip(&w.day, day, 7*r.Interval)
	case Daily:
		skip(&w.day, day, r.Interval)
	default:
		w.slot += max(0, (to-w.slot)/w.step()) * w.step()
	}
}

// step is the length of a period that is shorter than a day, with the interval.
func (w *walk) step() int64 {
	unit := int64(1)
	switch w.rule.Freq {
	case Hourly:
		unit = 3600
	case Minutely:
		unit = 60
	}
	return unit * int64(w.rule.Interval)
}

// next returns the next reading; false at the end of the rule, of the calendar, or of the budget.
func (w *walk) next() (int64, bool) {
	for !w.done && w.left != 0 {
		if *w.budget--; *w.budget < 0 {
			return 0, false
		}
		if w.index >= w.size {
			w.advance()
			continue
		}
		at := w.index
		w.index++
		if w.chosen {
			at = w.positions[at]
		}
		reading := w.reading(at)
		switch {
		case reading < w.start:
			continue
		case reading > w.until:
			w.done = true
			return 0, false
		}
		if w.left > 0 {
			w.left--
		}
		return reading, true
	}
	return 0, false
}

// reading is the element of the set at a place.
func (w *walk) reading(i int) int64 {
	ns, nm, nh := len(w.seconds), len(w.minutes), len(w.hours)
	second := w.seconds[i%ns]
	minute := w.minutes[i/ns%nm]
	hour := w.hours[i/ns/nm%nh]
	return int64(w.days[i/ns/nm/nh])*daySeconds + int64(hour*3600+minute*60+second)
}

// advance goes to the next period and makes its set.
func (w *walk) advance() {
	if w.started {
		w.move()
	}
	w.started = true
	w.days = w.days[:0]
	switch w.rule.Freq {
	case Yearly:
		*w.budget -= 8
		w.yearly()
	case Monthly:
		m := w.month % 12
		w.monthsOf(w.month/12, m+1, m+1)
	case Weekly:
		w.daysFrom(w.day, 7)
	case Daily:
		w.daysFrom(w.day, 1)
	default:
		w.short()
	}
	w.index, w.size = 0, len(w.days)*len(w.hours)*len(w.minutes)*len(w.seconds)
	w.choose()
	if w.year > lastYear || w.month >= 12*(lastYear+1) || int64(w.day)*daySeconds > w.until || w.slot > w.until {
		w.done = true
	}
}

func (w *walk) move() {
	n := w.rule.Interval
	switch w.rule.Freq {
	case Yearly:
		w.year += n
	case Monthly:
		w.month += n
	case Weekly:
		w.day += 7 * n
	case Daily:
		w.day += n
	default:
		w.slot += w.step()
	}
}

// yearOf is the year of a day: with BYWEEKNO that of its week, which may be the one before or after.
func (w *walk) yearOf(day int) int {
	year, _, _ := dateOfDay(day)
	switch {
	case len(w.filter.weeks) == 0:
	case day < firstWeek(year, w.rule.WeekStart):
		return year - 1
	case day >= firstWeek(year+1, w.rule.WeekStart):
		return year + 1
	}
	return year
}

// placeWeeks counts years from that of the start's week only if the rule falls into it from then on, else from that of
// the start.
func (w *walk) placeWeeks() {
	w.yearly()
	if len(w.days) == 0 || w.days[len(w.days)-1] < w.day0 {
		w.year, _, _ = dateOfDay(w.day0)
	}
}

func (w *walk) yearly() {
	if len(w.filter.weeks) == 0 {
		w.monthsOf(w.year, 1, 12)
		return
	}
	first := firstWeek(w.year, w.rule.WeekStart)
	w.daysFrom(first, firstWeek(w.year+1, w.rule.WeekStart)-first)
}

// monthsOf takes the days of months of one year.
func (w *walk) monthsOf(year, from, to int) {
	for m := from; m <= to; m++ {
		if !w.filter.month(m) {
			continue
		}
		first := dayNumber(year, m, 1)
		length := dayNumber(year, m+1, 1) - first
		for d := range length {
			if w.filter.has(first+d, year, m, d+1, length) {
				w.days = append(w.days, first+d)
			}
		}
	}
}

// daysFrom takes some days in a row.
func (w *walk) daysFrom(first, count int) {
	for n := first; n < first+count; n++ {
		if w.onDay(n) {
			w.days = append(w.days, n)
		}
	}
}

func (w *walk) onDay(n int) bool {
	year, month, day := dateOfDay(n)
	return w.filter.has(n, year, month, day, dayNumber(year, month+1, 1)-dayNumber(year, month, 1))
}

// choose applies BYSETPOS to the set.
func (w *walk) choose() {
	if len(w.rule.BySetPos) == 0 {
		return
	}
	w.chosen = true
	w.positions = w.positions[:0]
	for _, p := range w.rule.BySetPos {
		if p < 0 {
			p += w.size + 1
		}
		if p >= 1 && p <= w.size {
			w.positions = append(w.positions, p-1)
		}
	}
	slices.Sort(w.positions)
	w.positions = slices.Compact(w.positions)
	w.size = len(w.positions)
}

// short makes the set of a period that is shorter than a day: the period itself if nothing excludes it. What is
// excluded is passed over as far as it goes.
func (w *walk) short() {
	n := int(floorDiv64(w.slot, daySeconds))
	clock := int(w.slot - int64(n)*daySeconds)
	hour, minute := clock/3600, clock/60%60
	r := w.rule
	year, month, _ := dateOfDay(n)
	switch {
	case !w.filter.month(month):
		w.passTo(int64(dayNumber(year, month+1, 1)) * daySeconds)
	case !w.onDay(n):
		w.passTo(int64(n+1) * daySeconds)
	case excluded(r.ByHour, hour):
		w.passTo(int64(n)*daySeconds + int64(hour+1)*3600)
	case r.Freq <= Minutely && excluded(r.ByMinute, minute):
		w.passTo(int64(n)*daySeconds + int64(hour*60+minute+1)*60)
	case r.Freq == Secondly && excluded(r.BySecond, clock%60):
	default:
		w.days = append(w.days, n)
		w.hours[0] = hour
		if r.Freq <= Minutely {
			w.minutes[0] = minute
		}
		if r.Freq == Secondly {
			w.seconds[0] = clock % 60
		}
	}
}

func excluded(list []int, v int) bool { return len(list) > 0 && !slices.Contains(list, v) }

// passTo moves the slot so that the next one is the first that is not before a reading.
func (w *walk) passTo(to int64) {
	step := w.step()
	w.slot += (ceilDiv(to-w.slot, step) - 1) * step
}
