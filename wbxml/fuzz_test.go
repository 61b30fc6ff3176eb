package wbxml

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// fuzzLimits are small, so that the fuzzer meets them.
var fuzzLimits = Limits{Depth: 16, Elements: 1000, String: 1 << 20, Total: 2 << 20}

// addDocuments seeds f with the golden documents, and with those of the corpus if it is there.
func addDocuments(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range strings.Split(string(b), "\n-- ")[1:] {
			if title, data, _ := strings.Cut(part, " --\n"); strings.HasSuffix(title, ".hex") {
				f.Add(unhex(f, data))
			}
		}
	}
	f.Add([]byte("\x03\x01\x6a\x04abc\x00\x45\x83\x00\x83\x02\xc3\x01\x00\x03\xff\x00\x01"))
	captured, err := filepath.Glob(filepath.Join("..", "..", "shared", "corpus", "wbxml", "*", "*", "*.wbxml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range captured {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
}

// FuzzDecoder checks that any bytes are read or refused with a SyntaxError inside them, that memory does
// not grow with what they announce, and that what was read is the same after encoding and decoding it.
func FuzzDecoder(f *testing.F) {
	addDocuments(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		skipErr := skipAll(in)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<10+2*uint64(len(in)) {
			t.Errorf("%d bytes allocated to read %d", grown, len(in))
		}
		events, err := readEvents(bytes.NewReader(in), fuzzLimits)
		if (skipErr == nil) != (err == nil) {
			t.Errorf("reading: %v, skipping: %v", err, skipErr)
		}
		slow, slowErr := readEvents(iotest.OneByteReader(bytes.NewReader(in)), fuzzLimits)
		if !equalEvents(events, slow) || (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Errorf("byte by byte: %v, %v\nwant %v, %v", slow, slowErr, events, err)
		}
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > int64(len(in)) {
				t.Errorf("error %v for %d bytes", err, len(in))
			}
			return
		}
		checkReencoded(t, events)
	})
}

// checkReencoded encodes events, decodes them, and encodes them again.
func checkReencoded(t *testing.T, events []event) {
	t.Helper()
	var once, twice bytes.Buffer
	if err := writeEvents(&once, events); err != nil {
		t.Fatal(err)
	}
	again, err := readEvents(bytes.NewReader(once.Bytes()), Limits{})
	if err != nil {
		t.Fatalf("%x: %v", once.Bytes(), err)
	}
	var want []event
	for _, ev := range events {
		if ev.Kind == Text {
			if ev.Data = cleanText(ev.Data); ev.Data == "" {
				continue
			}
		}
		want = append(want, ev)
	}
	if !equalEvents(again, want) {
		t.Errorf("encoded and decoded: %s", firstDifference(again, want))
	}
	if err := writeEvents(&twice, again); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
		t.Errorf("encoded again: %x, %v, want %x", twice.Bytes(), err, once.Bytes())
	}
}

// skipAll reads the document without looking at it.
func skipAll(in []byte) error {
	d := NewDecoder(bytes.NewReader(in), fuzzLimits)
	if _, err := d.Next(); err != nil {
		return err
	}
	if err := d.Skip(); err != nil {
		return err
	}
	if _, err := d.Next(); err != io.EOF {
		return err
	}
	return nil
}

// FuzzDump checks that a dump read back has the same tokens and gives the same dump.
func FuzzDump(f *testing.F) {
	addDocuments(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		events, err := readEvents(bytes.NewReader(in), fuzzLimits)
		if err != nil {
			return
		}
		text := dump(t, in)
		doc := undump(t, text)
		if again, err := readEvents(bytes.NewReader(doc), Limits{}); err != nil || !equalEvents(again, events) {
			t.Errorf("dumped as\n%s\nand read back: %v, %s", text, err, firstDifference(again, events))
		}
		if again := dump(t, doc); again != text {
			t.Errorf("dumped again\n%s\nwant\n%s", again, text)
		}
	})
}

// FuzzUndump checks that any text is read or refused, and that what is read can be dumped.
func FuzzUndump(f *testing.F) {
	f.Add("AirSync:Sync\n  AirSync:Status \"1\" x\"00\"\n  \"mixed\"\n# comment\n")
	f.Fuzz(func(t *testing.T, text string) {
		var doc bytes.Buffer
		if err := Undump(&doc, strings.NewReader(text)); err != nil || doc.Len() == 0 {
			return
		}
		if deep := strings.Count(text, "\n"); deep < DefaultLimits().Depth {
			again := undump(t, dump(t, doc.Bytes()))
			if !bytes.Equal(again, doc.Bytes()) {
				t.Errorf("%q is %x, dumped and read again %x", text, doc.Bytes(), again)
			}
		}
	})
}

// FuzzEncoder checks the cleaning of text against its definition, in all ways text can be written.
func FuzzEncoder(f *testing.F) {
	for _, s := range []string{"", "Grüße\x00\r\n", "\xe2\x82", "\ufffe😀\xff", strings.Repeat("€", pieceSize)} {
		f.Add(s, uint16(1))
	}
	f.Fuzz(func(t *testing.T, s string, pad uint16) {
		checkText(t, s)
		checkText(t, strings.Repeat("-", int(pad)%(2*encoderBuffer))+s)
	})
}
