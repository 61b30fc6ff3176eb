package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

// document is what a policy tells devices of a version, as text.
func document(t *testing.T, p *Policy, version int) string {
	t.Helper()
	var raw bytes.Buffer
	e := wbxml.NewEncoder(&raw)
	p.Document(e, version)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := wbxml.Dump(&text, &raw, wbxml.DumpOptions{}); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

var versions = []int{25, 120, 121, 140, 141, 160, 161}

// TestElements sets each element alone and looks at it in each version: it is there from its version on, with
// that value, and asks for agreement exactly there; everything else allows everything.
func TestElements(t *testing.T) {
	nothing := Levels{}.For("d")
	for _, e := range Elements() {
		if e.Since == 0 || e.Example == e.Default {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			rules := Rules{}
			if err := rules.Set(e.Name, e.Example); err != nil {
				t.Fatal(err)
			}
			if e.password {
				rules[devicePasswordEnabled] = "1"
			}
			p := Levels{Server: rules}.For("d")
			for _, v := range versions {
				known := v >= e.Since || v == 25 && e.wap
				if demanded := p.Hash(v) != "" && (v != 25 || !e.password); demanded != known && !e.password {
					t.Errorf("%d: demanded: %v", v, demanded)
				}
				if beyond := slices.Contains(p.Beyond(v), e.Name); beyond != !known {
					t.Errorf("%d: beyond the version: %v", v, beyond)
				}
				if v == 25 {
					continue
				}
				doc := document(t, p, v)
				line := fmt.Sprintf("  Provision:%s %q\n", e.Name, e.Example)
				if e.List() {
					line = fmt.Sprintf("  Provision:%s\n", e.Name)
				}
				if strings.Contains(doc, line) != known {
					t.Errorf("%d: is %q there: %v\n%s", v, line, !known, doc)
				}
				if !e.password && known && !e.List() {
					if back := strings.Replace(doc, line, fmt.Sprintf("  Provision:%s %q\n", e.Name, e.Default), 1); strings.ReplaceAll(back, ` ""`, "") != strings.ReplaceAll(document(t, nothing, v), ` ""`, "") {
						t.Errorf("%d: something else changed:\n%s", v, doc)
					}
				}
			}
		})
	}
}

func TestElementTable(t *testing.T) {
	var last wbxml.Tag
	for _, e := range elements {
		if e.Since != 0 && e.tag.Name() != e.Name {
			t.Errorf("%s is written as %v", e.Name, e.tag)
		}
		if e.Since != 0 && e.tag <= last {
			t.Errorf("%s is out of order", e.Name)
		}
		if e.Since != 0 {
			last = e.tag
		}
		if !e.List() {
			if _, err := e.Parse(e.Default); err != nil {
				t.Errorf("default: %v", err)
			}
		}
		if _, err := e.Parse(e.Example); err != nil {
			t.Errorf("example: %v", err)
		}
		if e.Help == "" || e.Allowed() == "" {
			t.Errorf("%s has no words", e.Name)
		}
	}
	if p := (Levels{}).For("d"); p.Hash(25) != "" || p.Hash(120) != "" || p.Hash(161) != "" || p.Limits != (Limits{}) {
		t.Errorf("nothing set: %+v", p)
	}
}

func TestLists(t *testing.T) {
	const one, two = "da39a3ee5e6b4b0d3255bfef95601890afd80709", "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33"
	rules := Rules{}
	for name, value := range map[string]string{"UnapprovedInROMApplicationList": "solitaire.exe, chat.exe", "ApprovedApplicationList": one + "," + two} {
		if err := rules.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	want := "  Provision:UnapprovedInROMApplicationList\n    Provision:ApplicationName \"solitaire.exe\"\n    Provision:ApplicationName \"chat.exe\"\n" +
		"  Provision:ApprovedApplicationList\n    Provision:Hash \"" + one + "\"\n    Provision:Hash \"" + two + "\"\n"
	if got := document(t, Levels{Server: rules}.For("d"), 141); !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwant at its end\n%s", got, want)
	}
	if got := document(t, Levels{}.For("d"), 141); strings.Contains(got, "List") {
		t.Errorf("nothing set: %s", got)
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, value, want, err string }{
		{"MinDevicePasswordLength", " 06 ", "6", ""},
		{"MinDevicePasswordLength", "", "", ""},
		{"MinDevicePasswordLength", "17", "", `MinDevicePasswordLength: "17" is not allowed: a whole number from 1 to 16, or nothing for no limit; for example MinDevicePasswordLength=6`},
		{"MaxDevicePasswordFailedAttempts", "3", "", "a whole number from 4 to 16"},
		{"DevicePasswordEnabled", "yes", "", `DevicePasswordEnabled: "yes" is not allowed: 0 or 1; for example DevicePasswordEnabled=1`},
		{"DevicePasswordEnabled", "", "", "0 or 1"},
		{"MaxCalendarAgeFilter", "3", "", "0, 4, 5, 6 or 7; for example MaxCalendarAgeFilter=6"},
		{"MaxEmailBodyTruncationSize", "-1", "-1", ""},
		{"MaxEmailBodyTruncationSize", "-2", "", "from -1 to"},
		{"AllowBluetooth", "3", "", "from 0 to 2"},
		{"ApprovedApplicationList", "abc", "", "SHA-1"},
		{"UnapprovedInROMApplicationList", " , ", "", "names of programs"},
		{"UnapprovedInROMApplicationList", "a,b,a", "a\nb", ""},
		{"AllowPartial", "2", "", "0 or 1"},
	} {
		e, ok := Lookup(strings.ToUpper(tt.name))
		if !ok {
			t.Fatalf("no %s", tt.name)
		}
		got, err := e.Parse(tt.value)
		switch {
		case tt.err == "" && (err != nil || got != tt.want):
			t.Errorf("%s=%s: %q, %v; want %q", tt.name, tt.value, got, err, tt.want)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s=%s: %v, want %q", tt.name, tt.value, err, tt.err)
		}
	}
	err := Rules{}.Set("PasswordLength", "6")
	if !errors.Is(err, ErrNoElement) || !strings.Contains(err.Error(), "there is MinDevicePasswordLength") {
		t.Errorf("a name that is none: %v", err)
	}
}

