package activesync

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Statuses of a property. MS-ASCMD, Status (Settings).
const (
	settingsOK          = 1
	settingsProtocol    = 2
	settingsUnavailable = 4
	settingsInvalid     = 5
	settingsConflict    = 6
	settingsDenied      = 7
)

// settings answers Settings: each property by itself, so that one that fails does not hurt the others.
func (h *Handler) settings(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadSettings(q.body)
	if err != nil {
		return err
	}
	seen := map[wbxml.Tag]bool{}
	for _, p := range in.Properties {
		if !knownProperty(p.Tag, q.version) {
			return fail(settingsProtocol, fmt.Errorf("unknown property %v", p.Tag))
		}
		if seen[p.Tag] {
			return fail(settingsProtocol, fmt.Errorf("%v twice", p.Tag))
		}
		seen[p.Tag] = true
	}
	e := w.encoder()
	wire.BeginSettings(e, settingsOK)
	for _, p := range in.Properties {
		h.property(ctx, q, e, p)
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

// A propertyAnswer is an answer of more than a Status.
type propertyAnswer interface{ Write(*wbxml.Encoder) }

// property answers one property.
func (h *Handler) property(ctx context.Context, q *request, e *wbxml.Encoder, p wire.SettingsProperty) {
	status, err := settingsProtocol, error(nil)
	var full propertyAnswer
	switch {
	case p.Broken:
	case p.Tag == wbxml.SettingsOof && p.Get:
		full, status, err = h.getOof(ctx, q, p.BodyType)
	case p.Tag == wbxml.SettingsOof && p.Set:
		status, err = h.setOof(ctx, q, p.Oof)
	case p.Tag == wbxml.SettingsDevicePassword && p.Set:
		status = devicePassword(p.Password)
	case p.Tag == wbxml.SettingsDeviceInformation && p.Set && p.Device != (wire.DeviceInformation{}):
		status, err = settingsOK, h.keepDescription(ctx, q, &p.Device)
	case p.Tag == wbxml.SettingsUserInformation && p.Get:
		full, err = h.userInformation(ctx, q)
	case p.Tag == wbxml.SettingsRightsManagementInformation && p.Get:
		status = statusRightsDisabled
	}
	if err != nil {
		q.log.Error("setting not answered", "property", p.Tag.String(), "error", err)
		full, status = nil, settingsUnavailable
	}
	if full != nil {
		full.Write(e)
		return
	}
	wire.WriteSettingsStatus(e, p.Tag, status)
}

// devicePassword answers a device that wants its recovery password to be kept. None is: whoever reads the
// database, or a backup of it, could unlock the phones of everybody, and an operator who may erase a device
// does not need to open it. MS-ASCMD, DevicePassword.
func devicePassword(password *string) int {
	switch {
	case password == nil:
		return settingsProtocol
	case utf8.RuneCountInString(*password) > 255:
		return settingsInvalid
	case *password == "":
		return settingsOK // to be forgotten, which it is
	}
	return settingsDenied
}

// keepDescription stores what the device says of itself.
func (h *Handler) keepDescription(ctx context.Context, q *request, info *wire.DeviceInformation) error {
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		var decided error
		err := q.updateDevice(tx, func(d *store.Device) {
			before := *d
			describeBy(d, info)
			decided = h.reconsider(tx, q, before, d)
		})
		return errors.Join(err, decided)
	})
	if err != nil {
		return fmt.Errorf("keep device information: %w", err)
	}
	return nil
}

// userInformation is the addresses by which a client knows its user's own.
func (h *Handler) userInformation(ctx context.Context, q *request) (*wire.UserInformation, error) {
	addresses, err := h.Auth.Addresses(ctx, q.account.ID)
	if err != nil {
		return nil, fmt.Errorf("user information: %w", err)
	}
	if len(addresses) == 0 {
		addresses = []string{q.account.Name}
	}
	return &wire.UserInformation{Display: q.account.Display, Addresses: addresses, Accounts: q.version >= V141}, nil
}
