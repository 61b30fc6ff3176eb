package activesync

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

const (
	// crowdMail was sent to more than rita.
	crowdMail = `From: Otto <otto@example.test>
To: Rita <rita@example.test>, eva@example.test
Cc: sales@example.test
Subject: Lunch
Message-ID: <lunch@example.test>

Shall we all meet at noon?
`
	gladly = "To: otto@example.test\nSubject: Re: Lunch\n\nGladly.\n"
)

// smartCall is a SmartReply or SmartForward about a source at any version.
func smartCall(cmd, id string, version Version, rec store.Record, message string) call {
	c := call{cmd: cmd, version: version, body: smart(cmd, id, byID(rec), "", message)}
	if version < V140 {
		c.body, c.mime = "", message
		c.query = url.Values{"CollectionId": {collectionID(rec.Collection)}, "ItemId": {itemID(rec.Collection, rec.UID)}}
	}
	return c
}

// TestLastVerb does one thing after the other with a message and looks what a phone is told of it.
func TestLastVerb(t *testing.T) {
	once(t)
	steps := []struct {
		name, cmd, to string
		want          string
	}{
		{"answered", "SmartReply", "otto@example.test", "1"},
		{"forwarded after that", "SmartForward", "out@outside.test", "3"},
		{"answered to all", "SmartReply", "otto@example.test, EVA@example.test", "2"},
		{"forwarded again", "SmartForward", "out@outside.test", "3"},
		{"answered to the sender and a stranger", "SmartReply", "otto@example.test, out@outside.test", "1"},
	}
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			rec := r.deliver(store.Inbox, crowdMail)
			inbox := collectionID(rec.Collection)
			key := r.whole(t, call{version: version}, inbox, r.prime(t, call{version: version}, inbox))
			for i, step := range steps {
				r.clock = r.clock.Add(time.Minute)
				message := fmt.Sprintf("To: %s\nSubject: x\nMessage-ID: <%d@x.test>\n\nx\n", step.to, i)
				if a := r.do(smartCall(step.cmd, strconv.Itoa(i), version, rec, message)); a.code != 200 || len(a.body) != 0 {
					t.Fatalf("%s: %d\n%s", step.name, a.code, a.dump)
				}
				a := r.sync(t, call{version: version, body: syncOne(inbox, key, nil)})
				if version < V140 {
					if strings.Contains(a.dump, "LastVerb") {
						t.Errorf("%s: told what the version does not know:\n%s", step.name, a.dump)
					}
					continue
				}
				if a.value("Email2:LastVerbExecuted") != step.want || !a.has("Email2:LastVerbExecutionTime") {
					t.Errorf("%s: want %s\n%s", step.name, step.want, a.dump)
				}
				key = a.key()
			}
			if got := categories(r.records(store.Inbox)[0].Item.Keywords); len(got) != 0 {
				t.Errorf("categories %q", got)
			}
		})
	}
}

func TestLastVerbOfOthers(t *testing.T) {
	tests := []struct {
		flags    store.Flags
		keywords []string
		want     int
	}{
		{0, nil, 0},
		{0, []string{keywordToAll}, 0},
		{store.Answered, nil, verbReply},
		{store.Answered, []string{"$gannetrepliedtoall"}, verbReplyAll},
		{store.Forwarded, nil, verbForward},
		{store.Answered | store.Forwarded, nil, verbReply},
		{store.Answered | store.Forwarded, []string{keywordToAll, keywordForwarded}, verbForward},
	}
	for _, tt := range tests {
		if got := lastVerb(store.Item{Flags: tt.flags, Keywords: tt.keywords}); got != tt.want {
			t.Errorf("%v %q: %d, want %d", tt.flags, tt.keywords, got, tt.want)
		}
	}
}

// TestSmartWithoutSource: an answer is sent, a forward is refused, at every version.
func TestSmartWithoutSource(t *testing.T) {
	once(t)
	for _, version := range AllVersions {
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			gone := r.deliver(store.Inbox, lunch)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(gone.Collection, gone.UID) }))
			if a := r.do(smartCall("SmartReply", "a", version, gone, gladly)); a.code != 200 || len(a.body) != 0 {
				t.Errorf("answer: %d\n%s", a.code, a.dump)
			}
			if n := len(r.queued()); n != 1 {
				t.Fatalf("%d in the queue", n)
			}
			if raw := r.bytes(r.queued()[0].Blob); !strings.Contains(raw, "Gladly.") || strings.Contains(raw, "Original Message") {
				t.Errorf("sent\n%s", raw)
			}
			a := r.do(smartCall("SmartForward", "f", version, gone, gladly))
			if version >= V140 && a.value("ComposeMail:Status") != "150" || version < V140 && a.code != 400 {
				t.Errorf("forward: %d\n%s", a.code, a.dump)
			}
			if n := len(r.queued()); n != 1 {
				t.Errorf("%d in the queue", n)
			}
		})
	}
}

