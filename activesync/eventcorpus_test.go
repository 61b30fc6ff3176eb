package activesync

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/wbxml"
)

// eventForm is how a device of rita's in Berlin has events.
func eventForm(v Version) objectForm {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	return objectForm{
		version: v, user: mail.Address{Name: "Rita", Local: "rita", Domain: "example.test"}, zone: berlin, hostname: "mx.example.test",
		mine: func(a string) bool { return strings.EqualFold(a, rita) }, now: time.Date(2026, 8, 22, 10, 15, 0, 0, time.UTC),
		options: wire.Options{Bodies: []wire.BodyPreference{{Type: wire.BodyText, Truncation: 1 << 20}, {Type: wire.BodyHTML, Truncation: 1 << 20}}},
	}
}

// echo is the command of a device that sends back what it was told.
func echo(t testing.TB, data objectData, f objectForm, op wbxml.Tag) objectCommand {
	t.Helper()
	var doc bytes.Buffer
	e := wbxml.NewEncoder(&doc)
	for _, tag := range []wbxml.Tag{wbxml.AirSyncSync, wbxml.AirSyncCollections, wbxml.AirSyncCollection} {
		e.Start(tag)
	}
	e.Elem(wbxml.AirSyncSyncKey, "1")
	e.Elem(wbxml.AirSyncCollectionId, "c1")
	e.Start(wbxml.AirSyncCommands)
	e.Start(op)
	e.Elem(wbxml.AirSyncServerId, "c1:1")
	e.Elem(wbxml.AirSyncClientId, "n1")
	e.Start(wbxml.AirSyncApplicationData)
	data.Write(e, uint8(f.version))
	for range 6 {
		e.End()
	}
	must(t, e.Close())
	return commandIn(t, doc.Bytes(), f)
}

// commandIn reads the one command of a Sync request.
func commandIn(t testing.TB, doc []byte, f objectForm) objectCommand {
	t.Helper()
	var contents []string
	q, err := wire.ReadSync(bytes.NewReader(doc), func(r io.Reader) (wire.Content, error) {
		raw, err := io.ReadAll(r)
		contents = append(contents, string(raw))
		return wire.Content{Index: len(contents) - 1, Size: int64(len(raw))}, err
	})
	must(t, err)
	c := objectCommand{objectForm: f, SyncCommand: q.Collections[0].Commands[0]}
	c.text = func() (string, error) {
		if d := c.Email.Draft; d != nil && d.Body != nil {
			return contents[d.Body.Content.Index], nil
		}
		return "", nil
	}
	c.file = func(f wire.Content) io.Reader { return strings.NewReader(contents[f.Index]) }
	return c
}

// corpusEvents yields the events of the corpus.
func corpusEvents(t *testing.T, each func(name string, o *calendar.Object)) {
	corpusObjects(t, func(name string, o *calendar.Object) {
		if o.Kind() == calendar.VEvent {
			each(name, o)
		}
	})
}

// corpusObjects yields the calendar objects of the corpus.
func corpusObjects(t *testing.T, each func(name string, o *calendar.Object)) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(root, "ical")); err != nil {
		t.Skip("no corpus")
	}
	must(t, filepath.WalkDir(filepath.Join(root, "ical"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		f, err := calendar.Decode(in, calendar.DefaultLimits)
		if err != nil {
			return nil // another test's
		}
		for _, o := range f.Objects() {
			each(path[len(root)+1:], o)
		}
		return nil
	}))
}

// TestCorpusEventsRoundTrip shows every event of the corpus to devices of all versions, which send it back as it is:
// not a byte of it changes.
func TestCorpusEventsRoundTrip(t *testing.T) {
	once(t)
	shown, unclear, odd := 0, 0, 0

	corpusEvents(t, func(name string, o *calendar.Object) {
		raw := o.Bytes()
		for _, version := range []Version{V25, V121, V141, V161} {
			f := eventForm(version)
			data, err := eventClass{}.show(raw, f)
			if err != nil {
				unclear++
				continue
			}
			shown++
			out, err := eventClass{}.change(raw, echo(t, data, f, wbxml.AirSyncChange))
			if err != nil {
				t.Errorf("%s at %s: %v\n%s", name, version, err, raw)
				continue
			}
			if !bytes.Equal(out.raw, raw) {
				if odd++; odd < 12 {
					t.Errorf("%s at %s:\n%s", name, version, lineDiff(string(raw), string(out.raw)))
				}
			}
			if version < V141 {
				continue
			}
			for _, line := range anotherTitle(t, raw, f) {
				if odd++; odd < 12 {
					t.Errorf("%s at %s: another title makes %q", name, version, line)
				}
			}
		}
	})
	t.Logf("%d shown, %d unclear, %d changed", shown, unclear, odd)
}

// anotherTitle lets a device give an event another title, and lists the lines that are not as before and have nothing to
// do with that.
func anotherTitle(t *testing.T, raw []byte, f objectForm) (lines []string) {
	t.Helper()
	data, err := eventClass{}.show(raw, f)
	must(t, err)
	title := "Another title"
	data.(*wire.Event).Subject = &title
	out, err := eventClass{}.change(raw, echo(t, data, f, wbxml.AirSyncChange))
	must(t, err)
	for line := range strings.Lines(lineDiff(withoutZones(raw), withoutZones(out.raw))) {
		name, _, _ := strings.Cut(line[2:], ":")
		name, _, _ = strings.Cut(name, ";")
		if !slices.Contains([]string{"SUMMARY", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}, name) {
			lines = append(lines, line)
		}
	}
	return lines
}

var zoneDefinition = regexp.MustCompile(`(?s)BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n`)

// withoutZones is an object with each property in one line, without the definitions of zones.
func withoutZones(raw []byte) string { return zoneDefinition.ReplaceAllString(unfolded(raw), "") }

// lineDiff lists the lines that are in one text alone.
func lineDiff(a, b string) string {
	var out strings.Builder
	for _, pair := range []struct{ mark, from, other string }{{"- ", a, b}, {"+ ", b, a}} {
		for line := range strings.Lines(pair.from) {
			if !strings.Contains("\n"+pair.other, "\n"+line) {
				out.WriteString(pair.mark + line)
			}
		}
	}
	return out.String()
}
