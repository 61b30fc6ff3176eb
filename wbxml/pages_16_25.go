package wbxml

// MS-ASWBXML, Code Page 16: GAL. Beside each tag: the first protocol version, the type of its content.
const (
	GALDisplayName  Tag = 0x1005 // 2.5, string
	GALPhone        Tag = 0x1006 // 2.5, string
	GALOffice       Tag = 0x1007 // 2.5, string
	GALTitle        Tag = 0x1008 // 2.5, string
	GALCompany      Tag = 0x1009 // 2.5, string
	GALAlias        Tag = 0x100A // 2.5, string
	GALFirstName    Tag = 0x100B // 2.5, string
	GALLastName     Tag = 0x100C // 2.5, string
	GALHomePhone    Tag = 0x100D // 2.5, string
	GALMobilePhone  Tag = 0x100E // 2.5, string
	GALEmailAddress Tag = 0x100F // 2.5, string
	GALPicture      Tag = 0x1010 // 14.1, container
	GALStatus       Tag = 0x1011 // 14.1, int
	GALData         Tag = 0x1012 // 14.1, string(base64)
)

// MS-ASWBXML, Code Page 17: AirSyncBase. Beside each tag: the first protocol version, the type of its content.
const (
	AirSyncBaseBodyPreference     Tag = 0x1105 // 12.0, container
	AirSyncBaseType               Tag = 0x1106 // 12.0, int
	AirSyncBaseTruncationSize     Tag = 0x1107 // 12.0, int
	AirSyncBaseAllOrNone          Tag = 0x1108 // 12.0, bool
	AirSyncBaseBody               Tag = 0x110A // 12.0, container
	AirSyncBaseData               Tag = 0x110B // 12.0, string
	AirSyncBaseEstimatedDataSize  Tag = 0x110C // 12.0, int
	AirSyncBaseTruncated          Tag = 0x110D // 12.0, bool
	AirSyncBaseAttachments        Tag = 0x110E // 12.0, container
	AirSyncBaseAttachment         Tag = 0x110F // 12.0, container
	AirSyncBaseDisplayName        Tag = 0x1110 // 12.0, string
	AirSyncBaseFileReference      Tag = 0x1111 // 12.0, string
	AirSyncBaseMethod             Tag = 0x1112 // 12.0, int
	AirSyncBaseContentId          Tag = 0x1113 // 12.0, string
	AirSyncBaseContentLocation    Tag = 0x1114 // 12.0, string
	AirSyncBaseIsInline           Tag = 0x1115 // 12.0, bool|empty
	AirSyncBaseNativeBodyType     Tag = 0x1116 // 12.0, int
	AirSyncBaseContentType        Tag = 0x1117 // 12.0, string
	AirSyncBasePreview            Tag = 0x1118 // 14.0, string|int
	AirSyncBaseBodyPartPreference Tag = 0x1119 // 14.1, container
	AirSyncBaseBodyPart           Tag = 0x111A // 14.1, container
	AirSyncBaseStatus             Tag = 0x111B // 14.1, int
	AirSyncBaseAdd                Tag = 0x111C // 16.0, container
	AirSyncBaseDelete             Tag = 0x111D // 16.0, container
	AirSyncBaseClientId           Tag = 0x111E // 16.0, string
	AirSyncBaseContent            Tag = 0x111F // 16.0, opaque
	AirSyncBaseLocation           Tag = 0x1120 // 16.0, container
	AirSyncBaseAnnotation         Tag = 0x1121 // 16.0, string
	AirSyncBaseStreet             Tag = 0x1122 // 16.0, string
	AirSyncBaseCity               Tag = 0x1123 // 16.0, string
	AirSyncBaseState              Tag = 0x1124 // 16.0, string
	AirSyncBaseCountry            Tag = 0x1125 // 16.0, string
	AirSyncBasePostalCode         Tag = 0x1126 // 16.0, string
	AirSyncBaseLatitude           Tag = 0x1127 // 16.0, float
	AirSyncBaseLongitude          Tag = 0x1128 // 16.0, float
	AirSyncBaseAccuracy           Tag = 0x1129 // 16.0, float
	AirSyncBaseAltitude           Tag = 0x112A // 16.0, float
	AirSyncBaseAltitudeAccuracy   Tag = 0x112B // 16.0, float
	AirSyncBaseLocationUri        Tag = 0x112C // 16.0, string
	AirSyncBaseInstanceId         Tag = 0x112D // 16.0, date-compact
)

