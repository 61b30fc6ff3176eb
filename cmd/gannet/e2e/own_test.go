package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// file is an attachment as its sender knows it.
type file struct {
	Name string
	Data []byte
}

// specimen is a message to deliver with what is known about it. Nil means: nothing is.
type specimen struct {
	Name    string
	Raw     []byte // lines end in CRLF
	Subject *string
	Plain   *string // the text part, lines end in LF
	HTML    *string // the HTML part
	Files   []file
	Exact   bool // Raw can travel as it is: a device must get these bytes
}

// ownMessages writes messages of every kind that people send, together with what a device must show.
func ownMessages(t *testing.T) []specimen {
	t.Helper()
	list := charsetMessages(t)
	list = append(list, attachmentMessage(), relatedMessage(), nestedMessage(), bigMessage())
	list = append(list, oddMessages()...)
	for i := range list {
		list[i].Name = "own/" + list[i].Name
		list[i].Exact = list[i].Exact || validMIME(list[i].Raw)
	}
	return list
}

// header begins a message.
func header(subject string, more ...string) string {
	lines := append([]string{
		"From: Sender <" + outside + ">", "To: <" + alice + ">", "Subject: " + subject,
		"Date: Tue, 03 Mar 2026 10:00:00 +0100", "MIME-Version: 1.0",
	}, more...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// lines76 is base64 in lines, as mail has it.
func lines76(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	return b.String() + text + "\r\n"
}

func quoted(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\r\n"
}

// charsetMessages say something in each of many character sets and transfer encodings.
func charsetMessages(t *testing.T) []specimen {
	t.Helper()
	var list []specimen
	for _, c := range []struct {
		charset string
		code    encoding.Encoding
		text    string
	}{
		{"iso-8859-1", charmap.ISO8859_1, "Grüße aus Århus – ça va?"},
		{"windows-1252", charmap.Windows1252, "“Quoted” – 100 € für Øystein"},
		{"iso-8859-2", charmap.ISO8859_2, "Příliš žluťoučký kůň úpěl ďábelské ódy"},
		{"koi8-r", charmap.KOI8R, "Широкая электрификация южных губерний"},
		{"windows-1251", charmap.Windows1251, "Съешь ещё этих мягких булок"},
		{"iso-8859-7", charmap.ISO8859_7, "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία"},
		{"iso-2022-jp", japanese.ISO2022JP, "いろはにほへと ちりぬるを"},
		{"shift_jis", japanese.ShiftJIS, "表示ソフト、予定表"},
		{"euc-jp", japanese.EUCJP, "色は匂へど散りぬるを"},
		{"gb18030", simplifiedchinese.GB18030, "视野无限广，窗外有蓝天 €"},
		{"gb2312", simplifiedchinese.GBK, "会议改到星期三"},
		{"big5", traditionalchinese.Big5, "會議改到星期三"},
		{"euc-kr", korean.EUCKR, "다람쥐 헌 쳇바퀴에 타고파"},
	} {
		text := strings.ReplaceAll(c.text, "–", "-")
		if c.charset == "windows-1252" {
			text = c.text
		}
		encoded, err := c.code.NewEncoder().String(text + "\r\nsecond line\r\n")
		if err != nil {
			t.Fatalf("%s: %v", c.charset, err)
		}
		content := "Content-Type: text/plain; charset=" + c.charset
		subject := mime.BEncoding.Encode("utf-8", text)
		plain := text + "\nsecond line\n"
		list = append(list,
			specimen{Name: c.charset + "-base64", Subject: &text, Plain: &plain,
				Raw: []byte(header(subject, content, "Content-Transfer-Encoding: base64") + lines76([]byte(encoded)))},
			specimen{Name: c.charset + "-quoted-printable", Subject: &text, Plain: &plain,
				Raw: []byte(header(subject, content, "Content-Transfer-Encoding: quoted-printable") + quoted(t, []byte(encoded)))},
		)
	}
	japanese, err := japanese.ISO2022JP.NewEncoder().String("すみません。\r\n")
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, specimen{Name: "iso-2022-jp-7bit", Plain: ptr("すみません。\n"),
		Raw: []byte(header("7bit", "Content-Type: text/plain; charset=iso-2022-jp", "Content-Transfer-Encoding: 7bit") + japanese)})
	text := "Unverändert: ₿ 🐦 ∮ E⋅da = Q\n.\n..two dots\n"
	return append(list, specimen{Name: "utf-8-8bit", Plain: &text,
		Raw: []byte(header("8bit", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit") + crlf(text))})
}

// noise returns bytes that look like nothing and are always the same.
func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// part is one part of a multipart message, with its own header.
func part(boundary, head, body string) string {
	return "--" + boundary + "\r\n" + crlf(head) + "\r\n\r\n" + body + "\r\n"
}

func attachmentMessage() specimen {
	const b = "=_cliff"
	plain, html := "Two files — one with a name from Athens.\n", "<p>Two files — one with a name from <b>Athens</b>.</p>"
	one, two := noise(1, 100_000), []byte("a;b;c\r\n1;2;3\r\n")
	inner := part("=_alt", "Content-Type: text/plain; charset=utf-8", crlf(plain)) +
		part("=_alt", "Content-Type: text/html; charset=utf-8", html) + "--=_alt--\r\n"
	raw := header("Files", `Content-Type: multipart/mixed; boundary="`+b+`"`) +
		part(b, `Content-Type: multipart/alternative; boundary="=_alt"`, inner) +
		part(b, "Content-Type: application/octet-stream\nContent-Disposition: attachment;\n filename*=utf-8''%CE%91%CE%B8%CE%AE%CE%BD%CE%B1.bin\nContent-Transfer-Encoding: base64", lines76(one)) +
		part(b, "Content-Type: text/csv; name=table.csv\nContent-Disposition: attachment; filename=table.csv\nContent-Transfer-Encoding: base64", lines76(two)) +
		"--" + b + "--\r\n"
	return specimen{Name: "attachments", Raw: []byte(raw), Plain: &plain, HTML: &html, Files: []file{{"Αθήνα.bin", one}, {"table.csv", two}}}
}

func relatedMessage() specimen {
	const b = "=_related"
	html, image := `<p>Look: <img src="cid:logo@example.net"></p>`, noise(2, 5000)
	raw := header("Inline image", `Content-Type: multipart/related; boundary="`+b+`"; type="text/html"`) +
		part(b, "Content-Type: text/html; charset=utf-8", html) +
		part(b, "Content-Type: image/png; name=logo.png\nContent-ID: <logo@example.net>\nContent-Disposition: inline; filename=logo.png\nContent-Transfer-Encoding: base64", lines76(image)) +
		"--" + b + "--\r\n"
	return specimen{Name: "related", Raw: []byte(raw), HTML: &html, Files: []file{{"logo.png", image}}}
}

func nestedMessage() specimen {
	const b = "=_outer"
	plain := "See the message below.\n"
	inner := Letter{ID: "inner-letter", To: bob, Size: 600}.Bytes()
	raw := header("Fwd", `Content-Type: multipart/mixed; boundary="`+b+`"`) +
		part(b, "Content-Type: text/plain", crlf(plain)) +
		part(b, "Content-Type: message/rfc822\nContent-Disposition: attachment", string(inner)) + "--" + b + "--\r\n"
	return specimen{Name: "nested", Raw: []byte(raw), Plain: &plain, Files: []file{{"", inner}}}
}

// bigMessage is larger than what servers keep in memory at ease.
func bigMessage() specimen {
	const b = "=_big"
	plain, data := "Three megabytes.\n", noise(3, 3<<20)
	raw := header("Big", `Content-Type: multipart/mixed; boundary="`+b+`"`) + part(b, "Content-Type: text/plain", crlf(plain)) +
		part(b, "Content-Type: application/zip; name=big.zip\nContent-Disposition: attachment; filename=big.zip\nContent-Transfer-Encoding: base64", lines76(data)) +
		"--" + b + "--\r\n"
	return specimen{Name: "big", Raw: []byte(raw), Plain: &plain, Files: []file{{"big.zip", data}}}
}

// oddMessages are the ones that programs and not people write.
func oddMessages() []specimen {
	empty, long := "", strings.Repeat("lengthy ", 8000)+"\n"
	subject := "=?utf-8?q?a_=E2=82=AC?= =?utf-8?q?b?="
	decoded := "a €b"
	return []specimen{
		{Name: "empty", Raw: []byte(header(subject)), Subject: &decoded, Plain: &empty},
		{Name: "headless", Raw: []byte("\r\nonly a body\r\n")},
		{Name: "long-line", Raw: []byte(header("long line", "Content-Type: text/plain; charset=us-ascii") + crlf(long)), Plain: &long},
		{Name: "unclosed", Raw: []byte(header("cut off", `Content-Type: multipart/mixed; boundary=x`) + "--x\r\n\r\ntext of a cut message\r\n")},
		{Name: "raw-8bit", Raw: []byte(fmt.Sprintf("%s%s", header("caf\xe9", "Content-Type: text/plain; charset=iso-8859-1"), "caf\xe9\r\n")), Plain: ptr("café\n")},
	}
}

func ptr(s string) *string { return &s }
