package wbxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// These tests hold the package against libwbxml, an independent implementation: what we write it must read
// the same way, and what it writes we must. Package libwbxml2-utils of Debian has the tools.

// oracleDocuments returns documents that hold every tag libwbxml knows: one per code page, and seeded
// random ones that mix pages and nest.
func oracleDocuments() [][]event {
	var docs [][]event
	var tags []Tag
	for i := range pages {
		first := len(tags)
		for token := range pages[i].Tags {
			tag := MakeTag(pages[i].Number, uint8(token))
			if tag.Known() && !libwbxmlUnknown[tag] && tag.Page() != FindFind.Page() {
				tags = append(tags, tag)
			}
		}
		if doc := []event(nil); len(tags) > first {
			for _, tag := range tags[first:] {
				doc = append(doc, event{Kind: Start, Tag: tag}, oracleValue(tag, "value of "+tag.Name()), event{Kind: End, Tag: tag},
					event{Kind: Start, Tag: tag}, event{Kind: End, Tag: tag})
			}
			docs = append(docs, wrap(AirSyncSync, doc))
		}
	}
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		docs = append(docs, randomElement(rnd, tags, AirSyncSync, 8))
	}
	return docs
}

func wrap(tag Tag, content []event) []event {
	return append(append([]event{{Kind: Start, Tag: tag}}, content...), event{Kind: End, Tag: tag})
}

// oracleValue returns text as the kind of value libwbxml holds that tag for.
func oracleValue(tag Tag, text string) event {
	if libwbxmlBinary[tag] {
		return event{Opaque, tag, text}
	}
	return event{Text, tag, text}
}

// randomElement returns an element with children or a value. Binary elements have no children.
func randomElement(rnd *rand.Rand, tags []Tag, tag Tag, depth int) []event {
	if n := rnd.IntN(6); depth == 8 || depth > 0 && n >= 2 && !libwbxmlBinary[tag] {
		var content []event
		for range n + 1 {
			content = append(content, randomElement(rnd, tags, tags[rnd.IntN(len(tags))], depth-1-rnd.IntN(3))...)
		}
		return wrap(tag, content)
	} else if n == 0 {
		return wrap(tag, nil)
	}
	words := []string{"a", "2026-03-01T08:15:00.000Z", "<b>&amp;\"'</b>", "]]>", "Grüße", "東京", "😀", "x\ty", "two\nlines", strings.Repeat("long ", 300) + "."}
	text := words[rnd.IntN(len(words))]
	for range rnd.IntN(4) {
		text += " " + words[rnd.IntN(len(words))]
	}
	return wrap(tag, []event{oracleValue(tag, text)})
}

// run returns what the tool makes of in, or skips the test if there is no such tool.
func run(t testing.TB, tool string, in []byte, args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Skipf("no oracle: %v", err)
	}
	file := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(file, in, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, messages bytes.Buffer
	cmd := exec.Command(path, append(args, "-o", "-", file)...)
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", tool, err, &messages)
	}
	return out.Bytes(), nil
}

// TestOracleReadsUs gives libwbxml what we encode.
func TestOracleReadsUs(t *testing.T) {
	docs := oracleDocuments()
	seen := map[Tag]bool{}
	for i, events := range docs {
		var doc bytes.Buffer
		if err := writeEvents(&doc, events); err != nil {
			t.Fatal(err)
		}
		text, err := run(t, "wbxml2xml", doc.Bytes(), "-l", "ACTIVESYNC", "-m", "0", "-k")
		if err != nil {
			t.Errorf("document %d: %v", i, err)
			continue
		}
		got, err := readXML(text)
		if err != nil {
			t.Errorf("document %d: %v", i, err)
		} else if diff := diffXML(got, asXML(events)); diff != "" {
			t.Errorf("document %d as libwbxml reads it: %s", i, diff)
		}
		for _, ev := range events {
			seen[ev.Tag] = true
		}
	}
	t.Logf("%d documents with %d tags", len(docs), len(seen))
}

// TestWeReadOracle decodes what libwbxml encodes, with its string table and without.
func TestWeReadOracle(t *testing.T) {
	docs := oracleDocuments()
	tables := 0
	for i, want := range docs {
		for _, args := range [][]string{{"-n", "-a", "-k"}, {"-k"}} {
			doc, err := run(t, "xml2wbxml", writeXML(want), args...)
			if err != nil {
				t.Errorf("document %d: %v", i, err)
				continue
			}
			got, err := readEvents(bytes.NewReader(doc), Limits{})
			if err != nil {
				t.Errorf("document %d: %v", i, err)
			} else if got, want := meaning(got), meaning(want); !equalEvents(got, want) {
				t.Errorf("document %d as libwbxml writes it: %s", i, firstDifference(got, want))
			}
			if doc[3] != 0 {
				tables++
			}
		}
	}
	t.Logf("%d documents, %d with a string table", 2*len(docs), tables)
}

// writeXML returns the events as a document that libwbxml takes for ActiveSync.
func writeXML(events []event) []byte {
	var out bytes.Buffer
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<!DOCTYPE ActiveSync PUBLIC "-//MICROSOFT//DTD ActiveSync//EN" "http://www.microsoft.com/">` + "\n")
	events = meaning(events)
	for i, ev := range asXML(events) {
		tag := events[i].Tag
		switch {
		case ev.name != "":
			fmt.Fprintf(&out, `<%s xmlns="%s:">`, ev.name, namespace(tag))
		case ev.text != "":
			xml.EscapeText(&out, []byte(ev.text))
		default:
			fmt.Fprintf(&out, "</%s>", libwbxmlName(tag))
		}
	}
	return out.Bytes()
}

// namespace returns the name of the tag's page as libwbxml spells it.
func namespace(tag Tag) string {
	if name := LookupPage(tag.Page()).Name; name != "GAL" {
		return name
	}
	return "Gal"
}
