package mail

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// message parses a message written with LF.
func message(t *testing.T, text string) Original {
	t.Helper()
	raw := wire(text)
	s, err := Parse(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return Original{Summary: s, Bytes: strings.NewReader(raw)}
}

const plainOriginal = `From: Bob <bob@example.test>
To: Alice <alice@example.test>
Subject: Lunch
Date: Fri, 21 Aug 2026 10:00:00 +0200
Message-ID: <lunch@example.test>
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

Um zw` + "\xf6" + `lf?
> earlier
`

const richOriginal = `From: Bob <bob@example.test>
To: Alice <alice@example.test>
Subject: Picture
Message-ID: <picture@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/related; boundary=inner

--inner
Content-Type: text/html; charset=utf-8

<html><head><title>T</title><style>p{color:red}</style></head><body class=x><p>See <img src="cid:pic@1"></p><script>bad()</script></body></html>
--inner
Content-Type: image/png
Content-ID: <pic@1>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--inner--
--outer
Content-Type: application/pdf; name=menu.pdf
Content-Disposition: attachment; filename=menu.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQ=
--outer--
`

const sealedOriginal = `From: Bob <bob@example.test>
Subject: Secret
Message-ID: <secret@example.test>
MIME-Version: 1.0
Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m
Content-Transfer-Encoding: base64

MIAGCSqGSIb3DQEHA6CA
`

const plainAnswer = `From: alice@example.test
To: bob@example.test
Subject: Re: Lunch
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

SmEh
`

const htmlAnswer = `From: alice@example.test
To: bob@example.test
Subject: Re: Picture
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=alt

--alt
Content-Type: text/plain

Nice.
--alt
Content-Type: text/html

<html><body><p>Nice.</p></body></html>
--alt--
`

type answering func(io.Writer, io.ReaderAt, *Summary, Original, SubmitRules) (Submission, error)

func answer(t *testing.T, how answering, text string, orig Original) (string, Original) {
	t.Helper()
	own := message(t, text)
	var out bytes.Buffer
	if _, err := how(&out, own.Bytes, own.Summary, orig, aliceRules()); err != nil {
		t.Fatal(err)
	}
	if bare := strings.ReplaceAll(out.String(), "\r\n", ""); strings.ContainsAny(bare, "\r\n") {
		t.Errorf("bare CR or LF in\n%q", out.String())
	}
	s, err := Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Defects) > 0 {
		t.Errorf("defects %v in\n%s", s.Defects, out.String())
	}
	return out.String(), Original{s, bytes.NewReader(out.Bytes())}
}

// outline writes a MIME tree on one line.
func outline(p *Part) string {
	if len(p.Children) == 0 {
		return p.MediaType()
	}
	var parts []string
	for _, c := range p.Children {
		parts = append(parts, outline(c))
	}
	return p.Subtype + "(" + strings.Join(parts, " ") + ")"
}

func bodyOf(t *testing.T, m Original, want BodyType) string {
	t.Helper()
	b, err := m.Summary.Text(m.Bytes, want, -1)
	if err != nil {
		t.Fatal(err)
	}
	return string(b.Data)
}

