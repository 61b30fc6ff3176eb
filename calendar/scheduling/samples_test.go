package scheduling

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// A sample is a message about a meeting as a real program wrote it; of some there is only the object.
type sample struct {
	name, program string
	object        *calendar.Object
	summary       *mail.Summary // nil: there is only the object
}

// programOf tells who wrote an object, of the three that are looked at; empty: somebody else.
func programOf(o *calendar.Object) string {
	id := o.Calendar().Text("PRODID")
	switch {
	case strings.Contains(id, "Microsoft"):
		return "Microsoft"
	case strings.Contains(id, "Google"):
		return "Google"
	case strings.Contains(id, "Apple"), strings.Contains(id, "CALENDARSERVER"):
		return "Apple"
	}
	return ""
}

// samples reads the messages of the three programs in the corpus.
func samples(t *testing.T) (list []sample) {
	t.Helper()
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	read := func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 1<<20 {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s := sample{name: filepath.Base(path)}
		switch {
		case strings.Contains(path, string(filepath.Separator)+"mail"+string(filepath.Separator)):
			if s.summary, err = mail.Parse(bytes.NewReader(raw)); err != nil || s.summary.SchedulingPart() == nil {
				return nil
			}
			s.object, err = ReadPart(s.summary, bytes.NewReader(raw), s.summary.SchedulingPart())
		case bytes.Contains(raw, []byte("METHOD:")):
			s.object, _, err = calendar.ReadObject(string(raw))
		default:
			return nil
		}
		if err != nil || s.object.UID() == "" || s.object.Kind() != calendar.VEvent {
			return nil // not a message: refused, as TestCorpus and the tests of calendar see
		}
		if s.program = programOf(s.object); s.program != "" {
			list = append(list, s)
		}
		return nil
	}
	for _, folder := range []string{"mail", "ical"} {
		if err := filepath.WalkDir(filepath.Join(root, folder), read); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// byVersion groups what an organizer wrote by meeting, the oldest version first.
func byVersion(list []sample) map[string][]sample {
	groups := map[string][]sample{}
	for _, s := range list {
		organizer, ok := organizerOf(s.object)
		if m := s.object.Method(); (m == "REQUEST" || m == "CANCEL") && ok && organizer.Address != "" {
			key := s.object.UID() + " " + strings.ToLower(organizer.Address)
			groups[key] = append(groups[key], s)
		}
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b sample) int {
			x, y := firstOf(a.object), firstOf(b.object)
			if d := x.Sequence() - y.Sequence(); d != 0 {
				return d
			}
			return x.Stamp().Compare(y.Stamp())
		})
	}
	return groups
}

func firstOf(o *calendar.Object) *calendar.Component {
	return Letter{Message: calendar.Message{Object: o}}.first()
}

