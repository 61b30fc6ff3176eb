package activesync

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// sendMail is the document of a SendMail whose message is kept in Sent.
func sendMail(id, message string) string {
	return fmt.Sprintf("ComposeMail:SendMail\n  ComposeMail:ClientId %q\n  ComposeMail:SaveInSentItems\n  ComposeMail:Mime %s\n", id, opaque(message))
}

// smart is the document of a SmartReply or SmartForward.
func smart(cmd, id, source, more, message string) string {
	return fmt.Sprintf("ComposeMail:%s\n  ComposeMail:ClientId %q\n%s%s  ComposeMail:Mime %s\n", cmd, id, source, more, opaque(message))
}

func byID(r store.Record) string {
	return fmt.Sprintf("  ComposeMail:Source\n    ComposeMail:FolderId %q\n    ComposeMail:ItemId %q\n",
		collectionID(r.Collection), itemID(r.Collection, r.UID))
}

// opaque writes a message as a value of opaque data in a dump.
func opaque(message string) string { return fmt.Sprintf(`x"%x"`, crlf(message)) }

const lunch = `From: Otto <otto@example.test>
To: Rita <rita@example.test>
Subject: Lunch
Message-ID: <lunch@example.test>
Date: Sat, 22 Aug 2026 09:00:00 +0000

Shall we meet at noon?
`

func TestSendMail(t *testing.T) {
	once(t)
	message := "From: Somebody Else <boss@elsewhere.test>\nTo: Otto <otto@example.test>, out@outside.test\nBcc: hidden@outside.test\nSubject: Gruß\n\nhello\n"
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			c := call{cmd: "SendMail", version: version, body: sendMail("one", message)}
			if version < V140 {
				c.body, c.mime, c.query = "", message, url.Values{"SaveInSent": {"T"}}
			}
			if a := r.do(c); a.code != 200 || len(a.body) != 0 {
				t.Fatalf("%d\n%s", a.code, a.dump)
			}
			var to []string
			for _, q := range r.queued() {
				to = append(to, q.Recipient)
				if raw := r.bytes(q.Blob); strings.Contains(raw, "hidden@") || !strings.Contains(raw, "Message-ID:") || !strings.Contains(raw, `From: "Rita" <rita@example.test>`) {
					t.Errorf("sent:\n%s", raw)
				}
				if q.Sender != rita {
					t.Errorf("sender %q", q.Sender)
				}
			}
			slices.Sort(to)
			if want := []string{"hidden@outside.test", otto, "out@outside.test"}; !slices.Equal(to, want) {
				t.Errorf("recipients %v, want %v", to, want)
			}
			sent := r.records(store.Sent)
			if len(sent) != 1 || sent[0].Item.Flags&store.Seen == 0 {
				t.Fatalf("in Sent: %+v", sent)
			}
			if raw := r.bytes(sent[0].Item.Blob); !strings.Contains(raw, "Bcc: hidden@") {
				t.Errorf("copy in Sent:\n%s", raw)
			}
		})
	}
}

func TestSendMailWithoutCopy(t *testing.T) {
	r := newRig(t)
	body := "ComposeMail:SendMail\n  ComposeMail:Mime " + opaque("To: otto@example.test\n\nx") + "\n  ComposeMail:ClientId \"order of children is free\"\n"
	if a := r.do(call{cmd: "SendMail", body: body}); a.code != 200 || len(a.body) != 0 {
		t.Fatalf("%d\n%s", a.code, a.dump)
	}
	if a := r.do(call{cmd: "SendMail", version: V121, mime: "To: otto@example.test\n\nx"}); a.code != 200 {
		t.Fatalf("before 14.0: %d", a.code)
	}
	if n := len(r.queued()); n != 2 {
		t.Errorf("%d in the queue, want 2", n)
	}
	if n := len(r.records(store.Sent)); n != 0 {
		t.Errorf("%d copies in Sent, want none", n)
	}
}

// TestSendMailOnce repeats requests, as a phone does that did not hear the answer.
func TestSendMailOnce(t *testing.T) {
	r := newRig(t)
	message := "To: otto@example.test\nMessage-ID: <m@example.test>\n\nx"
	with := call{cmd: "SendMail", body: sendMail("once", "To: otto@example.test\n\nx")}
	bare := call{cmd: "SendMail", version: V121, mime: message}
	for range 3 {
		for _, c := range []call{with, bare} {
			if a := r.do(c); a.code != 200 || len(a.body) != 0 {
				t.Fatalf("%d\n%s", a.code, a.dump)
			}
		}
	}
	if n := len(r.queued()); n != 2 {
		t.Errorf("%d in the queue, want 2", n)
	}
	odd := call{cmd: "SendMail", body: strings.Replace(with.body, `"once"`, `x"ff00fe"`, 1)} // not UTF-8
	for range 2 {
		r.do(odd)
	}
	if n := len(r.queued()); n != 3 {
		t.Errorf("a ClientId that is no text: %d in the queue, want 3", n)
	}
	with.device = "another"
	r.do(with)
	if n := len(r.queued()); n != 4 {
		t.Errorf("another device with the same ClientId: %d in the queue, want 4", n)
	}
	with.device = ""
	r.clock = r.clock.Add(sentLife + time.Hour)
	r.do(with)
	if n := len(r.queued()); n != 5 {
		t.Errorf("after days: %d in the queue, want 5", n)
	}
}

