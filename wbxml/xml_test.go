package wbxml

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// meaning returns events without what makes no difference: values of length zero, and the border between
// two texts.
func meaning(events []event) []event {
	var out []event
	for _, ev := range events {
		if (ev.Kind == Text || ev.Kind == Opaque) && ev.Data == "" {
			continue
		}
		if last := len(out) - 1; last >= 0 && ev.Kind == Text && out[last].Kind == Text {
			out[last].Data += ev.Data
			continue
		}
		out = append(out, ev)
	}
	return out
}

func equalEvents(a, b []event) bool { return slices.Equal(a, b) }

// An xmlEvent is the beginning of an element, by its name; its end, an empty name and text; or text.
type xmlEvent struct{ name, text string }

// readXML returns the elements and texts of an XML document. White space between elements and around a
// text does not count: libwbxml adds and removes it.
func readXML(doc []byte) ([]xmlEvent, error) {
	var events []xmlEvent
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			events = append(events, xmlEvent{name: tok.Name.Local})
		case xml.EndElement:
			events = append(events, xmlEvent{})
		case xml.CharData:
			text := strings.TrimSpace(string(tok))
			if last := len(events) - 1; text != "" && events[last].text != "" {
				events[last].text += string(tok)
			} else if text != "" {
				events = append(events, xmlEvent{text: text})
			}
		}
	}
}

// asXML returns the events as libwbxml writes them as XML: with its names, and opaque data in base64.
func asXML(events []event) []xmlEvent {
	var out []xmlEvent
	for _, ev := range meaning(events) {
		switch ev.Kind {
		case Start:
			out = append(out, xmlEvent{name: libwbxmlName(ev.Tag)})
		case End:
			out = append(out, xmlEvent{})
		case Opaque:
			out = append(out, xmlEvent{text: base64.StdEncoding.EncodeToString([]byte(ev.Data))})
		case Text:
			text := ev.Data
			if libwbxmlBinary[ev.Tag] {
				text = base64.StdEncoding.EncodeToString([]byte(text))
			}
			if text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")); text != "" {
				out = append(out, xmlEvent{text: text})
			}
		}
	}
	return out
}