// MS-ASWBXML, Code Page 18: Settings. Beside each tag: the first protocol version, the type of its content.
const (
	SettingsSettings                    Tag = 0x1205 // 12.0, container
	SettingsStatus                      Tag = 0x1206 // 12.0, int
	SettingsGet                         Tag = 0x1207 // 12.0, container
	SettingsSet                         Tag = 0x1208 // 12.0, container
	SettingsOof                         Tag = 0x1209 // 12.0, container
	SettingsOofState                    Tag = 0x120A // 12.0, int
	SettingsStartTime                   Tag = 0x120B // 12.0, date-iso
	SettingsEndTime                     Tag = 0x120C // 12.0, date-iso
	SettingsOofMessage                  Tag = 0x120D // 12.0, container
	SettingsAppliesToInternal           Tag = 0x120E // 12.0, empty
	SettingsAppliesToExternalKnown      Tag = 0x120F // 12.0, empty
	SettingsAppliesToExternalUnknown    Tag = 0x1210 // 12.0, empty
	SettingsEnabled                     Tag = 0x1211 // 12.0, bool
	SettingsReplyMessage                Tag = 0x1212 // 12.0, string
	SettingsBodyType                    Tag = 0x1213 // 12.0, string
	SettingsDevicePassword              Tag = 0x1214 // 12.0, container
	SettingsPassword                    Tag = 0x1215 // 12.0, string
	SettingsDeviceInformation           Tag = 0x1216 // 12.0, container
	SettingsModel                       Tag = 0x1217 // 12.0, string
	SettingsIMEI                        Tag = 0x1218 // 12.0, string
	SettingsFriendlyName                Tag = 0x1219 // 12.0, string
	SettingsOS                          Tag = 0x121A // 12.0, string
	SettingsOSLanguage                  Tag = 0x121B // 12.0, string
	SettingsPhoneNumber                 Tag = 0x121C // 12.0, string
	SettingsUserInformation             Tag = 0x121D // 12.0, container
	SettingsEmailAddresses              Tag = 0x121E // 12.0, container
	SettingsSMTPAddress                 Tag = 0x121F // 12.0, string
	SettingsUserAgent                   Tag = 0x1220 // 12.1, string
	SettingsEnableOutboundSMS           Tag = 0x1221 // 14.0, int
	SettingsMobileOperator              Tag = 0x1222 // 14.0, string
	SettingsPrimarySmtpAddress          Tag = 0x1223 // 14.1, string
	SettingsAccounts                    Tag = 0x1224 // 14.1, container
	SettingsAccount                     Tag = 0x1225 // 14.1, container
	SettingsAccountId                   Tag = 0x1226 // 14.1, string
	SettingsAccountName                 Tag = 0x1227 // 14.1, string
	SettingsUserDisplayName             Tag = 0x1228 // 14.1, string
	SettingsSendDisabled                Tag = 0x1229 // 14.1, bool
	SettingsRightsManagementInformation Tag = 0x122B // 14.1, container
)

// MS-ASWBXML, Code Page 19: DocumentLibrary. Beside each tag: the first protocol version, the type of its content.
const (
	DocumentLibraryLinkId           Tag = 0x1305 // 12.0, string
	DocumentLibraryDisplayName      Tag = 0x1306 // 12.0, string
	DocumentLibraryIsFolder         Tag = 0x1307 // 12.0, bool
	DocumentLibraryCreationDate     Tag = 0x1308 // 12.0, date-iso
	DocumentLibraryLastModifiedDate Tag = 0x1309 // 12.0, date-iso
	DocumentLibraryIsHidden         Tag = 0x130A // 12.0, bool
	DocumentLibraryContentLength    Tag = 0x130B // 12.0, int
	DocumentLibraryContentType      Tag = 0x130C // 12.0, string
)

