package mail

import (
	"strings"
	"testing"
)

func TestFlowed(t *testing.T) {
	tests := []struct {
		name, in, want string
		delSp          bool
	}{
		{"fixed lines", "one\ntwo\n", "one\ntwo\n", false},
		{"a paragraph", "one \ntwo \nthree\n\nfour\n", "one two three\n\nfour\n", false},
		{"DelSp", "one \ntwo \nthree\n", "onetwothree\n", true},
		{"stuffed", "  two blanks\n >not a quote\n From here\n", " two blanks\n>not a quote\nFrom here\n", false},
		{"quoted", "> one \n> two\n>> deep \n>> er\nback\n", "> one two\n>> deep er\nback\n", false},
		{"quote depth ends a paragraph", "> one \ntwo\n", "> one \ntwo\n", false},
		{"signature", "text \n-- \nAlice\n", "text \n-- \nAlice\n", false},
		{"flowed to the end", "one \n", "one \n", false},
		{"empty quote", ">\n> a\n", ">\n> a\n", false},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newFlowedSource(s, test.delSp) })
	}
}

func TestHTMLText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"words", "<p>Hello   <b>wor</b>ld\n&amp; all</p>", "Hello world & all"},
		{"paragraphs", "<p>one</p><p>two</p>", "one\n\ntwo"},
		{"divs", "<div>one</div><div>two</div><div><div>three</div></div>", "one\ntwo\nthree"},
		{"breaks", "one<br>two<br/><br>three", "one\ntwo\n\nthree"},
		{"break before a block", "<div>one<br></div><div>two</div>", "one\ntwo"},
		{"an empty line as mail programs write it", "<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"},
		{"headings", "<h1>Title</h1>text", "Title\n\ntext"},
		{"head, style and script are dropped", "<head><title>T</title><style>p{}</style></head><script>x<y</script>text", "text"},
		{"comments", "a<!-- b --> c<!--[if mso]>d<![endif]-->", "a c"},
		{"downlevel-revealed comment", "<![if !mso]>shown<![endif]>", "shown"},
		{"a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"},
		{"blanks between cells", "<table>\n<tr>\n<th> a </th>\n<th> b </th>\n</tr></table>", "a\tb"},
		{"a list", "<ul><li>one<li>two<ul><li>deep</ul></ul>end", "* one\n* two\n  * deep\n\nend"},
		{"a numbered list", "<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"},
		{"quotation", "a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n> b\n> c\n> > d\ne"},
		{"pre", "<pre>  a\n   b</pre>c", "  a\n   b\n\nc"},
		{"rule", "a<hr>b", "a\n----------------\nb"},
		{"link", `see <a href="https://x.test/y">here</a>.`, "see here <https://x.test/y>."},
		{"link that says itself", `<a href="https://x.test/">x.test</a> <a href="mailto:a@b.test">a@b.test</a>`, "x.test a@b.test"},
		{"link of no use", `<a href="#top">up</a> <a href="javascript:x">no</a>`, "up no"},
		{"image", `<img src=x alt="Our logo">`, "[Our logo]"},
		{"linked image", `<a href="https://x.test"><img alt=""></a>`, ""},
		{"entities", "&lt;b&gt; &euro; &#8364; &#x20ac; &nbsp;x &unknown;", "<b> € € € x &unknown;"},
		{"a less-than sign", "1 < 2 and 3<4", "1 < 2 and 3<4"},
		{"unclosed tag", "text <b", "text"},
		{"unclosed comment", "text <!-- never", "text"},
		{"quotes in attributes", `<p title="a>b">c</p>`, "c"},
		{"case", "<P>a</P><BR>b", "a\n\n\nb"},
		{"no-break blanks", "a&nbsp;&nbsp;b", "a b"},
		{"style in capitals", "<STYLE>x</STYLE>y", "y"},
		{"form", "<select><option>a</select>b<textarea>c</textarea>", "b\n\nc"},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newHTMLText(s, true) })
	}
	if got := all(t, newHTMLText(&pieces{[]byte(`<a href="https://x.test">a</a> <img alt="b">`), 9}, false)); got != "a" {
		t.Errorf("without links = %q", got)
	}
}

