package mail

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	for _, msg := range [][]byte{
		plainMail(500), htmlMail(1000), attachmentMail(300), nested(5), nil,
		eml("Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: message/rfc822", "", "Subject: a", "", "b", "--x--"),
		eml("Content-Type: text/plain; charset=utf-7; format=flowed; delsp=yes", "", "a +AOQ- ", "b"),
		eml("Subject: a", "", "begin 644 a", "#86)C", "`", "end"),
		eml("Content-Type: application/ms-tnef", "", "\x78\x9f\x3e\x22\x01\x00\x01\x07\x90\x06\x00\x04\x00\x00\x00\xe4\x04\x00\x00\xe8\x00"),
		[]byte("Subject: a\rTo: b\r\rc\r"),
	} {
		f.Add(msg)
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		if len(msg) > 1<<16 {
			return
		}
		checkMessage(t, "fuzz", msg)
		checkStreaming(t, "fuzz", msg)
	})
}

func FuzzHeader(f *testing.F) {
	for _, s := range []string{"Alice <a@b.test>, G: c@d.test;", `"a\"b" <"c d"@e>`, "=?utf-8?Q?=C3=A4?= =?utf-8?B?w6Q=?=",
		"text/plain; charset*0*=utf-8''a; charset*1=b", "Thu, 12 Mar 2026 10:15:00 +0100", "Re: [x] AW: y (fwd)", "<a@b> <c@d>",
		"two  blanks <a@b>", "a (b, c@d", "\"<,<\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := decodeText(b, "koi8-r"); !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n") {
			t.Errorf("decodeText(%q) = %q", b, s)
		}
		for _, a := range parseAddresses(b, "") {
			if !utf8.ValidString(a.Name) || !utf8.ValidString(a.Local) || !utf8.ValidString(a.Domain) {
				t.Errorf("%q: address %+v", b, a)
			}
			checkAddress(t, a)
		}
		_, _, raw := parseMediaType(b)
		params, _ := decodeParams(raw, "")
		for _, p := range params {
			if !utf8.ValidString(p.Value) || len(p.Value) > maxParamValue {
				t.Errorf("%q: parameter %q", b, p)
			}
		}
		_, _ = parseDate(string(b))
		_ = parseMessageIDs(b)
		if base := BaseSubject(string(b)); len(base) > len(b) || BaseSubject(base) != base {
			t.Errorf("BaseSubject(%q) = %q, of which %q", b, base, BaseSubject(base))
		}
	})
}

// checkAddress holds for every address with both halves: what String writes reads back as the same.
func checkAddress(t *testing.T, a Address) {
	t.Helper()
	if a.Kind != Mailbox || a.Local == "" || a.Domain == "" || strings.ContainsAny(a.Domain, "\"\\()<>[],;: @") ||
		strings.Contains(a.Name+a.Local, "=?") || len(a.String()) > maxSpec || a.Name != strings.Trim(a.Name, "' ") ||
		a.Local != strings.TrimSpace(a.Local) || strings.Contains(a.Local, "(") {
		return
	}
	got := ParseAddresses(a.String())
	if len(got) != 1 || got[0].Name != a.Name || got[0].Local != a.Local || got[0].Domain != a.Domain {
		t.Errorf("%+v, written %q, reads %+v", a, a.String(), got)
	}
}

func FuzzSummary(f *testing.F) {
	for _, msg := range [][]byte{plainMail(500), htmlMail(500), attachmentMail(100), nested(4)} {
		s, _ := Parse(bytes.NewReader(msg))
		code, _ := s.MarshalBinary()
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := UnmarshalSummary(data)
		if err != nil {
			if !errors.Is(err, ErrSummary) {
				t.Fatal(err)
			}
			return
		}
		code, _ := s.MarshalBinary()
		again, err := UnmarshalSummary(code)
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%x: %v\n%+v\n%+v", data, err, s, again)
		}
		if s.Root == nil {
			return
		}
		_ = s.MessageClass()
		ra := bytes.NewReader(data)
		for _, p := range s.Attachments() {
			_ = drain(openSource(ra, p))
		}
		_, _ = s.Text(ra, Plain, 100)
		_, _ = s.Text(ra, HTML, 100)
	})
}

