package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// busyPhone is a phone whose person never rests. When an answer does not arrive it sends the same request
// again, as phones do, until it is answered.
type busyPhone struct {
	*asclient.Client
	random  *rand.Rand
	ledger  *ledger
	peer    string // the account it writes to
	pending func(context.Context) error
	number  int // of messages sent
	resets  int // folders that had to start over from key 0
	done    tallyOfActions
	history []exchange
}

// exchange is one command and its answer.
type exchange struct {
	cmd       string
	sent, got *asclient.Node
	err       error
}

// remember keeps what the phone said and heard, for the day that it is wrong.
func (p *busyPhone) remember(cmd string, sent, got *asclient.Node, err error) {
	p.history = append(p.history, exchange{cmd, sent, got, err})
}

// recall returns the exchanges that mention a text.
func (p *busyPhone) recall(text string) string {
	var found []string
	for _, x := range p.history {
		told := fmt.Sprintf("%s %v\n  answered (%v) %v", x.cmd, x.sent, x.err, x.got)
		if strings.Contains(told, text) {
			found = append(found, told)
		}
	}
	return strings.Join(found, "\n")
}

// tallyOfActions counts what was answered.
type tallyOfActions struct{ syncs, marks, deletes, expunges, moves, sends int }

// act does one thing, or first what was left unanswered.
func (p *busyPhone) act(ctx context.Context) error {
	if p.pending == nil {
		p.pending = p.choose()
	}
	err := p.pending(ctx)
	if err == nil {
		p.pending = nil
	}
	return err
}

// settle repeats what was left unanswered.
func (p *busyPhone) settle(ctx context.Context) error {
	if p.pending == nil {
		return nil
	}
	return p.act(ctx)
}

// later reports whether an answer only asks to come again.
func later(err error) bool {
	var status *asclient.StatusError
	return errors.As(err, &status) && (status.HTTP == http.StatusServiceUnavailable || status.Status == 111)
}

// answered reports whether an error is an answer of the server, not the lack of one.
func answered(err error) bool {
	var status *asclient.StatusError
	return errors.As(err, &status)
}

// choose decides what to do next.
func (p *busyPhone) choose() func(context.Context) error {
	inbox, trash := p.FolderByType(asclient.TypeInbox), p.FolderByType(asclient.TypeDeleted)
	switch n := p.random.IntN(20); {
	case n < 3:
		return p.send()
	case n < 5:
		return p.sync(trash, p.expunge(trash))
	case n < 6:
		return p.move(inbox, trash)
	case n < 7:
		return p.FolderSync
	case n < 12:
		return p.sync(inbox, p.mark(inbox))
	case n < 15:
		return p.sync(inbox, p.remove(inbox))
	}
	return p.sync(inbox, nil)
}

// pick chooses an item that the phone shows.
func (p *busyPhone) pick(f *asclient.Folder) *asclient.Item {
	if len(f.Items) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(f.Items)) // the seed decides, not the map
	return f.Items[ids[p.random.IntN(len(ids))]]
}

// change is one command with what to do once it has been accepted.
type change struct {
	command  *asclient.Node
	expunge  bool
	accepted func()
}

func (p *busyPhone) mark(f *asclient.Folder) *change {
	item := p.pick(f)
	if item == nil {
		return nil
	}
	return &change{asclient.MarkRead(item.ID, item.Value(wbxml.EmailRead) == "0"), false, func() { p.done.marks++ }}
}

func (p *busyPhone) remove(f *asclient.Folder) *change {
	item := p.pick(f)
	if item == nil {
		return nil
	}
	return &change{asclient.Delete(item.ID), false, func() { p.done.deletes++ }}
}

func (p *busyPhone) expunge(f *asclient.Folder) *change {
	item := p.pick(f)
	if item == nil {
		return nil
	}
	id := messageID(item)
	return &change{asclient.Delete(item.ID), true, func() {
		p.ledger.put(id, expunged, p.User)
		p.done.expunges++
	}}
}

// sync is one Sync of a folder, perhaps with a command.
func (p *busyPhone) sync(f *asclient.Folder, c *change) func(context.Context) error {
	request := asclient.SyncFolder{Folder: f, Window: 25, Options: p.options()}
	if c != nil {
		request.Commands, request.Expunge = []*asclient.Node{c.command}, c.expunge
	}
	return func(ctx context.Context) error {
		result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{request}})
		if err != nil {
			return err
		}
		p.done.syncs++
		return p.take(result, f, c)
	}
}

// take judges the answer about a folder.
func (p *busyPhone) take(result *asclient.SyncResult, f *asclient.Folder, c *change) error {
	got := result.Folders[f.ID]
	switch {
	case got == nil && c == nil:
		return nil // nothing new
	case got == nil:
		return fmt.Errorf("sync with a command was answered with nothing")
	case got.Status == 3:
		p.resets++
		return nil
	case got.Status != 1:
		return &asclient.StatusError{Command: "Sync", HTTP: http.StatusOK, Status: got.Status}
	case c == nil:
		return nil
	}
	for _, response := range got.Responses {
		if s := response.Value(wbxml.AirSyncStatus); s != "1" {
			return nil // another phone was quicker: 8, not found
		}
	}
	c.accepted()
	return nil
}

// options ask for what identifies a message: the head of its MIME form.
func (p *busyPhone) options() []*asclient.Node { return headOptions(p.Client) }

func headOptions(c *asclient.Client) []*asclient.Node {
	return c.MailOptions(asclient.MailOptions{Filter: 0, Conflict: 1, MIMESupport: 2,
		Bodies: []asclient.BodyPreference{{Type: asclient.MIME, Truncation: 2048}}})
}

func (p *busyPhone) move(from, to *asclient.Folder) func(context.Context) error {
	item := p.pick(from)
	if item == nil {
		return p.sync(from, nil)
	}
	return func(ctx context.Context) error {
		_, err := p.Move(ctx, from, to, item.ID)
		if err == nil {
			p.done.moves++
		}
		return err
	}
}

func (p *busyPhone) send() func(context.Context) error {
	p.number++
	name := fmt.Sprintf("%s-%d", p.DeviceID, p.number)
	letter := Letter{ID: name, To: p.peer, Size: 300 + p.random.IntN(3000)}
	o := asclient.Outgoing{MIME: letter.Bytes(), ClientID: name, Save: true}
	return func(ctx context.Context) error {
		err := p.SendMail(ctx, o)
		var status *asclient.StatusError
		if errors.As(err, &status) && status.Status == 118 {
			err = nil // sent before: its answer was lost
		}
		if err == nil {
			p.done.sends++
			p.ledger.put(letter.MessageID(), acked, p.peer, sentOf(p.User))
		}
		return err
	}
}

// sentOf is the name under which the ledger has an account's Sent Items.
func sentOf(account string) string { return account + " (sent)" }

// messageID reads the Message-ID of an item that was synced with [headOptions].
func messageID(item *asclient.Item) string {
	return headerField(asclient.BodyOf(item.Data).Data, "Message-ID")
}
