package activesync

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// withAccess gives the server rules for new devices, and a way to tell people of them.
func withAccess(rules policy.Access) func(*Options) {
	return func(o *Options) {
		o.Notices = o.Mail.(*mail.Service)
		setAccess(o.Store, rules)
	}
}

func setAccess(st store.Store, rules policy.Access) error {
	return putSetting(st, func(tx store.Tx) error { return policy.WriteAccess(tx, rules) })
}

// history lists what happened to a device of rita's.
func (r *rig) history(device string) (list []string) {
	r.t.Helper()
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) error {
		events, err := policy.ReadHistory(tx, r.rita.ID, device)
		for _, e := range events {
			text := e.What
			if e.By != "" {
				text += " by " + e.By
			}
			if e.Note != "" {
				text += " (" + e.Note + ")"
			}
			if e.Times > 1 {
				text += fmt.Sprintf(" ×%d", e.Times)
			}
			list = append(list, text)
		}
		return err
	}))
	return list
}

// notices lists the subjects in rita's Inbox, and who hears of her devices besides.
func (r *rig) notices() string {
	r.t.Helper()
	var list []string
	for _, rec := range r.records(store.Inbox) {
		s, err := mail.UnmarshalSummary(rec.Item.Summary)
		must(r.t, err)
		list = append(list, s.Envelope.Subject)
	}
	for _, q := range r.queued() {
		list = append(list, q.Recipient)
	}
	return strings.Join(list, "; ")
}

// TestQuarantine: a new device waits, its user and the operator are told once, and it goes on once it is let in.
func TestQuarantine(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := newRig(t, withAccess(policy.Access{Default: policy.Quarantine, Notify: []string{"boss@example.test", "far@elsewhere.test"}, Text: "Ask Ann."}))
			folders := call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
			refused := func(when string) {
				t.Helper()
				a := r.do(folders)
				if v >= V140 && a.value("FolderHierarchy:Status") != "129" || v < V140 && a.code != 403 {
					t.Errorf("%s: %d %s", when, a.code, a.dump)
				}
			}
			refused("new")
			refused("again")
			const told = "Your device Phone waits for permission; boss@example.test; far@elsewhere.test"
			if got := r.notices(); got != told {
				t.Errorf("told: %s", got)
			}
			text := r.bytes(r.records(store.Inbox)[0].Item.Blob)
			for _, want := range []string{"Ask Ann.", "Device id:       phone1", "Program:         Phone/1.0", "Auto-Submitted: auto-generated", "new devices are treated so"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if op := r.bytes(r.queued()[0].Blob); !strings.Contains(op, "gannet device allow rita@example.test phone1") || !strings.Contains(op, "To: <boss@example.test>, <far@elsewhere.test>") {
				t.Errorf("the operator reads\n%s", op)
			}
			if got := strings.Join(r.history("phone1"), "; "); got != "quarantined by rule default; user told that it is kept out" {
				t.Errorf("history: %s", got)
			}
			r.setDevice("phone1", func(d *store.Device) { d.Access = store.Allowed })
			if a := r.do(folders); a.value("FolderHierarchy:Status") != "1" {
				t.Errorf("let in: %d %s", a.code, a.dump)
			}
		})
	}
}

// TestKeptOutAtOnce: of requests at the same time one tells.
func TestKeptOutAtOnce(t *testing.T) {
	r := newRig(t, withAccess(policy.Access{Default: policy.Block}))
	var all sync.WaitGroup
	for range 8 {
		req := r.request(small(call{}))
		all.Go(func() { r.send(req) })
	}
	all.Wait()
	if got := r.notices(); got != "Your device Phone may not synchronise" {
		t.Errorf("told: %s", got)
	}
}

// TestKeptOutWithoutRoom: a full mailbox does not keep the operator from hearing of it, nor the device from being
// turned away as any other.
func TestKeptOutWithoutRoom(t *testing.T) {
	r := newRig(t, withAccess(policy.Access{Default: policy.Quarantine}))
	r.fill(1)
	must(t, r.st.Update(t.Context(), 0, func(tx store.Tx) error {
		a := r.rita
		a.Quota = 1
		return tx.UpdateAccount(a)
	}))
	for range 2 {
		if got := r.settingsStatus(call{}); got != common(129) {
			t.Errorf("status %s", got)
		}
	}
	if q := r.queued(); len(q) != 1 || q[0].Recipient != "postmaster@example.test" || len(r.records(store.Inbox)) != 1 {
		t.Errorf("told: %s", r.notices())
	}
}

