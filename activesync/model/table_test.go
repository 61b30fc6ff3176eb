package model

import (
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/activesync"
)

// since says which version brought an element that answers to a mail program may have. Every element of an answer
// must be in it. MS-ASEMAIL, MS-ASAIRS, MS-ASCMD; each has a table of the versions of its elements.
var since = map[activesync.Version][]string{
	activesync.V25: {
		"AirSync:Sync", "AirSync:Collections", "AirSync:Collection", "AirSync:Class", "AirSync:SyncKey", "AirSync:CollectionId",
		"AirSync:Status", "AirSync:MoreAvailable", "AirSync:Responses", "AirSync:Commands", "AirSync:Add", "AirSync:Change",
		"AirSync:Delete", "AirSync:SoftDelete", "AirSync:Fetch", "AirSync:ClientId", "AirSync:ServerId", "AirSync:ApplicationData",
		"Email:To", "Email:Cc", "Email:From", "Email:ReplyTo", "Email:Subject", "Email:DateReceived", "Email:DisplayTo",
		"Email:ThreadTopic", "Email:Importance", "Email:Read", "Email:MessageClass", "Email:InternetCPID",
		"FolderHierarchy:FolderSync", "FolderHierarchy:FolderCreate", "FolderHierarchy:FolderUpdate", "FolderHierarchy:FolderDelete",
		"FolderHierarchy:Status", "FolderHierarchy:SyncKey", "FolderHierarchy:Changes", "FolderHierarchy:Count",
		"FolderHierarchy:Add", "FolderHierarchy:Update", "FolderHierarchy:Delete", "FolderHierarchy:ServerId",
		"FolderHierarchy:ParentId", "FolderHierarchy:DisplayName", "FolderHierarchy:Type",
		"Move:MoveItems", "Move:Response", "Move:SrcMsgId", "Move:Status", "Move:DstMsgId",
		"GetItemEstimate:GetItemEstimate", "GetItemEstimate:Response", "GetItemEstimate:Status", "GetItemEstimate:Collection",
		"GetItemEstimate:CollectionId", "GetItemEstimate:Estimate", "GetItemEstimate:Class",
		"Ping:Ping", "Ping:Status", "Ping:Folders", "Ping:Folder",
		"Email:Attachments", "Email:Attachment", "Email:AttMethod", "Email:AttSize", "Email:DisplayName", "Email:AttName",
		"Email:Body", "Email:BodySize", "Email:BodyTruncated", "Email:MIMEData", "Email:MIMETruncated", "Email:MIMESize",
	},
	activesync.V120: {
		"AirSyncBase:Attachments", "AirSyncBase:Attachment", "AirSyncBase:DisplayName", "AirSyncBase:FileReference",
		"AirSyncBase:Method", "AirSyncBase:EstimatedDataSize", "AirSyncBase:Body", "AirSyncBase:Type", "AirSyncBase:Truncated",
		"AirSyncBase:Data", "AirSyncBase:NativeBodyType", "AirSyncBase:ContentType", "Email:ContentClass",
		"Email:Flag", "Email:Status", "Email:FlagType", "Email:CompleteTime",
		"ItemOperations:ItemOperations", "ItemOperations:Status", "ItemOperations:Response", "ItemOperations:Fetch",
		"ItemOperations:Properties", "ItemOperations:Data", "ItemOperations:Range", "ItemOperations:Total",
		"ItemOperations:EmptyFolderContents",
	},
	activesync.V140: {
		"Email2:ConversationId", "Email2:ConversationIndex", "Email2:LastVerbExecuted", "Email2:LastVerbExecutionTime",
		"Email:Categories", "Email:Category", "ComposeMail:SendMail", "ComposeMail:SmartReply", "ComposeMail:SmartForward",
		"ComposeMail:Status", "AirSyncBase:Preview", "Email2:Sender",
	},
	activesync.V160: {"Email2:Bcc", "Email2:IsDraft", "AirSyncBase:ClientId"},
}