func TestHTMLTextIsBounded(t *testing.T) {
	big := strings.Repeat("A", 300<<10)
	tests := []struct{ name, in, want string }{
		{"data address", `a<img src="data:image/png;base64,` + big + `">b`, "ab"},
		{"one long word", big, big},
		{"words without a tag", strings.Repeat("word ", 60<<10), strings.TrimSpace(strings.Repeat("word ", 60<<10))},
		{"long comment", "a<!--" + big + "-->b", "ab"},
		{"long script", "a<script>" + big + "</script>b", "ab"},
		{"many open tags", strings.Repeat("<div><blockquote><ul><ol><pre>", 20000) + "x", ""},
		{"many attributes", "<p " + strings.Repeat("a=b ", 100<<10) + ">x</p>", "x"},
	}
	for _, test := range tests {
		got := all(t, newHTMLText(&pieces{[]byte(test.in), 5000}, true))
		if test.want != "" && got != test.want {
			t.Errorf("%s: %d bytes, want %d: %.60q", test.name, len(got), len(test.want), got)
		}
	}
}

func TestTextHTML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"escaped", "a < b & \"c\" > d\n", "a &lt; b &amp; &quot;c&quot; &gt; d<br>\n"},
		{"blanks", "  two\n a  b\n\tc\n", "&nbsp; two<br>\n&nbsp;a&nbsp; b<br>\n&nbsp;&nbsp;&nbsp; c<br>\n"},
		{"link", "see https://x.test/a?b=1&c=2.\n", `see <a href="https://x.test/a?b=1&amp;c=2">https://x.test/a?b=1&amp;c=2</a>.<br>` + "\n"},
		{"www", "(www.x.test)\n", `(<a href="http://www.x.test">www.x.test</a>)<br>` + "\n"},
		{"parentheses", "https://x.test/a_(b) c\n", `<a href="https://x.test/a_(b)">https://x.test/a_(b)</a> c<br>` + "\n"},
		{"mailto", "<mailto:a@b.test>\n", `&lt;<a href="mailto:a@b.test">mailto:a@b.test</a>&gt;<br>` + "\n"},
		{"no link", "http: //x and xhttp://y.test and javascript:alert(1)\n", "http: //x and xhttp://y.test and javascript:alert(1)<br>\n"},
		{"quotation", "> a\n>> b\nc\n", quoteOpen + "a<br>\n" + quoteOpen + "b<br>\n" + quoteClose + quoteClose + "c<br>\n"},
		{"quotation to the end", "> a", quoteOpen + "a<br>\n" + quoteClose},
		{"script", "<script>alert(1)</script>\n", "&lt;script&gt;alert(1)&lt;/script&gt;<br>\n"},
		{"quote in a link", "https://x.test/\"onclick=1\n", `<a href="https://x.test/">https://x.test/</a>&quot;onclick=1<br>` + "\n"},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newTextHTML(s) })
	}
}

func TestMetaFix(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "<p>a</p>", metaUTF8 + "<p>a</p>"},
		{"head", "<html><head><title>a</title></head><body>", "<html><head>" + metaUTF8 + "<title>a</title></head><body>"},
		{"no head", `<html lang="de"><body>a`, `<html lang="de">` + metaUTF8 + "<body>a"},
		{"doctype", "<!DOCTYPE html>\n<p>a", "<!DOCTYPE html>" + metaUTF8 + "\n<p>a"},
		{"charset", "<head><meta charset=iso-8859-1></head>", "<head>" + metaUTF8 + "</head>"},
		{"http-equiv", `<head><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=koi8-r"><meta name=a></head>`,
			"<head>" + metaUTF8 + "<meta name=a></head>"},
		{"two", "<head><meta charset=a><meta charset=b></head>", "<head>" + metaUTF8 + "</head>"},
		{"in the body it is text", "<body><meta charset=a>", metaUTF8 + "<body><meta charset=a>"},
		{"XML", `<?xml version="1.0" encoding="iso-8859-1"?><html><head>`, `<?xml version="1.0" encoding="utf-8"?><html><head>` + metaUTF8},
		{"empty", "", ""},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newMetaFix(s) })
	}
}

