package activesync

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/wbxml"
)

// TestCorpusTasksAndNotesRoundTrip shows every task and every note of the corpus to devices, which send it back as it
// is: not a byte of it changes.
func TestCorpusTasksAndNotesRoundTrip(t *testing.T) {
	once(t)
	classes := map[string]objectClass{calendar.VTodo: taskClass{}, calendar.VJournal: noteClass{}}
	shown := map[string]int{}
	corpusObjects(t, func(name string, o *calendar.Object) {
		class := classes[o.Kind()]
		if class == nil {
			return
		}
		raw := o.Bytes()
		for _, version := range []Version{V25, V121, V141, V161} {
			if o.Kind() == calendar.VJournal && version < V140 {
				continue
			}
			f := eventForm(version)
			data, err := class.show(raw, f)
			if err != nil {
				t.Errorf("%s at %s: %v", name, version, err)
				continue
			}
			shown[o.Kind()]++
			out, err := class.change(raw, echo(t, data, f, wbxml.AirSyncChange))
			if err != nil {
				t.Errorf("%s at %s: %v\n%s", name, version, err, raw)
				continue
			}
			if !bytes.Equal(out.raw, raw) {
				t.Errorf("%s at %s:\n%s", name, version, lineDiff(string(raw), string(out.raw)))
			}
			const title = "Another title"
			switch d := data.(type) {
			case *wire.Task:
				d.Subject, d.Body.Data = title, nil
			case *wire.Note:
				d.Subject, d.Body.Data = title, nil
			}
			if out, err = class.change(raw, echo(t, data, f, wbxml.AirSyncChange)); err != nil {
				t.Errorf("%s at %s: %v", name, version, err)
				continue
			}
			for line := range strings.Lines(lineDiff(unfolded(raw), unfolded(out.raw))) {
				name, _, _ := strings.Cut(line[2:], ":")
				if name, _, _ = strings.Cut(name, ";"); !slices.Contains([]string{"SUMMARY", "DTSTAMP", "LAST-MODIFIED", "DESCRIPTION", "X-ALT-DESC"}, name) {
					t.Errorf("%s at %s: another title makes %q", name, version, line)
				}
			}
		}
	})
	t.Logf("shown: %v", shown)
}

// unfolded is an object with each property in one line.
func unfolded(raw []byte) string { return strings.ReplaceAll(string(raw), "\r\n ", "") }