func TestSentMemoryIsBounded(t *testing.T) {
	r := newRig(t)
	for i := range maxSent + 10 {
		r.do(call{cmd: "SendMail", body: sendMail(strconv.Itoa(i), "To: otto@example.test\n\nx")})
	}
	must(t, r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) error {
		marks, before, err := sentBefore(tx, "phone1", fmt.Sprintf("c0:%d", maxSent+9), r.clock)
		if len(marks) != maxSent || !before {
			t.Errorf("%d marks, last one known: %v", len(marks), before)
		}
		return err
	}))
}

func TestComposeErrors(t *testing.T) {
	r := newRig(t)
	rec := r.deliver(store.Inbox, lunch)
	message := "To: otto@example.test\n\nx"
	var crowd string
	for i := range maxRecipients + 1 {
		crowd += fmt.Sprintf("Bcc: u%d@example.test\n", i)
	}
	gone := "  ComposeMail:Source\n    ComposeMail:FolderId \"c1\"\n    ComposeMail:ItemId \"c1:999\"\n"
	tests := []struct {
		name   string
		call   call
		status int
		http   int // before 14.0
	}{
		{"no recipient", call{cmd: "SendMail", body: sendMail("e1", "Subject: x\n\nx"), mime: "Subject: x\n\nx"}, statusNoRecipient, 500},
		{"too many recipients", call{cmd: "SendMail", body: sendMail("e7", crowd+"\nx"), mime: crowd + "\nx"}, statusSubmissionFailed, 500},
		{"no header", call{cmd: "SendMail", body: sendMail("e0", strings.Repeat("x", 2<<20)), mime: strings.Repeat("x", 2<<20)}, statusInvalidMIME, 400},
		{"no message", call{cmd: "SendMail", body: "ComposeMail:SendMail\n  ComposeMail:ClientId \"e2\"\n"}, statusInvalidXML, 0},
		{"source is gone", call{cmd: "SmartForward", body: smart("SmartForward", "e3", gone, "", message), mime: message,
			query: url.Values{"ItemId": {"c1:999"}, "CollectionId": {"c1"}}}, statusItemNotFound, 400},
		{"source in another folder", call{cmd: "SmartForward", body: smart("SmartForward", "e4",
			strings.Replace(byID(rec), collectionID(rec.Collection)+"\"\n    ", "c99\"\n    ", 1), "", message)}, statusItemNotFound, 0},
		{"bad instance", call{cmd: "SmartReply", body: smart("SmartReply", "e5",
			byID(rec)+"    ComposeMail:InstanceId \"yesterday\"\n", "", message)}, statusInvalidDateTime, 0},
		{"foreign account", call{cmd: "SendMail", version: V141, body: strings.Replace(sendMail("e6", message), "  ComposeMail:Save", "  ComposeMail:AccountId \"7\"\n  ComposeMail:Save", 1)}, statusAccountID, 0},
		{"forwardees", call{cmd: "SmartForward", version: V161, body: "ComposeMail:SmartForward\n  ComposeMail:Forwardees\n    ComposeMail:Forwardee\n      ComposeMail:Email \"x@y.test\"\n"}, statusSmartForward, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.call
			c.mime = ""
			if a := r.do(c); a.outcome() != commonAt(cmp.Or(c.version, baseVersion), tt.status) {
				t.Errorf("%d %s, want status %d", a.code, a.dump, tt.status)
			}
			if tt.http == 0 {
				return
			}
			c = tt.call
			c.body, c.version = "", V121
			if a := r.do(c); a.code != tt.http || len(a.body) != 0 {
				t.Errorf("before 14.0: %d %s, want %d", a.code, a.body, tt.http)
			}
		})
	}
	if n := len(r.queued()); n != 0 {
		t.Errorf("%d in the queue, want none", n)
	}
	if f := r.records(store.Inbox)[0].Item.Flags; f&(store.Answered|store.Forwarded) != 0 {
		t.Errorf("the source is marked: %v", f)
	}
}

