package activesync

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/store"
)

// settingsStatus asks for something small with a policy key.
func (r *rig) settingsStatus(c call) string {
	r.t.Helper()
	return r.do(small(c)).outcome()
}

// TestPolicyLevels: what a device must agree to is that of its account and of itself.
func TestPolicyLevels(t *testing.T) {
	r := newRig(t)
	status := func(user, device string) string { return r.settingsStatus(call{user: user, device: device}) }
	for _, device := range []string{"a", "b"} {
		status(rita, device)
		status(otto, device)
	}
	expect := func(when, want string) {
		t.Helper()
		got := fmt.Sprint("rita ", status(rita, "a"), status(rita, "b"), " otto ", status(otto, "a"), status(otto, "b"))
		if want = strings.NewReplacer("-", "1", "+", common(142)).Replace(want); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	expect("nothing set", "rita -- otto --")
	r.setRules(0, policy.OfGroup("sales@example.test"), strict)
	expect("for rita's group", "rita ++ otto --")
	r.setRules(r.rita.ID, policy.OfDevice("b"), policy.Rules{"DevicePasswordEnabled": "0"})
	expect("but not for b", "rita +- otto --")
	r.setRules(0, policy.OfServer, policy.Rules{"DevicePasswordEnabled": "1"})
	expect("for all, b still apart", "rita +- otto ++")
	r.setRules(r.otto.ID, policy.OfAccount, policy.Rules{"DevicePasswordEnabled": "0", "AllowCamera": "1"})
	expect("but not for otto", "rita +- otto --")
	if baseVersion >= V121 { // which has cameras
		r.setRules(0, policy.OfServer, policy.Rules{"DevicePasswordEnabled": "1", "AllowCamera": "0"})
		expect("another element for all, not for otto", "rita ++ otto --")
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		return tx.PutSetting(r.rita.ID, policy.OfAccount, []byte("rubbish"))
	}))
	must2 := r.PolicyChanged(t.Context())
	failed := "4" // of Settings
	if baseVersion < V120 {
		failed = "6" // of FolderSync
	}
	if got := status(rita, "a"); must2 != nil || got != failed {
		t.Errorf("a policy that cannot be read: %v, status %s; it must not be taken for none", must2, got)
	}
}

// TestPolicyIsBelieved: membership of a group that changed without a word is noticed within a minute.
func TestPolicyIsBelieved(t *testing.T) {
	r := newRig(t, withPolicy(strict))
	r.settingsStatus(call{})
	p, err := r.policyOf(t.Context(), deviceKey{r.rita.ID, "phone1"}, time.Now())
	must(t, err)
	must(t, putRules(r.st, 0, policy.OfServer, nil))
	for after, same := range map[time.Duration]bool{0: true, policyAge / 2: true, 2 * policyAge: false} {
		fresh := &policies{}
		fresh.put(r.rita.ID, policy.Levels{Server: strict}.Policies(), 0, time.Now())
		r.policies.of = fresh.of
		got, err := r.policyOf(t.Context(), deviceKey{r.rita.ID, "phone1"}, time.Now().Add(after))
		must(t, err)
		if (got.Hash(141) == p.Hash(141)) != same {
			t.Errorf("after %v: hash %q", after, got.Hash(141))
		}
	}
	var kept policies
	_, version, _ := kept.get(1, time.Now())
	kept.forget()
	kept.put(1, policy.Policies{}, version, time.Now())
	if _, _, ok := kept.get(1, time.Now()); ok {
		t.Error("what was read before a change is kept after it")
	}
}

