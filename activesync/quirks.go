package activesync

import (
	"slices"
	"strings"
)

// quirks are what a client needs that others do not, or must be spared.
type quirks uint8

const (
	// probing: it only looks whether there is a server. It gets no state, and its commands come to nothing.
	probing quirks = 1 << iota
	// unprovisionable: it has no means to take a policy. See [Policy] AllowNonProvisionable.
	unprovisionable
	// steadyHeartbeat: it is never told to wait for another time than it asks for, as long as that is within
	// what is announced.
	steadyHeartbeat
)

func (q quirks) has(one quirks) bool { return q&one != 0 }

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
