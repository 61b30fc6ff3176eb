package mail

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// pieces is a source that gives out n bytes at a time.
type pieces struct {
	b []byte
	n int
}

func (p *pieces) next() ([]byte, error) {
	if len(p.b) == 0 {
		return nil, io.EOF
	}
	n := min(p.n, len(p.b))
	out := append([]byte(nil), p.b[:n]...) // so that nobody may keep it unnoticed
	p.b = p.b[n:]
	return out, nil
}

// all reads a source to its end.
func all(t testing.TB, src source) string {
	t.Helper()
	var b strings.Builder
	for {
		in, err := src.next()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(in) == 0 {
			t.Fatal("an empty chunk")
		}
		b.Write(in)
		clear(in)
	}
}

// everyWay runs a filter over input in pieces of several sizes and compares.
func everyWay(t *testing.T, name, in, want string, filter func(source) source) {
	t.Helper()
	for _, n := range []int{1, 2, 3, 5, 1 << 20} {
		if got := all(t, filter(&pieces{[]byte(in), n})); got != want {
			t.Errorf("%s: %.200q in pieces of %d = %.300q, want %.300q", name, in, n, got, want)
		}
	}
}

func TestBase64(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"lines", "SGVs\r\nbG8=\r\n", "Hello"},
		{"no padding", "SGVsbG8", "Hello"},
		{"half a byte", "SGVsbG8h\r\nS", "Hello!"},
		{"junk between", "SG!Vs b*G8=", "Hello"},
		{"broken in a group", "SGV\r\nsbG8=", "Hello"},
		{"encoded in pieces", "SGVs\r\nbG8=\r\nSGVsbG8=\r\n", "HelloHello"},
		{"pieces on one line", "SGVsbG8=SGVsbG8=", "HelloHello"},
		{"footer in the clear", "SGVsbG8=\r\n______\r\nmailman list\r\n", "Hello"},
		{"footer of letters", "SGVsbG8=\r\n\r\nfoo\r\n", "Hello"},
		{"padding only", "====", ""},
		{"url alphabet is not base64", "a-b_", "i"},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newDecoder(transferBase64, s) })
	}
	for in, want := range map[string]bool{"SGVsbG8=": false, "SG!VsbG8=": true, "SGVsb": true, "SGVsbG8=\nfoo bar": true} {
		d := newDecoder(transferBase64, &pieces{[]byte(in), 100})
		if _ = all(t, d); d.broken() != want {
			t.Errorf("broken(%q) = %v, want %v", in, d.broken(), want)
		}
	}
}

func TestQuotedPrintable(t *testing.T) {
	long := strings.Repeat("x", 3*quotedLine)
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"escapes", "Gr=C3=BC=c3=9fe", "Grüße"},
		{"soft break", "one=\r\ntwo=\nthree", "onetwothree"},
		{"blanks after a soft break", "one= \t\r\ntwo", "onetwo"},
		{"blanks before a line end", "one  \t\r\ntwo \nthree  ", "one\r\ntwo\nthree"},
		{"line ends stay", "a\r\nb\nc", "a\r\nb\nc"},
		{"not an escape", "a=b=ZZ=4", "a=b=ZZ=4"},
		{"equals at the end", "abc=", "abc"},
		{"escaped blank at the end", "abc=20\r\n", "abc \r\n"},
		{"bare CR", "a=\rb", "ab"},
		{"very long line", long + "=41=\r\n" + long, long + "A" + long},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newDecoder(transferQuoted, s) })
	}
}

func TestUUDecode(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"block", "begin 644 a.txt\n%2&5L;&\\\n`\nend\n", "Hello"},
		{"text around", "before\r\nbegin 644 a b.txt\r\n%2&5L;&\\\r\n \r\nend\r\nafter\r\n", "Hello"},
		{"two lines", "begin 644 a\n#86)C\n#9&5F\nend\n", "abcdef"},
		{"no end", "begin 644 a\n#86)C\n", "abc"},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newDecoder(transferUU, s) })
	}
}

func TestUUFilter(t *testing.T) {
	block := "begin 644 a.txt\n%2&5L;&\\\n`\nend\n"
	tests := []struct {
		name, in, want string
		files          int
	}{
		{"none", "Hello\nbegin here\n", "Hello\nbegin here\n", 0},
		{"one", "Hello\n" + block + "Bye\n", "Hello\nBye\n", 1},
		{"two", block + "\n" + block, "\n", 2},
		{"at the end", "Hello\n" + strings.TrimSuffix(block, "\n"), "Hello\n", 1},
		{"begin without data", "begin 644 a.txt\nno data, this\n", "begin 644 a.txt\nno data, this\n", 0},
		{"begin twice", "begin 644 a.txt\n" + block, "begin 644 a.txt\n", 1},
		{"cut off by text", "begin 644 a\n%2&5L;&\\\nno data, this\n", "no data, this\n", 1},
		{"zero line lost its blank", "begin 644 a\n%2&5L;&\\\n\nend\nBye", "Bye", 1},
		{"CRLF", strings.ReplaceAll("Hello\n"+block+"Bye\n", "\n", "\r\n"), "Hello\r\nBye\r\n", 1},
		{"long line", "begin " + strings.Repeat("x", 1000) + "\nBye", "begin " + strings.Repeat("x", 1000) + "\nBye", 0},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return &uuFilter{src: s} })
		files := 0
		f := &uuFilter{src: &pieces{[]byte(test.in), 4}, found: func(name string, b Span, size int64) {
			files++
			if got := all(t, newDecoder(transferUU, &pieces{[]byte(test.in)[b.Offset:b.End()], 100})); int64(len(got)) != size {
				t.Errorf("%s: %q has %d bytes, want %d", test.name, name, len(got), size)
			}
		}}
		if _ = all(t, f); files != test.files {
			t.Errorf("%s: %d files, want %d", test.name, files, test.files)
		}
	}
}

