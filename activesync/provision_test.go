package activesync

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

var strict = policy.Rules{"DevicePasswordEnabled": "1", "MinDevicePasswordLength": "6"}

// with adds to rules.
func with(r policy.Rules, name, value string) policy.Rules {
	r = maps.Clone(r)
	r[name] = value
	return r
}

// withPolicy gives the server rules.
func withPolicy(rules policy.Rules) func(*Options) {
	return func(o *Options) { putRules(o.Store, 0, policy.OfServer, rules) }
}

func putRules(st store.Store, acct store.AccountID, name string, rules policy.Rules) error {
	return putSetting(st, func(tx store.Tx) error { return policy.WriteRules(tx, acct, name, rules) })
}

// putSetting writes what an operator sets.
func putSetting(st store.Store, write func(store.Tx) error) error {
	return st.Update(context.Background(), 0, write)
}

// setRules is what the operator does to a policy.
func (r *rig) setRules(acct store.AccountID, name string, rules policy.Rules) {
	r.t.Helper()
	must(r.t, putRules(r.st, acct, name, rules))
	must(r.t, r.PolicyChanged(r.t.Context()))
}

const phase1 = `Provision:Provision
  Settings:DeviceInformation
    Settings:Set
      Settings:Model "Phone 7"
      Settings:OS "PhoneOS 1.2"
  Provision:Policies
    Provision:Policy
      Provision:PolicyType "MS-EAS-Provisioning-WBXML"
`

func phase2(key, status string) string {
	return fmt.Sprintf("Provision:Provision\n  Provision:Policies\n    Provision:Policy\n      Provision:PolicyType %q\n      Provision:PolicyKey %q\n      Provision:Status %q\n",
		wire.PolicyWBXML, key, status)
}

// provisioned takes rita's phone through both phases and returns its key.
func (r *rig) provisioned(c call) string {
	r.t.Helper()
	c.cmd = "Provision"
	c.body = phase1
	first := r.do(c)
	if first.value("Provision:PolicyKey") == "" {
		r.t.Fatalf("first phase: %d\n%s", first.code, first.dump)
	}
	c.body = phase2(first.value("Provision:PolicyKey"), "1")
	key := r.do(c).value("Provision:PolicyKey")
	if key == "" || key == "0" || key == first.value("Provision:PolicyKey") {
		r.t.Fatalf("final key %q after %q", key, first.value("Provision:PolicyKey"))
	}
	return key
}

// TestNoPolicy: who does not want to provision is never asked to, who wants to can.
func TestNoPolicy(t *testing.T) {
	r := newRig(t)
	for _, key := range []string{"", "0", "12345"} {
		if a := r.do(small(call{key: key})); a.outcome() != "1" {
			t.Errorf("key %q: %d\n%s", key, a.code, a.dump)
		}
	}
	key := r.provisioned(call{})
	d, err := r.device("phone1")
	must(t, err)
	if baseVersion >= V141 && (d.Model != "Phone 7" || d.OS != "PhoneOS 1.2") || fmt.Sprint(d.PolicyKey) != key || d.PendingKey != 0 {
		t.Errorf("device %+v, key %s", d, key)
	}
}

func TestPolicyDocument(t *testing.T) {
	for version, want := range map[Version]int{V120: 12, V121: 40, V141: 40, V161: 40} {
		a := newRig(t, withPolicy(strict)).do(call{cmd: "Provision", version: version, body: phase1})
		_, document, _ := strings.Cut(a.dump, "Provision:EASProvisionDoc\n")
		if got := strings.Count(document, "Provision:"); got != want {
			t.Errorf("%v: %d settings, want %d\n%s", version, got, want, a.dump)
		}
		if a.value("Provision:DevicePasswordEnabled") != "1" || a.value("Provision:MinDevicePasswordLength") != "6" || a.value("Provision:AttachmentsEnabled") != "1" {
			t.Errorf("%v:\n%s", version, a.dump)
		}
	}
}

func TestPolicyXML(t *testing.T) {
	once(t)
	body := strings.Replace(phase1, wire.PolicyWBXML, wire.PolicyXML, 1)
	a := newRig(t).do(call{cmd: "Provision", version: V25, body: body})
	if data := a.value("Provision:Data"); !strings.Contains(data, `parm name=\"4131\" value=\"1\"`) {
		t.Errorf("without a policy: %s", a.dump)
	}
	a = newRig(t, withPolicy(strict)).do(call{cmd: "Provision", version: V25, body: body})
	if data := a.value("Provision:Data"); !strings.Contains(data, `parm name=\"4131\" value=\"0\"`) || !strings.Contains(data, `MinimumPasswordLength\" value=\"6\"`) {
		t.Errorf("with a policy: %s", a.dump)
	}
	if a := newRig(t).do(call{cmd: "Provision", version: V25, body: phase1}); !strings.Contains(a.dump, "Provision:PolicyType \"MS-EAS-Provisioning-WBXML\"\n      Provision:Status \"3\"") {
		t.Errorf("type of later versions: %s", a.dump)
	}
}

