package activesync

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// fullHead has every field that is told of a message.
const fullHead = `From: =?utf-8?q?Gr=C3=BCn?= <otto@example.test>
Sender: office@example.test
Reply-To: a@x.test, "B, C" <b@x.test>
To: Rita <rita@example.test>, eva@example.test, "Last, First" <f@example.test>
Cc: Uwe <uwe@example.test>
Subject: Re: Fwd: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Sat, 22 Aug 2026 09:00:00 +0200
X-Priority: 1
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>Gr=F6=DFe <img src="cid:pic@x"> <img src="http://x.test/loc.png"></p>
--b
Content-Type: image/png; name=pic.png
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

AAECAwQF
--b
Content-Type: application/pdf; name="report.pdf"
Content-Disposition: attachment; filename="report.pdf"
Content-ID: <nine@phone>
Content-Location: http://x.test/report.pdf
Content-Transfer-Encoding: base64

AAEC
--b
Content-Type: message/rfc822

Subject: Inside
From: otto@example.test

x
--b--
`

// TestRowsEmail tells of a message with everything, at every version: MS-ASEMAIL and MS-ASAIRS, element by element.
func TestRowsEmail(t *testing.T) {
	tests := []struct {
		path  string
		want  string
		since Version
	}{
		{"Email:From", `"Grün" <otto@example.test>`, V25},
		{"Email2:Sender", "office@example.test", V140},
		{"Email:ReplyTo", `a@x.test; "B, C" <b@x.test>`, V25},
		{"Email:To", `"Rita" <rita@example.test>, eva@example.test, "Last, First" <f@example.test>`, V25},
		{"Email:Cc", `"Uwe" <uwe@example.test>`, V25},
		{"Email:DisplayTo", "Rita;eva@example.test;Last, First", V25},
		{"Email:Subject", "Re: Fwd: Grüße", V25},
		{"Email:ThreadTopic", "Grüße", V25},
		{"Email:DateReceived", "2026-08-22T10:15:00.000Z", V25},
		{"Email:Importance", "2", V25},
		{"Email:Read", "0", V25},
		{"Email:MessageClass", "IPM.Note", V25},
		{"Email:InternetCPID", "65001", V25},
		{"Email:ContentClass", "urn:content-classes:message", V120},
		{"AirSyncBase:NativeBodyType", "2", V120},
		{"Email2:Bcc", "", V25},
		{"Email2:IsDraft", "", V25},
		{"Email2:ReceivedAsBcc", "", V25},
		{"Email2:AccountId", "", V25},
	}
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		r.deliver(store.Inbox, fullHead)
		inbox := collectionID(r.folder(store.Inbox).ID)
		c := call{version: v}
		a := r.sync(t, call{version: v, body: syncOne(inbox, r.prime(t, c, inbox), nil)})
		data := a.commands("Add")[0].at("AirSync:ApplicationData")
		for _, tt := range tests {
			want := tt.want
			if v < tt.since {
				want = ""
			}
			if got := data.get(tt.path); got != want {
				t.Errorf("%s is %q, want %q", tt.path, got, want)
			}
		}
		if flag := data.at("Email:Flag"); (flag != nil && len(flag.kids) == 0) != (v >= V120) {
			t.Errorf("no empty Flag: %+v", flag)
		}
		wantFiles := "pic.png 1 6 pic@x  1|report.pdf 1 3 nine@phone http://x.test/report.pdf |Inside.eml 5 " + fmt.Sprint(len("Subject: Inside\r\nFrom: otto@example.test\r\n\r\nx")) + "   "
		container := data.at("AirSyncBase:Attachments")
		if v < V120 {
			container, wantFiles = data.at("Email:Attachments"), strings.NewReplacer(" pic@x  1", "", " nine@phone http://x.test/report.pdf ", "", "   ", "").Replace(wantFiles)
		}
		if container == nil {
			t.Fatalf("no files\n%s", a.dump)
		}
		var files []string
		for _, f := range container.kids {
			if v < V120 {
				files = append(files, fmt.Sprintf("%s %s %s", f.get("Email:DisplayName"), f.get("Email:AttMethod"), f.get("Email:AttSize")))
				continue
			}
			files = append(files, fmt.Sprintf("%s %s %s %s %s %s", f.get("AirSyncBase:DisplayName"), f.get("AirSyncBase:Method"), f.get("AirSyncBase:EstimatedDataSize"),
				f.get("AirSyncBase:ContentId"), f.get("AirSyncBase:ContentLocation"), f.get("AirSyncBase:IsInline")))
		}
		if got := strings.Join(files, "|"); got != wantFiles {
			t.Errorf("files\n%s\nwant\n%s", got, wantFiles)
		}
	})
}

