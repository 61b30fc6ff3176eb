package calendar

import (
	"strings"
	"sync"
	"time"
)

// zoneNames finds zones by the names of Windows, and those by the names of the IANA list.
type zoneNames struct {
	windows map[string]string // lower case: IANA name
	iana    map[string]string // IANA name: that of Windows
	cities  map[string]string // last part of an IANA name, lower case: the name
	all     []string          // IANA names, the usual zone of each of Windows first
}

// names is made when it is first asked for, of the tables of this package.
var names = sync.OnceValue(func() *zoneNames {
	n := &zoneNames{windows: map[string]string{}, iana: map[string]string{}, cities: map[string]string{}}
	var further []string
	add := func(list *[]string, iana, windows string) {
		if n.iana[iana] == "" {
			n.iana[iana] = windows
			*list = append(*list, iana)
			city := iana[strings.LastIndexByte(iana, '/')+1:]
			n.cities[strings.ToLower(strings.ReplaceAll(city, "_", " "))] = iana
		}
	}
	for _, z := range windowsZones {
		n.windows[strings.ToLower(z.windows)] = z.iana
		add(&n.all, z.iana, z.windows)
	}
	for _, z := range windowsZones {
		for also := range strings.FieldsSeq(z.also) {
			add(&further, also, z.windows)
		}
	}
	n.all = append(n.all, further...)
	for before, now := range renamed {
		n.iana[before] = n.iana[now]
	}
	return n
})

// WindowsZone returns the zone that has a name of Windows, such as "W. Europe Standard Time"; false: none has.
func WindowsZone(name string) (*Zone, bool) {
	iana := names().windows[strings.ToLower(strings.TrimSpace(name))]
	if iana == "" {
		return nil, false
	}
	return LoadZone(iana)
}

// Windows is the name of Windows for the zone: that of its name, else that of a zone which does the same in that year;
// "" if none does.
func (z *Zone) Windows(year int) string {
	n := names()
	if z == nil {
		return "UTC"
	}
	for _, name := range []string{z.IANA(), z.name} {
		if windows := n.iana[name]; windows != "" {
			return windows
		}
	}
	if n.windows[strings.ToLower(z.name)] != "" {
		return z.name
	}
	if like := zoneLike(z, year); like != nil {
		return n.iana[like.IANA()]
	}
	return ""
}

// Named returns the zone of the IANA list that z is: itself, or the first that does the same in that year; z if none
// does.
func (z *Zone) Named(year int) *Zone {
	if z == nil || z.location != nil {
		return z
	}
	if like := zoneLike(z, year); like != nil {
		return like
	}
	return z
}

// zoneLike finds a zone of the IANA list that does the same in a year and the one after it.
func zoneLike(z *Zone, year int) *Zone {
	for _, name := range names().all {
		if like := namedZone(name); like != nil && agrees(z, like, year) && agrees(z, like, year+1) {
			return like
		}
	}
	return nil
}

// zoneByOtherName finds a zone by what programs write instead of a name of the IANA list: a name of Windows, in quotes
// or not, or how Windows shows it, such as "(UTC+01:00) Amsterdam, Berlin". nil: none.
func zoneByOtherName(tzid string) *Zone {
	tzid = strings.Trim(tzid, `"' `)
	n := names()
	if iana := n.windows[strings.ToLower(tzid)]; iana != "" {
		return zoneCalled(tzid, iana)
	}
	switch strings.ToUpper(tzid) {
	case "UTC", "GMT", "Z", "ETC/UTC", "COORDINATED UNIVERSAL TIME":
		return zoneCalled(tzid, "Etc/UTC")
	case "KAMCHATKA STANDARD TIME": // names that Windows no longer has
		return zoneCalled(tzid, "Asia/Kamchatka")
	case "MID-ATLANTIC STANDARD TIME":
		return zoneCalled(tzid, "Atlantic/South_Georgia")
	}
	if head, rest, ok := strings.Cut(tzid, ")"); ok && strings.HasPrefix(tzid, "(") {
		return zoneShown(tzid, head[1:], rest)
	}
	if location := loadLocation(strings.Replace(tzid, "-", "/", 1)); location != nil && strings.Contains(tzid, "-") {
		return &Zone{name: tzid, location: location} // US-Eastern
	}
	if strings.Count(tzid, ",") > 1 {
		return zoneOfCities(tzid, tzid, func(*Zone) bool { return true })
	}
	return nil
}

// shownWithoutCity are zones that Windows shows by other words than cities.
var shownWithoutCity = []struct{ words, iana string }{
	{"eastern time", "America/New_York"}, {"central time", "America/Chicago"}, {"mountain time", "America/Denver"},
	{"pacific time", "America/Los_Angeles"}, {"atlantic time", "America/Halifax"}, {"arizona", "America/Phoenix"},
	{"newfoundland", "America/St_Johns"}, {"hawaii", "Pacific/Honolulu"}, {"alaska", "America/Anchorage"},
}

func zoneCalled(tzid, iana string) *Zone {
	if location := loadLocation(iana); location != nil {
		return &Zone{name: tzid, location: location}
	}
	return nil
}

// zoneShown finds a zone by its offset, such as "UTC+01:00", and the cities named beside it. An offset alone is no
// zone: it would not tell when clocks are changed.
func zoneShown(tzid, offset, cities string) *Zone {
	offset = strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(offset)), "UTC"), "GMT")
	seconds, ok := 0, offset == ""
	if !ok {
		seconds, ok = parseOffset(strings.ReplaceAll(offset, ":", ""))
	}
	if !ok {
		return nil
	}
	fits := func(z *Zone) bool { return z.standard(comparedYear) == seconds }
	for _, shown := range shownWithoutCity {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(cities)), shown.words) {
			if z := zoneCalled(tzid, shown.iana); z != nil && fits(z) {
				return z
			}
		}
	}
	return zoneOfCities(tzid, cities, fits)
}

// zoneOfCities finds the zone of the first city that is known and fits.
func zoneOfCities(tzid, cities string, fits func(*Zone) bool) *Zone {
	for city := range strings.FieldsFuncSeq(cities, func(r rune) bool { return r == ',' || r == '/' || r == ';' }) {
		iana := names().cities[strings.ToLower(strings.TrimSpace(city))]
		if z := zoneCalled(tzid, iana); z != nil && fits(z) {
			return z
		}
	}
	return nil
}

// standard is the lesser of the offsets in a year: that without daylight saving.
func (z *Zone) standard(year int) int {
	at := func(month time.Month) int { return z.offsetAt(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)) }
	return min(at(time.January), at(time.July))
}
