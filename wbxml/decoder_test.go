package wbxml

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// unhex reads hexadecimal with blanks anywhere.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecoder(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []event
	}{
		{"empty root", "03 01 6a 00 05",
			[]event{{Start, AirSyncSync, ""}, {End, AirSyncSync, ""}}},
		{"root with nothing in it", "03 01 6a 00 45 01",
			[]event{{Start, AirSyncSync, ""}, {End, AirSyncSync, ""}}},
		{"text", "03 01 6a 00 45 4b 03 30 00 01 01",
			[]event{{Start, AirSyncSync, ""}, {Start, AirSyncSyncKey, ""}, {Text, AirSyncSyncKey, "0"},
				{End, AirSyncSyncKey, ""}, {End, AirSyncSync, ""}}},
		{"empty text", "03 01 6a 00 4b 03 00 01",
			[]event{{Start, AirSyncSyncKey, ""}, {Text, AirSyncSyncKey, ""}, {End, AirSyncSyncKey, ""}}},
		{"text that is not UTF-8", "03 01 6a 00 4b 03 e4 01 00 01",
			[]event{{Start, AirSyncSyncKey, ""}, {Text, AirSyncSyncKey, "\xe4\x01"}, {End, AirSyncSyncKey, ""}}},
		{"opaque", "03 01 6a 00 00 15 50 c3 03 00 01 02 01",
			[]event{{Start, ComposeMailMime, ""}, {Opaque, ComposeMailMime, "\x00\x01\x02"}, {End, ComposeMailMime, ""}}},
		{"empty opaque", "03 01 6a 00 00 15 50 c3 00 01",
			[]event{{Start, ComposeMailMime, ""}, {Opaque, ComposeMailMime, ""}, {End, ComposeMailMime, ""}}},
		{"opaque with a long length", "03 01 6a 00 00 15 50 c3 80 80 80 80 01 ff 01",
			[]event{{Start, ComposeMailMime, ""}, {Opaque, ComposeMailMime, "\xff"}, {End, ComposeMailMime, ""}}},
		{"page stays after END", "03 01 6a 00 45 00 02 54 01 05 00 00 0b 01",
			[]event{{Start, AirSyncSync, ""}, {Start, EmailSubject, ""}, {End, EmailSubject, ""},
				{Start, EmailAttachment, ""}, {End, EmailAttachment, ""},
				{Start, AirSyncSyncKey, ""}, {End, AirSyncSyncKey, ""}, {End, AirSyncSync, ""}}},
		{"needless switches", "03 01 6a 00 00 01 00 00 45 00 07 00 02 01",
			[]event{{Start, AirSyncSync, ""}, {End, AirSyncSync, ""}}},
		{"string table", "03 01 6a 09 61 62 63 00 78 79 7a 00 00 4b 83 00 83 05 83 08 03 21 00 01",
			[]event{{Start, AirSyncSyncKey, ""}, {Text, AirSyncSyncKey, "abc"}, {Text, AirSyncSyncKey, "yz"},
				{Text, AirSyncSyncKey, ""}, {Text, AirSyncSyncKey, "!"}, {End, AirSyncSyncKey, ""}}},
		{"public identifier in the string table", "03 00 00 6a 02 41 00 05",
			[]event{{Start, AirSyncSync, ""}, {End, AirSyncSync, ""}}},
		{"other public identifier, version 1.1, charset unknown", "01 9f 55 00 00 05",
			[]event{{Start, AirSyncSync, ""}, {End, AirSyncSync, ""}}},
		{"version 1.2, US-ASCII", "02 01 03 00 05",
			[]event{{Start, AirSyncSync, ""}, {End, AirSyncSync, ""}}},
		{"unknown tag and page", "03 01 6a 00 45 7e 03 31 00 01 00 63 3f 01",
			[]event{{Start, AirSyncSync, ""}, {Start, 0x003E, ""}, {Text, 0x003E, "1"}, {End, 0x003E, ""},
				{Start, 0x633F, ""}, {End, 0x633F, ""}, {End, AirSyncSync, ""}}},
		{"text around an element", "03 01 6a 00 45 03 61 00 0b 03 62 00 01",
			[]event{{Start, AirSyncSync, ""}, {Text, AirSyncSync, "a"}, {Start, AirSyncSyncKey, ""},
				{End, AirSyncSyncKey, ""}, {Text, AirSyncSync, "b"}, {End, AirSyncSync, ""}}},
	}
	readers := map[string]func(io.Reader) io.Reader{
		"whole":          func(r io.Reader) io.Reader { return r },
		"byte by byte":   iotest.OneByteReader,
		"data with EOF":  iotest.DataErrReader,
		"half and again": iotest.HalfReader,
	}
	for _, tt := range tests {
		for how, reader := range readers {
			got, err := readEvents(reader(bytes.NewReader(unhex(t, tt.in))), Limits{})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%s (%s) = %v, %v\nwant %v", tt.name, how, got, err, tt.want)
			}
		}
	}
}

