package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Notices is the part of mail.Service by which people hear of devices that are kept out.
type Notices interface {
	DeliverTx(tx store.Tx, m mail.Incoming) (store.Record, error)
	EnqueueTx(tx store.Tx, b store.Staged, q store.Queued) error
}

const (
	// maxNotice bounds a notice; its longest part is what the operator wrote for it.
	maxNotice = 1 << 20
	// maxTold is of how many new devices of an account people hear within a day: a client that calls itself
	// another name at every start is not to fill a mailbox.
	maxTold = 5
)

// tellKeptOut writes to the user of a device that is blocked or waits, and to the operator about one that
// waits: once for each decision. The messages and that they were sent are one transaction.
func (h *Handler) tellKeptOut(ctx context.Context, q *request) error {
	var standing policy.Standing
	var rules policy.Access
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) (err error) {
		if standing, err = policy.ReadStanding(r, q.device.ID); err != nil {
			return err
		}
		rules, err = policy.ReadAccess(r)
		return err
	})
	if err != nil || standing.Told {
		return err
	}
	if q.device.Wipe != store.NoWipe { // whoever has it need not be told
		return h.told(ctx, q, func(tx store.Tx) error {
			return h.record(tx, q, policy.Event{What: policy.EventKeptOut, Note: "it speaks ActiveSync " + q.version.String()})
		})
	}
	if h.Notices == nil {
		return nil
	}
	n := keptOut{h: h, q: q, standing: standing, rules: rules}
	defer n.release()
	if err := n.write(ctx); err != nil {
		return err
	}
	err = h.told(ctx, q, n.send)
	if errors.Is(err, store.OverQuota) { // a full mailbox does not keep the operator from hearing of it
		n.full = true
		err = h.told(ctx, q, n.send)
	}
	return err
}

// told runs do unless those concerned have been told meanwhile, and notes that they have.
func (h *Handler) told(ctx context.Context, q *request, do func(store.Tx) error) error {
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		standing, err := policy.ReadStanding(tx, q.device.ID)
		if err != nil || standing.Told {
			return err
		}
		standing.Told = true
		if err := policy.WriteStanding(tx, q.device.ID, standing); err != nil {
			return err
		}
		return do(tx)
	})
	if err != nil {
		return fmt.Errorf("device is kept out: %w", err)
	}
	return nil
}

// keptOut are the messages about one device.
type keptOut struct {
	h        *Handler
	q        *request
	standing policy.Standing
	rules    policy.Access
	full     bool // the user's mailbox is

	user, operator *mail.Ingested
	operators      []string
}

func (n *keptOut) release() {
	for _, m := range []*mail.Ingested{n.user, n.operator} {
		if m != nil {
			m.Blob.Release()
		}
	}
}

// write stages the messages.
func (n *keptOut) write(ctx context.Context) (err error) {
	if n.user, err = n.stage(ctx, n.q.account.Name, n.userSubject(), n.userText()); err != nil {
		return err
	}
	if n.q.device.Access != store.Quarantined {
		return nil
	}
	n.operators = n.rules.Notify
	if len(n.operators) == 0 {
		_, domain, _ := address.Split(n.q.account.Name)
		n.operators = []string{"postmaster@" + domain}
	}
	n.operator, err = n.stage(ctx, strings.Join(n.operators, ">, <"), "A device of "+n.q.account.Name+" waits to be let in", n.operatorText())
	return err
}

func (n *keptOut) stage(ctx context.Context, to, subject, text string) (*mail.Ingested, error) {
	m := mail.SystemMessage{Hostname: n.h.Hostname, From: "Mail Server", To: to, Subject: subject, Text: text, Now: n.q.now}
	staged, err := mail.IngestFrom(ctx, n.h.Store, maxNotice, func(w io.Writer) error { return m.Write(w) })
	if err != nil {
		return nil, fmt.Errorf("write notice: %w", err)
	}
	return staged, nil
}

