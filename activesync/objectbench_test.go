package activesync

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// A manyObjects is a class of objects of which somebody has many.
type manyObjects struct {
	name   string
	role   store.Role
	ingest func(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error)
	text   func(n int) string
}

// manyEvents are one in four a series with an occurrence that has moved, one in five a meeting, and all in a zone.
var manyEvents = manyObjects{"events", store.MainCal, calendar.Ingest, func(n int) string {
	day := time.Date(2026, 1, 1, n%24, 0, 0, 0, time.UTC).AddDate(0, 0, n%700)
	uid := fmt.Sprintf("UID:event-%d@example.test", n)
	at := day.Format("20060102T150405")
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
		"BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
		"BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT",
		"END:VTIMEZONE", "BEGIN:VEVENT", uid, "DTSTAMP:20260101T000000Z", "DTSTART;TZID=Europe/Berlin:" + at, "DURATION:PT1H",
		fmt.Sprint("SUMMARY:Number ", n), "LOCATION:Room 5", "DESCRIPTION:Some words about it\\, and a few more of them.",
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT15M", "END:VALARM"}
	if n%5 == 0 {
		lines = append(lines, "ORGANIZER:mailto:bob@example.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:rita@example.test",
			"ATTENDEE;PARTSTAT=TENTATIVE;CN=Otto:mailto:otto@example.test")
	}
	if n%4 == 0 {
		moved := day.AddDate(0, 0, 7).Format("20060102T150405")
		lines = append(lines, "RRULE:FREQ=WEEKLY;COUNT=20", "END:VEVENT", "BEGIN:VEVENT", uid, "DTSTAMP:20260101T000000Z",
			"RECURRENCE-ID;TZID=Europe/Berlin:"+moved, "DTSTART;TZID=Europe/Berlin:"+moved, "DURATION:PT2H", "SUMMARY:Longer")
	}
	return joinLines(append(lines, "END:VEVENT", "END:VCALENDAR"))
}}

// manyContacts returns cards of which one in five has a photo that devices take as it is, and one in fifty one that is
// too large for them.
func manyContacts(tb testing.TB) manyObjects {
	small, large := photoOf(tb, 96), photoOf(tb, 800)
	return manyObjects{"contacts", store.MainCards, contacts.Ingest, func(n int) string {
		lines := []string{"BEGIN:VCARD", "VERSION:4.0", fmt.Sprintf("UID:card-%d", n), fmt.Sprint("FN:Anna Berg ", n), fmt.Sprintf("N:Berg %d;Anna;;;", n),
			fmt.Sprintf("EMAIL;TYPE=work:anna%d@example.test", n), "TEL;VALUE=text;TYPE=\"cell,voice\":+49 30 1234", "ADR;TYPE=home:;;Hauptstr. 5;Berlin;;10115;Germany",
			"ORG:Boats;Sails", "TITLE:Captain", "BDAY:19800229", "NOTE:Some words about her\\, and more.", "CATEGORIES:Friends,Sailing"}
		switch {
		case n%50 == 0:
			lines = append(lines, "PHOTO:data:image/jpeg;base64,"+large)
		case n%5 == 0:
			lines = append(lines, "PHOTO:data:image/jpeg;base64,"+small)
		}
		return joinLines(append(lines, "END:VCARD"))
	}}
}

