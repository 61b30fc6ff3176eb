package activesync

import (
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// quirks are what a client needs that others do not, or must be spared.
type quirks uint16

const (
	// probing: it only looks whether there is a server. It gets no state, and its commands come to nothing.
	probing quirks = 1 << iota
	// unprovisionable: it has no means to take a policy. See [Policy] AllowNonProvisionable.
	unprovisionable
	// steadyHeartbeat: it is never told to wait for another time than it asks for, as long as that is within
	// what is announced.
	steadyHeartbeat
	// oneBook: it shows one folder of contacts and mixes up or loses what is in others.
	oneBook
	// oneCalendar: likewise one calendar.
	oneCalendar
	// emptyPicture: it says with every change of a contact that there is no photo.
	emptyPicture
	// dayAtEight, dayAtEleven, dayAtNoon: by which hour of UTC it says the day of a birthday. The first two are told it so.
	dayAtEight
	dayAtEleven
	dayAtNoon
)

func (q quirks) has(one quirks) bool { return q&one != 0 }

// hides reports whether the client is not shown a folder, because it is a further one of a class of which it has one.
func (q quirks) hides(c store.Collection) bool {
	return c.Class == store.Contacts && c.Role != store.MainCards && q.has(oneBook) || c.Class == store.Calendar && c.Role != store.MainCal && q.has(oneCalendar)
}

// A quirk is one row of the table: whose device id, type and user agent match what is given here.
type quirk struct {
	client string
	id     []string // patterns, of which one must match; nil: any
	kind   []string // of DeviceType
	agent  []string // of User-Agent, as the header or the device itself says it
	does   quirks
	source string // where it comes from
}

// quirkTable is everything that depends on which client asks. What all clients can be given, all are given:
// docs/clients.md lists those rules.
var quirkTable = []quirk{
	{client: "Android, looking for a server", id: []string{"validate"}, does: probing,
		source: "Z-Push and grommunio-sync, lib/request/foldersync.php"},
	{client: "Outlook for Windows", kind: []string{"WindowsOutlook*"}, does: unprovisionable,
		source: "Horde ActiveSync, Device.php, change 1386"},
	{client: "Outlook for Windows", agent: []string{"Outlook/*", "Microsoft.Outlook*"}, does: unprovisionable,
		source: "Horde ActiveSync, Device.php, change 1386"},
	{client: "Microsoft's connectivity analyser", kind: []string{"TestActiveSyncConnectivity"}, does: unprovisionable,
		source: "Horde ActiveSync, Device.php"},
	{client: "Outlook for iOS and Android", kind: []string{"Outlook"}, agent: []string{"Outlook-iOS*", "Outlook-Android*"}, does: steadyHeartbeat,
		source: "Zimbra zm-mailbox, pull request 1332: it insists on 180 s and asks again for ever"},
	{client: "Outlook for iOS and Android", agent: []string{"Outlook-iOS-Android/*"}, does: steadyHeartbeat,
		source: "Zimbra zm-mailbox, pull request 1332"},
	{client: "Outlook for Windows", kind: []string{"WindowsOutlook*"}, does: oneBook,
		source: "Z-Push ZP-907, lib/core/changesmemorywrapper.php"},
	{client: "Outlook 2013", kind: []string{"WindowsOutlook15*"}, does: oneCalendar, source: "Horde ActiveSync, Device.php"},
	{client: "Android's own and Samsung's", kind: []string{"SAMSUNG*"}, does: oneBook | oneCalendar, source: "Horde ActiveSync, Device.php"},
	{client: "Android's own and Samsung's", agent: []string{"Android/*", "Android-Mail/7.5*", "SAMSUNG*", "Android-SAMSUNG*", "HTC One mini 2*"},
		does: oneBook | oneCalendar, source: "Horde ActiveSync, Device.php, change 861"},
	{client: "iOS", kind: []string{"iPhone", "iPad", "iPod"}, does: emptyPicture, source: "Horde ActiveSync, Device.php, change 362"},
	{client: "iOS", agent: []string{"Apple-*"}, does: emptyPicture, source: "Horde ActiveSync, Device.php, change 362"},
	{client: "Android 4", agent: []string{"Android/4*"}, does: dayAtEight, source: "Horde ActiveSync, Device.php"},
	{client: "BlackBerry 10", kind: []string{"BlackBerry*", "BB10*"}, does: dayAtEleven, source: "Horde ActiveSync, Device.php"},
	{client: "Gmail and Android since 5", agent: []string{"Android-Mail/*", "Android/5*", "Android/6*", "Android/7*", "Android/8*", "Android/9*", "Android/1*"},
		does: dayAtNoon, source: "Horde ActiveSync, Device.php"},
}

// quirksOf returns those of a device.
func quirksOf(id, kind, agent string) quirks {
	var all quirks
	for _, q := range quirkTable {
		if matches(q.id, id) && matches(q.kind, kind) && matches(q.agent, agent) {
			all |= q.does
		}
	}
	return all
}

// matches reports whether s is one of the patterns in any case; an asterisk at the end stands for the rest.
func matches(patterns []string, s string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p string) bool {
		if stem, open := strings.CutSuffix(p, "*"); open {
			return len(s) >= len(stem) && strings.EqualFold(s[:len(stem)], stem)
		}
		return strings.EqualFold(p, s)
	})
}
