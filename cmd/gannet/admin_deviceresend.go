package main

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// reducedInfo is a message that a device got in a lesser form than it asked for.
type reducedInfo struct {
	Message int64     `json:"message"` // by which `gannet device resend` knows it
	Subject string    `json:"subject"` // empty: it cannot be read, or the message is gone
	Form    string    `json:"form"`
	Reason  string    `json:"reason"` // empty: the device asked for it again and again
	At      time.Time `json:"at"`
}

// reducedOf lists them for a device, oldest first.
func reducedOf(r store.Reader, device string) ([]reducedInfo, error) {
	list, err := activesync.ReadReduced(r, device)
	if err != nil {
		return nil, err
	}
	var out []reducedInfo
	for _, one := range list {
		info := reducedInfo{Message: int64(one.Item), Form: one.Form(), Reason: one.Reason, At: one.At}
		record, err := r.RecordByItem(one.Item, store.WantSummary)
		if err != nil && !errors.Is(err, store.NotFound) {
			return nil, err
		}
		if s, err := mail.UnmarshalSummary(record.Item.Summary); err == nil {
			info.Subject = s.Envelope.Subject
		}
		out = append(out, info)
	}
	return out, nil
}

// resendRequest names a message of an account.
type resendRequest struct {
	Account string `json:"account"`
	Message int64  `json:"message"`
}

// resendMessage sends a message to all devices anew.
func (a *admin) resendMessage(ctx context.Context, q resendRequest, _ say) (nothing, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return nothing{}, err
	}
	service := mail.NewService(a.store, mail.ServiceOptions{Hostname: a.config.Server.Hostname, Log: a.log, Now: a.now})
	err = activesync.Resend(ctx, a.store, service, account.ID, store.ItemID(q.Message))
	if errors.Is(err, store.NotFound) {
		return nothing{}, notFound("%s has no message %d; `gannet device show` lists those that a device could not get whole", account.Name, q.Message)
	}
	return nothing{}, err
}