// TestKeptOutManyTimes: a client with another name at every start does not fill a mailbox.
func TestKeptOutManyTimes(t *testing.T) {
	r := newRig(t, withAccess(policy.Access{Default: policy.Block}))
	for i := range 2 * maxTold {
		if got := r.settingsStatus(call{device: fmt.Sprint("device", i)}); got != common(129) {
			t.Errorf("status %s", got)
		}
	}
	if n := len(r.records(store.Inbox)); n != maxTold {
		t.Errorf("%d messages, want %d", n, maxTold)
	}
}

// TestAccessRules: the first rule that fits decides; the model is asked for where a rule is about it.
func TestAccessRules(t *testing.T) {
	rules := policy.Access{Default: policy.Quarantine, Rules: []policy.AccessRule{
		{Field: "agent", Pattern: "Bad*", Decision: policy.Block}, {Field: "model", Pattern: "Phone*", Decision: policy.Allow}, {Field: "os", Pattern: "*beta*", Decision: policy.Block},
	}}
	r := newRig(t, withAccess(rules))
	r.needs(V141) // where a device says in Provision what it is
	if got := r.settingsStatus(call{device: "bad", header: map[string]string{"User-Agent": "Bad/2"}}); got != "129" {
		t.Errorf("by its program: %s", got)
	}
	// Before 14.1 a device says nothing of itself in time.
	if got := r.settingsStatus(call{device: "old", version: V140}); got != "129" {
		t.Errorf("14.0: %s", got)
	}
	if got := r.settingsStatus(call{}); got != "142" {
		t.Errorf("unknown model: %s, want it sent to Provision", got)
	}
	key := r.provisioned(call{})
	if got := r.settingsStatus(call{key: key}); got != "1" {
		t.Errorf("a model that is let in: %s", got)
	}
	if got := strings.Join(r.history("phone1"), "; "); got != "quarantined by rule default; allowed by rule model=Phone*" {
		t.Errorf("history: %s", got)
	}
	silent := call{device: "silent", cmd: "Provision"}
	silent.body = strings.Replace(phase1, `Settings:Model "Phone 7"`, `Settings:FriendlyName "x"`, 1)
	silent.body = strings.Replace(silent.body, "      Settings:OS \"PhoneOS 1.2\"\n", "", 1)
	temporary := r.do(silent).value("Provision:PolicyKey")
	silent.body = phase2(temporary, "1")
	r.do(silent)
	if got := r.settingsStatus(call{device: "silent"}); got != "129" {
		t.Errorf("who does not say its model: %s, want it to wait", got)
	}
	// What an operator decided stays, and so does what was decided with what the device first said.
	r.setDevice("phone1", func(d *store.Device) { d.Access = store.Blocked })
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		return policy.WriteStanding(tx, "phone1", policy.Standing{Operator: true})
	}))
	r.do(call{cmd: "Provision", body: phase1})
	if got := r.settingsStatus(call{key: key}); got != "129" {
		t.Errorf("the operator's word: %s", got)
	}
}

// TestRulesAreForNewDevices: who was here before them stays.
func TestRulesAreForNewDevices(t *testing.T) {
	r := newRig(t)
	r.settingsStatus(call{})
	must(t, setAccess(r.st, policy.Access{Default: policy.Block, Rules: []policy.AccessRule{{Field: "model", Pattern: "*", Decision: policy.Block}}}))
	r.provisioned(call{})
	if got := r.settingsStatus(call{}); got != "1" {
		t.Errorf("status %s", got)
	}
	if h := r.history("phone1"); h != nil {
		t.Errorf("history: %v", h)
	}
}

