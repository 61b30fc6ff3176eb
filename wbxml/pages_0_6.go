package wbxml

// MS-ASWBXML, Code Page 0: AirSync. Beside each tag: the first protocol version, the type of its content.
const (
	AirSyncSync              Tag = 0x0005 // 2.5, container
	AirSyncResponses         Tag = 0x0006 // 2.5, container
	AirSyncAdd               Tag = 0x0007 // 2.5, container
	AirSyncChange            Tag = 0x0008 // 2.5, container
	AirSyncDelete            Tag = 0x0009 // 2.5, container
	AirSyncFetch             Tag = 0x000A // 2.5, container
	AirSyncSyncKey           Tag = 0x000B // 2.5, string
	AirSyncClientId          Tag = 0x000C // 2.5, string
	AirSyncServerId          Tag = 0x000D // 2.5, string
	AirSyncStatus            Tag = 0x000E // 2.5, int
	AirSyncCollection        Tag = 0x000F // 2.5, container
	AirSyncClass             Tag = 0x0010 // 2.5, string
	AirSyncVersion           Tag = 0x0011 // retired, string
	AirSyncCollectionId      Tag = 0x0012 // 2.5, string
	AirSyncGetChanges        Tag = 0x0013 // 2.5, bool|empty
	AirSyncMoreAvailable     Tag = 0x0014 // 2.5, empty
	AirSyncWindowSize        Tag = 0x0015 // 2.5, int
	AirSyncCommands          Tag = 0x0016 // 2.5, container
	AirSyncOptions           Tag = 0x0017 // 2.5, container
	AirSyncFilterType        Tag = 0x0018 // 2.5, int
	AirSyncTruncation        Tag = 0x0019 // 2.5 only, int
	AirSyncRTFTruncation     Tag = 0x001A // retired, int
	AirSyncConflict          Tag = 0x001B // 2.5, int
	AirSyncCollections       Tag = 0x001C // 2.5, container
	AirSyncApplicationData   Tag = 0x001D // 2.5, container
	AirSyncDeletesAsMoves    Tag = 0x001E // 2.5, bool|empty
	AirSyncNotifyGUID        Tag = 0x001F // retired, string
	AirSyncSupported         Tag = 0x0020 // 2.5, container
	AirSyncSoftDelete        Tag = 0x0021 // 2.5, container
	AirSyncMIMESupport       Tag = 0x0022 // 2.5, int
	AirSyncMIMETruncation    Tag = 0x0023 // 2.5, int
	AirSyncWait              Tag = 0x0024 // 12.1, int
	AirSyncLimit             Tag = 0x0025 // 12.1, int
	AirSyncPartial           Tag = 0x0026 // 12.1, empty
	AirSyncConversationMode  Tag = 0x0027 // 14.0, bool|empty
	AirSyncMaxItems          Tag = 0x0028 // 14.0, int
	AirSyncHeartbeatInterval Tag = 0x0029 // 14.0, int
)

