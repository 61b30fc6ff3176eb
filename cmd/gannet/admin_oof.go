package main

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmail/gannet/mail/autoreply"
	"github.com/gannetmail/gannet/store"
)

// oofRequest names an account and what its automatic replies become.
type oofRequest struct {
	Account  string    `json:"account"`
	Off      bool      `json:"off,omitempty"`
	Text     string    `json:"text,omitempty"`     // for everybody; empty: as it is
	External string    `json:"external,omitempty"` // for those outside instead
	Inside   bool      `json:"inside,omitempty"`   // those outside hear nothing
	HTML     bool      `json:"html,omitempty"`     // the texts are HTML
	From     time.Time `json:"from,omitzero"`      // with Until: a schedule
	Until    time.Time `json:"until,omitzero"`
}

// oofInfo is the automatic replies of an account as the verbs show them.
type oofInfo struct {
	Account  string                `json:"account"`
	State    string                `json:"state"`  // off, on, scheduled
	Active   bool                  `json:"active"` // mail that arrives now is answered
	From     time.Time             `json:"from,omitzero"`
	Until    time.Time             `json:"until,omitzero"`
	Messages map[string]oofMessage `json:"messages"` // internal, known, unknown
}

type oofMessage struct {
	Enabled bool   `json:"enabled"`
	HTML    bool   `json:"html,omitempty"`
	Text    string `json:"text,omitempty"`
}

func (a *admin) showOof(ctx context.Context, q oofRequest, _ say) (info oofInfo, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		account, err := findAccount(r, q.Account)
		if err != nil {
			return err
		}
		o, err := autoreply.Load(r, account.ID)
		info = oofInfoOf(account, o, a.now())
		return err
	})
	return info, err
}

// setOof switches automatic replies on, or off; texts that were there stay where none is given.
func (a *admin) setOof(ctx context.Context, q oofRequest, _ say) (info oofInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Account)
		if err != nil {
			return err
		}
		o, err := autoreply.Load(tx, account.ID)
		if err != nil && !errors.Is(err, store.Damaged) {
			return err
		}
		if o, err = q.apply(o.As(a.now())); err != nil {
			return err
		}
		info = oofInfoOf(account, o, a.now())
		return autoreply.Save(tx, account.ID, o, a.now())
	})
	if errors.Is(err, store.Invalid) || errors.Is(err, store.TooLarge) {
		err = usage(err)
	}
	return info, err
}

// apply changes a setting as the operator asked.
func (q oofRequest) apply(o autoreply.Oof) (autoreply.Oof, error) {
	if q.Off {
		o.State = autoreply.Off
		return o, nil
	}
	o.State = autoreply.On
	if !q.Until.IsZero() {
		o.State, o.Start, o.End = autoreply.Scheduled, q.From, q.Until
	}
	for i := range o.Messages {
		m := &o.Messages[i]
		outside := autoreply.Audience(i) != autoreply.Internal
		m.Enabled = !outside || !q.Inside
		switch {
		case outside && q.External != "":
			m.Text, m.HTML = q.External, q.HTML
		case q.Text != "":
			m.Text, m.HTML = q.Text, q.HTML
		}
		if m.Enabled && m.Text == "" {
			return o, usagef("there is no text to answer with; give one with --text or --text-file")
		}
	}
	return o, nil
}

func oofInfoOf(a store.Account, o autoreply.Oof, now time.Time) oofInfo {
	o = o.As(now)
	info := oofInfo{Account: a.Name, State: o.State.String(), Active: o.Active(now), Messages: map[string]oofMessage{}}
	if o.State == autoreply.Scheduled {
		info.From, info.Until = o.Start, o.End
	}
	for i, m := range o.Messages {
		info.Messages[autoreply.Audience(i).String()] = oofMessage(m)
	}
	return info
}
