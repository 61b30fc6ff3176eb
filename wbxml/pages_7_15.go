package wbxml

// MS-ASWBXML, Code Page 7: FolderHierarchy. Beside each tag: the first protocol version, the type of its content.
const (
	FolderHierarchyFolders      Tag = 0x0705 // 2.5-12.1 only, container
	FolderHierarchyFolder       Tag = 0x0706 // 2.5-12.1 only, container
	FolderHierarchyDisplayName  Tag = 0x0707 // 2.5, string
	FolderHierarchyServerId     Tag = 0x0708 // 2.5, string
	FolderHierarchyParentId     Tag = 0x0709 // 2.5, string
	FolderHierarchyType         Tag = 0x070A // 2.5, int
	FolderHierarchyResponse     Tag = 0x070B // retired, container
	FolderHierarchyStatus       Tag = 0x070C // 2.5, int
	FolderHierarchyContentClass Tag = 0x070D // retired, string
	FolderHierarchyChanges      Tag = 0x070E // 2.5, container
	FolderHierarchyAdd          Tag = 0x070F // 2.5, container
	FolderHierarchyDelete       Tag = 0x0710 // 2.5, container
	FolderHierarchyUpdate       Tag = 0x0711 // 2.5, container
	FolderHierarchySyncKey      Tag = 0x0712 // 2.5, string
	FolderHierarchyFolderCreate Tag = 0x0713 // 2.5, container
	FolderHierarchyFolderDelete Tag = 0x0714 // 2.5, container
	FolderHierarchyFolderUpdate Tag = 0x0715 // 2.5, container
	FolderHierarchyFolderSync   Tag = 0x0716 // 2.5, container
	FolderHierarchyCount        Tag = 0x0717 // 2.5, int
	FolderHierarchyVersion      Tag = 0x0718 // retired, string
)

// MS-ASWBXML, Code Page 8: MeetingResponse. Beside each tag: the first protocol version, the type of its content.
const (
	MeetingResponseCalendarId        Tag = 0x0805 // 2.5, string
	MeetingResponseCollectionId      Tag = 0x0806 // 2.5, string
	MeetingResponseMeetingResponse   Tag = 0x0807 // 2.5, container
	MeetingResponseRequestId         Tag = 0x0808 // 2.5, string
	MeetingResponseRequest           Tag = 0x0809 // 2.5, container
	MeetingResponseResult            Tag = 0x080A // 2.5, container
	MeetingResponseStatus            Tag = 0x080B // 2.5, int
	MeetingResponseUserResponse      Tag = 0x080C // 2.5, int
	MeetingResponseVersion           Tag = 0x080D // retired, string
	MeetingResponseInstanceId        Tag = 0x080E // 14.1, date-iso
	MeetingResponseProposedStartTime Tag = 0x0810 // 16.1, date-compact
	MeetingResponseProposedEndTime   Tag = 0x0811 // 16.1, date-compact
	MeetingResponseSendResponse      Tag = 0x0812 // 16.0, container|empty
)

// MS-ASWBXML, Code Page 9: Tasks. Beside each tag: the first protocol version, the type of its content.
const (
	TasksBody           Tag = 0x0905 // 2.5 only, string
	TasksBodySize       Tag = 0x0906 // 2.5 only, int
	TasksBodyTruncated  Tag = 0x0907 // 2.5 only, bool
	TasksCategories     Tag = 0x0908 // 2.5, container
	TasksCategory       Tag = 0x0909 // 2.5, string
	TasksComplete       Tag = 0x090A // 2.5, bool
	TasksDateCompleted  Tag = 0x090B // 2.5, date-iso
	TasksDueDate        Tag = 0x090C // 2.5, date-iso
	TasksUtcDueDate     Tag = 0x090D // 2.5, date-iso
	TasksImportance     Tag = 0x090E // 2.5, int
	TasksRecurrence     Tag = 0x090F // 2.5, container
	TasksType           Tag = 0x0910 // 2.5, int
	TasksStart          Tag = 0x0911 // 2.5, date-iso
	TasksUntil          Tag = 0x0912 // 2.5, date-iso
	TasksOccurrences    Tag = 0x0913 // 2.5, int
	TasksInterval       Tag = 0x0914 // 2.5, int
	TasksDayOfMonth     Tag = 0x0915 // 2.5, int
	TasksDayOfWeek      Tag = 0x0916 // 2.5, int
	TasksWeekOfMonth    Tag = 0x0917 // 2.5, int
	TasksMonthOfYear    Tag = 0x0918 // 2.5, int
	TasksRegenerate     Tag = 0x0919 // 2.5, bool
	TasksDeadOccur      Tag = 0x091A // 2.5, int
	TasksReminderSet    Tag = 0x091B // 2.5, bool
	TasksReminderTime   Tag = 0x091C // 2.5, date-iso
	TasksSensitivity    Tag = 0x091D // 2.5, int
	TasksStartDate      Tag = 0x091E // 2.5, date-iso
	TasksUtcStartDate   Tag = 0x091F // 2.5, date-iso
	TasksSubject        Tag = 0x0920 // 2.5, string
	TasksCompressedRTF  Tag = 0x0921 // 2.5 only, string
	TasksOrdinalDate    Tag = 0x0922 // 12.0, date-iso
	TasksSubOrdinalDate Tag = 0x0923 // 12.0, string
	TasksCalendarType   Tag = 0x0924 // 14.0, int
	TasksIsLeapMonth    Tag = 0x0925 // 14.0, bool
	TasksFirstDayOfWeek Tag = 0x0926 // 14.1, int
)

