package main

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// deviceRequest names a device of an account; an empty account, for listing, is all of them.
type deviceRequest struct {
	Account string       `json:"account"`
	ID      string       `json:"id,omitempty"`
	Access  store.Access `json:"access,omitempty"`
	Whole   bool         `json:"whole,omitempty"` // erase the whole device, not the account on it
	By      string       `json:"by,omitempty"`    // who asks, for the device's history
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

	Decided string         `json:"decided,omitempty"` // show only: who decided about the access
	History []policy.Event `json:"history,omitempty"` // show only, oldest first

	Reduced []reducedInfo `json:"reduced,omitempty"` // show only

	Health string        `json:"health,omitempty"` // how it fares, in one line
	Doctor *deviceDoctor `json:"doctor,omitempty"` // show only
}

var accessText = map[store.Access]string{
	store.Allowed: "allowed", store.Blocked: "blocked", store.Quarantined: "quarantined",
}

var wipeText = map[store.Wipe]string{
	store.NoWipe: "none", store.WipeAccountPending: "account: waits for the device", store.WipeDevicePending: "device: waits for the device",
	store.WipeAccountSent: "account: told to the device", store.WipeDeviceSent: "device: told to the device",
	store.WipeDone: "done", store.WipeFailed: "failed on the device",
}

// accessOf says whether a device is let in. A wipe keeps one out that was let in before: when it is done, and when
// the device is too old to be told.
func accessOf(d store.Device) string {
	if d.Access == store.Allowed && (d.Wipe == store.WipeDone || cannotBeTold(d)) {
		return "kept out by the wipe"
	}
	return accessText[d.Access]
}

// wipeOf says how far a wipe is.
func wipeOf(d store.Device) string {
	if cannotBeTold(d) {
		return "account: the device cannot be told"
	}
	return wipeText[d.Wipe]
}

// healthOf is one line about how a device fares. One that is kept out does not: what it was told when it last came
// is forgotten at a restart, and that it is kept out is not.
func healthOf(d store.Device, report doctor.Report) string {
	if access := accessOf(d); access != accessText[store.Allowed] {
		return "gets nothing, for it is " + access
	}
	return report.Health()
}

// cannotBeTold reports whether the account is to be removed from a device that last spoke a version which cannot
// say so.
func cannotBeTold(d store.Device) bool {
	switch d.Wipe {
	case store.WipeAccountPending, store.WipeAccountSent, store.WipeFailed:
		return !knowsAccountWipe(d.Protocol)
	}
	return false
}

func deviceInfoOf(account string, d store.Device) deviceInfo {
	return deviceInfo{
		Account: account, ID: d.ID, Type: d.Type, Model: d.Model, OS: d.OS, Name: d.FriendlyName, Phone: d.Phone,
		Agent: d.UserAgent, Protocol: d.Protocol, Access: accessOf(d), Wipe: wipeOf(d),
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
				if isMemory(d) {
					continue
				}
				report, err := a.report(r, d)
				if err != nil {
					return err
				}
				info := deviceInfoOf(one.Name, d)
				info.Health = healthOf(d, report)
				all = append(all, info)
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
		if err != nil {
			return err
		}
		info = deviceInfoOf(account.Name, d)
		if info.Doctor, err = a.doctorOf(r, d); err != nil {
			return err
		}
		info.Health = healthOf(d, info.Doctor.Report)
		if info.Reduced, err = reducedOf(r, d.ID); err != nil {
			return err
		}
		return info.decisions(r, d)
	})
	return info, deviceError(err, account.Name, q.ID)
}

func deviceError(err error, account, id string) error {
	if errors.Is(err, store.NotFound) {
		return notFound("%s has no device %s; `gannet device list %s` shows all", account, id, account)
	}
	return err
}

// versionNumber is ten times a version of the protocol: 141 for "14.1"; 0 for one that is none.
func versionNumber(protocol string) int {
	v, _ := activesync.ParseVersion(protocol)
	return int(v)
}

// newestVersion is that of a device of which nothing is known.
const newestVersion = int(activesync.V161)

// knowsAccountWipe reports whether a protocol version has AccountOnlyRemoteWipe. MS-ASPROV.
func knowsAccountWipe(protocol string) bool { return versionNumber(protocol) >= int(activesync.V161) }
