package calendar

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// A ZoneBlock is what ActiveSync writes of a zone, in minutes and rules. MS-ASDTYPE, TimeZone.
type ZoneBlock struct {
	Bias                        int // minutes: UTC is local time and Bias
	StandardBias, DaylightBias  int // minutes, added to Bias
	StandardName, DaylightName  string
	StandardStart, DaylightFrom BlockDate
}

// A BlockDate is a SYSTEMTIME: when clocks are changed, by what they show then.
type BlockDate struct {
	Year                        int // 0: each year
	Month                       int // 0: never
	Weekday                     time.Weekday
	Week                        int // which of its weekdays, 5 the last; with a year: day of the month
	Hour, Minute, Second, Milli int
}

// ParseZoneBlock reads a block. It reports false for one of another length or with values out of range.
func ParseZoneBlock(b []byte) (ZoneBlock, bool) {
	if len(b) != ZoneBlockSize {
		return ZoneBlock{}, false
	}
	minutes := func(at int) int { return int(int32(binary.LittleEndian.Uint32(b[at:]))) }
	z := ZoneBlock{
		Bias: minutes(blockBias), StandardBias: minutes(blockStandardBias), DaylightBias: minutes(blockDaylightBias),
		StandardName: blockName(b[blockStandardName:]), DaylightName: blockName(b[blockDaylightName:]),
		StandardStart: blockDate(b[blockStandardDate:]), DaylightFrom: blockDate(b[blockDaylightDate:]),
	}
	const most = 24 * 60
	inRange := func(n int) bool { return n > -most && n < most }
	ok := inRange(z.Bias) && inRange(z.Bias+z.StandardBias) && inRange(z.Bias+z.DaylightBias) &&
		z.StandardStart.valid() && z.DaylightFrom.valid()
	return z, ok
}