func TestResponses(t *testing.T) {
	tests := []struct {
		name           string
		how            answering
		own, orig      string
		tree           string
		plain, notText []string // must, must not be in the text
	}{
		{"reply in text", Reply, plainAnswer, plainOriginal, "text/plain",
			[]string{"Ja!", "From: \"Bob\" <bob@example.test>", "Subject: Lunch", "> Um zwölf?", ">> earlier"}, nil},
		{"reply in text to html", Reply, plainAnswer, richOriginal, "text/plain",
			[]string{"Ja!", "> See"}, []string{"bad()", "color:red", "menu.pdf"}},
		{"reply in both to html", Reply, htmlAnswer, richOriginal, "related(alternative(text/plain text/html) image/png)",
			[]string{"Nice.", "See"}, []string{"bad()"}},
		{"forward in text", Forward, plainAnswer, plainOriginal, "text/plain",
			[]string{"Ja!", "\r\nUm zwölf?"}, []string{"> Um"}},
		{"forward html", Forward, htmlAnswer, richOriginal, "mixed(related(alternative(text/plain text/html) image/png) application/pdf)",
			[]string{"Nice.", "See"}, nil},
		{"forward html in text", Forward, plainAnswer, richOriginal, "mixed(text/plain image/png application/pdf)",
			[]string{"Ja!", "See"}, nil},
		{"forward sealed octets", Forward, plainAnswer, strings.Replace(sealedOriginal, "pkcs7-mime; smime-type=enveloped-data", "octet-stream", 1),
			"mixed(text/plain message/rfc822)", []string{"Ja!"}, []string{"MIAG"}},
		{"reply to sealed", Reply, plainAnswer, sealedOriginal, "text/plain", []string{"Ja!", "Subject: Secret"}, []string{"MIAG"}},
		{"forward sealed", Forward, plainAnswer, sealedOriginal, "mixed(text/plain message/rfc822)", []string{"Ja!"}, []string{"MIAG"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			orig := message(t, tt.orig)
			raw, got := answer(t, tt.how, tt.own, orig)
			if s := outline(got.Summary.Root); s != tt.tree {
				t.Errorf("tree %s; want %s\n%s", s, tt.tree, raw)
			}
			if refs := got.Summary.Envelope.References; len(refs) != 1 || refs[0] != orig.Summary.Envelope.MessageID {
				t.Errorf("References %q", refs)
			}
			text := bodyOf(t, got, Plain)
			for _, want := range tt.plain {
				if !strings.Contains(text, want) {
					t.Errorf("text lacks %q:\n%s", want, text)
				}
			}
			for _, not := range tt.notText {
				if strings.Contains(text, not) {
					t.Errorf("text has %q:\n%s", not, text)
				}
			}
		})
	}
}

func TestReplyHTMLQuotesInside(t *testing.T) {
	_, got := answer(t, Reply, htmlAnswer, message(t, richOriginal))
	html := bodyOf(t, got, HTML)
	nice, quote, end := strings.Index(html, "<p>Nice.</p>"), strings.Index(html, `<img src="cid:pic@1">`), strings.LastIndex(html, "</body>")
	if nice < 0 || quote < nice || end < quote || strings.Count(html, "<body") != 1 || strings.Contains(html, "bad()") {
		t.Errorf("html at %d, %d, %d:\n%s", nice, quote, end, html)
	}
}

func TestForwardCopiesAttachmentBytes(t *testing.T) {
	orig := message(t, richOriginal)
	_, got := answer(t, Forward, plainAnswer, orig)
	want, have := orig.Summary.Attachments(), got.Summary.Attachments()
	if len(have) != 2 || len(want) != 2 {
		t.Fatalf("%d attachments of %d", len(have), len(want))
	}
	for i := range want {
		a, _ := io.ReadAll(orig.Summary.OpenPart(orig.Bytes, want[i]))
		b, _ := io.ReadAll(got.Summary.OpenPart(got.Bytes, have[i]))
		if !bytes.Equal(a, b) || want[i].FileName() != have[i].FileName() {
			t.Errorf("attachment %d: %q %q; want %q %q", i, have[i].FileName(), b, want[i].FileName(), a)
		}
	}
}

func TestForwardUUEncodedFile(t *testing.T) {
	orig := message(t, "From: bob@example.test\nSubject: old\nMessage-ID: <u@x>\n\nSee:\nbegin 644 naïve.txt\n#0V%T\n`\nend\n")
	_, got := answer(t, Forward, plainAnswer, orig)
	list := got.Summary.Attachments()
	if len(list) != 1 || list[0].FileName() != "naïve.txt" {
		t.Fatalf("attachments %+v", list)
	}
	if b, _ := io.ReadAll(got.Summary.OpenPart(got.Bytes, list[0])); string(b) != "Cat" {
		t.Errorf("content %q; want Cat", b)
	}
}

func TestSignedAnswerStaysExact(t *testing.T) {
	signed := "From: alice@example.test\nTo: bob@example.test\nMIME-Version: 1.0\nDate: x\nMessage-ID: <s@x>\nIn-Reply-To: <lunch@example.test>\n" +
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s\n\n" +
		"--s\nContent-Type: text/plain\n\nexact   \n--s\nContent-Type: application/pkcs7-signature\n\nxx\n--s--\n"
	for _, how := range []answering{Reply, Forward} {
		if raw, _ := answer(t, how, signed, message(t, plainOriginal)); raw != wire(signed) {
			t.Errorf("signed message changed:\n%q", raw)
		}
	}
}

