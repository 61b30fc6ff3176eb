package e2e

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// stage is where one phone acts: it and another of the same account have one fresh message, and bob's phone
// waits for what comes to him.
type stage struct {
	t       *testing.T
	s       *Server
	actor   *phone
	other   *phone // of the same account
	bob     *phone
	subject string
	sent    specimen
}

// testActions lets one phone of every version mark, move, delete, answer, forward and send; the others must
// see what it did.
func testActions(t *testing.T, s *Server, phones []*phone) {
	recipient := newStoryPhone(t, s, device{Account: bob, ID: "bobsphone", Version: "14.1"}, asclient.PlainText)
	for i, actor := range phones {
		if i > 0 && phones[i-1].Version == actor.Version {
			continue // one of each version
		}
		other := phones[len(phones)-1-i]
		if other == actor {
			other = phones[0]
		}
		name := strings.ReplaceAll(actor.String(), ", ", "-")
		t.Run(name, func(t *testing.T) {
			st := &stage{t: t, s: s, actor: actor, other: other, bob: recipient, subject: "Play on " + name}
			st.begin()
			st.mark()
			st.flag()
			st.reply()
			st.forward()
			st.send()
			st.move()
			st.remove()
		})
	}
	for _, p := range phones {
		if _, err := p.SyncFully(t.Context(), p.sync()); err != nil {
			t.Errorf("%v: %v", p, err)
		}
		if len(p.inbox.Items) != len(phones[0].inbox.Items) {
			t.Errorf("%v shows %d messages, %v shows %d", p, len(p.inbox.Items), phones[0], len(phones[0].inbox.Items))
		}
	}
	correct(t, recipient.Client)
}

// begin delivers the message that the others act on.
func (st *stage) begin() {
	st.sent = attachmentMessage()
	st.sent.Raw = bytes.Replace(st.sent.Raw, []byte("Subject: Files\r\n"),
		[]byte("Subject: "+st.subject+"\r\nMessage-ID: "+st.messageID()+"\r\n"), 1)
	deliver(st.t, st.s, st.sent.Raw, alice)
}

func (st *stage) messageID() string {
	return "<" + strings.ReplaceAll(st.subject, " ", ".") + "@example.net>"
}

// see brings a phone up to date and returns the message, nil when the phone does not show it in the folder.
func (st *stage) see(p *phone, f *asclient.Folder) *asclient.Item {
	st.t.Helper()
	request := p.sync()
	request.Folder = f
	if _, err := p.SyncFully(st.t.Context(), request); err != nil {
		st.t.Fatalf("%v: %v", p, err)
	}
	for _, item := range f.Items {
		if item.Value(wbxml.EmailSubject) == st.subject {
			return item
		}
	}
	return nil
}

// do sends commands of the actor about its Inbox; they must be accepted.
func (st *stage) do(f *asclient.Folder, expunge bool, commands ...*asclient.Node) {
	st.t.Helper()
	request := st.actor.sync(commands...)
	request.Folder, request.Expunge = f, expunge
	result, err := st.actor.Sync(st.t.Context(), asclient.SyncRequest{Folders: []asclient.SyncFolder{request}})
	if err != nil {
		st.t.Fatalf("%v: %v", commands, err)
	}
	got := result.Folders[f.ID]
	if got == nil || got.Status != 1 {
		st.t.Fatalf("%v: %+v", commands, got)
	}
	for _, response := range got.Responses {
		if response.Value(wbxml.AirSyncStatus) != "1" {
			st.t.Errorf("%v was answered with %v", commands, response)
		}
	}
}

func (st *stage) mark() {
	item := st.see(st.actor, st.actor.inbox)
	if item == nil {
		st.t.Fatal("the message did not arrive")
	}
	if other := st.see(st.other, st.other.inbox); other == nil || other.Value(wbxml.EmailRead) != "0" {
		st.t.Fatalf("the other phone shows %v", other)
	}
	st.do(st.actor.inbox, false, asclient.MarkRead(item.ID, true))
	if got := st.see(st.other, st.other.inbox).Value(wbxml.EmailRead); got != "1" {
		st.t.Errorf("read by one phone, the other shows Read %q", got)
	}
}

