package imap

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestBinaryMetadata sets values that only a literal of RFC 4466 can hold, and has them come back in one.
func TestBinaryMetadata(t *testing.T) {
	f := newFetcher(t)
	value := "a\x00b\r\n\xff"
	f.do(fmt.Sprintf("SETMETADATA INBOX (/private/x ~{%d+}\r\n%s /private/y \"z\")", len(value), value))
	got := f.do("GETMETADATA INBOX (/private/x /private/y)")
	want := fmt.Sprintf("* METADATA INBOX (/private/x ~{%d}\r\n%s /private/y \"z\")\r\n", len(value), value)
	if all := bytes.Join(got, nil); string(all) != want {
		t.Errorf("got %q, want %q", all, want)
	}
	f.say(fmt.Sprintf("n SETMETADATA INBOX (/private/x {%d+}\r\n%s)\r\n", len(value), value))
	if line := f.hear("n "); !strings.HasPrefix(line, "n BAD") {
		t.Errorf("NUL in a plain literal: %s", line)
	}
}