// TestInheritance: device over account over groups over server, each element by itself; of groups the strictest.
func TestInheritance(t *testing.T) {
	l := Levels{
		Server: Rules{"DevicePasswordEnabled": "1", "MinDevicePasswordLength": "4", "AllowCamera": "0", "AllowBrowser": "0", "MaxEmailAgeFilter": "5", "AllowPartial": "1"},
		Groups: []Group{
			{"sales@example.test", Rules{"MinDevicePasswordLength": "6", "AllowCamera": "1", "MaxEmailAgeFilter": "0", "MaxAttachmentSize": "", "AllowBluetooth": "2", "UnapprovedInROMApplicationList": "a\nb", "ApprovedApplicationList": "1\n2"}},
			{"travel@example.test", Rules{"MinDevicePasswordLength": "8", "AllowCamera": "0", "MaxEmailAgeFilter": "3", "MaxAttachmentSize": "1000", "AllowBluetooth": "1", "MaxInactivityTimeDeviceLock": "9999", "UnapprovedInROMApplicationList": "c", "ApprovedApplicationList": "2\n3", "AllowPartial": "0"}},
			{"all@example.test", Rules{"MinDevicePasswordLength": "7", "AllowCamera": "1", "MaxInactivityTimeDeviceLock": "600", "AllowPartial": "1"}},
		},
		Account: Rules{"AllowBrowser": "1", "DevicePasswordHistory": "3"},
		devices: map[string]Rules{OfDevice("d"): {"DevicePasswordHistory": "0", "AllowWiFi": "0"}},
	}
	p := l.For("d")
	for name, want := range map[string]Value{
		"DevicePasswordEnabled":          {"1", "server"},
		"MinDevicePasswordLength":        {"8", "group travel@example.test"},
		"AllowCamera":                    {"0", "group travel@example.test"},
		"MaxEmailAgeFilter":              {"3", "group travel@example.test"},
		"MaxAttachmentSize":              {"1000", "group travel@example.test"},
		"AllowBluetooth":                 {"1", "group travel@example.test"},
		"MaxInactivityTimeDeviceLock":    {"600", "group all@example.test"},
		"UnapprovedInROMApplicationList": {"a\nb\nc", "group sales@example.test, travel@example.test"},
		"ApprovedApplicationList":        {"2", "group sales@example.test, travel@example.test"},
		"AllowPartial":                   {"0", "group travel@example.test"},
		"AllowBrowser":                   {"1", "account"},
		"DevicePasswordHistory":          {"0", "device"},
		"AllowWiFi":                      {"0", "device"},
		"AllowIrDA":                      {"1", FromDefault},
	} {
		if got := p.Value(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := l.For("other").Value("DevicePasswordHistory"); got != (Value{"3", "account"}) {
		t.Errorf("another device: %+v", got)
	}
	all := l.Policies()
	if all.Of("d").Hash(141) != p.Hash(141) || all.Of("other").Hash(141) == p.Hash(141) {
		t.Error("the policies made ready are others")
	}
}

// TestDemand: only what is not allowed anyway asks a device to agree to something.
func TestDemand(t *testing.T) {
	for _, tt := range []struct {
		rules  Rules
		demand bool
	}{
		{Rules{}, false},
		{Rules{"AllowPartial": "1", "AllowNonProvisionable": "1"}, false},
		{Rules{"DevicePasswordEnabled": "0", "AllowCamera": "1", "MinDevicePasswordLength": "", "MaxEmailAgeFilter": "0"}, false},
		{Rules{"MinDevicePasswordLength": "8", "MaxInactivityTimeDeviceLock": "60"}, false}, // no password
		{Rules{"DevicePasswordEnabled": "1"}, true},
		{Rules{"MaxAttachmentSize": "0"}, true},
		{Rules{"MaxAttachmentSize": ""}, false},
	} {
		p := Levels{Server: tt.rules}.For("d")
		if got := p.Hash(141) != ""; got != tt.demand {
			t.Errorf("%v: demands: %v", tt.rules, got)
		}
	}
	idle := Levels{Server: Rules{"MinDevicePasswordLength": "8"}}.For("d")
	if !idle.Idle("MinDevicePasswordLength") || idle.Idle("AllowCamera") {
		t.Error("what has no effect")
	}
	if doc := document(t, idle, 141); !strings.Contains(doc, `MinDevicePasswordLength "1"`) {
		t.Errorf("a length without a password is told: %s", doc)
	}
	// Who learns to read more has to agree anew.
	p := Levels{Server: Rules{"DevicePasswordEnabled": "1"}}.For("d")
	if p.Hash(25) == p.Hash(120) || p.Hash(120) == p.Hash(121) || p.Hash(121) != p.Hash(161) {
		t.Errorf("hashes %q %q %q %q", p.Hash(25), p.Hash(120), p.Hash(121), p.Hash(161))
	}
}

func TestLimits(t *testing.T) {
	l := Levels{Server: Rules{"AttachmentsEnabled": "0", "MaxAttachmentSize": "0", "AllowHTMLEmail": "0", "MaxEmailAgeFilter": "2", "MaxCalendarAgeFilter": "4", "MaxEmailBodyTruncationSize": "0", "MaxEmailHTMLBodyTruncationSize": "3"}}
	want := Limits{true, Bound{true, 0}, true, 2, 4, Bound{true, 0}, Bound{true, 3 << 10}}
	if got := l.For("d").Limits; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	loose := Levels{Server: Rules{"AttachmentsEnabled": "1", "MaxAttachmentSize": "", "MaxEmailBodyTruncationSize": "-1"}}
	if got := loose.For("d").Limits; got != (Limits{}) {
		t.Errorf("no limits: %+v", got)
	}
}

func TestXML(t *testing.T) {
	full := Rules{"DevicePasswordEnabled": "1", "MinDevicePasswordLength": "6", "MaxInactivityTimeDeviceLock": "301", "MaxDevicePasswordFailedAttempts": "8", "AlphanumericDevicePasswordRequired": "1"}
	for _, tt := range []struct {
		rules Rules
		want  string
	}{
		{nil, `<wap-provisioningdoc><characteristic type="SecurityPolicy"><parm name="4131" value="1"/><parm name="4133" value="1"/></characteristic></wap-provisioningdoc>`},
		{Rules{"DevicePasswordEnabled": "1"}, `<wap-provisioningdoc><characteristic type="SecurityPolicy"><parm name="4131" value="0"/><parm name="4133" value="0"/></characteristic>` +
			`<characteristic type="Registry"><characteristic type="HKLM\Comm\Security\Policy\LASSD\LAP\lap_pw"><parm name="PasswordComplexity" value="2"/></characteristic></characteristic></wap-provisioningdoc>`},
		{full, `<wap-provisioningdoc><characteristic type="SecurityPolicy"><parm name="4131" value="0"/><parm name="4133" value="0"/></characteristic><characteristic type="Registry">` +
			`<characteristic type="HKLM\Comm\Security\Policy\LASSD\AE\{50C13377-C66D-400C-889E-C316FC4AB374}"><parm name="AEFrequencyType" value="1"/><parm name="AEFrequencyValue" value="6"/></characteristic>` +
			`<characteristic type="HKLM\Comm\Security\Policy\LASSD"><parm name="DeviceWipeThreshold" value="8"/></characteristic>` +
			`<characteristic type="HKLM\Comm\Security\Policy\LASSD\LAP\lap_pw"><parm name="MinimumPasswordLength" value="6"/><parm name="PasswordComplexity" value="0"/></characteristic></characteristic></wap-provisioningdoc>`},
	} {
		if got := (Levels{Server: tt.rules}).For("d").XML(); got != tt.want {
			t.Errorf("%v:\n%s\nwant\n%s", tt.rules, got, tt.want)
		}
	}
	if b := (Levels{Server: full}).For("d").Beyond(25); b != nil {
		t.Errorf("beyond 2.5: %v", b)
	}
}
