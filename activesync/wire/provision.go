package wire

import (
	"errors"
	"io"
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// The types of policy document. MS-ASPROV, PolicyType.
const (
	PolicyXML   = "MS-WAP-Provisioning-XML"   // up to 2.5
	PolicyWBXML = "MS-EAS-Provisioning-WBXML" // from 12.0 on
)

// ProvisionRequest is a request of Provision. Without Device, Policy and reports it asks whether there is
// something to wipe. MS-ASPROV, Provision.
type ProvisionRequest struct {
	Device      *DeviceInformation // nil: absent
	Policy      *PolicyRequest     // nil: absent
	Wipe        int                // Status in RemoteWipe; 0: absent
	AccountWipe int                // Status in AccountOnlyRemoteWipe; 0: absent
}

// PolicyRequest asks for a policy (Key and Status absent) or acknowledges one.
type PolicyRequest struct {
	Type      string // empty: missing
	Key       string // decimal; empty: absent
	Status    int    // how far it was applied, 1 to 4; 0: absent
	HasStatus bool
}

// Acknowledges reports whether it is the second phase.
func (p *PolicyRequest) Acknowledges() bool { return p.HasStatus || p.Key != "" && p.Key != "0" }

// ReadProvision reads a request. No body at all asks what an empty element asks.
func ReadProvision(body io.Reader) (ProvisionRequest, error) {
	var q ProvisionRequest
	r, _, err := newReader(body, wbxml.ProvisionProvision)
	if errors.Is(err, ErrEmpty) {
		return q, nil
	} else if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.SettingsDeviceInformation:
			q.Device = &DeviceInformation{}
			_, err := r.deviceInformation(q.Device)
			return err
		case wbxml.ProvisionPolicies:
			return r.each(func(tag wbxml.Tag) error {
				if tag != wbxml.ProvisionPolicy {
					return nil
				}
				q.Policy = &PolicyRequest{}
				return r.policy(q.Policy)
			})
		case wbxml.ProvisionRemoteWipe:
			return r.wipe(&q.Wipe)
		case wbxml.ProvisionAccountOnlyRemoteWipe:
			return r.wipe(&q.AccountWipe)
		}
		return nil
	})
	return q, err
}

func (r *reader) policy(p *PolicyRequest) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ProvisionPolicyType:
			return r.short(&p.Type, 256)
		case wbxml.ProvisionPolicyKey:
			return r.short(&p.Key, 64)
		case wbxml.ProvisionStatus:
			p.HasStatus = true
			return r.number(&p.Status)
		}
		return nil
	})
}

func (r *reader) wipe(status *int) error {
	return r.each(func(tag wbxml.Tag) error {
		if tag == wbxml.ProvisionStatus {
			return r.number(status)
		}
		return nil
	})
}

// ProvisionAnswer is an answer of Provision.
type ProvisionAnswer struct {
	Device      bool // the request had DeviceInformation
	Status      int
	Policy      *PolicyAnswer // nil: none
	Wipe        bool          // tell the device to erase itself
	AccountWipe bool          // tell it to remove the account
}

// PolicyAnswer answers one phase.
type PolicyAnswer struct {
	Type   string
	Status int
	Key    uint32                 // 0: absent
	Data   func(e *wbxml.Encoder) // writes what stands in Data; nil: absent
}

// Write writes the document. MS-ASPROV fixes the order of its elements.
func (a *ProvisionAnswer) Write(e *wbxml.Encoder) {
	e.Start(wbxml.ProvisionProvision)
	if a.Device {
		e.Start(wbxml.SettingsDeviceInformation)
		e.Elem(wbxml.SettingsStatus, "1")
		e.End()
	}
	e.Elem(wbxml.ProvisionStatus, strconv.Itoa(a.Status))
	if a.Policy != nil {
		e.Start(wbxml.ProvisionPolicies)
		a.Policy.write(e)
		e.End()
	}
	if a.Wipe {
		e.Empty(wbxml.ProvisionRemoteWipe)
	}
	if a.AccountWipe {
		e.Empty(wbxml.ProvisionAccountOnlyRemoteWipe)
	}
	e.End()
}

func (p *PolicyAnswer) write(e *wbxml.Encoder) {
	e.Start(wbxml.ProvisionPolicy)
	e.Elem(wbxml.ProvisionPolicyType, p.Type)
	e.Elem(wbxml.ProvisionStatus, strconv.Itoa(p.Status))
	if p.Key != 0 {
		e.Elem(wbxml.ProvisionPolicyKey, strconv.FormatUint(uint64(p.Key), 10))
	}
	if p.Data != nil {
		e.Start(wbxml.ProvisionData)
		p.Data(e)
		e.End()
	}
	e.End()
}