func blockName(b []byte) string {
	var units []uint16
	for i := 0; i < blockNameSize; i += 2 {
		u := binary.LittleEndian.Uint16(b[i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	name := string(utf16.Decode(units))
	if len(units) > 2 && !strings.ContainsFunc(name, func(r rune) bool { return r < 0x80 }) {
		return blockNameOfBytes(b) // some write ASCII where UTF-16 belongs
	}
	return name
}

// blockNameOfBytes reads a name of which each byte is a character.
func blockNameOfBytes(b []byte) string {
	var name strings.Builder
	for _, c := range b[:blockNameSize] {
		if c < ' ' || c > '~' {
			break
		}
		name.WriteByte(c)
	}
	return name.String()
}

func blockDate(b []byte) BlockDate {
	at := func(i int) int { return int(binary.LittleEndian.Uint16(b[2*i:])) }
	return BlockDate{
		Year: at(0), Month: at(1), Weekday: time.Weekday(at(2)), Week: at(3), Hour: at(4), Minute: at(5), Second: at(6), Milli: at(7),
	}
}

func (d BlockDate) valid() bool {
	return d.Year <= lastYear && d.Month <= 12 && d.Weekday <= time.Saturday && d.Week <= 31 && d.Hour <= 24 && d.Minute <= 59 && d.Second <= 59
}

// day is the day on which clocks are changed in a year. A date of one year counts as the rule that it is an example of.
func (d BlockDate) day(year int) int {
	weekday, week := d.Weekday, d.Week
	if d.Year != 0 {
		n := dayNumber(d.Year, d.Month, max(1, d.Week))
		weekday, week = weekdayOf(n), (d.Week-1)/7+1
		if d.Week+7 > daysIn(d.Year, time.Month(d.Month)) {
			week = 5
		}
	}
	first := dayNumber(year, d.Month, 1)
	n := first + (int(weekday)-int(weekdayOf(first))+7)%7 + 7*(max(1, week)-1)
	for n >= dayNumber(year, d.Month+1, 1) {
		n -= 7
	}
	return n
}

// wall is the clock reading of the change in a year. The last millisecond of a day means its end.
func (d BlockDate) wall(year int) int64 {
	wall := int64(d.day(year))*daySeconds + int64(d.Hour*3600+d.Minute*60+d.Second)
	if d.Milli > 0 && d.Second == 59 {
		wall++
	}
	return wall
}

// hasRules reports whether clocks are changed.
func (z ZoneBlock) hasRules() bool { return z.StandardStart.Month != 0 && z.DaylightFrom.Month != 0 }

// changes lists what the block says of a year, in order.
func (z ZoneBlock) changes(year int) []onset {
	standard, daylight := -60*(z.Bias+z.StandardBias), -60*(z.Bias+z.DaylightBias)
	if !z.hasRules() || standard == daylight {
		return nil
	}
	a := onset{wall: z.DaylightFrom.wall(year), from: standard, to: daylight}
	b := onset{wall: z.StandardStart.wall(year), from: daylight, to: standard}
	if b.wall < a.wall {
		a, b = b, a
	}
	return []onset{a, b}
}

// matches reports whether a zone does in a year what the block says.
func (z ZoneBlock) matches(zone *Zone, year int) bool {
	s := zone.spanOf(year)
	have, want := s.inYear(), z.changes(year)
	if len(want) == 0 {
		offset, _ := s.offset(s.lo)
		return len(have) == 0 && offset == -60*(z.Bias+z.StandardBias)
	}
	return len(have) == 2 && have[0] == want[0] && have[1] == want[1]
}

// Zone finds the zone that the block means; a device may have written what holds in any of the years, the likeliest
// first. In this order: the one that its name names, of the IANA list or of Windows; usual, the zone of the user, may be
// nil; the first of the IANA list, those after which Windows names its zones first. Each must do in one of those years
// what the block says, but for the one by name if the block says nothing. What none does is a zone by the block's own
// rules. MS-ASDTYPE, TimeZone.
func (z ZoneBlock) Zone(usual *Zone, years ...int) *Zone {
	fits := func(zone *Zone) bool {
		return slices.ContainsFunc(years, func(y int) bool { return z.matches(zone, y) })
	}
	for _, name := range []string{z.StandardName, z.DaylightName} {
		named := namedZone(name)
		if named == nil {
			named = zoneByOtherName(name)
		}
		if named != nil && (fits(named) || z.Bias == 0 && !z.hasRules()) {
			return named.renamed()
		}
	}
	if usual != nil && (fits(usual) || !z.hasRules() && z.DaylightBias != 0 && usual.standardOffset(years[0]) == -60*z.Bias) {
		return usual
	}
	if z.Bias+z.StandardBias == 0 && !z.hasRules() {
		return nil
	}
	for _, year := range years {
		for _, name := range names().all {
			if like := namedZone(name); like != nil && z.matches(like, year) {
				return like
			}
		}
	}
	return z.own(years[0])
}

// renamed is a zone under its IANA name.
func (z *Zone) renamed() *Zone {
	if z.location == nil || z.name == z.location.String() {
		return z
	}
	return &Zone{name: z.location.String(), location: z.location}
}

// standardOffset is the lesser of the offsets in a year, in seconds.
func (z *Zone) standardOffset(year int) int {
	s := z.spanOf(year)
	least, _ := s.offset(s.lo)
	for _, o := range s.inYear() {
		least = min(least, o.to)
	}
	return least
}

// own makes a zone of the block's rules.
func (z ZoneBlock) own(year int) *Zone {
	standard := -60 * (z.Bias + z.StandardBias)
	zone := &Zone{name: "UTC" + offsetText(standard)[:3] + ":" + offsetText(standard)[3:]}
	list := z.changes(year)
	if len(list) == 0 {
		zone.observances = []observance{{start: int64(dayNumber(1970, 1, 1)) * daySeconds, from: standard, to: standard, until: maxWalk}}
		return zone
	}
	zone.name += " with its own changes"
	for _, c := range list {
		date := z.DaylightFrom
		if c.to == standard {
			date = z.StandardStart
		}
		zone.observances = append(zone.observances, date.observance(c))
	}
	return zone
}

// observance is the change as a rule since 1970. One at the end of a day is left at its last second.
func (d BlockDate) observance(c onset) observance {
	weekday, week := d.Weekday, d.Week
	if d.Year != 0 {
		weekday, week = weekdayOf(dayNumber(d.Year, d.Month, max(1, d.Week))), (d.Week-1)/7+1
		if d.Week+7 > daysIn(d.Year, time.Month(d.Month)) {
			week = 5
		}
	}
	if week >= 5 {
		week = -1
	}
	rule := &Rule{
		Freq: Yearly, Interval: 1, ByMonth: []int{d.Month}, ByDay: []Weekday{{N: max(week, -1), Day: weekday}}, WeekStart: time.Monday,
	}
	d.Milli = 0
	return observance{start: d.wall(1970), from: c.from, to: c.to, rule: rule, until: maxWalk}
}
