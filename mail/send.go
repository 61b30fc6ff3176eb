package mail

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// Outgoing is a message that an account sends.
type Outgoing struct {
	*Ingested           // what the recipients get
	Sender     string   // reverse-path: who hears of failures; empty: nobody
	Recipients []string // forward-paths, unquoted, local ones among them
	UTF8       bool     // needs SMTPUTF8, RFC 6531
	// SentCopy, when not nil, goes into Sent, already read. It may be Ingested itself or differ from
	// it, as where it keeps Bcc.
	SentCopy *Ingested

	EnvID  string   // envelope identifier, RFC 3461 section 4.4, decoded
	Notify []string // as store.Queued.Notify, one for each of Recipients; nil: nothing was asked for
}

// Send queues the message for each recipient and stores the copy in Sent, in one transaction of the
// account: after nil both are durable, after an error neither happened. also, when not nil, runs in the same
// transaction: what must be remembered exactly if the message is sent. The queue delivers to
// local recipients too.
//
// Errors: store.Invalid for a recipient that is no address or for none at all; store.OverQuota when
// the copy has no room.
func (s *Service) Send(ctx context.Context, acct store.AccountID, o Outgoing, also func(store.Tx) error) error {
	if err := o.check(); err != nil {
		return err
	}
	err := s.store.Update(ctx, acct, func(tx store.Tx) error {
		if err := s.SendTx(tx, acct, o); err != nil {
			return err
		}
		if also == nil {
			return nil
		}
		return also(tx)
	})
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// SendTx is [Service.Send] within a transaction of the account acct, for a caller that has more to do in it.
// After an error the transaction must be given up.
func (s *Service) SendTx(tx store.Tx, acct store.AccountID, o Outgoing) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := s.storeSent(tx, o.SentCopy); err != nil {
		return err
	}
	for i, to := range o.Recipients {
		q := store.Queued{Account: acct, Sender: o.Sender, Recipient: to, UTF8: o.UTF8, EnvID: o.EnvID}
		if o.Notify != nil {
			q.Notify = o.Notify[i]
		}
		if err := s.EnqueueTx(tx, o.Blob, q); err != nil {
			return err
		}
	}
	s.noteRecipients(tx, acct, o)
	return nil
}

// check refuses what cannot be sent.
func (o Outgoing) check() error {
	if len(o.Recipients) == 0 {
		return fmt.Errorf("send without recipients: %w", store.Invalid)
	}
	if o.Notify != nil && len(o.Notify) != len(o.Recipients) {
		return fmt.Errorf("send to %d recipients with %d notify options: %w", len(o.Recipients), len(o.Notify), store.Invalid)
	}
	return nil
}

// storeSent adds the sender's copy, if there is to be one.
func (s *Service) storeSent(tx store.Tx, sent *Ingested) error {
	if sent == nil {
		return nil
	}
	c, err := tx.CollectionByRole(store.Sent)
	if errors.Is(err, store.NotFound) {
		c, err = tx.CreateCollection(store.Collection{Name: "Sent Items", Class: store.Mail, Role: store.Sent})
	}
	if err != nil {
		return fmt.Errorf("find sent: %w", err)
	}
	item := sent.Item
	item.Flags |= store.Seen
	item.Received = s.now()
	if _, err := tx.Add(c.ID, item); err != nil {
		return fmt.Errorf("store sent copy: %w", err)
	}
	return nil
}
