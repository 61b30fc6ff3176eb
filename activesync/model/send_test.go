package model

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A sentLedger knows what has been sent, by subject: each must go out once.
type sentLedger map[string]bool

func (l sentLedger) add(subject string) { l[subject] = true }

// wentOut reads the queue, which nobody else touches: the subjects in it, and how often each went to whom.
func (w *world) wentOut() (found map[string]bool, rows map[string]int, err error) {
	found, rows = map[string]bool{}, map[string]int{}
	err = w.store.View(w.ctx, 0, func(r store.Reader) error {
		queue, err := r.Queue(0, 1<<20)
		if err != nil {
			return err
		}
		for _, row := range queue {
			m, err := w.message(row.Blob)
			if err != nil {
				return err
			}
			found[m.subject] = true
			rows[m.subject+" to "+row.Recipient]++
		}
		return nil
	})
	return found, rows, err
}

// compareSent looks whether what was sent went out, once to each.
func (w *world) compareSent() error {
	found, rows, err := w.wentOut()
	if err != nil {
		return err
	}
	var errs []error
	for subject := range w.sent {
		if !found[subject] {
			errs = append(errs, fmt.Errorf("%q did not go out", subject))
		}
	}
	for what, n := range rows {
		if n != 1 {
			errs = append(errs, fmt.Errorf("%q went out %d times", what, n))
		}
	}
	if len(found) != len(w.sent) {
		errs = append(errs, fmt.Errorf("%d messages went out, %d were sent", len(found), len(w.sent)))
	}
	return errors.Join(errs...)
}

// sendSome sends a message, anew or about another one.
func (d *device) sendSome() error {
	w := d.w
	d.ids++
	subject := fmt.Sprintf("sent %d by %s", d.ids, d.name)
	text := fmt.Sprintf("From: Rita <%s>\r\nTo: bob@outside.test\r\nSubject: %s\r\nMessage-ID: <%s.%d@device>\r\nDate: Sat, 22 Aug 2026 12:00:00 +0000\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nWords %d.\r\n", rita, subject, d.name, d.ids, d.ids)
	cmd, folder, source := "SendMail", "", ""
	if w.chance(2) {
		if folder, source = d.someItem(d.known()); source != "" {
			cmd = pick(w, []string{"SmartReply", "SmartForward"})
		}
	}
	save := w.chance(2)
	r := &request{d: d, cmd: cmd, kind: "message/rfc822", body: []byte(text), args: url.Values{}}
	if d.version >= activesync.V140 {
		doc := el("ComposeMail:"+cmd, leaf("ComposeMail:ClientId", fmt.Sprint("m", d.ids)))
		if source != "" {
			doc.add(el("ComposeMail:Source", leaf("ComposeMail:FolderId", folder), leaf("ComposeMail:ItemId", source)))
		}
		if save {
			doc.add(el("ComposeMail:SaveInSentItems"))
		}
		r = d.ask(cmd, doc.add(leaf("ComposeMail:Mime", text)))
	} else {
		if save {
			r.args.Set("SaveInSent", "T")
		}
		if source != "" {
			r.args.Set("CollectionId", folder)
			r.args.Set("ItemId", source)
		}
	}
	s := &sending{d: d, r: r, subject: subject, save: save, folder: folder, source: source, forward: cmd == "SmartForward"}
	switch {
	case w.chance(30):
		return r.refuse()
	case w.chance(20):
		return s.death()
	}
	return s.send()
}

// someItem is an item that the device has, if any.
func (d *device) someItem(folders []string) (folder, id string) {
	for range 4 {
		folder = pick(d.w, folders)
		if b := d.boxes[folder]; b != nil && len(b.state.items) > 0 && d.tree.folders[folder].kind != 3 {
			return folder, pick(d.w, b.state.ids())
		}
	}
	return "", ""
}

// A sending is a message on its way.
type sending struct {
	d                       *device
	r                       *request
	subject, folder, source string
	save, forward           bool
}

// send sends the message, however often, and looks that it goes out once.
func (s *sending) send() error {
	w := s.d.w
	before, err := w.truth()
	if err != nil {
		return err
	}
	a, err := s.r.send()
	if err != nil {
		return err
	}
	after, err := w.truth()
	if err != nil {
		return err
	}
	again := w.sent[s.subject]
	rec, live := s.original(before)
	if s.forward && !live && !again { // an answer says what its author wrote, and goes out all the same
		return s.noSource(a, before, after)
	}
	if err := w.expect(a, nil); err != nil {
		return err
	}
	w.sent.add(s.subject)
	if err := s.effects(before, after, rec, again); err != nil {
		return err
	}
	if !w.arrives() {
		s.d.repeat = s.send
	}
	s.d.remember(s.r.cmd, s.send)
	return nil
}

// original is the message that is answered or forwarded.
func (s *sending) original(t *truth) (store.Record, bool) {
	c, _ := t.folder(s.folder)
	uid, _ := uidOf(s.folder, s.source)
	rec, live := t.entries[c.ID][uid]
	return rec, live
}

// noSource is the answer for a message about one that is gone.
func (s *sending) noSource(a reply, before, after *truth) error {
	if before.at != after.at {
		return fmt.Errorf("refused, but did something")
	}
	if s.d.version < activesync.V140 {
		if a.code < 400 {
			return fmt.Errorf("got %d for a source that is gone", a.code)
		}
		return nil
	}
	return s.d.w.expect(a, el("ComposeMail:"+s.r.cmd, leaf("ComposeMail:Status", 150)))
}

// effects are what the store must show: a copy if it was wanted, and what was done with the original.
func (s *sending) effects(before, after *truth, rec store.Record, again bool) error {
	c := after.role(store.Sent)
	if copies, want := len(after.entries[c.ID])-len(before.entries[c.ID]), map[bool]int{true: 1}[s.save && !again]; copies != want {
		return fmt.Errorf("%d copies in Sent, want %d", copies, want)
	}
	if _, live := s.original(before); !live || again {
		return nil
	}
	flag := store.Answered
	if s.forward {
		flag = store.Forwarded
	}
	if now, _ := s.original(after); now.Item.Flags != rec.Item.Flags|flag {
		return fmt.Errorf("original has the flags %b, want %b", now.Item.Flags, rec.Item.Flags|flag)
	}
	return nil
}

// death lets the server die while it sends.
func (s *sending) death() error {
	w := s.d.w
	w.store.arm(1, w.chance(2))
	a := s.r.serveWaiting()
	if !w.store.disarm() {
		_, err := s.r.read(a)
		if err == nil && a.code == 200 && len(a.body) == 0 {
			w.sent.add(s.subject)
		}
		return err
	}
	w.count.deaths++
	w.restart()
	gone, _, err := w.wentOut()
	if err != nil {
		return err
	}
	w.trail.add("%s: %s; the server died, sent: %v", s.d.name, s.r.cmd, gone[s.subject])
	if gone[s.subject] {
		w.sent.add(s.subject)
	}
	s.d.repeat = s.send
	return nil
}
