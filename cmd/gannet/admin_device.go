package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// deviceRequest names a device of an account; an empty account, for listing, is all of them.
type deviceRequest struct {
	Account string       `json:"account"`
	ID      string       `json:"id,omitempty"`
	Access  store.Access `json:"access,omitempty"`
	Whole   bool         `json:"whole,omitempty"` // erase the whole device, not the account on it
}

// deviceInfo is a device as the verbs show it.
type deviceInfo struct {
	Account  string    `json:"account"`
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Model    string    `json:"model"`
	OS       string    `json:"os"`
	Name     string    `json:"name"`
	Phone    string    `json:"phone"`
	Agent    string    `json:"agent"`
	Protocol string    `json:"protocol"`
	Access   string    `json:"access"`
	Wipe     string    `json:"wipe"`
	Address  string    `json:"address"`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen"`
}

var accessText = map[store.Access]string{
	store.Allowed: "allowed", store.Blocked: "blocked", store.Quarantined: "quarantined",
}

var wipeText = map[store.Wipe]string{
	store.NoWipe: "none", store.WipeAccountPending: "account: waits for the device", store.WipeDevicePending: "device: waits for the device",
	store.WipeAccountSent: "account: told to the device", store.WipeDeviceSent: "device: told to the device",
	store.WipeDone: "done", store.WipeFailed: "failed on the device",
}

func deviceInfoOf(account string, d store.Device) deviceInfo {
	return deviceInfo{
		Account: account, ID: d.ID, Type: d.Type, Model: d.Model, OS: d.OS, Name: d.FriendlyName, Phone: d.Phone,
		Agent: d.UserAgent, Protocol: d.Protocol, Access: accessText[d.Access], Wipe: wipeText[d.Wipe],
		Address: d.Address, Created: d.Created, Seen: d.Seen,
	}
}

func (a *admin) listDevices(ctx context.Context, q deviceRequest, _ say) ([]deviceInfo, error) {
	var accounts []store.Account
	err := a.view(ctx, func(r store.Reader) (err error) {
		if q.Account == "" {
			accounts, err = r.Accounts()
			return err
		}
		one, err := findAccount(r, q.Account)
		accounts = []store.Account{one}
		return err
	})
	if err != nil {
		return nil, err
	}
	all := []deviceInfo{}
	for _, one := range accounts {
		err := a.store.View(ctx, one.ID, func(r store.Reader) error {
			devices, err := r.Devices()
			for _, d := range devices {
				if !isMemory(d) {
					all = append(all, deviceInfoOf(one.Name, d))
				}
			}
			return err
		})
		if err != nil && !errors.Is(err, store.NotFound) { // removed meanwhile
			return nil, err
		}
	}
	return all, nil
}

func (a *admin) showDevice(ctx context.Context, q deviceRequest, _ say) (deviceInfo, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return deviceInfo{}, err
	}
	var info deviceInfo
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		d, err := r.Device(q.ID)
		info = deviceInfoOf(account.Name, d)
		return err
	})
	return info, deviceError(err, account.Name, q.ID)
}

func deviceError(err error, account, id string) error {
	if errors.Is(err, store.NotFound) {
		return notFound("%s has no device %s; `gannet device list %s` shows all", account, id, account)
	}
	return err
}

// changeDevice applies change to a device inside one transaction.
func (a *admin) changeDevice(ctx context.Context, q deviceRequest, change func(*store.Device) error) (deviceInfo, error) {
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
		if err := change(&d); err != nil {
			return err
		}
		info = deviceInfoOf(account.Name, d)
		return tx.PutDevice(d)
	})
	if err == nil && a.server != nil {
		a.server.deviceChanged(account.ID, q.ID) // a parked request would wait for an hour
	}
	return info, err
}

// setAccess blocks a device or lets it in. Letting in also takes back a wipe that was not yet told.
func (a *admin) setAccess(ctx context.Context, q deviceRequest, _ say) (deviceInfo, error) {
	return a.changeDevice(ctx, q, func(d *store.Device) error {
		d.Access = q.Access
		if q.Access == store.Allowed {
			d.Wipe = store.NoWipe
		}
		return nil
	})
}

// wipeDevice asks for a remote wipe at the device's next contact: of the account on it, or, only
// when asked for by name, of everything on the device.
func (a *admin) wipeDevice(ctx context.Context, q deviceRequest, _ say) (deviceInfo, error) {
	return a.changeDevice(ctx, q, func(d *store.Device) error {
		if q.Whole {
			d.Wipe = store.WipeDevicePending
			return nil
		}
		if !knowsAccountWipe(d.Protocol) {
			return usagef("this device speaks ActiveSync %s, which cannot remove the account alone (16.1 can): "+
				"keep it out with `gannet device block`, or erase everything on it with --whole-device", d.Protocol)
		}
		d.Wipe = store.WipeAccountPending
		return nil
	})
}

// knowsAccountWipe reports whether a protocol version has AccountOnlyRemoteWipe. MS-ASPROV.
func knowsAccountWipe(protocol string) bool {
	major, minor, _ := strings.Cut(protocol, ".")
	x, err := strconv.Atoi(major)
	y, _ := strconv.Atoi(minor)
	return err == nil && (x > 16 || x == 16 && y >= 1)
}

// removeDevice forgets a device and its state; if it comes back, it starts over.
func (a *admin) removeDevice(ctx context.Context, q deviceRequest, _ say) (nothing, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return nothing{}, err
	}
	err = a.store.Update(ctx, account.ID, func(tx store.Tx) error { return tx.RemoveDevice(q.ID) })
	return nothing{}, deviceError(err, account.Name, q.ID)
}