// TestPolicyIsDemanded walks a device through what MS-ASPROV calls the enforcement of policy.
func TestPolicyIsDemanded(t *testing.T) {
	r := newRig(t, withPolicy(strict))
	settings := func(key string) string {
		return r.do(small(call{key: key})).outcome()
	}
	if got := settings(""); got != common(142) {
		t.Errorf("without a key: %s, want 142", got)
	}
	if a := r.do(call{cmd: "Settings", version: V121, body: userInformation}); a.code != 449 {
		t.Errorf("without a key, before 14.0: %d, want 449", a.code)
	}
	key := r.provisioned(call{})
	for _, tt := range []struct{ key, want string }{{key, "1"}, {"1", common(144)}, {"rubbish", common(144)}, {"0", common(142)}} {
		if got := settings(tt.key); got != tt.want {
			t.Errorf("key %s: %s, want %s", tt.key, got, tt.want)
		}
	}
	r.setRules(0, policy.OfServer, with(strict, "MinDevicePasswordLength", "8"))
	if got := settings(key); got != common(143) {
		t.Errorf("after a change of the policy: %s, want 143", got)
	}
}

func TestAcknowledgement(t *testing.T) {
	tests := []struct {
		name   string
		policy policy.Rules
		status string // reported
		want   string // Status of Provision
	}{
		{"applied", strict, "1", "1"},
		{"in part", strict, "2", "139"},
		{"in part, allowed", with(strict, "AllowPartial", "1"), "2", "1"},
		{"not applied", strict, "3", "139"},
		{"not applied, nothing demanded", nil, "3", "1"},
		{"managed by others", strict, "4", "145"},
		{"managed by others, allowed", with(strict, "AllowExternal", "1"), "4", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, withPolicy(tt.policy))
			temporary := r.do(call{cmd: "Provision", body: phase1}).value("Provision:PolicyKey")
			a := r.do(call{cmd: "Provision", key: temporary, body: phase2(temporary, tt.status)})
			if got := a.value("Provision:Status"); got != tt.want {
				t.Errorf("status %s, want %s\n%s", got, tt.want, a.dump)
			}
			d, err := r.device("phone1")
			must(t, err)
			if (d.PolicyKey != 0) != (tt.want == "1") {
				t.Errorf("key %d", d.PolicyKey)
			}
		})
	}
}

func TestWrongAcknowledgement(t *testing.T) {
	r := newRig(t, withPolicy(strict))
	key := r.provisioned(call{})
	again := r.do(call{cmd: "Provision", body: phase2(key, "1")})
	if again.value("Provision:PolicyKey") != key {
		t.Errorf("the final key acknowledged again:\n%s", again.dump)
	}
	a := r.do(call{cmd: "Provision", body: phase2("77", "1")})
	kind := wire.PolicyWBXML
	if baseVersion < V120 {
		kind = wire.PolicyXML
	}
	if !strings.Contains(a.dump, "Provision:Status \"1\"\n  Provision:Policies\n    Provision:Policy\n      Provision:PolicyType \""+kind+"\"\n      Provision:Status \"5\"") {
		t.Errorf("a key that was not given:\n%s", a.dump)
	}
	if d, _ := r.device("phone1"); fmt.Sprint(d.PolicyKey) != key {
		t.Errorf("the good key is gone: %d", d.PolicyKey)
	}
	if a := r.do(call{cmd: "Provision", body: "Provision:Provision\n  Provision:Policies\n    Provision:Policy\n"}); a.value("Provision:Status") != "2" {
		t.Errorf("no type:\n%s", a.dump)
	}
}

// TestRounds: a device that provisions over and over has to pause, or comes in without where that is allowed.
func TestRounds(t *testing.T) {
	round := func(r *rig) (code int) {
		for range maxRounds + 1 {
			code = r.do(call{cmd: "Provision", body: phase1}).code
		}
		return code
	}
	r := newRig(t, withPolicy(strict))
	if code := round(r); code != 503 {
		t.Errorf("strict: %d, want 503", code)
	}
	r = newRig(t, withPolicy(with(strict, "AllowNonProvisionable", "1")))
	if code := round(r); code != 200 {
		t.Errorf("lenient: %d, want 200", code)
	}
	if a := r.do(small(call{})); a.outcome() != "1" {
		t.Errorf("lenient, afterwards: %s", a.dump)
	}
}

