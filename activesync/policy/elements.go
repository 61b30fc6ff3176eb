package policy

import "github.com/gannetmail/gannet/wbxml"

// Names of elements that mean something here too.
const (
	devicePasswordEnabled = "DevicePasswordEnabled"
	attachmentsEnabled    = "AttachmentsEnabled"
	maxAttachmentSize     = "MaxAttachmentSize"
	allowHTMLEmail        = "AllowHTMLEmail"
	maxEmailAge           = "MaxEmailAgeFilter"
	maxCalendarAge        = "MaxCalendarAgeFilter"
	maxBody               = "MaxEmailBodyTruncationSize"
	maxHTMLBody           = "MaxEmailHTMLBodyTruncationSize"
	alphanumericRequired  = "AlphanumericDevicePasswordRequired"
	minPasswordLength     = "MinDevicePasswordLength"
	inactivityLock        = "MaxInactivityTimeDeviceLock"
	failedAttempts        = "MaxDevicePasswordFailedAttempts"
	allowNonProvisionable = "AllowNonProvisionable"
	allowPartial          = "AllowPartial"
	allowExternal         = "AllowExternal"
)

// elements are the settings in the order of MS-ASPROV, EASProvisionDoc.
var elements = []Element{
	{Name: devicePasswordEnabled, tag: wbxml.ProvisionDevicePasswordEnabled, Since: v120, kind: require, max: 1, Default: "0", Example: "1", wap: true,
		Help: "the device must be locked with a password"},
	{Name: alphanumericRequired, tag: wbxml.ProvisionAlphanumericDevicePasswordRequired, Since: v120, kind: require, max: 1, Default: "0", Example: "1", wap: true, password: true,
		Help: "the password must have letters, not only digits"},
	{Name: "RequireStorageCardEncryption", tag: wbxml.ProvisionRequireStorageCardEncryption, Since: v120, kind: require, max: 1, Default: "0", Example: "1",
		Help: "what is on a memory card is encrypted (DeviceEncryptionEnabled in 12.0)"},
	{Name: "PasswordRecoveryEnabled", tag: wbxml.ProvisionPasswordRecoveryEnabled, Since: v120, kind: floor, max: 1, Default: "0", Example: "1", password: true,
		Help: "the device leaves a recovery password with the server; this server keeps none"},
	{Name: attachmentsEnabled, tag: wbxml.ProvisionAttachmentsEnabled, Since: v120, kind: permit, max: 1, Default: "1", Example: "0",
		Help: "attachments may be fetched; the server sees to it"},
	{Name: minPasswordLength, tag: wbxml.ProvisionMinDevicePasswordLength, Since: v120, kind: floor, min: 1, max: 16, Default: "1", Example: "6", empty: true, wap: true, password: true,
		Help: "characters of the password"},
	{Name: inactivityLock, tag: wbxml.ProvisionMaxInactivityTimeDeviceLock, Since: v120, kind: ceiling, min: 1, max: maxSeconds, Default: "9999", Example: "300", empty: true, wap: true, password: true,
		Help: "seconds without use after which the device locks itself; from 9999 on, never"},
	{Name: failedAttempts, tag: wbxml.ProvisionMaxDevicePasswordFailedAttempts, Since: v120, kind: ceiling, min: 4, max: 16, Default: "", Example: "8", empty: true, wap: true, password: true,
		Help: "wrong passwords after which the device ERASES ITSELF, the person's own things too"},
	{Name: maxAttachmentSize, tag: wbxml.ProvisionMaxAttachmentSize, Since: v120, kind: ceiling, max: maxBytes, Default: "", Example: "5242880", empty: true,
		Help: "bytes of the largest attachment that may be fetched; the server sees to it"},
	{Name: "AllowSimpleDevicePassword", tag: wbxml.ProvisionAllowSimpleDevicePassword, Since: v120, kind: permit, max: 1, Default: "1", Example: "0", password: true,
		Help: "the password may be like 1111 or 1234"},
	{Name: "DevicePasswordExpiration", tag: wbxml.ProvisionDevicePasswordExpiration, Since: v120, kind: ceiling, max: 730, Default: "0", Example: "90", empty: true, password: true,
		Help: "days after which the password must be changed; 0: never"},
	{Name: "DevicePasswordHistory", tag: wbxml.ProvisionDevicePasswordHistory, Since: v120, kind: floor, max: 50, Default: "0", Example: "5", password: true,
		Help: "earlier passwords that may not be used again"},
	{Name: "AllowStorageCard", tag: wbxml.ProvisionAllowStorageCard, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "memory cards"},
	{Name: "AllowCamera", tag: wbxml.ProvisionAllowCamera, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "the camera"},
	{Name: "RequireDeviceEncryption", tag: wbxml.ProvisionRequireDeviceEncryption, Since: v121, kind: require, max: 1, Default: "0", Example: "1", Help: "the device is encrypted"},
	{Name: "AllowUnsignedApplications", tag: wbxml.ProvisionAllowUnsignedApplications, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "unsigned programs run"},
	{Name: "AllowUnsignedInstallationPackages", tag: wbxml.ProvisionAllowUnsignedInstallationPackages, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "unsigned packages are installed"},
	{Name: "MinDevicePasswordComplexCharacters", tag: wbxml.ProvisionMinDevicePasswordComplexCharacters, Since: v121, kind: floor, min: 1, max: 4, Default: "1", Example: "3", password: true,
		Help: "kinds of characters in the password: small and capital letters, digits, others"},
	{Name: "AllowWiFi", tag: wbxml.ProvisionAllowWiFi, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "wireless networks"},
	{Name: "AllowTextMessaging", tag: wbxml.ProvisionAllowTextMessaging, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "text messages"},
	{Name: "AllowPOPIMAPEmail", tag: wbxml.ProvisionAllowPOPIMAPEmail, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "accounts of POP3 and IMAP on the device"},
	{Name: "AllowBluetooth", tag: wbxml.ProvisionAllowBluetooth, Since: v121, kind: ceiling, max: 2, Default: "2", Example: "1", Help: "0: no Bluetooth, 1: hands-free only, 2: all"},
	{Name: "AllowIrDA", tag: wbxml.ProvisionAllowIrDA, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "infrared connections"},
	{Name: "RequireManualSyncWhenRoaming", tag: wbxml.ProvisionRequireManualSyncWhenRoaming, Since: v121, kind: require, max: 1, Default: "0", Example: "1", Help: "no synchronising by itself in foreign networks"},
	{Name: "AllowDesktopSync", tag: wbxml.ProvisionAllowDesktopSync, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "synchronising with a desktop computer"},
	{Name: maxCalendarAge, tag: wbxml.ProvisionMaxCalendarAgeFilter, Since: v121, kind: ceiling, only: []int{0, 4, 5, 6, 7}, Default: "0", Example: "6",
		Help: "how far back calendars go: 0 all, 4 two weeks, 5 a month, 6 three months, 7 six months"},
	{Name: allowHTMLEmail, tag: wbxml.ProvisionAllowHTMLEmail, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "mail comes as HTML, not only as text; the server sees to it"},
	{Name: maxEmailAge, tag: wbxml.ProvisionMaxEmailAgeFilter, Since: v121, kind: ceiling, max: 5, Default: "0", Example: "4",
		Help: "how far back mail goes: 0 all, 1 a day, 2 three days, 3 a week, 4 two weeks, 5 a month; the server sees to it"},
	{Name: maxBody, tag: wbxml.ProvisionMaxEmailBodyTruncationSize, Since: v121, kind: ceiling, min: -1, max: maxBytes >> 10, Default: "-1", Example: "100",
		Help: "KiB after which the text of mail is cut: -1 never, 0 headers only; the server sees to it"},
	{Name: maxHTMLBody, tag: wbxml.ProvisionMaxEmailHTMLBodyTruncationSize, Since: v121, kind: ceiling, min: -1, max: maxBytes >> 10, Default: "-1", Example: "200",
		Help: "the same for mail in HTML; the server sees to it"},
	{Name: "RequireSignedSMIMEMessages", tag: wbxml.ProvisionRequireSignedSMIMEMessages, Since: v121, kind: require, max: 1, Default: "0", Example: "1", Help: "mail from the device is signed"},
	{Name: "RequireEncryptedSMIMEMessages", tag: wbxml.ProvisionRequireEncryptedSMIMEMessages, Since: v121, kind: require, max: 1, Default: "0", Example: "1", Help: "mail from the device is encrypted"},
	{Name: "RequireSignedSMIMEAlgorithm", tag: wbxml.ProvisionRequireSignedSMIMEAlgorithm, Since: v121, kind: algorithm, max: 1, Default: "0", Example: "0", Help: "for signing: 0 SHA-1, 1 MD5"},
	{Name: "RequireEncryptionSMIMEAlgorithm", tag: wbxml.ProvisionRequireEncryptionSMIMEAlgorithm, Since: v121, kind: algorithm, max: 4, Default: "0", Example: "0",
		Help: "for encrypting: 0 triple DES, 1 DES, 2 RC2 with 128 bits, 3 with 64, 4 with 40"},
	{Name: "AllowSMIMEEncryptionAlgorithmNegotiation", tag: wbxml.ProvisionAllowSMIMEEncryptionAlgorithmNegotiation, Since: v121, kind: ceiling, max: 2, Default: "2", Example: "1",
		Help: "if the recipient cannot read that: 0 no other, 1 a strong one, 2 any"},
	{Name: "AllowSMIMESoftCerts", tag: wbxml.ProvisionAllowSMIMESoftCerts, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "certificates in files, not only on cards"},
	{Name: "AllowBrowser", tag: wbxml.ProvisionAllowBrowser, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "the web browser of the device"},
	{Name: "AllowConsumerEmail", tag: wbxml.ProvisionAllowConsumerEmail, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "accounts of the person's own"},
	{Name: "AllowRemoteDesktop", tag: wbxml.ProvisionAllowRemoteDesktop, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "remote desktops"},
	{Name: "AllowInternetSharing", tag: wbxml.ProvisionAllowInternetSharing, Since: v121, kind: permit, max: 1, Default: "1", Example: "0", Help: "the device as a modem for others"},
	{Name: "UnapprovedInROMApplicationList", tag: wbxml.ProvisionUnapprovedInROMApplicationList, Since: v121, kind: names, Example: "game.exe,chat.exe",
		Help: "built-in programs that may not run; several clients cannot read the list"},
	{Name: "ApprovedApplicationList", tag: wbxml.ProvisionApprovedApplicationList, Since: v121, kind: hashes, Example: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		Help: "the only installed programs that may run; several clients cannot read the list"},
	{Name: allowNonProvisionable, kind: permit, max: 1, Default: "0", Example: "1", Help: "devices that cannot take a policy are let in without"},
	{Name: allowPartial, kind: permit, max: 1, Default: "0", Example: "1", Help: "devices that apply only part of the policy are let in"},
	{Name: allowExternal, kind: permit, max: 1, Default: "0", Example: "1", Help: "devices that somebody else manages are let in"},
}
