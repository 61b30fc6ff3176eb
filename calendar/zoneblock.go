package calendar

import (
	"encoding/binary"
	"sync"
)

// ZoneBlockSize is the length in bytes of what [Zone.Block] returns.
const ZoneBlockSize = 172

// Offsets in a block. MS-ASDTYPE, TimeZone.
const (
	blockBias         = 0
	blockStandardName = 4
	blockStandardDate = 68
	blockStandardBias = 84
	blockDaylightName = 88
	blockDaylightDate = 152
	blockDaylightBias = 168
	blockNameSize     = 64
)

// Block returns the zone as ActiveSync writes it: a bias and, if clocks are changed twice in that year, the rules by
// which they are. Of a zone with other changes it is the offset with which the year begins. Names are left empty.
// MS-ASDTYPE, TimeZone.
func (z *Zone) Block(year int) [ZoneBlockSize]byte {
	if z == nil || z.location == nil || year < firstBlock || year > lastBlock {
		return z.block(year)
	}
	key := blockKey{z.location.String(), year}
	if known, ok := blocks.Load(key); ok {
		return known.([ZoneBlockSize]byte)
	}
	b := z.block(year)
	blocks.Store(key, b)
	return b
}

// A blockKey names the block of a zone of the IANA list.
type blockKey struct {
	location string
	year     int
}

// Years of which blocks are kept once they were asked for: a device that takes a calendar asks for few of them, and for
// each very often.
const (
	firstBlock = 2010
	lastBlock  = 2040
)

// blocks are those that were asked for. There are some hundreds of zones, which never change while the program runs.
var blocks sync.Map // blockKey: [ZoneBlockSize]byte

func (z *Zone) block(year int) [ZoneBlockSize]byte {
	var b [ZoneBlockSize]byte
	s := z.spanOf(year)
	changes := s.inYear()
	if len(changes) != 2 || changes[0].to != changes[1].from || changes[1].to != changes[0].from {
		offset, _ := s.offset(s.lo)
		putMinutes(b[blockBias:], -offset)
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
func (z *Zone) putDate(b []byte, c onset, year int) {
	at := c.at()
	for i, v := range []int{
		0, int(at.Month()), int(at.Weekday()), z.week(c, year), at.Hour(), at.Minute(), at.Second(), 0,
	} {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
}

// week says which of its weekdays in the month a change falls on, 5 being the last. A fourth that is the last may be
// meant as either: the years after it tell.
func (z *Zone) week(c onset, year int) int {
	at := c.at()
	nth := (at.Day()-1)/7 + 1
	if at.Day()+7 <= daysIn(at.Year(), at.Month()) {
		return nth
	}
	for y := year + 1; y <= year+6 && nth == 4; y++ {
		s := z.spanOf(y)
		for _, other := range s.inYear() {
			if same(c, other) && other.at().Day()+7 <= daysIn(y, other.at().Month()) {
				return nth
			}
		}
	}
	return 5
}

// same reports whether two changes in different years follow one rule.
func same(c, d onset) bool {
	a, b := c.at(), d.at()
	return c.from == d.from && c.to == d.to && a.Month() == b.Month() && a.Weekday() == b.Weekday() &&
		a.Sub(startOfDay(a)) == b.Sub(startOfDay(b))
}