func TestHTMLCut(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain text", "plain text"},
		{"a<b>c</b", "a<b>c"},
		{"a<b>c</b>", "a<b>c</b>"},
		{`a<p title="x>y`, "a"},
		{`a<p title="x>y">z`, `a<p title="x>y">z`},
		{"a &am", "a "},
		{"a &amp", "a "},
		{"a &amp;", "a &amp;"},
		{"a & b", "a & b"},
		{"a &#82", "a "},
		{"a<!-- b", "a"},
		{"a<!-- b -->c", "a<!-- b -->c"},
		{"a<style>b{", "a"},
		{"a<style>b{}</style>c", "a<style>b{}</style>c"},
		{"a<script>if (a<b", "a"},
		{"1 < 2", "1 < 2"},
		{"1 <", "1 "},
		{"", ""},
	}
	for _, test := range tests {
		if got := test.in[:htmlCut([]byte(test.in))]; got != test.want {
			t.Errorf("htmlCut(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestPreview(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"collapsed", "  Hello\n\n\tworld  ", "Hello world"},
		{"quotation", "Yes.\n\nOn Monday, Alice wrote:\n> Really?\n> Alice\n", "Yes."},
		{"German quotation", "Ja.\nAm Montag schrieb Alice <a@b.test>, sie schrieb:\n> Wirklich?", "Ja."},
		{"only a quotation", "> Really?", "> Really?"},
		{"signature", "Hi\n-- \nAlice\nExample Ltd", "Hi"},
		{"links", "See https://x.test/very/long and <http://y.test> now", "See and now"},
		{"pictures", "Hi [cid:logo@x] there", "Hi there"},
		{"rules", "News\n========\nHello", "News Hello"},
		{"filler of newsletters", "Sale\u034f \u200c \u00ad\u200c\u2007 today", "Sale today"},
		{"emoji stay whole", "family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"},
		{"cut by characters", strings.Repeat("ä", 300), strings.Repeat("ä", previewRunes)},
		{"empty", " \n ", ""},
	}
	for _, test := range tests {
		if got := previewOf(test.in); got != test.want {
			t.Errorf("%s: previewOf(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestEnriched(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"commands", "<bold>Hello</bold> <color><param>red</param>world</color>", "Hello world"},
		{"line ends", "one\ntwo\n\nthree\n\n\nfour", "one two\nthree\n\nfour"},
		{"less-than", "1 << 2", "1 < 2"},
		{"nofill", "<nofill>a\nb</nofill>", "a\nb"},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newEnrichedText(s) })
	}
}

func TestRTF(t *testing.T) {
	tests := []struct {
		name, in, want string
		html           bool
	}{
		{"text", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Hello\par w\'f6rld\tab!}`, "Hello\nwörld\t!", false},
		{"unicode", `{\rtf1\uc1 \u8364?\u-10179?\u-8704?}`, "€\U0001f600", false},
		{"font charset", `{\rtf1\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f1\'cf\'f0\'e8\f0\'e4}`, "Приä", false},
		{"double bytes", `{\rtf1\ansicpg932\'93\'fa\'96\'7b}`, "日本", false},
		{"hidden", `{\rtf1{\info{\title x}}{\*\generator y;}{\pict 00ff}a{\header b}}`, "a", false},
		{"braces", `{\rtf1 a\{b\}\\c}`, `a{b}\c`, false},
		{"binary", "{\\rtf1 a\\bin3 {{{b}", "ab", false},
		{"wrapped HTML", `{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 a &{\*\htmltag84 &nbsp;}b\htmlrtf }\htmlrtf0{\*\htmltag72 </p>}}`,
			"<p>a &amp;&nbsp;b</p>", true},
		{"too many groups", strings.Repeat("{", 2000) + "a" + strings.Repeat("}", 2000) + "b", "ab", false},
		{"nothing", "", "", false},
	}
	for _, test := range tests {
		everyWay(t, test.name, test.in, test.want, func(s source) source { return newRTF(s, test.html) })
	}
}

func TestDisplayNames(t *testing.T) {
	tests := []struct {
		part Part
		want string
	}{
		{Part{Type: "image", Subtype: "png", ID: "2.1"}, "image-2-1.png"},
		{Part{Type: "application", Subtype: "x-unknown", ID: "3"}, "attachment-3"},
		{Part{Type: "application", Subtype: "pdf", DispositionParams: []Param{{"filename", `C:\docs\a.pdf`}}}, "a.pdf"},
		{Part{Type: "application", Subtype: "pdf", Params: []Param{{"name", "../../etc/passwd"}}}, "passwd"},
		{Part{Type: "message", Subtype: "rfc822", Message: &Message{Envelope: Envelope{Subject: "Re: a/b"}}}, "Re_ a_b.eml"},
		{Part{Type: "message", Subtype: "rfc822"}, "message.eml"},
		{Part{Type: "message", Subtype: "rfc822", Params: []Param{{"name", "old.EML"}}}, "old.EML"},
		{Part{Type: "message", Subtype: "delivery-status"}, "delivery-status.txt"},
	}
	for _, test := range tests {
		if got := test.part.DisplayName(); got != test.want {
			t.Errorf("DisplayName of %+v = %q, want %q", test.part, got, test.want)
		}
	}
}
