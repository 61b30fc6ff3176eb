package activesync

import (
	"context"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Statuses of a property. MS-ASCMD, Status (Settings).
const (
	settingsOK       = 1
	settingsProtocol = 2
	settingsDenied   = 7
)

// settings answers Settings.
func (h *Handler) settings(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadSettings(q.body)
	if err != nil {
		return err
	}
	for _, p := range in.Properties {
		if !knownProperty(p.Tag, q.version) {
			return fail(settingsProtocol, fmt.Errorf("unknown property %v", p.Tag))
		}
	}
	e := w.encoder()
	wire.BeginSettings(e, settingsOK)
	for _, p := range in.Properties {
		if err := h.property(ctx, q, e, p); err != nil {
			return err
		}
	}
	e.End()
	return nil
}

// knownProperty reports whether version v has the property.
func knownProperty(tag wbxml.Tag, v Version) bool {
	switch tag {
	case wbxml.SettingsOof, wbxml.SettingsDevicePassword, wbxml.SettingsDeviceInformation, wbxml.SettingsUserInformation:
		return true
	case wbxml.SettingsRightsManagementInformation:
		return v >= V141
	}
	return false
}

// property answers one property.
func (h *Handler) property(ctx context.Context, q *request, e *wbxml.Encoder, p wire.SettingsProperty) error {
	status := settingsProtocol
	switch {
	case p.Tag == wbxml.SettingsOof && p.Get:
		wire.WriteOofOff(e)
		return nil
	case p.Tag == wbxml.SettingsOof && p.Set:
		status = settingsDenied // mail is not answered automatically
		if p.OofState == 0 {
			status = settingsOK // which is so already
		}
	case p.Tag == wbxml.SettingsDevicePassword && p.Set:
		status = settingsDenied // recovery passwords are not kept
	case p.Tag == wbxml.SettingsDeviceInformation && p.Set:
		status = settingsOK
		if err := h.keepDescription(ctx, q, &p.Device); err != nil {
			return err
		}
	case p.Tag == wbxml.SettingsUserInformation && p.Get:
		return h.userInformation(ctx, q, e)
	case p.Tag == wbxml.SettingsRightsManagementInformation && p.Get:
		status = statusRightsDisabled
	}
	wire.WriteSettingsStatus(e, p.Tag, status)
	return nil
}

// keepDescription stores what the device says of itself.
func (h *Handler) keepDescription(ctx context.Context, q *request, info *wire.DeviceInformation) error {
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		return q.updateDevice(tx, func(d *store.Device) { describeBy(d, info) })
	})
	if err != nil {
		return fmt.Errorf("keep device information: %w", err)
	}
	return nil
}

// userInformation answers with the addresses by which a client knows its user's own.
func (h *Handler) userInformation(ctx context.Context, q *request, e *wbxml.Encoder) error {
	addresses, err := h.Auth.Addresses(ctx, q.account.ID)
	if err != nil {
		return err
	}
	if len(addresses) == 0 {
		addresses = []string{q.account.Name}
	}
	u := wire.UserInformation{Display: q.account.Display, Addresses: addresses}
	u.Write(e, q.version >= V141)
	return nil
}
