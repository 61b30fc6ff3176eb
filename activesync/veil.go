package activesync

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A veil is how much of objects is kept from a device.
type veil uint8

const (
	unveiled    veil = iota
	veilPrivate      // what the owner calls private or confidential shows when it is, and nothing else
	veilAll          // everything does
)

// What stands where something is not shown.
const (
	veiledBusy    = "Busy"
	veiledEvent   = "Private appointment"
	veiledPrivate = "Private"
)

// veiledProperties are those that are shown of what is veiled: when it takes place, and whether it takes time.
var veiledProperties = map[string]bool{
	"UID": true, "DTSTAMP": true, "DTSTART": true, "DTEND": true, "DURATION": true, "RECURRENCE-ID": true, "RRULE": true, "RDATE": true,
	"EXDATE": true, "EXRULE": true, "TRANSP": true, "STATUS": true, "DUE": true, "COMPLETED": true, exchangeBusy: true,
}

// hides reports whether an object is shown veiled. What cannot be read is.
func (v veil) hides(class store.Class, raw []byte) bool {
	if v == unveiled || class != store.Calendar && class != store.Tasks && class != store.Notes {
		return false
	}
	if v == veilAll {
		return true
	}
	o, _, err := calendar.ReadObject(string(raw))
	return err != nil || isPrivate(o)
}

// isPrivate reports whether the owner of an object wants nobody else to see it, or an occurrence of it. What nobody here
// knows is private too. RFC 5545, section 3.8.1.3.
func isPrivate(o *calendar.Object) bool {
	for c := range o.Components() {
		for p := range c.All("CLASS") {
			switch strings.ToUpper(strings.TrimSpace(p.Value())) {
			case "", "PUBLIC", "X-PERSONAL":
			default:
				return true
			}
		}
	}
	return false
}

// veiled is an object as it is shown through the veil.
func (f objectForm) veiled(class store.Class, raw []byte) ([]byte, error) {
	if !f.veil.hides(class, raw) {
		return raw, nil
	}
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return nil, err
	}
	var busy []int
	if v, err := newEventView(o, f); class == store.Calendar && err == nil {
		for c := range o.Components() { // what follows from the owner's answer goes with the attendees
			busy = append(busy, v.busy(c))
		}
	}
	for c := range o.Components() {
		f.strip(c, class)
		if len(busy) > 0 {
			setBusy(c, busy[0])
			busy = busy[1:]
		}
	}
	return o.Bytes(), nil
}

// foreign reports whether the object is another account's. Its owner is reminded of it, and nobody else.
func (f objectForm) foreign() bool { return f.actor != (mail.Address{}) }

// strip takes out of a component what is not shown. Its UID may say something; what takes its place is as lasting.
func (f objectForm) strip(c *calendar.Component, class store.Class) {
	var drop []string
	for p := range c.Properties() {
		if name := p.Name(); !veiledProperties[name] && (name != "CLASS" || f.veil == veilAll) {
			drop = append(drop, name)
		}
	}
	c.Remove(drop...)
	c.RemoveChildren(func(*calendar.Component) bool { return true })
	sum := sha256.Sum256([]byte(c.UID()))
	c.SetText("UID", hex.EncodeToString(sum[:16]))
	switch {
	case f.veil == veilAll:
		c.SetSummary(veiledBusy)
	case class == store.Calendar:
		c.SetSummary(veiledEvent)
	default:
		c.SetSummary(veiledPrivate)
	}
}
