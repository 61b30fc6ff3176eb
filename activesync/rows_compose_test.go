package activesync

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestRowsSaveInSent lists how a device says that it wants a copy in Sent, and that it does not.
func TestRowsSaveInSent(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		forms := map[string]int{"": 0, "F": 0, "T": 1, "t": 1}
		if v >= V140 {
			forms = map[string]int{"": 0, "  ComposeMail:SaveInSentItems\n": 1, "  ComposeMail:SaveInSentItems \"1\"\n": 1}
		}
		copies := 0
		for form, want := range forms {
			const message = "To: otto@example.test\nSubject: x\n\n%s\n"
			c := call{cmd: "SendMail", version: v, body: fmt.Sprintf("ComposeMail:SendMail\n  ComposeMail:ClientId %q\n%s  ComposeMail:Mime %s\n", form, form, opaque(fmt.Sprintf(message, form)))}
			if v < V140 {
				c.body, c.mime = "", fmt.Sprintf(message, form)
				if form != "" {
					c.query = url.Values{"SaveInSent": {form}}
				}
			}
			if a := r.do(c); a.code != 200 || len(a.body) != 0 {
				t.Fatalf("%q: %d\n%s", form, a.code, a.dump)
			}
			list := r.records(store.Sent)
			if len(list)-copies != want || want == 1 && list[len(list)-1].Item.Flags&store.Seen == 0 {
				t.Errorf("%q: %d copies", form, len(list)-copies)
			}
			copies = len(list)
		}
	})
}

// TestRowsSentOverQuota: without room for the copy in Sent nothing is sent, and the device is told why.
func TestRowsSentOverQuota(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		must(t, r.st.Update(t.Context(), 0, func(tx store.Tx) error {
			a := r.rita
			a.Quota = 1
			return tx.UpdateAccount(a)
		}))
		c := call{cmd: "SendMail", version: v, body: sendMail("q", gladly)}
		want := "113"
		if v < V140 {
			c.body, c.mime, c.query, want = "", gladly, url.Values{"SaveInSent": {"T"}}, "HTTP 507"
		}
		a := r.do(c)
		if n := len(r.queued()); a.outcome() != want || n != 0 {
			t.Errorf("%s, %d in the queue\n%s", a.outcome(), n, a.dump)
		}
	})
}

// TestRowsClientID: a ClientId is at most 40 characters; longer ones of real devices are told apart all the same.
func TestRowsClientID(t *testing.T) {
	r := newRig(t)
	long := strings.Repeat("x", 60)
	for _, id := range []string{long + "1", long + "2", long + "1"} {
		a := r.do(call{cmd: "SendMail", version: V141, body: sendMail(id, gladly)})
		if a.code != 200 || len(a.body) != 0 {
			t.Fatalf("%d\n%s", a.code, a.dump)
		}
	}
	if n := len(r.queued()); n != 2 {
		t.Errorf("%d in the queue, want 2", n)
	}
}

// TestRowsWhatGoesOut sends messages as they come from devices and looks what leaves: MS-ASCMD, and what is known of
// clients.
func TestRowsWhatGoesOut(t *testing.T) {
	once(t)
	tests := []struct {
		name, message string
		has, hasNot   []string
	}{
		{"no date, no id", "To: otto@example.test\nSubject: x\n\nx\n", []string{"\r\nDate: ", "\r\nMessage-ID: <"}, nil},
		{"somebody else's address", "From: boss@elsewhere.test\nTo: otto@example.test\n\nx\n", []string{"From: \"Rita\" <rita@example.test>"}, []string{"boss@"}},
		{"an alias", "From: Sales <sales@example.test>\nTo: otto@example.test\n\nx\n", []string{"From: Sales <sales@example.test>"}, nil},
		{"Bcc", "To: otto@example.test\nBcc: eva@outside.test\n\nx\n", nil, []string{"eva@", "Bcc"}},
		{"a thread of Exchange's", "To: otto@example.test\nThread-Topic: Boats\nThread-Index: AQ==\n\nx\n", []string{"Thread-Topic: Boats\r\n", "Thread-Index: AQ==\r\n"}, nil},
		{"an answer that says so", "To: otto@example.test\nIn-Reply-To: <1@x.test>\nReferences: <0@x.test> <1@x.test>\n\nx\n", []string{"In-Reply-To: <1@x.test>\r\n", "References: <0@x.test> <1@x.test>\r\n"}, nil},
		{"winmail.dat", "To: otto@example.test\nMIME-Version: 1.0\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+Ig==\n",
			[]string{"application/ms-tnef; name=winmail.dat\r\n", "\r\neJ8+Ig==\r\n"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, v := range []Version{V25, V141, V161} {
				r := newRig(t)
				c := call{cmd: "SendMail", version: v, body: sendMail("1", tt.message)}
				if v < V140 {
					c.body, c.mime = "", tt.message
				}
				r.do(c)
				if len(r.queued()) == 0 {
					t.Fatalf("%v: nothing was sent", v)
				}
				raw := r.bytes(r.queued()[0].Blob)
				for _, want := range tt.has {
					if !strings.Contains("\r\n"+raw, want) {
						t.Errorf("%v: no %q in\n%s", v, want, raw)
					}
				}
				for _, bad := range tt.hasNot {
					if strings.Contains(raw, bad) {
						t.Errorf("%v: %q in\n%s", v, bad, raw)
					}
				}
				if strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\n") {
					t.Errorf("%v: bare line feeds in %q", v, raw)
				}
			}
		})
	}
}

// TestRowsReplyOmitsFiles: an answer has the original's text and not its files, a forward has both; with ReplaceMime
// neither.
func TestRowsReplyOmitsFiles(t *testing.T) {
	for cmd, replaced := range map[string][2]bool{"SmartReply": {false, false}, "SmartForward": {true, false}} {
		for i, more := range []string{"", "  ComposeMail:ReplaceMime\n"} {
			r := newRig(t)
			rec := r.deliver(store.Inbox, withFile)
			r.do(call{cmd: cmd, version: V141, body: smart(cmd, "1", byID(rec), more, gladly)})
			if len(r.queued()) != 1 {
				t.Fatal("nothing was sent")
			}
			raw := r.bytes(r.queued()[0].Blob)
			if got := strings.Contains(raw, "YWJjZGVm"); got != replaced[i] {
				t.Errorf("%s%s: has the file: %v\n%s", cmd, more, got, raw)
			}
			if got := strings.Contains(raw, "See there."); got != (i == 0) {
				t.Errorf("%s%s: has the text: %v\n%s", cmd, more, got, raw)
			}
		}
	}
}