// TestSamplesOfOrganizers delivers what organizers wrote with Outlook, Google and Apple to somebody they invite, each message
// twice and the oldest once more in the end: the meeting is there once, at the time of the last version, or cancelled.
func TestSamplesOfOrganizers(t *testing.T) {
	count := map[string]int{}
	for key, group := range byVersion(samples(t)) {
		t.Run(group[0].name, func(t *testing.T) {
			st := storetest.New(t)
			me := storetest.Account(t, st, rita)
			now := func() time.Time { return time.Date(2026, 8, 20, 8, 0, 0, 0, time.UTC) }
			r := &rig{t: t, st: st, rita: me}
			r.mail = mail.NewService(st, mail.ServiceOptions{Hostname: "mx.example.test", Now: now, Invitations: New(st, Options{Contacts: anybody{}, Now: now})})
			var last *calendar.Component
			cancelled := false
			for _, s := range append(slices.Clone(group), group[0]) {
				organizer, _ := organizerOf(s.object)
				from := organizer.Address
				if organizer.Email != "" {
					from = organizer.Email // iCloud: the address in the object is a relay's
				}
				for range 2 {
					r.deliverText(wrapped(s.object, from), mail.Incoming{Sender: from}, "")
				}
				if c := firstOf(s.object); last == nil || c.Sequence() > last.Sequence() || c.Sequence() == last.Sequence() && !c.Stamp().Before(last.Stamp()) {
					last, cancelled = c, s.object.Method() == "CANCEL"
				}
				count[s.program+" "+s.object.Method()]++
			}
			o := r.stored(key[:strings.LastIndex(key, " ")])
			if o == nil {
				if group[0].object.Method() == "REQUEST" {
					t.Fatal("not in the calendar")
				}
				return
			}
			is := firstOf(o)
			for c := range o.Components() {
				if id := last.RecurrenceID(); !id.IsZero() && c.RecurrenceID() == id {
					is = c
				}
			}
			if cancelled {
				if last.RecurrenceID().IsZero() && !is.Cancelled() {
					t.Error("not cancelled")
				}
				return
			}
			want, _, err := group[len(group)-1].object.Resolve(last.Start(), nil)
			got, _, err2 := o.Resolve(is.Start(), nil)
			if err != nil || err2 != nil || !got.Equal(want) || is.Sequence() != last.Sequence() || is.Summary() != last.Summary() {
				t.Errorf("%v %d %q, want %v %d %q (%v %v)", got, is.Sequence(), is.Summary(), want, last.Sequence(), last.Summary(), err, err2)
			}
		})
	}
	t.Log(count)
}

// TestSamplesOfAttendees delivers answers and proposals to the organizer of a meeting that is as they say: what they say is
// noted with who said it.
func TestSamplesOfAttendees(t *testing.T) {
	count := map[string]int{}
	for _, s := range samples(t) {
		method := s.object.Method()
		if method != "REPLY" && method != "COUNTER" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			st := storetest.New(t)
			r := &rig{t: t, st: st, rita: storetest.Account(t, st, rita)}
			r.mail = mail.NewService(st, mail.ServiceOptions{Hostname: "mx.example.test", Invitations: New(st, Options{})})
			said := firstOf(s.object)
			if said.Start().IsZero() {
				t.Skip("says no time")
			}
			who := calendar.Participant{Attendee: calendar.Attendee{Address: carol, Status: "TENTATIVE"}}
			if list := said.Attendees(); len(list) == 1 {
				who = list[0]
			}
			meeting := s.object.Clone()
			meeting.SetMethod("")
			for c := range meeting.Components() {
				c.Remove("ATTENDEE", "ORGANIZER", "COMMENT")
				c.SetOrganizer(calendar.Participant{Attendee: calendar.Attendee{Address: rita}})
				c.SetAttendee(calendar.Participant{Attendee: calendar.Attendee{Address: who.Address, Status: "NEEDS-ACTION"}})
				c.SetStamp(said.Stamp().Add(-time.Hour))
			}
			r.storeAs(meeting)
			r.deliverText(wrapped(s.object, who.Address), mail.Incoming{Sender: who.Address}, "")
			is, ok := firstOf(r.stored(meeting.UID())).Attendee(who.Address)
			if !ok || is.Status != who.Status {
				t.Errorf("%+v, want %s", is, who.Status)
			}
			if _, _, ok := is.Proposed(); ok != (method == "COUNTER") {
				t.Errorf("proposed: %v", ok)
			}
			count[s.program+" "+method]++
		})
	}
	t.Log(count)
}

// wrapped is a message by somebody with an object alone.
func wrapped(o *calendar.Object, from string) string {
	return "From: <" + from + ">\r\nTo: <" + rita + ">\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method=" + o.Method() +
		"\r\n\r\n" + string(o.Bytes())
}