// photoOf is a square JPEG, in base64.
func photoOf(tb testing.TB, side int) string {
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	rng := rand.New(rand.NewPCG(1, 2))
	for y := range side {
		for x := range side { // as smooth as a face, and as noisy as a camera
			picture.Set(x, y, color.RGBA{uint8(x*200/side + rng.IntN(24)), uint8(y*200/side + rng.IntN(24)), uint8((x+y)/4&63 + rng.IntN(24)), 255})
		}
	}
	var out bytes.Buffer
	must(tb, jpeg.Encode(&out, picture, &jpeg.Options{Quality: 85}))
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func joinLines(lines []string) string {
	var b bytes.Buffer
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	return b.String()
}

// put stores the objects with numbers from lo to below hi.
func (m manyObjects) put(tb testing.TB, r *rig, lo, hi int) {
	tb.Helper()
	c := r.folder(m.role)
	for lo < hi {
		end := min(lo+250, hi)
		var items []store.NewItem
		for ; lo < end; lo++ {
			item, err := m.ingest(tb.Context(), r.st, []byte(m.text(lo)))
			must(tb, err)
			item.Class = c.Class
			items = append(items, item)
		}
		must(tb, r.st.Update(tb.Context(), r.rita.ID, func(tx store.Tx) error {
			for _, item := range items {
				if _, err := tx.Add(c.ID, item); err != nil {
					return err
				}
			}
			return nil
		}))
		for _, item := range items {
			item.Blob.Release()
		}
	}
}

// sync lets a new device take a folder whole, and returns its key and how many bytes came.
func (m manyObjects) sync(tb testing.TB, r *rig, device string, version Version) (key string, size int) {
	tb.Helper()
	id := collectionID(r.folder(m.role).ID)
	c := call{cmd: "Sync", device: device, version: version}
	for next := r.prime(tb, c, id); next != ""; {
		key = next
		c.body = syncOne(id, key, []string{`AirSync:WindowSize "512"`})
		rec := httptest.NewRecorder()
		r.ServeHTTP(rec, r.request(c))
		size += rec.Body.Len()
		if next = anyKey.FindString(rec.Body.String()); next == key {
			break
		}
	}
	return key, size
}

// BenchmarkFirstSyncObjects is the first sync of 5,000 events and of 5,000 contacts. Behind it stands how many times as
// long an object takes as where there are but 50: 1 is what is wanted.
func BenchmarkFirstSyncObjects(b *testing.B) {
	for _, m := range []manyObjects{manyEvents, manyContacts(b)} {
		rigs := map[int]*rig{}
		for _, size := range []int{50, 5000} {
			rigs[size] = newRig(b, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
			m.put(b, rigs[size], 0, size)
		}
		for _, version := range []Version{V141, V161} {
			b.Run(fmt.Sprintf("%s/%v", m.name, version), func(b *testing.B) {
				var took [2]time.Duration
				n, bytes := 0, 0
				for b.Loop() {
					n++
					for i, size := range []int{50, 5000} {
						began := time.Now()
						_, got := m.sync(b, rigs[size], fmt.Sprintf("%v-%d", version, n), version)
						took[i] += time.Since(began)
						if size == 5000 {
							bytes += got
						}
					}
				}
				b.ReportMetric(float64(5000*n)/took[1].Seconds(), "items/s")
				b.ReportMetric(float64(bytes)/float64(n)/5000, "B/item")
				b.ReportMetric(took[1].Seconds()/100/took[0].Seconds(), "of-50's-time")
			})
		}
	}
}

// change replaces the object with a number by one that says something else.
func (m manyObjects) change(tb testing.TB, r *rig, n int) {
	tb.Helper()
	c := r.folder(m.role)
	text := strings.Replace(m.text(n), "Some words about", "Other words about", 1)
	item, err := m.ingest(tb.Context(), r.st, []byte(text))
	must(tb, err)
	defer item.Blob.Release()
	item.Class = c.Class
	must(tb, r.st.Update(tb.Context(), r.rita.ID, func(tx store.Tx) error {
		rec, err := tx.RecordByKey(c.ID, item.Key, store.WantEntry)
		if err == nil {
			_, err = tx.Replace(c.ID, rec.UID, item)
		}
		return err
	}))
}

// TestConstantObjects checks that one new object, and one that was changed, costs the same among few and among many: in
// records read and in transactions that write.
func TestConstantObjects(t *testing.T) {
	type cost struct{ records, writes int64 }
	for _, m := range []manyObjects{manyEvents, manyContacts(t)} {
		measure := func(size int) map[string]cost {
			var counted *countingStore
			r := newRig(t, func(o *Options) {
				counted = &countingStore{Store: o.Store}
				o.Store = counted
			})
			m.put(t, r, 0, size)
			key, _ := m.sync(t, r, "phone1", V161)
			id := collectionID(r.folder(m.role).ID)
			costs := map[string]cost{}
			ask := func(what, command string) {
				before := cost{counted.records.Load(), counted.writes.Load()}
				a := r.sync(t, call{version: V161, body: syncOne(id, key, nil)})
				costs[what] = cost{counted.records.Load() - before.records, counted.writes.Load() - before.writes}
				if command != "" && len(a.commands(command)) != 1 {
					t.Errorf("%s: %s:\n%s", m.name, what, a.dump)
				}
				if a.c != nil { // not an empty answer
					key = a.key()
				}
			}
			ask("the first", "") // the request itself is remembered
			ask("empty", "")
			m.put(t, r, size, size+1)
			ask("a new one", "Add")
			m.change(t, r, 1)
			ask("one changed", "Change")
			m.change(t, r, 0) // a series and a meeting, or a card with a large photo
			ask("a large one changed", "Change")
			return costs
		}
		small, large := measure(20), measure(600)
		t.Logf("%s: %v", m.name, large)
		if !maps.Equal(small, large) || large["empty"] != (cost{}) {
			t.Errorf("%s: among 20 %v, among 600 %v", m.name, small, large)
		}
	}
}
