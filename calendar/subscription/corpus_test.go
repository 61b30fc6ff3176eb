package subscription

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// TestCorpus reads every calendar of the corpus and subscribes to every fourth: each is taken, with what cannot be shown
// told, or refused with the reason; fetched again with another end it changes nothing.
func TestCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "ical")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	p := newPublisher(t, "")
	r := newRig(t, p)
	taken, refused, events, left := 0, 0, int64(0), 0
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ics") && !strings.HasSuffix(path, ".vcs") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if seen[hashOf(raw)] {
			return nil
		}
		seen[hashOf(raw)] = true
		if len(seen)%4 != 0 {
			readOnly(t, path, raw)
			return nil
		}
		p.publish(string(raw))
		sub, err := r.Subscribe(context.Background(), r.acct.ID, p.URL+"/a.ics", "Corpus")
		if err != nil {
			if refused++; len(err.Error()) < 10 {
				t.Errorf("%s: refused with %q", path, err)
			}
			return nil
		}
		taken, events, left = taken+1, events+sub.Events, left+sub.Refused
		if len(sub.Told) > 0 && (sub.Told[0].Line < 1 || sub.Told[0].Reason == "") {
			t.Errorf("%s: left out without line or reason: %+v", path, sub.Told)
		}
		p.publish(string(raw) + "\r\n")
		before := r.modseq()
		if _, changes, err := r.Refresh(context.Background(), r.acct.ID, sub.Collection); sub.Events > 0 && (err != nil || changes.any() || r.modseq() != before) {
			t.Errorf("%s: fetched again: %+v, %v", path, changes, err)
		}
		return r.Unsubscribe(context.Background(), r.acct.ID, sub.Collection)
	})
	if err != nil {
		t.Fatal(err)
	}
	if taken == 0 || refused == 0 {
		t.Error("the corpus is not what it was")
	}
	t.Logf("%d calendars taken with %d events, %d events left out; %d calendars refused", taken, events, left, refused)
}

// readOnly wants a calendar to be refused with a reason, and so each of its events.
func readOnly(t *testing.T, path string, raw []byte) {
	f, err := readFeed(raw)
	if err != nil {
		if len(err.Error()) < 10 {
			t.Errorf("%s: refused with %q", path, err)
		}
		return
	}
	for e := range f.events() {
		if e.err == nil {
			_, e.err = e.kept()
		}
		if e.err != nil && (e.line < 1 || e.err.Error() == "") {
			t.Errorf("%s: left out without line or reason: %d, %v", path, e.line, e.err)
		}
	}
}

func FuzzFeed(f *testing.F) {
	f.Add(calendarOf(high, low, "SUMMARY:x|DTSTART:20300601|BEGIN:VALARM|END:VALARM", "UID:high|DTSTART:20300602|SUMMARY:y"))
	f.Add(calendarOf("UID:a|DTSTART:20300601T000000|RRULE:FREQ=DAILY", "UID:a|RECURRENCE-ID:20300602T000000|DTSTART:20300602T010000"))
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		read, err := readFeed([]byte(text))
		if err != nil {
			return
		}
		first := ""
		for e := range read.events() {
			first += e.key + e.print
			if e.err != nil {
				continue
			}
			raw, err := e.kept()
			if err != nil {
				continue
			}
			o, _, err := calendar.ReadObject(string(raw))
			if err != nil || o.UID() != strings.TrimSpace(e.key) {
				t.Fatalf("key %q, %v: %q", e.key, err, raw)
			}
			for c := range o.Components() {
				for range c.Children(calendar.VAlarm) {
					t.Fatalf("an alarm was kept: %q", raw)
				}
			}
		}
		for e := range read.events() {
			var ok bool
			if first, ok = strings.CutPrefix(first, e.key+e.print); !ok {
				t.Fatal("another order the second time")
			}
		}
	})
}

// tides is a calendar of n events, with another stamp each time, of which one has a text that can be chosen.
func tides(n, stamp int, text string) string {
	events := make([]string, n)
	for i := range events {
		events[i] = fmt.Sprintf("UID:tide-%d@tides.example.test|DTSTAMP:2030010%dT000000Z|DTSTART:2030%02d%02dT%02d0000Z|"+
			"DURATION:PT1H|SUMMARY:High water|DESCRIPTION:Height %d cm\\, moon %d\\, wind from the west.|LOCATION:Harbour|URL:https://tides.example.test/%d",
			i, stamp, i/24/28%12+1, i/24%28+1, i%24, i%400, i%28, i)
	}
	events[n/2] = strings.Replace(events[n/2], "High water", text, 1)
	return calendarOf(events...)
}

// TestLarge takes a calendar of 20,000 events.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	p := newPublisher(t, tides(20_000, 1, "a"))
	r := newRig(t, p)
	if sub := r.subscribe(); sub.Events != 20_000 || sub.Refused != 0 {
		t.Errorf("subscription %+v", sub)
	}
}

// BenchmarkRefresh fetches 5,000 events: when nothing changed but the stamps, when one changed, and when the calendar
// is byte for byte the same.
func BenchmarkRefresh(b *testing.B) {
	for _, bench := range []struct {
		name string
		next func(i int) string
		want Changes
	}{
		{"stamps", func(i int) string { return tides(5000, i%2+2, "a") }, Changes{}},
		{"one", func(i int) string { return tides(5000, 1, fmt.Sprint("change ", i)) }, Changes{Changed: 1}},
		{"same", func(int) string { return tides(5000, 1, "a") }, Changes{}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			p := newPublisher(b, tides(5000, 1, "a"))
			r := newRig(b, p)
			sub := r.subscribe()
			i := 0
			for b.Loop() {
				b.StopTimer()
				i++
				p.publish(bench.next(i))
				b.StartTimer()
				r.refresh(sub.Collection, bench.want)
			}
		})
	}
}

// TestQuota wants a calendar that does not fit to leave nothing behind.
func TestQuota(t *testing.T) {
	p := newPublisher(t, tides(500, 1, "a"))
	r := newRig(t, p)
	r.acct.Quota = 100_000
	r.must(r.st.Update(context.Background(), 0, func(tx store.Tx) error { return tx.UpdateAccount(r.acct) }))
	if _, err := r.Subscribe(context.Background(), r.acct.ID, p.URL, ""); err == nil {
		t.Fatal("it was taken")
	}
	if list, err := r.List(context.Background(), r.acct.ID); err != nil || len(list) != 0 {
		t.Errorf("left behind: %+v, %v", list, err)
	}
}
