package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// decisions adds what was decided about a device, and what came of it.
func (i *deviceInfo) decisions(r store.Reader, d store.Device) error {
	standing, err := policy.ReadStanding(r, d.ID)
	if err != nil {
		return err
	}
	switch {
	case standing.Operator:
		i.Decided = "by the operator"
	case standing.Rule == policy.FromDefault:
		i.Decided = "as all new devices"
	case standing.Rule != "":
		i.Decided = "by the rule " + standing.Rule
	}
	i.History, err = policy.ReadHistory(r, d.Account, d.ID)
	return err
}

// changeDevice applies change to a device inside one transaction.
func (a *admin) changeDevice(ctx context.Context, q deviceRequest, change func(tx store.Tx, d *store.Device) error) (deviceInfo, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return deviceInfo{}, err
	}
	var info deviceInfo
	err = a.store.Update(ctx, account.ID, func(tx store.Tx) error {
		d, err := tx.Device(q.ID)
		if err != nil {
			return deviceError(err, account.Name, q.ID)
		}
		if err := change(tx, &d); err != nil {
			return err
		}
		info = deviceInfoOf(account.Name, d)
		return tx.PutDevice(d)
	})
	a.deviceChanged(account.ID, q.ID, err)
	return info, err
}

// deviceChanged ends the waiting request of a device, which would wait for an hour.
func (a *admin) deviceChanged(account store.AccountID, id string, err error) {
	if err == nil && a.server != nil {
		a.server.deviceChanged(account, id)
	}
}

// event adds to the history of a device.
func (a *admin) event(tx store.Tx, d *store.Device, e policy.Event) error {
	e.At = a.now()
	return policy.Record(tx, d.Account, d.ID, e)
}

// accessEvents are the decisions as they stand in the history of a device.
var accessEvents = map[store.Access]string{
	store.Allowed: policy.EventAllowed, store.Blocked: policy.EventBlocked, store.Quarantined: policy.EventQuarantined,
}

// setAccess decides about a device, whatever the rules say. Letting in also ends a wipe: the device is in good
// hands again.
func (a *admin) setAccess(ctx context.Context, q deviceRequest, _ say) (deviceInfo, error) {
	return a.changeDevice(ctx, q, func(tx store.Tx, d *store.Device) error {
		d.Access = q.Access
		e := policy.Event{What: accessEvents[q.Access], By: q.By}
		if q.Access == store.Allowed && d.Wipe != store.NoWipe {
			e.Note, d.Wipe = "ends the wipe: "+wipeText[d.Wipe], store.NoWipe
		}
		if err := policy.WriteStanding(tx, d.ID, policy.Standing{Operator: true}); err != nil {
			return err
		}
		return a.event(tx, d, e)
	})
}

// wipeDevice asks for a remote wipe at the device's next contact: of the account on it, or, only
// when asked for by name, of everything on the device.
func (a *admin) wipeDevice(ctx context.Context, q deviceRequest, _ say) (deviceInfo, error) {
	return a.changeDevice(ctx, q, func(tx store.Tx, d *store.Device) error {
		var err error
		if d.Wipe, err = policy.AskWipe(d.Wipe, q.Whole); err != nil {
			return fmt.Errorf("%w, all of it", err)
		}
		standing, err := policy.ReadStanding(tx, d.ID)
		if err != nil {
			return err
		}
		standing.Told = false
		if err := policy.WriteStanding(tx, d.ID, standing); err != nil {
			return err
		}
		e := policy.Event{What: policy.EventWipeAsked, By: q.By, Note: policy.AccountOnly}
		if q.Whole {
			e.Note = policy.WholeDevice
		}
		return a.event(tx, d, e)
	})
}

// unwipeDevice takes a wipe back of which the device has not been told.
func (a *admin) unwipeDevice(ctx context.Context, q deviceRequest, _ say) (deviceInfo, error) {
	return a.changeDevice(ctx, q, func(tx store.Tx, d *store.Device) (err error) {
		d.Wipe, err = policy.TakeBackWipe(d.Wipe)
		switch {
		case errors.Is(err, policy.ErrWipeSent):
			return fmt.Errorf("%w, and may have done it without saying so; once it is in good hands, "+
				"gannet device allow %s %s lets it in again", err, q.Account, q.ID)
		case err != nil:
			return notFound("%w", err)
		}
		return a.event(tx, d, policy.Event{What: policy.EventWipeTaken, By: q.By})
	})
}

// removeDevice forgets a device, its state and its policy. Its history stays.
func (a *admin) removeDevice(ctx context.Context, q deviceRequest, _ say) (nothing, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return nothing{}, err
	}
	err = a.store.Update(ctx, account.ID, func(tx store.Tx) error {
		d, err := tx.Device(q.ID)
		if err != nil {
			return err
		}
		if d.Wipe != store.NoWipe && d.Wipe != store.WipeDone {
			return exists("a wipe of the device is under way and would be forgotten with it; end it first with " +
				"gannet device unwipe, or with gannet device allow")
		}
		if err := a.event(tx, &d, policy.Event{What: policy.EventRemoved, By: q.By, Note: "it was " + accessText[d.Access]}); err != nil {
			return err
		}
		if err := policy.WriteRules(tx, account.ID, policy.OfDevice(d.ID), nil); err != nil {
			return err
		}
		return tx.RemoveDevice(d.ID)
	})
	if err == nil && a.server != nil {
		a.server.deviceRemoved(account.ID, q.ID)
	}
	return nothing{}, deviceError(err, account.Name, q.ID)
}
