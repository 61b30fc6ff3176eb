package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
)

// Value is what a policy says of an element.
type Value struct {
	Text string
	From string // the level: "device", "account", "group ADDRESS", "server"; "default": nothing is set
}

// Policy is what holds for one device. It is never changed, so it may be shared. A nil one is that of a device
// about which nothing is set.
type Policy struct {
	set    map[string]Value // by name of the element; defaults are missing
	hashes [classes]string
	Limits Limits

	AllowPartial          bool // lets in who applies only part of it
	AllowNonProvisionable bool // lets in who cannot apply any
	AllowExternal         bool // lets in who is managed by somebody else
}

// Limits are what the server itself sees to, whatever the device does. The zero value limits nothing.
type Limits struct {
	NoAttachments bool
	Attachment    Bound // of what may be fetched
	NoHTML        bool
	EmailAge      int   // FilterType, 1 to 5; 0: no limit
	CalendarAge   int   // FilterType, 4 to 7; 0: no limit
	Text          Bound // after which text is cut when it is synchronised
	HTML          Bound // the same for HTML
}

// Bound is a limit that need not be there.
type Bound struct {
	Set   bool
	Bytes int64
}

// The documents that there are. A device that knows another than before has to agree anew.
const (
	classWAP = iota // 2.5
	class120
	class121 // 12.1 and later
	classes
)

func classOf(version int) int {
	switch {
	case version < v120:
		return classWAP
	case version < v121:
		return class120
	}
	return class121
}

// in reports whether a document of the class has a place for the element.
func (e Element) in(class int) bool {
	switch {
	case e.Since == 0:
		return false
	case class == classWAP:
		return e.wap
	case class == class120:
		return e.Since <= v120
	}
	return true
}

// For makes the policy of a device: its own rules come before those of the account, these before those of the
// groups, of which the strictest counts, and these before the server's.
func (l Levels) For(device string) *Policy { return l.with(l.devices[OfDevice(device)]) }

// with makes the policy of a device with such rules of its own.
func (l Levels) with(own Rules) *Policy {
	p := &Policy{set: make(map[string]Value)}
	for _, e := range elements {
		if v, ok := l.value(e, own); ok {
			p.set[e.Name] = v
		}
	}
	p.ready()
	return p
}

func (l Levels) value(e Element, own Rules) (Value, bool) {
	if text, ok := own[e.Name]; ok {
		return Value{text, "device"}, true
	}
	if text, ok := l.Account[e.Name]; ok {
		return Value{text, "account"}, true
	}
	if v, ok := strictest(e, l.Groups); ok {
		return v, true
	}
	text, ok := l.Server[e.Name]
	return Value{text, "server"}, ok
}

// Policies are those of all devices of one account, made ready.
type Policies struct {
	others *Policy            // of devices without rules of their own
	own    map[string]*Policy // by the name of the setting
}

// Policies makes those of all devices.
func (l Levels) Policies() Policies {
	p := Policies{others: l.with(nil)}
	for name, rules := range l.devices {
		if p.own == nil {
			p.own = make(map[string]*Policy, len(l.devices))
		}
		p.own[name] = l.with(rules)
	}
	return p
}

// Of returns the policy of a device.
func (p Policies) Of(device string) *Policy {
	if len(p.own) > 0 {
		if own := p.own[OfDevice(device)]; own != nil {
			return own
		}
	}
	return p.others
}

// strictest is what the groups say of an element.
func strictest(e Element, groups []Group) (v Value, found bool) {
	for _, g := range groups {
		text, ok := g.Rules[e.Name]
		switch {
		case !ok:
		case !found:
			v, found = Value{text, "group " + g.Address}, true
		case e.List():
			v.Text = e.stricter(v.Text, text)
			v.From += ", " + g.Address
		case e.stricter(v.Text, text) != v.Text:
			v = Value{text, "group " + g.Address}
		}
	}
	return v, found
}

// ready derives what is asked often.
func (p *Policy) ready() {
	for class := range p.hashes {
		p.hashes[class] = p.hash(class)
	}
	p.AllowPartial = p.Value(allowPartial).Text == "1"
	p.AllowNonProvisionable = p.Value(allowNonProvisionable).Text == "1"
	p.AllowExternal = p.Value(allowExternal).Text == "1"
	p.Limits = Limits{
		NoAttachments: p.Value(attachmentsEnabled).Text == "0",
		Attachment:    p.bound(maxAttachmentSize, 1),
		NoHTML:        p.Value(allowHTMLEmail).Text == "0",
		EmailAge:      p.number(maxEmailAge),
		CalendarAge:   p.number(maxCalendarAge),
		Text:          p.bound(maxBody, 1<<10),
		HTML:          p.bound(maxHTMLBody, 1<<10),
	}
}

// bound reads a limit in units of so many bytes; nothing and negative numbers are none.
func (p *Policy) bound(name string, unit int64) Bound {
	n, err := strconv.ParseInt(p.Value(name).Text, 10, 64)
	if err != nil || n < 0 {
		return Bound{}
	}
	return Bound{true, n * unit}
}

// hash names what documents of the class demand; empty: nothing.
func (p *Policy) hash(class int) string {
	sum := sha256.New()
	demands := false
	for _, e := range elements {
		if e.in(class) && p.demands(e) {
			fmt.Fprintf(sum, "%s=%q\n", e.Name, p.Value(e.Name).Text)
			demands = true
		}
	}
	if !demands {
		return ""
	}
	io.WriteString(sum, strconv.Itoa(class))
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Hash names what is demanded of devices of a version (ten times it: 141), and changes when that does. It is
// empty when there is nothing to agree to.
func (p *Policy) Hash(version int) string {
	if p == nil {
		return ""
	}
	return p.hashes[classOf(version)]
}

// Beyond lists what is demanded and cannot be said in documents of a version.
func (p *Policy) Beyond(version int) []string {
	if p == nil || classOf(version) == class121 {
		return nil
	}
	var list []string
	for _, e := range elements {
		if e.Since != 0 && !e.in(classOf(version)) && p.demands(e) {
			list = append(list, e.Name)
		}
	}
	return list
}

// demands reports whether the element asks anything of a device.
func (p *Policy) demands(e Element) bool {
	v := p.Value(e.Name)
	switch {
	case v.From == FromDefault, e.password && !p.passwordRequired():
		return false
	case e.List():
		return true
	case e.kind == ceiling:
		return e.rank(v.Text) != looser
	case v.Text == "":
		return false
	}
	return v.Text != e.Default
}

func (p *Policy) passwordRequired() bool { return p.Value(devicePasswordEnabled).Text == "1" }

// FromDefault is the level of what is not set.
const FromDefault = "default"

// Value is what the policy says of the element of that name.
func (p *Policy) Value(name string) Value {
	if p != nil {
		if v, ok := p.set[name]; ok {
			return v
		}
	}
	e, _ := Lookup(name)
	return Value{e.Default, FromDefault}
}

// Idle reports whether a value that is set has no effect, since it is about the password of a device that need
// not have one.
func (p *Policy) Idle(name string) bool {
	e, _ := Lookup(name)
	return e.password && p.Value(name).From != FromDefault && !p.passwordRequired()
}

func (p *Policy) number(name string) int {
	n, err := strconv.Atoi(p.Value(name).Text)
	if err != nil {
		return 0
	}
	return n
}
