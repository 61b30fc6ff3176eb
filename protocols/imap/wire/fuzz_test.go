package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCommand reads whatever comes: no panic, every error an *Error, no more than the stream holds.
func FuzzCommand(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.SplitAfter(string(b), "\n") {
			if !strings.HasPrefix(line, "=") && !strings.HasPrefix(line, "#") {
				f.Add([]byte(strings.ReplaceAll(line, "\n", "\r\n")))
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(bytes.NewReader(in), Limits{Line: 500, Literal: 100, Command: 800, Depth: 8, Drain: 2000})
		converse(t, r)
	})
}

// FuzzLiteral sends two literals of any kind and size, after a mistake or without, and wants the stream in step.
func FuzzLiteral(f *testing.F) {
	f.Add([]byte("hello"), []byte("a\r\nb {5+}\r\n"), true, false)
	f.Add([]byte("\x00{"), bytes.Repeat([]byte("x"), 200), false, true)
	f.Fuzz(func(t *testing.T, a, b []byte, sync, wrong bool) {
		var in bytes.Buffer
		in.WriteString("a LOGIN ")
		if wrong {
			in.WriteString("( ")
		}
		plus := "+"
		if sync {
			plus = ""
		}
		waits := sync && (wrong || len(a) > 100) // the client learns that the literal isn't wanted
		fmt.Fprintf(&in, "{%d%s}\r\n", len(a), plus)
		if !waits {
			in.Write(a)
			fmt.Fprintf(&in, " {%d+}\r\n%s\r\n", len(b), b)
		}
		in.WriteString("z NOOP\r\n")
		r := NewReader(&in, Limits{Literal: 100})
		c, err := r.Start()
		if err != nil {
			t.Fatal(err)
		}
		user, password, err := r.Login()
		good := !wrong && len(a) <= 100 && len(b) <= 100 && bytes.IndexByte(a, 0) < 0 && bytes.IndexByte(b, 0) < 0
		if good != (err == nil) || good && (user != string(a) || password != string(b)) {
			t.Fatalf("%q %q: %q %q %v", a, b, user, password, err)
		}
		if c, err = r.Start(); err != nil || c.Tag != "z" || r.End() != nil {
			t.Fatalf("%q %q: then %+v %v", a, b, c, err)
		}
	})
}

// FuzzSearch writes what was read and reads it again.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{
		"ALL", "OR SEEN (FLAGGED OR 1 2) NOT (ANSWERED 3:4)", `FROM "a" HEADER x {2+}` + "\r\nab", "FUZZY NEW OLD",
		"SINCE 1-Feb-1994 LARGER 5 YOUNGER 4", `MODSEQ "/flags/\\x" priv 5 UNKEYWORD x $`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		read := func(s string) (Key, error) {
			r := NewReader(strings.NewReader("a SEARCH "+s+"\r\n"), Limits{Depth: 200})
			if _, err := r.Start(); err != nil {
				return Key{}, err
			}
			got, err := r.Search()
			return got.Program, err
		}
		first, err := read(in)
		if err != nil {
			return
		}
		text := strings.ReplaceAll(encodeKey(first), "}\r\n", "+}\r\n")
		again, err := read(text)
		var e *Error
		if errors.As(err, &e) && errors.Is(err, ErrTooBig) {
			return
		}
		if err != nil || !reflect.DeepEqual(first, again) && encodeKey(first) != encodeKey(again) {
			t.Fatalf("%q as %q: %v\n%+v\n%+v", in, text, err, first, again)
		}
	})
}

// FuzzUTF7 holds that decoding and encoding are each other's inverse wherever the one succeeds.
func FuzzUTF7(f *testing.F) {
	for _, s := range []string{"INBOX", "&-", "&Jjo-!", "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "日本語", "a&b", "😀", "&2D3eAA-", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if decoded, err := DecodeUTF7(s); err == nil {
			if got := string(AppendUTF7(nil, decoded)); got != s {
				t.Fatalf("%q decoded to %q, which is %q", s, decoded, got)
			}
		}
		if !utf8.ValidString(s) {
			return
		}
		encoded := string(AppendUTF7(nil, s))
		if got, err := DecodeUTF7(encoded); err != nil || got != s {
			t.Fatalf("%q encoded to %q, which is %q (%v)", s, encoded, got, err)
		}
	})
}

// FuzzString writes a string and a mailbox name and reads them back.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a", "NIL", `"\`, "é", "a\r\nb", "\xff", "]", "{3}"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, utf8on bool) {
		var out bytes.Buffer
		w := NewWriter(&out)
		w.UTF8 = utf8on
		w.Raw("a LOGIN ")
		w.String(s)
		w.Byte(' ')
		w.Astring(s)
		w.CRLF()
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		r := NewReader(&out, Limits{})
		if _, err := r.Start(); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(s, "\x00", "")
		if a, b, err := r.Login(); a != want || b != want || err != nil {
			t.Fatalf("%q came back as %q and %q (%v)", s, a, b, err)
		}
		if _, err := r.Start(); err != io.EOF {
			t.Fatalf("%q: something is left: %v", s, err)
		}
	})
}