// MS-ASWBXML, Code Page 1: Contacts. Beside each tag: the first protocol version, the type of its content.
const (
	ContactsAnniversary               Tag = 0x0105 // 2.5, date-iso
	ContactsAssistantName             Tag = 0x0106 // 2.5, string
	ContactsAssistantPhoneNumber      Tag = 0x0107 // 2.5, string
	ContactsBirthday                  Tag = 0x0108 // 2.5, date-iso
	ContactsBody                      Tag = 0x0109 // 2.5 only, string
	ContactsBodySize                  Tag = 0x010A // 2.5 only, int
	ContactsBodyTruncated             Tag = 0x010B // 2.5 only, bool
	ContactsBusiness2PhoneNumber      Tag = 0x010C // 2.5, string
	ContactsBusinessAddressCity       Tag = 0x010D // 2.5, string
	ContactsBusinessAddressCountry    Tag = 0x010E // 2.5, string
	ContactsBusinessAddressPostalCode Tag = 0x010F // 2.5, string
	ContactsBusinessAddressState      Tag = 0x0110 // 2.5, string
	ContactsBusinessAddressStreet     Tag = 0x0111 // 2.5, string
	ContactsBusinessFaxNumber         Tag = 0x0112 // 2.5, string
	ContactsBusinessPhoneNumber       Tag = 0x0113 // 2.5, string
	ContactsCarPhoneNumber            Tag = 0x0114 // 2.5, string
	ContactsCategories                Tag = 0x0115 // 2.5, container
	ContactsCategory                  Tag = 0x0116 // 2.5, string
	ContactsChildren                  Tag = 0x0117 // 2.5, container
	ContactsChild                     Tag = 0x0118 // 2.5, string
	ContactsCompanyName               Tag = 0x0119 // 2.5, string
	ContactsDepartment                Tag = 0x011A // 2.5, string
	ContactsEmail1Address             Tag = 0x011B // 2.5, string
	ContactsEmail2Address             Tag = 0x011C // 2.5, string
	ContactsEmail3Address             Tag = 0x011D // 2.5, string
	ContactsFileAs                    Tag = 0x011E // 2.5, string
	ContactsFirstName                 Tag = 0x011F // 2.5, string
	ContactsHome2PhoneNumber          Tag = 0x0120 // 2.5, string
	ContactsHomeAddressCity           Tag = 0x0121 // 2.5, string
	ContactsHomeAddressCountry        Tag = 0x0122 // 2.5, string
	ContactsHomeAddressPostalCode     Tag = 0x0123 // 2.5, string
	ContactsHomeAddressState          Tag = 0x0124 // 2.5, string
	ContactsHomeAddressStreet         Tag = 0x0125 // 2.5, string
	ContactsHomeFaxNumber             Tag = 0x0126 // 2.5, string
	ContactsHomePhoneNumber           Tag = 0x0127 // 2.5, string
	ContactsJobTitle                  Tag = 0x0128 // 2.5, string
	ContactsLastName                  Tag = 0x0129 // 2.5, string
	ContactsMiddleName                Tag = 0x012A // 2.5, string
	ContactsMobilePhoneNumber         Tag = 0x012B // 2.5, string
	ContactsOfficeLocation            Tag = 0x012C // 2.5, string
	ContactsOtherAddressCity          Tag = 0x012D // 2.5, string
	ContactsOtherAddressCountry       Tag = 0x012E // 2.5, string
	ContactsOtherAddressPostalCode    Tag = 0x012F // 2.5, string
	ContactsOtherAddressState         Tag = 0x0130 // 2.5, string
	ContactsOtherAddressStreet        Tag = 0x0131 // 2.5, string
	ContactsPagerNumber               Tag = 0x0132 // 2.5, string
	ContactsRadioPhoneNumber          Tag = 0x0133 // 2.5, string
	ContactsSpouse                    Tag = 0x0134 // 2.5, string
	ContactsSuffix                    Tag = 0x0135 // 2.5, string
	ContactsTitle                     Tag = 0x0136 // 2.5, string
	ContactsWebPage                   Tag = 0x0137 // 2.5, string
	ContactsYomiCompanyName           Tag = 0x0138 // 2.5, string
	ContactsYomiFirstName             Tag = 0x0139 // 2.5, string
	ContactsYomiLastName              Tag = 0x013A // 2.5, string
	ContactsCompressedRTF             Tag = 0x013B // 2.5 only, string
	ContactsPicture                   Tag = 0x013C // 2.5, string(base64)
	ContactsAlias                     Tag = 0x013D // 14.0, string
	ContactsWeightedRank              Tag = 0x013E // 14.0, int
)

