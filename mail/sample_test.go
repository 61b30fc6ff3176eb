package mail

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// sample states what must come out of messages of the corpus: subject, first sender, MIME tree by subtypes,
// attachments with their decoded sizes, message class, and the first 40 bytes of the text. The values were compared
// with what Python's email package reads and with the messages themselves.
var sample = []struct {
	file, subject, from string
	tree, attachments   string
	class, text         string
}{
	{"sisimai-bounces/maildir/bsd/lhost-amazonworkmail-01.eml", "Delivery Status Notification (Failure)", "MAILER-DAEMON@us-west-2.amazonses.com",
		"mixed(plain rfc822(alternative(plain html)) ms-tnef)", "Nyaaaaan.eml:1309",
		"IPM.Note", "An error occurred while trying to delive"},
	{"sisimai-bounces/maildir/bsd/lhost-amazonworkmail-02.eml", "Delivery Status Notification (Failure)", "MAILER-DAEMON@us-west-2.amazonses.com",
		"mixed(plain rfc822(alternative(plain html)) ms-tnef)", "Nyaaaan.eml:1486",
		"IPM.Note", "An error occurred while trying to delive"},
	{"thunderbird/browser/invitations/data/event-with-file-attachment.eml", "Invitation: File Attachment Event @ Wed, Mar 16 2022 11:00 AST", "\"Sender\" <sender@example.com>",
		"mixed(alternative(plain calendar))", "",
		"IPM.Schedule.Meeting.Request", "File Attachment Event\r\n\r\nWhen:\r\n    Wed,"},
	{"thunderbird/browser/invitations/data/update-major.eml", "Update Major", "\"Sender\" <sender@example.com>",
		"mixed(alternative(plain calendar))", "",
		"IPM.Schedule.Meeting.Request", "Single Event\r\n\r\nWhen:\r\n    Wed, Mar 16 2"},
	{"thunderbird/browser/invitations/data/cancel-single-event.eml", "Cancellation: Single Event @ Wed, Mar 16 2022 11:00 AST", "\"Sender\" <sender@example.com>",
		"mixed(alternative(plain calendar))", "",
		"IPM.Schedule.Meeting.Canceled", "Single Event\r\n\r\nWhen:\r\n    Wed, Mar 16 2"},
	{"thunderbird/mailnews/test/data/smime/alice.dsig.SHA512.multipart", "", "",
		"signed(plain pkcs7-signature)", "",
		"IPM.Note.SMIME.MultipartSigned", "This is a test message from Alice to Bob"},
	{"thunderbird/mail/test/browser/smime/data/multipart-alternative.eml", "a message", "\"Alice\" <alice@example.com>",
		"alternative(pkcs7-mime pkcs7-mime plain)", "attachment-1.p7m:640|attachment-2.p7m:559",
		"IPM.Note", ""},
	{"thunderbird/mailnews/test/data/smime/alice.env.dsig.SHA512.multipart.dave.sig.SHA512.opaque.eml", "enveloped then clear-signed sig.SHA512 then opaque signed by dave", "Dave@example.com",
		"pkcs7-mime", "smime.p7m:5757",
		"IPM.Note.SMIME", ""},
	{"python-email/msg_45.txt", "test", "foo@bar.baz",
		"signed(plain pgp-signature)", "",
		"IPM.Note", "This is the signed contents.\r\n"},
	{"autocrypt/doc/appendix/example-draft.eml", "an example of a Draft", "\"Alice\" <alice@autocrypt.example>",
		"encrypted(pgp-encrypted octet-stream)", "encrypted.asc:1252",
		"IPM.Note", ""},
	{"thunderbird/mail/test/browser/openpgp/data/eml/partial-encrypt-for-carol-html.eml", "Inline Encrypted for Caron, with extra text in multipart HTML", "\"Bob\" <bob@openpgp.example>",
		"mixed(html html html)", "",
		"IPM.Note", "prefix\r\n-----BEGIN PGP MESSAGE----- hQIM"},
	{"sisimai-bounces/maildir/bsd/rhost-cloudflare-01.eml", "Undelivered Mail Returned to Sender", "\"Mail Delivery System\" <MAILER-DAEMON@relay.mx.example.jp>",
		"report(plain delivery-status rfc822(plain))", "delivery-status.txt:531|Nyaaaaaan.eml:481",
		"REPORT.IPM.Note.NDR", "This is the mail system at host relay.mx"},
	{"sisimai-bounces/maildir/bsd/lhost-postfix-63.eml", "Undelivered Mail Returned to Sender", "\"Mail Delivery System\" <MAILER-DAEMON@smtp3.example.com>",
		"report(plain delivery-status rfc822(plain))", "delivery-status.txt:449|ニャーン.eml:1124",
		"REPORT.IPM.Note.NDR", "This is the mail system at host smtp3.ex"},
	{"sisimai-bounces/maildir/bsd/arf-01.eml", "Email Feedback Report for IP 192.0.2.", "kijitora@example.co.jp",
		"report(plain feedback-report rfc822(plain))", "feedback-report.txt:216|Kijitora cat family.eml:578",
		"IPM.Note", "This is an email abuse report for an ema"},
	{"sympa/t/samples/urlize-encoding.eml", "Message à urlizer", "\"Ye Olde Sender\" <sender@domain.tld>",
		"mixed(plain pdf)", "ございます.pdf:54",
		"IPM.Note", "This message contains an attachment with"},
	{"thunderbird/mailnews/test/data/21-plaintext.eml", "21 plaintext", "test@example.com",
		"plain", "",
		"IPM.Note", "Search for höhö\r\nTest that we ignore a"},
	{"thunderbird/mailnews/mime/jsmime/test/unit/data/multipart-complex2", "", "",
		"mixed(related(digest(alternative(octet-stream))) plain html)", "",
		"IPM.Note", "--bound\r\n\r\n--boundar\r\n\r\n--boundary\r\nCont"},
	{"thunderbird/browser/invitations/data/message-non-invite.eml", "We're having a party - you're NOT invited", "\"Jane\" <noreply@example.com>",
		"mixed(related(plain) calendar)", "event.ics:1854",
		"IPM.Note", "Hey, we're having a party! You're not in"},
	{"sisimai-bounces/maildir/bsd/rfc3464-65.eml", "Delivery Status Notification (Failure)", "\"Mail Delivery Subsystem\" <mailer-daemon@googlemail.com>",
		"report(related(alternative(plain html) png) delivery-status rfc822(alternative))", "icon.png:1450 inline|delivery-status.txt:333|5394.eml:1187",
		"REPORT.IPM.Note.NDR", "\r\n** Address not found **\r\n\r\nYour messag"},
	{"python-email/msg_33.txt", "Re: Limiting Perl CPU Utilization...", "\"Anne Person\" <aperson@example.com>",
		"signed(plain plain)", "text-2.txt:7",
		"IPM.Note", "part 1\r\n"},
	{"python-email/msg_32.txt", "Re: Limiting Perl CPU Utilization...", "\"Anne Person\" <aperson@example.com>",
		"plain", "",
		"IPM.Note", "Some message.\r\n"},
	{"sisimai-bounces/maildir/dos/lhost-yandex-01.eml", "Недоставленное сообщение", "mailer-daemon@yandex.ru",
		"report(plain delivery-status rfc822(plain))", "delivery-status.txt:418|Nyaaaaan.eml:1273",
		"REPORT.IPM.Note.NDR", "              **********\r\n\r\nЭто пи"},
	{"python-email/msg_28.txt", "", "aperson@dom.ain",
		"digest(rfc822(plain) rfc822(plain))", "ee.eml:96|ee.eml:96",
		"IPM.Note", ""},
	{"spamassassin-tests/t/data/nice/mime1", "Re: a MIME-Version misfeature", "\"Nathaniel Borenstein\" <nsb@thumper.bellcore.com>",
		"alternative(plain mixed(richtext) andrew-inset)", "",
		"IPM.Note", "I have no problem with changing the BNF "},
	{"tika/testEML_embedded_xhtml_and_img.eml", "This is the subject", "\"Sender\" <sender@test.com>",
		"related(alternative(plain html) jpeg)", "testimage.jpeg:4699",
		"IPM.Note", "This is a test\r\n\r\nUsing inline content\r\n"},
	{"thunderbird/mailnews/mime/jsmime/test/unit/data/charsets", "", "",
		"mixed(plain plain plain plain plain plain plain plain plain plain plain plain)", "",
		"IPM.Note", "أهلا بالعالم\r\nأهلا بال"},
	{"thunderbird/mail/components/extensions/test/xpcshell/messages/nestedMessagesUnusualMultipart.eml", "Attached message with attachments and unusual multiparts", "\"Batman\" <bruce@wayne-enterprises.com>",
		"mixed(mixed(mixed(html rfc822(mixed(mixed(plain png png png rfc822(mixed(plain png))))) png)))", "message1.eml:2717|yellowPixel.png:119",
		"IPM.Note", "This message has one normal attachment a"},
	{"sisimai-bounces/maildir/bsd/lhost-bigfoot-02.eml", "Returned mail: Requested action not taken: mailbox name not allowed", "\"Mail Delivery Subsystem\" <MAILER-DAEMON@bigfoot.com>",
		"report(plain delivery-status partial)", "delivery-status.txt:340|partial.txt:641",
		"REPORT.IPM.Note.NDR", "The original message was received at Thu"},
	{"postfix-mime/mime_global.in", "", "",
		"report(rfc822(plain))", "zzzz.eml:3313",
		"REPORT.IPM.Note.NDR", ""},
	{"sisimai-bounces/maildir/mac/lhost-mcafee-01.eml", "Delivery Status", "MAILER-DAEMON@smtp6.example.ne.jp",
		"mixed(plain delivery-status rfc822(plain))", "deliverystatus.txt:148|Nyaaaaan.eml:604",
		"IPM.Note", "    --- The following addresses had deli"},
	{"python-email/msg_36.txt", "I-D ACTION:draft-ietf-mboned-mix-00.txt", "Internet-Drafts@ietf.org",
		"mixed(plain alternative(external-body external-body))", "draft-ietf-mboned-mix-00.txt:68",
		"IPM.Note", "Blah blah blah\r\n"},
	{"ruby-mail/emails/mime_emails/raw_email11.eml", "worse when you use them.", "\"xxxxx@xxxxx\" <xxxxx@xxxxx>",
		"alternative(plain enriched)", "",
		"IPM.Note", "\r\nXXXXX Xxxxx\r\n"},
	{"ruby-mail/emails/mime_emails/raw_email_encoded_stack_level_too_deep.eml", "Nicolas Fouché has accepted your invitation to Gmail", "\"Gmail Team\" <gmail-noreply@google.com>",
		"alternative(plain html)", "",
		"IPM.Note", "Nicolas Fouché has accepted your invita"},
	{"thunderbird/mail/test/browser/composition/data/iso-2022-jp.eml", "test quote ISO-2022-JP encoded message", "test2@test.invalid",
		"plain", "",
		"IPM.Note", "hello\r\n\r\n世界\r\n"},
	{"thunderbird/mail/components/extensions/test/xpcshell/messages/sample04.eml", "Алфавит", "\"Bug Reporter\" <new@thunderbird.bug>",
		"plain", "",
		"IPM.Note", "Вопрос\r\n"},
	{"sisimai-bounces/maildir/bsd/lhost-sendmail-41.eml", "Postmaster notify: see transcript for details", "\"Mail Delivery Subsystem\" <MAILER-DAEMON@mx2.example.jp>",
		"report(plain delivery-status rfc822(report(plain delivery-status rfc822(html))))", "delivery-status.txt:484|Returned mail_ see transcript for details.eml:2283",
		"REPORT.IPM.Note.NDR", "The original message was received at Tue"},
	{"spamassassin-tests/t/data/nice/cjk/gb2312.2", "RE: 装硬碟问题", "\"Jason Lee\" <Jason_Lee@quantatw.com>",
		"plain", "",
		"IPM.Note", "假设你的硬碟是IDE介面(不是SCS"},
	{"ruby-mail/emails/plain_emails/raw_email_double_at_in_header.eml", "NOTE: 한국말로 하는 것", "\"Jamis Buck\" <jamis@37signals.com>",
		"plain", "",
		"IPM.Note", "대부분의 마찬가지로, 우리는 "},
	{"sisimai-bounces/maildir/bsd/lhost-postfix-48.eml", "Undelivered Mail Returned to Sender", "\"Mail Delivery System\" <MAILER-DAEMON@mail.example.com>",
		"report(plain delivery-status rfc822(plain))", "delivery-status.txt:394|Nyaan.eml:895",
		"REPORT.IPM.Note.NDR", "This is the mail system at host mail.exa"},
	{"roundcube/tests/MessageRendering/filename.eml", "Attachment filename encoding", "\"Thomas B.\" <thomas@roundcube.net>",
		"mixed(plain plain plain png png plain)", "A012.txt:11|A014.txt:13|żółć.png:11|żółć.png:11|very very very very long very very very very long ćććććć very very very long name.txt:11",
		"IPM.Note", "foo\r\nbar\r\ngna"},
	{"thunderbird/mail/test/browser/message-reader/data/bug1843628_named_page.eml", "html test", "",
		"html", "",
		"IPM.Note", "Hello there!"},
	{"sisimai-bounces/maildir/dos/lhost-office365-01.eml", "Undeliverable: Nyaan", "postmaster@example.com",
		"report(alternative(plain html))", "",
		"REPORT.IPM.Note.NDR", "Delivery has failed to these recipients "},
	{"sisimai-bounces/maildir/mac/rhost-outlook-01.eml", "Delivery Status Notification (Failure)", "postmaster@mail.hotmail.example.com",
		"report(plain delivery-status rfc822(plain))", "delivery-status.txt:273|Nyaaaan.eml:763",
		"REPORT.IPM.Note.NDR", "This is an automatically generated Deliv"},
	{"ruby-mail/emails/multi_charset/ks_c_5601-1987.eml", "test", "from@example.com",
		"plain", "",
		"IPM.Note", "스티해\r\n"},
	{"thunderbird/mail/test/browser/composition/data/body-greek.eml", "test reply to ISO-8859-7 encoded message", "\"test\" <test@example.com>",
		"plain", "",
		"IPM.Note", "Here comes some Greek text: Καλησπ"},
	{"autocrypt/doc/appendix/example-simple-autocrypt.eml", "an Autocrypt header example using Ed25519+Cv25519 key", "\"Alice\" <alice@autocrypt.example>",
		"plain", "",
		"IPM.Note", "This is an example e-mail with Autocrypt"},
	{"enmime/mail/mime-blank-media-name.raw", "Confirmation of Booking with easyHotel", "\"easyHotel Booking\" <bookings@easyHotel.com>",
		"mixed(plain pdf)", "Invoice_302232133150612.pdf:524",
		"IPM.Note", "\r\n\r\nThank you for booking with easyHotel"},
	{"php-imap-webklex/unknown_encoding.eml", "test", "from@there.com",
		"alternative(plain html)", "",
		"IPM.Note", "MyPlain\r\n"},
	{"postal-mime/bounce.eml", "Undelivered Mail Returned to Sender", "\"Mail Delivery System\" <MAILER-DAEMON@messagingengine.com>",
		"report(plain delivery-status rfc822(alternative(plain html)))", "delivery-status.txt:431|Proovikiri.eml:3939",
		"REPORT.IPM.Note.NDR", "This is an automated message from the ma"},
	{"postfix-mime/mime_garb4.in", "Test", "\"Some One\" <user@example.com>",
		"mixed(rfc822(mixed(plain)) plain)", "forwarded message.eml:273",
		"IPM.Note", "This is a test\r\n"},
	{"python-email/msg_34.txt", "", "aperson@dom.ain",
		"digest(plain rfc822(plain))", "text-1.txt:107|message.eml:56",
		"IPM.Note", ""},
	{"roundcube/tests/MessageRendering/tnef2.eml", "tnef2 example with text", "someone@example.net",
		"mixed(ms-tnef)", "",
		"IPM.Note", "THE BILL OF RIGHTS\r\nAmendments 1-10 of t"},
	{"ruby-mail/emails/error_emails/multiple_references_with_one_invalid.eml", "Redacted", "redacted@flashmail.net",
		"alternative(plain html)", "",
		"IPM.Note", "foo\r\n"},
	{"sisimai-bounces/maildir/bsd/lhost-trendmicro-02.eml", "Mail could not be delivered", "\"InterScan Notification\" <postmaster@nnn.example.jp>",
		"mixed(plain rfc822(mixed(plain plain)))", "Nyaan.eml:772",
		"IPM.Note", "****************************************"},
	{"spamassassin-tests/t/data/spam/009", "foo", "renterr989@hotmail.com",
		"html", "",
		"IPM.Note", "subscription cancelable at anytime. Clic"},
	{"sympa/t/samples/urlize-deep-nested-mixed.eml", "Message à urlizer", "\"Ye Olde Sender\" <sender@domain.tld>",
		"mixed(alternative(plain mixed(html plain alternative(alternative(plain mixed(plain png))))))", "Würzburg.txt:67|image.png:54",
		"IPM.Note", "A simple text part. It is alternative wi"},
	{"talon/standard_replies/android.eml", "Re: Test", "\"Sergey Obykhov\" <bob@example.com>",
		"alternative(plain html)", "",
		"IPM.Note", "Hello\r\n02.04.2012 14:20 пользова"},
	{"thunderbird/mail/test/browser/openpgp/data/eml/signed-by-0xfbfcc82a015e7330-to-0xf231550c4f47e38e-unencrypted.eml", "Signed Unencrypted", "\"Bob Babbage\" <bob@openpgp.example>",
		"signed(mixed(plain) pgp-signature)", "",
		"IPM.Note", "Sundays are nothing without callaloo.\r\n"},
	{"tika/testRFC822-big", "Outlook Migration - EWS Legal", "Janette Elbertson",
		"plain", "",
		"IPM.Note", "Our department will be migrated to Outlo"},
	{"wildduck/imap-core/test/fixtures/simple.eml", "Nodemailer is unicode friendly ✔", "\"Sender Name 👻\" <sender@example.com>",
		"mixed(alternative(plain html) plain png)", "notes 🕶.txt:33|image.png:126",
		"IPM.Note", "hello"},
	{"xss-h5sc/attachments/test.eml", "", "",
		"plain", "",
		"IPM.Note", "ABCDEFGHIJK\r\nGARBAGE HERE\r\nABCDEFGHIJK\r\n"},
	{"mimekit/tnef/rich-text.eml", "Rich Text", "\"Jeffrey Stedfast\" <jestedfa@microsoft.com>",
		"mixed(plain ms-tnef)", "kitten-playing-with-a-christmas-tree.jpg:375081|Untitled Attachment.txt:58|Untitled Attachment.txt:56|Untitled Attachment.txt:59|Untitled Attachment.txt:57|kitten-playing-with-a-christmas-tree.jpg:375081",
		"IPM.Note", " \r\n\r\nYou've made this a Christmas to rem"},
	{"mimekit/tnef/ukr.eml", "rr test 7", "\"RR Tester 1\" <rrtest1@xink.io>",
		"mixed(plain ms-tnef)", "",
		"IPM.Note", "шостий\r\n\r\n\r\n{EMAILSIGNATURE}\r\n\r\n\r\n"},
	{"horde-tnef/Itip_Reply.eml", "Zugesagt: Infoveranstaltung VDI/VDE Jena \"Digitalisierung Medizintechnik\"", "\"Meier, Jens\" <J.Meier@medizin.uni-leipzig.de>",
		"mixed(plain ms-tnef)", "",
		"IPM.Note", "\r\n\r\n"},
	{"horde-tnef/tnef_task.eml", "Task Request: Test Task", "\"Michael J Rubinsky\" <mrubinsk@horde.org>",
		"mixed(plain ms-tnef)", "Untitled Attachment.txt:51|Untitled Attachment.txt:47",
		"IPM.Note", "Subject:\tTest Task\r\nStart Date:\tTuesday,"},
	{"mimekit/messages/japanese.txt", "日本語メールテスト (testing Japanese emails)", "\"Atsushi Eno\" <x@x.com>",
		"plain", "",
		"IPM.Note", "Let's see if both subject and body works"},
	{"mimekit/messages/disposition-notification.txt", "Disposition notification", "\"Joe Recipient\" <Joe_Recipient@example.com>",
		"report(plain disposition-notification rfc822(plain))", "disposition-notification.txt:264|First draft of report.eml:345",
		"REPORT.IPM.Note.IPNRN", "The message sent on 1995 Sep 19 at 13:30"},
	{"php-imap-webklex/attachment_long_filename.eml", "", "",
		"mixed(plain plain plain)", "Buchungsbestätigung- Rechnung-Geschäftsbedingungen-Nr.B123-45 - XXXXX xxxxxxxxxxxxxxxxx XxxX, Lüxxxxxxxxxx - VM Klaus XXXXXX - xxxxxxxx.pdf:3|01_A€àä????@Z-0123456789-qwertyuiopasdfghjklzxcvbnmopqrstuvz-0123456789-qwertyuiopasdfghjklzxcvbnmopqrstuvz-0123456789-qwertyuiopasdfghjklzxcvbnmopqrstuvz.txt:3|02_A€àäąбيد@Z-0123456789-qwertyuiopasdfghjklzxcvbnmopqrstuvz-0123456789-qwertyuiopasdfghjklzxcvbnmopqrstuvz-0123456789-qwertyuiopasdfghjklzxcvbnmopqrstuvz.txt:3",
		"IPM.Note", ""},
	{"php-imap-webklex/undisclosed_recipients_minus.eml", "test", "from@there.com",
		"plain", "",
		"IPM.Note", "Hi!\r\n"},
	{"horde-mime/sample_msg_eai_4.txt", "", "\"Jøran Øygårdvær\" <jøran@example.com>",
		"plain", "",
		"IPM.Note", "The From and Cc fields contain addresses"},
	{"mime4j/mimetools-testmsgs/uu-zeegee.msg", "uudecoding", "me",
		"plain", "up.gif:110|zeegee.gif:4834",
		"IPM.Note", "I've uuencoded the ZeeGee logo and anoth"},
	{"james/mailbox/store/eml/charset2.eml", "New Time Proposed: New event from Test: lole", "\"Test 1\" <test1@linagora.com>",
		"alternative(plain html calendar calendar)", "attachment1.txt:404|attachment2.txt:404",
		"IPM.Schedule.Meeting.Resp.Tent", "Will be better for me, thx\r\n"},
	{"enmime/mail/html-mime-inline.raw", "MIME test 1", "\"James Hillyerd\" <james@makita.skynet>",
		"alternative(plain related(html png))", "favicon.png:687 inline",
		"IPM.Note", "Test of text section"},
	{"roundcube/tests/MessageRendering/email-address-spoofing-attacks.eml", "Email address spoofing attacks", "\"Someone\" <valid@example.net>",
		"plain", "",
		"IPM.Note", "The content doesn't really matter.\r\n"},
}