// TestPolicyTakenBack: a device that has agreed is told once that all is allowed again; one that has not, or
// comes anew, is left alone.
func TestPolicyTakenBack(t *testing.T) {
	r := newRig(t, withPolicy(strict))
	key := r.provisioned(call{})
	r.setRules(0, policy.OfServer, nil)
	if got := r.settingsStatus(call{}); got != "1" {
		t.Errorf("without a key: %s", got)
	}
	if got := r.settingsStatus(call{key: key}); got != common(143) {
		t.Errorf("with the key: %s, want 143", got)
	}
	key = r.provisioned(call{})
	if got := r.settingsStatus(call{key: key}); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
	if d, _ := r.device("phone1"); d.PolicyHash != "" {
		t.Errorf("hash %q", d.PolicyHash)
	}
}

// TestPolicyChangesInBetween: a device that acknowledges a policy that is no more today's must take the new one.
func TestPolicyChangesInBetween(t *testing.T) {
	r := newRig(t, withPolicy(strict))
	temporary := r.do(call{cmd: "Provision", body: phase1}).value("Provision:PolicyKey")
	r.setRules(0, policy.OfServer, with(strict, "MinDevicePasswordLength", "8"))
	key := r.do(call{cmd: "Provision", body: phase2(temporary, "1")}).value("Provision:PolicyKey")
	if got := r.settingsStatus(call{key: key}); key == "" || got != common(143) {
		t.Errorf("key %q: %s, want 143", key, got)
	}
	if key = r.provisioned(call{}); r.settingsStatus(call{key: key}) != "1" {
		t.Error("the new one does not help")
	}
}

// TestPolicyBeyondVersion: what a version cannot say counts as applied in part, and who learns to read more has
// to agree to that.
func TestPolicyBeyondVersion(t *testing.T) {
	rules := with(strict, "AllowCamera", "0")
	r := newRig(t, withPolicy(rules))
	if a := r.do(call{cmd: "Provision", version: V120, body: phase1}); a.value("Provision:Status") != "139" || a.has("Provision:Policies") {
		t.Errorf("12.0 asks: %s", a.dump)
	}
	if got := r.settingsStatus(call{version: V120}); got != "HTTP 403" {
		t.Errorf("12.0: %s", got)
	}
	r.setRules(0, policy.OfServer, with(rules, "AllowPartial", "1"))
	key := r.provisioned(call{version: V120})
	if got := r.settingsStatus(call{version: V120, key: key}); got != "1" {
		t.Errorf("12.0, a part will do: %s", got)
	}
	if got := r.settingsStatus(call{version: V161, key: key}); got != "143" {
		t.Errorf("the same device at 16.1: %s, want 143", got)
	}
	// A policy of 2.5 is about the password alone.
	r.setRules(0, policy.OfServer, policy.Rules{"AllowCamera": "0", "AllowPartial": "1"})
	if a := r.do(call{cmd: "FolderSync", version: V25, device: "old", body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}); a.value("FolderHierarchy:Status") != "1" {
		t.Errorf("2.5 without anything to say: HTTP %d %s", a.code, a.dump)
	}
}

// TestPolicyWakes: a change ends the waiting of those who have to agree anew; their next Ping sends them on.
func TestPolicyWakes(t *testing.T) {
	r := newRig(t, withPolicy(strict))
	inbox := r.fill(1)
	key := r.provisioned(call{})
	r.whole(t, call{key: key}, inbox, r.prime(t, call{key: key}, inbox))
	other := r.provisioned(call{device: "other"})
	r.whole(t, call{key: other, device: "other"}, inbox, r.prime(t, call{key: other, device: "other"}, inbox))
	r.primeFoldersWith(key, "phone1")
	r.primeFoldersWith(other, "other")

	pings := make(chan string, 2)
	for _, device := range []string{"phone1", "other"} {
		req := r.request(call{cmd: "Ping", device: device, body: pingBody(900, inbox)})
		go func() { pings <- device + " " + r.send(req).value("Ping:Status") }()
	}
	r.awaitParked(t, 2)
	r.setRules(r.rita.ID, policy.OfDevice("other"), policy.Rules{"MinDevicePasswordLength": "6"}) // which changes nothing yet
	r.setRules(0, policy.OfServer, with(strict, "MinDevicePasswordLength", "8"))
	if got := <-pings; got != "phone1 1" {
		t.Errorf("woken: %s", got)
	}
	if status, _, _ := r.ping(t, pingBody(900, inbox)); status != "7" {
		t.Errorf("next Ping: %s, want 7", status)
	}
	r.StopWaiting()
	if got := <-pings; got != "other 1" {
		t.Errorf("the other: %s", got)
	}
}