// MS-ASWBXML, Code Page 2: Email. Beside each tag: the first protocol version, the type of its content.
const (
	EmailAttachment              Tag = 0x0205 // 2.5 only, container
	EmailAttachments             Tag = 0x0206 // 2.5 only, container
	EmailAttName                 Tag = 0x0207 // 2.5 only, string
	EmailAttSize                 Tag = 0x0208 // 2.5 only, int
	EmailAtt0Id                  Tag = 0x0209 // 2.5 only, string
	EmailAttMethod               Tag = 0x020A // 2.5 only, int
	EmailAttRemoved              Tag = 0x020B // 2.5 only, bool
	EmailBody                    Tag = 0x020C // 2.5 only, string
	EmailBodySize                Tag = 0x020D // 2.5 only, int
	EmailBodyTruncated           Tag = 0x020E // 2.5 only, bool
	EmailDateReceived            Tag = 0x020F // 2.5, date-iso
	EmailDisplayName             Tag = 0x0210 // 2.5 only, string
	EmailDisplayTo               Tag = 0x0211 // 2.5, string
	EmailImportance              Tag = 0x0212 // 2.5, int
	EmailMessageClass            Tag = 0x0213 // 2.5, string
	EmailSubject                 Tag = 0x0214 // 2.5, string
	EmailRead                    Tag = 0x0215 // 2.5, bool
	EmailTo                      Tag = 0x0216 // 2.5, string
	EmailCc                      Tag = 0x0217 // 2.5, string
	EmailFrom                    Tag = 0x0218 // 2.5, string
	EmailReplyTo                 Tag = 0x0219 // 2.5, string
	EmailAllDayEvent             Tag = 0x021A // 2.5, bool
	EmailCategories              Tag = 0x021B // 14.0, container
	EmailCategory                Tag = 0x021C // 14.0, string
	EmailDtStamp                 Tag = 0x021D // 2.5, date-iso
	EmailEndTime                 Tag = 0x021E // 2.5, date-iso
	EmailInstanceType            Tag = 0x021F // 2.5, int
	EmailBusyStatus              Tag = 0x0220 // 2.5, int
	EmailLocation                Tag = 0x0221 // 2.5-14.1 only, string
	EmailMeetingRequest          Tag = 0x0222 // 2.5, container
	EmailOrganizer               Tag = 0x0223 // 2.5, string
	EmailRecurrenceId            Tag = 0x0224 // 2.5, date-iso
	EmailReminder                Tag = 0x0225 // 2.5, int
	EmailResponseRequested       Tag = 0x0226 // 2.5, bool
	EmailRecurrences             Tag = 0x0227 // 2.5, container
	EmailRecurrence              Tag = 0x0228 // 2.5, container
	EmailType                    Tag = 0x0229 // 2.5, int
	EmailUntil                   Tag = 0x022A // 2.5, date-compact
	EmailOccurrences             Tag = 0x022B // 2.5, int
	EmailInterval                Tag = 0x022C // 2.5, int
	EmailDayOfWeek               Tag = 0x022D // 2.5, int
	EmailDayOfMonth              Tag = 0x022E // 2.5, int
	EmailWeekOfMonth             Tag = 0x022F // 2.5, int
	EmailMonthOfYear             Tag = 0x0230 // 2.5, int
	EmailStartTime               Tag = 0x0231 // 2.5, date-iso
	EmailSensitivity             Tag = 0x0232 // 2.5, int
	EmailTimeZone                Tag = 0x0233 // 2.5, string(base64)
	EmailGlobalObjId             Tag = 0x0234 // 2.5-14.1 only, string(base64)
	EmailThreadTopic             Tag = 0x0235 // 2.5, string
	EmailMIMEData                Tag = 0x0236 // 2.5 only, string
	EmailMIMETruncated           Tag = 0x0237 // 2.5 only, bool
	EmailMIMESize                Tag = 0x0238 // 2.5 only, int
	EmailInternetCPID            Tag = 0x0239 // 2.5, string
	EmailFlag                    Tag = 0x023A // 12.0, container
	EmailStatus                  Tag = 0x023B // 12.0, int
	EmailContentClass            Tag = 0x023C // 12.0, string
	EmailFlagType                Tag = 0x023D // 12.0, string
	EmailCompleteTime            Tag = 0x023E // 12.0, date-iso
	EmailDisallowNewTimeProposal Tag = 0x023F // 14.0, bool
)

