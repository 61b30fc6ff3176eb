package activesync

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

var zeroTime time.Time

const answered = `From: otto@example.test
To: rita@example.test
Subject: Re: Lunch
In-Reply-To: <lunch@example.test>
Content-Type: text/html; charset=utf-8

<p>Gladly, at the harbour.</p><blockquote type="cite">Shall we meet?</blockquote>
`

// TestBodyPart checks what of a message is told as new in its conversation.
func TestBodyPart(t *testing.T) {
	part := func(size int64) wire.BodyPreference { return pref(wire.BodyHTML, size) }
	all, preview := part(10), part(-1)
	all.AllOrNone, preview.Preview = true, 6
	h, r := emailRig(t, []byte(crlf(answered)))
	for _, tt := range []struct {
		name      string
		pref      wire.BodyPreference
		shows     string
		truncated bool
		preview   string
	}{
		{"whole", part(-1), "<p>Gladly, at the harbour.</p>", false, ""},
		{"cut", part(80), "<p>Gladly", true, ""},
		{"nothing", part(0), "", true, ""},
		{"all or none", all, "", true, ""},
		{"with a preview", preview, "<p>Gladly, at the harbour.</p>", false, "Gladly"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := wire.Options{Bodies: []wire.BodyPreference{pref(wire.BodyText, 5)}, BodyParts: []wire.BodyPreference{tt.pref}}
			for _, version := range AllVersions {
				n := parseDump(t, written(t, h, r, emailForm{version: version, options: o}))
				p := n.at("AirSyncBase:BodyPart")
				if version < V141 {
					if p != nil {
						t.Errorf("%v has a part", version)
					}
					continue
				}
				if p == nil || p.kids[0].name != "AirSyncBase:Status" || p.get("AirSyncBase:Status") != "1" || p.get("AirSyncBase:Type") != "2" {
					t.Fatalf("%v: %+v", version, p)
				}
				data := p.get("AirSyncBase:Data")
				if !strings.Contains(data, tt.shows) || strings.Contains(data, "Shall we") || (p.at("AirSyncBase:Truncated") != nil) != tt.truncated || p.get("AirSyncBase:Preview") != tt.preview {
					t.Errorf("%v: %+v", version, p)
				}
				if b := n.at("AirSyncBase:Body"); b.get("AirSyncBase:Data") != "Gladl" {
					t.Errorf("%v: body %+v", version, b)
				}
			}
		})
	}
}

// TestBodyPartTooLarge: 176 for what an answer does not hold.
func TestBodyPartTooLarge(t *testing.T) {
	once(t)
	h, r := emailRig(t, []byte("Content-Type: text/plain\r\n\r\n"+strings.Repeat("a line\r\n", maxBody/8+10)))
	for size, status := range map[int64]string{-1: "176", 1000: "1"} {
		o := wire.Options{BodyParts: []wire.BodyPreference{pref(wire.BodyHTML, size)}}
		p := parseDump(t, written(t, h, r, emailForm{version: V141, options: o})).at("AirSyncBase:BodyPart")
		if p.get("AirSyncBase:Status") != status || (p.at("AirSyncBase:Data") == nil) != (status == "176") {
			t.Errorf("size %d: status %s", size, p.get("AirSyncBase:Status"))
		}
	}
}

// TestBodyPartType: parts come as HTML or not at all.
func TestBodyPartType(t *testing.T) {
	for _, version := range []Version{V141, V160, V161} {
		r := newRig(t)
		inbox := collectionID(r.folder(store.Inbox).ID)
		body := strings.TrimSuffix(syncOne(inbox, r.prime(t, call{version: version}, inbox), nil), "\n") +
			"\n      AirSync:Options\n        AirSyncBase:BodyPartPreference\n          AirSyncBase:Type \"1\"\n"
		if a := r.sync(t, call{version: version, body: body}); a.value("AirSync:Status") != "164" {
			t.Errorf("%v: %d\n%s", version, a.code, a.dump)
		}
	}
}

// TestPreview: a preview is sent to whom plain text is not.
func TestPreview(t *testing.T) {
	h, r := emailRig(t, []byte(crlf(twoForms)))
	with := func(p wire.BodyPreference, n int) wire.BodyPreference { p.Preview = n; return p }
	all := with(pref(wire.BodyText, 3), 5)
	all.AllOrNone = true
	for _, tt := range []struct {
		name  string
		prefs []wire.BodyPreference
		want  string
	}{
		{"HTML", []wire.BodyPreference{with(pref(wire.BodyHTML, -1), 8)}, "Größe: o"},
		{"text", []wire.BodyPreference{with(pref(wire.BodyText, -1), 8)}, ""},
		{"text that is not sent", []wire.BodyPreference{all}, "Größe"},
		{"not asked", []wire.BodyPreference{pref(wire.BodyHTML, -1)}, ""},
	} {
		for _, version := range AllVersions[1:] {
			b := bodyOf(t, written(t, h, r, emailForm{version: version, options: wire.Options{Bodies: tt.prefs}}))
			want := tt.want
			if version < V140 {
				want = ""
			}
			if got := b.get("AirSyncBase:Preview"); got != want {
				t.Errorf("%s at %v: %q, want %q", tt.name, version, got, want)
			}
		}
	}
}

