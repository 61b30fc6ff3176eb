package activesync

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Policy is what devices must agree to before they get data. The zero value demands nothing: no device is
// sent to Provision, and one that asks for a policy gets a document that allows everything.
type Policy struct {
	// Settings are elements of EASProvisionDoc by name with their values ("DevicePasswordEnabled": "1");
	// what is not named is allowed. MS-ASPROV, EASProvisionDoc.
	Settings map[string]string
	// AllowPartial accepts a device that reports to have applied only part of it.
	AllowPartial bool
	// AllowNonProvisionable lets in devices that cannot apply any: desktop Outlook, the connectivity
	// analyser, and those that ask for the policy over and over.
	AllowNonProvisionable bool
	// AllowExternal accepts a device that reports to be managed by somebody else.
	AllowExternal bool
}

// Validate reports every setting that is unknown or whose value cannot be.
func (p Policy) Validate() error {
	var errs []error
	for name, value := range p.Settings {
		i := slices.IndexFunc(policyElements, func(e policyElement) bool { return e.tag.Name() == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("policy: no setting %q", name))
		} else if n, err := strconv.Atoi(value); value != "" && (err != nil || n < policyElements[i].min || n > policyElements[i].max) {
			errs = append(errs, fmt.Errorf("policy: %s: %q is not a number from %d to %d", name, value, policyElements[i].min, policyElements[i].max))
		}
	}
	return errors.Join(errs...)
}

// A policyElement is one setting: since when there is it, the value that allows everything (empty: an empty
// element), and the values that may be chosen.
type policyElement struct {
	tag      wbxml.Tag
	since    Version
	allow    string
	min, max int
}

const manySeconds, manyBytes = 1 << 20, 1<<31 - 1

// policyElements are the settings in the order of MS-ASPROV, EASProvisionDoc, without the two lists of
// applications, which several clients cannot read.
var policyElements = []policyElement{
	{wbxml.ProvisionDevicePasswordEnabled, V120, "0", 0, 1},
	{wbxml.ProvisionAlphanumericDevicePasswordRequired, V120, "0", 0, 1},
	{wbxml.ProvisionRequireStorageCardEncryption, V120, "0", 0, 1}, // DeviceEncryptionEnabled in 12.0
	{wbxml.ProvisionPasswordRecoveryEnabled, V120, "0", 0, 1},
	{wbxml.ProvisionAttachmentsEnabled, V120, "1", 0, 1},
	{wbxml.ProvisionMinDevicePasswordLength, V120, "1", 1, 16},
	{wbxml.ProvisionMaxInactivityTimeDeviceLock, V120, "9999", 0, manySeconds},
	{wbxml.ProvisionMaxDevicePasswordFailedAttempts, V120, "", 4, 16},
	{wbxml.ProvisionMaxAttachmentSize, V120, "", 0, manyBytes},
	{wbxml.ProvisionAllowSimpleDevicePassword, V120, "1", 0, 1},
	{wbxml.ProvisionDevicePasswordExpiration, V120, "0", 0, 730},
	{wbxml.ProvisionDevicePasswordHistory, V120, "0", 0, 50},
	{wbxml.ProvisionAllowStorageCard, V121, "1", 0, 1},
	{wbxml.ProvisionAllowCamera, V121, "1", 0, 1},
	{wbxml.ProvisionRequireDeviceEncryption, V121, "0", 0, 1},
	{wbxml.ProvisionAllowUnsignedApplications, V121, "1", 0, 1},
	{wbxml.ProvisionAllowUnsignedInstallationPackages, V121, "1", 0, 1},
	{wbxml.ProvisionMinDevicePasswordComplexCharacters, V121, "1", 1, 4},
	{wbxml.ProvisionAllowWiFi, V121, "1", 0, 1},
	{wbxml.ProvisionAllowTextMessaging, V121, "1", 0, 1},
	{wbxml.ProvisionAllowPOPIMAPEmail, V121, "1", 0, 1},
	{wbxml.ProvisionAllowBluetooth, V121, "2", 0, 2},
	{wbxml.ProvisionAllowIrDA, V121, "1", 0, 1},
	{wbxml.ProvisionRequireManualSyncWhenRoaming, V121, "0", 0, 1},
	{wbxml.ProvisionAllowDesktopSync, V121, "1", 0, 1},
	{wbxml.ProvisionMaxCalendarAgeFilter, V121, "0", 0, 7},
	{wbxml.ProvisionAllowHTMLEmail, V121, "1", 0, 1},
	{wbxml.ProvisionMaxEmailAgeFilter, V121, "0", 0, 5},
	{wbxml.ProvisionMaxEmailBodyTruncationSize, V121, "-1", -1, manyBytes},
	{wbxml.ProvisionMaxEmailHTMLBodyTruncationSize, V121, "-1", -1, manyBytes},
	{wbxml.ProvisionRequireSignedSMIMEMessages, V121, "0", 0, 1},
	{wbxml.ProvisionRequireEncryptedSMIMEMessages, V121, "0", 0, 1},
	{wbxml.ProvisionRequireSignedSMIMEAlgorithm, V121, "0", 0, 1},
	{wbxml.ProvisionRequireEncryptionSMIMEAlgorithm, V121, "0", 0, 4},
	{wbxml.ProvisionAllowSMIMEEncryptionAlgorithmNegotiation, V121, "2", 0, 2},
	{wbxml.ProvisionAllowSMIMESoftCerts, V121, "1", 0, 1},
	{wbxml.ProvisionAllowBrowser, V121, "1", 0, 1},
	{wbxml.ProvisionAllowConsumerEmail, V121, "1", 0, 1},
	{wbxml.ProvisionAllowRemoteDesktop, V121, "1", 0, 1},
	{wbxml.ProvisionAllowInternetSharing, V121, "1", 0, 1},
}

