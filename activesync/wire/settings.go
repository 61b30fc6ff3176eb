package wire

import (
	"errors"
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
	Broken   bool              // what it holds breaks the schema, which does not touch the others
	Device   DeviceInformation // of a Set of DeviceInformation
	BodyType string            // of a Get of Oof: as sent; empty: absent
	Oof      OofSet            // of a Set of Oof
	Password *string           // of a Set of DevicePassword; nil: absent
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
		p := SettingsProperty{Tag: tag}
		err := r.property(&p)
		if schema := (*SchemaError)(nil); errors.As(err, &schema) {
			p.Broken, err = true, nil // each leaves what is open of it
		}
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
	err = r.each(func(tag wbxml.Tag) error {
		switch {
		case tag == wbxml.SettingsGet:
			p.Get = true
			return r.each(func(tag wbxml.Tag) error {
				if tag == wbxml.SettingsBodyType {
					return r.short(&p.BodyType, 16)
				}
				return nil
			})
		case tag == wbxml.SettingsSet && p.Set:
			return r.fail("set twice")
		case tag == wbxml.SettingsSet:
			p.Set = true
			return r.set(p)
		}
		return nil
	})
	if err == nil && p.Get && p.Set {
		err = r.fail("both asked for and set")
	}
	return err
}

// set reads what a property is set to.
func (r *reader) set(p *SettingsProperty) error {
	if p.Tag == wbxml.SettingsOof {
		return r.oofSet(&p.Oof)
	}
	return r.each(func(tag wbxml.Tag) error {
		if tag == wbxml.SettingsPassword {
			p.Password = new(string)
			return r.text(p.Password)
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

// digit writes a boolean.
func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// UserInformation is what a device may know of its user.
type UserInformation struct {
	Display      string
	SendDisabled bool
	Addresses    []string // the primary one first
	Accounts     bool     // written with Accounts
}

// Write writes the property: with Accounts from 14.1 on, which Android then needs, else with the bare
// addresses. MS-ASCMD, UserInformation.
func (u *UserInformation) Write(e *wbxml.Encoder) {
	e.Start(wbxml.SettingsUserInformation)
	e.Elem(wbxml.SettingsStatus, "1")
	e.Start(wbxml.SettingsGet)
	if u.Accounts {
		e.Start(wbxml.SettingsAccounts)
		e.Start(wbxml.SettingsAccount)
		if u.Display != "" {
			e.Elem(wbxml.SettingsUserDisplayName, u.Display)
		}
		e.Elem(wbxml.SettingsSendDisabled, digit(u.SendDisabled))
	}
	e.Start(wbxml.SettingsEmailAddresses)
	for _, a := range u.Addresses {
		e.Elem(wbxml.SettingsSMTPAddress, a)
	}
	if u.Accounts {
		e.Elem(wbxml.SettingsPrimarySmtpAddress, u.Addresses[0])
	}
	e.End()
	if u.Accounts {
		e.End()
		e.End()
	}
	e.End()
	e.End()
}
