package smtp

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestDialogues plays the scripts of testdata/dialogue. A script begins with the mode; then
//
//	C: line        sends a line
//	C> "a\r\n"     sends bytes, quoted as in Go
//	S: 250 2.1.0   reads a reply and compares the beginning of its last line
//	has WORD       the reply read last has a line that begins with WORD after its code
//	lacks WORD     or has none
//	tls            begins TLS
//	end            wants the connection closed
//	inbox NAME N   wants N messages in the Inbox of alice or bob
//	queue N        wants N rows in the outbound queue
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogue/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			play(t, string(text))
		})
	}
}

func play(t *testing.T, script string) {
	w := newWorld(t)
	var k *talk
	for n, line := range strings.Split(script, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case k == nil:
			k = dial(t, w.serve(modeOptions(t, line)))
		case word == "inbox" || word == "queue":
			w.count(n+1, word, rest)
		default:
			k.step(n+1, word, rest)
		}
		if t.Failed() {
			t.Fatalf("line %d: %s\nlast reply: %s", n+1, line, k.last)
		}
	}
}

func modeOptions(t *testing.T, line string) Options {
	switch line {
	case "mode mx":
		return Options{Mode: MX, MaxRecipients: 5}
	case "mode submission":
		return Options{Mode: Submission}
	case "mode lmtp":
		return Options{Mode: LMTP}
	}
	t.Fatalf("a script begins with its mode, not %q", line)
	return Options{}
}

func (k *talk) step(n int, word, rest string) {
	switch word {
	case "C:":
		k.send(rest + "\r\n")
	case "C>":
		s, err := strconv.Unquote(rest)
		if err != nil {
			k.t.Errorf("line %d: %v", n, err)
		}
		k.send(s)
	case "S:":
		if got, err := k.reply(); err != nil || !strings.HasPrefix(got, rest) {
			k.t.Errorf("line %d: reply %q, %v; want %q", n, got, err, rest)
		}
	case "has":
		if !k.offered(rest) {
			k.t.Errorf("line %d: no %s in %s", n, rest, k.last)
		}
	case "lacks":
		if k.offered(rest) {
			k.t.Errorf("line %d: %s in %s", n, rest, k.last)
		}
	case "tls":
		k.startTLS()
	case "end":
		k.gone()
	default:
		k.t.Errorf("line %d: unknown step %q", n, word)
	}
}

func (k *talk) offered(word string) bool {
	for _, line := range strings.Split(k.last, "\n") {
		if len(line) > 4 && strings.HasPrefix(line[4:], word) {
			return true
		}
	}
	return false
}

func (w *world) count(n int, word, rest string) {
	name, number, found := strings.Cut(rest, " ")
	if !found {
		name, number = "", rest
	}
	want, err := strconv.Atoi(number)
	if err != nil {
		w.t.Fatalf("line %d: %v", n, err)
	}
	var got int
	switch {
	case word == "queue":
		got = len(w.queue())
	case name == "alice":
		got = len(w.inbox(w.alice.ID))
	case name == "bob":
		got = len(w.inbox(w.bob.ID))
	}
	if got != want {
		w.t.Errorf("line %d: %s %s is %d; want %d", n, word, name, got, want)
	}
}