func TestNonProvisionable(t *testing.T) {
	outlook := small(call{header: map[string]string{"User-Agent": "Outlook/15.0 (15.0.4885.1000; MSI; x86)"}})
	if a := newRig(t, withPolicy(strict)).do(outlook); a.outcome() != common(141) {
		t.Errorf("strict: %s", a.dump)
	}
	if a := newRig(t, withPolicy(with(strict, "AllowNonProvisionable", "1"))).do(outlook); a.outcome() != "1" {
		t.Errorf("lenient: %s", a.dump)
	}
}

const ask, wiped, accountWiped = "Provision:Provision\n",
	"Provision:Provision\n  Provision:RemoteWipe\n    Provision:Status %q\n",
	"Provision:Provision\n  Provision:AccountOnlyRemoteWipe\n    Provision:Status %q\n"

func TestRemoteWipe(t *testing.T) {
	r := newRig(t)
	settings := func() reply { return r.do(call{cmd: "Settings", version: V141, body: userInformation}) }
	if a := settings(); a.value("Settings:Status") != "1" {
		t.Fatal(a.dump)
	}
	if a := r.do(call{cmd: "Provision", body: ask}); a.dump != "Provision:Provision\n  Provision:Status \"1\"\n" {
		t.Errorf("nothing to wipe: %s", a.dump)
	}
	r.setDevice("phone1", func(d *store.Device) { d.Wipe, d.Access = store.WipeDevicePending, store.Blocked })
	if a := settings(); a.value("Settings:Status") != "140" {
		t.Errorf("pending: %s", a.dump)
	}
	if a := r.do(call{cmd: "Settings", version: V121, body: userInformation}); a.code != 449 {
		t.Errorf("pending, before 14.0: %d", a.code)
	}
	if a := r.do(call{cmd: "Provision", body: ask}); a.dump != "Provision:Provision\n  Provision:Status \"1\"\n  Provision:RemoteWipe\n" {
		t.Errorf("asked: %s", a.dump)
	}
	if a := r.do(call{cmd: "Provision", body: phase1}); !a.has("Provision:RemoteWipe") || !a.has("Provision:PolicyKey") {
		t.Errorf("asked for a policy: %s", a.dump)
	}
	r.do(call{cmd: "Provision", body: fmt.Sprintf(wiped, "2")})
	if d, _ := r.device("phone1"); d.Wipe != store.WipeDevicePending {
		t.Errorf("failed wipe: %v, want it pending", d.Wipe)
	}
	r.do(call{cmd: "Provision", body: ask})
	if a := r.do(call{cmd: "Provision", body: fmt.Sprintf(wiped, "1")}); a.value("Provision:Status") != "1" {
		t.Errorf("reported: %s", a.dump)
	}
	if d, _ := r.device("phone1"); d.Wipe != store.WipeDone || d.PolicyKey != 0 {
		t.Errorf("after the wipe: %+v", d)
	}
	if a := settings(); a.value("Settings:Status") != "129" {
		t.Errorf("after the wipe: %s", a.dump)
	}
}

func TestAccountWipe(t *testing.T) {
	r := newRig(t)
	settings := func(v Version) string {
		return r.do(call{cmd: "Settings", version: v, body: userInformation}).value("Settings:Status")
	}
	settings(V161)
	r.setDevice("phone1", func(d *store.Device) { d.Wipe = store.WipeAccountPending })
	if got := settings(V141); got != "129" {
		t.Errorf("14.1 cannot express it: %s, want 129", got)
	}
	if got := settings(V161); got != "140" {
		t.Errorf("16.1: %s, want 140", got)
	}
	if a := r.do(call{cmd: "Provision", version: V161, body: ask}); !a.has("Provision:AccountOnlyRemoteWipe") || a.has("Provision:RemoteWipe") {
		t.Errorf("asked: %s", a.dump)
	}
	r.do(call{cmd: "Provision", version: V161, body: fmt.Sprintf(accountWiped, "1")})
	if d, _ := r.device("phone1"); d.Wipe != store.WipeDone {
		t.Errorf("after the wipe: %v", d.Wipe)
	}
	// A report that nobody asked for changes nothing.
	r.do(call{cmd: "Provision", version: V161, device: "other", body: fmt.Sprintf(wiped, "1")})
	if d, _ := r.device("other"); d.Wipe != store.NoWipe {
		t.Errorf("unasked report: %v", d.Wipe)
	}
}

func TestRoundWindow(t *testing.T) {
	var r rounds
	key, now := deviceKey{1, "d"}, time.Unix(0, 0)
	for i := range 5 * maxRounds {
		if r.begin(key, now.Add(time.Duration(i)*10*time.Second)) {
			t.Fatalf("round %d in its own time is one too many", i)
		}
	}
}