const voiceMail = `From: caller@example.test
To: rita@example.test
Subject: Voice mail
Content-Class: voice
X-CallingTelephoneNumber: +49 40 123456
X-VoiceMessageDuration: 17
X-AttachmentOrder: old.wav;new.wav
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

You have a message.
--b
Content-Type: audio/wav; name=old.wav

x
--b
Content-Type: audio/wav; name=new.wav

x
--b
Content-Type: image/png; name=fax.png

x
--b--
`

// TestVoice checks what is told of a recorded call.
func TestVoice(t *testing.T) {
	h, r := emailRig(t, []byte(crlf(voiceMail)))
	for _, version := range AllVersions {
		n := parseDump(t, written(t, h, r, emailForm{version: version}))
		if got := n.get("Email:MessageClass"); got != "IPM.Note.Microsoft.Voicemail" {
			t.Errorf("%v: class %s", version, got)
		}
		caller := ""
		if version >= V140 {
			caller = "+49 40 123456"
		}
		if got := n.get("Email2:UmCallerID"); got != caller {
			t.Errorf("%v: caller %q", version, got)
		}
		if version < V120 {
			continue
		}
		want := map[string]string{"old.wav": "2 0", "new.wav": "1 17", "fax.png": ""}
		for _, file := range n.at("AirSyncBase:Attachments").kids {
			got := strings.TrimSpace(file.get("Email2:UmAttOrder") + " " + file.get("Email2:UmAttDuration"))
			if name := file.get("AirSyncBase:DisplayName"); version >= V140 && got != want[name] || version < V140 && got != "" {
				t.Errorf("%v: %s is %q", version, name, got)
			}
		}
	}
}

// TestReceivedAsBcc lists whom a message is told to have reached unnamed.
func TestReceivedAsBcc(t *testing.T) {
	once(t)
	const from = "From: otto@example.test\nSubject: x\n"
	tests := []struct {
		name, message string
		role          store.Role
		want          bool
	}{
		{"to the user", from + "To: rita@example.test\n\nx\n", store.Inbox, false},
		{"to an alias, in another case", from + "Cc: SALES@Example.test\n\nx\n", store.Inbox, false},
		{"to the user with a tag", from + "To: rita+boats@example.test\n\nx\n", store.Inbox, false},
		{"to nobody", from + "To: undisclosed-recipients:;\n\nx\n", store.Inbox, true},
		{"to others", from + "To: eva@example.test\n\nx\n", store.Inbox, true},
		{"to others, through this host", "Received: from there (1.2.3.4)\n\tby mx.example.test (Gannet) with ESMTP id x; now\n" + from + "To: eva@example.test\n\nx\n", store.Inbox, true},
		{"moved here with its mailbox", "Received: from there by elsewhere.test; then\n" + from + "To: rita@elsewhere.test\n\nx\n", store.Inbox, false},
		{"a list", "List-Id: <boats.example.test>\n" + from + "To: boats@example.test\n\nx\n", store.Inbox, false},
		{"the user's own", "From: rita@example.test\nTo: eva@example.test\n\nx\n", store.Inbox, false},
		{"sent", "From: old@example.test\nTo: eva@example.test\n\nx\n", store.Sent, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, version := range AllVersions {
				r := newRig(t)
				folder := collectionID(r.deliver(tt.role, tt.message).Collection)
				c := call{version: version}
				c.body = syncOne(folder, r.prime(t, c, folder), nil)
				a := r.sync(t, c)
				if got := a.value("Email2:ReceivedAsBcc") == "1"; got != (tt.want && version >= V140) {
					t.Errorf("%v: %v", version, got)
				}
			}
		})
	}
}

// TestExact: in a multipart answer a message is its bytes, whatever they are.
func TestExact(t *testing.T) {
	signed := "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xf6\xdfe\x1b$B\r\n" +
		"--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--b--\r\n"
	h, r := emailRig(t, []byte(signed))
	o := wire.Options{MIMESupport: 1, Bodies: []wire.BodyPreference{pref(wire.BodyMIME, -1)}}
	for _, exact := range []bool{true, false} {
		m, err := h.renderEmail(t.Context(), r, emailForm{version: V141, options: o, exact: exact})
		must(t, err)
		var got bytes.Buffer
		if _, err := got.ReadFrom(m.Body.Data); err != nil {
			t.Fatal(err)
		}
		m.close()
		if (got.String() == signed) != exact || exact && m.Body.Size != int64(len(signed)) {
			t.Errorf("exact %v: %q", exact, got.String())
		}
	}
}
