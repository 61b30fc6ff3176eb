package asclient

import (
	"context"
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// Wiped is what Provision returns when the server asks for a wipe, after it has been reported as done.
type Wiped struct {
	AccountOnly bool
}

// Error implements error.
func (w *Wiped) Error() string {
	if w.AccountOnly {
		return "the server asked to remove the account from the device"
	}
	return "the server asked to erase the device"
}

// Provision fetches the policy and acknowledges it. MS-ASPROV.
func (c *Client) Provision(ctx context.Context) error {
	kind := "MS-EAS-Provisioning-WBXML"
	if !c.AtLeast("12.0") {
		kind = "MS-WAP-Provisioning-XML"
	}
	c.PolicyKey = 0
	var info *Node
	if c.AtLeast("14.1") {
		info = c.deviceInformation()
	}
	answer, err := c.Do(ctx, "Provision", El(wbxml.ProvisionProvision, info,
		El(wbxml.ProvisionPolicies, El(wbxml.ProvisionPolicy, El(wbxml.ProvisionPolicyType, kind)))))
	if err != nil {
		return err
	}
	if err := check("Provision", answer, wbxml.ProvisionStatus); err != nil {
		return err
	}
	if wipe := c.wipe(ctx, answer); wipe != nil {
		return wipe
	}
	policy := answer.Find(wbxml.ProvisionPolicies, wbxml.ProvisionPolicy)
	if err := check("Provision", policy, wbxml.ProvisionStatus); err != nil {
		return err
	}
	c.setKey(policy)
	answer, err = c.Do(ctx, "Provision", El(wbxml.ProvisionProvision, El(wbxml.ProvisionPolicies, El(wbxml.ProvisionPolicy,
		El(wbxml.ProvisionPolicyType, kind), El(wbxml.ProvisionPolicyKey, policy.Value(wbxml.ProvisionPolicyKey)),
		El(wbxml.ProvisionStatus, 1)))))
	if err != nil {
		return err
	}
	if err := check("Provision", answer, wbxml.ProvisionStatus); err != nil {
		return err
	}
	policy = answer.Find(wbxml.ProvisionPolicies, wbxml.ProvisionPolicy)
	if err := check("Provision", policy, wbxml.ProvisionStatus); err != nil {
		return err
	}
	c.setKey(policy)
	return nil
}

func (c *Client) setKey(policy *Node) {
	key, err := strconv.ParseUint(policy.Value(wbxml.ProvisionPolicyKey), 10, 32)
	if err != nil || key == 0 {
		c.violate("Provision: policy key %q", policy.Value(wbxml.ProvisionPolicyKey))
	}
	c.PolicyKey = uint32(key)
}

// wipe reports a wipe as done, if the answer asks for one.
func (c *Client) wipe(ctx context.Context, answer *Node) error {
	tag := wbxml.ProvisionRemoteWipe
	if answer.Find(tag) == nil {
		if tag = wbxml.ProvisionAccountOnlyRemoteWipe; answer.Find(tag) == nil {
			return nil
		}
	}
	report := El(wbxml.ProvisionProvision, El(tag, El(wbxml.ProvisionStatus, 1)))
	if _, err := c.Do(ctx, "Provision", report); err != nil {
		return err
	}
	return &Wiped{AccountOnly: tag == wbxml.ProvisionAccountOnlyRemoteWipe}
}

func (c *Client) deviceInformation() *Node {
	return El(wbxml.SettingsDeviceInformation, El(wbxml.SettingsSet,
		El(wbxml.SettingsModel, c.DeviceType), El(wbxml.SettingsOS, "asclient 1"),
		El(wbxml.SettingsFriendlyName, "Gannet's own client"), El(wbxml.SettingsUserAgent, c.UserAgent)))
}
