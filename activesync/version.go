package activesync

import (
	"slices"
	"strings"
)

// Version is a version of the protocol, as the base64 request line writes it: ten times the number, 141 for
// 14.1. Greater is newer.
type Version uint8

// The versions that the handler answers. MS-ASHTTP, Protocol version.
const (
	V25  Version = 25  // bodies in class namespaces, policy as XML, GetAttachment
	V120 Version = 120 // AirSyncBase bodies, ItemOperations, Settings, follow-up flags
	V121 Version = 121 // base64 request line, Wait and Partial in Sync, empty Sync
	V140 Version = 140 // SendMail in WBXML, conversations, statuses from 101 on in the body
	V141 Version = 141 // DeviceInformation in Provision, body parts, Accounts in UserInformation
	V160 Version = 160 // Drafts both ways, server-sent invitations, structured locations
	V161 Version = 161 // Find, account-only wipe, proposed meeting times
)

var versionText = map[Version]string{
	V25: "2.5", V120: "12.0", V121: "12.1", V140: "14.0", V141: "14.1", V160: "16.0", V161: "16.1",
}

// AllVersions are the versions that requests may have, oldest first, whether advertised or not: a client
// that insists on one is answered by its rules.
var AllVersions = []Version{V25, V120, V121, V140, V141, V160, V161}

// DefaultVersions are advertised when [Options] name none. A client takes the newest that it knows and
// then relies on all of it, so a version stands here once everything it changes works:
//
//   - 2.5 needs bodies, attachments and truncation in the namespaces of the classes
//   - 12.0 and 12.1 need AirSyncBase, ItemOperations, Settings, cached and partial Sync requests
//   - 14.0 and 14.1 need conversations, SendMail in WBXML, DeviceInformation in Provision
//   - 16.0 needs Drafts both ways; its rules for calendars concern a server that has some
//   - 16.1 needs Find
var DefaultVersions = []Version{V25, V120, V121, V140, V141, V160, V161}

// String returns the version as in MS-ASProtocolVersion: "14.1".
func (v Version) String() string {
	if s, ok := versionText[v]; ok {
		return s
	}
	return "unknown"
}

// Known reports whether the handler has rules for the version.
func (v Version) Known() bool { return versionText[v] != "" }

// ParseVersion reads "14.1". It reports false for a version without rules here.
func ParseVersion(s string) (Version, bool) {
	for v, text := range versionText {
		if text == strings.TrimSpace(s) {
			return v, true
		}
	}
	return 0, false
}

// listVersions writes versions for MS-ASProtocolVersions: oldest first, commas and no blanks.
func listVersions(versions []Version) string {
	sorted := slices.Sorted(slices.Values(versions))
	names := make([]string, 0, len(sorted))
	for _, v := range slices.Compact(sorted) {
		if v.Known() {
			names = append(names, v.String())
		}
	}
	return strings.Join(names, ",")
}