// MS-ASWBXML, Code Page 3: AirNotify. Beside each tag: the first protocol version, the type of its content.
const (
	AirNotifyNotify               Tag = 0x0305 // retired, container
	AirNotifyNotification         Tag = 0x0306 // retired, container
	AirNotifyVersion              Tag = 0x0307 // retired, string
	AirNotifyLifetime             Tag = 0x0308 // retired, int
	AirNotifyDeviceInfo           Tag = 0x0309 // retired, container
	AirNotifyEnable               Tag = 0x030A // retired, empty
	AirNotifyFolder               Tag = 0x030B // retired, container
	AirNotifyServerId             Tag = 0x030C // retired, string
	AirNotifyDeviceAddress        Tag = 0x030D // retired, string
	AirNotifyValidCarrierProfiles Tag = 0x030E // retired, container
	AirNotifyCarrierProfile       Tag = 0x030F // retired, string
	AirNotifyStatus               Tag = 0x0310 // retired, int
	AirNotifyResponses            Tag = 0x0311 // retired, container
	AirNotifyDevices              Tag = 0x0312 // retired, container
	AirNotifyDevice               Tag = 0x0313 // retired, container
	AirNotifyId                   Tag = 0x0314 // retired, string
	AirNotifyExpiry               Tag = 0x0315 // retired, string
	AirNotifyNotifyGUID           Tag = 0x0316 // retired, string
	AirNotifyDeviceFriendlyName   Tag = 0x0317 // retired, string
)

