package activesync

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Statuses of Policy in an answer, and what a device reports of itself. MS-ASPROV, Status (Policy).
const (
	policyOK          = 1
	policyTypeUnknown = 3
	policyWrongKey    = 5

	appliedFully     = 1
	appliedPartly    = 2
	appliedNot       = 3
	appliedElsewhere = 4
)

// Statuses of Provision besides the common ones. MS-ASPROV, Status (Provision).
const (
	provisionOK       = 1
	provisionProtocol = 2
)

// reportedText is what a device has said of the policy, for its history.
var reportedText = map[int]string{
	appliedPartly: "applied in part", appliedNot: "not applied", appliedElsewhere: "managed by somebody else",
}

// provision answers Provision: the two phases of the policy handshake, and remote wipe.
func (h *Handler) provision(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadProvision(q.body)
	if err != nil {
		return err
	}
	if q.device.Wipe == store.WipeDone && in.Wipe == 0 && in.AccountWipe == 0 {
		return fail(statusDeviceBlocked, errors.New("device was wiped"))
	}
	p := &provisioning{h: h, q: q, in: in}
	err = h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		p.tx, p.out = tx, wire.ProvisionAnswer{Status: 1, Device: in.Device != nil}
		var step error
		err := q.updateDevice(tx, func(d *store.Device) {
			before := *d
			describeBy(d, in.Device)
			if step = h.reconsider(tx, q, before, d); step == nil {
				step = p.advance(d)
			}
		})
		if step != nil {
			return step
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("provision: %w", err)
	}
	if in.Policy != nil && !in.Policy.Acknowledges() {
		if err := h.roundBegins(q); err != nil {
			return err
		}
	}
	p.out.Write(w.encoder())
	return nil
}

// roundBegins counts a first phase. A device that begins one after the other is let in without, where the
// policy allows that, and otherwise has to pause.
func (h *Handler) roundBegins(q *request) error {
	if !h.rounds.begin(q.deviceKey(), q.started) {
		return nil
	}
	q.log.Warn("device provisions over and over", "exempt", q.policy.AllowNonProvisionable)
	if q.policy.Hash(int(q.version)) != "" && q.policy.AllowNonProvisionable {
		h.rounds.let(q.deviceKey())
		return nil
	}
	return &throttled{roundPause}
}

// provisioning is one request of Provision.
type provisioning struct {
	h   *Handler
	q   *request
	tx  store.Tx
	in  wire.ProvisionRequest
	out wire.ProvisionAnswer
}

// advance moves the device one step on and says what it is told.
func (p *provisioning) advance(d *store.Device) error {
	if p.in.Wipe != 0 || p.in.AccountWipe != 0 {
		return p.wipeReported(d)
	}
	if p.in.Policy != nil {
		if err := p.advancePolicy(d); err != nil {
			return err
		}
	}
	return p.tellWipe(d)
}

// advancePolicy takes one phase of the handshake.
func (p *provisioning) advancePolicy(d *store.Device) error {
	answer := &wire.PolicyAnswer{Type: p.in.Policy.Type}
	var err error
	switch {
	case p.in.Policy.Type == "":
		p.out.Status = provisionProtocol
	case !policyType(p.in.Policy.Type, p.q.version):
		answer.Status = policyTypeUnknown
	case p.in.Policy.Acknowledges():
		err = p.acknowledge(d, answer)
	case len(p.q.policy.Beyond(int(p.q.version))) > 0 && !p.q.policy.AllowPartial:
		p.out.Status = statusNotProvisionable
	default:
		err = p.handOut(d, answer)
	}
	if p.out.Status == provisionOK {
		p.out.Policy = answer
	}
	return err
}

// A handout is the policy that a device was given last, as it is kept with the device. The policy may change before
// the device has agreed to it, and either answer may be lost.
type handout struct {
	Hash string `json:"hash"` // of the policy
	Key  uint32 `json:"key"`  // by which the device agrees to it
}

// handoutKey is the device state that holds it.
const handoutKey = "policy"

func (p *provisioning) handout(device string) (h handout, err error) {
	raw, err := p.tx.State(device, handoutKey)
	if err == nil {
		err = json.Unmarshal(raw, &h)
	} else if errors.Is(err, store.NotFound) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("policy handed out: %w", err)
	}
	return h, err
}

// handOut answers the first phase: the policy, and a key by which the device says that it has it; the same as
// before if it asks for the same again.
func (p *provisioning) handOut(d *store.Device, answer *wire.PolicyAnswer) error {
	before, err := p.handout(d.ID)
	if err != nil {
		return err
	}
	hash := p.q.policy.Hash(int(p.q.version))
	if d.PendingKey == 0 || before != (handout{hash, d.PendingKey}) {
		d.PendingKey = newPolicyKey(d.PolicyKey)
		raw, err := json.Marshal(handout{hash, d.PendingKey})
		if err != nil {
			return err
		}
		if err := p.tx.PutState(d.ID, handoutKey, raw); err != nil {
			return err
		}
	}
	answer.Status, answer.Key, answer.Data = policyOK, d.PendingKey, p.policyData()
	return nil
}

