package calendar

import (
	"bytes"
	"strings"
	"testing"
)

// objectOf reads an object that must be readable.
func objectOf(t testing.TB, text string) *Object {
	t.Helper()
	o, _, err := ReadObject(strings.ReplaceAll(text, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func zoned(uid, offset, more string) string {
	return `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:` + offset + `
TZOFFSETTO:` + offset + `
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:` + uid + `
DTSTART;TZID=Customized Time Zone:20260301T100000
` + more + `END:VEVENT
END:VCALENDAR
`
}

// TestWriter writes objects that have zones of one name, and reads them again.
func TestWriter(t *testing.T) {
	objects := []*Object{
		objectOf(t, zoned("a", "+0100", "ATTENDEE;X-GANNET-SEQUENCE=3;CN=Bo:mailto:bo@example.test\nX-OTHER;X-P=1:kept\n")),
		objectOf(t, zoned("b", "+0100", "X-GANNET-PLACE:hidden\n")),
		objectOf(t, zoned("c", "+0545", "")),
		objectOf(t, zoned("d", "+0545", "")),
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, "Work, and more")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if err := w.Write(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Contains(text, internal) {
		t.Errorf("what is internal is written:\n%s", text)
	}
	for want, n := range map[string]int{
		"BEGIN:VTIMEZONE": 2, "X-OTHER;X-P=1:kept": 1, "TZID:Customized Time Zone (2)\r\n": 1, "BEGIN:VCALENDAR": 1,
		`X-WR-CALNAME:Work\, and more`: 1,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%d times %s:\n%s", got, want, text)
		}
	}
	pieces := splitOf(t, text)
	n := 0
	for piece, err := range pieces.All() {
		if err != nil {
			t.Fatal(err)
		}
		back := objectOf(t, string(piece.Text))
		zone, err := back.Zones().Find(back.Master().Start().TZID)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := objects[n].Zones().Find("Customized Time Zone")
		wall := back.Master().Start().Wall
		if !zone.Instant(wall).Equal(want.Instant(wall)) {
			t.Errorf("%s has moved", piece.UID)
		}
		if same := back.SameOutward(objects[n]); same != (n < 2) {
			t.Errorf("%s: the same is %v", piece.UID, same)
		}
		n++
	}
	if n != len(objects) {
		t.Errorf("%d pieces", n)
	}
}

// TestWriterCorpus writes each calendar of the corpus and reads it again: every object is the same to other programs.
func TestWriterCorpus(t *testing.T) {
	eachCorpus(t, func(name string, raw []byte) { writtenAgain(t, name, raw) })
}

func writtenAgain(t *testing.T, name string, raw []byte) {
	pieces, err := Split(bytes.NewReader(raw), Limits{})
	if err != nil {
		return
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, "")
	if err != nil {
		t.Fatal(err)
	}
	var objects []*Object
	for piece, err := range pieces.All() {
		if err != nil || piece.UID == "" {
			continue
		}
		o, _, err := ReadObject(string(piece.Text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		objects = append(objects, o)
		if err := w.Write(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for piece, err := range splitOf(t, out.String()).All() {
		if err != nil {
			t.Errorf("%s: %s: %v", name, piece.UID, err)
		} else if back, _, err := ReadObject(string(piece.Text)); err != nil || !back.SameOutward(objects[n]) {
			t.Errorf("%s: %s is another one, %v:\n%s\n---\n%s", name, piece.UID, err, objects[n].Bytes(), piece.Text)
		}
		n++
	}
	if n != len(objects) {
		t.Errorf("%s: %d objects of %d", name, n, len(objects))
	}
}