// MS-ASWBXML, Code Page 20: ItemOperations. Beside each tag: the first protocol version, the type of its content.
const (
	ItemOperationsItemOperations      Tag = 0x1405 // 12.0, container
	ItemOperationsFetch               Tag = 0x1406 // 12.0, container
	ItemOperationsStore               Tag = 0x1407 // 12.0, string
	ItemOperationsOptions             Tag = 0x1408 // 12.0, container
	ItemOperationsRange               Tag = 0x1409 // 12.0, string
	ItemOperationsTotal               Tag = 0x140A // 12.0, int
	ItemOperationsProperties          Tag = 0x140B // 12.0, container
	ItemOperationsData                Tag = 0x140C // 12.0, string(base64)
	ItemOperationsStatus              Tag = 0x140D // 12.0, int
	ItemOperationsResponse            Tag = 0x140E // 12.0, container
	ItemOperationsVersion             Tag = 0x140F // 12.0, date-iso
	ItemOperationsSchema              Tag = 0x1410 // 12.0, container
	ItemOperationsPart                Tag = 0x1411 // 12.0, int
	ItemOperationsEmptyFolderContents Tag = 0x1412 // 12.0, container
	ItemOperationsDeleteSubFolders    Tag = 0x1413 // 12.0, empty
	ItemOperationsUserName            Tag = 0x1414 // 12.1, string
	ItemOperationsPassword            Tag = 0x1415 // 12.1, string
	ItemOperationsMove                Tag = 0x1416 // 14.0, container
	ItemOperationsDstFldId            Tag = 0x1417 // 14.0, string
	ItemOperationsConversationId      Tag = 0x1418 // 14.0, opaque
	ItemOperationsMoveAlways          Tag = 0x1419 // 14.0, empty
)

// MS-ASWBXML, Code Page 21: ComposeMail. Beside each tag: the first protocol version, the type of its content.
const (
	ComposeMailSendMail        Tag = 0x1505 // 14.0, container
	ComposeMailSmartForward    Tag = 0x1506 // 14.0, container
	ComposeMailSmartReply      Tag = 0x1507 // 14.0, container
	ComposeMailSaveInSentItems Tag = 0x1508 // 14.0, empty
	ComposeMailReplaceMime     Tag = 0x1509 // 14.0, empty
	ComposeMailType            Tag = 0x150A // retired, string
	ComposeMailSource          Tag = 0x150B // 14.0, container
	ComposeMailFolderId        Tag = 0x150C // 14.0, string
	ComposeMailItemId          Tag = 0x150D // 14.0, string
	ComposeMailLongId          Tag = 0x150E // 14.0, string
	ComposeMailInstanceId      Tag = 0x150F // 14.0, date-iso
	ComposeMailMime            Tag = 0x1510 // 14.0, opaque
	ComposeMailClientId        Tag = 0x1511 // 14.0, string
	ComposeMailStatus          Tag = 0x1512 // 14.0, int
	ComposeMailAccountId       Tag = 0x1513 // 14.1, string
	ComposeMailForwardees      Tag = 0x1515 // 16.0, container
	ComposeMailForwardee       Tag = 0x1516 // 16.0, container
	ComposeMailName            Tag = 0x1517 // 16.0, string
	ComposeMailEmail           Tag = 0x1518 // 16.0, string
)

// MS-ASWBXML, Code Page 22: Email2. Beside each tag: the first protocol version, the type of its content.
const (
	Email2UmCallerID            Tag = 0x1605 // 14.0, string
	Email2UmUserNotes           Tag = 0x1606 // 14.0, string
	Email2UmAttDuration         Tag = 0x1607 // 14.0, int
	Email2UmAttOrder            Tag = 0x1608 // 14.0, int
	Email2ConversationId        Tag = 0x1609 // 14.0, opaque
	Email2ConversationIndex     Tag = 0x160A // 14.0, opaque
	Email2LastVerbExecuted      Tag = 0x160B // 14.0, int
	Email2LastVerbExecutionTime Tag = 0x160C // 14.0, date-iso
	Email2ReceivedAsBcc         Tag = 0x160D // 14.0, bool
	Email2Sender                Tag = 0x160E // 14.0, string
	Email2CalendarType          Tag = 0x160F // 14.0, int
	Email2IsLeapMonth           Tag = 0x1610 // 14.0, bool
	Email2AccountId             Tag = 0x1611 // 14.1, string
	Email2FirstDayOfWeek        Tag = 0x1612 // 14.1, int
	Email2MeetingMessageType    Tag = 0x1613 // 14.1, int
	Email2IsDraft               Tag = 0x1615 // 16.0, bool
	Email2Bcc                   Tag = 0x1616 // 16.0, string
	Email2Send                  Tag = 0x1617 // 16.0, empty
)

