package calendar

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// corpus returns a file of the corpus that stands beside the module, and skips the test where there is none.
func corpus(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	path = append([]string{root}, path...)
	if _, err := os.Stat(filepath.Join(path...)); err != nil {
		t.Skip("no corpus: ", err)
	}
	return filepath.Join(path...)
}

func location(t testing.TB, name string) *Zone {
	t.Helper()
	z := namedZone(name)
	if z == nil {
		t.Fatalf("no zone %s", name)
	}
	return z
}

const berlin = `BEGIN:VTIMEZONE
TZID:Somewhere
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
`

// defined makes a zone of a VTIMEZONE.
func defined(t testing.TB, text string) *Zone {
	t.Helper()
	for c := range decoded(t, text).Calendars[0].Children(VTimezone) {
		if list, ok := readObservances(c); ok {
			return &Zone{name: "test", observances: list}
		}
	}
	t.Fatalf("not understood:\n%s", text)
	return nil
}

func TestInstant(t *testing.T) {
	zones := map[string]*Zone{"named": location(t, "Europe/Berlin"), "defined": defined(t, berlin)}
	tests := []struct{ name, wall, want string }{
		{"winter", "2026-01-15T12:00:00", "2026-01-15T11:00:00"},
		{"summer", "2026-07-15T12:00:00", "2026-07-15T10:00:00"},
		{"before the clocks go forward", "2026-03-29T01:59:59", "2026-03-29T00:59:59"},
		{"skipped", "2026-03-29T02:30:00", "2026-03-29T01:30:00"},
		{"after", "2026-03-29T03:00:00", "2026-03-29T01:00:00"},
		{"shown twice: the first", "2026-10-25T02:30:00", "2026-10-25T00:30:00"},
		{"after they went back", "2026-10-25T03:00:00", "2026-10-25T02:00:00"},
	}
	const form = "2006-01-02T15:04:05"
	for name, z := range zones {
		for _, tt := range tests {
			wall, _ := time.Parse(form, tt.wall)
			if got := z.Instant(wall).Format(form); got != tt.want {
				t.Errorf("%s, %s: %s is %s, want %s", name, tt.name, tt.wall, got, tt.want)
			}
		}
	}
}

// block writes a block from its numbers: MS-ASDTYPE, TimeZone.
func block(bias, daylightBias int32, standard, daylight [8]uint16) (b [ZoneBlockSize]byte) {
	binary.LittleEndian.PutUint32(b[0:], uint32(bias))
	for i := range 8 {
		binary.LittleEndian.PutUint16(b[68+2*i:], standard[i])
		binary.LittleEndian.PutUint16(b[152+2*i:], daylight[i])
	}
	binary.LittleEndian.PutUint32(b[168:], uint32(daylightBias))
	return b
}

func TestBlock(t *testing.T) {
	berlinBlock := block(-60, -60, [8]uint16{0, 10, 0, 5, 3}, [8]uint16{0, 3, 0, 5, 2})
	newYorkBlock := block(300, -60, [8]uint16{0, 11, 0, 1, 2}, [8]uint16{0, 3, 0, 2, 2})
	for name, test := range map[string]struct {
		zone *Zone
		want [ZoneBlockSize]byte
	}{
		"Berlin":           {location(t, "Europe/Berlin"), berlinBlock},
		"Berlin, defined":  {defined(t, berlin), berlinBlock},
		"New York":         {location(t, "America/New_York"), newYorkBlock},
		"UTC":              {nil, block(0, 0, [8]uint16{}, [8]uint16{})},
		"a path before it": {location(t, "/freeassociation.sourceforge.net/Europe/Berlin"), berlinBlock},
	} {
		for year := 2019; year < 2032; year++ {
			if got := test.zone.Block(year); got != test.want {
				t.Errorf("%s in %d:\ngot  %x\nwant %x", name, year, got, test.want)
			}
		}
	}
	sydney := location(t, "Australia/Sydney").Block(2026)
	if sydney[blockStandardDate+2] != 4 || sydney[blockDaylightDate+2] != 10 || int8(sydney[blockDaylightBias]) != -60 {
		t.Errorf("Sydney: standard from month %d, daylight from month %d", sydney[blockStandardDate+2], sydney[blockDaylightDate+2])
	}
}

// TestBlockAsOthers compares with what Exchange and Zimbra sent for zones, all but the names, which we leave out.
func TestBlockAsOthers(t *testing.T) {
	f, err := os.Open(corpus(t, "tz", "eas-timezone-blobs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[1] == "Europe/London" {
			continue // the captured one names Mondays
		}
		want, err := base64.StdEncoding.DecodeString(row[len(row)-1])
		if err != nil {
			t.Fatal(err)
		}
		z := namedZone(row[1])
		if z == nil {
			t.Logf("%s is not known here", row[1])
			continue
		}
		agreed := false
		for year := 2007; year <= 2013; year++ { // when they were captured
			b := z.Block(year)
			agreed = agreed || rulesOf(b[:]) == rulesOf(want)
		}
		if !agreed {
			b := z.Block(2011)
			t.Errorf("%s:\ngot  %s\nwant %s", row[1], rulesOf(b[:]), rulesOf(want))
		}
	}
}

// rulesOf is a block without its names, and without a daylight bias that no rule uses.
func rulesOf(b []byte) string {
	s := string(b[:4]) + string(b[blockStandardDate:blockStandardDate+20]) + string(b[blockDaylightDate:blockDaylightDate+16])
	if strings.Trim(string(b[blockDaylightDate:blockDaylightDate+16]), "\x00") != "" {
		s += string(b[blockDaylightBias : blockDaylightBias+4])
	}
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// TestZonesAgree compares every zone of the IANA list as libical writes it out as VTIMEZONE with the same zone by name.
func TestZonesAgree(t *testing.T) {
	root := corpus(t, "ical", "libical-zoneinfo")
	zones, differ := 0, 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ics") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for c := range decoded(t, string(raw)).Calendars[0].Children(VTimezone) {
			list, ok := readObservances(c)
			if !ok {
				t.Errorf("%s is not understood", path)
				continue
			}
			z := &Zone{observances: list}
			_, name, _ := strings.Cut(filepath.ToSlash(path), "zoneinfo/")
			name = strings.TrimSuffix(name, ".ics")
			named := namedZone(name[strings.Index(name, "/zoneinfo/")+1:])
			for part := name; named == nil && part != ""; {
				_, part, _ = strings.Cut(part, "/")
				named = namedZone(part)
			}
			if named == nil {
				t.Logf("%s: not known by name", name)
				continue
			}
			zones++
			if at, ok := agree(z, named); !ok {
				if differ++; differ < 20 {
					t.Logf("%s: differ at %v: %v and %v", name, at, z.Instant(at), named.Instant(at))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d zones, %d differ", zones, differ)
	if zones < 300 || differ > zones/50 {
		t.Errorf("%d of %d zones differ", differ, zones)
	}
}

// agree compares two zones at many hours of two years.
func agree(a, b *Zone) (time.Time, bool) {
	for _, year := range []int{2012, 2035} {
		for at := time.Date(year, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() == year; at = at.Add(211 * time.Hour) {
			if !a.Instant(at).Equal(b.Instant(at)) {
				return at, false
			}
		}
	}
	return time.Time{}, true
}
