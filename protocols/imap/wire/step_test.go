package wire

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// TestInStep sends what is wrong and looks whether the next command is understood.
func TestInStep(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	for _, c := range []struct {
		name, in string
		tooBig   bool
	}{
		{"long line", "a LOGIN " + long + " y\r\n", true},
		{"long tag", long + " NOOP\r\n", true},
		{"long quoted", `a LOGIN "` + long + "\" y\r\n", true},
		{"long line with a literal", "a LOGIN " + long + " {3+}\r\nb c\r\n", true},
		{"literal over the limit", "a CREATE {70000+}\r\n" + long[:70000] + "\r\n", true},
		{"literal over the limit, then another", "a LOGIN {70000+}\r\n" + long[:70000] + " {5+}\r\nq NOO\r\n", true},
		{"literal over the limit, client waits", "a CREATE {70000}\r\n", true},
		{"many literals", "a SEARCH" + strings.Repeat(" TEXT {60000+}\r\n"+long[:60000], 30) + "\r\n", true},
		{"mistake before a literal", "a NONSENSE ( {8+}\r\nb NOOP\r\n\r\n", false},
		{"mistake before a literal, client waits", "a NONSENSE ( {8}\r\n", false},
		{"mistake before a binary literal", "a NONSENSE ~{8+}\r\nb NOOP\r\n\r\n", false},
		{"mistake within a literal's size", "a LOGIN {x{8+}\r\nb NOOP\r\n\r\n", false},
		{"space before the line end of a literal", "a LOGIN {8+} \r\n", false},
		{"mistake after a literal", "a LOGIN {2+}\r\nab( {8+}\r\nb NOOP\r\n\r\n", false},
		{"NUL in a literal", "a LOGIN {2+}\r\na\x00 {2+}\r\n\r\n\r\n", false},
		{"NUL in a line", "a LOGIN \x00\r\n", false},
		{"line feed alone", "a LOGIN (\n", false},
		{"quoted string that does not end", "a LOGIN \"x\r\n", false},
		{"nothing", "\r\n", false},
	} {
		for _, split := range []bool{false, true} {
			in := io.Reader(strings.NewReader(c.in + "z NOOP\r\n"))
			if split {
				if len(c.in) > 1000 {
					continue
				}
				in = iotest.OneByteReader(in)
			}
			r := NewReader(in, Limits{})
			r.Continue = func(int64) error { t.Errorf("%s: the client was asked", c.name); return nil }
			cmd, err := r.Start()
			if err == nil {
				_, err = arguments(r, cmd)
			}
			var e *Error
			if !errors.As(err, &e) || e.Lost || errors.Is(err, ErrTooBig) != c.tooBig {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if cmd, err := r.Start(); err != nil || cmd.Tag != "z" || cmd.Name != "NOOP" || r.End() != nil {
				t.Errorf("%s: then %+v %v", c.name, cmd, err)
			}
		}
	}
}

func TestLost(t *testing.T) {
	for name, in := range map[string]string{
		"size without end":    "a LOGIN {" + strings.Repeat("9", 60) + "+}\r\n",
		"size over 63 bits":   "a LOGIN ( {9999999999999999999+}\r\n",
		"too much to drain":   "a LOGIN ( {99999999999+}\r\n",
		"end within a line":   "a LOGIN",
		"end within a size":   "a LOGIN {5",
		"end within a string": "a LOGIN {5+}\r\nab",
		"end while draining":  "a LOGIN ( {5+}\r\nab",
	} {
		r := NewReader(strings.NewReader(in), Limits{})
		c, err := r.Start()
		if err == nil {
			_, err = arguments(r, c)
		}
		var e *Error
		if !errors.As(err, &e) || !e.Lost {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasPrefix(name, "end") != errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLiteralMinus refuses what is over 4096 bytes and not announced, RFC 7888 section 5.
func TestLiteralMinus(t *testing.T) {
	for size, ok := range map[int]bool{LiteralMinus: true, LiteralMinus + 1: false} {
		in := "a APPEND x {" + CodeNumber("", uint64(size))[1:] + "+}\r\n" + strings.Repeat("y", size) + "\r\nz NOOP\r\n"
		r := NewReader(strings.NewReader(in), Limits{NonSync: LiteralMinus})
		if lines := converse(t, r); len(lines) != 2 || strings.Contains(lines[0], "TOOBIG") == ok {
			t.Errorf("%d: %.100q", size, lines)
		}
	}
}

// TestRefuse gives up a command whose literal is not wanted.
func TestRefuse(t *testing.T) {
	errFull := errors.New("full")
	for name, in := range map[string]string{
		"waits":          "a APPEND x {5}\r\n",
		"does not":       "a APPEND x {5+}\r\nhello {3+}\r\nabc\r\n",
		"waits the next": "a APPEND x {5+}\r\nhello {3}\r\n",
	} {
		r := NewReader(strings.NewReader(in+"z NOOP\r\n"), Limits{})
		r.Continue = func(int64) error { return errFull }
		if _, err := r.Start(); err != nil {
			t.Fatal(err)
		}
		a := r.Append(100)
		m := a.Next()
		if m == nil || m.Literal.Size != 5 {
			t.Fatalf("%s: %+v %v", name, m, r.Err())
		}
		if name == "waits" {
			if _, err := m.Literal.Read(make([]byte, 9)); !errors.Is(err, errFull) {
				t.Errorf("%s: %v", name, err)
			}
			if !errors.Is(r.Err(), errFull) {
				t.Errorf("%s: %v", name, r.Err())
			}
		}
		if err := r.Abandon(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := m.Literal.Read(make([]byte, 9)); n != 0 || err == nil {
			t.Errorf("%s: %d bytes of a literal that was given up, %v", name, n, err)
		}
		if c, err := r.Start(); err != nil || c.Tag != "z" {
			t.Errorf("%s: then %+v %v", name, c, err)
		}
	}
}

// TestUnread is a session that forgets a literal: the command fails and the stream stays in step.
func TestUnread(t *testing.T) {
	r := NewReader(strings.NewReader("a APPEND x {5+}\r\nhello\r\nz NOOP\r\n"), Limits{})
	if _, err := r.Start(); err != nil {
		t.Fatal(err)
	}
	if r.Append(100).Next() == nil {
		t.Fatal(r.Err())
	}
	if err := r.End(); !errors.Is(err, ErrSyntax) {
		t.Error(err)
	}
	if c, err := r.Start(); err != nil || c.Tag != "z" {
		t.Error(c, err)
	}
}

func TestLine(t *testing.T) {
	r := NewReader(strings.NewReader("AHU=\r\nDONE\n"+strings.Repeat("x", 99)+"\r\nz NOOP\r\n"), Limits{})
	for _, want := range []string{"AHU=", "DONE"} {
		if got, err := r.Line(50); got != want || err != nil {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	if _, err := r.Line(50); !errors.Is(err, ErrTooBig) {
		t.Error(err)
	}
	if c, err := r.Start(); c.Tag != "z" || err != nil {
		t.Error(c, err)
	}
}

// exactly gives its bytes one by one and fails the test when more is wanted: a client that waits for an answer.
type exactly struct {
	t testing.TB
	s string
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.s == "" {
		e.t.Error("read beyond the end of the command")
		return 0, io.EOF
	}
	p[0], e.s = e.s[0], e.s[1:]
	return 1, nil
}

// TestNeverWaits reads each command of the dialogues from a client that sends nothing more before it has an answer.
func TestNeverWaits(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(line, "=") || strings.HasPrefix(line, "#") || strings.Contains(line, "+}") || line == "" {
				continue
			}
			r := NewReader(&exactly{t, line + "\r\n"}, Limits{})
			r.Continue = func(int64) error { return errors.New("not now") }
			c, err := r.Start()
			if err == nil {
				_, err = arguments(r, c)
			}
			var e *Error
			if errors.As(err, &e) && e.Lost {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

// TestManyAppended sends more messages in one command than a line may have bytes.
func TestManyAppended(t *testing.T) {
	in := "a APPEND x" + strings.Repeat(" (\\Seen) {1+}\r\ny", 1000) + "\r\n"
	r := NewReader(strings.NewReader(in), Limits{Line: 100, Command: 100})
	if _, err := r.Start(); err != nil {
		t.Fatal(err)
	}
	a, n := r.Append(10), 0
	for m := a.Next(); m != nil; m = a.Next() {
		if b, err := io.ReadAll(m.Literal); string(b) != "y" || err != nil {
			t.Fatal(b, err)
		}
		n++
	}
	if err := r.End(); err != nil || n != 1000 {
		t.Error(n, err)
	}
}