// diffXML describes the first difference, "" if there is none. White space inside base64 does not count.
func diffXML(got, want []xmlEvent) string {
	for i := range min(len(got), len(want)) {
		g, w := got[i], want[i]
		if g.name != w.name || g.text != w.text && strings.Join(strings.Fields(g.text), "") != strings.Join(strings.Fields(w.text), "") {
			return fmt.Sprintf("event %d: got %.200q, want %.200q", i, g, w)
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("got %d events, want %d", len(got), len(want))
	}
	return ""
}

// libwbxmlBinary are the elements whose content libwbxml takes for binary, base64 in XML.
var libwbxmlBinary = map[Tag]bool{
	ResolveRecipientsData: true, GALData: true, SearchConversationId: true, AirSyncBaseContent: true,
	ItemOperationsConversationId: true, ComposeMailMime: true, Email2ConversationId: true,
	Email2ConversationIndex: true,
}

// libwbxmlUnknown are the tags libwbxml 0.11.8 has no name for, besides the whole of page 25.
var libwbxmlUnknown = map[Tag]bool{
	CalendarAttachment: true, CalendarAttachments: true, CalendarAttName: true, CalendarAttSize: true,
	CalendarAttOid: true, CalendarAttMethod: true, CalendarAttRemoved: true, CalendarDisplayName: true,
	MeetingResponseProposedStartTime: true, MeetingResponseProposedEndTime: true, PingVersion: true,
	ProvisionAccountOnlyRemoteWipe: true, SearchStores: true, SearchSubstringOp: true, ComposeMailType: true,
}

// libwbxmlName returns the name the tag has in libwbxml.
func libwbxmlName(tag Tag) string {
	if name, ok := libwbxmlNames[tag]; ok {
		return name
	}
	return tag.Name()
}

// libwbxmlNames are the names in which libwbxml 0.11.8 differs from MS-ASWBXML.
var libwbxmlNames = map[Tag]string{
	ContactsAssistantPhoneNumber:          "AssistantTelephoneNumber",
	ContactsBusinessAddressCity:           "BusinessCity",
	ContactsBusinessAddressCountry:        "BusinessCountry",
	ContactsBusinessAddressPostalCode:     "BusinessPostalCode",
	ContactsBusinessAddressState:          "BusinessState",
	ContactsBusinessAddressStreet:         "BusinessStreet",
	ContactsHomeAddressCity:               "HomeCity",
	ContactsHomeAddressCountry:            "HomeCountry",
	ContactsHomeAddressPostalCode:         "HomePostalCode",
	ContactsHomeAddressState:              "HomeState",
	ContactsHomeAddressStreet:             "HomeStreet",
	ContactsOtherAddressCity:              "OtherCity",
	ContactsOtherAddressCountry:           "OtherCountry",
	ContactsOtherAddressPostalCode:        "OtherPostalCode",
	ContactsOtherAddressState:             "OtherState",
	ContactsOtherAddressStreet:            "OtherStreet",
	EmailAtt0Id:                           "AttOId",
	EmailReplyTo:                          "Reply-To",
	EmailDtStamp:                          "DTStamp",
	EmailType:                             "Recurrence_Type",
	EmailUntil:                            "Recurrence_Until",
	EmailOccurrences:                      "Recurrence_Occurrences",
	EmailInterval:                         "Recurrence_Interval",
	EmailDayOfWeek:                        "Recurrence_DayOfWeek",
	EmailDayOfMonth:                       "Recurrence_DayOfMonth",
	EmailWeekOfMonth:                      "Recurrence_WeekOfMonth",
	EmailMonthOfYear:                      "Recurrence_MonthOfYear",
	EmailStatus:                           "FlagStatus",
	AirNotifyLifetime:                     "LifeTime",
	CalendarTimezone:                      "TimeZone",
	CalendarEmail:                         "Attendee_Email",
	CalendarName:                          "Attendee_Name",
	CalendarCompressedRTF:                 "Compressed_RTF",
	CalendarDtStamp:                       "DTStamp",
	CalendarDeleted:                       "Exception_Deleted",
	CalendarExceptionStartTime:            "Exception_StartTime",
	CalendarOrganizerEmail:                "Organizer_Email",
	CalendarOrganizerName:                 "Organizer_Name",
	CalendarType:                          "Recurrence_Type",
	CalendarUntil:                         "Recurrence_Until",
	CalendarOccurrences:                   "Recurrence_Occurrences",
	CalendarInterval:                      "Recurrence_Interval",
	CalendarDayOfWeek:                     "Recurrence_DayOfWeek",
	CalendarDayOfMonth:                    "Recurrence_DayOfMonth",
	CalendarWeekOfMonth:                   "Recurrence_WeekOfMonth",
	CalendarMonthOfYear:                   "Recurrence_MonthOfYear",
	CalendarAttendeeStatus:                "Attendee_Status",
	CalendarAttendeeType:                  "Attendee_Type",
	TasksUtcDueDate:                       "UTCDueDate",
	TasksType:                             "Recurrence_Type",
	TasksStart:                            "Recurrence_Start",
	TasksUntil:                            "Recurrence_Until",
	TasksOccurrences:                      "Recurrence_Occurrences",
	TasksInterval:                         "Recurrence_Interval",
	TasksDayOfMonth:                       "Recurrence_DayOfMonth",
	TasksDayOfWeek:                        "Recurrence_DayOfWeek",
	TasksWeekOfMonth:                      "Recurrence_WeekOfMonth",
	TasksMonthOfYear:                      "Recurrence_MonthOfYear",
	TasksRegenerate:                       "Recurrence_Regenerate",
	TasksDeadOccur:                        "Recurrence_DeadOccur",
	TasksUtcStartDate:                     "UTCStartDate",
	ProvisionRequireStorageCardEncryption: "DeviceEncryptionEnabled",
	SettingsSMTPAddress:                   "SmtpAddress",
	SettingsRightsManagementInformation:   "ihsManagementInformation",
	ComposeMailMime:                       "MIME",
	ComposeMailName:                       "ForwardeeName",
	ComposeMailEmail:                      "ForwardeeEmail",
	RightsManagementOwner:                 "RMOwner",
	RightsManagementRemoveRightsManagementProtection: "RemoveRightsManagementDistribution",
}
