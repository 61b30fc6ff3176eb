package wire

import (
	"net/url"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// DeviceInformation is what a device says of itself in Settings and Provision. Nil: not said; empty: to be
// forgotten. MS-ASCMD, DeviceInformation.
type DeviceInformation struct {
	Model, IMEI, FriendlyName, OS, OSLanguage, PhoneNumber, UserAgent, EnableOutboundSMS, MobileOperator *string
}

const maxDeviceField = 1024 // characters by the schema; taken as bytes, four for each

// deviceInformation reads the element whose Start has been read. It reports whether there was a Set.
func (r *reader) deviceInformation(d *DeviceInformation) (set bool, err error) {
	err = r.each(func(tag wbxml.Tag) error {
		if tag != wbxml.SettingsSet {
			return nil
		}
		set = true
		return r.each(func(tag wbxml.Tag) error { return r.deviceField(d, tag) })
	})
	return set, err
}

func (r *reader) deviceField(d *DeviceInformation, tag wbxml.Tag) error {
	var field **string
	switch tag {
	case wbxml.SettingsModel:
		field = &d.Model
	case wbxml.SettingsIMEI:
		field = &d.IMEI
	case wbxml.SettingsFriendlyName:
		field = &d.FriendlyName
	case wbxml.SettingsOS:
		field = &d.OS
	case wbxml.SettingsOSLanguage:
		field = &d.OSLanguage
	case wbxml.SettingsPhoneNumber:
		field = &d.PhoneNumber
	case wbxml.SettingsUserAgent:
		field = &d.UserAgent
	case wbxml.SettingsEnableOutboundSMS:
		field = &d.EnableOutboundSMS
	case wbxml.SettingsMobileOperator:
		field = &d.MobileOperator
	default:
		return nil
	}
	var s string
	if err := r.short(&s, 4*maxDeviceField); err != nil {
		return err
	}
	if plain, err := url.PathUnescape(s); err == nil && strings.Contains(s, "%20") {
		s = plain // TbSync
	}
	*field = &s
	return nil
}