func TestCharsets(t *testing.T) {
	tests := []struct{ charset, in, want string }{
		{"utf-8", "Gr\xc3\xbc\xc3\x9fe", "Grüße"},
		{"UTF8", "\xef\xbb\xbfa", "a"},
		{"utf-8", "a\xffb", "a\ufffdb"},
		{"us-ascii", "caf\xe9 \xe2\x82\xac", "café €"},
		{"", "\x93quoted\x94", "“quoted”"},
		{"x-unknown", "caf\xe9", "café"},
		{"iso-8859-1", "\x80", "€"},
		{"iso-8859-15", "\xa4", "€"},
		{"ISO8859-2", "\xb1", "ą"},
		{"windows-1250", "\xb9", "ą"},
		{"cp1251", "\xcf\xf0\xe8", "При"},
		{"win1251", "\xcf\xf0\xe8", "При"},
		{"windows-1253", "\xe1", "α"},
		{"windows-1255", "\xe0", "א"},
		{"windows-1256", "\xc7", "ا"},
		{"koi8-r", "\xf0\xd2\xc9", "При"},
		{"koi8-u", "\xa4", "є"},
		{"iso-8859-8-i", "\xe0", "א"},
		{"cp437", "\x81", "ü"},
		{"IBM850", "\x81", "ü"},
		{"cp-850", "\x9b", "ø"},
		{"macintosh", "\x8a", "ä"},
		{"gb2312", "\xd6\xd0\xce\xc4\xe9\x78", "中文閤"},
		{"gb18030", "\x81\x30\x81\x30\xd6\xd0", "\u0080中"},
		{"hz-gb-2312", "~{VPND~}!", "中文!"},
		{"big5", "\xa4\xa4\xa4\xe5", "中文"},
		{"shift_jis", "\x93\xfa\x96\x7b", "日本"},
		{"cp932", "\x87\x40", "①"},
		{"euc-jp", "\xc6\xfc\xcb\xdc", "日本"},
		{"iso-2022-jp", "\x1b$BF|K\\\x1b(B!", "日本!"},
		{"us-ascii", "\x1b$BF|K\\\x1b(B!", "日本!"},
		{"euc-kr", "\xc7\xd1\xb1\xb9", "한국"},
		{"ks_c_5601-1987", "\xc7\xd1\xb1\xb9", "한국"},
		{"iso-2022-kr", "\x1b$)C\x0eGQ19\x0f!", "한국!"},
		{"tis-620", "\xa1", "ก"},
		{"utf-16le", "a\x00\xac\x20", "a€"},
		{"utf-16be", "\x00a\x20\xac", "a€"},
		{"utf-16", "\xff\xfea\x00", "a"},
		{"utf-7", "Hi Mom +Jjo-!", "Hi Mom ☺!"},
		{"utf-7", "1 +- 1 = 2", "1 + 1 = 2"},
		{"utf-7", "+2D3eAA-", "\U0001f600"},
		{"utf-7", "+ZeVnLIqe", "日本語"},
		{"unicode-1-1-utf-7", "+AOQ-", "ä"},
		{`"utf-8"`, "ä", "ä"},
		{"charset=utf-8", "ä", "ä"},
		{"utf-8; format=flowed", "ä", "ä"},
	}
	for _, test := range tests {
		everyWay(t, test.charset, test.in, test.want, func(s source) source { return newCharsetSource(s, test.charset) })
		if got := decodeCharset([]byte(test.in), test.charset, ""); got != test.want && !strings.HasPrefix(test.in, "\xef\xbb") {
			t.Errorf("decodeCharset(%q, %q) = %q, want %q", test.in, test.charset, got, test.want)
		}
	}
}

func TestNormalise(t *testing.T) {
	everyWay(t, "line ends", "a\r\nb\nc\rd\r\r\ne\x00f\r", "a\nb\nc\nd\n\nef\n", func(s source) source { return &normalSource{src: s} })
	everyWay(t, "back", "a\n\nb\n", "a\r\n\r\nb\r\n", func(s source) source { return &crlfSource{src: s} })
}

func TestSection(t *testing.T) {
	everyWay(t, "section", "0123456789", "3456", func(s source) source { return &section{src: s, skip: 3, length: 4} })
	everyWay(t, "beyond", "0123", "3", func(s source) source { return &section{src: s, skip: 3, length: 4} })
	r := newSourceReader(&pieces{[]byte("hello"), 2})
	var b bytes.Buffer
	if n, err := io.CopyN(&b, r, 3); n != 3 || err != nil {
		t.Errorf("CopyN = %d, %v", n, err)
	}
	if n, err := r.WriteTo(&b); n != 2 || err != nil || b.String() != "hello" {
		t.Errorf("WriteTo = %d, %v, %q", n, err, b.String())
	}
}