func TestDecoderErrors(t *testing.T) {
	tests := []struct {
		name   string
		in     string
		err    error
		offset int64
		path   string
		says   string
	}{
		{"nothing", "", io.ErrUnexpectedEOF, 0, "", ""},
		{"header only", "03 01 6a 00", io.ErrUnexpectedEOF, 4, "", ""},
		{"header cut", "03 01", io.ErrUnexpectedEOF, 2, "", ""},
		{"version 1.0", "00 01 6a 00 05", ErrUnsupported, 0, "", "version byte 0x00"},
		{"version 1.4", "04 01 6a 00 05", ErrUnsupported, 0, "", "version byte 0x04"},
		{"XML", "3c 3f 78 6d 6c", ErrUnsupported, 0, "", "version byte 0x3C"},
		{"Latin-1", "03 01 04 00 05", ErrUnsupported, 2, "", "charset 4"},
		{"UTF-16", "03 01 87 77 00 05", ErrUnsupported, 2, "", "charset 1015"},
		{"table too long", "03 01 6a 84 80 01", ErrString, 3, "", "string table of 65537 bytes"},
		{"table cut", "03 01 6a 05 61", io.ErrUnexpectedEOF, 5, "", ""},
		{"integer of 33 bits", "03 90 80 80 80 00 6a 00 05", ErrSyntax, 1, "", "32 bits"},
		{"integer of 6 bytes", "03 80 80 80 80 80 01 6a 00 05", ErrSyntax, 1, "", "32 bits"},
		{"integer cut", "03 81", io.ErrUnexpectedEOF, 2, "", ""},
		{"END first", "03 01 6a 00 01", ErrSyntax, 4, "", "END outside"},
		{"text first", "03 01 6a 00 03 61 00", ErrSyntax, 4, "", "text outside"},
		{"table text first", "03 01 6a 01 00 83 00", ErrSyntax, 5, "", "text outside"},
		{"opaque first", "03 01 6a 00 c3 00", ErrSyntax, 4, "", "text outside"},
		{"element cut", "03 01 6a 00 45 5c", io.ErrUnexpectedEOF, 6, "Sync/Collections", ""},
		{"switch cut", "03 01 6a 00 45 00", io.ErrUnexpectedEOF, 6, "Sync", ""},
		{"text cut", "03 01 6a 00 45 4b 03 31 32", io.ErrUnexpectedEOF, 9, "Sync/SyncKey", ""},
		{"opaque cut", "03 01 6a 00 45 4b c3 03 31 32", io.ErrUnexpectedEOF, 10, "Sync/SyncKey", ""},
		{"long opaque cut", "03 01 6a 00 45 4b c3 82 80 00 31 32", io.ErrUnexpectedEOF, 12, "Sync/SyncKey", ""},
		{"ENTITY", "03 01 6a 00 45 5c 4f 02 20", ErrUnsupported, 7, "Sync/Collections/Collection", "ENTITY (0x02)"},
		{"LITERAL", "03 01 6a 00 45 04 00", ErrUnsupported, 5, "Sync", "LITERAL (0x04)"},
		{"LITERAL_C", "03 01 6a 00 45 44 00", ErrUnsupported, 5, "Sync", "LITERAL_C (0x44)"},
		{"LITERAL_A", "03 01 6a 00 45 84 00", ErrUnsupported, 5, "Sync", "LITERAL_A (0x84)"},
		{"LITERAL_AC", "03 01 6a 00 45 c4 00", ErrUnsupported, 5, "Sync", "LITERAL_AC (0xC4)"},
		{"EXT_I", "03 01 6a 00 45 40 00", ErrUnsupported, 5, "Sync", "EXT_I_0 (0x40)"},
		{"EXT_T", "03 01 6a 00 45 82 00", ErrUnsupported, 5, "Sync", "EXT_T_2 (0x82)"},
		{"EXT", "03 01 6a 00 45 c1", ErrUnsupported, 5, "Sync", "EXT_1 (0xC1)"},
		{"PI", "03 01 6a 00 43 05", ErrUnsupported, 4, "", "PI (0x43)"},
		{"attributes", "03 01 6a 00 45 00 02 94 05 01", ErrUnsupported, 7, "Sync", "attributes of Email:Subject"},
		{"attributes and content", "03 01 6a 00 c5", ErrUnsupported, 4, "", "attributes of AirSync:Sync"},
		{"no string table", "03 01 6a 00 4b 83 00 01", ErrSyntax, 5, "SyncKey", "string table of 0 bytes"},
		{"beyond the table", "03 01 6a 02 61 00 4b 83 02 01", ErrSyntax, 7, "SyncKey", "reference to 2"},
		{"no end in the table", "03 01 6a 02 61 62 4b 83 00 01", ErrSyntax, 7, "SyncKey", "without end"},
		{"second root", "03 01 6a 00 05 05", ErrTrailing, 5, "", "after the end"},
		{"END too many", "03 01 6a 00 45 01 01", ErrTrailing, 6, "", "after the end"},
		{"zero byte behind", "03 01 6a 00 05 00", ErrTrailing, 5, "", "after the end"},
	}
	for _, tt := range tests {
		for _, reader := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.DataErrReader} {
			_, err := readEvents(reader(bytes.NewReader(unhex(t, tt.in))), Limits{})
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || !errors.Is(err, tt.err) || syntax.Path != tt.path ||
				syntax.Offset != tt.offset || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: error %v, want %v at offset %d in %q saying %q", tt.name, err, tt.err, tt.offset, tt.path, tt.says)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	doc := unhex(t, "03 01 6a 00 45 5c 4f 4b 03 31 32 33 34 00 01 52 c3 04 61 62 63 64 01 01 01 01")
	events, err := readEvents(bytes.NewReader(doc), Limits{Depth: 4, Elements: 5, String: 4, Total: int64(len(doc))})
	if err != nil || len(events) != 12 {
		t.Fatalf("at the limits: %d events, %v, want 12, no error", len(events), err)
	}
	tests := []struct {
		name   string
		lim    Limits
		err    error
		offset int64
		path   string
	}{
		{"depth", Limits{Depth: 3}, ErrDepth, 7, "Sync/Collections/Collection"},
		{"elements", Limits{Elements: 4}, ErrElements, 15, "Sync/Collections/Collection"},
		{"string", Limits{String: 3}, ErrString, 8, "Sync/Collections/Collection/SyncKey"},
		{"total in a text", Limits{Total: 10}, ErrTotal, 10, "Sync/Collections/Collection/SyncKey"},
		{"total in opaque data", Limits{Total: 20}, ErrTotal, 16, "Sync/Collections/Collection/CollectionId"},
		{"total at the end", Limits{Total: int64(len(doc)) - 1}, ErrTotal, int64(len(doc)) - 1, "Sync"},
	}
	for _, tt := range tests {
		_, err := readEvents(bytes.NewReader(doc), tt.lim)
		want := &SyntaxError{Offset: tt.offset, Path: tt.path, Err: tt.err}
		var got *SyntaxError
		if !errors.As(err, &got) || !errors.Is(err, tt.err) || got.Offset != want.Offset || got.Path != want.Path {
			t.Errorf("%s: %v, want %v", tt.name, err, want)
		}
	}
	if _, err := readEvents(bytes.NewReader(append(doc, 0)), Limits{Total: int64(len(doc))}); !errors.Is(err, ErrTotal) {
		t.Errorf("one byte behind the end and the limit: %v, want %v", err, ErrTotal)
	}
}

// TestDecoderKeepsError checks that an error is final and that a reader's own error can be found in it.
func TestDecoderKeepsError(t *testing.T) {
	broken := errors.New("cable pulled")
	d := NewDecoder(io.MultiReader(bytes.NewReader(unhex(t, "03 01 6a 00 45 4b 03 31")), iotest.ErrReader(broken)), Limits{})
	for range 2 {
		if _, err := d.Next(); err != nil {
			t.Fatal(err)
		}
	}
	_, first := d.Next()
	_, second := d.Next()
	if !errors.Is(first, broken) || first != second || d.Skip() != first {
		t.Errorf("errors %v and %v, want %v twice", first, second, broken)
	}
	if _, err := d.TextContent(0); err != first {
		t.Errorf("TextContent: %v, want %v", err, first)
	}
	if _, err := d.Content().Read(make([]byte, 1)); err != first {
		t.Errorf("Content: %v, want %v", err, first)
	}
	if d := NewDecoder(idle{}, Limits{}); true {
		if _, err := d.Next(); !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("idle reader: %v, want %v", err, io.ErrNoProgress)
		}
	}
	if d := NewDecoder(liar{}, Limits{}); true {
		if _, err := d.Next(); err == nil || !strings.Contains(err.Error(), "count of") {
			t.Errorf("reader that lies: %v, want an error", err)
		}
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

type liar struct{}

func (liar) Read(p []byte) (int, error) { return len(p) + 1, nil }

func TestSkip(t *testing.T) {
	doc := undump(t, `AirSync:Sync
  AirSync:Collections
    AirSync:Collection
      AirSync:SyncKey "1"
      AirSync:MoreAvailable
    AirSync:Collection
  AirSync:Status "1"
`)
	for skipAt, want := range map[Tag]string{
		AirSyncSync:          "Sync",
		AirSyncCollections:   "Sync Collections Status",
		AirSyncCollection:    "Sync Collections Collection Collection Status",
		AirSyncMoreAvailable: "Sync Collections Collection SyncKey MoreAvailable Collection Status",
		AirSyncStatus:        "Sync Collections Collection SyncKey MoreAvailable Collection Status",
	} {
		d := NewDecoder(bytes.NewReader(doc), Limits{})
		var begun []string
		for {
			tok, err := d.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if tok.Kind == Start {
				begun = append(begun, tok.Tag.Name())
				if tok.Tag != skipAt {
					continue
				}
				if err := d.Skip(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := strings.Join(begun, " "); got != want {
			t.Errorf("skipping %v: %s, want %s", skipAt, got, want)
		}
		if err := d.Skip(); err != nil || d.Offset() != int64(len(doc)) || d.Path() != "" {
			t.Errorf("at the end: Skip %v, offset %d, path %q, want nil, %d, empty", err, d.Offset(), d.Path(), len(doc))
		}
	}
}