// sinceObjects says it of the elements of the other classes. MS-ASCAL, MS-ASCNTC, MS-ASTASK, MS-ASNOTE.
var sinceObjects = map[activesync.Version][]string{
	activesync.V25: {
		"Calendar:Timezone", "Calendar:DtStamp", "Calendar:StartTime", "Calendar:EndTime", "Calendar:Subject", "Calendar:UID",
		"Calendar:Location", "Calendar:Sensitivity", "Calendar:BusyStatus", "Calendar:AllDayEvent", "Calendar:Reminder",
		"Calendar:Categories", "Calendar:Category", "Calendar:MeetingStatus", "Calendar:Recurrence", "Calendar:Type",
		"Calendar:Interval", "Calendar:Occurrences", "Calendar:Until", "Calendar:DayOfWeek", "Calendar:Exceptions",
		"Calendar:Exception", "Calendar:Deleted", "Calendar:ExceptionStartTime", "Calendar:Body", "Calendar:BodyTruncated",
		"Contacts:BusinessPhoneNumber", "Contacts:WebPage", "Contacts:Email1Address", "Contacts:Email2Address", "Contacts:Email3Address",
		"Contacts:FileAs", "Contacts:FirstName", "Contacts:MiddleName", "Contacts:HomePhoneNumber", "Contacts:MobilePhoneNumber",
		"Contacts:CompanyName", "Contacts:LastName", "Contacts:JobTitle", "Contacts2:NickName", "Contacts:Birthday",
		"Contacts:Categories", "Contacts:Category", "Contacts:Body", "Contacts:BodySize", "Contacts:BodyTruncated",
		"Tasks:Importance", "Tasks:Categories", "Tasks:Category", "Tasks:Complete", "Tasks:Sensitivity", "Tasks:Body", "Tasks:BodySize", "Tasks:BodyTruncated",
		"Tasks:Subject", "Tasks:DateCompleted", "Tasks:StartDate", "Tasks:UtcStartDate", "Tasks:DueDate", "Tasks:UtcDueDate",
		"Tasks:ReminderSet", "Tasks:ReminderTime",
	},
	activesync.V141: {"Calendar:FirstDayOfWeek"},
	activesync.V160: {"AirSyncBase:InstanceId", "AirSyncBase:Location"},
	activesync.V140: {"Calendar:DisallowNewTimeProposal", "Calendar:ResponseType", "Notes:Subject", "Notes:MessageClass", "Notes:LastModifiedDate", "Notes:Categories", "Notes:Category"},
}

// until says which element went with which version.
var until = map[activesync.Version][]string{
	activesync.V25: {
		"Email:Attachments", "Email:Attachment", "Email:AttMethod", "Email:AttSize", "Email:DisplayName", "Email:AttName",
		"Email:Body", "Email:BodySize", "Email:BodyTruncated", "Email:MIMEData", "Email:MIMETruncated", "Email:MIMESize",
		"Calendar:Body", "Calendar:BodyTruncated",
		"Tasks:Body", "Tasks:BodySize", "Tasks:BodyTruncated", "Contacts:Body", "Contacts:BodySize", "Contacts:BodyTruncated",
	},
	activesync.V141: {"Calendar:Location", "Calendar:ExceptionStartTime"},
	activesync.V121: {"AirSync:Class", "GetItemEstimate:Class"},
}

// classAfter is where Class lives on: ItemOperations says what it fetched.
const classAfter = "ItemOperations:Fetch"

var versionsOf = func() map[string][2]activesync.Version {
	m := map[string][2]activesync.Version{}
	for _, table := range []map[activesync.Version][]string{since, sinceObjects} {
		for v, names := range table {
			for _, name := range names {
				m[name] = [2]activesync.Version{v, activesync.V161}
			}
		}
	}
	for v, names := range until {
		for _, name := range names {
			m[name] = [2]activesync.Version{m[name][0], v}
		}
	}
	return m
}()

