package autoreply

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Acquaintances tells whom a user knows.
type Acquaintances interface {
	// Knows reports whether a canonical address is in the contacts of an account.
	Knows(ctx context.Context, acct store.AccountID, addr string) (bool, error)
}

// Options configure a [Responder]. The zero value works but for Hostname.
type Options struct {
	Hostname string           // ends the Message-IDs of answers
	Contacts Acquaintances    // nil: nobody is known, and whoever is not internal is unknown
	Daily    int              // answers of one account a day; 0: DefaultDaily
	Log      *slog.Logger     // nil: discarded
	Now      func() time.Time // nil: time.Now
}

// DefaultDaily is how many answers an account sends in a day at most.
const DefaultDaily = 500

// Responder answers deliveries for people who are away. It implements mail.Responder, is safe for concurrent use
// and keeps no state of its own.
type Responder struct {
	store store.Store
	o     Options
}

// New makes a responder on st.
func New(st store.Store, o Options) *Responder {
	if o.Daily <= 0 {
		o.Daily = DefaultDaily
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Responder{store: st, o: o}
}

// Prepare implements [mail.Responder].
func (p *Responder) Prepare(ctx context.Context, m mail.Incoming, acct store.AccountID) *mail.AutoReply {
	c := &consideration{m: m, acct: acct, now: p.o.Now(), refused: refusal(m)}
	if c.refused != "" && !p.o.Log.Enabled(ctx, slog.LevelDebug) {
		return nil // much mail of most accounts: nothing is read for it unless somebody wants to be told
	}
	reply, err := p.prepare(ctx, c)
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelWarn
	}
	if reply == nil && c.oof.Active(c.now) {
		p.o.Log.LogAttrs(ctx, level, "no automatic reply", slog.Int64("account", int64(acct)), slog.String("to", m.Sender),
			slog.String("reason", c.refused), slog.Any("error", err))
	}
	return reply
}

// consideration is what is known while one delivery to one account is looked at.
type consideration struct {
	m       mail.Incoming
	acct    store.AccountID
	now     time.Time
	oof     Oof
	account store.Account
	own     []string // the account's addresses that are nobody else's
	local   bool     // the sender's domain is one of this server's
	sender  string   // canonical
	refused string   // why there is no answer
}

// prepare stages the answer; nil without an error when there is to be none, and refused says why.
func (p *Responder) prepare(ctx context.Context, c *consideration) (*mail.AutoReply, error) {
	var err error
	if c.sender, err = address.Canonical(c.m.Sender); err != nil {
		return nil, nil // an address literal or rubbish
	}
	if err := p.store.View(ctx, c.acct, c.read); err != nil {
		return nil, fmt.Errorf("automatic reply: %w", err)
	}
	if c.refused != "" || !c.oof.Active(c.now) {
		return nil, nil
	}
	fields, err := p.header(ctx, c.m)
	if err != nil {
		return nil, err
	}
	if c.refused = headerRefusal(fields); c.refused != "" {
		return nil, nil
	}
	from := addressed(c.m.Summary, fields, c.own)
	if from == "" {
		c.refused = "not addressed to the account itself"
		return nil, nil
	}
	message, err := p.message(ctx, c)
	if err != nil || !message.Enabled || message.blank() {
		c.refused = "there is nothing to tell the audience"
		return nil, err
	}
	blob, err := p.stage(ctx, c, from, message)
	if err != nil {
		return nil, err
	}
	return &mail.AutoReply{Blob: blob, To: c.m.Sender, Claim: func(tx store.Tx) (bool, error) { return p.claim(tx, c) }}, nil
}

