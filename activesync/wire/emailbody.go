package wire

import "github.com/gannetmail/gannet/wbxml"

// writeBody writes the body in the way of the version: up to 2.5 as elements of the class, MIME apart from
// text; afterwards as one Body.
func (m *Email) writeBody(e *wbxml.Encoder, version uint8) {
	if version < v120 {
		m.Body.writeOld(e)
		return
	}
	m.Body.Write(e, version)
	if m.BodyPart != nil && version >= v141 {
		e.Start(wbxml.AirSyncBaseBodyPart)
		elemInt(e, wbxml.AirSyncBaseStatus, m.BodyPart.Status)
		m.BodyPart.children(e, version)
		e.End()
	}
}

// Write writes the body as a Body element, from 12.0 on. A message without one has an empty one: several
// clients break where there is none. MS-ASAIRS, Body.
func (b *Body) Write(e *wbxml.Encoder, version uint8) {
	if b == nil {
		b = &Body{Type: BodyText}
	}
	e.Start(wbxml.AirSyncBaseBody)
	b.children(e, version)
	e.End()
}

// children writes what Body and BodyPart hold, in the order of MS-ASAIRS, Body, which has Part before Preview.
func (b *Body) children(e *wbxml.Encoder, version uint8) {
	elemInt(e, wbxml.AirSyncBaseType, b.Type)
	elemInt(e, wbxml.AirSyncBaseEstimatedDataSize, b.Size)
	if b.Truncated { // Windows Phone stops at a Truncated of 0
		elemBool(e, wbxml.AirSyncBaseTruncated, true)
	}
	if b.Part > 0 {
		elemInt(e, wbxml.ItemOperationsPart, b.Part)
	} else if b.Data != nil || b.Status == 0 { // a part that is not there has no Data
		b.data(e, wbxml.AirSyncBaseData)
	}
	if version >= v140 {
		elemText(e, wbxml.AirSyncBasePreview, b.Preview)
	}
}

// data writes the element that holds the bytes.
func (b *Body) data(e *wbxml.Encoder, tag wbxml.Tag) {
	e.Start(tag)
	if b.Data != nil {
		e.TextFrom(b.Data)
	}
	e.End()
}

// writeOld writes the body as elements of the Email class. MS-ASEMAIL, Body, MIMEData.
func (b *Body) writeOld(e *wbxml.Encoder) {
	switch {
	case b == nil:
		b = &Body{Type: BodyText}
		fallthrough
	case b.Type != BodyMIME:
		elemInt(e, wbxml.EmailBodySize, b.Size)
		elemBool(e, wbxml.EmailBodyTruncated, b.Truncated)
		b.data(e, wbxml.EmailBody)
	default:
		elemBool(e, wbxml.EmailMIMETruncated, b.Truncated)
		elemInt(e, wbxml.EmailMIMESize, b.Size)
		b.data(e, wbxml.EmailMIMEData)
	}
}

// writeAttachments writes the list of files, if there are any.
func (m *Email) writeAttachments(e *wbxml.Encoder, version uint8) {
	if len(m.Attachments) == 0 {
		return
	}
	container, write := wbxml.AirSyncBaseAttachments, (*Attachment).write
	if version < v120 {
		container, write = wbxml.EmailAttachments, (*Attachment).writeOld
	}
	e.Start(container)
	for i := range m.Attachments {
		write(&m.Attachments[i], e, version)
	}
	e.End()
}

// write writes an Attachment of MS-ASAIRS.
func (a *Attachment) write(e *wbxml.Encoder, version uint8) {
	e.Start(wbxml.AirSyncBaseAttachment)
	e.Elem(wbxml.AirSyncBaseDisplayName, a.Name)
	e.Elem(wbxml.AirSyncBaseFileReference, a.Reference)
	elemInt(e, wbxml.AirSyncBaseMethod, a.Method)
	elemInt(e, wbxml.AirSyncBaseEstimatedDataSize, a.Size)
	elemText(e, wbxml.AirSyncBaseContentId, a.ContentID)
	elemText(e, wbxml.AirSyncBaseContentLocation, a.Location)
	if a.Inline {
		elemBool(e, wbxml.AirSyncBaseIsInline, true)
	}
	if a.Order > 0 && version >= v140 {
		elemInt(e, wbxml.Email2UmAttDuration, a.Duration)
		elemInt(e, wbxml.Email2UmAttOrder, a.Order)
	}
	e.End()
}

// writeOld writes an Attachment of the Email class in 2.5.
func (a *Attachment) writeOld(e *wbxml.Encoder, _ uint8) {
	e.Start(wbxml.EmailAttachment)
	elemInt(e, wbxml.EmailAttMethod, a.Method)
	elemInt(e, wbxml.EmailAttSize, a.Size)
	e.Elem(wbxml.EmailDisplayName, a.Name)
	e.Elem(wbxml.EmailAttName, a.Reference)
	e.End()
}
