package calendar

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestWindowsNames(t *testing.T) {
	for _, z := range windowsZones {
		zone, ok := WindowsZone(strings.ToUpper(z.windows))
		if !ok {
			t.Errorf("%s leads to no zone", z.windows)
			continue
		}
		if back := zone.Windows(2026); back != z.windows {
			t.Errorf("%s leads to %s and back to %s", z.windows, zone.IANA(), back)
		}
		for also := range strings.FieldsSeq(z.also) {
			if zone, ok := LoadZone(also); !ok || zone.Windows(2026) != z.windows {
				t.Errorf("%s: %s is not known or another's", z.windows, also)
			}
		}
	}
	for before, now := range renamed {
		if location(t, before).Windows(2026) != location(t, now).Windows(2026) {
			t.Errorf("%s and %s differ", before, now)
		}
	}
	for iana, want := range map[string]string{
		"Europe/Berlin": "W. Europe Standard Time", "Asia/Kathmandu": "Nepal Standard Time", "Australia/Lord_Howe": "Lord Howe Standard Time",
		"Pacific/Chatham": "Chatham Islands Standard Time", "Africa/Casablanca": "Morocco Standard Time", "US/Eastern": "Eastern Standard Time",
	} {
		if got := location(t, iana).Windows(2026); got != want && iana != "US/Eastern" || got == "" {
			t.Errorf("%s is %s", iana, got)
		}
	}
}

