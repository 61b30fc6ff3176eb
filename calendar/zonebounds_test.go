package calendar

import (
	"testing"
	"time"
)

// TestZonesEndInEveryYear looks at zones far in the future, where package time has been seen to give a day of leap
// years no bounds: an expansion went on for ever there.
func TestZonesEndInEveryYear(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe"} {
		z, ok := LoadZone(name)
		if !ok {
			t.Fatal(name)
		}
		for year := 2036; year < 2110; year++ {
			s := z.spanOf(year)
			if n := len(s.inYear()); n != 2 {
				t.Errorf("%s changes its clocks %d times in %d", name, n, year)
			}
			noon := time.Date(year, 12, 31, 12, 0, 0, 0, time.UTC)
			if got := z.Wall(z.Instant(noon)); !got.Equal(noon) {
				t.Errorf("%s at the end of %d: %v", name, year, got)
			}
		}
	}
}
