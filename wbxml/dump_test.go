package wbxml

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestDumpBothWays reads dumps and writes them again.
func TestDumpBothWays(t *testing.T) {
	long := strings.Repeat("ä€\\n", 9000)
	for name, text := range map[string]string{
		"root":           "AirSync:Sync\n",
		"nested":         "AirSync:Sync\n  AirSync:Status \"1\"\n  AirSync:Collections\n    AirSync:Collection\n  AirSync:Limit \"2\"\n",
		"values":         "AirSync:SyncKey \"a\" x\"00ff\" \"\" x\"\" \"b\"\n",
		"mixed":          "AirSync:Sync \"a\"\n  AirSync:Status\n  \"b\" x\"01\"\n  AirSync:Status \"2\"\n  \"c\"\n",
		"unknown":        "0x1F:0x05\n  AirSync:0x3E \"?\"\n",
		"escapes":        "Email:Subject \"\\\"\\\\\\t\\r\\n\\x01\\xff\\u00a0 ä€😀\"\n",
		"cut rune":       "Email:Subject \"a\\xe2\\x82\" \"\\xac\"\n",
		"long text":      "AirSyncBase:Data \"" + long + "\"\n",
		"long text, odd": "AirSyncBase:Data \"x" + long + "\\xe2\"\n",
		"long opaque":    "ComposeMail:Mime x\"" + strings.Repeat("00ff", 20000) + "\"\n",
	} {
		if got := dump(t, undump(t, text)); got != text {
			t.Errorf("%s: got\n%.300s\nwant\n%.300s", name, got, text)
		}
	}
}

func TestDumpOptions(t *testing.T) {
	long := strings.Repeat("0123456789", 5000)
	doc := undump(t, `Settings:Settings
  Settings:Password "geheim" x"0102"
  AirSyncBase:Data "`+long+`"
  ComposeMail:Mime x"0001020304"
  Settings:Status "1"
  Settings:FriendlyName "ä€"
`)
	tests := []struct {
		name string
		opts DumpOptions
		want string
	}{
		{"masked", DumpOptions{Mask: Private}, `Settings:Settings
  Settings:Password ""+6 x""+2
  AirSyncBase:Data ""+50000
  ComposeMail:Mime x""+5
  Settings:Status "1"
  Settings:FriendlyName "ä€"
`},
		{"cut", DumpOptions{MaxData: 4}, `Settings:Settings
  Settings:Password "gehe"+2 x"0102"
  AirSyncBase:Data "0123"+49996
  ComposeMail:Mime x"00010203"+1
  Settings:Status "1"
  Settings:FriendlyName "ä\xe2\x82"+1
`},
	}
	for _, tt := range tests {
		var got strings.Builder
		if err := Dump(&got, bytes.NewReader(doc), tt.opts); err != nil || got.String() != tt.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", tt.name, err, &got, tt.want)
		}
		if err := Undump(io.Discard, strings.NewReader(got.String())); err == nil || !strings.Contains(err.Error(), "line 2: part") {
			t.Errorf("%s: reading it back: %v, want an error in line 2", tt.name, err)
		}
	}
}

func TestDumpErrors(t *testing.T) {
	var got strings.Builder
	err := Dump(&got, bytes.NewReader(unhex(t, "03 01 6a 00 45 4b 03 31 00 01 5c 4f 02")), DumpOptions{})
	want := "AirSync:Sync\n  AirSync:SyncKey \"1\"\n  AirSync:Collections\n    AirSync:Collection\n"
	if !errors.Is(err, ErrUnsupported) || got.String() != want {
		t.Errorf("broken document: %v and\n%s\nwant %v and\n%s", err, &got, ErrUnsupported, want)
	}
	if err := Dump(io.Discard, bytes.NewReader(undump(t, "AirSync:SyncKey \"123\"")), DumpOptions{Limits: Limits{String: 2}}); !errors.Is(err, ErrString) {
		t.Errorf("beyond a limit: %v, want %v", err, ErrString)
	}
	doc, _ := sized(5 * MaxData)
	if err := Dump(io.Discard, bytes.NewReader(doc[:2*MaxData]), DumpOptions{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut in a long text: %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if err := Dump(&fullDisk{100}, bytes.NewReader(doc), DumpOptions{}); !errors.Is(err, errFull) {
		t.Errorf("full disk: %v, want %v", err, errFull)
	}
}

func TestUndump(t *testing.T) {
	text := "# a comment\n\nAirSync:Sync\r\n  # another\n\n  AirSync:SyncKey \"\\u00e9\" \"\\x41\"\n"
	want := []event{{Start, AirSyncSync, ""}, {Start, AirSyncSyncKey, ""}, {Text, AirSyncSyncKey, "é"},
		{Text, AirSyncSyncKey, "A"}, {End, AirSyncSyncKey, ""}, {End, AirSyncSync, ""}}
	got, err := readEvents(bytes.NewReader(undump(t, text)), Limits{})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if doc := undump(t, "# nothing\n"); len(doc) != 0 {
		t.Errorf("nothing but a comment gives %x, want nothing", doc)
	}
	for text, says := range map[string]string{
		"AirSync:Synk":                                "line 1: no element",
		"Sync":                                        "line 1: no element",
		"\n\tAirSync:Sync":                            "line 2: no element",
		"AirSync:Sync ":                               "not a value",
		"AirSync:Sync 1":                              "not a value",
		"AirSync:Sync \"a\"  \"b\"":                   "not a value",
		"AirSync:Sync \"a\"\"b\"":                     "after a value",
		"AirSync:Sync \"a":                            "invalid syntax",
		"AirSync:Sync \"\\q\"":                        "invalid syntax",
		"AirSync:Sync x\"0\"":                         "odd length",
		"AirSync:Sync x\"zz\"":                        "invalid byte",
		"AirSync:Sync \"a\\x00\"":                     "NUL",
		"AirSync:Sync \"a\"+3":                        "missing",
		"  AirSync:Sync":                              "indented by 2",
		"AirSync:Sync\n AirSync:Status":               "line 2: indented by 1",
		"AirSync:Sync\n    AirSync:Status":            "line 2: indented by 4",
		"\"a\"":                                       "no element is open",
		"AirSync:Sync\nAirSync:Sync":                  "root element has ended",
		"AirSync:Sync\n  AirSync:Status \"1\"\n\"a\"": "line 3: wbxml: text: no element is open",
	} {
		err := Undump(io.Discard, strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Undump(%q) = %v, want an error saying %q", text, err, says)
		}
	}
	if err := Undump(&fullDisk{2}, strings.NewReader(text)); !errors.Is(err, errFull) {
		t.Errorf("full disk: %v, want %v", err, errFull)
	}
}