// MS-ASWBXML, Code Page 10: ResolveRecipients. Beside each tag: the first protocol version, the type of its content.
const (
	ResolveRecipientsResolveRecipients      Tag = 0x0A05 // 2.5, container
	ResolveRecipientsResponse               Tag = 0x0A06 // 2.5, container
	ResolveRecipientsStatus                 Tag = 0x0A07 // 2.5, int
	ResolveRecipientsType                   Tag = 0x0A08 // 2.5, int
	ResolveRecipientsRecipient              Tag = 0x0A09 // 2.5, container
	ResolveRecipientsDisplayName            Tag = 0x0A0A // 2.5, string
	ResolveRecipientsEmailAddress           Tag = 0x0A0B // 2.5, string
	ResolveRecipientsCertificates           Tag = 0x0A0C // 2.5, container
	ResolveRecipientsCertificate            Tag = 0x0A0D // 2.5, string(base64)
	ResolveRecipientsMiniCertificate        Tag = 0x0A0E // 2.5, string(base64)
	ResolveRecipientsOptions                Tag = 0x0A0F // 2.5, container
	ResolveRecipientsTo                     Tag = 0x0A10 // 2.5, string
	ResolveRecipientsCertificateRetrieval   Tag = 0x0A11 // 2.5, int
	ResolveRecipientsRecipientCount         Tag = 0x0A12 // 2.5, int
	ResolveRecipientsMaxCertificates        Tag = 0x0A13 // 2.5, int
	ResolveRecipientsMaxAmbiguousRecipients Tag = 0x0A14 // 2.5, int
	ResolveRecipientsCertificateCount       Tag = 0x0A15 // 2.5, int
	ResolveRecipientsAvailability           Tag = 0x0A16 // 14.0, container
	ResolveRecipientsStartTime              Tag = 0x0A17 // 14.0, date-iso
	ResolveRecipientsEndTime                Tag = 0x0A18 // 14.0, date-iso
	ResolveRecipientsMergedFreeBusy         Tag = 0x0A19 // 14.0, string
	ResolveRecipientsPicture                Tag = 0x0A1A // 14.1, container|empty
	ResolveRecipientsMaxSize                Tag = 0x0A1B // 14.1, int
	ResolveRecipientsData                   Tag = 0x0A1C // 14.1, string(base64)
	ResolveRecipientsMaxPictures            Tag = 0x0A1D // 14.1, int
)

// MS-ASWBXML, Code Page 11: ValidateCert. Beside each tag: the first protocol version, the type of its content.
const (
	ValidateCertValidateCert     Tag = 0x0B05 // 2.5, container
	ValidateCertCertificates     Tag = 0x0B06 // 2.5, container
	ValidateCertCertificate      Tag = 0x0B07 // 2.5, string(base64)|container
	ValidateCertCertificateChain Tag = 0x0B08 // 2.5, container
	ValidateCertCheckCRL         Tag = 0x0B09 // 2.5, bool
	ValidateCertStatus           Tag = 0x0B0A // 2.5, int
)