// stored is the meeting in rita's calendar; nil: it is not there.
func (r *rig) stored(uid string) (o *calendar.Object) {
	r.t.Helper()
	var place *Place
	err := r.st.View(r.t.Context(), r.rita.ID, func(v store.Reader) (err error) {
		if place, err = Find(v, uid); err != nil {
			return err
		}
		if c, err := v.CollectionByRole(store.MainCal); err != nil || c.Total > 1 {
			return fmt.Errorf("%d events: %w", c.Total, err)
		}
		return nil
	})
	if err == nil && place != nil {
		o, err = place.Read(r.t.Context(), r.st)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

func (r *rig) storeAs(o *calendar.Object) {
	r.t.Helper()
	item, err := calendar.Ingest(r.t.Context(), r.st, o.Bytes())
	if err != nil {
		r.t.Fatal(err)
	}
	defer item.Blob.Release()
	err = r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := Put(tx, nil, item)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// lacking are the properties and parameters that all three programs write in invitations and this server does not, and why.
var lacking = map[string]string{}

// TestSamplesShape compares invitations of this server with those of the three programs: what all of them say, it says.
func TestSamplesShape(t *testing.T) {
	says := map[string]map[string]int{}
	total := map[string]int{}
	for _, s := range samples(t) {
		if s.object.Method() == "REQUEST" {
			add(says, s.program, wordsOf(s.object, s.summary))
			total[s.program]++
		}
	}
	o := meetingOf(t, "DTSTART;TZID=Europe/Berlin:20260828T100000", "DTEND;TZID=Europe/Berlin:20260828T113000", "SUMMARY:Harbour", "LOCATION:Pier 7", "DESCRIPTION:x")
	_, messages := calendar.Announce(nil, o, calendar.Identity{rita}, time.Date(2026, 8, 2, 8, 0, 0, 0, time.UTC))
	l := Letter{Message: messages[0], From: mail.Address{Local: "rita", Domain: "example.test"}, Hostname: "mx.example.test", Now: time.Date(2026, 8, 2, 8, 0, 0, 0, time.UTC)}
	var raw bytes.Buffer
	if err := l.Write(&raw); err != nil {
		t.Fatal(err)
	}
	s, err := mail.Parse(bytes.NewReader(raw.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	add(says, "here", wordsOf(messages[0].Object, s))
	all := map[string]bool{}
	for _, m := range says {
		for word := range m {
			all[word] = true
		}
	}
	programs := []string{"Microsoft", "Google", "Apple"}
	t.Logf("%-50s %10s %10s %10s here", "invitations in which", programs[0], programs[1], programs[2])
	for _, word := range slices.Sorted(maps.Keys(all)) {
		row, every := fmt.Sprintf("%-50s", word), true
		for _, p := range programs {
			row += fmt.Sprintf(" %7d/%d", says[p][word], total[p])
			every = every && 2*says[p][word] > total[p]
		}
		t.Log(row, says["here"][word])
		if every && says["here"][word] == 0 && lacking[word] == "" {
			t.Errorf("all three write %s", word)
		}
	}
}

func add(to map[string]map[string]int, who string, words map[string]bool) {
	if to[who] == nil {
		to[who] = map[string]int{}
	}
	for word := range words {
		to[who][word]++
	}
}

// wordsOf are the names of all properties and parameters of an object, and the parts of its message, if there is one.
func wordsOf(o *calendar.Object, s *mail.Summary) map[string]bool {
	words := map[string]bool{}
	props := func(c *calendar.Component, prefix string) {
		for p := range c.Properties() {
			words[prefix+p.Name()] = true
			for _, name := range []string{"CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP", "EMAIL", "TZID", "LANGUAGE", "X-NUM-GUESTS"} {
				if p.Param(name) != "" {
					words[prefix+p.Name()+";"+name] = true
				}
			}
		}
	}
	props(o.Calendar(), "VCALENDAR ")
	props(firstOf(o), "VEVENT ")
	if s != nil {
		for _, p := range s.CalendarParts() {
			words["part "+p.Type+"/"+p.Subtype] = true
			for _, param := range p.Params {
				words["part "+p.Type+"/"+p.Subtype+"; "+strings.ToLower(param.Name)] = true
			}
		}
		words["root "+s.Root.Type+"/"+s.Root.Subtype] = true
	}
	return words
}