// MS-ASWBXML, Code Page 23: Notes. Beside each tag: the first protocol version, the type of its content.
const (
	NotesSubject          Tag = 0x1705 // 14.0, string
	NotesMessageClass     Tag = 0x1706 // 14.0, string
	NotesLastModifiedDate Tag = 0x1707 // 14.0, date-compact
	NotesCategories       Tag = 0x1708 // 14.0, container
	NotesCategory         Tag = 0x1709 // 14.0, string
)

// MS-ASWBXML, Code Page 24: RightsManagement. Beside each tag: the first protocol version, the type of its content.
const (
	RightsManagementRightsManagementSupport          Tag = 0x1805 // 14.1, bool
	RightsManagementRightsManagementTemplates        Tag = 0x1806 // 14.1, container
	RightsManagementRightsManagementTemplate         Tag = 0x1807 // 14.1, container
	RightsManagementRightsManagementLicense          Tag = 0x1808 // 14.1, container
	RightsManagementEditAllowed                      Tag = 0x1809 // 14.1, bool
	RightsManagementReplyAllowed                     Tag = 0x180A // 14.1, bool
	RightsManagementReplyAllAllowed                  Tag = 0x180B // 14.1, bool
	RightsManagementForwardAllowed                   Tag = 0x180C // 14.1, bool
	RightsManagementModifyRecipientsAllowed          Tag = 0x180D // 14.1, bool
	RightsManagementExtractAllowed                   Tag = 0x180E // 14.1, bool
	RightsManagementPrintAllowed                     Tag = 0x180F // 14.1, bool
	RightsManagementExportAllowed                    Tag = 0x1810 // 14.1, bool
	RightsManagementProgrammaticAccessAllowed        Tag = 0x1811 // 14.1, bool
	RightsManagementOwner                            Tag = 0x1812 // 14.1, bool
	RightsManagementContentExpiryDate                Tag = 0x1813 // 14.1, date-iso
	RightsManagementTemplateID                       Tag = 0x1814 // 14.1, string
	RightsManagementTemplateName                     Tag = 0x1815 // 14.1, string
	RightsManagementTemplateDescription              Tag = 0x1816 // 14.1, string
	RightsManagementContentOwner                     Tag = 0x1817 // 14.1, string
	RightsManagementRemoveRightsManagementProtection Tag = 0x1818 // 14.1, empty
)

// MS-ASWBXML, Code Page 25: Find. Beside each tag: the first protocol version, the type of its content.
const (
	FindFind                   Tag = 0x1905 // 16.1, container
	FindSearchId               Tag = 0x1906 // 16.1, string
	FindExecuteSearch          Tag = 0x1907 // 16.1, container
	FindMailBoxSearchCriterion Tag = 0x1908 // 16.1, container
	FindQuery                  Tag = 0x1909 // 16.1, container|string
	FindStatus                 Tag = 0x190A // 16.1, int
	FindFreeText               Tag = 0x190B // 16.1, string
	FindOptions                Tag = 0x190C // 16.1, container
	FindRange                  Tag = 0x190D // 16.1, string
	FindDeepTraversal          Tag = 0x190E // 16.1, empty
	FindResponse               Tag = 0x1911 // 16.1, container
	FindResult                 Tag = 0x1912 // 16.1, container
	FindProperties             Tag = 0x1913 // 16.1, container
	FindPreview                Tag = 0x1914 // 16.1, string
	FindHasAttachments         Tag = 0x1915 // 16.1, bool
	FindTotal                  Tag = 0x1916 // 16.1, int
	FindDisplayCc              Tag = 0x1917 // 16.1, string
	FindDisplayBcc             Tag = 0x1918 // 16.1, string
	FindGalSearchCriterion     Tag = 0x1919 // 16.1, container
	FindMaxPictures            Tag = 0x1920 // 16.1, int
	FindMaxSize                Tag = 0x1921 // 16.1, int
	FindPicture                Tag = 0x1922 // 16.1, container|empty
)
