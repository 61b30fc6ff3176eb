package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func written(f func(w *Writer)) string {
	var out bytes.Buffer
	w := NewWriter(&out)
	f(w)
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return out.String()
}

func TestWriter(t *testing.T) {
	date := time.Date(1996, 7, 7, 2, 44, 25, 0, time.FixedZone("", -7*3600))
	for _, c := range []struct {
		want string
		f    func(w *Writer)
	}{
		{"* OK Done\r\n", func(w *Writer) { w.Status("", OK, "", "") }},
		{"a1 NO [TOOBIG] no  such\r\n", func(w *Writer) { w.Status("a1", NO, "TOOBIG", "no\r\nsuch") }},
		{"a BAD expected a tag (byte 3)\r\n", func(w *Writer) { w.Fail("a", &Error{Pos: 3, Text: "expected a tag"}) }},
		{"a NO [BADCHARSET (US-ASCII UTF-8)] x (byte 0)\r\n", func(w *Writer) { w.Fail("a", &Error{Text: "x", Err: ErrCharset}) }},
		{"* BYE [TOOBIG] out of step: x\r\n", func(w *Writer) { w.Fail("a", &Error{Text: "x", Err: ErrTooBig, Lost: true}) }},
		{"+ go on\r\n+ \r\n", func(w *Writer) { w.Continue("go on"); w.Continue("") }},
		{"* 23 EXISTS\r\n", func(w *Writer) { w.Count(23, "EXISTS") }},
		{`"a\"\\b" "" NIL`, func(w *Writer) { w.String(`a"\b`); w.Byte(' '); w.NString("", true); w.Byte(' '); w.NString("", false) }},
		{"{2}\r\né", func(w *Writer) { w.String("é") }},
		{`"é"`, func(w *Writer) { w.UTF8 = true; w.String("é") }},
		{"{1}\r\n\xff", func(w *Writer) { w.UTF8 = true; w.String("\xff") }},
		{"{3}\r\na\r\n", func(w *Writer) { w.String("a\x00\r\n") }},
		{`INBOX "a b" &ZeVnLIqe- "NIL" ""`, func(w *Writer) {
			for i, name := range []string{"INBOX", "a b", "日本語", "NIL", ""} {
				if i > 0 {
					w.Byte(' ')
				}
				w.Mailbox(name)
			}
		}},
		{`"日本語"`, func(w *Writer) { w.UTF8 = true; w.Mailbox("日本語") }},
		{`" 7-Jul-1996 02:44:25 -0700"`, func(w *Writer) { w.DateTime(date) }},
		{`(\Seen $x)()`, func(w *Writer) { w.Flags([]string{`\Seen`, "$x"}); w.Flags(nil) }},
		{"* 5 FETCH (UID 7 BODY[1.MIME]<4> {3}\r\nabc BINARY[] ~{1}\r\n\x00)\r\n", func(w *Writer) {
			l := w.Fetch(5, false)
			l.Item("UID").Number(7)
			l.Section("BODY", Section{Part: []uint32{1}, Text: SectionMIME}, &Span{Offset: 4, Count: 9}).
				Literal(3, strings.NewReader("abcdef"), false)
			l.Section("BINARY", Section{}, nil).Literal(1, strings.NewReader("\x00"), true)
			l.End()
		}},
		{"* 7 UIDFETCH (FLAGS ())\r\n", func(w *Writer) { l := w.Fetch(7, true); l.Item("FLAGS").Flags(nil); l.End() }},
		{"* VANISHED (EARLIER) 1:3,9\r\n", func(w *Writer) { w.Vanished(true, SetOf([]uint32{9, 1, 2, 3})); w.Vanished(false, nil) }},
		{`* ESEARCH (TAG "a") UID MIN 2 MAX 9 COUNT 3 ALL 2,8:9 MODSEQ 917` + "\r\n", func(w *Writer) {
			w.ESearch(&ESearch{Tag: "a", UID: true, Min: 2, Max: 9, Counted: true, Count: 3, All: SetOf([]uint32{2, 8, 9}), ModSeq: 917})
		}},
		{`* ESEARCH (TAG "a" MAILBOX x UIDVALIDITY 4) COUNT 0` + "\r\n", func(w *Writer) {
			w.ESearch(&ESearch{Tag: "a", Mailbox: "x", Validity: 4, Counted: true})
		}},
		{`* ESEARCH PARTIAL (-1:-5 NIL)` + "\r\n" + `* ESEARCH ALL 5,3:4 PARTIAL (1:2 5,3) ADDTO (0 4) REMOVEFROM (0 5:6)` + "\r\n", func(w *Writer) {
			w.ESearch(&ESearch{Partial: &Window{1, 5, true}})
			w.ESearch(&ESearch{Order: []uint32{5, 3, 4}, Partial: &Window{1, 2, false}, InOrder: []uint32{5, 3},
				AddTo: Set{{First: 4, Last: 4}}, RemoveFrom: Set{{First: 5, Last: 6}}})
		}},
		{`PERMANENTFLAGS (\Seen \*) PERMANENTFLAGS (\*) PERMANENTFLAGS ()`, func(w *Writer) {
			w.Raw(CodePermanentFlags([]string{`\Seen`}, true) + " " + CodePermanentFlags(nil, true) + " " + CodePermanentFlags(nil, false))
		}},
		{"APPENDUID 4 7:8 COPYUID 4 9,1 5:6 UIDNEXT 3 MODIFIED 7,9", func(w *Writer) {
			w.Raw(CodeAppendUID(4, []uint32{7, 8}) + " " + CodeCopyUID(4, []uint32{9, 1}, []uint32{5, 6}) + " " +
				CodeNumber("UIDNEXT", 3) + " " + CodeModified(SetOf([]uint32{7, 9})))
		}},
	} {
		if got := written(c.f); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// TestLiteralStream sends more than the buffer holds, from readers of every habit, and gathers no more than it may.
func TestLiteralStream(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 10000)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"plain": func(r io.Reader) io.Reader { return r }, "half": iotest.HalfReader, "with the error": iotest.DataErrReader,
	} {
		got := written(func(w *Writer) {
			w.Raw("x ")
			w.Literal(int64(len(body)), wrap(strings.NewReader(body)), false)
			w.CRLF()
			if cap(w.buf) != writeSize {
				t.Errorf("%s: the buffer grew to %d", name, cap(w.buf))
			}
		})
		if got != "x {160000}\r\n"+body+"\r\n" {
			t.Errorf("%s: %d bytes came", name, len(got))
		}
	}
}

