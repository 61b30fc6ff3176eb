package clients

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readAll reads all regular files of a directory that are not hidden, ordered by name.
func readAll(t *testing.T, dir string) [][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list [][]byte
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

// sameLetters wants each letter exactly once among the messages that a program has got, and nothing else.
// differ tells how one message differs from what was sent, in the form in which the program keeps it.
func sameLetters(t *testing.T, got [][]byte, want []letter, differ func(got, sent []byte) string) {
	t.Helper()
	byName := map[string][][]byte{}
	for _, raw := range got {
		name := string(letterName.Find(raw))
		byName[name] = append(byName[name], raw)
	}
	faults := 0
	fault := func(format string, args ...any) {
		if faults++; faults <= 10 {
			t.Errorf(format, args...)
		}
	}
	for _, l := range want {
		found := byName[l.Name]
		delete(byName, l.Name)
		if len(found) != 1 {
			fault("%s: %d copies, want 1", l.Name, len(found))
			continue
		}
		if diff := differ(found[0], l.Raw); diff != "" {
			fault("%s: %s", l.Name, diff)
		}
	}
	for name, list := range byName {
		fault("%d of %q, which was not asked for: %.200q", len(list), name, list[0])
	}
	if faults > 10 {
		t.Errorf("and %d more", faults-10)
	}
}

// letterName is what the names of letters look like; the first in a message is its own.
var letterName = regexp.MustCompile(`\b[a-z]+-\d{4}-[a-z0-9-]*[a-z0-9]`)

// delivered wants the bytes that were sent behind the fields that a server adds on the way.
func delivered(got, sent []byte) string {
	added, ok := bytes.CutSuffix(got, sent)
	if !ok {
		return difference(got[max(0, len(got)-len(sent)):], sent)
	}
	return onlyTrace(added)
}

// deliveredLines is [delivered] for programs that keep lines ended by LF.
func deliveredLines(got, sent []byte) string { return delivered(got, lines(sent)) }

// onlyTrace returns what is in a header besides the fields added by the servers on a message's way.
func onlyTrace(added []byte) string {
	for line := range bytes.Lines(added) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		switch {
		case line[0] == ' ' || line[0] == '\t':
		case slices.Contains([]string{"Received", "Return-Path", "Delivered-To"}, string(name)):
		default:
			return fmt.Sprintf("begins with %q", line)
		}
	}
	return ""
}

// identical wants the bytes that were sent.
func identical(got, sent []byte) string { return difference(got, sent) }

// identicalLines is [identical] for programs that keep lines ended by LF.
func identicalLines(got, sent []byte) string { return difference(got, lines(sent)) }

// lines ends lines by LF instead of CRLF.
func lines(raw []byte) []byte { return bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")) }

// difference shows where two messages part; nothing when they are equal.
func difference(got, want []byte) string {
	if bytes.Equal(got, want) {
		return ""
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	show := func(b []byte) string { return fmt.Sprintf("%q", b[max(0, i-20):min(len(b), i+40)]) }
	return fmt.Sprintf("%d bytes, want %d; at %d: %s, want %s", len(got), len(want), i, show(got), show(want))
}