// TestDefinitionsOfWindows compares the rules that Windows has for its zones in our days with those of the zones that
// the names lead to. They differ where a government changed its mind after one of the two was made.
func TestDefinitionsOfWindows(t *testing.T) {
	f, err := os.Open(corpus(t, "tz", "windows-definitions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	latest := map[string][]string{}
	for _, row := range rows[1:] {
		if row[1] == strconv.Itoa(atoi(row[2])-1) {
			latest[row[0]] = row
		}
	}
	agree, found := 0, 0
	for name, row := range latest {
		zone, ok := WindowsZone(name)
		if !ok {
			t.Logf("%s is not known", name)
			continue
		}
		block := blockOfRow(row)
		if block.matches(zone, 2026) {
			agree++
		} else {
			t.Logf("%s and %s differ", name, zone.IANA())
		}
		if z := block.Zone(nil, 2026); block.matches(z, 2026) {
			found++
		} else {
			t.Errorf("%s: %s does otherwise", name, z.Name())
		}
	}
	t.Logf("%d of %d zones agree, %d are found by rule", agree, len(latest), found)
	if agree < len(latest)*85/100 {
		t.Errorf("only %d of %d agree", agree, len(latest))
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func blockOfRow(row []string) ZoneBlock {
	date := func(at int) BlockDate {
		d := BlockDate{Year: atoi(row[at]), Month: atoi(row[at+1]), Weekday: time.Weekday(atoi(row[at+2])), Week: atoi(row[at+3])}
		clock := strings.Split(row[at+4], ":")
		d.Hour, d.Minute, d.Second = atoi(clock[0]), atoi(clock[1]), atoi(strings.Split(clock[2], ".")[0])
		if strings.Contains(row[at+4], ".") {
			d.Milli = 999
		}
		return d
	}
	return ZoneBlock{Bias: atoi(row[5]), StandardBias: atoi(row[6]), DaylightBias: atoi(row[7]), StandardStart: date(8), DaylightFrom: date(13)}
}

// TestShownNames finds zones by how Windows shows them in English.
func TestShownNames(t *testing.T) {
	raw, err := os.ReadFile(corpus(t, "tz", "timezonenames", "src", "TimeZoneNames.DataBuilder", "data", "windows-displaynames.json"))
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Languages []struct {
			Locale    string
			TimeZones map[string]string
		}
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		t.Fatal(err)
	}
	for _, l := range data.Languages {
		found, right := 0, 0
		for windows, shown := range l.TimeZones {
			z := zoneByOtherName(shown)
			want, ok := WindowsZone(windows)
			if z == nil || !ok {
				continue
			}
			if found++; agrees(z, want, 2024) {
				right++
			} else if l.Locale == "en-US" {
				t.Logf("%s is taken for %s", shown, z.IANA())
			}
		}
		if l.Locale == "en-US" || l.Locale == "de-DE" {
			t.Logf("%s: %d of %d found, %d right", l.Locale, found, len(l.TimeZones), right)
		}
		if found-right > 3 {
			t.Errorf("%s: %d zones taken for others", l.Locale, found-right)
		}
	}
}

// TestEmitted writes every zone of the table as VTIMEZONE and compares it with what it was made of.
func TestEmitted(t *testing.T) {
	from := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range names().all {
		z := location(t, name)
		c := z.Component(name, from, from.AddDate(20, 0, 0))
		f := decoded(t, "BEGIN:VCALENDAR\r\n"+string(c.Bytes())+"END:VCALENDAR\r\n")
		for again := range f.Calendars[0].Children(VTimezone) {
			list, ok := readObservances(again)
			if !ok {
				t.Fatalf("%s is not understood: %s", name, c.Bytes())
			}
			defined := &Zone{name: name, observances: list}
			for at := from; at.Year() < 2032; at = at.Add(131 * time.Hour) {
				if a, b := z.Instant(at), defined.Instant(at); !a.Equal(b) {
					t.Fatalf("%s: %v is %v, by the definition %v\n%s", name, at, a, b, c.Bytes())
				}
			}
		}
	}
	if n := len(location(t, "Europe/Berlin").Component("x", from, time.Time{}).Bytes()); n > 600 {
		t.Errorf("Berlin takes %d bytes:\n%s", n, location(t, "Europe/Berlin").Component("x", from, time.Time{}).Bytes())
	}
}

// TestBlocks writes every zone of the table as a block, in several years, and finds one that does the same.
func TestBlocks(t *testing.T) {
	for _, name := range names().all {
		z := location(t, name)
		for _, year := range []int{2010, 2019, 2026} {
			raw := z.Block(year)
			b, ok := ParseZoneBlock(raw[:])
			if !ok {
				t.Fatalf("%s: block is not understood", name)
			}
			found := b.Zone(nil, year)
			if found.Block(year) != raw {
				t.Errorf("%s in %d leads to %s, which is written otherwise", name, year, found.Name())
			}
			if usual := b.Zone(z, year); b.matches(z, year) && usual != z {
				t.Errorf("%s in %d leads to %s, not to the user's own", name, year, usual.Name())
			}
		}
	}
}

func TestBlockNames(t *testing.T) {
	named := func(zone *Zone, name string) []byte {
		b := zone.Block(2026)
		for i, r := range name {
			binary.LittleEndian.PutUint16(b[blockStandardName+2*i:], uint16(r))
		}
		return b[:]
	}
	vienna := location(t, "Europe/Vienna")
	tests := []struct {
		name  string
		block []byte
		usual *Zone
		want  string
	}{
		{"IANA", named(location(t, "Europe/Paris"), "Europe/Paris"), vienna, "Europe/Paris"},
		{"Windows", named(location(t, "Europe/Paris"), "Romance Standard Time"), nil, "Europe/Paris"},
		{"a name that does not fit", named(location(t, "Europe/Paris"), "Tokyo Standard Time"), vienna, "Europe/Vienna"},
		{"no name, the user's", named(location(t, "Europe/Berlin"), ""), vienna, "Europe/Vienna"},
		{"no name, another's", named(location(t, "Europe/Berlin"), ""), location(t, "Asia/Tokyo"), "Europe/Berlin"},
		{"Phoenix", named(location(t, "America/Phoenix"), ""), nil, "America/Phoenix"},
		{"UTC", make([]byte, ZoneBlockSize), vienna, "UTC"},
		{"London in bytes", blobOf(t, "EUROPE_LONDON_TIME_BY_NAME"), nil, "UTC+00:00 with its own changes"},
	}
	for _, tt := range tests {
		b, ok := ParseZoneBlock(tt.block)
		if !ok {
			t.Errorf("%s: not understood", tt.name)
			continue
		}
		if got := b.Zone(tt.usual, 2026).Name(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for name, b := range map[string][]byte{"short": make([]byte, 171), "a bias of weeks": append([]byte{0xFF, 0xFF, 0, 0}, make([]byte, 168)...)} {
		if _, ok := ParseZoneBlock(b); ok {
			t.Errorf("%s is read", name)
		}
	}
}

// blobOf returns a captured block of the corpus.
func blobOf(t *testing.T, constant string) []byte {
	f, err := os.Open(corpus(t, "tz", "eas-timezone-blobs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row[0] == constant {
			b, err := base64.StdEncoding.DecodeString(row[len(row)-1])
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("no %s", constant)
	return nil
}

// TestOwnZone wants a zone that exists nowhere to keep the hours of its block.
func TestOwnZone(t *testing.T) {
	raw := block(-95, -30, [8]uint16{0, 9, 3, 2, 1}, [8]uint16{0, 4, 6, 5, 23, 59, 59, 999})
	b, ok := ParseZoneBlock(raw[:])
	if !ok {
		t.Fatal("not understood")
	}
	z := b.Zone(location(t, "Europe/Berlin"), 2026)
	if z.IANA() != "" {
		t.Fatalf("found as %s", z.IANA())
	}
	c := z.Component("own", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{})
	list, ok := readObservances(c)
	if !ok {
		t.Fatalf("not understood: %s", c.Bytes())
	}
	defined := &Zone{name: "own", observances: list}
	for _, tt := range []struct{ wall, want string }{
		{"2026-01-01T12:00:00", "2026-01-01T10:25:00"}, {"2026-06-01T12:00:00", "2026-06-01T09:55:00"}, {"2026-09-09T12:00:00", "2026-09-09T10:25:00"},
	} {
		at, _ := time.Parse("2006-01-02T15:04:05", tt.wall)
		for _, z := range []*Zone{z, defined} {
			if got := z.Instant(at).Format("2006-01-02T15:04:05"); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.wall, got, tt.want)
			}
		}
	}
}

// TestChangesOfClocks is a table of zones from -12 to +14: a meeting each day at 02:30 and at noon around the days on
// which clocks are changed stays at its hour, and all days are as long as the zone has them.
func TestChangesOfClocks(t *testing.T) {
	for _, name := range []string{
		"Etc/GMT+12", "Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Marquesas", "America/Anchorage", "America/Los_Angeles", "America/Phoenix",
		"America/New_York", "America/St_Johns", "America/Sao_Paulo", "Atlantic/Azores", "Africa/Casablanca", "Europe/London", "Europe/Berlin",
		"Europe/Istanbul", "Asia/Tehran", "Asia/Kathmandu", "Asia/Tokyo", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland",
		"Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati",
	} {
		z := location(t, name)
		for _, year := range []int{2010, 2015, 2026} {
			o := event(t, "DTSTART;TZID="+name+":"+strconv.Itoa(year)+"0101T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=2,12;BYMINUTE=30")
			days := event(t, "DTSTART;VALUE=DATE:"+strconv.Itoa(year)+"0101", "RRULE:FREQ=DAILY")
			from := z.Instant(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
			to := z.Instant(time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC))
			n, odd := 0, 0
			for oc, err := range o.Occurrences(from, to, nil) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				wall := oc.Start.In(z.location)
				if wall.Minute() != 30 || wall.Hour() != 2 && wall.Hour() != 12 {
					odd++
				}
				if m := oc.ID; !z.Instant(m.Wall).Equal(oc.Start) {
					t.Errorf("%s: %v starts at %v", name, m, oc.Start)
				}
			}
			if want := 2 * yearLength(year); n < want-2 || n > want || odd > 2 {
				t.Errorf("%s in %d: %d instead of %d, %d at other hours", name, year, n, want, odd)
			}
			var last time.Time
			for oc, err := range days.Occurrences(from, to, z) {
				if err != nil {
					t.Fatal(err)
				}
				if !last.IsZero() && !last.Equal(oc.Start) {
					t.Errorf("%s: a gap between %v and %v", name, last, oc.Start)
				}
				if last = oc.End; !z.Instant(oc.ID.Wall).Equal(oc.Start) {
					t.Errorf("%s: %v starts at %v", name, oc.ID, oc.Start)
				}
			}
			if !last.Equal(to) {
				t.Errorf("%s: days end at %v instead of %v", name, last, to)
			}
		}
	}
}

func FuzzZoneBlock(f *testing.F) {
	b := block(-60, -60, [8]uint16{0, 10, 0, 5, 3}, [8]uint16{0, 3, 0, 5, 2})
	f.Add(b[:])
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, ok := ParseZoneBlock(raw)
		if !ok {
			return
		}
		z := b.own(2026)
		z.Instant(time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
		if _, ok := readObservances(z.Component("x", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{})); !ok {
			t.Errorf("%+v is written as something that is not understood", b)
		}
	})
}
