package imap

import (
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
)

func summary(t testing.TB, msg string) *mail.Summary {
	t.Helper()
	s, err := mail.Parse(strings.NewReader(strings.ReplaceAll(msg, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEnvelope(t *testing.T) {
	for _, c := range []struct{ name, header, want, utf8 string }{
		{name: "nothing", header: "X: y\n", want: `(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)`},
		{
			name: "plain",
			header: "Date: Mon, 7 Feb 1994 21:52:25 -0800\nSubject: afternoon meeting\nFrom: Fred Foobar <foobar@example.com>\n" +
				"To: mooch@example.com, \"Q, R\" <q@example.com>\nMessage-ID: <B27397@example.com>\nIn-Reply-To: <a@b> <c@d>\n",
			want: `("Mon, 7 Feb 1994 21:52:25 -0800" "afternoon meeting" (("Fred Foobar" NIL "foobar" "example.com")) ` +
				`(("Fred Foobar" NIL "foobar" "example.com")) (("Fred Foobar" NIL "foobar" "example.com")) ` +
				`((NIL NIL "mooch" "example.com")("Q, R" NIL "q" "example.com")) NIL NIL "<a@b> <c@d>" "<B27397@example.com>")`,
		},
		{
			name:   "groups",
			header: "From: a@b\nSender: s@b\nReply-To: r@b\nTo: A Group: x@y, Z <z@y>;, undisclosed-recipients:;\n",
			want: `(NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "s" "b")) ((NIL NIL "r" "b")) ` +
				`((NIL NIL "A Group" NIL)(NIL NIL "x" "y")("Z" NIL "z" "y")(NIL NIL NIL NIL)` +
				`(NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL)`,
		},
		{
			name:   "encoded words",
			header: "Subject: =?utf-8?q?caf=C3=A9?=\nFrom: =?iso-8859-1?q?Andr=E9?= <a@b>\n",
			want: `(NIL "=?utf-8?q?caf=C3=A9?=" (("=?iso-8859-1?q?Andr=E9?=" NIL "a" "b")) (("=?iso-8859-1?q?Andr=E9?=" NIL "a" "b")) ` +
				`(("=?iso-8859-1?q?Andr=E9?=" NIL "a" "b")) NIL NIL NIL NIL NIL)`,
		},
		{
			name:   "bytes above 127",
			header: "Subject: café \"x\"\n",
			want:   `(NIL "=?utf-8?q?caf=C3=A9_\"x\"?=" NIL NIL NIL NIL NIL NIL NIL NIL)`,
			utf8:   `(NIL "café \"x\"" NIL NIL NIL NIL NIL NIL NIL NIL)`,
		},
		{
			name:   "no domain",
			header: "To: root\n",
			want:   `(NIL NIL NIL NIL NIL ((NIL NIL "root" "")) NIL NIL NIL NIL)`,
		},
	} {
		s := summary(t, c.header+"\n\n")
		if got := string(AppendEnvelope(nil, &s.Envelope, false)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if c.utf8 == "" {
			c.utf8 = c.want
		}
		if got := string(AppendEnvelope(nil, &s.Envelope, true)); got != c.utf8 {
			t.Errorf("%s in UTF-8:\n got %s\nwant %s", c.name, got, c.utf8)
		}
	}
}

const mixed = `From: a@b
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/alternative; boundary="i i"

--i i
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: 8bit
Content-Language: de, en

ab
cd
--i i
Content-Type: text/html
Content-ID: <x@y>
Content-Location: http://example.org/x

<p>
--i i--
--o
Content-Type: message/rfc822
Content-Disposition: attachment; filename*=utf-8''caf%C3%A9.eml

Subject: inner
To: G: h@i;

body
--o
Content-Type: application/pdf; name="a \"b\".pdf"
Content-Transfer-Encoding: base64
Content-Description: =?utf-8?q?caf=C3=A9?=
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==

AAAA
--o--
`

func TestBody(t *testing.T) {
	root := summary(t, mixed).Root
	for _, c := range []struct {
		extended bool
		want     string
	}{
		{true, `((("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "8bit" 6 2 NIL NIL ("de" "en") NIL)` +
			`("text" "html" NIL "<x@y>" NIL "7bit" 3 1 NIL NIL NIL "http://example.org/x") "alternative" ("boundary" "i i") NIL NIL NIL)` +
			`("message" "rfc822" NIL NIL NIL "7bit" 35 4 (NIL "inner" NIL NIL NIL ((NIL NIL "G" NIL)(NIL NIL "h" "i")(NIL NIL NIL NIL)) NIL NIL NIL NIL) ` +
			`("text" "plain" NIL NIL NIL "7bit" 4 1 NIL NIL NIL NIL) 4 NIL ("attachment" ("filename*" "utf-8''caf%C3%A9.eml")) NIL NIL)` +
			`("application" "pdf" ("name" "a \"b\".pdf") NIL "=?utf-8?q?caf=C3=A9?=" "base64" 4 "Q2hlY2sgSW50ZWdyaXR5IQ==" NIL NIL NIL)` +
			` "mixed" ("boundary" "o") NIL NIL NIL)`},
		{false, `((("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL "8bit" 6 2)` +
			`("text" "html" NIL "<x@y>" NIL "7bit" 3 1) "alternative")` +
			`("message" "rfc822" NIL NIL NIL "7bit" 35 (NIL "inner" NIL NIL NIL ((NIL NIL "G" NIL)(NIL NIL "h" "i")(NIL NIL NIL NIL)) NIL NIL NIL NIL) ` +
			`("text" "plain" NIL NIL NIL "7bit" 4 1) 4)` +
			`("application" "pdf" ("name" "a \"b\".pdf") NIL "=?utf-8?q?caf=C3=A9?=" "base64" 4) "mixed")`},
	} {
		want := strings.Replace(c.want, `"7bit" 35 4 (`, `"7bit" 35 (`, 1)
		if got := string(AppendBody(nil, root, c.extended, false)); got != want {
			t.Errorf("extended %v:\n got %s\nwant %s", c.extended, got, want)
		}
	}
}

func TestBodyWithout(t *testing.T) {
	const text = `("text" "plain" NIL NIL NIL "7bit" 0 0)`
	for name, c := range map[string][2]string{
		"nothing":           {"\n", text},
		"multipart of none": {"Content-Type: multipart/mixed; boundary=x\n\n--x--\n", "(" + text + ` "mixed")`},
		"message behind base64": {"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKYm9keQo=\n",
			`("message" "rfc822" NIL NIL NIL "base64" 26 (NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL) ` + text + ` 1)`},
	} {
		if got := string(AppendBody(nil, summary(t, c[0]).Root, false, false)); got != c[1] {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c[1])
		}
	}
}