func TestAnswerWithoutText(t *testing.T) {
	own := "From: alice@example.test\nTo: bob@example.test\nMIME-Version: 1.0\nContent-Type: image/png\nContent-Disposition: attachment; filename=x.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
	_, got := answer(t, Reply, own, message(t, plainOriginal))
	if s := outline(got.Summary.Root); s != "mixed(text/plain image/png)" {
		t.Errorf("tree %s", s)
	}
	if text := bodyOf(t, got, Plain); !strings.Contains(text, "> Um zwölf?") {
		t.Errorf("text %q", text)
	}
}

func TestNotice(t *testing.T) {
	var out bytes.Buffer
	err := Notice(&out, NoticeInfo{
		Hostname: "mail.example.test", To: "alice@example.test", EnvID: "e1", Arrived: noon, Now: noon, Subject: "Grüße\r\nBcc: x@y",
		ReplyTo: "orig@example.test", OriginalHeader: strings.NewReader("Subject: hi\nFrom: alice@example.test\n"),
		Failures: []NoticeFailure{{
			Recipient: "nobody@outside.test", Action: "failed", Status: "5.1.1", Diagnostic: "550 5.1.1 no such\r\nuser",
			RemoteMTA: "mx.outside.test", Reason: "The other server does not know this address. Check its spelling.",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(bytes.NewReader(out.Bytes()))
	if err != nil || len(s.Defects) > 0 {
		t.Fatalf("parse: %v, %v\n%s", err, s.Defects, out.String())
	}
	if got := reportAddress("jörg+x@example.test"); got != `utf-8; j\x{F6}rg\x{2B}x@example.test` {
		t.Errorf("reportAddress = %s", got)
	}
	tree, report := outline(s.Root), s.Report.Type+" "+s.Report.Action
	if tree != "report(text/plain message/delivery-status text/rfc822-headers)" || report != "delivery-status failed" ||
		s.MessageClass() != "REPORT.IPM.Note.NDR" || s.AutoSubmitted != "auto-replied" || len(s.Envelope.Bcc) != 0 {
		t.Errorf("notice is %s, %s, %s, %+v", tree, report, s.MessageClass(), s.Envelope)
	}
	for _, want := range []string{
		"Final-Recipient: rfc822; nobody@outside.test\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.outside.test\r\n" +
			"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
		"Original-Envelope-Id: e1\r\n", "Check its spelling.", "Subject: hi\r\nFrom: alice@example.test\r\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("notice lacks %q:\n%s", want, out.String())
		}
	}
}

// TestForwardTellsNoBcc: who got a hidden copy of the original stays hidden, also where its header becomes
// that of an attachment.
func TestForwardTellsNoBcc(t *testing.T) {
	const head = "From: alice@example.test\nTo: bob@example.test\nBcc: eve@example.test,\n frank@example.test\nSubject: scan\nMIME-Version: 1.0\n"
	for name, entity := range map[string]string{
		"one file": "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n\nDATA",
		"sealed":   "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nDATA",
	} {
		orig, own := message(t, head+entity), message(t, "To: carl@example.test\n\nsee\n")
		var out bytes.Buffer
		if _, err := Forward(&out, own.Bytes, own.Summary, orig, aliceRules()); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); strings.Contains(s, "eve@") || strings.Contains(s, "frank@") || !strings.Contains(s, "DATA") {
			t.Errorf("%s:\n%s", name, s)
		}
	}
}

// TestForwardKeepsItsBoundaries: text of the original cannot end a part of the client's message.
func TestForwardKeepsItsBoundaries(t *testing.T) {
	own := message(t, "To: carl@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=guessed\n\n"+
		"--guessed\nContent-Type: text/plain\n\nsee\n--guessed\nContent-Type: text/html; name=b.html\nContent-Disposition: attachment\n\nb\n--guessed--\n")
	orig := message(t, "From: bob@example.test\n\nlook\n--guessed\nContent-Type: application/pdf\n\nplanted\n")
	var out bytes.Buffer
	if _, err := Forward(&out, own.Bytes, own.Summary, orig, aliceRules()); err != nil {
		t.Fatal(err)
	}
	s, err := Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Root.Children) != 2 {
		t.Errorf("%d parts, want 2:\n%s", len(s.Root.Children), out.String())
	}
	body, err := s.Text(bytes.NewReader(out.Bytes()), Plain, 1000)
	if err != nil || !strings.Contains(string(body.Data), "planted") {
		t.Errorf("the text became %q, %v", body.Data, err)
	}
}
