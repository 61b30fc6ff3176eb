package imap

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
)

// FuzzTexts reads what was made of any message by the grammar of RFC 9051.
func FuzzTexts(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(mixed, "\n", "\r\n")))
	f.Add([]byte("Subject: \x00\xff\r\nTo: a:;, \"\\\"\" <>\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA"))
	f.Add([]byte("Content-Type: text/plain; a=\"\r\n b\"; c*=utf-8''%00\r\nContent-Disposition: x; y=\x80\r\n\r\n"))
	f.Add([]byte("Content-Type: application/ms-tnef\r\n\r\nx\r\nbegin 644 a\r\n"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		s, err := mail.Parse(bytes.NewReader(msg))
		if err != nil {
			return
		}
		for _, utf8 := range []bool{false, true} {
			parseBody(t, AppendBody(nil, s.Root, true, utf8))
			for _, text := range [][]byte{
				AppendBody(nil, s.Root, false, utf8),
				AppendEnvelope(nil, &s.Envelope, utf8),
			} {
				in := &items{t, string(text)}
				if in.next(); in.s != "" {
					t.Fatalf("%q is behind the text %q", in.s, text)
				}
				if !utf8 && bytes.ContainsAny(text, "\x00") {
					t.Fatalf("NUL in %q", text)
				}
			}
		}
	})
}