// TestRowsSender: Sender is told when it is not From.
func TestRowsSender(t *testing.T) {
	for head, want := range map[string]string{
		"From: a@x.test\nSender: a@x.test\n": "", "From: a@x.test\n": "", "From: a@x.test\nSender: b@x.test\n": "b@x.test",
	} {
		h, rec := emailRig(t, []byte(crlf(head+"Subject: x\n\nx\n")))
		if got := parseDump(t, written(t, h, rec, emailForm{version: V141})).get("Email2:Sender"); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// TestRowsConversationIndex: five bytes of time and five for each answer, as Exchange has them; of what it says in
// Thread-Index those are kept.
func TestRowsConversationIndex(t *testing.T) {
	guid := bytes.Repeat([]byte{7}, 16)
	raw := append([]byte{1, 0xC8, 0xA7, 0xE8, 0x9A, 0x01}, guid...)
	block := []byte{0, 1, 2, 3, 4}
	if got := conversationIndex(store.Item{}, base64.StdEncoding.EncodeToString(append(raw, block...))); hex.EncodeToString(got) != "c8a7e89a01"+"0001020304" {
		t.Errorf("of Thread-Index: %x", got)
	}
	at := time.Date(2026, 8, 22, 10, 0, 0, 0, time.UTC)
	var last []byte
	for i, when := range []time.Time{at.AddDate(-40, 0, 0), at, at.Add(time.Minute), at.Add(time.Hour), at.AddDate(60, 0, 0)} {
		for _, other := range []string{"", "rubbish", base64.StdEncoding.EncodeToString(raw[:9])} {
			got := conversationIndex(store.Item{Received: when}, other)
			if len(got) != 10 || last != nil && (!bytes.Equal(got[:5], last[:5]) || bytes.Compare(got, last) < 0) {
				t.Errorf("%d, %q: %x after %x", i, other, got, last)
			}
			last = got
		}
	}
	var file [8]byte
	for i, n := 7, filetime(conversationStart); i >= 0; i, n = i-1, n>>8 {
		file[i] = byte(n)
	}
	if !bytes.Equal(last[:5], file[1:6]) {
		t.Errorf("header %x of %x", last[:5], file)
	}
}

// TestRowsEmptyBody: a message without text has a Body with its type, the size 0 and no data, and is not cut.
func TestRowsEmptyBody(t *testing.T) {
	for kind, asked := range map[string]wire.BodyPreference{"1": pref(1, 100), "2": pref(2, 100)} {
		for _, v := range AllVersions[1:] {
			h, rec := emailRig(t, []byte("Subject: x\r\n\r\n"))
			b := bodyOf(t, written(t, h, rec, emailForm{version: v, options: wire.Options{Bodies: []wire.BodyPreference{asked}}}))
			if b.get("AirSyncBase:Type") != kind || b.get("AirSyncBase:EstimatedDataSize") != "0" || b.at("AirSyncBase:Truncated") != nil || b.get("AirSyncBase:Data") != "" {
				t.Errorf("%v: %q %q, cut: %v", v, b.get("AirSyncBase:EstimatedDataSize"), b.get("AirSyncBase:Data"), b.at("AirSyncBase:Truncated") != nil)
			}
		}
	}
}

// TestRowsLongAddresses: a list of addresses is told up to 32,768 bytes, whole addresses only.
func TestRowsLongAddresses(t *testing.T) {
	var head strings.Builder
	for _, field := range []string{"To", "Cc", "Reply-To"} {
		head.WriteString(field + ": x0@example.test")
		for i := range 3000 {
			fmt.Fprintf(&head, ",\r\n person number %d <p%d@example.test>", i, i)
		}
		head.WriteString("\r\n")
	}
	h, rec := emailRig(t, []byte(head.String()+"From: a@x.test\r\n\r\nx\r\n"))
	n := parseDump(t, written(t, h, rec, emailForm{version: V141}))
	for _, tag := range []string{"Email:To", "Email:Cc", "Email:ReplyTo", "Email:DisplayTo"} {
		text := n.get(tag)
		if len(text) > 32768 || len(text) < 32000 || tag != "Email:DisplayTo" && !strings.HasSuffix(text, ".test>") {
			t.Errorf("%s has %d bytes, to %.40q", tag, len(text), text[max(0, len(text)-40):])
		}
	}
}
