package mail

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// eml makes a message of lines.
func eml(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n")) }

func parse(t testing.TB, msg []byte) *Summary {
	t.Helper()
	s, err := Parse(bytes.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sketch writes the tree with types and decoded contents.
func sketch(s *Summary, ra io.ReaderAt, p *Part) string {
	switch {
	case p.Message != nil:
		return fmt.Sprintf("%s message{%s: %s}", p.ID, p.Message.Envelope.Subject, sketch(s, ra, p.Message.Root))
	case len(p.Children) > 0:
		var inner []string
		for _, c := range p.Children {
			inner = append(inner, sketch(s, ra, c))
		}
		return fmt.Sprintf("%s %s{%s}", p.ID, p.Subtype, strings.Join(inner, ", "))
	}
	b, _ := io.ReadAll(s.OpenPart(ra, p))
	return fmt.Sprintf("%s %s %q", p.ID, p.Subtype, b)
}

func hasDefect(s *Summary, kind DefectKind) bool {
	for _, d := range s.Defects {
		if d.Kind == kind {
			return true
		}
	}
	return false
}

func TestStructure(t *testing.T) {
	mixed := func(boundary string, rest ...string) []byte {
		return eml(append([]string{"Subject: s", "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"", ""}, rest...)...)
	}
	tests := []struct {
		name   string
		msg    []byte
		want   string
		defect DefectKind
	}{
		{"empty", nil, `1 plain ""`, 0},
		{"one part", eml("Subject: a", "", "body", ""), `1 plain "body\r\n"`, 0},
		{"no body", eml("Subject: a", ""), `1 plain ""`, DefectNoBlankLine},
		{"bare LF", []byte("Subject: a\n\nbody\n"), `1 plain "body\n"`, 0},
		{"bare CR", []byte("Subject: a\rContent-Type: text/html\r\rbody\r"), `1 html "body\r"`, 0},
		{"no header", []byte("\r\nbody"), `1 plain "body"`, 0},
		{"no header, no empty line", []byte("This is text.\r\nMore.\r\n"), `1 plain "This is text.\r\nMore.\r\n"`, DefectNoBlankLine},
		{"forgotten empty line", eml("Subject: a", "body begins", "goes on"), `1 plain "body begins\r\ngoes on"`, DefectNoBlankLine},
		{"broken fold", eml("Subject: a", "that goes on", "Content-Type: text/html", "", "b"), `1 html "b"`, DefectHeaderLine},
		{"mbox line", eml("From alice Thu Mar 12 10:15:00 2026", "Content-Type: text/html", "", "b"), `1 html "b"`, DefectFromLine},
		{"two parts", mixed("x", "preamble", "--x", "", "one", "--x", "Content-Type: text/html", "", "two", "", "--x--", "epilogue"),
			`TEXT mixed{1 plain "one", 2 html "two\r\n"}`, 0},
		{"part without header", mixed("x", "--x", "", "one", "--x--"), `TEXT mixed{1 plain "one"}`, 0},
		{"part cut off in its header", mixed("x", "--x", "Content-Type: text/html", "--x", "", "two", "--x--"),
			`TEXT mixed{1 html "", 2 plain "two"}`, DefectNoBlankLine},
		{"not closed", mixed("x", "--x", "", "one", "--x", "", "two"), `TEXT mixed{1 plain "one", 2 plain "two"}`, DefectNotClosed},
		{"boundary never occurs", mixed("x", "text"), `TEXT mixed "text"`, DefectNoParts},
		{"no boundary", eml("Content-Type: multipart/mixed", "", "text"), `TEXT mixed "text"`, DefectNoBoundary},
		{"blanks after a boundary", mixed("x", "--x \t", "", "one", "--x-- "), `TEXT mixed{1 plain "one"}`, 0},
		{"boundary with more behind it", mixed("x", "--x and more", "", "one", "--xy", "--x--"), `TEXT mixed{1 plain "one\r\n--xy"}`, 0},
		{"boundary inside a line", mixed("x", "--x", "", "one --x", "--x--"), `TEXT mixed{1 plain "one --x"}`, 0},
		{"one boundary begins another", mixed("x", "--x", "Content-Type: multipart/mixed; boundary=xx", "", "--xx", "", "deep", "--xx--", "--x", "", "two", "--x--"),
			`TEXT mixed{1 mixed{1.1 plain "deep"}, 2 plain "two"}`, 0},
		{"the other way round", mixed("xx", "--xx", "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "deep", "--xx", "", "two", "--xx--"),
			`TEXT mixed{1 mixed{1.1 plain "deep"}, 2 plain "two"}`, DefectNotClosed},
		{"the same boundary twice", mixed("x", "--x", "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "a", "--x--", "--x", "", "b", "--x--"),
			`TEXT mixed{1 mixed{1.1 plain "a"}, 2 plain "b"}`, 0},
		{"boundary that ends in hyphens", mixed("x--", "--x--", "", "one", "--x----"), `TEXT mixed{1 plain "one"}`, 0},
		{"empty parts", mixed("x", "--x", "", "--x", "--x--"), `TEXT mixed{1 plain "", 2 plain ""}`, DefectNoBlankLine},
		{"embedded message", mixed("x", "--x", "Content-Type: message/rfc822", "", "Subject: inner", "", "deep", "--x--"),
			`TEXT mixed{1 message{inner: 1.1 plain "deep"}}`, 0},
		{"embedded multipart", mixed("x", "--x", "Content-Type: message/rfc822", "", "Subject: inner",
			"Content-Type: multipart/mixed; boundary=y", "", "--y", "", "a", "--y--", "--x--"),
			`TEXT mixed{1 message{inner: 1.TEXT mixed{1.1 plain "a"}}}`, 0},
		{"embedded message in base64", mixed("x", "--x", "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "",
			"U3ViamVjdDogaW5uZXIKCmRlZXA=", "--x--"), `TEXT mixed{1 message{inner: 1.1 plain "deep"}}`, DefectEncoding},
		{"digest", eml("Content-Type: multipart/digest; boundary=x", "", "--x", "", "Subject: one", "", "a", "--x--"),
			`TEXT digest{1 message{one: 1.1 plain "a"}}`, 0},
		{"base64", eml("Content-Transfer-Encoding: BASE64", "", "SGVsbG8="), `1 plain "Hello"`, 0},
		{"broken base64", eml("Content-Transfer-Encoding: base64", "", "SGV!sbG8="), `1 plain "Hello"`, DefectBase64},
		{"quoted-printable", eml("Content-Transfer-Encoding: quoted-printable", "", "a=3Db=", "c"), `1 plain "a=bc"`, 0},
		{"unknown encoding", eml("Content-Transfer-Encoding: rot13", "", "abc"), `1 plain "abc"`, DefectEncoding},
		{"multipart in base64", eml("Content-Type: multipart/mixed; boundary=x", "Content-Transfer-Encoding: base64", "", "--x", "", "a", "--x--"),
			`TEXT mixed{1 plain "a"}`, DefectEncoding},
		{"no type", eml("Content-Type: ; charset=utf-8", "", "a"), `1 plain "a"`, DefectContentType},
		{"half a type", eml("Content-Type: multipart; boundary=x", "", "--x", "", "a", "--x--"), `TEXT mixed{1 plain "a"}`, DefectContentType},
		{"NUL in the header", eml("Subject: a\x00b", "", "c"), `1 plain "c"`, DefectNUL},
		{"blank before the colon", eml("Content-Type : text/html", "", "a"), `1 html "a"`, 0},
		{"the first Content-Type counts", eml("Content-Type: text/html", "Content-Type: text/plain", "", "a"), `1 html "a"`, 0},
	}
	for _, test := range tests {
		s := parse(t, test.msg)
		if got := sketch(s, bytes.NewReader(test.msg), s.Root); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
		if test.defect != 0 && !hasDefect(s, test.defect) || test.defect == 0 && len(s.Defects) > 0 {
			t.Errorf("%s: defects %v, want %d", test.name, s.Defects, test.defect)
		}
		checkMessage(t, test.name, test.msg)
		checkStreaming(t, test.name, test.msg)
	}
}

func TestSpans(t *testing.T) {
	msg := eml("Subject: s", "Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: text/plain", "", "one", "two", "--x--", "")
	s := parse(t, msg)
	p := s.Part("1")
	if got := string(msg[p.Header.Offset:p.Header.End()]); got != "Content-Type: text/plain\r\n\r\n" {
		t.Errorf("header = %q", got)
	}
	if got := string(msg[p.Body.Offset:p.Body.End()]); got != "one\r\ntwo" || p.Lines != 2 {
		t.Errorf("body = %q, %d lines", got, p.Lines)
	}
	if got := string(msg[s.Root.Body.Offset:s.Root.Body.End()]); !strings.HasPrefix(got, "--x\r\n") || !strings.HasSuffix(got, "--x--\r\n") {
		t.Errorf("root body = %q", got)
	}
	if s.Lines != 9 || s.Size != int64(len(msg)) {
		t.Errorf("message has %d bytes, %d lines", s.Size, s.Lines)
	}
	if s.Part("7") != nil {
		t.Error("Part(7) found something")
	}
}

func TestEnvelope(t *testing.T) {
	msg := eml("Received: x", "Received: y", "From: =?utf-8?Q?J=C3=BCrgen?= <j@b.test>", "Sender: s@b.test", "Reply-To: r@b.test",
		"To: a@b.test", "To: c@d.test", "Cc: G: e@f.test;", "Bcc: h@i.test", "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
		"Date: Thu, 12 Mar 2026 10:15:00 +0100", "Message-ID: <m@b.test>", "In-Reply-To: <p@b.test>", "References: <o@b.test>", " <p@b.test>",
		"X-Priority: 1 (Highest)", "List-Id: A list <list.b.test>", "Auto-Submitted: auto-replied; x=y", "Precedence: Bulk",
		"Thread-Topic: Topic", "Thread-Index: AdAB", "Disposition-Notification-To: j@b.test", "Content-Class: Voice-UC", "", "Hi")
	s := parse(t, msg)
	e := s.Envelope
	for _, c := range []struct{ name, got, want string }{
		{"subject", e.Subject, "Grüße"}, {"raw subject", e.RawSubject, "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="},
		{"from", fmt.Sprint(e.From), "[Jürgen <j@b.test>]"}, {"sender", fmt.Sprint(e.Sender), "[s@b.test]"},
		{"reply to", fmt.Sprint(e.ReplyTo), "[r@b.test]"}, {"to", fmt.Sprint(e.To), "[a@b.test c@d.test]"},
		{"cc", fmt.Sprint(e.Cc), "[G: e@f.test ;]"}, {"bcc", fmt.Sprint(e.Bcc), "[h@i.test]"},
		{"id", e.MessageID, "m@b.test"}, {"in reply to", fmt.Sprint(e.InReplyTo), "[p@b.test]"},
		{"references", fmt.Sprint(e.References), "[o@b.test p@b.test]"}, {"raw date", e.RawDate, "Thu, 12 Mar 2026 10:15:00 +0100"},
		{"list", s.ListID, "list.b.test"}, {"auto", s.AutoSubmitted, "auto-replied"}, {"precedence", s.Precedence, "bulk"},
		{"topic", s.ThreadTopic, "Topic"}, {"index", s.ThreadIndex, "AdAB"}, {"receipt", fmt.Sprint(s.ReceiptTo), "[j@b.test]"},
		{"class", s.MessageClass(), "IPM.Note.Microsoft.Voicemail.UM"},
	} {
		if c.got != c.want {
			t.Errorf("%s = %q, want %q", c.name, c.got, c.want)
		}
	}
	if s.ReceivedCount != 2 || s.Importance != ImportanceHigh || !s.Flags.Has(HasDate) || e.Date.UTC().Hour() != 9 {
		t.Errorf("received %d, importance %d, flags %b, date %v", s.ReceivedCount, s.Importance, s.Flags, e.Date)
	}
}

// TestRawHeaderCharset: bytes above 127 in a header that nothing declares are in the charset of the text.
func TestRawHeaderCharset(t *testing.T) {
	for _, typ := range []string{"text/plain; charset=koi8-r", "multipart/mixed; boundary=x"} {
		msg := eml("Subject: \xf0\xd2\xc9\xd7\xc5\xd4", "Content-Type: "+typ, "", "--x", "Content-Type: text/plain; charset=koi8-r", "", "\xf0", "--x--")
		if s := parse(t, msg); s.Envelope.Subject != "Привет" || !s.Flags.Has(EightBit) {
			t.Errorf("%s: subject %q, flags %b", typ, s.Envelope.Subject, s.Flags)
		}
	}
}

func TestImportance(t *testing.T) {
	for field, want := range map[string]Importance{
		"Importance: high": ImportanceHigh, "Importance: Low": ImportanceLow, "X-Priority: 2": ImportanceHigh,
		"X-Priority: 3 (Normal)": ImportanceNormal, "X-Priority: 5": ImportanceLow, "X-MSMail-Priority: High": ImportanceHigh,
		"Priority: urgent": ImportanceHigh, "Priority: x": ImportanceNormal, "X: y": ImportanceNormal,
	} {
		if s := parse(t, eml(field, "", "")); s.Importance != want {
			t.Errorf("%q: importance %d, want %d", field, s.Importance, want)
		}
	}
}

func TestUUEncodedFiles(t *testing.T) {
	msg := eml("Subject: s", "Content-Transfer-Encoding: quoted-printable", "", "Here it is:", "begin 644 caf=E9.txt", "%2&5L;&\\", "`", "end", "Bye", "")
	s := parse(t, msg)
	ra := bytes.NewReader(msg)
	list := s.Attachments()
	if len(list) != 1 || list[0].ID != "1~1" || list[0].FileName() != "café.txt" || list[0].DecodedSize != 5 || !list[0].Derived() {
		t.Fatalf("attachments = %+v", list)
	}
	if b, _ := io.ReadAll(s.OpenPart(ra, list[0])); string(b) != "Hello" {
		t.Errorf("content = %q", b)
	}
	if body, _ := s.Text(ra, Plain, -1); string(body.Data) != "Here it is:\r\nBye\r\n" {
		t.Errorf("text = %q", body.Data)
	}
	if !s.Flags.Has(HasUUEncode|HasAttachments) || s.Preview != "Here it is: Bye" {
		t.Errorf("flags %b, preview %q", s.Flags, s.Preview)
	}
}

// The line end between two closing boundaries belongs to the outer one, RFC 2046 section 5.1.1.
func TestInnerMultipartEndsBeforeTheOuterBoundary(t *testing.T) {
	for name, tt := range map[string]struct {
		after []string
		want  string
	}{
		"directly":      {[]string{"--o--", ""}, "--i\r\n\r\nx\r\n--i--"},
		"another part":  {[]string{"--o", "", "y", "--o--", ""}, "--i\r\n\r\nx\r\n--i--"},
		"with epilogue": {[]string{"end", "--o--", ""}, "--i\r\n\r\nx\r\n--i--\r\nend"},
	} {
		msg := eml(append([]string{
			"Content-Type: multipart/mixed; boundary=o", "", "--o", "Content-Type: multipart/mixed; boundary=i", "",
			"--i", "", "x", "--i--",
		}, tt.after...)...)
		s := parse(t, msg)
		inner := s.Root.Children[0]
		if got := string(msg[inner.Body.Offset:inner.Body.End()]); got != tt.want || len(s.Defects) > 0 {
			t.Errorf("%s: inner body %q, want %q; defects %v", name, got, tt.want, s.Defects)
		}
	}
}
