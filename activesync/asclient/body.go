package asclient

import "github.com/gannetmail/gannet/wbxml"

// Body is the body of a message as a device has it.
type Body struct {
	Type      int    // PlainText, HTML or MIME
	Data      string // UTF-8; with MIME the message's bytes
	Truncated bool
	Size      int // as estimated by the server, before truncation
}

// Attachment is one file of a message as the server describes it.
type Attachment struct {
	Name      string
	Reference string // for [Client.Attachment]
	Size      int
	ContentID string
	Inline    bool
	Method    int // 1 normal, 5 embedded message, 6 OLE
}

// BodyOf reads the body of an ApplicationData or of the Properties of a fetched item, in the form of either
// generation: an element of the Email class up to 2.5, of AirSyncBase afterwards. MS-ASEMAIL, Body,
// MIMEData; MS-ASAIRS, Body.
func BodyOf(data *Node) Body {
	if b := data.Find(wbxml.AirSyncBaseBody); b != nil {
		return Body{
			Type: b.Int(wbxml.AirSyncBaseType), Data: b.Value(wbxml.AirSyncBaseData),
			Truncated: b.Value(wbxml.AirSyncBaseTruncated) == "1", Size: b.Int(wbxml.AirSyncBaseEstimatedDataSize),
		}
	}
	if m := data.Find(wbxml.EmailMIMEData); m != nil {
		return Body{
			Type: MIME, Data: m.Text,
			Truncated: data.Value(wbxml.EmailMIMETruncated) == "1", Size: data.Int(wbxml.EmailMIMESize),
		}
	}
	return Body{
		Type: PlainText, Data: data.Value(wbxml.EmailBody),
		Truncated: data.Value(wbxml.EmailBodyTruncated) == "1", Size: data.Int(wbxml.EmailBodySize),
	}
}

// AttachmentsOf reads the list of attachments, in the form of either generation. MS-ASEMAIL, Attachments;
// MS-ASAIRS, Attachments.
func AttachmentsOf(data *Node) []Attachment {
	var list []Attachment
	for _, a := range data.Find(wbxml.AirSyncBaseAttachments).All(wbxml.AirSyncBaseAttachment) {
		list = append(list, Attachment{
			Name: a.Value(wbxml.AirSyncBaseDisplayName), Reference: a.Value(wbxml.AirSyncBaseFileReference),
			Size: a.Int(wbxml.AirSyncBaseEstimatedDataSize), ContentID: a.Value(wbxml.AirSyncBaseContentId),
			Inline: a.Value(wbxml.AirSyncBaseIsInline) == "1", Method: a.Int(wbxml.AirSyncBaseMethod),
		})
	}
	for _, a := range data.Find(wbxml.EmailAttachments).All(wbxml.EmailAttachment) {
		list = append(list, Attachment{
			Name: a.Value(wbxml.EmailDisplayName), Reference: a.Value(wbxml.EmailAttName),
			Size: a.Int(wbxml.EmailAttSize), Method: a.Int(wbxml.EmailAttMethod),
		})
	}
	return list
}