// MS-ASWBXML, Code Page 4: Calendar. Beside each tag: the first protocol version, the type of its content.
const (
	CalendarTimezone                  Tag = 0x0405 // 2.5, string(base64)
	CalendarAllDayEvent               Tag = 0x0406 // 2.5, bool
	CalendarAttendees                 Tag = 0x0407 // 2.5, container
	CalendarAttendee                  Tag = 0x0408 // 2.5, container
	CalendarEmail                     Tag = 0x0409 // 2.5, string
	CalendarName                      Tag = 0x040A // 2.5, string
	CalendarBody                      Tag = 0x040B // 2.5 only, string
	CalendarBodyTruncated             Tag = 0x040C // 2.5 only, bool
	CalendarBusyStatus                Tag = 0x040D // 2.5, int
	CalendarCategories                Tag = 0x040E // 2.5, container
	CalendarCategory                  Tag = 0x040F // 2.5, string
	CalendarCompressedRTF             Tag = 0x0410 // 2.5 only, string
	CalendarDtStamp                   Tag = 0x0411 // 2.5, date-compact
	CalendarEndTime                   Tag = 0x0412 // 2.5, date-compact
	CalendarException                 Tag = 0x0413 // 2.5, container
	CalendarExceptions                Tag = 0x0414 // 2.5, container
	CalendarDeleted                   Tag = 0x0415 // 2.5, bool
	CalendarExceptionStartTime        Tag = 0x0416 // 2.5-14.1 only, date-compact
	CalendarLocation                  Tag = 0x0417 // 2.5-14.1 only, string
	CalendarMeetingStatus             Tag = 0x0418 // 2.5, int
	CalendarOrganizerEmail            Tag = 0x0419 // 2.5, string
	CalendarOrganizerName             Tag = 0x041A // 2.5, string
	CalendarRecurrence                Tag = 0x041B // 2.5, container
	CalendarType                      Tag = 0x041C // 2.5, int
	CalendarUntil                     Tag = 0x041D // 2.5, date-compact
	CalendarOccurrences               Tag = 0x041E // 2.5, int
	CalendarInterval                  Tag = 0x041F // 2.5, int
	CalendarDayOfWeek                 Tag = 0x0420 // 2.5, int
	CalendarDayOfMonth                Tag = 0x0421 // 2.5, int
	CalendarWeekOfMonth               Tag = 0x0422 // 2.5, int
	CalendarMonthOfYear               Tag = 0x0423 // 2.5, int
	CalendarReminder                  Tag = 0x0424 // 2.5, int|empty
	CalendarSensitivity               Tag = 0x0425 // 2.5, int
	CalendarSubject                   Tag = 0x0426 // 2.5, string
	CalendarStartTime                 Tag = 0x0427 // 2.5, date-compact
	CalendarUID                       Tag = 0x0428 // 2.5, string
	CalendarAttendeeStatus            Tag = 0x0429 // 12.0, int
	CalendarAttendeeType              Tag = 0x042A // 12.0, int
	CalendarAttachment                Tag = 0x042B // retired, container
	CalendarAttachments               Tag = 0x042C // retired, container
	CalendarAttName                   Tag = 0x042D // retired, string
	CalendarAttSize                   Tag = 0x042E // retired, string
	CalendarAttOid                    Tag = 0x042F // retired, string
	CalendarAttMethod                 Tag = 0x0430 // retired, string
	CalendarAttRemoved                Tag = 0x0431 // retired, string
	CalendarDisplayName               Tag = 0x0432 // retired, string
	CalendarDisallowNewTimeProposal   Tag = 0x0433 // 14.0, bool
	CalendarResponseRequested         Tag = 0x0434 // 14.0, bool
	CalendarAppointmentReplyTime      Tag = 0x0435 // 14.0, date-compact
	CalendarResponseType              Tag = 0x0436 // 14.0, int
	CalendarCalendarType              Tag = 0x0437 // 14.0, int
	CalendarIsLeapMonth               Tag = 0x0438 // 14.0, bool
	CalendarFirstDayOfWeek            Tag = 0x0439 // 14.1, int
	CalendarOnlineMeetingConfLink     Tag = 0x043A // 14.1, string
	CalendarOnlineMeetingExternalLink Tag = 0x043B // 14.1, string
	CalendarClientUid                 Tag = 0x043C // 16.0, string
)

// MS-ASWBXML, Code Page 5: Move. Beside each tag: the first protocol version, the type of its content.
const (
	MoveMoveItems Tag = 0x0505 // 2.5, container
	MoveMove      Tag = 0x0506 // 2.5, container
	MoveSrcMsgId  Tag = 0x0507 // 2.5, string
	MoveSrcFldId  Tag = 0x0508 // 2.5, string
	MoveDstFldId  Tag = 0x0509 // 2.5, string
	MoveResponse  Tag = 0x050A // 2.5, container
	MoveStatus    Tag = 0x050B // 2.5, int
	MoveDstMsgId  Tag = 0x050C // 2.5, string
)

// MS-ASWBXML, Code Page 6: GetItemEstimate. Beside each tag: the first protocol version, the type of its content.
const (
	GetItemEstimateGetItemEstimate Tag = 0x0605 // 2.5, container
	GetItemEstimateVersion         Tag = 0x0606 // retired, string
	GetItemEstimateCollections     Tag = 0x0607 // 2.5, container
	GetItemEstimateCollection      Tag = 0x0608 // 2.5, container
	GetItemEstimateClass           Tag = 0x0609 // 2.5-12.1 only, string
	GetItemEstimateCollectionId    Tag = 0x060A // 2.5, string
	GetItemEstimateDateTime        Tag = 0x060B // retired, string
	GetItemEstimateEstimate        Tag = 0x060C // 2.5, int
	GetItemEstimateResponse        Tag = 0x060D // 2.5, container
	GetItemEstimateStatus          Tag = 0x060E // 2.5, int
)