// TestWipeHistory: a wipe that fails and is asked for over and over, told again after each, and cannot be
// mistaken for one of the account.
func TestWipeHistory(t *testing.T) {
	r := newRig(t)
	r.settingsStatus(call{version: V161})
	r.setDevice("phone1", func(d *store.Device) { d.Wipe = store.WipeDevicePending })
	provision := func(body string) { r.do(call{cmd: "Provision", version: V161, body: body}) }
	provision(ask)
	provision(ask)
	provision(fmt.Sprintf(wiped, "2"))
	provision(ask)
	provision(fmt.Sprintf(accountWiped, "1")) // not what was asked for
	if d, _ := r.device("phone1"); d.Wipe != store.WipeDeviceSent {
		t.Errorf("after a wipe of less: %v", d.Wipe)
	}
	provision(fmt.Sprintf(wiped, "1"))
	provision(fmt.Sprintf(wiped, "1")) // again, as if the answer had been lost
	const all = " (" + policy.WholeDevice + ")"
	want := "told to wipe" + all + " ×2; reported the wipe as failed" + all + "; told to wipe" + all +
		"; reported the wipe as done (" + policy.AccountOnly + "); reported the wipe as done" + all
	if got := strings.Join(r.history("phone1"), "; "); got != want {
		t.Errorf("history: %s\nwant     %s", got, want)
	}
	if got := r.settingsStatus(call{version: V161}); got != "129" {
		t.Errorf("added again: %s", got)
	}
}

// TestWipeCannotBeSaid: before 16.1 a device that is to lose the account alone is kept out, which is noted once.
func TestWipeCannotBeSaid(t *testing.T) {
	r := newRig(t, withAccess(policy.Access{}))
	r.until(V160)
	r.settingsStatus(call{})
	r.setDevice("phone1", func(d *store.Device) { d.Wipe = store.WipeAccountPending })
	for range 3 {
		if got := r.settingsStatus(call{}); got != common(129) {
			t.Errorf("status %s", got)
		}
	}
	if got := strings.Join(r.history("phone1"), "; "); got != policy.EventKeptOut+" (it speaks ActiveSync "+baseVersion.String()+")" || r.notices() != "" {
		t.Errorf("history: %s; told: %s", got, r.notices())
	}
	if a := r.do(call{cmd: "Provision", version: V161, body: ask}); !a.has("Provision:AccountOnlyRemoteWipe") {
		t.Errorf("once it speaks 16.1: %s", a.dump)
	}
}

// TestWipeAtEveryVersion walks a device through the wipe of all that is on it, with each request sent twice.
func TestWipeAtEveryVersion(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := newRig(t)
			folders := func() string {
				a := r.do(call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)})
				if v < V140 && a.code != 200 {
					return fmt.Sprint(a.code)
				}
				return a.value("FolderHierarchy:Status")
			}
			expect := func(when, old, now string) {
				t.Helper()
				if v < V140 {
					now = old
				}
				if got := folders(); got != now {
					t.Errorf("%s: %s, want %s", when, got, now)
				}
			}
			expect("before", "1", "1")
			r.setDevice("phone1", func(d *store.Device) { d.Wipe = store.WipeDevicePending })
			expect("pending", "449", "140")
			for range 2 {
				if a := r.do(call{cmd: "Provision", version: v, body: ask}); a.dump != "Provision:Provision\n  Provision:Status \"1\"\n  Provision:RemoteWipe\n" {
					t.Errorf("asked: %s", a.dump)
				}
			}
			expect("told", "449", "140")
			for range 2 {
				a := r.do(call{cmd: "Provision", version: v, body: fmt.Sprintf(wiped, "1")})
				if a.value("Provision:Status") != "1" {
					t.Errorf("reported: %d %s", a.code, a.dump)
				}
			}
			expect("wiped", "403", "129")
			if a := r.do(call{cmd: "Provision", version: v, body: phase1}); a.has("Provision:Policies") || v >= V140 && a.value("Provision:Status") != "129" {
				t.Errorf("added again: %d %s", a.code, a.dump)
			}
			if d, _ := r.device("phone1"); d.Wipe != store.WipeDone {
				t.Errorf("state %v", d.Wipe)
			}
		})
	}
}
