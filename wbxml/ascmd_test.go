package wbxml

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpecificationExamples takes the example requests and answers of MS-ASCMD, as XML with namespaces,
// encodes and decodes them. Their names must all be in the code pages.
func TestSpecificationExamples(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(corpus(t, "wbxml"), "wbxml-stream", "activesync", "activesync-ms-ascmd-*.xml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	tags, documents := map[Tag]bool{}, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, ok := exampleEvents(t, filepath.Base(name), text)
		if !ok {
			continue
		}
		var doc bytes.Buffer
		if err := writeEvents(&doc, want); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := readEvents(&doc, Limits{})
		if err != nil || !equalEvents(meaning(got), meaning(want)) {
			t.Errorf("%s: %v, %s", name, err, firstDifference(meaning(got), meaning(want)))
		}
		documents++
		for _, ev := range want {
			tags[ev.Tag] = true
		}
	}
	t.Logf("%d of %d examples with %d tags", documents, len(names), len(tags))
}

// exampleSpelling turns the names that these examples spell otherwise than MS-ASWBXML into its own.
var exampleSpelling = strings.NewReplacer("Calendar:TimeZone", "Calendar:Timezone", "Gal:", "GAL:")

// exampleEvents returns the elements and texts of an XML document as events.
func exampleEvents(t *testing.T, name string, text []byte) (events []event, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(text))
	var open []Tag
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return events, true
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil, false
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			full := tok.Name.Space + ":" + tok.Name.Local
			tag, ok := LookupTag(exampleSpelling.Replace(full))
			if !ok {
				t.Errorf("%s: no tag %s", name, full)
				return nil, false
			}
			open = append(open, tag)
			events = append(events, event{Kind: Start, Tag: tag})
		case xml.EndElement:
			events = append(events, event{Kind: End, Tag: open[len(open)-1]})
			open = open[:len(open)-1]
		case xml.CharData:
			if s := strings.TrimSpace(string(tok)); s != "" {
				events = append(events, event{Text, open[len(open)-1], s})
			}
		}
	}
}