// TestSmartStatuses lists what the later versions refuse.
func TestSmartStatuses(t *testing.T) {
	once(t)
	forwardees := "  ComposeMail:Forwardees\n    ComposeMail:Forwardee\n      ComposeMail:Email \"x@y.test\"\n"
	instance := func(when string) func(store.Record) string {
		return func(rec store.Record) string {
			return strings.TrimSuffix(byID(rec), "\n") + "\n    ComposeMail:InstanceId \"" + when + "\"\n"
		}
	}
	tests := []struct {
		name     string
		min, max Version
		source   func(store.Record) string
		more     string
		message  string
		want     string // "": it is sent
	}{
		{"instance of what is no series", V140, V161, instance("2026-08-28T08:00:00.000Z"), "", gladly, "146"},
		{"instance that is no date", V140, V161, instance("yesterday"), "", gladly, "104"},
		{"ids that are none", V140, V161, func(store.Record) string { return "  ComposeMail:Source\n    ComposeMail:LongId \"nonsense\"\n" }, "", gladly, "150"},
		{"an account", V141, V161, byID, "  ComposeMail:AccountId \"7\"\n", gladly, "166"},
		{"an account, before there were any", V140, V140, byID, "  ComposeMail:AccountId \"7\"\n", gladly, ""},
		{"a rights template", V141, V161, byID, "  RightsManagement:TemplateID \"x\"\n", gladly, "168"},
		{"forwardees of a message", V160, V161, byID, forwardees, "", "179"},
		{"forwardees and a message", V160, V161, byID, forwardees, gladly, "178"},
		{"forwardees and a copy", V160, V161, byID, forwardees + "  ComposeMail:SaveInSentItems\n", "", "178"},
		{"forwardees and replaced", V160, V161, byID, forwardees + "  ComposeMail:ReplaceMime\n", "", "178"},
		{"a body and a message", V160, V161, byID, "  AirSyncBase:Body\n    AirSyncBase:Type \"1\"\n    AirSyncBase:Data \"x\"\n", gladly, "178"},
		{"forwardees, before there were any", V140, V141, byID, forwardees, gladly, ""},
		{"no message", V140, V161, byID, "", "", "103"},
	}
	for _, tt := range tests {
		for _, version := range AllVersions {
			if version < tt.min || version > tt.max {
				continue
			}
			t.Run(tt.name+" "+version.String(), func(t *testing.T) {
				r := newRig(t)
				rec := r.deliver(store.Inbox, lunch)
				body := smart("SmartForward", "s", tt.source(rec), tt.more, tt.message)
				if tt.message == "" {
					body = body[:strings.Index(body, "  ComposeMail:Mime")]
				}
				a := r.do(call{cmd: "SmartForward", version: version, body: body})
				if a.value("ComposeMail:Status") != tt.want || a.code != 200 {
					t.Errorf("%d, want status %q\n%s", a.code, tt.want, a.dump)
				}
				if sent := len(r.queued()) > 0; sent != (tt.want == "") {
					t.Errorf("sent: %v", sent)
				}
			})
		}
	}
}

// TestSmartInstance: one meeting of a series may be named.
func TestSmartInstance(t *testing.T) {
	r := newRig(t)
	rec := r.deliver(store.Inbox, invitation("REQUEST", "RRULE:FREQ=WEEKLY;COUNT=5"))
	source := byID(rec) + "    ComposeMail:InstanceId \"2026-08-28T08:00:00.000Z\"\n"
	a := r.do(call{cmd: "SmartReply", body: smart("SmartReply", "i", source, "", gladly)})
	if a.code != 200 || len(a.body) != 0 {
		t.Errorf("%d\n%s", a.code, a.dump)
	}
	if f := r.records(store.Inbox)[0].Item.Flags; f&store.Answered == 0 {
		t.Errorf("flags %v", f)
	}
}

// TestSmartSealed: a signed answer is sent as it is, to the byte, and nothing is added to it.
func TestSmartSealed(t *testing.T) {
	const signed = "To: otto@example.test\nMIME-Version: 1.0\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nGladly.  \n\n--b\nContent-Type: application/pkcs7-signature\nContent-Transfer-Encoding: base64\n\nMIIB\n--b--\n"
	for _, cmd := range []string{"SmartReply", "SmartForward", "SendMail"} {
		r := newRig(t)
		rec := r.deliver(store.Inbox, lunch)
		c := smartCall(cmd, "s", V141, rec, signed)
		if cmd == "SendMail" {
			c = call{cmd: cmd, body: sendMail("s", signed)}
		}
		if a := r.do(c); a.code != 200 || len(a.body) != 0 {
			t.Fatalf("%s: %d\n%s", cmd, a.code, a.dump)
		}
		_, body, _ := strings.Cut(r.bytes(r.queued()[0].Blob), "\r\n\r\n")
		_, want, _ := strings.Cut(crlf(signed), "\r\n\r\n")
		if body != want {
			t.Errorf("%s: sent\n%q\nwant\n%q", cmd, body, want)
		}
	}
}
