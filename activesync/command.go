package activesync

import (
	"context"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// A command is one row of MS-ASCMD.
type command struct {
	name     string
	code     uint8     // in the base64 request line; MS-ASHTTP, Command codes
	root     wbxml.Tag // of the answer; 0: its answer is not WBXML
	status   wbxml.Tag // child of root
	min, max Version

	policy    bool // refused without the policy key of [Options] Policy
	mail      bool // its body may hold a message, also bare as message/rfc822 up to 12.1
	bodiless  bool // has no body
	malformed int  // its own status for a request that breaks the schema; 0: none
	failed    int  // its own status for an error of the server; 0: none

	run func(h *Handler, ctx context.Context, q *request, w *answer) error // nil: not served
}

// noCode is the code of a command that the base64 request line cannot name.
const noCode = 255

// commands is the table, in the order of MS-ASProtocolCommands. A row without run is neither advertised nor
// answered.
var commands = []command{
	{name: "Sync", code: 0, root: wbxml.AirSyncSync, status: wbxml.AirSyncStatus, min: V25, max: V161, policy: true, mail: true, malformed: 4, failed: 5, run: (*Handler).sync},
	{name: "SendMail", code: 1, root: wbxml.ComposeMailSendMail, status: wbxml.ComposeMailStatus, min: V25, max: V161, policy: true, mail: true, run: (*Handler).sendMail},
	{name: "SmartForward", code: 2, root: wbxml.ComposeMailSmartForward, status: wbxml.ComposeMailStatus, min: V25, max: V161, policy: true, mail: true, run: (*Handler).smartForward},
	{name: "SmartReply", code: 3, root: wbxml.ComposeMailSmartReply, status: wbxml.ComposeMailStatus, min: V25, max: V161, policy: true, mail: true, run: (*Handler).smartReply},
	{name: "GetAttachment", code: 4, min: V25, max: V121, policy: true, bodiless: true, run: (*Handler).getAttachment},
	{name: "GetHierarchy", code: noCode, min: V25, max: V121, policy: true, bodiless: true, run: (*Handler).getHierarchy},
	{name: "FolderSync", code: 9, root: wbxml.FolderHierarchyFolderSync, status: wbxml.FolderHierarchyStatus, min: V25, max: V161, policy: true, malformed: 10, failed: 6, run: (*Handler).folderSync},
	{name: "FolderCreate", code: 10, root: wbxml.FolderHierarchyFolderCreate, status: wbxml.FolderHierarchyStatus, min: V25, max: V161, policy: true, malformed: 10, failed: 6, run: (*Handler).folderCreate},
	{name: "FolderDelete", code: 11, root: wbxml.FolderHierarchyFolderDelete, status: wbxml.FolderHierarchyStatus, min: V25, max: V161, policy: true, malformed: 10, failed: 6, run: (*Handler).folderDelete},
	{name: "FolderUpdate", code: 12, root: wbxml.FolderHierarchyFolderUpdate, status: wbxml.FolderHierarchyStatus, min: V25, max: V161, policy: true, malformed: 10, failed: 6, run: (*Handler).folderUpdate},
	{name: "MoveItems", code: 13, root: wbxml.MoveMoveItems, status: wbxml.MoveStatus, min: V25, max: V161, policy: true, run: (*Handler).moveItems},
	{name: "GetItemEstimate", code: 14, root: wbxml.GetItemEstimateGetItemEstimate, status: wbxml.GetItemEstimateStatus, min: V25, max: V161, policy: true, run: (*Handler).getItemEstimate},
	{name: "MeetingResponse", code: 15, root: wbxml.MeetingResponseMeetingResponse, status: wbxml.MeetingResponseStatus, min: V25, max: V161, policy: true, malformed: 2, failed: 4, run: (*Handler).meetingResponse},
	{name: "Search", code: 16, root: wbxml.SearchSearch, status: wbxml.SearchStatus, min: V25, max: V161, policy: true, malformed: 2, failed: 3, run: (*Handler).search},
	{name: "Settings", code: 17, root: wbxml.SettingsSettings, status: wbxml.SettingsStatus, min: V120, max: V161, policy: true, malformed: 2, failed: 4, run: (*Handler).settings},
	{name: "Ping", code: 18, root: wbxml.PingPing, status: wbxml.PingStatus, min: V25, max: V161, malformed: 4, failed: 8, run: (*Handler).ping},
	{name: "ItemOperations", code: 19, root: wbxml.ItemOperationsItemOperations, status: wbxml.ItemOperationsStatus, min: V120, max: V161, policy: true, malformed: 2, failed: 3, run: (*Handler).itemOperations},
	{name: "Provision", code: 20, root: wbxml.ProvisionProvision, status: wbxml.ProvisionStatus, min: V25, max: V161, malformed: 2, failed: 3, run: (*Handler).provision},
	{name: "ResolveRecipients", code: 21, root: wbxml.ResolveRecipientsResolveRecipients, status: wbxml.ResolveRecipientsStatus, min: V25, max: V161, policy: true, malformed: 5, failed: 6, run: (*Handler).resolveRecipients},
	{name: "ValidateCert", code: 22, root: wbxml.ValidateCertValidateCert, status: wbxml.ValidateCertStatus, min: V25, max: V161, policy: true, malformed: 2, failed: 17, run: (*Handler).validateCert},
	{name: "Find", code: 23, root: wbxml.FindFind, status: wbxml.FindStatus, min: V161, max: V161, policy: true, malformed: 2, failed: 2, run: (*Handler).find},
}

// commandOf returns the row that a request line names, nil if there is none.
func commandOf(q Query) *command {
	for i := range commands {
		c := &commands[i]
		if q.ByCode && c.code == q.Code && c.code != noCode || !q.ByCode && strings.EqualFold(c.name, q.Command) {
			return c
		}
	}
	return nil
}

// listCommands writes MS-ASProtocolCommands: what is served in one of the versions.
func listCommands(versions []Version) string {
	var names []string
	for i := range commands {
		if c := &commands[i]; c.run != nil && c.inAny(versions) {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ",")
}

func (c *command) inAny(versions []Version) bool {
	for _, v := range versions {
		if c.in(v) {
			return true
		}
	}
	return false
}

// in reports whether version v has the command.
func (c *command) in(v Version) bool { return v >= c.min && v <= c.max }
