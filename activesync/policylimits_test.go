package activesync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// TestPolicyFilter: the period of a policy holds for Sync, GetItemEstimate and Ping, whatever the device asks.
func TestPolicyFilter(t *testing.T) {
	for _, tt := range []struct {
		policy string
		asked  int
		want   int // of the messages 0, 2, 5, 10 and 20 days old
	}{
		{"0", 0, 5}, {"1", 0, 1}, {"2", 0, 2}, {"3", 0, 3}, {"4", 0, 4}, {"5", 0, 5},
		{"3", 2, 2}, {"2", 3, 2}, {"2", 5, 2}, {"2", 6, 2}, {"2", 8, 2}, {"0", 3, 3},
	} {
		t.Run(fmt.Sprint(tt.policy, tt.asked), func(t *testing.T) {
			r := newRig(t, withPolicy(policy.Rules{"MaxEmailAgeFilter": tt.policy, "AllowNonProvisionable": "1"}))
			now := r.clock
			for _, days := range []int{20, 10, 5, 2, 0} {
				r.clock = now.Add(-time.Duration(days)*24*time.Hour - time.Hour)
				r.fill(1)
			}
			r.clock = now
			// Of a kind that cannot take a policy: what the server sees to holds all the same.
			outlook := call{header: map[string]string{"User-Agent": "Outlook/15.0"}}
			inbox := r.fill(0)
			key := r.prime(t, outlook, inbox, "AirSync:Options", fmt.Sprintf(">AirSync:FilterType %q", fmt.Sprint(tt.asked)))
			estimate := outlook
			estimate.cmd = "GetItemEstimate"
			estimate.body = lines("GetItemEstimate:GetItemEstimate", ">GetItemEstimate:Collections", ">>GetItemEstimate:Collection",
				">>>AirSync:SyncKey \""+key+"\"", ">>>GetItemEstimate:CollectionId \""+inbox+"\"")
			if got := r.do(estimate).value("GetItemEstimate:Estimate"); got != fmt.Sprint(tt.want) {
				t.Errorf("estimate %s, want %d", got, tt.want)
			}
			outlook.body = syncOne(inbox, key, nil)
			if got := len(r.sync(t, outlook).commands("Add")); got != tt.want {
				t.Errorf("%d messages, want %d", got, tt.want)
			}
		})
	}
}

// TestPolicyFilterMoves: what a new policy puts out of the period leaves the device, and comes back with the old.
func TestPolicyFilterMoves(t *testing.T) {
	r := newRig(t, withPolicy(policy.Rules{"AllowNonProvisionable": "1"}))
	outlook := call{header: map[string]string{"User-Agent": "Outlook/15.0"}}
	now := r.clock
	r.clock = now.Add(-20 * 24 * time.Hour)
	r.fill(2)
	r.clock = now
	inbox := r.fill(1)
	key := r.whole(t, outlook, inbox, r.prime(t, outlook, inbox))
	r.setRules(0, policy.OfServer, policy.Rules{"AllowNonProvisionable": "1", "MaxEmailAgeFilter": "3"})
	outlook.body = syncOne(inbox, key, nil)
	a := r.sync(t, outlook)
	if n := len(a.commands("SoftDelete")); n != 2 {
		t.Fatalf("%d messages leave, want 2\n%s", n, a.dump)
	}
	r.setRules(0, policy.OfServer, policy.Rules{"AllowNonProvisionable": "1"})
	outlook.body = syncOne(inbox, a.key(), nil)
	if a = r.sync(t, outlook); len(a.commands("Add")) != 2 {
		t.Errorf("back again:\n%s", a.dump)
	}
}

