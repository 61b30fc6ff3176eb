//go:build e2e

package easmodel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// A phone is a device with a person who never rests. A request without an answer it makes again.
type phone struct {
	*asclient.Client
	w       *world
	calm    bool // no answer is lost
	pending func(context.Context) error
	number  int // of messages and drafts
}

// act does one thing, or first what was left without an answer.
func (p *phone) act(ctx context.Context) error {
	if p.pending == nil {
		p.pending = p.choose()
	}
	err := p.pending(ctx)
	switch {
	case err == nil:
		p.pending = nil
	case answered(err):
		return fmt.Errorf("%s (%s): %w", p.DeviceID, p.Version, err)
	}
	return nil
}

// answered reports whether an error is an answer of the server, not the lack of one.
func answered(err error) bool {
	var status *asclient.StatusError
	return errors.As(err, &status) && status.HTTP != 503 && status.Status != 111 && status.Status != 16
}

// mail are the folders that it synchronises.
func (p *phone) mail() (list []*asclient.Folder) {
	for _, id := range slices.Sorted(maps.Keys(p.Folders)) {
		if f := p.Folders[id]; f.Type <= 5 || f.Type == 12 {
			list = append(list, f)
		}
	}
	return list
}

func (p *phone) pick(f *asclient.Folder) string {
	ids := slices.Sorted(maps.Keys(f.Items))
	if len(ids) == 0 {
		return ""
	}
	return ids[p.w.random.IntN(len(ids))]
}

// choose decides what to do next.
func (p *phone) choose() func(context.Context) error {
	inbox, trash := p.FolderByType(asclient.TypeInbox), p.FolderByType(asclient.TypeDeleted)
	folder := inbox
	if p.w.random.IntN(3) == 0 {
		folder = p.mail()[p.w.random.IntN(len(p.mail()))]
	}
	id := p.pick(folder)
	n := p.w.random.IntN(24)
	switch {
	case n < 2:
		return p.FolderSync
	case n < 4:
		return p.send()
	case n < 6 && p.AtLeast("16.0"):
		return p.draft()
	case n < 9 || id == "" || folder.SyncKey == "0" || folder.Type == asclient.TypeDrafts:
		return p.sync(asclient.SyncFolder{Folder: folder, Window: 1 + p.w.random.IntN(20)})
	case n < 12:
		to := []*asclient.Folder{inbox, trash}[p.w.random.IntN(2)]
		if to == folder || to.SyncKey == "0" { // what is in a folder that it has not synchronised the phone does not show
			return p.FolderSync
		}
		return func(ctx context.Context) error { _, err := p.Move(ctx, folder, to, id); return err }
	}
	command := asclient.MarkRead(id, p.w.random.IntN(2) == 0)
	switch {
	case n > 20:
		command = asclient.Delete(id)
	case n > 17 && p.AtLeast("12.0"):
		command = asclient.MarkFlag(id, []int{0, 2}[p.w.random.IntN(2)])
	}
	return p.sync(asclient.SyncFolder{
		Folder: folder, Window: 1 + p.w.random.IntN(20), Expunge: p.w.random.IntN(3) == 0, Commands: []*asclient.Node{command},
	})
}

// sync makes a Sync of one folder; a folder that has no key yet gets one first.
func (p *phone) sync(f asclient.SyncFolder) func(context.Context) error {
	f.Options = p.MailOptions(asclient.MailOptions{Filter: 0, Conflict: 1, Bodies: []asclient.BodyPreference{{Type: asclient.PlainText, Truncation: 512}}})
	return func(ctx context.Context) error {
		result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{f}})
		if err != nil {
			return err
		}
		if got := result.Folders[f.Folder.ID]; got != nil && got.Status != 1 {
			return &asclient.StatusError{Command: "Sync of " + f.Folder.Name, HTTP: 200, Status: got.Status}
		}
		return nil
	}
}

// send sends a message, which goes out once however often it is sent.
func (p *phone) send() func(context.Context) error {
	p.number++
	subject := fmt.Sprintf("sent %d by %s", p.number, p.DeviceID)
	text := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%d.%s@device>\r\nDate: Mon, 02 Mar 2026 09:30:00 +0000\r\n\r\nWords.\r\n",
		alice, bob, subject, p.number, p.DeviceID)
	o := asclient.Outgoing{MIME: []byte(text), ClientID: fmt.Sprint("m", p.number), Save: true}
	return func(ctx context.Context) error {
		err := p.SendMail(ctx, o)
		if err == nil {
			p.w.sent[subject] = true
		}
		return err
	}
}

// draft writes a draft, or writes and sends one.
func (p *phone) draft() func(context.Context) error {
	drafts := p.FolderByType(asclient.TypeDrafts)
	if drafts.SyncKey == "0" {
		return p.sync(asclient.SyncFolder{Folder: drafts})
	}
	p.number++
	subject, to := fmt.Sprintf("draft %d by %s", p.number, p.DeviceID), bob
	draft := asclient.Draft{Subject: &subject, To: &to, Body: &asclient.Body{Type: asclient.PlainText, Data: subject}, Send: p.w.random.IntN(2) == 0}
	command := asclient.AddDraft(fmt.Sprint("c", p.number), draft)
	return func(ctx context.Context) error {
		responses, err := p.Drafts(ctx, drafts, command)
		if err != nil {
			return err
		}
		for _, n := range responses {
			if s := n.Int(wbxml.AirSyncStatus); s != 1 {
				return &asclient.StatusError{Command: "draft", HTTP: 200, Status: s}
			}
		}
		if draft.Send {
			p.w.sent[subject] = true
		}
		return nil
	}
}

// settle lets all come through.
func (p *phone) settle(ctx context.Context) error {
	p.calm = true
	defer func() { p.calm = false }()
	if p.pending != nil {
		if err := p.act(ctx); err != nil || p.pending != nil {
			return errors.Join(err, errors.New("no answer at a quiet point"))
		}
	}
	if err := p.FolderSync(ctx); err != nil {
		return err
	}
	for _, f := range p.mail() {
		if _, err := p.SyncFully(ctx, asclient.SyncFolder{Folder: f, Window: 100}); err != nil {
			return fmt.Errorf("folder %s: %w", f.Name, err)
		}
	}
	return nil
}