func FuzzHTMLText(f *testing.F) {
	for _, s := range []string{"<p>a<b>b</b>&amp;</p>", "<table><tr><td>a<td>b", "<style>a</style><!-- b -->c", "<pre>a\nb</pre>",
		"<ul><li>a<ol><li>b", `<a href="https://x">y</a>`, "<![if x]><", "<script>a</scr", "<stYle></stYle", "a<<", "&&"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 1 || !utf8.ValidString(s) {
			return
		}
		want := all(t, newHTMLText(&pieces{[]byte(s), len(s) + 1}, true))
		if got := all(t, newHTMLText(&pieces{[]byte(s), n}, true)); got != want {
			t.Errorf("%q in pieces of %d: %q, want %q", s, n, got, want)
		}
		if !utf8.ValidString(want) {
			t.Errorf("%q: %q", s, want)
		}
		if cut := htmlCut([]byte(s)); htmlCut([]byte(s)[:cut]) != cut {
			t.Errorf("htmlCut(%q) = %d, of which %d", s, cut, htmlCut([]byte(s)[:cut]))
		}
		_ = all(t, newMetaFix(&pieces{[]byte(s), n}))
		_ = all(t, newTextHTML(&pieces{[]byte(s), n}))
		_ = all(t, newEnrichedText(&pieces{[]byte(s), n}))
		_ = previewOf(s)
	})
}

func FuzzTNEF(f *testing.F) {
	f.Add([]byte("\x78\x9f\x3e\x22\x01\x00\x02\x02\x90\x06\x00\x02\x00\x00\x00\x01\x00\x01\x00\x02\x10\x80\x01\x00\x02\x00\x00\x00a\x00\x61\x00"))
	f.Add([]byte("\x78\x9f\x3e\x22\x01\x00\x01\x03\x90\x06\x00\x14\x00\x00\x00\x01\x00\x00\x00\x1e\x00\x00\x10\x01\x00\x00\x00\x02\x00\x00\x00a\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x78\x9f\x3e\x22\x01\x00\x01\x0c\x80\x02\x00\xff\xff\xff\x7fshort"))
	f.Fuzz(func(t *testing.T, b []byte) {
		msg := append([]byte("Content-Type: application/ms-tnef\n\n"), b...)
		checkMessage(t, "fuzz", msg)
		_ = all(t, newRTF(&pieces{b, 3}, false))
		_ = all(t, newRTF(&pieces{b, 3}, true))
		_ = all(t, newLZFu(&pieces{b, 3}))
	})
}

func FuzzCharset(f *testing.F) {
	for _, name := range []string{"utf-8", "", "utf-7", "iso-2022-jp", "iso-2022-kr", "gb18030", "big5", "hz-gb-2312", "utf-16", "koi8-r", "x"} {
		f.Add(name, []byte("a\xe4+AOQ-\x1b$B~{"), 2)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte, n int) {
		if n < 1 {
			return
		}
		got := all(t, &normalSource{src: newCharsetSource(&pieces{b, n}, name)})
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%q in %q: %q", b, name, got)
		}
		if whole := all(t, &normalSource{src: newCharsetSource(&pieces{b, len(b) + 1}, name)}); whole != got {
			t.Errorf("%q in %q in pieces of %d: %q, want %q", b, name, n, got, whole)
		}
		if !utf8.ValidString(decodeCharset(b, name, "koi8-r")) {
			t.Errorf("decodeCharset(%q, %q)", b, name)
		}
		for _, tr := range []transfer{transferBase64, transferQuoted, transferUU} {
			want := all(t, newDecoder(tr, &pieces{b, len(b) + 1}))
			if got := all(t, newDecoder(tr, &pieces{b, n})); got != want {
				t.Errorf("encoding %d, %q in pieces of %d: %q, want %q", tr, b, n, got, want)
			}
		}
		want := all(t, &uuFilter{src: &pieces{b, len(b) + 1}})
		if got := all(t, &uuFilter{src: &pieces{b, n}}); got != want {
			t.Errorf("uuencoded files of %q in pieces of %d: %q, want %q", b, n, got, want)
		}
	})
}
