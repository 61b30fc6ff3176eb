package calendar

import (
	"encoding/binary"
	"time"
)

// ZoneBlockSize is the length in bytes of what [Zone.Block] returns.
const ZoneBlockSize = 172

// Offsets in a block. MS-ASDTYPE, TimeZone.
const (
	blockBias         = 0
	blockStandardDate = 68
	blockDaylightDate = 152
	blockDaylightBias = 168
)

// Block returns the zone as ActiveSync writes it: a bias and, if clocks are changed twice in that year, the rules by
// which they are. Of a zone with other changes it is the offset with which the year begins. Names are left empty.
// MS-ASDTYPE, TimeZone.
func (z *Zone) Block(year int) [ZoneBlockSize]byte {
	var b [ZoneBlockSize]byte
	changes := z.changes(year)
	if len(changes) != 2 || changes[0].to != changes[1].from || changes[1].to != changes[0].from {
		putMinutes(b[blockBias:], -z.base(year))
		return b
	}
	daylight, standard := changes[0], changes[1]
	if daylight.to < daylight.from {
		daylight, standard = standard, daylight
	}
	putMinutes(b[blockBias:], -standard.to)
	putMinutes(b[blockDaylightBias:], standard.to-daylight.to)
	z.putDate(b[blockStandardDate:], standard, year)
	z.putDate(b[blockDaylightDate:], daylight, year)
	return b
}

// putMinutes writes seconds as a LONG of minutes.
func putMinutes(b []byte, seconds int) {
	binary.LittleEndian.PutUint32(b, uint32(int32(seconds/60)))
}

// putDate writes a SYSTEMTIME that recurs each year: which weekday of which month, at which time.
func (z *Zone) putDate(b []byte, c change, year int) {
	for i, v := range []int{
		0, int(c.wall.Month()), int(c.wall.Weekday()), z.week(c, year), c.wall.Hour(), c.wall.Minute(), c.wall.Second(), 0,
	} {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
}

// week says which of its weekdays in the month a change falls on, 5 being the last. A fourth that is the last may be
// meant as either: the years after it tell.
func (z *Zone) week(c change, year int) int {
	nth := (c.wall.Day()-1)/7 + 1
	if c.wall.Day()+7 <= daysIn(c.wall.Year(), c.wall.Month()) {
		return nth
	}
	for y := year + 1; y <= year+6 && nth == 4; y++ {
		for _, other := range z.changes(y) {
			if same(c, other) && other.wall.Day()+7 <= daysIn(y, other.wall.Month()) {
				return nth
			}
		}
	}
	return 5
}

// same reports whether two changes in different years follow one rule.
func same(a, b change) bool {
	return a.from == b.from && a.to == b.to && a.wall.Month() == b.wall.Month() &&
		a.wall.Weekday() == b.wall.Weekday() && a.wall.Sub(startOfDay(a.wall)) == b.wall.Sub(startOfDay(b.wall))
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
