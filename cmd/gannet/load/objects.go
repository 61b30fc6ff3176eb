package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// collector is who has many events and contacts.
const collector = "collector@" + domain

// An objectClass is a class of objects of which somebody has many.
type objectClass struct {
	name   string
	role   store.Role
	folder int // type of the folder, as FolderSync tells it
	ingest func(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error)
	text   func(n int) string
}

// objectClasses are events, a quarter of them series with an occurrence that has moved and a fifth meetings, and
// contacts, a fifth of them with a photo that goes as it is.
func objectClasses() ([]objectClass, error) {
	photo, err := photoOf(96)
	if err != nil {
		return nil, err
	}
	return []objectClass{
		{"events", store.MainCal, asclient.TypeCalendar, calendar.Ingest, eventText},
		{"contacts", store.MainCards, asclient.TypeContacts, contacts.Ingest, func(n int) string { return cardText(n, photo) }},
	}, nil
}

func eventText(n int) string {
	day := time.Date(2026, 1, 1, n%24, 0, 0, 0, time.UTC).AddDate(0, 0, n%700)
	uid := fmt.Sprintf("UID:event-%d@example.test", n)
	at := day.Format("20060102T150405")
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
		"BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
		"BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT",
		"END:VTIMEZONE", "BEGIN:VEVENT", uid, "DTSTAMP:20260101T000000Z", "DTSTART;TZID=Europe/Berlin:" + at, "DURATION:PT1H",
		fmt.Sprint("SUMMARY:Number ", n), "LOCATION:Room 5", "DESCRIPTION:Some words about it\\, and a few more of them.",
		"BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT15M", "END:VALARM",
	}
	if n%5 == 0 {
		lines = append(lines, "ORGANIZER:mailto:bob@example.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:"+collector, "ATTENDEE;PARTSTAT=TENTATIVE;CN=Otto:mailto:otto@example.test")
	}
	if n%4 == 0 {
		moved := day.AddDate(0, 0, 7).Format("20060102T150405")
		lines = append(lines, "RRULE:FREQ=WEEKLY;COUNT=20", "END:VEVENT", "BEGIN:VEVENT", uid, "DTSTAMP:20260101T000000Z",
			"RECURRENCE-ID;TZID=Europe/Berlin:"+moved, "DTSTART;TZID=Europe/Berlin:"+moved, "DURATION:PT2H", "SUMMARY:Longer")
	}
	return strings.Join(append(lines, "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
}

func cardText(n int, photo string) string {
	lines := []string{
		"BEGIN:VCARD", "VERSION:4.0", fmt.Sprintf("UID:card-%d", n), fmt.Sprint("FN:Anna Berg ", n), fmt.Sprintf("N:Berg %d;Anna;;;", n),
		fmt.Sprintf("EMAIL;TYPE=work:anna%d@example.test", n), "TEL;VALUE=text;TYPE=\"cell,voice\":+49 30 1234", "ADR;TYPE=home:;;Hauptstr. 5;Berlin;;10115;Germany",
		"ORG:Boats;Sails", "TITLE:Captain", "BDAY:19800229", "NOTE:Some words about her\\, and more.", "CATEGORIES:Friends,Sailing",
	}
	if n%5 == 0 {
		lines = append(lines, "PHOTO:data:image/jpeg;base64,"+photo)
	}
	return strings.Join(append(lines, "END:VCARD", ""), "\r\n")
}

// photoOf is a square JPEG with that many pixels a side, in base64.
func photoOf(side int) (string, error) {
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	rng := rand.New(rand.NewPCG(1, 2))
	for y := range side {
		for x := range side { // as smooth as a face, and as noisy as a camera
			picture.Set(x, y, color.RGBA{uint8(x*200/side + rng.IntN(24)), uint8(y*200/side + rng.IntN(24)), uint8((x+y)/4&63 + rng.IntN(24)), 255})
		}
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 85})
	return base64.StdEncoding.EncodeToString(out.Bytes()), err
}

// seedObjects gives the collector n objects of each class.
func seedObjects(ctx context.Context, st store.Store, people *auth.Service, n int) error {
	account, err := openAccount(ctx, st, people, collector)
	if err != nil {
		return err
	}
	classes, err := objectClasses()
	if err != nil {
		return err
	}
	for _, class := range classes {
		for from := 0; from < n; from += batch {
			if err := class.fill(ctx, st, account.ID, from, min(from+batch, n)); err != nil {
				return fmt.Errorf("%s: %w", class.name, err)
			}
		}
	}
	return nil
}

// fill puts the objects with numbers from the first to below the last into their folder.
func (class objectClass) fill(ctx context.Context, st store.Store, account store.AccountID, from, to int) error {
	var items []store.NewItem
	for i := from; i < to; i++ {
		item, err := class.ingest(ctx, st, []byte(class.text(i)))
		if err != nil {
			return err
		}
		defer item.Blob.Release()
		items = append(items, item)
	}
	return st.Update(ctx, account, func(tx store.Tx) error {
		c, err := tx.CollectionByRole(class.role)
		if err != nil {
			return err
		}
		for _, item := range items {
			if _, err := tx.Add(c.ID, item); err != nil {
				return err
			}
		}
		return nil
	})
}

// measureObjects lets new devices take many events, and many contacts, by the version that most phones speak and by the
// newest.
func measureObjects(ctx context.Context, b *bench) error {
	classes, err := objectClasses()
	if err != nil {
		return err
	}
	for _, class := range classes {
		for _, version := range []string{"14.1", "16.1"} {
			if err := b.measureClass(ctx, class, version); err != nil {
				return fmt.Errorf("%s at %s: %w", class.name, version, err)
			}
		}
	}
	return nil
}

func (b *bench) measureClass(ctx context.Context, class objectClass, version string) error {
	p, err := b.newDevice(ctx, collector, class.name+strings.ReplaceAll(version, ".", ""), version)
	if err != nil {
		return err
	}
	defer p.close()
	folder := p.FolderByType(class.folder)
	if folder == nil {
		return fmt.Errorf("no folder of type %d", class.folder)
	}
	idle, err := b.memory("VmRSS")
	if err != nil {
		return err
	}
	if err := b.forgetPeak(); err != nil {
		return err
	}
	began := time.Now()
	items, err := p.takeAll(ctx, folder)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if items != b.objects {
		return fmt.Errorf("the first sync brought %d of %d", items, b.objects)
	}
	peak, err := b.memory("VmHWM")
	if err != nil {
		return err
	}
	b.report.add(fmt.Sprintf("first sync of %d %s at %s, window %d", items, class.name, version, window), float64(items)/took.Seconds(), 0, "items/s", "")
	b.report.add("  peak resident while it runs", peak/mib, idle/mib, "MiB", "before")
	return nil
}

// takeAll syncs a folder until nothing more is available and returns how many items came.
func (p *phone) takeAll(ctx context.Context, folder *asclient.Folder) (items int, err error) {
	for {
		result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{Folder: folder, Window: window}}})
		if err != nil {
			return items, err
		}
		got := result.Folders[folder.ID]
		switch {
		case got == nil: // an empty answer: nothing new
			return items, nil
		case got.Status != 1:
			return items, fmt.Errorf("sync: status %d", got.Status)
		}
		items += len(got.Added)
		if !got.More && len(got.Added) > 0 {
			return items, nil
		}
	}
}
