package birthdays

import (
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// TestZones tells every day of the first year as devices below 16.0 are told it, as the beginning of the day where the user
// is with the rules of this year, and reads it by these: it is the same day everywhere, also where rules have changed.
func TestZones(t *testing.T) {
	for _, name := range []string{
		"Etc/GMT+12", "Pacific/Pago_Pago", "Pacific/Honolulu", "Pacific/Marquesas", "America/Anchorage", "America/Mexico_City", "America/Chihuahua",
		"America/New_York", "America/Caracas", "America/Asuncion", "America/St_Johns", "America/Sao_Paulo", "America/Nuuk", "Atlantic/Azores",
		"Africa/Casablanca", "Europe/London", "Europe/Dublin", "Europe/Berlin", "Africa/Juba", "Europe/Istanbul", "Europe/Moscow", "Asia/Amman",
		"Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Almaty", "Asia/Yangon", "Asia/Pyongyang", "Australia/Eucla", "Australia/Lord_Howe",
		"Asia/Kamchatka", "Pacific/Fiji", "Pacific/Chatham", "Pacific/Tongatapu", "Pacific/Apia", "Pacific/Kiritimati",
	} {
		zone, ok := calendar.LoadZone(name)
		if !ok {
			t.Errorf("no zone %s", name)
			continue
		}
		const now = 2026
		raw := zone.Block(now)
		block, ok := calendar.ParseZoneBlock(raw[:])
		if !ok {
			t.Fatalf("%s: no block", name)
		}
		there := block.Zone(nil, now)
		for day := range 365 {
			d := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day)
			first, _ := Day{Year: 1984, Month: d.Month(), Day: d.Day()}.series()
			if got := there.Wall(zone.Instant(first)); got.Format(time.DateOnly) != first.Format(time.DateOnly) {
				t.Errorf("%s: %s is told as %s", name, first.Format(time.DateOnly), got)
			}
		}
	}
}
