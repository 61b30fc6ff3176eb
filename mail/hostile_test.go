package mail

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// nested opens depth multiparts, one inside the other, and closes none.
func nested(depth int) []byte {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("\r\nbody\r\n")
	return []byte(b.String())
}

// generated is a reader of a message that is never in memory: head, then piece so many times.
type generated struct {
	head  string
	piece string
	times int
	rest  string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		g.rest, g.head = g.head, ""
	}
	if g.rest == "" {
		if g.times == 0 {
			return 0, io.EOF
		}
		g.times--
		g.rest = g.piece
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// heapGrowth runs f and returns by how many bytes it allocated, freed ones counted too, and what stays afterwards.
func heapGrowth(f func() any) (allocated, kept int64) {
	var before, after, collected runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v := f()
	runtime.ReadMemStats(&after)
	runtime.GC()
	runtime.ReadMemStats(&collected)
	runtime.KeepAlive(v)
	return int64(after.TotalAlloc - before.TotalAlloc), int64(collected.HeapAlloc) - int64(before.HeapAlloc)
}

// TestHostile reads messages of tens of megabytes made to hurt. What they allocate must not follow their size beyond
// the few chunks that flow, nor the summary stay large. Time is not measured; quadratic work would not come back.
func TestHostile(t *testing.T) {
	const mb = 1 << 20
	line := strings.Repeat("x", 70) + "\r\n"
	tests := []struct {
		name string
		in   generated
		keep int64 // bytes that may stay
	}{
		{"long header line", generated{head: "Subject: ", piece: line[:70], times: 500000 / 4}, mb},
		{"endless header", generated{piece: "X-A: " + line, times: 300000 / 4}, mb},
		{"many fields that are read", generated{piece: "Content-Type: text/plain\r\n", times: 1000000 / 4}, mb},
		{"no line ends", generated{head: "\r\n", piece: line[:70], times: 400000 / 4}, mb},
		{"only hyphens", generated{head: "Content-Type: multipart/mixed; boundary=x\r\n\r\n", piece: "--\r\n", times: 5000000 / 4}, mb},
		{"almost boundaries", generated{head: "Content-Type: multipart/mixed; boundary=xx\r\n\r\n", piece: "--x\r\n", times: 4000000 / 4}, mb},
		{"empty parts", generated{head: "Content-Type: multipart/mixed; boundary=x\r\n\r\n", piece: "--x\r\n", times: 4000000 / 4}, 8 * mb},
		{"parts with names", generated{head: "Content-Type: multipart/mixed; boundary=x\r\n\r\n",
			piece: "--x\r\nContent-Type: a/b; name=" + line + "\r\n", times: 100000 / 4}, 8 * mb},
		{"many text parts", generated{head: "Content-Type: multipart/mixed; boundary=x\r\n\r\n", piece: "--x\r\n\r\n" + line, times: 200000 / 4}, 8 * mb},
		{"many messages", generated{head: "Content-Type: multipart/digest; boundary=x\r\n\r\n", piece: "--x\r\n\r\nSubject: a\r\n\r\nb\r\n", times: 500000 / 4}, 16 * mb},
		{"messages inside messages", generated{piece: "Content-Type: message/rfc822\r\n\r\n", times: 500000 / 4}, mb},
		{"deep multiparts", generated{head: string(nested(5000)), piece: line, times: 100000 / 4}, mb},
		{"addresses", generated{head: "To: ", piece: "a,", times: 2000000 / 4}, 4 * mb},
		{"quotes in addresses", generated{head: "To: ", piece: "\"<,", times: 2000000 / 4}, 4 * mb},
		{"brackets in addresses", generated{head: "To: ", piece: "<", times: 2000000 / 4}, 4 * mb},
		{"comments in addresses", generated{head: "To: ", piece: "(", times: 2000000 / 4}, 4 * mb},
		{"@ in addresses", generated{head: "To: ", piece: "a @ b . ", times: 500000 / 4}, 4 * mb},
		{"encoded words", generated{head: "Subject: ", piece: "=?utf-8?Q?a?= ", times: 200000 / 4}, mb},
		{"halves of encoded words", generated{head: "Subject: ", piece: "=?utf-8?B?aaa ", times: 200000 / 4}, mb},
		{"parameters", generated{head: "Content-Type: a/b", piece: ";a=b", times: 500000 / 4}, mb},
		{"continuations", generated{head: "Content-Type: a/b", piece: ";a*1*=b", times: 500000 / 4}, mb},
		{"references", generated{head: "References: ", piece: "<a@b>", times: 500000 / 4}, mb},
		{"quoted-printable without ends", generated{head: "Content-Transfer-Encoding: quoted-printable\r\n\r\n", piece: "=41=", times: 5000000 / 4}, mb},
		{"blanks in quoted-printable", generated{head: "Content-Transfer-Encoding: quoted-printable\r\n\r\n", piece: "        ", times: 3000000 / 4}, mb},
		{"padding in base64", generated{head: "Content-Transfer-Encoding: base64\r\n\r\n", piece: "YQ==", times: 5000000 / 4}, mb},
		{"uuencoded files", generated{head: "\r\n", piece: "begin 644 a\n#86)C\n`\nend\n", times: 500000 / 4}, mb},
		{"HTML tags", generated{head: "Content-Type: text/html\r\n\r\n", piece: "<div>", times: 4000000 / 4}, mb},
		{"one HTML tag", generated{head: "Content-Type: text/html\r\n\r\n<p ", piece: "a=b ", times: 4000000 / 4}, mb},
		{"references to parts", generated{head: "Content-Type: text/html\r\n\r\n", piece: "cid:a cid:b ", times: 2000000 / 4}, mb},
		{"calendar without line ends", generated{head: "Content-Type: text/calendar\r\n\r\n", piece: line[:70], times: 300000 / 4}, mb},
		{"garbage as TNEF", generated{head: "Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x00\x00", piece: "\x01\x03\x90\x06\x00\x00\x10\x00\x00", times: 3000000 / 4}, mb},
		{"UTF-7", generated{head: "Content-Type: text/plain; charset=utf-7\r\n\r\n", piece: "+A", times: 5000000 / 4}, mb},
		{"line ends of one kind", generated{head: "Subject: a\r\r", piece: "\r", times: 20000000 / 4}, mb},
	}
	for _, test := range tests {
		var s *Summary
		var text SearchText
		size := int64(len(test.in.head)) + int64(len(test.in.piece))*int64(test.in.times)
		in := test.in
		allocated, kept := heapGrowth(func() any {
			s, _ = Parse(&in, WithText(64<<10, &text))
			return s
		})
		if s.Size != size {
			t.Errorf("%s: read %d of %d bytes", test.name, s.Size, size)
		}
		if allocated > 256*mb || kept > test.keep {
			t.Errorf("%s: %d KiB allocated, %d KiB kept for %d KiB", test.name, allocated>>10, kept>>10, size>>10)
		}
		code, _ := s.MarshalBinary()
		if len(code) > 4*mb {
			t.Errorf("%s: summary of %d KiB", test.name, len(code)>>10)
		}
		if _, err := UnmarshalSummary(code); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestDepthCostsNothing: twice the depth is twice the work, not its power.
func TestDepthCostsNothing(t *testing.T) {
	allocs := func(depth int) float64 {
		msg := nested(depth)
		return testing.AllocsPerRun(10, func() { _, _ = Parse(bytes.NewReader(msg)) })
	}
	if few, many := allocs(20), allocs(40); many > 3*few {
		t.Errorf("%v allocations at depth 20, %v at depth 40", few, many)
	}
	s := parse(t, nested(22))
	depth := 0
	for p := s.Root; len(p.Children) > 0; p = p.Children[0] {
		depth++
	}
	if depth != 22 {
		t.Errorf("depth %d, want 22", depth)
	}
	if s := parse(t, nested(500)); !hasDefect(s, DefectTooDeep) {
		t.Errorf("defects %v, want DefectTooDeep", s.Defects)
	}
}

func TestPartLimit(t *testing.T) {
	s, err := Parse(&generated{head: "Content-Type: multipart/mixed; boundary=x\r\n\r\n", piece: "--x\r\n\r\na\r\n", times: 2 * MaxParts})
	if err != nil || len(s.Root.Children) != MaxParts-1 || !hasDefect(s, DefectTooManyParts) {
		t.Errorf("%d parts, defects %v, %v", len(s.Root.Children), s.Defects, err)
	}
}