// MS-ASWBXML, Code Page 12: Contacts2. Beside each tag: the first protocol version, the type of its content.
const (
	Contacts2CustomerId       Tag = 0x0C05 // 2.5, string
	Contacts2GovernmentId     Tag = 0x0C06 // 2.5, string
	Contacts2IMAddress        Tag = 0x0C07 // 2.5, string
	Contacts2IMAddress2       Tag = 0x0C08 // 2.5, string
	Contacts2IMAddress3       Tag = 0x0C09 // 2.5, string
	Contacts2ManagerName      Tag = 0x0C0A // 2.5, string
	Contacts2CompanyMainPhone Tag = 0x0C0B // 2.5, string
	Contacts2AccountName      Tag = 0x0C0C // 2.5, string
	Contacts2NickName         Tag = 0x0C0D // 2.5, string
	Contacts2MMS              Tag = 0x0C0E // 2.5, string
)

// MS-ASWBXML, Code Page 13: Ping. Beside each tag: the first protocol version, the type of its content.
const (
	PingPing              Tag = 0x0D05 // 2.5, container
	PingAutdState         Tag = 0x0D06 // retired, string
	PingStatus            Tag = 0x0D07 // 2.5, int
	PingHeartbeatInterval Tag = 0x0D08 // 2.5, int
	PingFolders           Tag = 0x0D09 // 2.5, container
	PingFolder            Tag = 0x0D0A // 2.5, container|string
	PingId                Tag = 0x0D0B // 2.5, string
	PingClass             Tag = 0x0D0C // 2.5, string
	PingMaxFolders        Tag = 0x0D0D // 2.5, int
	PingVersion           Tag = 0x0D0E // retired, string
)

// MS-ASWBXML, Code Page 14: Provision. Beside each tag: the first protocol version, the type of its content.
const (
	ProvisionProvision                                Tag = 0x0E05 // 2.5, container
	ProvisionPolicies                                 Tag = 0x0E06 // 2.5, container
	ProvisionPolicy                                   Tag = 0x0E07 // 2.5, container
	ProvisionPolicyType                               Tag = 0x0E08 // 2.5, string
	ProvisionPolicyKey                                Tag = 0x0E09 // 2.5, string
	ProvisionData                                     Tag = 0x0E0A // 2.5, container|string
	ProvisionStatus                                   Tag = 0x0E0B // 2.5, int
	ProvisionRemoteWipe                               Tag = 0x0E0C // 2.5, empty|container
	ProvisionEASProvisionDoc                          Tag = 0x0E0D // 12.0, container
	ProvisionDevicePasswordEnabled                    Tag = 0x0E0E // 12.0, bool
	ProvisionAlphanumericDevicePasswordRequired       Tag = 0x0E0F // 12.0, bool
	ProvisionRequireStorageCardEncryption             Tag = 0x0E10 // 12.1, bool
	ProvisionPasswordRecoveryEnabled                  Tag = 0x0E11 // 12.0, bool
	ProvisionDocumentBrowseEnabled                    Tag = 0x0E12 // retired, bool
	ProvisionAttachmentsEnabled                       Tag = 0x0E13 // 12.0, bool
	ProvisionMinDevicePasswordLength                  Tag = 0x0E14 // 12.0, int
	ProvisionMaxInactivityTimeDeviceLock              Tag = 0x0E15 // 12.0, int
	ProvisionMaxDevicePasswordFailedAttempts          Tag = 0x0E16 // 12.0, int
	ProvisionMaxAttachmentSize                        Tag = 0x0E17 // 12.0, int
	ProvisionAllowSimpleDevicePassword                Tag = 0x0E18 // 12.0, bool
	ProvisionDevicePasswordExpiration                 Tag = 0x0E19 // 12.0, int
	ProvisionDevicePasswordHistory                    Tag = 0x0E1A // 12.0, int
	ProvisionAllowStorageCard                         Tag = 0x0E1B // 12.1, bool
	ProvisionAllowCamera                              Tag = 0x0E1C // 12.1, bool
	ProvisionRequireDeviceEncryption                  Tag = 0x0E1D // 12.1, bool
	ProvisionAllowUnsignedApplications                Tag = 0x0E1E // 12.1, bool
	ProvisionAllowUnsignedInstallationPackages        Tag = 0x0E1F // 12.1, bool
	ProvisionMinDevicePasswordComplexCharacters       Tag = 0x0E20 // 12.1, int
	ProvisionAllowWiFi                                Tag = 0x0E21 // 12.1, bool
	ProvisionAllowTextMessaging                       Tag = 0x0E22 // 12.1, bool
	ProvisionAllowPOPIMAPEmail                        Tag = 0x0E23 // 12.1, bool
	ProvisionAllowBluetooth                           Tag = 0x0E24 // 12.1, int
	ProvisionAllowIrDA                                Tag = 0x0E25 // 12.1, bool
	ProvisionRequireManualSyncWhenRoaming             Tag = 0x0E26 // 12.1, bool
	ProvisionAllowDesktopSync                         Tag = 0x0E27 // 12.1, bool
	ProvisionMaxCalendarAgeFilter                     Tag = 0x0E28 // 12.1, int
	ProvisionAllowHTMLEmail                           Tag = 0x0E29 // 12.1, bool
	ProvisionMaxEmailAgeFilter                        Tag = 0x0E2A // 12.1, int
	ProvisionMaxEmailBodyTruncationSize               Tag = 0x0E2B // 12.1, int
	ProvisionMaxEmailHTMLBodyTruncationSize           Tag = 0x0E2C // 12.1, int
	ProvisionRequireSignedSMIMEMessages               Tag = 0x0E2D // 12.1, bool
	ProvisionRequireEncryptedSMIMEMessages            Tag = 0x0E2E // 12.1, bool
	ProvisionRequireSignedSMIMEAlgorithm              Tag = 0x0E2F // 12.1, int
	ProvisionRequireEncryptionSMIMEAlgorithm          Tag = 0x0E30 // 12.1, int
	ProvisionAllowSMIMEEncryptionAlgorithmNegotiation Tag = 0x0E31 // 12.1, int
	ProvisionAllowSMIMESoftCerts                      Tag = 0x0E32 // 12.1, bool
	ProvisionAllowBrowser                             Tag = 0x0E33 // 12.1, bool
	ProvisionAllowConsumerEmail                       Tag = 0x0E34 // 12.1, bool
	ProvisionAllowRemoteDesktop                       Tag = 0x0E35 // 12.1, bool
	ProvisionAllowInternetSharing                     Tag = 0x0E36 // 12.1, bool
	ProvisionUnapprovedInROMApplicationList           Tag = 0x0E37 // 12.1, container
	ProvisionApplicationName                          Tag = 0x0E38 // 12.1, string
	ProvisionApprovedApplicationList                  Tag = 0x0E39 // 12.1, container
	ProvisionHash                                     Tag = 0x0E3A // 12.1, string
	ProvisionAccountOnlyRemoteWipe                    Tag = 0x0E3B // 16.1, empty|container
)