// primeFoldersWith is primeFolders for a device with a key.
func (r *rig) primeFoldersWith(key, device string) {
	r.t.Helper()
	if a := r.do(call{cmd: "FolderSync", key: key, device: device, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}); a.value("FolderHierarchy:Status") != "1" {
		r.t.Fatalf("FolderSync: %s", a.dump)
	}
}

// policyKeys finds the keys in an answer of Provision.
var policyKeys = regexp.MustCompile(`PolicyKey "([0-9]+)"`)

// TestHandshake plays the dialogues of testdata/provision, each at all versions that its comment names. A file has
// the lines "versions: …" and optionally "set: NAME=VALUE …" in its comment, and then requests and answers in turn;
// <1> and <2> stand for the keys in the order in which they are given out.
func TestHandshake(t *testing.T) {
	once(t)
	files, err := filepath.Glob("testdata/provision/*.txtar")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no dialogues")
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		must(t, err)
		comment := goldenComment(string(archive.Comment))
		for version := range strings.FieldsSeq(comment["versions"]) {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+version, func(t *testing.T) {
				handshake(t, archive, comment["set"], version)
			})
		}
		if *update {
			must(t, os.WriteFile(path, txtar.Format(archive), 0o644))
		}
	}
}

func handshake(t *testing.T, archive *txtar.Archive, set, version string) {
	rules := policy.Rules{}
	for s := range strings.FieldsSeq(set) {
		name, value, _ := strings.Cut(s, "=")
		must(t, rules.Set(name, value))
	}
	r := newRig(t, withPolicy(rules))
	v, ok := ParseVersion(version)
	if !ok {
		t.Fatalf("no version %q", version)
	}
	var keys []string
	name := func(s string, from, to func(i int) string) string {
		for i := range keys {
			s = strings.ReplaceAll(s, from(i), to(i))
		}
		return s
	}
	placeholder := func(i int) string { return fmt.Sprintf("%q", fmt.Sprintf("<%d>", i+1)) }
	key := func(i int) string { return fmt.Sprintf("%q", keys[i]) }
	for i := 0; i+1 < len(archive.Files); i += 2 {
		request := name(string(archive.Files[i].Data), placeholder, key)
		answer := r.do(call{cmd: "Provision", version: v, body: request}).dump
		for _, m := range policyKeys.FindAllStringSubmatch(answer, -1) {
			if !strings.Contains(fmt.Sprint(keys), m[1]) {
				keys = append(keys, m[1])
			}
		}
		answer = name(answer, key, placeholder)
		if want := &archive.Files[i+1]; *update {
			want.Data = []byte(answer)
		} else if answer != string(want.Data) {
			t.Errorf("answer %d:\n%s\nwant\n%s", i/2+1, answer, want.Data)
		}
	}
}

// BenchmarkPolicy is what a request pays for being held to a policy of its own.
func BenchmarkPolicy(b *testing.B) {
	r := newRig(b, withPolicy(strict), func(o *Options) { o.Log = nil })
	must(b, putRules(r.st, r.rita.ID, policy.OfDevice("phone1"), policy.Rules{"AllowCamera": "0"}))
	q := &request{http: r.request(call{cmd: "Sync"}), account: r.rita, device: &store.Device{ID: "phone1"}, version: V141, cmd: &commands[0], started: time.Now()}
	for b.Loop() {
		if err := r.findPolicy(q); err != nil || r.checkPolicy(q) == nil {
			b.Fatal(err)
		}
	}
}
