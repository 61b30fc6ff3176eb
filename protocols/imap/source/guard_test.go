package source

import (
	"errors"
	"strings"
	"testing"
)

// FuzzGuard wants the guard to say the same however a stream is cut.
func FuzzGuard(f *testing.F) {
	f.Add([]byte("* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n* OK {x}\r\n"), byte(3))
	f.Add([]byte("* LIST () \"/\" {99999}\r\n"), byte(1))
	f.Fuzz(func(t *testing.T, text []byte, size byte) {
		whole, pieces := &guard{maxBody: 1000}, &guard{maxBody: 1000}
		want := whole.look(text)
		var got error
		for rest := text; len(rest) > 0 && got == nil; {
			n := min(int(size)+1, len(rest))
			got = pieces.look(rest[:n])
			rest = rest[n:]
		}
		if (want == nil) != (got == nil) {
			t.Fatalf("whole: %v, in pieces of %d: %v", want, size, got)
		}
	})
}

// TestGuard bounds what a server may send.
func TestGuard(t *testing.T) {
	for text, good := range map[string]bool{
		"* 1 FETCH (UID 1 BODY[] {500}\r\n" + strings.Repeat("x", 500) + ")\r\n":                       true,
		"* 1 FETCH (UID 1 BODY[] {1001}\r\n":                                                           false,
		"* 1 FETCH (BODY[] {1000}\r\n" + strings.Repeat("\n{9999999}\r\n", 100)[:1000] + " UID 1)\r\n": true,
		"* LIST () \"/\" {65537}\r\n":                                                                  false,
		"* LIST () \"/\" {10}\r\n0123456789\r\n":                                                       true,
		"* OK braces {at the end}\r\n":                                                                 true,
		"* OK " + strings.Repeat("x", maxLine) + "\r\n":                                                false,
		"* LIST () \"/\" {-1}\r\n":                                                                     false,
	} {
		g := &guard{maxBody: 1000}
		if err := g.look([]byte(text)); (err == nil) != good || err != nil && !errors.Is(err, errServer) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}