// MS-ASWBXML, Code Page 15: Search. Beside each tag: the first protocol version, the type of its content.
const (
	SearchSearch         Tag = 0x0F05 // 2.5, container
	SearchStores         Tag = 0x0F06 // retired, container
	SearchStore          Tag = 0x0F07 // 2.5, container
	SearchName           Tag = 0x0F08 // 2.5, string
	SearchQuery          Tag = 0x0F09 // 2.5, container|string
	SearchOptions        Tag = 0x0F0A // 2.5, container
	SearchRange          Tag = 0x0F0B // 2.5, string
	SearchStatus         Tag = 0x0F0C // 2.5, int
	SearchResponse       Tag = 0x0F0D // 2.5, container
	SearchResult         Tag = 0x0F0E // 2.5, container
	SearchProperties     Tag = 0x0F0F // 2.5, container
	SearchTotal          Tag = 0x0F10 // 2.5, int
	SearchEqualTo        Tag = 0x0F11 // 12.0, container
	SearchValue          Tag = 0x0F12 // 12.0, string
	SearchAnd            Tag = 0x0F13 // 12.0, container
	SearchOr             Tag = 0x0F14 // 12.0, container
	SearchFreeText       Tag = 0x0F15 // 12.0, string
	SearchSubstringOp    Tag = 0x0F16 // retired, container
	SearchDeepTraversal  Tag = 0x0F17 // 12.0, empty
	SearchLongId         Tag = 0x0F18 // 12.0, string
	SearchRebuildResults Tag = 0x0F19 // 12.0, empty
	SearchLessThan       Tag = 0x0F1A // 12.0, container
	SearchGreaterThan    Tag = 0x0F1B // 12.0, container
	SearchSchema         Tag = 0x0F1C // retired, container
	SearchSupported      Tag = 0x0F1D // retired, container
	SearchUserName       Tag = 0x0F1E // 12.1, string
	SearchPassword       Tag = 0x0F1F // 12.1, string
	SearchConversationId Tag = 0x0F20 // 14.0, opaque
	SearchPicture        Tag = 0x0F21 // 14.1, container|empty
	SearchMaxSize        Tag = 0x0F22 // 14.1, int
	SearchMaxPictures    Tag = 0x0F23 // 14.1, int
)