// checkVersion looks for elements that the version does not have.
func checkVersion(n *node, v activesync.Version, parent string) error {
	lifetime, known := versionsOf[n.name]
	switch {
	case !known:
		return fmt.Errorf("%s is in no answer to a mail program", n.name)
	case v < lifetime[0] || v > lifetime[1] && parent != classAfter:
		return fmt.Errorf("%s in an answer at %s", n.name, v)
	}
	for _, k := range n.kids {
		if err := checkVersion(k, v, n.name); err != nil {
			return err
		}
	}
	return nil
}

// order is in which order the children of an element stand; MS-ASCMD, and for Collection what Windows Mobile needs. Those
// with a bar between may be mixed.
var order = map[string][]string{
	"AirSync:Collection": {"AirSync:Class", "AirSync:SyncKey", "AirSync:CollectionId", "AirSync:Status", "AirSync:MoreAvailable",
		"AirSync:Responses", "AirSync:Commands"},
	"AirSync:Add":                  {"AirSync:Class", "AirSync:ClientId", "AirSync:ServerId", "AirSync:Status", "AirSync:ApplicationData"},
	"AirSync:Change":               {"AirSync:Class", "AirSync:ServerId", "AirSyncBase:InstanceId", "AirSync:Status", "AirSync:ApplicationData"},
	"AirSync:Delete":               {"AirSync:Class", "AirSync:ServerId", "AirSyncBase:InstanceId", "AirSync:Status"},
	"AirSync:Fetch":                {"AirSync:ServerId", "AirSync:Status", "AirSync:ApplicationData"},
	"FolderHierarchy:FolderSync":   {"FolderHierarchy:Status", "FolderHierarchy:SyncKey", "FolderHierarchy:Changes"},
	"FolderHierarchy:Changes":      {"FolderHierarchy:Count", "FolderHierarchy:Add|FolderHierarchy:Update", "FolderHierarchy:Delete"},
	"FolderHierarchy:Add":          {"FolderHierarchy:ServerId", "FolderHierarchy:ParentId", "FolderHierarchy:DisplayName", "FolderHierarchy:Type"},
	"Move:Response":                {"Move:SrcMsgId", "Move:Status", "Move:DstMsgId"},
	"AirSyncBase:Body":             {"AirSyncBase:Type", "AirSyncBase:EstimatedDataSize", "AirSyncBase:Truncated", "AirSyncBase:Data", "AirSyncBase:Preview"},
	"GetItemEstimate:Response":     {"GetItemEstimate:Status", "GetItemEstimate:Collection"},
	"GetItemEstimate:Collection":   {"GetItemEstimate:Class", "GetItemEstimate:CollectionId", "GetItemEstimate:Estimate"},
	"Ping:Ping":                    {"Ping:Status", "Ping:Folders"},
	"ItemOperations:Fetch":         {"ItemOperations:Status", "AirSync:CollectionId", "AirSync:ServerId", "AirSync:Class", "AirSyncBase:FileReference", "ItemOperations:Properties"},
	"FolderHierarchy:FolderCreate": {"FolderHierarchy:Status", "FolderHierarchy:SyncKey", "FolderHierarchy:ServerId"},
}

// checkOrder looks for children that stand in another order, and for containers that hold nothing.
func checkOrder(n *node) error {
	switch n.name {
	case "AirSync:Collections", "AirSync:Collection", "AirSync:Responses", "AirSync:Commands", "AirSync:ApplicationData", "ItemOperations:Properties":
		if len(n.kids) == 0 {
			return fmt.Errorf("%s is empty", n.name)
		}
	}
	place := map[string]int{}
	for i, names := range order[n.name] {
		for name := range strings.SplitSeq(names, "|") {
			place[name] = i + 1
		}
	}
	last := 0
	for _, k := range n.kids {
		if p := place[k.name]; p < last && len(place) > 0 {
			return fmt.Errorf("%s stands too late in %s", k.name, n.name)
		} else {
			last = p
		}
		if err := checkOrder(k); err != nil {
			return err
		}
	}
	return nil
}
