package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
)

// audit compares what a site holds with what was acknowledged.
type audit struct {
	t      *testing.T
	site   *Site
	ledger *ledger
	phones []*busyPhone
}

// drain waits until the outbound queue is empty: what phones sent to the other account passes through it.
func (r *audit) drain(s *Server) {
	deadline := time.Now().Add(patience)
	for {
		out, err := r.site.Run(r.t.Context(), "", "queue", "list", "--json")
		if err != nil {
			r.t.Fatal(err)
		}
		if text := strings.TrimSpace(out); text == "[]" || text == "null" {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the queue does not drain: %s", out)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// compare syncs a fresh phone and wants its folders to hold what the ledger says, and the busy phones to
// show the same. It returns how many messages there are.
func (r *audit) compare(s *Server, account string) (found int) {
	fresh := newPhone(r.t, s, device{Account: account, ID: "fresh" + account[:3], Version: "14.1"})
	if err := fresh.Setup(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	received, sent := map[string]int{}, map[string]int{}
	for _, f := range fresh.Folders {
		if _, err := fresh.SyncFully(r.t.Context(), asclient.SyncFolder{Folder: f, Window: 512, Options: headOptions(fresh)}); err != nil {
			r.t.Fatalf("%s: %v", f.Name, err)
		}
		if f.Type == asclient.TypeRecipients { // no messages
			continue
		}
		into := received
		if f.Type == asclient.TypeSent {
			into = sent
		}
		for _, item := range f.Items {
			into[messageID(item)]++
			found++
		}
	}
	for i, wrong := range append(r.ledger.compare(account, received), r.ledger.compare(sentOf(account), sent)...) {
		if i < 20 {
			r.t.Error(wrong)
		}
	}
	correct(r.t, fresh)
	for _, p := range r.phones {
		if p.User == account {
			r.agree(p, fresh)
		}
	}
	return found
}

// agree brings a busy phone up to date, with the key it has, and wants it to show what the fresh one shows.
func (r *audit) agree(p *busyPhone, fresh *asclient.Client) {
	correct(r.t, p.Client)
	for _, v := range p.Violations {
		r.t.Logf("%s: %s, after\n%s", p.DeviceID, v, p.recall(v[strings.LastIndexByte(v, ' ')+1:]+"\""))
	}
	if p.resets > 0 {
		r.t.Errorf("%s had to start over %d times", p.DeviceID, p.resets)
	}
	for _, f := range p.Folders {
		if _, err := p.SyncFully(r.t.Context(), asclient.SyncFolder{Folder: f, Window: 512, Options: p.options()}); err != nil {
			r.t.Errorf("%s: %s: %v", p.DeviceID, f.Name, err)
		}
		got, want := shown(f), shown(fresh.Folders[f.ID])
		if !slices.Equal(got, want) {
			r.t.Errorf("%s shows %d messages in %s, a fresh phone %d", p.DeviceID, len(got), f.Name, len(want))
		}
	}
}

// shown lists the items of a folder.
func shown(f *asclient.Folder) []string {
	if f == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(f.Items))
}

// headerField reads one field of a message's head.
func headerField(head, name string) string {
	for line := range strings.Lines(head) {
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		if field, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(field, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
