package activesync

import (
	"context"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// ownAddresses knows which addresses lead to an account. They are read when they are first asked for, once a request. A nil
// one knows none. It is for one goroutine.
type ownAddresses struct {
	auth Authenticator
	acct store.AccountID
	list map[string]bool // canonical; nil: not read yet
}

// ownAddresses returns those of the account that makes the request.
func (h *Handler) ownAddresses(q *request) *ownAddresses {
	if q.mine == nil {
		q.mine = &ownAddresses{auth: h.Auth, acct: q.account.ID}
	}
	return q.mine
}

// has reports whether an address leads to the account, by its name, an alias or a list; a tag does not matter.
func (o *ownAddresses) has(ctx context.Context, a mail.Address) (bool, error) {
	if o == nil {
		return false, nil
	}
	if o.list == nil {
		all, err := o.auth.Addresses(ctx, o.acct)
		if err != nil {
			return false, err
		}
		o.list = map[string]bool{}
		for _, one := range all {
			o.list[one] = true
		}
	}
	name, err := address.Canonical(a.Addr())
	if err != nil {
		return false, nil // nobody's
	}
	base, _ := address.Untag(name)
	return o.list[name] || o.list[base], nil
}

// any reports whether one of the addresses leads to the account, be it by the catch-all of its domain.
func (o *ownAddresses) any(ctx context.Context, list []mail.Address) (bool, error) {
	for _, a := range list {
		if found, err := o.has(ctx, a); found || err != nil {
			return found, err
		}
	}
	for _, a := range list {
		if found, err := o.auth.Owns(ctx, o.acct, a.Addr()); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// receivedAsBcc reports whether the user got the message without being named in it. It is told of what came here from
// outside or was written here: an older mailbox that was moved here may have had other addresses. A list names its
// members as little as Bcc does. MS-ASEMAIL, ReceivedAsBcc.
func (b *bodySource) receivedAsBcc(mine *ownAddresses) (bool, error) {
	const manyRecipients = 50
	s := b.summary
	e := &s.Envelope
	to := mail.Mailboxes(slices.Concat(e.To, e.Cc))
	if mine == nil || b.own || len(to) > manyRecipients || s.ListID != "" || s.Precedence == "list" || s.Precedence == "bulk" {
		return false, nil
	}
	for _, list := range [][]mail.Address{to, mail.Mailboxes(e.From)} {
		if found, err := mine.any(b.ctx, list); found || err != nil {
			return false, err
		}
	}
	if s.ReceivedCount == 0 {
		return true, nil
	}
	blob, err := b.open()
	if err != nil {
		return false, err
	}
	fields, err := s.HeaderFields(blob)
	if err != nil {
		return false, err
	}
	for _, f := range fields {
		if f.Name == "received" { // the last host is the first
			return strings.Contains(strings.ToLower(f.Value), "by "+strings.ToLower(b.handler.Hostname)+" "), nil
		}
	}
	return false, nil
}