// policyState is a Policy made ready.
type policyState struct {
	Policy
	hash string // names what is demanded; changes when it does; empty: nothing is
}

func newPolicyState(p Policy) policyState {
	if len(p.Settings) == 0 {
		return policyState{Policy: p}
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(p.Settings)) {
		fmt.Fprintf(sum, "%s=%s\n", name, p.Settings[name])
	}
	return policyState{Policy: p, hash: hex.EncodeToString(sum.Sum(nil)[:8])}
}

// demanded reports whether there is anything to agree to.
func (p *policyState) demanded() bool { return p.hash != "" }

// value is what the policy says about an element.
func (p *policyState) value(e policyElement) string {
	if v, ok := p.Settings[e.tag.Name()]; ok {
		return v
	}
	return e.allow
}

// document writes EASProvisionDoc with what version v knows.
func (p *policyState) document(e *wbxml.Encoder, v Version) {
	e.Start(wbxml.ProvisionEASProvisionDoc)
	for _, element := range policyElements {
		if v >= element.since {
			e.Elem(element.tag, p.value(element))
		}
	}
	e.End()
}

// The places in the registry of Windows Mobile that a policy of 2.5 sets. MS-ASPROV of that time,
// MS-WAP-Provisioning-XML.
const (
	policyPassword   = "4131" // of the security policies: 0 a password is required, 1 it is not
	policyConnect    = "4133" // the same for connecting to a desktop computer
	registryWipe     = `HKLM\Comm\Security\Policy\LASSD`
	registryLock     = `HKLM\Comm\Security\Policy\LASSD\AE\{50C13377-C66D-400C-889E-C316FC4AB374}`
	registryPassword = `HKLM\Comm\Security\Policy\LASSD\LAP\lap_pw`
)

// xml is the policy for 2.5: the password, its form, the time of the lock and the number of attempts.
func (p *policyState) xml() string {
	var b strings.Builder
	parm := func(name, value string) {
		b.WriteString(`<parm name="`)
		xml.EscapeText(&b, []byte(name))
		b.WriteString(`" value="`)
		xml.EscapeText(&b, []byte(value))
		b.WriteString(`"/>`)
	}
	required := p.Settings["DevicePasswordEnabled"] == "1"
	b.WriteString(`<wap-provisioningdoc><characteristic type="SecurityPolicy">`)
	parm(policyPassword, map[bool]string{true: "0", false: "1"}[required])
	parm(policyConnect, map[bool]string{true: "0", false: "1"}[required])
	b.WriteString(`</characteristic>`)
	if required {
		p.registry(&b, parm)
	}
	b.WriteString(`</wap-provisioningdoc>`)
	return b.String()
}

// registry writes the details of a required password.
func (p *policyState) registry(b *strings.Builder, parm func(name, value string)) {
	section := func(path string, write func()) {
		b.WriteString(`<characteristic type="` + path + `">`)
		write()
		b.WriteString(`</characteristic>`)
	}
	section("Registry", func() {
		if n, err := strconv.Atoi(p.Settings["MaxInactivityTimeDeviceLock"]); err == nil && n > 0 && n < 9999 {
			section(registryLock, func() {
				parm("AEFrequencyType", "1")
				parm("AEFrequencyValue", strconv.Itoa((n+59)/60))
			})
		}
		if v := p.Settings["MaxDevicePasswordFailedAttempts"]; v != "" {
			section(registryWipe, func() { parm("DeviceWipeThreshold", v) })
		}
		section(registryPassword, func() {
			if v := p.Settings["MinDevicePasswordLength"]; v != "" {
				parm("MinimumPasswordLength", v)
			}
			complexity := "2" // any
			if p.Settings["AlphanumericDevicePasswordRequired"] == "1" {
				complexity = "0"
			}
			parm("PasswordComplexity", complexity)
		})
	})
}

// checkPolicy turns away a device without the key of today's policy.
func (h *Handler) checkPolicy(q *request) error {
	if !h.policy.demanded() || !q.cmd.policy {
		return nil
	}
	cannot := nonProvisionable(*q.device) || h.rounds.exempt(q.deviceKey())
	switch {
	case cannot && h.policy.AllowNonProvisionable:
		return nil
	case cannot:
		return fail(statusLegacyDevice, errors.New("device cannot take a policy"))
	case q.device.PolicyKey == 0 || q.key == 0:
		return fail(statusNotProvisioned, errors.New("no policy key"))
	case q.key != q.device.PolicyKey:
		return fail(statusPolicyKey, errors.New("wrong policy key"))
	case q.device.PolicyHash != h.policy.hash:
		return fail(statusPolicyRefresh, errors.New("policy has changed"))
	}
	return nil
}

// nonProvisionable reports whether the device is of a kind that has no means to take a policy.
func nonProvisionable(d store.Device) bool {
	return d.Type == "TestActiveSyncConnectivity" || strings.HasPrefix(d.Type, "WindowsOutlook") ||
		strings.HasPrefix(d.UserAgent, "Outlook/") || strings.HasPrefix(d.UserAgent, "Microsoft.Outlook")
}