// read gathers what the directory knows, no more than is needed.
func (c *consideration) read(r store.Reader) (err error) {
	if c.oof, err = Load(r, c.acct); err != nil || !c.oof.Active(c.now) {
		return err
	}
	if c.account, err = r.Account(); err != nil {
		return err
	}
	aliases, err := r.Aliases(c.acct)
	if err != nil {
		return err
	}
	c.own = append(c.own, c.account.Name)
	for _, a := range aliases {
		if len(a.Accounts) == 1 && !strings.HasPrefix(a.Address, "@") {
			c.own = append(c.own, a.Address)
		}
	}
	if err := c.readSender(r); err != nil || c.refused != "" {
		return err
	}
	heard, err := c.memory().heard(r, c.now)
	if heard {
		c.refused = "the sender has heard already"
	}
	return err
}

// readSender finds out who of this server the sender is, if anybody.
func (c *consideration) readSender(r store.Reader) error {
	domains, err := r.Domains()
	if err != nil {
		return err
	}
	_, domain, _ := address.Split(c.sender)
	for _, d := range domains {
		c.local = c.local || d.Name == domain
	}
	if !c.local {
		return nil
	}
	ids, err := mail.ResolveIn(r, c.sender)
	switch {
	case errors.Is(err, store.NotFound):
		return nil // nobody: the answer comes to nothing
	case err != nil:
		return err
	case slices.Contains(ids, c.acct):
		c.refused = "from the account itself"
	case len(ids) > 1:
		c.refused = "from a list of this server"
	}
	return nil
}

// memory is what is remembered of the sender.
func (c *consideration) memory() memory {
	return memory{acct: c.acct, since: c.oof.Since, sender: senderKey(c.sender)}
}

// header reads the header of the message.
func (p *Responder) header(ctx context.Context, m mail.Incoming) ([]mail.HeaderField, error) {
	b, err := mail.OpenIncoming(ctx, p.store, m)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	fields, err := m.Summary.HeaderFields(b)
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	return fields, nil
}

// message is what the sender's audience is told.
func (p *Responder) message(ctx context.Context, c *consideration) (Message, error) {
	switch {
	case c.local && c.m.Author != 0:
		return c.oof.Messages[Internal], nil
	case p.o.Contacts == nil:
		return c.oof.Messages[Unknown], nil
	}
	known, err := p.o.Contacts.Knows(ctx, c.acct, c.sender)
	if err != nil {
		return Message{}, fmt.Errorf("contacts: %w", err)
	}
	if known {
		return c.oof.Messages[Known], nil
	}
	return c.oof.Messages[Unknown], nil
}

// stage writes the answer.
func (p *Responder) stage(ctx context.Context, c *consideration, from string, message Message) (store.Staged, error) {
	w, err := p.store.NewBlob(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin automatic reply: %w", err)
	}
	defer w.Abort() // does nothing after Finish
	e := &c.m.Summary.Envelope
	local, domain, _ := address.Split(from)
	err = mail.WriteAutoReply(w, mail.AutoReplyInfo{
		Hostname: p.o.Hostname, From: mail.Address{Name: c.account.Display, Local: local, Domain: domain}, To: c.m.Sender,
		Subject: e.Subject, MessageID: e.MessageID, References: answered(e), Text: message.Form(false), HTML: message.Form(true),
		Now: c.now,
	})
	if err != nil {
		return nil, err
	}
	blob, err := w.Finish()
	if err != nil {
		return nil, fmt.Errorf("stage automatic reply: %w", err)
	}
	return blob, nil
}

// answered are the References of an answer but for the last. RFC 5322, section 3.6.4.
func answered(e *mail.Envelope) []string {
	if len(e.References) == 0 && len(e.InReplyTo) == 1 {
		return e.InReplyTo
	}
	return e.References
}

// claim notes in the transaction of the delivery that the sender hears; false: it is not to hear any more.
func (p *Responder) claim(tx store.Tx, c *consideration) (bool, error) {
	now, err := Load(tx, c.acct)
	if err != nil || !now.Active(c.now) || !now.Since.Equal(c.oof.Since) {
		return false, err // switched off meanwhile
	}
	return c.memory().claim(tx, c.now, p.o.Daily)
}