// TestPolicyAttachments: files that a policy forbids are not given out in any way.
func TestPolicyAttachments(t *testing.T) {
	once(t)
	for _, tt := range []struct {
		rules  policy.Rules
		status string
		http   int
	}{
		{policy.Rules{}, "1", 200},
		{policy.Rules{"AttachmentsEnabled": "0"}, "16", 403},
		{policy.Rules{"MaxAttachmentSize": "25"}, "11", 403},
		{policy.Rules{"MaxAttachmentSize": "26"}, "1", 200},
		{policy.Rules{"MaxAttachmentSize": "0"}, "11", 403},
	} {
		rules := with(tt.rules, "AllowNonProvisionable", "1")
		r := newRig(t, withPolicy(rules))
		ref := fileReference(r.deliver(store.Inbox, withFile).Item.ID, "2")
		outlook := map[string]string{"User-Agent": "Outlook/15.0"}
		for _, span := range []string{"", "0-3"} {
			a := r.do(call{cmd: "ItemOperations", version: max(baseVersion, V120), header: outlook, body: fetchDoc(fetchFile(ref, span))})
			_, fetched, _ := strings.Cut(a.dump, "ItemOperations:Fetch\n")
			a.dump = fetched
			if got := a.value("ItemOperations:Status"); got != tt.status || a.has("ItemOperations:Data") != (tt.status == "1") {
				t.Errorf("%v %q: status %s, want %s\n%s", tt.rules, span, got, tt.status, a.dump)
			}
		}
		a := r.do(call{cmd: "GetAttachment", version: V121, header: outlook, query: map[string][]string{"AttachmentName": {ref}}})
		if a.code != tt.http {
			t.Errorf("%v: GetAttachment %d, want %d", tt.rules, a.code, tt.http)
		}
	}
}

const htmlMail = `From: otto@example.test
To: rita@example.test
Subject: A page
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>`

// TestPolicyBodies: without HTML there is text, and both are cut where a message is synchronised, not where the
// person asks for all of it.
func TestPolicyBodies(t *testing.T) {
	const text, html, mime = "1", "2", "4"
	for _, tt := range []struct {
		name, rule, value string
		asked             []string
		kind              string
		cut               bool
	}{
		{"as asked", "AllowHTMLEmail", "1", []string{html}, html, false},
		{"no HTML", "AllowHTMLEmail", "0", []string{html}, text, false},
		{"no HTML, either will do", "AllowHTMLEmail", "0", []string{html, text}, text, false},
		{"no HTML, the message itself", "AllowHTMLEmail", "0", []string{mime}, mime, false},
		{"HTML cut", "MaxEmailHTMLBodyTruncationSize", "1", []string{html}, html, true},
		{"text not cut by that", "MaxEmailHTMLBodyTruncationSize", "1", []string{text}, text, false},
		{"text cut", "MaxEmailBodyTruncationSize", "1", []string{text}, text, true},
		{"headers only", "MaxEmailBodyTruncationSize", "0", []string{text}, text, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, withPolicy(with(policy.Rules{tt.rule: tt.value}, "AllowNonProvisionable", "1")))
			r.needs(V120)
			rec := r.deliver(store.Inbox, htmlMail+strings.Repeat("word ", 800)+"</p>\n")
			outlook := call{header: map[string]string{"User-Agent": "Outlook/15.0"}}
			options := []string{"AirSync:Options"}
			if tt.asked[0] == mime {
				options = append(options, `>AirSync:MIMESupport "2"`)
			}
			for _, kind := range tt.asked {
				options = append(options, ">AirSyncBase:BodyPreference", fmt.Sprintf(">>AirSyncBase:Type %q", kind))
			}
			inbox := collectionID(rec.Collection)
			outlook.body = syncOne(inbox, r.prime(t, outlook, inbox, options...), nil)
			a := r.sync(t, outlook)
			if kind, cut := a.value("AirSyncBase:Type"), a.value("AirSyncBase:Truncated") == "1"; kind != tt.kind || cut != tt.cut {
				t.Errorf("type %s, cut: %v; want %s, %v", kind, cut, tt.kind, tt.cut)
			}
			if tt.asked[0] == mime {
				return
			}
			fetch := outlook
			fetch.cmd, fetch.body = "ItemOperations", fetchDoc(fetchItem(rec, fmt.Sprintf(
				"    ItemOperations:Options\n      AirSyncBase:BodyPreference\n        AirSyncBase:Type %q\n", tt.asked[0])))
			got := r.do(fetch)
			if kind, cut := got.value("AirSyncBase:Type"), got.value("AirSyncBase:Truncated") == "1"; kind != tt.kind || cut {
				t.Errorf("fetched: type %s, cut: %v; want all of type %s", kind, cut, tt.kind)
			}
		})
	}
}
