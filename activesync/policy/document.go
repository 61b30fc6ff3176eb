package policy

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// Document writes EASProvisionDoc with what a version (ten times it: 141) knows. What is not demanded is
// written with the value that allows everything: a device may have been told otherwise before. The lists are
// only there when they are set: a list that is there forbids what is not on it. MS-ASPROV, EASProvisionDoc.
func (p *Policy) Document(e *wbxml.Encoder, version int) {
	e.Start(wbxml.ProvisionEASProvisionDoc)
	for _, element := range elements {
		switch {
		case !element.in(classOf(version)):
		case !element.List():
			e.Elem(element.tag, p.told(element))
		case p.demands(element):
			p.list(e, element)
		}
	}
	e.End()
}

// told is the value that a device is told.
func (p *Policy) told(e Element) string {
	if !p.demands(e) {
		return e.Default
	}
	return p.Value(e.Name).Text
}

func (p *Policy) list(e *wbxml.Encoder, element Element) {
	child := wbxml.ProvisionApplicationName
	if element.kind == hashes {
		child = wbxml.ProvisionHash
	}
	e.Start(element.tag)
	for item := range strings.FieldsFuncSeq(p.Value(element.Name).Text, func(r rune) bool { return r == '\n' }) {
		e.Elem(child, item)
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

// XML is the policy for 2.5: the password, its form, the time of the lock and the number of attempts.
func (p *Policy) XML() string {
	w := &wapWriter{}
	required := p.passwordRequired()
	w.section("", func() {
		w.section("SecurityPolicy", func() {
			w.parm(policyPassword, map[bool]string{true: "0", false: "1"}[required])
			w.parm(policyConnect, map[bool]string{true: "0", false: "1"}[required])
		})
		if required {
			w.section("Registry", func() { p.registry(w) })
		}
	})
	return w.String()
}

// registry writes the details of a required password.
func (p *Policy) registry(w *wapWriter) {
	if n := p.number(inactivityLock); n > 0 && n < unlimitedLock {
		w.section(registryLock, func() {
			w.parm("AEFrequencyType", "1")
			w.parm("AEFrequencyValue", strconv.Itoa((n+59)/60)) // minutes
		})
	}
	if v := p.Value(failedAttempts).Text; v != "" {
		w.section(registryWipe, func() { w.parm("DeviceWipeThreshold", v) })
	}
	w.section(registryPassword, func() {
		if v := p.Value(minPasswordLength); v.From != FromDefault && v.Text != "" {
			w.parm("MinimumPasswordLength", v.Text)
		}
		complexity := "2" // any
		if p.Value(alphanumericRequired).Text == "1" {
			complexity = "0"
		}
		w.parm("PasswordComplexity", complexity)
	})
}

// A wapWriter writes characteristics and their parameters.
type wapWriter struct{ strings.Builder }

// section writes a characteristic; without a type the document itself.
func (w *wapWriter) section(kind string, content func()) {
	end := "</characteristic>"
	if kind == "" {
		end = "</wap-provisioningdoc>"
		w.WriteString("<wap-provisioningdoc>")
	} else {
		w.WriteString(`<characteristic type="` + kind + `">`)
	}
	content()
	w.WriteString(end)
}

func (w *wapWriter) parm(name, value string) {
	w.WriteString(`<parm name="` + name + `" value="`)
	xml.EscapeText(w, []byte(value))
	w.WriteString(`"/>`)
}