func TestSmartReplyAndForward(t *testing.T) {
	once(t)
	const text = "To: otto@example.test\nSubject: Re: Lunch\nContent-Type: text/plain; charset=utf-8\n\nGladly.\n"
	for _, cmd := range []string{"SmartReply", "SmartForward"} {
		for _, version := range AllVersions {
			t.Run(cmd+" "+version.String(), func(t *testing.T) {
				r := newRig(t)
				rec := r.deliver(store.Inbox, lunch)
				c := call{cmd: cmd, version: version, body: smart(cmd, "s", byID(rec), "", text)}
				if version < V140 {
					c.body, c.mime = "", text
					c.query = url.Values{"CollectionId": {collectionID(rec.Collection)}, "ItemId": {itemID(rec.Collection, rec.UID)}}
				}
				if a := r.do(c); a.code != 200 || len(a.body) != 0 {
					t.Fatalf("%d\n%s", a.code, a.dump)
				}
				r.checkResponse(cmd, true)
			})
		}
	}
}

// checkResponse looks at the one message in the queue and at the source.
func (r *rig) checkResponse(cmd string, quoted bool) {
	r.t.Helper()
	queue := r.queued()
	if len(queue) != 1 {
		r.t.Fatalf("%d in the queue, want 1", len(queue))
	}
	raw := r.bytes(queue[0].Blob)
	for _, want := range []string{"Gladly.", "In-Reply-To: <lunch@example.test>", "References: <lunch@example.test>"} {
		if !strings.Contains(raw, want) {
			r.t.Errorf("%q is missing in\n%s", want, raw)
		}
	}
	if strings.Contains(raw, "Shall we meet") != quoted {
		r.t.Errorf("quoted: %v, want %v\n%s", !quoted, quoted, raw)
	}
	want := store.Answered
	if cmd == "SmartForward" {
		want = store.Forwarded
	}
	if item := r.records(store.Inbox)[0].Item; item.Flags&(store.Answered|store.Forwarded) != want || !item.VerbTime.Equal(r.clock) {
		r.t.Errorf("source has flags %v at %v, want %v", item.Flags, item.VerbTime, want)
	}
}

func TestReplaceMIME(t *testing.T) {
	r := newRig(t)
	rec := r.deliver(store.Inbox, lunch)
	text := "To: otto@example.test\nSubject: Re: Lunch\n\nGladly.\n"
	if a := r.do(call{cmd: "SmartReply", body: smart("SmartReply", "r1", byID(rec), "  ComposeMail:ReplaceMime\n", text)}); a.code != 200 || len(a.body) != 0 {
		t.Fatalf("%d\n%s", a.code, a.dump)
	}
	r.checkResponse("SmartReply", false)
}

// TestReplaceMIMEWithoutSource sends a complete message whose source is gone: nothing of it is needed.
func TestReplaceMIMEWithoutSource(t *testing.T) {
	r := newRig(t)
	var crowd string
	for i := range maxRecipients + 1 {
		crowd += fmt.Sprintf("Bcc: u%d@example.test\n", i)
	}
	gone := "  ComposeMail:Source\n    ComposeMail:LongId \"L999\"\n"
	a := r.do(call{cmd: "SmartForward", body: smart("SmartForward", "r2", gone, "  ComposeMail:ReplaceMime \"1\"\n", "To: otto@example.test\n\nx")})
	if a.code != 200 || len(a.body) != 0 || len(r.queued()) != 1 {
		t.Errorf("%d, %d in the queue\n%s", a.code, len(r.queued()), a.dump)
	}
}

// TestSmartReplyByLongID names the source by LongId alone, and after it was moved.
func TestSmartReplyByLongID(t *testing.T) {
	r := newRig(t)
	rec := r.deliver(store.Inbox, lunch)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Move(rec.Collection, rec.UID, r.folder(store.Archive).ID)
		return err
	}))
	source := fmt.Sprintf("  ComposeMail:Source\n    ComposeMail:LongId %q\n", longID(rec.Item.ID))
	a := r.do(call{cmd: "SmartReply", body: smart("SmartReply", "l", source, "", "To: otto@example.test\n\nGladly.")})
	if a.code != 200 || len(a.body) != 0 {
		t.Fatalf("%d\n%s", a.code, a.dump)
	}
	if f := r.records(store.Archive)[0].Item.Flags; f&store.Answered == 0 {
		t.Errorf("source has flags %v", f)
	}
}

// TestComposePanic: a message that breaks the composer costs its own request and nothing else.
func TestComposePanic(t *testing.T) {
	r := newRig(t)
	_, _, err := r.ingest(t.Context(), func(io.Writer) (mail.Submission, error) { panic("hostile message") })
	if err == nil || !strings.Contains(err.Error(), "hostile message") {
		t.Errorf("%v, want the panic as an error", err)
	}
}
