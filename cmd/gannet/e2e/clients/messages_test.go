package clients

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// letter is a message to send. Its name, which is different for every letter, is somewhere in Raw.
type letter struct {
	Name string
	Raw  []byte // lines end in CRLF
}

// shape writes one kind of message around a name.
type shape struct {
	kind  string
	write func(name string, r *rand.Rand) string
}

// ordinary are the shapes that every program must bring over unharmed.
var ordinary = []shape{
	{"plain", func(name string, r *rand.Rand) string { return head(name, "") + prose(r, 20) }},
	{"short", func(name string, r *rand.Rand) string { return head(name, "") + "x\r\n" }},
	{"empty-body", func(name string, r *rand.Rand) string { return head(name, "") }},
	{"blank-lines", func(name string, r *rand.Rand) string { return head(name, "") + "\r\n\r\n\r\ntext\r\n\r\n\r\n" }},
	{"dots", func(name string, r *rand.Rand) string {
		return head(name, "") + ".\r\n..\r\n...\r\n.text\r\n . \r\n\r\n.\r\nQUIT\r\n.\r\n"
	}},
	{"answers", func(name string, r *rand.Rand) string {
		return head(name, "") + "+OK\r\n-ERR no\r\n* BYE\r\nA1 OK done\r\n+ go\r\n)\r\n{5}\r\n"
	}},
	{"from-lines", func(name string, r *rand.Rand) string {
		return head(name, "") + "From someone Tue Mar  3 10:00:00 2026\r\n>From me\r\n\r\nFrom afar\r\n"
	}},
	{"8bit", func(name string, r *rand.Rand) string {
		return head(name, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n") +
			"Grüße aus Århus: ₿ 🐦 ∮ E⋅da = Q\r\n" + prose(r, 5)
	}},
	{"latin-1", func(name string, r *rand.Rand) string {
		return head(name, "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n") +
			"caf\xe9 \xa0\xff\xfe\x80\r\n"
	}},
	{"white-space", func(name string, r *rand.Rand) string {
		return head(name, "") + "trailing  \t \r\n\ttab first\r\n   \r\n\x0c\r\n\x0b \x1b[0m \x7f\r\n"
	}},
	{"quoted-printable", func(name string, r *rand.Rand) string {
		return head(name, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n") +
			"=E2=82=AC 100 =\r\nfor the r=C3=B4pe=20\r\n=2E\r\n"
	}},
	{"folded", func(name string, r *rand.Rand) string {
		return head(name, "X-Folded: one\r\n two\r\n\tthree\r\nX-Empty:\r\nX-Space: \r\nReferences: <a@x.example>\r\n <b@x.example>\r\n") + prose(r, 2)
	}},
	{"many-headers", func(name string, r *rand.Rand) string {
		var b strings.Builder
		for i := range 300 {
			fmt.Fprintf(&b, "X-Number-%d: %s\r\n", i, words(r, 6))
		}
		return head(name, b.String()) + prose(r, 2)
	}},
	{"addresses", func(name string, r *rand.Rand) string {
		return head(name, "Cc: \"Quoted \\\" Name\" <q@example.net>, Group: a@example.net, B <b@example.net>;,\r\n (note) c@example.net\r\nReply-To: nobody:;\r\n") + prose(r, 2)
	}},
	{"alternative", func(name string, r *rand.Rand) string {
		return head(name, "Content-Type: multipart/alternative; boundary=\"=_a\"\r\n") + multi("=_a",
			"Content-Type: text/plain\r\n\r\n"+prose(r, 5), "Content-Type: text/html\r\n\r\n<p>"+words(r, 30)+"</p>\r\n")
	}},
	{"attachment", func(name string, r *rand.Rand) string {
		return head(name, "Content-Type: multipart/mixed; boundary=\"=_m\"\r\n") + "A preamble.\r\n" + multi("=_m",
			"\r\n"+prose(r, 5), "Content-Type: application/octet-stream; name=\"a.bin\"\r\nContent-Transfer-Encoding: base64\r\n"+
				"Content-Disposition: attachment; filename*=utf-8''%CE%91.bin\r\n\r\n"+noise(r, 1000+r.IntN(200_000))) + "An epilogue.\r\n"
	}},
	{"nested", func(name string, r *rand.Rand) string {
		inner := head(name+"-inner", "Content-Type: multipart/mixed; boundary=\"=_i\"\r\n") + multi("=_i", "\r\ndeep\r\n", "Content-Type: text/html\r\n\r\n<b>\r\n")
		return head(name, "Content-Type: multipart/mixed; boundary=\"=_o\"\r\n") + multi("=_o", "\r\nouter\r\n", "Content-Type: message/rfc822\r\n\r\n"+inner)
	}},
	{"unclosed", func(name string, r *rand.Rand) string {
		return head(name, "Content-Type: multipart/mixed; boundary=gone\r\n") + "--gone\r\n\r\n" + prose(r, 3)
	}},
	{"long-lines", func(name string, r *rand.Rand) string {
		return head(name, "") + strings.Repeat("long ", 180) + "\r\n" + strings.Repeat("longer ", 140) + "\r\nshort\r\n"
	}},
	{"medium", func(name string, r *rand.Rand) string { return head(name, "") + prose(r, 2000) }},
}

// unusual are shapes that some programs change on purpose or refuse: lines longer than programs have room
// for, and what is no message by the letter.
var unusual = []shape{
	{"longest-line", func(name string, r *rand.Rand) string {
		return head(name, "") + strings.Repeat("longest ", 8000) + "\r\n" + prose(r, 2)
	}},
	{"headless", func(name string, r *rand.Rand) string { return "\r\n" + name + " is only a body\r\n" }},
	{"header-only", func(name string, r *rand.Rand) string { return strings.TrimSuffix(head(name, ""), "\r\n") }},
	{"raw-8bit-header", func(name string, r *rand.Rand) string {
		return head(name, "X-Raw: caf\xe9 \xc3\xa9\r\nComments: Grüße\r\n") + prose(r, 2)
	}},
}

// exact are shapes that only a literal can carry: they do not end in a line end.
var exact = []shape{
	{"no-final-newline", func(name string, r *rand.Rand) string { return head(name, "") + prose(r, 3) + "and no more" }},
	{"final-dot", func(name string, r *rand.Rand) string { return head(name, "") + prose(r, 3) + "." }},
	{"final-cr", func(name string, r *rand.Rand) string { return head(name, "") + prose(r, 3) + "\r" }},
	{"bare-line-ends", func(name string, r *rand.Rand) string { return head(name, "") + "one\ntwo\rthree\r\r\nfour\n" }},
}

// write returns n letters of the shapes in turn, the same ones for the same prefix.
func write(prefix string, n int, shapes ...[]shape) []letter {
	var all []shape
	for _, s := range shapes {
		all = append(all, s...)
	}
	letters := make([]letter, n)
	for i := range letters {
		s := all[i%len(all)]
		r := rand.New(rand.NewPCG(uint64(i), uint64(len(prefix))))
		name := fmt.Sprintf("%s-%04d-%s", prefix, i, s.kind)
		letters[i] = letter{Name: name, Raw: []byte(s.write(name, r))}
	}
	return letters
}

// huge is a message with an attachment of about size bytes.
func huge(name string, size int) letter {
	r := rand.New(rand.NewPCG(uint64(size), 3))
	raw := head(name, "Content-Type: multipart/mixed; boundary=\"=_h\"\r\n") + multi("=_h", "\r\nhuge\r\n",
		"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"+noise(r, size*3/4))
	return letter{Name: name, Raw: []byte(raw)}
}

// head is a message's header with more fields and the blank line behind it.
func head(name, more string) string {
	return "From: Sender <" + outside + ">\r\nTo: <" + alice + ">\r\nSubject: " + name +
		"\r\nDate: Tue, 03 Mar 2026 10:00:00 +0100\r\nMessage-ID: <" + name + "@letters.example.net>\r\nMIME-Version: 1.0\r\n" + more + "\r\n"
}

func multi(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + p + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

var vocabulary = strings.Fields("tide cliff harbour gull nesting the of and under storm fish a colony wing plunge north island ledge salt wind")

func words(r *rand.Rand, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = vocabulary[r.IntN(len(vocabulary))]
	}
	return strings.Join(list, " ")
}

func prose(r *rand.Rand, lines int) string {
	var b strings.Builder
	for range lines {
		b.WriteString(words(r, 8+r.IntN(5)) + "\r\n")
	}
	return b.String()
}

// noise is n bytes that cannot be compressed, in lines of base64.
func noise(r *rand.Rand, n int) string {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	text := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	b.Grow(len(text) + len(text)/38 + 2)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
	return b.String()
}
