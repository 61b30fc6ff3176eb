package mail

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDecodeText(t *testing.T) {
	tests := []struct{ name, in, hint, want string }{
		{"plain", "Hello", "", "Hello"},
		{"folded", "Hello\r\n\tworld\r\n  again", "", "Hello world  again"},
		{"folded without blank", "Hello\nworld", "", "Hello world"},
		{"q", "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?= =?utf-8?Q?_K=C3=B6ln?=", "", "Grüße aus Köln"},
		{"b", "=?UTF-8?B?R3LDvMOfZQ==?=", "", "Grüße"},
		{"text between words", "=?utf-8?Q?a?= and =?utf-8?Q?b?=", "", "a and b"},
		{"words without blank between", "=?iso-8859-1?Q?a?==?iso-8859-1?Q?b?=", "", "ab"},
		{"glued to text", "abc=?utf-8?Q?d=C3=A9f?=ghi", "", "abcdéfghi"},
		{"character cut between words", "=?utf-8?B?w7?= =?utf-8?Q?=BC?=", "", "ü"},
		{"character cut between q words", "=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=BC?=", "", "ü"},
		{"base64 group cut between words", "=?utf-8?B?R3LDv?= =?UTF-8?B?MOfZQ==?=", "", "Grüße"},
		{"different charsets", "=?iso-8859-1?Q?=E4?= =?koi8-r?Q?=C1?=", "", "äа"},
		{"language", "=?utf-8*de?Q?=C3=A4?=", "", "ä"},
		{"blanks inside q", "=?utf-8?Q?a b =C3=A4?=", "", "a b ä"},
		{"lower-case hex", "=?utf-8?q?=c3=a4?=", "", "ä"},
		{"broken escape", "=?utf-8?Q?100=%?=", "", "100=%"},
		{"no end", "=?utf-8?B?R3LDvMOfZQ==", "", "Grüße"},
		{"underscore is a blank", "=?us-ascii?Q?a_b?=", "", "a b"},
		{"no padding", "=?utf-8?B?R3LDvMOfZQ?=", "", "Grüße"},
		{"unknown charset", "=?x-unknown?Q?caf=E9?=", "", "café"},
		{"unknown encoding", "=?utf-8?X?abc?=", "", "=?utf-8?X?abc?="},
		{"utf-7", "=?utf-7?Q?Hi+AOk-?=", "", "Hié"},
		{"iso-2022-jp", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "", "日本"},
		{"raw iso-2022-jp", "\x1b$BF|K\\\x1b(B", "", "日本"},
		{"gb2312 with gbk characters", "=?gb2312?B?6ng=?=", "", "陎"},
		{"big5", "=?big5?B?pKSk5Q==?=", "", "中文"},
		{"ks_c_5601", "=?ks_c_5601-1987?B?x9GxuQ==?=", "", "한국"},
		{"euc-kr", "=?euc-kr?Q?=C7=D1?=", "", "한"},
		{"raw utf-8", "Grüße", "", "Grüße"},
		{"raw latin-1", "Gr\xfc\xdfe", "", "Grüße"},
		{"raw by hint", "\xf0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "Привет"},
		{"newline inside a word", "=?utf-8?Q?a=0D=0ABcc:_x?=", "", "a  Bcc: x"},
		{"nul", "a\x00b", "", "ab"},
		{"not a word", "1 =? 2", "", "1 =? 2"},
		{"question mark before the end", "=?utf-8?Q?why??=", "", "why?"},
	}
	for _, test := range tests {
		if got := decodeText([]byte(test.in), test.hint); got != test.want {
			t.Errorf("%s: decodeText(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestParseAddresses(t *testing.T) {
	box := func(name, local, domain string) Address { return Address{Name: name, Local: local, Domain: domain} }
	tests := []struct {
		in   string
		want []Address
	}{
		{"", nil},
		{"a@b.test", []Address{box("", "a", "b.test")}},
		{"Alice Example <alice@b.test>", []Address{box("Alice Example", "alice", "b.test")}},
		{`"Doe, John" <j@b.test>, c@d.test`, []Address{box("Doe, John", "j", "b.test"), box("", "c", "d.test")}},
		{"a@b.test; c@d.test", []Address{box("", "a", "b.test"), box("", "c", "d.test")}},
		{"a@b.test (Alice (the first))", []Address{box("Alice (the first)", "a", "b.test")}},
		{`"john doe"@b.test`, []Address{box("", "john doe", "b.test")}},
		{`<"john doe"@b.test>`, []Address{box("", "john doe", "b.test")}},
		{"<@relay.test,@other.test:a@b.test>", []Address{box("", "a", "b.test")}},
		{"Alice <alice@b.test", []Address{box("Alice", "alice", "b.test")}},
		{"Alice alice@b.test", []Address{box("Alice", "alice", "b.test")}},
		{"john . doe @ b . test", []Address{box("", "john.doe", "b.test")}},
		{"a @ b.test", []Address{box("", "a", "b.test")}},
		{"<<a@b.test>>", []Address{box("", "a", "b.test")}},
		{"<mailto:a@b.test>", []Address{box("", "a", "b.test")}},
		{"a@[192.0.2.1]", []Address{box("", "a", "[192.0.2.1]")}},
		{"a@[IPv6:2001:db8::1]", []Address{box("", "a", "[IPv6:2001:db8::1]")}},
		{"root", []Address{box("", "root", "")}},
		{"a@b.test,,;, c@d.test,", []Address{box("", "a", "b.test"), box("", "c", "d.test")}},
		{"'a@b.test' <a@b.test>", []Address{{Name: "a@b.test", RawName: "'a@b.test'", Local: "a", Domain: "b.test"}}},
		{"undisclosed-recipients:;", []Address{{Kind: GroupStart, Name: "undisclosed-recipients"}, {Kind: GroupEnd}}},
		{"Team: a@b.test, C <c@d.test>;, e@f.test", []Address{{Kind: GroupStart, Name: "Team"}, box("", "a", "b.test"),
			box("C", "c", "d.test"), {Kind: GroupEnd}, box("", "e", "f.test")}},
		{"Team: a@b.test", []Address{{Kind: GroupStart, Name: "Team"}, box("", "a", "b.test"), {Kind: GroupEnd}}},
		{"=?utf-8?Q?J=C3=BCrgen?= <j@b.test>", []Address{{Name: "Jürgen", RawName: "=?utf-8?Q?J=C3=BCrgen?=", Local: "j", Domain: "b.test"}}},
		{`"=?utf-8?Q?J=C3=BCrgen?=" <j@b.test>`, []Address{{Name: "Jürgen", RawName: "=?utf-8?Q?J=C3=BCrgen?=", Local: "j", Domain: "b.test"}}},
		{"=?utf-8?Q?Doe,_John?= <j@b.test>", []Address{{Name: "Doe, John", RawName: "=?utf-8?Q?Doe,_John?=", Local: "j", Domain: "b.test"}}},
		{"J\xfcrgen <j@b.test>", []Address{{Name: "Jürgen", RawName: "J\xfcrgen", Local: "j", Domain: "b.test"}}},
		{`"a \"b\" c" <x@y.test>`, []Address{box(`a "b" c`, "x", "y.test")}},
		{`"stray <x@y.test>`, []Address{box("stray", "x", "y.test")}},
		{"<a@b.test> <c@d.test>", []Address{box("", "a", "b.test"), box("", "c", "d.test")}},
		{"Alice\r\n <alice@b.test>,\r\n\tbob@b.test", []Address{box("Alice", "alice", "b.test"), box("", "bob", "b.test")}},
		{"jøran@bücher.test", []Address{box("", "jøran", "bücher.test")}},
	}
	for _, test := range tests {
		if got := ParseAddresses(test.in); !reflect.DeepEqual(got, test.want) {
			t.Errorf("ParseAddresses(%q)\n got %+v\nwant %+v", test.in, got, test.want)
		}
	}
}

func TestAddressStrings(t *testing.T) {
	tests := []struct {
		addr            Address
		str, disp, spec string
	}{
		{Address{Local: "a", Domain: "b.test"}, "a@b.test", "a@b.test", "a@b.test"},
		{Address{Name: "Alice", Local: "a", Domain: "b.test"}, "Alice <a@b.test>", `"Alice" <a@b.test>`, "a@b.test"},
		{Address{Name: `A "B", C`, Local: "a", Domain: "b.test"}, `"A \"B\", C" <a@b.test>`, `"A \"B\", C" <a@b.test>`, "a@b.test"},
		{Address{Local: "john doe", Domain: "b.test"}, `"john doe"@b.test`, `"john doe"@b.test`, `"john doe"@b.test`},
		{Address{Name: "Nobody"}, "Nobody", "Nobody", ""},
		{Address{Kind: GroupStart, Name: "Team"}, "Team:", "Team:", ""},
		{Address{Kind: GroupEnd}, ";", ";", ""},
	}
	for _, test := range tests {
		if got := test.addr.String(); got != test.str {
			t.Errorf("String of %+v = %q, want %q", test.addr, got, test.str)
		}
		if got := test.addr.Display(); got != test.disp {
			t.Errorf("Display of %+v = %q, want %q", test.addr, got, test.disp)
		}
		if got := test.addr.Addr(); got != test.spec {
			t.Errorf("Addr of %+v = %q, want %q", test.addr, got, test.spec)
		}
	}
	list := ParseAddresses("T: a@b.test;, c@d.test")
	if got := Mailboxes(list); len(got) != 2 || got[1].Local != "c" {
		t.Errorf("Mailboxes = %+v, want two", got)
	}
}

func TestParams(t *testing.T) {
	tests := []struct {
		in       string
		typ, sub string
		want     []Param
		wire     bool
	}{
		{"text/plain", "text", "plain", nil, false},
		{"Text/HTML; Charset=UTF-8", "text", "html", []Param{{"charset", "UTF-8"}}, false},
		{`text/plain; charset="utf-8"; format=flowed`, "text", "plain", []Param{{"charset", "utf-8"}, {"format", "flowed"}}, false},
		{"text/plain charset=utf-8", "text", "plain", []Param{{"charset", "utf-8"}}, false},
		{"text/plain; charset=us-ascii (Plain text)", "text", "plain", []Param{{"charset", "us-ascii"}}, false},
		{"text / plain; a=b", "text", "plain", []Param{{"a", "b"}}, false},
		{"text", "text", "", nil, false},
		{"a/b; name=my file.txt", "a", "b", []Param{{"name", "my file.txt"}}, false},
		{`a/b; name="a\"b"`, "a", "b", []Param{{"name", `a"b`}}, false},
		{`a/b; filename="C:\temp\new.txt"`, "a", "b", []Param{{"filename", `C:\temp\new.txt`}}, false},
		{`a/b; name="no end`, "a", "b", []Param{{"name", "no end"}}, false},
		{"a/b; name=a; name=b", "a", "b", []Param{{"name", "a"}}, true},
		{`a/b; name="=?utf-8?Q?=C3=A4.txt?="`, "a", "b", []Param{{"name", "ä.txt"}}, true},
		{"a/b; name*=utf-8''%C3%A4.txt", "a", "b", []Param{{"name", "ä.txt"}}, true},
		{"a/b; name*0=one; name*1=two; name*2=three", "a", "b", []Param{{"name", "onetwothree"}}, true},
		{"a/b; name*2=c; name*0=a; name*1=b", "a", "b", []Param{{"name", "abc"}}, true},
		{"a/b; name*0*=iso-8859-1''%E4; name*1=b; name*2*=%F6", "a", "b", []Param{{"name", "äbö"}}, true},
		{"a/b; name=plain; name*=utf-8''better", "a", "b", []Param{{"name", "better"}}, true},
		{"a/b; name*0*=ISO-2022-JP''%1B%24B%46%7C; name*1*=%4B%5C%1B%28B", "a", "b", []Param{{"name", "日本"}}, true},
		{"a/b; name*=%C3%A4", "a", "b", []Param{{"name", "ä"}}, true},
		{"multipart/mixed; boundary=\"=_a;b\"; x", "multipart", "mixed", []Param{{"boundary", "=_a;b"}}, false},
		{"multipart/mixed;\r\n\tboundary=abc\r\n", "multipart", "mixed", []Param{{"boundary", "abc"}}, false},
		{"a/b;;; ; c=d;", "a", "b", []Param{{"c", "d"}}, false},
		{"a/b; =x; c=d", "a", "b", []Param{{"c", "d"}}, false},
		{"a/b; x=1 y=2", "a", "b", []Param{{"x", "1"}, {"y", "2"}}, false},
	}
	for _, test := range tests {
		typ, sub, raw := parseMediaType([]byte(test.in))
		got, wire := decodeParams(raw, "")
		if typ != test.typ || sub != test.sub || !reflect.DeepEqual(got, test.want) || (wire != nil) != test.wire {
			t.Errorf("%q = %q/%q %q (wire %q), want %q/%q %q (wire: %v)", test.in, typ, sub, got, wire, test.typ, test.sub, test.want, test.wire)
		}
	}
}

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Thu, 12 Mar 2026 10:15:00 +0100", "2026-03-12T10:15:00+01:00"},
		{"12 Mar 2026 10:15 GMT", "2026-03-12T10:15:00Z"},
		{"Thu, 12 Mar 26 10:15:00 EST (Eastern)", "2026-03-12T10:15:00-05:00"},
		{"Mon, 21 Aug 95 13:30:57 -600", "1995-08-21T13:30:57-06:00"},
		{"Thu Mar 12 10:15:00 2026", "2026-03-12T10:15:00Z"},
		{"Thu Mar 12 10:15:00 CET 2026", "2026-03-12T10:15:00+01:00"},
		{"Thu,12 Mar 2026 10:15:00 +0100", "2026-03-12T10:15:00+01:00"},
		{"12-Mar-2026 10:15:00 +0530", "2026-03-12T10:15:00+05:30"},
		{"Thursday, March 12, 2026 10:15:00", "2026-03-12T10:15:00Z"},
		{"Thu, 12 Mar 2026 10:15:00 GMT+0200", "2026-03-12T10:15:00+02:00"},
		{"2026-03-12T10:15:00Z", "2026-03-12T10:15:00Z"},
		{"Thu, 12 Mar 2026 10:15:00 -0000", "2026-03-12T10:15:00Z"},
		{"Thu, 12 (a comment) Mar 2026 10:15:00 +0100", "2026-03-12T10:15:00+01:00"},
		{"", ""}, {"yesterday", ""}, {"Thu, 12 Mar 2026", ""}, {"32 Mar 2026 10:15:00", ""}, {"12 Foo 2026 10:15:00", ""},
		{"12 Mar 2026 10:75:00", ""},
	}
	for _, test := range tests {
		got, ok := parseDate(test.in)
		if ok != (test.want != "") || ok && got.Format(time.RFC3339) != test.want {
			t.Errorf("parseDate(%q) = %v, %v, want %q", test.in, got.Format(time.RFC3339), ok, test.want)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	tests := []struct{ in, want string }{
		{"<a@b>", "a@b"},
		{"<a@b> <c@d>", "a@b c@d"},
		{"<a@b><c@d>", "a@b c@d"},
		{"Your message of Monday <a@b>", "a@b"},
		{"<a@\r\n b>", "a@b"},
		{"a@b", "a@b"},
		{"<a@b", "a@b"},
		{"nothing", ""},
	}
	for _, test := range tests {
		if got := strings.Join(parseMessageIDs([]byte(test.in)), " "); got != test.want {
			t.Errorf("parseMessageIDs(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestBaseSubject(t *testing.T) {
	tests := []struct {
		in, want string
		reply    bool
	}{
		{"Plan", "Plan", false},
		{"Re: Plan", "Plan", true},
		{"RE:  re : Fwd: Plan", "Plan", true},
		{"AW: WG: Plan", "Plan", true},
		{"Antw: SV: VS: TR: RV: Plan", "Plan", true},
		{"Re[2]: Plan", "Plan", true},
		{"Re^2: Plan", "Plan", true},
		{"AW (3): Plan", "Plan", true},
		{"[list] Re: [list] Plan", "Plan", true},
		{"Re: [list] Plan (fwd)", "Plan", true},
		{"[Fwd: Plan]", "Plan", true},
		{"[Fwd: Re: [x] Plan] (fwd)", "Plan", true},
		{"回复：计划", "计划", true},
		{"答复: 转发: 计划", "计划", true},
		{"返信: 計画", "計画", true},
		{"Réf. : Plan", "Plan", true},
		{"Ответ: План", "План", true},
		{"[list]", "[list]", false},
		{"[a] [b]", "[b]", false},
		{"Regarding: Plan", "Regarding: Plan", false},
		{"Re Plan", "Re Plan", false},
		{"Re:", "", true},
		{"", "", false},
		{"  two   blanks ", "two blanks", false},
	}
	for _, test := range tests {
		e := Envelope{Subject: test.in}
		if got, reply := e.BaseSubject(), e.IsReply(); got != test.want || reply != test.reply {
			t.Errorf("BaseSubject(%q) = %q, %v, want %q, %v", test.in, got, reply, test.want, test.reply)
		}
	}
}