// send sends them.
func (n *keptOut) send(tx store.Tx) error {
	if many, err := n.many(tx); many || err != nil {
		return err
	}
	if !n.full {
		if _, err := n.h.Notices.DeliverTx(tx, mail.Incoming{Ingested: n.user}); err != nil {
			return err
		}
	}
	for _, to := range n.operators {
		if err := n.h.Notices.EnqueueTx(tx, n.operator.Blob, store.Queued{Recipient: to}); err != nil {
			return err
		}
	}
	return n.h.record(tx, n.q, policy.Event{What: policy.EventTold})
}

// many reports whether the device is new and people have heard of enough others today.
func (n *keptOut) many(r store.Reader) (bool, error) {
	const day = 24 * time.Hour
	fresh := func(d store.Device) bool { return n.q.now.Sub(d.Created) < day }
	if !fresh(*n.q.device) {
		return false, nil
	}
	devices, err := r.Devices()
	if err != nil {
		return false, err
	}
	told := 0
	for _, d := range devices {
		if d.ID == n.q.device.ID || d.Access == store.Allowed || !fresh(d) {
			continue
		}
		standing, err := policy.ReadStanding(r, d.ID)
		if err != nil {
			return false, err
		}
		if standing.Told {
			told++
		}
	}
	return told >= maxTold, nil
}

// name is what a person knows the device by.
func (n *keptOut) name() string {
	d := n.q.device
	for _, name := range []string{d.FriendlyName, d.Model, d.Type} {
		if name != "" {
			return clip(oneLine(name), 80)
		}
	}
	return clip(oneLine(d.ID), 80)
}

func (n *keptOut) waits() bool { return n.q.device.Access == store.Quarantined }

func (n *keptOut) userSubject() string {
	if n.waits() {
		return "Your device " + n.name() + " waits for permission"
	}
	return "Your device " + n.name() + " may not synchronise"
}

func (n *keptOut) userText() string {
	var b strings.Builder
	if n.waits() {
		b.WriteString("A device wants to synchronise your mailbox. It gets nothing until an administrator of this\n" +
			"server lets it in.\n\nWhat to do: ")
		b.WriteString("if the device is yours, wait, or ask your administrator and tell the device's\n" +
			"id. Once it is let in it goes on by itself; there is no need to add the account again.\n")
	} else {
		b.WriteString("A device that tries to synchronise your mailbox is not allowed to, and gets nothing.\n\nWhat to do: ")
		b.WriteString("if the device is yours, remove the account from it, or ask your administrator to\n" +
			"let it in and tell the device's id.\n")
	}
	b.WriteString("If it is not yours, somebody knows your password: change it now, and tell your administrator.\n\n")
	if n.rules.Text != "" {
		b.WriteString(n.rules.Text + "\n\n")
	}
	n.describe(&b)
	b.WriteString("\nYour mail in other programs and on other devices is not affected.\n")
	return b.String()
}

func (n *keptOut) operatorText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "A device of %s waits to be let in. Until then it gets nothing.\n\n", n.q.account.Name)
	words := shellWord(n.q.account.Name) + " " + shellWord(n.q.device.ID)
	fmt.Fprintf(&b, "    gannet device allow %s\n    gannet device block %s\n\n", words, words)
	n.describe(&b)
	return b.String()
}

// describe lists what is known of the device. What a device says of itself is one line each.
func (n *keptOut) describe(b *strings.Builder) {
	d := n.q.device
	rule := n.standing.Rule
	switch {
	case n.standing.Operator:
		rule = "an administrator decided so"
	case rule == policy.FromDefault, rule == "":
		rule = "new devices are treated so"
	}
	for _, line := range [][2]string{
		{"Account", n.q.account.Name}, {"Device id", d.ID}, {"Kind", d.Type}, {"Model", d.Model}, {"System", d.OS},
		{"Name", d.FriendlyName}, {"Program", d.UserAgent}, {"ActiveSync", d.Protocol}, {"Network address", n.q.remote},
		{"First seen", d.Created.Format(time.RFC1123Z)}, {"Reason", rule},
	} {
		if line[1] != "" {
			fmt.Fprintf(b, "%-16s %s\n", line[0]+":", clip(oneLine(line[1]), 200))
		}
	}
}

// oneLine replaces what would end a line, or turn the direction of what stands in it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return ' '
		}
		return r
	}, s)
}

// shellWord writes s so that a shell takes it for one word.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("-_.:@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(oneLine(s), "'", `'\''`) + "'"
}