func TestErrorsStick(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Literal(5, strings.NewReader("abc"), false)
	w.Raw("never")
	if err := w.Flush(); !errors.Is(err, ErrShort) || strings.Contains(out.String(), "never") {
		t.Errorf("%v %q", err, out.String())
	}
	w.Reset(failing{})
	w.Raw(strings.Repeat("x", 3*writeSize))
	if !errors.Is(w.Err(), io.ErrClosedPipe) || !errors.Is(w.Flush(), io.ErrClosedPipe) {
		t.Error(w.Err())
	}
	w.Reset(&out)
	w.Literal(5, iotest.ErrReader(io.ErrNoProgress), false)
	if !errors.Is(w.Err(), io.ErrNoProgress) {
		t.Error(w.Err())
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// fetchLine writes what a listing of a mailbox asks for.
func fetchLine(w *Writer, n uint32, flags []string, date time.Time, envelope []byte) {
	l := w.Fetch(n, false)
	l.Item("UID").Number(uint64(n) + 7)
	l.Item("FLAGS").Flags(flags)
	l.Item("INTERNALDATE").DateTime(date)
	l.Item("RFC822.SIZE").Number(12345)
	l.Item("ENVELOPE").RawBytes(envelope)
	l.End()
}

func TestFetchLineAllocations(t *testing.T) {
	w := NewWriter(io.Discard)
	flags, date, envelope := []string{`\Seen`, "$x"}, time.Unix(1e9, 0).UTC(), bytes.Repeat([]byte("e"), 300)
	if n := testing.AllocsPerRun(2000, func() { fetchLine(w, 5, flags, date, envelope) }); n >= 1 {
		t.Errorf("%v allocations a line", n)
	}
}

func BenchmarkFetchLine(b *testing.B) {
	w := NewWriter(io.Discard)
	flags, date, envelope := []string{`\Seen`, "$x"}, time.Unix(1e9, 0).UTC(), bytes.Repeat([]byte("e"), 300)
	b.ReportAllocs()
	for i := range b.N {
		fetchLine(w, uint32(i), flags, date, envelope)
	}
}

func BenchmarkReadFetch(b *testing.B) {
	const line = "a1 UID FETCH 1:500,700:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (From To Subject)]) (CHANGEDSINCE 12345)\r\n"
	src := strings.NewReader(line)
	r := NewReader(src, Limits{})
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(line)
		r.Reset(src)
		c, err := r.Start()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Fetch(c.UID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWithin(b *testing.B) {
	list := make([]uint32, 1_000_000)
	for i := range list {
		list[i] = uint32(2 * i)
	}
	s := Set{{First: 100, Last: 200}, {First: 1_000_000, Last: 1_000_500}, {First: 4_000_000_000, Last: 4_294_967_295}}
	b.ReportAllocs()
	for b.Loop() {
		for range s.Within(list) {
		}
	}
}
