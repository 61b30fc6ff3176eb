package pop3

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// TestDialogues plays the scripts of testdata/dialogue, each against a server of its own with three
// messages in alice's Inbox. The first line names the listener, "plain", "tls" or "loopback" (plain,
// and passwords allowed); then
//
//	C: line     sends a line
//	C> "a\r\n"  sends bytes, quoted as in Go
//	S: +OK      reads a line and compares its beginning
//	S= line     reads a line and compares all of it
//	S...        reads the rest of a multi-line reply
//	has WORD    it has a line that begins so
//	lacks WORD  or has none
//	tls         begins TLS
//	end         wants the connection closed without another word
//	inbox N     wants N messages in alice's Inbox
//	new         goes on with another connection of the same listener
//
// $V stands for the Inbox's UIDVALIDITY.
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
	w.add(letter(1, "one"), letter(2, ".two", "..", "2b"), letter(3, "three"))
	validity := strconv.FormatUint(uint64(storetest.Role(t, w.st, w.alice.ID, store.Inbox).UIDValidity), 10)
	script = strings.ReplaceAll(script, "$V", validity)
	var open func() *talk
	var k *talk
	for n, line := range strings.Split(script, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		t.Logf("line %d: %s", n+1, line)
		switch {
		case open == nil:
			open = w.listener(line)
			k = open()
		case word == "new":
			k = open()
		case word == "inbox":
			if got := strconv.FormatInt(w.left(), 10); got != rest {
				t.Fatalf("%s messages are left", got)
			}
		default:
			k.step(word, rest)
		}
	}
}

func (w *world) listener(name string) func() *talk {
	o := w.options()
	o.MaxErrors = 5
	o.LoopbackPlain = name == "loopback"
	plain, implicit, _ := w.serve(o)
	if name != "tls" {
		return func() *talk { return dial(w.t, plain) }
	}
	return func() *talk {
		k := dial(w.t, implicit)
		k.startTLS()
		return k
	}
}

func (k *talk) step(word, rest string) {
	k.t.Helper()
	switch word {
	case "C:":
		k.send(rest + "\r\n")
	case "C>":
		s, err := strconv.Unquote(rest)
		if err != nil {
			k.t.Fatal(err)
		}
		k.send(s)
	case "S:":
		k.want(rest)
	case "S=":
		if k.want(rest); k.last != rest {
			k.t.Fatalf("reply %q; want %q", k.last, rest)
		}
	case "S...":
		k.last = k.multi()
	case "has", "lacks":
		if strings.Contains("\r\n"+k.last, "\r\n"+rest) != (word == "has") {
			k.t.Fatalf("in %q", k.last)
		}
	case "tls":
		k.startTLS()
	case "end":
		k.gone()
	default:
		k.t.Fatal("unknown step")
	}
}
