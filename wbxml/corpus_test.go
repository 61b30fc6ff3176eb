package wbxml

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpusDocuments returns the path of every document of the corpus.
func corpusDocuments(t *testing.T) []string {
	t.Helper()
	root := corpus(t, "wbxml")
	var docs []string
	for _, depth := range []string{"*", filepath.Join("*", "*")} {
		names, err := filepath.Glob(filepath.Join(root, depth, "*.wbxml"))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, names...)
	}
	if len(docs) == 0 {
		t.Fatalf("no document below %s", root)
	}
	return docs
}

// readDocument returns the document at path. Horde's are what one object of its writes into a document:
// no header, and not always one root element; the header is added here, and an element around all of it.
func readDocument(t *testing.T, path string) []byte {
	t.Helper()
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(filepath.Dir(path)) == "horde-activesync" {
		whole := append(header[:len(header):len(header)], AirSyncApplicationData.Token()|hasContent)
		return append(append(whole, doc...), tokenEnd)
	}
	if filepath.Base(path) == sentTwice {
		return doc[:len(header)+(len(doc)-len(header))/2]
	}
	return doc
}

// sentTwice is a request in which the device sent the last byte of the header and the root element a second
// time. That is left out where it would be in the way.
const sentTwice = "activesync-016.wbxml"

func TestCorpusTrailing(t *testing.T) {
	path := filepath.Join(corpus(t, "wbxml"), "wbxml-stream", "activesync", sentTwice)
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readEvents(bytes.NewReader(doc), Limits{}); !errors.Is(err, ErrTrailing) {
		t.Errorf("%s: %v, want %v", path, err, ErrTrailing)
	}
	first := readDocument(t, path)
	if second := first[len(header)-1:]; !bytes.Equal(doc[len(first):], second) {
		t.Errorf("%s: behind the root element is %x, want %x", path, doc[len(first):], second)
	}
}

// TestCorpus decodes every document of the corpus, encodes its tokens and compares the bytes. They are
// the same but where the source writes an element without content as one with content of length zero.
func TestCorpus(t *testing.T) {
	docs := corpusDocuments(t)
	same := 0
	for _, path := range docs {
		doc := readDocument(t, path)
		events, err := readEvents(bytes.NewReader(doc), Limits{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var again bytes.Buffer
		if err := writeEvents(&again, events); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if bytes.Equal(again.Bytes(), doc) {
			same++
			continue
		}
		t.Logf("%s: other bytes: %d for %d", filepath.Base(path), again.Len(), len(doc))
		eventsAgain, err := readEvents(&again, Limits{})
		if err != nil {
			t.Errorf("%s: encoded again: %v", path, err)
		} else if got, want := meaning(eventsAgain), meaning(events); !equalEvents(got, want) {
			t.Errorf("%s: %s", path, firstDifference(got, want))
		}
	}
	t.Logf("%d of %d documents give the same bytes", same, len(docs))
}

// TestCorpusDump dumps every document and reads the dump back.
func TestCorpusDump(t *testing.T) {
	for _, path := range corpusDocuments(t) {
		text := dump(t, readDocument(t, path))
		if again := dump(t, undump(t, text)); again != text {
			t.Errorf("%s: a dump read back gives\n%s\nwant\n%s", path, again, text)
		}
	}
}

// TestCorpusCut reads every document up to each of its bytes: it ends too early, and nothing else.
func TestCorpusCut(t *testing.T) {
	for _, path := range corpusDocuments(t) {
		doc := readDocument(t, path)
		for n := 0; n < len(doc); n += 1 + n/100 {
			_, err := readEvents(bytes.NewReader(doc[:n]), Limits{})
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(err.Error(), "unexpected EOF") || syntax.Offset != int64(n) {
				t.Fatalf("%s cut at %d: %v, want unexpected EOF there", path, n, err)
			}
		}
	}
}

// TestCorpusXML compares every document with the XML beside it.
func TestCorpusXML(t *testing.T) {
	compared := 0
	for _, path := range corpusDocuments(t) {
		var text []byte
		for _, ext := range []string{".decoded.xml", ".xml"} {
			if b, err := os.ReadFile(strings.TrimSuffix(path, ".wbxml") + ext); err == nil {
				text = b
				break
			}
		}
		if text == nil || filepath.Base(filepath.Dir(path)) == "horde-activesync" {
			continue // Horde's XML is one of the values in the document, not the document
		}
		want, err := readXML(text)
		if err != nil {
			t.Errorf("%s: its XML: %v", path, err)
			continue
		}
		events, err := readEvents(bytes.NewReader(readDocument(t, path)), Limits{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		compared++
		if diff := diffXML(asXML(events), want); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	t.Logf("%d documents compared with their XML", compared)
}
