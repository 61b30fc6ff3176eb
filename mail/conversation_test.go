package mail

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// reply is a message of the conversation that root began.
func (p *post) reply(root string, n int) *Ingested {
	p.t.Helper()
	text := fmt.Sprintf("From: bob@example.test\r\nMessage-ID: <%s-%d@example.test>\r\nReferences: <%s-0@example.test>\r\nSubject: Re: %s\r\n\r\nHello.\r\n", root, n, root, root)
	in, err := Ingest(p.t.Context(), p.st, strings.NewReader(text), 1<<20)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(in.Blob.Release)
	return in
}

func (p *post) deliver(in *Ingested, junk bool) (r store.Record) {
	p.t.Helper()
	p.of(p.alice, func(tx store.Tx) (err error) {
		r, err = p.s.DeliverTx(tx, Incoming{Ingested: in, Junk: junk})
		return err
	})
	return r
}

func (p *post) of(a store.Account, f func(tx store.Tx) error) {
	p.t.Helper()
	if err := p.st.Update(p.t.Context(), a.ID, f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *post) followTo(thread store.ThreadID, to store.Collection) {
	p.t.Helper()
	p.of(p.alice, func(tx store.Tx) error { return FollowConversation(tx, thread, to, time.Now()) })
}

// TestFollowConversation lets mail of a conversation go elsewhere, and to the Inbox again.
func TestFollowConversation(t *testing.T) {
	p := newPost(t)
	inbox, trash := storetest.Role(t, p.st, p.alice.ID, store.Inbox), storetest.Role(t, p.st, p.alice.ID, store.Trash)
	first := p.deliver(p.reply("boats", 1), false)
	if first.Collection != inbox.ID {
		t.Fatalf("without a rule: %+v", first)
	}
	p.followTo(first.Item.Thread, trash)
	second := p.deliver(p.reply("boats", 2), false)
	if second.Collection != trash.ID || second.Item.Thread != first.Item.Thread {
		t.Errorf("with a rule: in %d, thread %d", second.Collection, second.Item.Thread)
	}
	if r := p.deliver(p.reply("other", 1), false); r.Collection != inbox.ID {
		t.Errorf("another conversation: in %d", r.Collection)
	}
	if r := p.deliver(p.reply("boats", 3), true); r.Collection != storetest.Role(t, p.st, p.alice.ID, store.Junk).ID {
		t.Errorf("junk: in %d", r.Collection)
	}
	p.followTo(first.Item.Thread, inbox)
	if r := p.deliver(p.reply("boats", 4), false); r.Collection != inbox.ID {
		t.Errorf("after the rule has ended: in %d", r.Collection)
	}
}

// TestFollowEnds checks what ends a rule: its folder is gone, or nothing has come for long.
func TestFollowEnds(t *testing.T) {
	p := newPost(t)
	inbox := storetest.Role(t, p.st, p.alice.ID, store.Inbox)
	thread := p.deliver(p.reply("boats", 1), false).Item.Thread
	rule := func() error {
		return p.st.View(t.Context(), p.alice.ID, func(r store.Reader) error {
			_, err := ConversationFolder(r, p.alice.ID, thread)
			return err
		})
	}
	var folder store.Collection
	p.of(p.alice, func(tx store.Tx) (err error) {
		folder, err = tx.CreateCollection(store.Collection{Name: "boats", Class: store.Mail})
		return err
	})
	p.followTo(thread, folder)
	p.of(p.alice, func(tx store.Tx) error { return tx.RemoveCollection(folder.ID) })
	if r := p.deliver(p.reply("boats", 2), false); r.Collection != inbox.ID || !errors.Is(rule(), store.NotFound) {
		t.Errorf("folder gone: in %d, rule %v", r.Collection, rule())
	}
	p.followTo(thread, storetest.Role(t, p.st, p.alice.ID, store.Archive))
	p.s.now = func() time.Time { return time.Now().Add(ruleLife + 48*time.Hour) }
	if r := p.deliver(p.reply("boats", 3), false); r.Collection != inbox.ID || !errors.Is(rule(), store.NotFound) {
		t.Errorf("long unused: in %d, rule %v", r.Collection, rule())
	}
}

// TestFollowBounded checks that a further rule takes the place of one that means nothing, or of the oldest.
func TestFollowBounded(t *testing.T) {
	p := newPost(t)
	archive := storetest.Role(t, p.st, p.alice.ID, store.Archive)
	var threads []store.ThreadID
	for i := range 3 {
		threads = append(threads, p.deliver(p.reply(fmt.Sprint("live", i), 1), false).Item.Thread)
	}
	now := time.Now()
	p.of(p.alice, func(tx store.Tx) error {
		for i, thread := range threads[:2] {
			if err := FollowConversation(tx, thread, archive, now.AddDate(0, 0, -2*i)); err != nil {
				return err
			}
		}
		for i := range MaxConversationRules - 2 { // of conversations that are not there
			if err := putRule(tx, p.alice.ID, store.ThreadID(1_000_000+i), conversationRule{Folder: archive.ID, Used: ruleDay(now)}); err != nil {
				return err
			}
		}
		return FollowConversation(tx, threads[2], archive, now)
	})
	count := func() (n int) {
		p.of(p.alice, func(tx store.Tx) error {
			names, err := tx.SettingNames(p.alice.ID, rulePrefix)
			n = len(names)
			return err
		})
		return n
	}
	if n := count(); n != 3 {
		t.Errorf("%d rules after the dead ones have gone, want 3", n)
	}
	in := p.reply("many", 1)
	p.of(p.alice, func(tx store.Tx) error {
		for range MaxConversationRules - 2 {
			item := in.Item
			item.Refs = store.Refs{}
			r, err := tx.Add(archive.ID, item)
			if err == nil {
				err = FollowConversation(tx, r.Item.Thread, archive, now)
			}
			if err != nil {
				return err
			}
		}
		_, err := ConversationFolder(tx, p.alice.ID, threads[1])
		if !errors.Is(err, store.NotFound) {
			t.Errorf("the rule longest unused is still there: %v", err)
		}
		_, err = ConversationFolder(tx, p.alice.ID, threads[0])
		return err
	})
	if n := count(); n != MaxConversationRules {
		t.Errorf("%d rules, want %d", n, MaxConversationRules)
	}
}
