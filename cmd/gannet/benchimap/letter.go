package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"time"
)

// letter writes the i-th message of a mailbox: 2 to 40 KB, of the kinds that fill mailboxes. The same number is the
// same message. Its text has marker(i%markers), and its subject too, in another spelling, and nothing else does.
func letter(i int) []byte {
	l := &writer{random: rand.New(rand.NewPCG(uint64(i), 7)), number: i}
	l.head()
	switch n := i % 20; {
	case n < 6:
		l.plain(2<<10 + l.random.IntN(4<<10))
	case n < 15:
		l.alternative(fmt.Sprintf("=_alt_%x", i), 3<<10+l.random.IntN(20<<10))
	default:
		l.attached(8<<10 + l.random.IntN(28<<10))
	}
	return l.Bytes()
}

// markers is how many different marks there are.
const markers = 1000

// marker is a word that is in the body of one message of a thousand.
func marker(n int) string {
	n %= markers
	return "sigil" + string([]byte{'a' + byte(n/100), 'k' + byte(n/10%10), 'p' + byte(n%10)}) + "mark"
}

// subjectMarker is a word that is in the subject of one message of a thousand.
func subjectMarker(n int) string { return "case" + marker(n)[5:8] + "file" }

// common is a word of most bodies and, of each sixteenth message, the subject.
const common = "harbour"

// writer writes one message.
type writer struct {
	bytes.Buffer
	random *rand.Rand
	number int
}

var (
	syllables = strings.Fields("ba co di fe gu ha ji ke lo mu na po qui re sa to un ver wi xe ya zo tra plen stor mi con den sta lu")
	names     = strings.Fields("Anna Bram Chiara Dmitri Elif Farid Greta Hugo Ines Jonas Katja Liam Mona Nils Olga Pavel Rosa Sven Tara Uwe Vera Wim")
	families  = strings.Fields("Adler Brandt Costa Dahl Eriksen Fischer Gallo Hansen Ivanov Jansen Keller Larsen Moreau Novak Olsen Petrov Rossi Silva")
	firstDate = time.Date(2019, 1, 7, 8, 0, 0, 0, time.UTC)
)

// word makes a word; short ones and the first of the vocabulary are frequent.
func (l *writer) word() string {
	k := l.random.IntN(100) * l.random.IntN(100) // the smaller the more frequent
	first, second := syllables[k%30], syllables[k/30%30]
	if k%7 == 0 {
		return first
	}
	return first + second + syllables[k/900%30]
}

func (l *writer) person(k int) string {
	name, family := names[k%len(names)], families[k/len(names)%len(families)]
	return fmt.Sprintf("%s %s <%s.%s@%s.example.net>", name, family, strings.ToLower(name), strings.ToLower(family), syllables[k%30])
}

func (l *writer) subject() string {
	var b strings.Builder
	if l.number%3 == 0 {
		b.WriteString("Re: ")
	}
	for range 3 + l.random.IntN(5) {
		b.WriteString(l.word() + " ")
	}
	if l.number%16 == 0 {
		b.WriteString(common + " ")
	}
	return b.String() + subjectMarker(l.number)
}

func (l *writer) head() {
	date := firstDate.Add(time.Duration(l.number) * 61 * time.Minute)
	id := func(n int) string { return fmt.Sprintf("<%x.%d@mail.example.net>", n*7919, n) }
	for hop := range 3 {
		fmt.Fprintf(l, "Received: from relay%d.example.net (relay%d.example.net [192.0.2.%d])\r\n\tby mx%d.example.test with ESMTPS id %x\r\n\tfor <reader@example.test>; %s\r\n",
			hop, hop, 10+hop, hop, l.random.Uint64(), date.Add(time.Duration(3-hop)*time.Second).Format(time.RFC1123Z))
	}
	signature := make([]byte, 128)
	for i := range signature {
		signature[i] = byte(l.random.Uint32())
	}
	text := base64.StdEncoding.EncodeToString(signature)
	fmt.Fprintf(l, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s1;\r\n\th=from:to:subject:date:message-id;\r\n\tb=%s\r\n\t %s\r\n\t %s\r\n", text[:60], text[60:120], text[120:])
	fmt.Fprintf(l, "From: %s\r\nTo: Reader <reader@example.test>\r\n", l.person(l.random.IntN(400)))
	if l.number%4 == 0 {
		fmt.Fprintf(l, "Cc: %s,\r\n\t%s\r\n", l.person(l.random.IntN(400)), l.person(l.random.IntN(400)))
	}
	if l.number%3 == 0 && l.number > 10 {
		fmt.Fprintf(l, "In-Reply-To: %s\r\nReferences: %s\r\n\t%s\r\n", id(l.number-3), id(l.number-6), id(l.number-3))
	}
	fmt.Fprintf(l, "Subject: %s\r\nDate: %s\r\nMessage-ID: %s\r\nUser-Agent: Bench 1.0\r\nMIME-Version: 1.0\r\n", l.subject(), date.Format(time.RFC1123Z), id(l.number))
}

// text is of about size bytes, in lines, each sixth time quoted.
func (l *writer) text(size int) string {
	var b strings.Builder
	for line := 0; b.Len() < size; line++ {
		if line%6 == 5 {
			b.WriteString("> ")
		}
		for range 9 {
			b.WriteString(l.word() + " ")
		}
		switch line {
		case 2:
			b.WriteString(marker(l.number))
		case 4:
			b.WriteString(common)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func (l *writer) plain(size int) {
	l.textPart(l.text(size))
}

// alternative writes a text and the same as HTML.
func (l *writer) alternative(boundary string, size int) {
	text := l.text(size / 4)
	fmt.Fprintf(l, "Content-Type: multipart/alternative; boundary=%q\r\n\r\n--%s\r\n", boundary, boundary)
	l.textPart(text)
	fmt.Fprintf(l, "\r\n--%s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary)
	q := quotedprintable.NewWriter(l)
	fmt.Fprint(q, "<!DOCTYPE html>\r\n<html><head><style>td { padding: 4px; font-family: sans-serif }</style></head><body>\r\n<table width=\"600\">\r\n")
	for line := range strings.Lines(text) {
		fmt.Fprintf(q, "<tr><td style=\"color:#333333\"><a href=\"https://www.example.net/?id=%x&amp;u=%d\">%s</a></td></tr>\r\n", l.random.Uint64(), l.number, strings.TrimRight(line, "\r\n"))
	}
	fmt.Fprint(q, "</table></body></html>\r\n")
	q.Close()
	fmt.Fprintf(l, "\r\n--%s--\r\n", boundary)
}

func (l *writer) textPart(text string) {
	l.WriteString("Content-Type: text/plain; charset=utf-8\r\n\r\n")
	l.WriteString(text)
}

// attached writes a text with a file.
func (l *writer) attached(size int) {
	boundary := fmt.Sprintf("=_mix_%x", l.number)
	fmt.Fprintf(l, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n--%s\r\n", boundary, boundary)
	l.alternative(fmt.Sprintf("=_alt_%x", l.number), 5<<10)
	fmt.Fprintf(l, "\r\n--%s\r\nContent-Type: application/pdf; name=\"report-%d.pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"report-%d.pdf\"\r\n\r\n", boundary, l.number, l.number)
	line := make([]byte, 57)
	for left := size * 3 / 4; left > 0; left -= len(line) {
		for i := range line {
			line[i] = byte(l.random.Uint32())
		}
		l.WriteString(base64.StdEncoding.EncodeToString(line) + "\r\n")
	}
	fmt.Fprintf(l, "--%s--\r\n", boundary)
}
