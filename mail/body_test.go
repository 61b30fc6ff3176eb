package mail

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// multi makes a part of parts; the boundary is made of the subtype.
func multi(subtype string, parts ...string) string {
	b := "b" + strings.NewReplacer(";", "_", " ", "_", "=", "_", `"`, "").Replace(subtype)
	var out strings.Builder
	fmt.Fprintf(&out, "Content-Type: multipart/%s; boundary=\"%s\"\r\n\r\n", subtype, b)
	for _, p := range parts {
		fmt.Fprintf(&out, "--%s\r\n%s\r\n", b, p)
	}
	fmt.Fprintf(&out, "--%s--\r\n", b)
	return out.String()
}

func leafPart(header, body string) string { return "Content-Type: " + header + "\r\n\r\n" + body }

const (
	plainA = "Content-Type: text/plain\r\n\r\nplain"
	htmlA  = "Content-Type: text/html\r\n\r\n<p>html</p>"
)

func TestBodyChoice(t *testing.T) {
	image := leafPart("image/png; name=a.png\r\nContent-ID: <img>\r\nContent-Disposition: inline", "x")
	pdf := leafPart("application/pdf; name=a.pdf\r\nContent-Disposition: attachment", "x")
	tests := []struct {
		name, msg   string
		native      BodyType
		plain, html string // without the frame of plain text and the meta element
		attachments string
	}{
		{"plain", plainA, Plain, "plain", "plain<br>\r\n", ""},
		{"html", htmlA, HTML, "html", "<p>html</p>", ""},
		{"alternative", multi("alternative", plainA, htmlA), HTML, "plain", "<p>html</p>", ""},
		{"alternative, wrong order", multi("alternative", htmlA, plainA), HTML, "plain", "<p>html</p>", ""},
		{"alternative with an empty plain part", multi("alternative", leafPart("text/plain", ""), htmlA), HTML, "html", "<p>html</p>", ""},
		{"alternative with related", multi("alternative", plainA, multi("related", strings.Replace(htmlA, "html</p>", "<img src=\"cid:img\"></p>", 1), image)),
			HTML, "plain", `<p><img src="cid:img"></p>`, "a.png inline"},
		{"related with start", multi("related; start=\"<r>\"", image, leafPart("text/html\r\nContent-ID: <r>", "<p>html</p>")), HTML, "html", "<p>html</p>", "a.png"},
		{"mixed", multi("mixed", plainA, pdf), Plain, "plain", "plain<br>\r\n", "a.pdf"},
		{"mixed with a footer", multi("mixed", multi("alternative", plainA, htmlA), leafPart("text/plain", "footer")),
			HTML, "plain\r\nfooter", "<p>html</p><br>\r\nfooter<br>\r\n", ""},
		{"text attachment", multi("mixed", plainA, leafPart("text/plain; name=a.txt", "no"), leafPart("text/html\r\nContent-Disposition: attachment; filename=b.html", "no")),
			Plain, "plain", "plain<br>\r\n", "a.txt b.html"},
		{"invitation", multi("alternative", plainA, htmlA, leafPart("text/calendar; method=REQUEST", "BEGIN:VCALENDAR")), HTML, "plain", "<p>html</p>", ""},
		{"invitation with a file", multi("mixed", multi("alternative", plainA, leafPart("text/calendar; method=REQUEST", "x")),
			leafPart("application/ics; name=invite.ics\r\nContent-Disposition: attachment", "x")), Plain, "plain", "plain<br>\r\n", "invite.ics"},
		{"signed", multi("signed; protocol=\"application/pgp-signature\"", plainA, leafPart("application/pgp-signature; name=signature.asc", "x")), Plain, "plain", "plain<br>\r\n", ""},
		{"encrypted", multi("encrypted", leafPart("application/pgp-encrypted", "Version: 1"), leafPart("application/octet-stream; name=encrypted.asc", "x")),
			Plain, "", "", "encrypted.asc"},
		{"report", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Action: failed"), leafPart("message/rfc822", "Subject: old\r\n\r\nx")),
			Plain, "plain", "plain<br>\r\n", "delivery-status.txt old.eml"},
		{"only a file", leafPart("application/pdf; name=a.pdf", "x"), Plain, "", "", "a.pdf"},
		{"only a message", leafPart("message/rfc822", "Subject: old\r\n\r\nx"), Plain, "", "", "old.eml"},
		{"only a calendar", leafPart("text/calendar", "BEGIN:X"), Plain, "BEGIN:X", "BEGIN:X<br>\r\n", ""},
		{"multipart without parts", "Content-Type: multipart/mixed; boundary=x\r\n\r\ntext", Plain, "text", "text<br>\r\n", ""},
		{"named text first", multi("mixed", leafPart("text/plain; name=body.txt", "plain"), pdf), Plain, "plain", "plain<br>\r\n", "a.pdf"},
		{"apple double", multi("mixed", plainA, multi("appledouble", leafPart("application/applefile", "x"), leafPart("image/gif; name=a.gif", "x"))),
			Plain, "plain", "plain<br>\r\n", "a.gif"},
		{"flowed", leafPart("text/plain; format=flowed", "one \r\ntwo\r\n"), Plain, "one two\r\n", "one two<br>\r\n", ""},
		{"unknown multipart", multi("x-odd", plainA, htmlA), HTML, "plain\r\nhtml", "plain<br>\r\n<br>\r\n<p>html</p>", ""},
		{"digest", multi("digest", "\r\nSubject: one\r\n\r\nx"), Plain, "", "", "one.eml"},
	}
	for _, test := range tests {
		msg := []byte("Subject: s\r\n" + test.msg)
		s := parse(t, msg)
		ra := bytes.NewReader(msg)
		if got := s.Native(); got != test.native {
			t.Errorf("%s: Native = %d, want %d", test.name, got, test.native)
		}
		plain, _ := s.Text(ra, Plain, -1)
		if string(plain.Data) != test.plain {
			t.Errorf("%s: plain = %q, want %q", test.name, plain.Data, test.plain)
		}
		html, _ := s.Text(ra, HTML, -1)
		if got := unframe(string(html.Data)); got != test.html {
			t.Errorf("%s: html = %q, want %q", test.name, got, test.html)
		}
		var names []string
		for _, p := range s.Attachments() {
			name := p.DisplayName()
			if p.Inline {
				name += " inline"
			}
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != test.attachments || s.Flags.Has(HasAttachments) != (test.attachments != "") {
			t.Errorf("%s: attachments %q, want %q, flags %b", test.name, got, test.attachments, s.Flags)
		}
		checkMessage(t, test.name, msg)
		checkStreaming(t, test.name, msg)
	}
}

// unframe removes what every HTML body has around it.
func unframe(s string) string {
	s = strings.TrimPrefix(s, strings.ReplaceAll(htmlHead, "\n", "\r\n"))
	s = strings.TrimSuffix(s, strings.ReplaceAll(htmlFoot, "\n", "\r\n"))
	return strings.Replace(s, metaUTF8, "", 1)
}

func TestTextLimits(t *testing.T) {
	msg := []byte("Content-Type: text/plain; charset=utf-8\r\n\r\nä€\U0001f600\r\nend")
	s := parse(t, msg)
	full := "ä€\U0001f600\r\nend"
	for limit := int64(0); limit <= int64(len(full))+1; limit++ {
		b, err := s.Text(bytes.NewReader(msg), Plain, limit)
		want := full[:min(limit, int64(len(full)))]
		want = strings.ToValidUTF8(want, "")
		if b.Truncated = b.Truncated && true; err != nil || b.Size != int64(len(full)) || b.Truncated != (limit < int64(len(full))) {
			t.Errorf("limit %d: %+v, %v", limit, b, err)
		}
		if want = strings.TrimSuffix(want, "\r"); string(b.Data) != want {
			t.Errorf("limit %d: %q, want %q", limit, b.Data, want)
		}
	}
}

// TestLargeText: what is beyond the limit is counted, not kept, and beyond countMax it is estimated.
func TestLargeText(t *testing.T) {
	line := strings.Repeat("x", 62) + "\r\n"
	head := "Content-Type: text/plain\r\n\r\n"
	msg := []byte(head + strings.Repeat(line, 1<<20/64*20))
	s := parse(t, msg)
	b, err := s.Text(bytes.NewReader(msg), Plain, 1000)
	if want := int64(len(msg) - len(head)); err != nil || len(b.Data) != 1000 || b.Size != want || !b.Truncated {
		t.Errorf("%d bytes, size %d, want %d, truncated %v, %v", len(b.Data), b.Size, want, b.Truncated, err)
	}
}

func TestHTMLCharset(t *testing.T) {
	tests := []struct{ typ, body, want string }{
		{"text/html", "<meta charset=koi8-r><p>\xf0", "П"},
		{"text/html", `<html><head><meta http-equiv=Content-Type content="text/html; charset=windows-1251"></head>` + "\xcf", "П"},
		{"text/html; charset=iso-8859-1", "<meta charset=koi8-r><p>\xf0", "ð"},
		{"text/html", "<p>\xf0\xf1", "ðñ"},
		{"text/html", "<meta charset=utf-16><p>ü", "ü"},
		{"text/html", "<meta charset=utf-7><p>+ADw-b+AD4-", "+ADw-b+AD4-"},
	}
	for _, test := range tests {
		msg := []byte("Content-Type: " + test.typ + "\r\n\r\n" + test.body)
		s := parse(t, msg)
		if b, _ := s.Text(bytes.NewReader(msg), Plain, -1); string(b.Data) != test.want || s.Preview != test.want {
			t.Errorf("%s, %q = %q, preview %q, want %q", test.typ, test.body, b.Data, s.Preview, test.want)
		}
		if b, _ := s.Text(bytes.NewReader(msg), HTML, -1); strings.Count(string(b.Data), "charset=") != 1 || !strings.Contains(string(b.Data), "charset=utf-8") {
			t.Errorf("%s, %q: html = %q", test.typ, test.body, b.Data)
		}
	}
}

func TestMessageClass(t *testing.T) {
	calendar := func(method, attendee string) string {
		return leafPart("text/calendar; charset=utf-8", "BEGIN:VCALENDAR\r\nMETHOD:"+method+"\r\nBEGIN:VEVENT\r\n"+attendee+"\r\nEND:VEVENT")
	}
	tests := []struct{ name, msg, want string }{
		{"plain", plainA, "IPM.Note"},
		{"request", multi("alternative", plainA, leafPart("text/calendar; method=request", "x")), "IPM.Schedule.Meeting.Request"},
		{"request by its object", multi("alternative", plainA, calendar("REQUEST", "")), "IPM.Schedule.Meeting.Request"},
		{"cancel", calendar("CANCEL", ""), "IPM.Schedule.Meeting.Canceled"},
		{"accepted", calendar("REPLY", "ATTENDEE;CN=a;PARTSTAT=ACCEPTED:mailto:a@b.test"), "IPM.Schedule.Meeting.Resp.Pos"},
		{"declined, folded", calendar("REPLY", "ATTENDEE;CN=a;PART\r\n STAT=\"DECLINED\";X=y:mailto:a@b.test"), "IPM.Schedule.Meeting.Resp.Neg"},
		{"tentative", calendar("REPLY", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@b.test"), "IPM.Schedule.Meeting.Resp.Tent"},
		{"counter", calendar("COUNTER", ""), "IPM.Schedule.Meeting.Resp.Tent"},
		{"publish", calendar("PUBLISH", ""), "IPM.Note"},
		{"attached calendar", multi("mixed", plainA, leafPart("text/calendar\r\nContent-Disposition: attachment", "METHOD:REQUEST")), "IPM.Note"},
		{"signed", multi("signed; protocol=\"application/pkcs7-signature\"", plainA, leafPart("application/pkcs7-signature", "x")), "IPM.Note.SMIME.MultipartSigned"},
		{"PGP signed", multi("signed; protocol=\"application/pgp-signature\"", plainA, leafPart("application/pgp-signature", "x")), "IPM.Note"},
		{"encrypted", leafPart("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "x"), "IPM.Note.SMIME"},
		{"encrypted, old type", leafPart("application/x-pkcs7-mime; name=smime.p7m", "x"), "IPM.Note.SMIME"},
		{"opaque signed", leafPart("application/pkcs7-mime; smime-type=signed-data", "x"), "IPM.Note.SMIME"},
		{"certificates", leafPart("application/pkcs7-mime; smime-type=certs-only", "x"), "IPM.Note"},
		{"secure receipt", leafPart("application/pkcs7-mime; smime-type=signed-receipt", "x"), "IPM.Note.Receipt.SMIME"},
		{"failed", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Reporting-MTA: x\r\n\r\nAction: failed\r\n")), "REPORT.IPM.Note.NDR"},
		{"delayed", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Action: delayed")), "REPORT.IPM.Note.DELAYED"},
		{"delivered", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Action: relayed (ok)")), "REPORT.IPM.Note.DR"},
		{"delivered to one, failed for another", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Action: failed\r\n\r\nAction: delivered")), "REPORT.IPM.Note.NDR"},
		{"report about a signed message", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Action: failed"),
			leafPart("message/rfc822", multi("signed", plainA))), "REPORT.IPM.Note.SMIME.MultipartSigned.NDR"},
		{"read", multi("report; report-type=disposition-notification", plainA, leafPart("message/disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed")), "REPORT.IPM.Note.IPNRN"},
		{"deleted unread", multi("report; report-type=disposition-notification", plainA, leafPart("message/disposition-notification", "Disposition: automatic-action/MDN-sent-automatically; deleted/error")), "REPORT.IPM.Note.IPNNRN"},
		{"report of an invitation", multi("report; report-type=delivery-status", plainA, leafPart("message/delivery-status", "Action: failed"),
			leafPart("message/rfc822", calendar("REQUEST", ""))), "REPORT.IPM.Schedule.Meeting.Request.NDR"},
		{"voice", "Content-Class: voice\r\n" + plainA, "IPM.Note.Microsoft.Voicemail"},
		{"voice of a call", "Content-Class: urn:content-class:voice-ca\r\n" + plainA, "IPM.Note.Microsoft.Voicemail.UM.CA"},
		{"voice of the other sort", "Content-Class: Voice-UC\r\n" + plainA, "IPM.Note.Microsoft.Voicemail.UM"},
		{"missed call", "Content-Class: MissedCall\r\n" + plainA, "IPM.Note.Microsoft.Missed.Voice"},
		{"an invitation was passed on", "Content-Class: urn:content-classes:mfn\r\n" + plainA, "IPM.Notification.Meeting"},
		{"sharing", "Content-Class: Sharing\r\n" + plainA, "IPM.Sharing"},
		{"form", "Content-Class: urn:content-classes:infopathform\r\n" + plainA, "IPM.InfoPathForm"},
		{"protected", "Content-Class: rpmsg.message\r\n" + plainA, "IPM.Note"},
		{"complaint", multi("report; report-type=feedback-report", plainA, leafPart("message/feedback-report", "Feedback-Type: abuse")), "IPM.Note"},
	}
	for _, test := range tests {
		if got := parse(t, []byte("Subject: s\r\n"+test.msg)).MessageClass(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestSecurityFlags(t *testing.T) {
	tests := []struct {
		msg               string
		signed, encrypted bool
	}{
		{plainA, false, false},
		{leafPart("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nx"), false, true},
		{leafPart("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n"), true, false},
		{multi("encrypted", leafPart("application/pgp-encrypted", "Version: 1"), leafPart("application/octet-stream", "x")), false, true},
		{multi("signed", plainA, leafPart("application/pgp-signature", "x")), true, false},
		{multi("signed", plainA, leafPart("application/pkcs7-signature", "x")), true, false},
		{leafPart("application/pkcs7-mime; smime-type=enveloped-data", "x"), false, true},
		{leafPart("application/pkcs7-mime; smime-type=signed-data", "x"), true, false},
	}
	for _, test := range tests {
		s := parse(t, []byte("Subject: s\r\n"+test.msg))
		if s.Flags.Signed() != test.signed || s.Flags.Encrypted() != test.encrypted {
			t.Errorf("%.60q: signed %v, encrypted %v", test.msg, s.Flags.Signed(), s.Flags.Encrypted())
		}
	}
}

func TestSearchText(t *testing.T) {
	msg := []byte("From: Alice <a@b.test>\r\nTo: bob@b.test, bob@b.test\r\nCc: Carol <c@b.test>\r\nSubject: Plan\r\n" +
		multi("mixed", multi("alternative", leafPart("text/plain", "See the HTML."), leafPart("text/html", "<p>The <b>whole</b> story</p>")),
			leafPart("application/pdf; name=plan.pdf", "x"), leafPart("message/rfc822", "Subject: Inner\r\n\r\nburied words")))
	var got SearchText
	s, err := Parse(bytes.NewReader(msg), WithText(1000, &got))
	if err != nil {
		t.Fatal(err)
	}
	want := SearchText{Subject: "Plan", From: "Alice a@b.test", To: "bob@b.test\nCarol c@b.test",
		Body: "The whole story\nInner\nburied words", Attachments: "plan.pdf\nInner.eml"}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	later := s.SearchText(bytes.NewReader(msg), 1000)
	for _, value := range []string{"Alice <a@b.test>\n", "Carol <c@b.test>\n", "Plan\n", "multipart/mixed"} {
		if !strings.Contains(later.Headers, value) {
			t.Errorf("Headers %q lack %q", later.Headers, value)
		}
	}
	if later.Headers = ""; later != want {
		t.Errorf("SearchText = %+v", later)
	}
	trace := []byte("Received: from there\r\nDKIM-Signature: v=1\r\nARC-Seal: i=1\r\nX-Mailer: =?utf-8?q?M=C3=B6we?=\r\n\r\n")
	if got := parse(t, trace).SearchText(bytes.NewReader(trace), 1000); got.Headers != "Möwe\n" || got.Partial {
		t.Errorf("of a trace: %+v", got)
	}
	if short := s.SearchText(bytes.NewReader(msg), 5); len(short.Body) != 5 || short.From != "Alice" || !short.Partial {
		t.Errorf("SearchText of 5 = %+v", short)
	}
}

func TestReaders(t *testing.T) {
	msg := []byte("Subject: s\r\n" + multi("mixed", leafPart("text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable", "Gr=FC=\r\n=DFe\r\n")))
	s := parse(t, msg)
	ra, p := bytes.NewReader(msg), s.Part("1")
	for _, c := range []struct {
		name string
		r    io.Reader
		want string
	}{
		{"OpenPart", s.OpenPart(ra, p), "Gr\xfc\xdfe\r\n"}, {"RawPart", s.RawPart(ra, p), "Gr=FC=\r\n=DFe\r\n"},
		{"TextReader", s.TextReader(ra, p), "Grüße\n"}, {"BodyReader", s.BodyReader(ra, Plain), "Grüße\n"},
	} {
		if b, err := io.ReadAll(c.r); string(b) != c.want || err != nil {
			t.Errorf("%s = %q, %v, want %q", c.name, b, err, c.want)
		}
	}
}