func (st *stage) flag() {
	if !st.actor.AtLeast("12.0") || !st.other.AtLeast("12.0") {
		return // 2.5 has no follow-up
	}
	item := st.see(st.actor, st.actor.inbox)
	for _, status := range []int{2, 1, 0} {
		st.do(st.actor.inbox, false, asclient.MarkFlag(item.ID, status))
		want := fmt.Sprint(status)
		if status == 0 {
			want = ""
		}
		if got := st.see(st.other, st.other.inbox).Value(wbxml.EmailFlag, wbxml.EmailStatus); got != want {
			st.t.Errorf("flag %d set by one phone, the other shows %q", status, got)
		}
	}
}

// compose writes a message of the actor to bob.
func (st *stage) compose(subject, text string) []byte {
	return []byte("From: " + alice + "\r\nTo: " + bob + "\r\nSubject: " + subject + "\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text + "\r\n")
}

// receive waits on bob's phone and returns what came.
func (st *stage) receive() (id string, item *asclient.Item) {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(st.t.Context(), patience)
	defer cancel()
	id, err := st.bob.await(ctx)
	if err != nil {
		st.t.Fatalf("bob's phone: %v", err)
	}
	return id, st.bob.inbox.Items[id]
}

func (st *stage) reply() {
	ctx := st.t.Context()
	item := st.see(st.actor, st.actor.inbox)
	err := st.actor.SmartReply(ctx, asclient.Outgoing{
		MIME: st.compose("Re: "+st.subject, "Naïve answer."), ClientID: "reply-" + st.actor.DeviceID, Save: true,
		Folder: st.actor.inbox, Item: item.ID,
	})
	if err != nil {
		st.t.Fatalf("SmartReply: %v", err)
	}
	id, got := st.receive()
	if subject := got.Value(wbxml.EmailSubject); subject != "Re: "+st.subject {
		st.t.Errorf("reply arrived as %q", subject)
	}
	text, err := st.bob.fetchBody(st.t, id, asclient.PlainText)
	if err != nil {
		st.t.Fatal(err)
	}
	at := strings.Index(text.Data, "Naïve answer.")
	if original := strings.Index(text.Data, "one with a name from Athens"); at < 0 || original < at {
		st.t.Errorf("reply reads %q, want the answer and below it the original", text.Data)
	}
	whole, err := st.bob.fetchBody(st.t, id, asclient.MIME)
	if err != nil {
		st.t.Fatal(err)
	}
	if !strings.Contains(whole.Data, "In-Reply-To: "+st.messageID()) {
		st.t.Errorf("reply does not name what it answers:\n%.1000s", whole.Data)
	}
	st.subject = "Re: " + st.subject
	if st.see(st.actor, st.actor.FolderByType(asclient.TypeSent)) == nil {
		st.t.Errorf("the reply is not in Sent Items")
	}
	st.subject = strings.TrimPrefix(st.subject, "Re: ")
	if verb := st.see(st.other, st.other.inbox).Value(wbxml.Email2LastVerbExecuted); st.actor.AtLeast("14.0") && st.other.AtLeast("14.0") && verb != "1" {
		st.t.Errorf("answered on one phone, the other shows verb %q", verb)
	}
}

func (st *stage) forward() {
	ctx := st.t.Context()
	item := st.see(st.actor, st.actor.inbox)
	err := st.actor.SmartForward(ctx, asclient.Outgoing{
		MIME: st.compose("Fwd: "+st.subject, "Look at these."), ClientID: "forward-" + st.actor.DeviceID,
		Folder: st.actor.inbox, Item: item.ID,
	})
	if err != nil {
		st.t.Fatalf("SmartForward: %v", err)
	}
	_, got := st.receive()
	files := asclient.AttachmentsOf(got.Data)
	if len(files) != len(st.sent.Files) {
		st.t.Fatalf("forward arrived with %d files, want %d", len(files), len(st.sent.Files))
	}
	for i, want := range st.sent.Files {
		data, err := st.bob.Attachment(ctx, files[i].Reference)
		if err != nil {
			st.t.Fatal(err)
		}
		if files[i].Name != want.Name || !bytes.Equal(data, want.Data) {
			st.t.Errorf("file %d arrived as %q with %d bytes, want %q with %d", i, files[i].Name, len(data), want.Name, len(want.Data))
		}
	}
}

// send sends one message twice, as a phone does that has not heard the answer. It must arrive once.
func (st *stage) send() {
	if !st.actor.AtLeast("14.0") {
		return // without ClientId there is nothing to know it by
	}
	o := asclient.Outgoing{MIME: st.compose("Once: "+st.subject, "x"), ClientID: "once-" + st.actor.DeviceID}
	if err := st.actor.SendMail(st.t.Context(), o); err != nil {
		st.t.Fatalf("SendMail: %v", err)
	}
	if _, got := st.receive(); got.Value(wbxml.EmailSubject) != "Once: "+st.subject {
		st.t.Errorf("arrived as %q", got.Value(wbxml.EmailSubject))
	}
	if err := st.actor.SendMail(st.t.Context(), o); err != nil {
		st.t.Logf("SendMail again: %v", err)
	}
	o = asclient.Outgoing{MIME: st.compose("Next: "+st.subject, "x"), ClientID: "next-" + st.actor.DeviceID}
	if err := st.actor.SendMail(st.t.Context(), o); err != nil {
		st.t.Fatalf("SendMail: %v", err)
	}
	if _, got := st.receive(); got.Value(wbxml.EmailSubject) != "Next: "+st.subject {
		st.t.Errorf("after the repeated SendMail %q arrived", got.Value(wbxml.EmailSubject))
	}
}

func (st *stage) move() {
	ctx := st.t.Context()
	inbox, trash := st.actor.inbox, st.actor.FolderByType(asclient.TypeDeleted)
	st.see(st.actor, trash)
	id := st.see(st.actor, inbox).ID
	for _, way := range []struct{ from, to *asclient.Folder }{{inbox, trash}, {trash, inbox}} {
		moved, err := st.actor.Move(ctx, way.from, way.to, id)
		if err != nil || moved[id] == "" {
			st.t.Fatalf("MoveItems: %v, %v", moved, err)
		}
		id = moved[id]
		there := st.see(st.other, st.other.Folders[way.to.ID])
		if gone := st.see(st.other, st.other.Folders[way.from.ID]); there == nil || gone != nil {
			st.t.Errorf("moved to %s: the other phone shows it there: %t, where it was: %t", way.to.Name, there != nil, gone != nil)
		}
	}
}

// remove deletes the message, which puts it into Deleted Items, and there for good.
func (st *stage) remove() {
	st.do(st.actor.inbox, false, asclient.Delete(st.see(st.actor, st.actor.inbox).ID))
	trash := st.actor.FolderByType(asclient.TypeDeleted)
	item := st.see(st.actor, trash)
	if item == nil || st.see(st.other, st.other.Folders[trash.ID]) == nil {
		st.t.Fatal("the deleted message is not in Deleted Items")
	}
	if st.see(st.other, st.other.inbox) != nil || st.see(st.actor, st.actor.inbox) != nil {
		st.t.Error("the deleted message is in the Inbox still")
	}
	st.do(trash, true, asclient.Delete(item.ID))
	if st.see(st.other, st.other.Folders[trash.ID]) != nil {
		st.t.Error("the message that was deleted for good is there still")
	}
}
