package wire

import (
	"io"
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// SettingsRequest is a request of Settings: named properties in the order in which they are to be answered.
// MS-ASCMD, Settings.
type SettingsRequest struct{ Properties []SettingsProperty }

// A SettingsProperty is one that is asked for or set.
type SettingsProperty struct {
	Tag      wbxml.Tag // wbxml.SettingsOof and so on; perhaps one that this package does not know
	Get, Set bool
	Device   DeviceInformation // of a Set of DeviceInformation
	OofState int               // of a Set of Oof; -1: absent
}

const maxProperties = 16

// ReadSettings reads a request.
func ReadSettings(body io.Reader) (SettingsRequest, error) {
	var q SettingsRequest
	r, _, err := newReader(body, wbxml.SettingsSettings)
	if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		if len(q.Properties) == maxProperties {
			return r.fail("too many properties")
		}
		p := SettingsProperty{Tag: tag, OofState: -1}
		err := r.property(&p)
		q.Properties = append(q.Properties, p)
		return err
	})
	if err == nil && len(q.Properties) == 0 {
		err = r.fail("no property")
	}
	return q, err
}

func (r *reader) property(p *SettingsProperty) (err error) {
	if p.Tag == wbxml.SettingsDeviceInformation {
		p.Set, err = r.deviceInformation(&p.Device)
		return err
	}
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.SettingsGet:
			p.Get = true
		case wbxml.SettingsSet:
			p.Set = true
			return r.each(func(tag wbxml.Tag) error {
				if tag == wbxml.SettingsOofState {
					return r.number(&p.OofState)
				}
				return nil
			})
		}
		return nil
	})
}

// BeginSettings opens an answer with its Status; the properties follow, then an End.
func BeginSettings(e *wbxml.Encoder, status int) {
	e.Start(wbxml.SettingsSettings)
	e.Elem(wbxml.SettingsStatus, strconv.Itoa(status))
}

// WriteSettingsStatus writes a property that has nothing but a Status.
func WriteSettingsStatus(e *wbxml.Encoder, property wbxml.Tag, status int) {
	e.Start(property)
	e.Elem(wbxml.SettingsStatus, strconv.Itoa(status))
	e.End()
}

// WriteOofOff writes the Oof of an account that does not answer mail by itself: one empty message for each
// of the three audiences.
func WriteOofOff(e *wbxml.Encoder) {
	e.Start(wbxml.SettingsOof)
	e.Elem(wbxml.SettingsStatus, "1")
	e.Start(wbxml.SettingsGet)
	e.Elem(wbxml.SettingsOofState, "0")
	for _, audience := range []wbxml.Tag{
		wbxml.SettingsAppliesToInternal, wbxml.SettingsAppliesToExternalKnown, wbxml.SettingsAppliesToExternalUnknown,
	} {
		e.Start(wbxml.SettingsOofMessage)
		e.Empty(audience)
		e.Elem(wbxml.SettingsEnabled, "0")
		e.End()
	}
	e.End()
	e.End()
}

// UserInformation is what a device may know of its user.
type UserInformation struct {
	Display   string
	Addresses []string // the primary one first
}

// Write writes the property: with Accounts from 14.1 on, which Android then needs, else with the bare
// addresses. MS-ASCMD, UserInformation.
func (u *UserInformation) Write(e *wbxml.Encoder, accounts bool) {
	e.Start(wbxml.SettingsUserInformation)
	e.Elem(wbxml.SettingsStatus, "1")
	e.Start(wbxml.SettingsGet)
	if accounts {
		e.Start(wbxml.SettingsAccounts)
		e.Start(wbxml.SettingsAccount)
		if u.Display != "" {
			e.Elem(wbxml.SettingsUserDisplayName, u.Display)
		}
	}
	e.Start(wbxml.SettingsEmailAddresses)
	for _, a := range u.Addresses {
		e.Elem(wbxml.SettingsSMTPAddress, a)
	}
	if accounts {
		e.Elem(wbxml.SettingsPrimarySmtpAddress, u.Addresses[0])
	}
	e.End()
	if accounts {
		e.End()
		e.End()
	}
	e.End()
	e.End()
}