// subtypes writes a part's tree by its subtypes.
func subtypes(p *Part) string {
	switch {
	case p.Message != nil:
		return "rfc822(" + subtypes(p.Message.Root) + ")"
	case len(p.Children) > 0:
		var inner []string
		for _, c := range p.Children {
			inner = append(inner, subtypes(c))
		}
		return p.Subtype + "(" + strings.Join(inner, " ") + ")"
	}
	return p.Subtype
}

func TestSample(t *testing.T) {
	for _, want := range sample {
		msg := corpusFile(t, want.file)
		s := parse(t, msg)
		from := ""
		if len(s.Envelope.From) > 0 {
			from = s.Envelope.From[0].Display()
		}
		var names []string
		for _, p := range s.Attachments() {
			name := fmt.Sprintf("%s:%d", p.DisplayName(), p.DecodedSize)
			if p.Inline {
				name += " inline"
			}
			names = append(names, name)
		}
		text, err := s.Text(bytes.NewReader(msg), Plain, 40)
		if err != nil {
			t.Errorf("%s: %v", want.file, err)
		}
		for _, c := range []struct{ what, got, want string }{
			{"subject", s.Envelope.Subject, want.subject}, {"from", from, want.from}, {"tree", subtypes(s.Root), want.tree},
			{"attachments", strings.Join(names, "|"), want.attachments}, {"class", s.MessageClass(), want.class},
			{"text", string(text.Data), want.text},
		} {
			if c.got != c.want {
				t.Errorf("%s: %s = %q, want %q", want.file, c.what, c.got, c.want)
			}
		}
	}
}
