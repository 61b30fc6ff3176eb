package calendar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// put stores an event of lines in a calendar.
func put(t testing.TB, st store.Store, acct store.AccountID, lines ...string) {
	t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	item, err := Ingest(t.Context(), st, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	defer item.Blob.Release()
	err = st.Update(t.Context(), acct, func(tx store.Tx) error {
		c, err := tx.CollectionByRole(store.MainCal)
		if err == nil {
			_, err = tx.Add(c.ID, item)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAvailability asks for the free time of somebody with events of every kind.
func TestAvailability(t *testing.T) {
	st := storetest.New(t)
	a := storetest.Account(t, st, "alice@example.test")
	put(t, st, a.ID, "UID:1", "DTSTART:20260824T080000Z", "DTEND:20260824T090000Z")
	put(t, st, a.ID, "UID:2", "DTSTART:20260824T090000Z", "DTEND:20260824T093000Z", "TRANSP:TRANSPARENT")
	put(t, st, a.ID, "UID:3", "DTSTART:20200824T100000Z", "DTEND:20200824T103000Z", "RRULE:FREQ=DAILY")
	put(t, st, a.ID, "UID:4", "DTSTART:20260824T110000Z", "DTEND:20260824T113000Z", "ORGANIZER:mailto:bob@example.test",
		"ATTENDEE;PARTSTAT=DECLINED:mailto:alice@example.test")
	put(t, st, a.ID, "UID:5", "DTSTART:20260824T113000Z", "DTEND:20260824T120000Z", "ORGANIZER:mailto:bob@example.test",
		"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:alice@example.test")
	put(t, st, a.ID, "UID:6", "DTSTART;VALUE=DATE:20260825", "DTEND;VALUE=DATE:20260826", "X-MICROSOFT-CDO-BUSYSTATUS:OOF")
	put(t, st, a.ID, "UID:7", "DTSTART:20260723T080000Z", "DTEND:20260723T090000Z")
	start := time.Date(2026, 8, 24, 8, 0, 0, 0, time.UTC)
	ask := func(from, to time.Time, zone string) string {
		in, _ := LoadZone(zone)
		f, err := Availability(t.Context(), st, a.ID, from, to, in, Identity{"alice@example.test"})
		if err != nil {
			t.Fatal(err)
		}
		return f.Digits(30 * time.Minute)
	}
	if got := ask(start, start.Add(4*time.Hour), "UTC"); got != "22002001" {
		t.Errorf("got %s", got)
	}
	berlin := time.Date(2026, 8, 24, 21, 0, 0, 0, time.UTC)
	if got := ask(berlin, berlin.Add(3*time.Hour), "Europe/Berlin"); got != "003333" {
		t.Errorf("a day in Berlin: %s", got)
	}
	if got := ask(berlin, berlin.Add(3*time.Hour), "UTC"); got != "000000" {
		t.Errorf("a day in Greenwich: %s", got)
	}
}

// BenchmarkAvailability asks for two months of fifty people with a busy calendar each.
func BenchmarkAvailability(b *testing.B) {
	st := storetest.New(b)
	var people []store.Account
	for i := range 50 {
		a := storetest.Account(b, st, fmt.Sprintf("person%d@example.test", i))
		people = append(people, a)
		for n := range 200 {
			day := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).AddDate(0, 0, n*2)
			put(b, st, a.ID, fmt.Sprint("UID:", n), "DTSTART:"+day.Format("20060102T150405Z"), "DTEND:"+day.Add(time.Hour).Format("20060102T150405Z"))
		}
		for n := range 5 {
			put(b, st, a.ID, fmt.Sprint("UID:series", n), "DTSTART:20240101T120000Z", "DTEND:20240101T130000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH")
		}
	}
	start := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	for _, atOnce := range []int{1, 2} {
		b.Run(fmt.Sprintf("%d-at-once", atOnce), func(b *testing.B) {
			for b.Loop() {
				g, ctx := errgroup.WithContext(b.Context())
				g.SetLimit(atOnce)
				for _, a := range people {
					g.Go(func() error {
						f, err := Availability(ctx, st, a.ID, start, start.AddDate(0, 2, 0), nil, Identity{a.Name})
						if err == nil && f.Digits(30*time.Minute) == "" {
							err = errors.New("no digits")
						}
						return err
					})
				}
				if err := g.Wait(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/50, "of-50-ms-limit")
		})
	}
}
