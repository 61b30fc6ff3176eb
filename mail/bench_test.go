package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// plainMail is a message as people write them: size bytes of text, a usual header.
func plainMail(size int) []byte {
	var b strings.Builder
	b.WriteString("Return-Path: <alice@example.test>\r\n")
	for i := range 4 {
		fmt.Fprintf(&b, "Received: from relay%d.example.test (relay%d.example.test [192.0.2.%d])\r\n"+
			"\tby mx.example.test with ESMTPS id 4F%d; Thu, 12 Mar 2026 10:15:0%d +0100\r\n", i, i, i, i, i)
	}
	b.WriteString("From: Alice Example <alice@example.test>\r\nTo: \"Bob, the builder\" <bob@example.test>, carol@example.test\r\n" +
		"Cc: =?utf-8?Q?J=C3=BCrgen?= <juergen@example.test>\r\nSubject: Re: The plan for next week\r\n" +
		"Date: Thu, 12 Mar 2026 10:15:00 +0100\r\nMessage-ID: <c0ffee@example.test>\r\n" +
		"In-Reply-To: <beef@example.test>\r\nReferences: <a@example.test> <b@example.test> <beef@example.test>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "This is line %d of a text that somebody wrote – with a dash in it – and sent.\r\n", i)
	}
	return []byte(b.String())
}

// htmlMail is a newsletter of about size bytes with a plain alternative.
func htmlMail(size int) []byte {
	var b strings.Builder
	b.WriteString("From: news@example.test\r\nSubject: News\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/alternative; boundary=\"=_x\"\r\n\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nSee the HTML.\r\n" +
		"--=_x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
		"<html><head><style>td { color: red }</style></head><body><table>\r\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "<tr><td style=3D\"padding:4px\"><a href=3D\"https://example.test/%d\">Item %d</a></td>=\r\n"+
			"<td>costs 12&nbsp;=E2=82=AC and is <b>new</b></td></tr>\r\n", i, i)
	}
	b.WriteString("</table></body></html>\r\n--=_x--\r\n")
	return []byte(b.String())
}

// attachmentMail carries size bytes of random data in base64.
func attachmentMail(size int) []byte {
	data := make([]byte, size)
	rnd := rand.NewChaCha8([32]byte{1})
	_, _ = rnd.Read(data)
	var b bytes.Buffer
	b.WriteString("From: alice@example.test\r\nSubject: Pictures\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=\"=_x\"\r\n\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n" +
		"--=_x\r\nContent-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64\r\n" +
		"Content-Disposition: attachment; filename=a.jpg\r\n\r\n")
	code := base64.StdEncoding.EncodeToString(data)
	for len(code) > 76 {
		b.WriteString(code[:76])
		b.WriteString("\r\n")
		code = code[76:]
	}
	b.WriteString(code + "\r\n--=_x--\r\n")
	return b.Bytes()
}

func benchmarkParse(b *testing.B, msg []byte, opts ...Option) {
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(bytes.NewReader(msg), opts...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var text SearchText
	b.Run("5KBText", func(b *testing.B) { benchmarkParse(b, plainMail(5<<10)) })
	b.Run("5KBTextIndexed", func(b *testing.B) { benchmarkParse(b, plainMail(5<<10), WithText(64<<10, &text)) })
	b.Run("100KBHTML", func(b *testing.B) { benchmarkParse(b, htmlMail(100<<10)) })
	b.Run("100KBHTMLIndexed", func(b *testing.B) { benchmarkParse(b, htmlMail(100<<10), WithText(64<<10, &text)) })
	b.Run("20MBAttachment", func(b *testing.B) { benchmarkParse(b, attachmentMail(20<<20)) })
}

func BenchmarkSummary(b *testing.B) {
	for _, kind := range []struct {
		name string
		msg  []byte
	}{{"Text", plainMail(5 << 10)}, {"Attachment", attachmentMail(5 << 10)}} {
		s, err := Parse(bytes.NewReader(kind.msg))
		if err != nil {
			b.Fatal(err)
		}
		code, _ := s.MarshalBinary()
		b.Run("Marshal"+kind.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				code, _ = s.AppendBinary(code[:0])
			}
			b.ReportMetric(float64(len(code)), "bytes")
		})
		b.Run("Unmarshal"+kind.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := UnmarshalSummary(code); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("UnmarshalHead"+kind.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := UnmarshalHead(code); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	msg := htmlMail(100 << 10)
	s, _ := Parse(bytes.NewReader(msg))
	for _, want := range []BodyType{Plain, HTML} {
		b.Run([]string{Plain: "Plain", HTML: "HTML"}[want], func(b *testing.B) {
			b.SetBytes(int64(len(msg)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Text(bytes.NewReader(msg), want, 32<<10); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpenPart(b *testing.B) {
	msg := attachmentMail(20 << 20)
	s, _ := Parse(bytes.NewReader(msg))
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.Copy(io.Discard, s.OpenPart(bytes.NewReader(msg), s.Part("2"))); err != nil {
			b.Fatal(err)
		}
	}
}