// acknowledge takes the second phase: the device says how far it applied the policy. It may say so again, with
// the key of the first phase or with that of the second.
func (p *provisioning) acknowledge(d *store.Device, answer *wire.PolicyAnswer) error {
	given, err := p.handout(d.ID)
	if err != nil {
		return err
	}
	key, err := strconv.ParseUint(p.in.Policy.Key, 10, 32)
	switch {
	case err != nil || key == 0:
		answer.Status = policyWrongKey
		return nil
	case d.PendingKey == 0 && d.PolicyKey != 0 && (uint32(key) == d.PolicyKey || uint32(key) == given.Key):
		answer.Status, answer.Key = policyOK, d.PolicyKey
		return nil
	case uint32(key) != d.PendingKey:
		answer.Status = policyWrongKey
		return nil
	}
	reported := p.in.Policy.Status
	if p.out.Status = accepts(p.q.policy, p.q.version, reported); p.out.Status != provisionOK {
		p.q.log.Info("policy not applied", "reported", reported)
		d.PolicyKey = 0
		return p.h.record(p.tx, p.q, policy.Event{What: policy.EventRefused, Note: reportedText[reported]})
	}
	d.PolicyKey, d.PendingKey, d.PolicyHash = newPolicyKey(d.PendingKey), 0, given.Hash
	answer.Status, answer.Key = policyOK, d.PolicyKey
	return nil
}

// accepts says which Status of Provision answers what a device reports; provisionOK gives it a key.
func accepts(p *policy.Policy, v Version, reported int) int {
	switch {
	case p.Hash(int(v)) == "", reported == appliedFully:
		return provisionOK
	case reported == appliedPartly && p.AllowPartial:
		return provisionOK
	case reported == appliedElsewhere && p.AllowExternal:
		return provisionOK
	case reported == appliedElsewhere:
		return statusExternallyManaged
	}
	return statusNotProvisionable
}

// policyType reports whether documents of that type are made for version v.
func policyType(name string, v Version) bool {
	return name == wire.PolicyWBXML && v >= V120 || name == wire.PolicyXML && v < V120
}

// policyData returns what writes the document.
func (p *provisioning) policyData() func(*wbxml.Encoder) {
	if p.in.Policy.Type == wire.PolicyXML {
		return func(e *wbxml.Encoder) { e.Text(p.q.policy.XML()) }
	}
	return func(e *wbxml.Encoder) { p.q.policy.Document(e, int(p.q.version)) }
}

// newPolicyKey returns a key other than 0, which old iPhones refuse, and other than that one. It fits 31
// bits, as some clients read it signed.
func newPolicyKey(other uint32) uint32 {
	for {
		var b [4]byte
		rand.Read(b[:]) // never returns an error, crypto/rand
		if key := binary.LittleEndian.Uint32(b[:]) >> 1; key != 0 && key != other {
			return key
		}
	}
}

// describeBy notes what the device says of itself.
func describeBy(d *store.Device, info *wire.DeviceInformation) {
	if info == nil {
		return
	}
	for _, f := range []struct {
		to   *string
		from *string
	}{
		{&d.Model, info.Model}, {&d.IMEI, info.IMEI}, {&d.FriendlyName, info.FriendlyName}, {&d.OS, info.OS},
		{&d.OSLanguage, info.OSLanguage}, {&d.Phone, info.PhoneNumber}, {&d.Operator, info.MobileOperator},
		{&d.UserAgent, info.UserAgent},
	} {
		if f.from != nil {
			*f.to = clip(*f.from, maxDeviceText)
		}
	}
}

const (
	maxRounds   = 8 // first phases of a device within roundWindow
	roundWindow = time.Minute
	roundPause  = time.Minute
	maxRounding = 10_000 // devices remembered
)

// rounds count how often devices begin the handshake. The zero value is ready.
type rounds struct {
	mu sync.Mutex
	of map[deviceKey]*round
}

type round struct {
	since  time.Time
	number int
	let    bool // in without a policy
}

// begin counts a first phase and reports whether it is one too many.
func (r *rounds) begin(key deviceKey, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || len(r.of) >= maxRounding {
		r.of = make(map[deviceKey]*round)
	}
	d := r.of[key]
	if d == nil {
		d = &round{since: now}
		r.of[key] = d
	}
	if now.Sub(d.since) > roundWindow {
		d.since, d.number = now, 0
	}
	d.number++
	return d.number > maxRounds
}

// let notes that the device comes in without a policy.
func (r *rounds) let(key deviceKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := r.of[key]; d != nil {
		d.let = true
	}
}

// exempt reports whether it does.
func (r *rounds) exempt(key deviceKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.of[key]
	return d != nil && d.let
}
