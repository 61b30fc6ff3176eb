package asclient

import (
	"bytes"
	"context"

	"github.com/gannetmail/gannet/wbxml"
)

// Outgoing is a message to send.
type Outgoing struct {
	MIME     []byte
	ClientID string // from 14.0 on: the same id is sent once
	Save     bool   // keep a copy in Sent Items
	// For a reply or a forward: the message that it is about, and whether MIME holds all of it already.
	Folder  *Folder
	Item    string
	Replace bool
}

// SendMail, SmartReply and SmartForward send a message: as a document from 14.0 on, as bare MIME before.
func (c *Client) SendMail(ctx context.Context, o Outgoing) error {
	return c.send(ctx, "SendMail", wbxml.ComposeMailSendMail, o)
}

// SmartReply lets the server add the text of the original.
func (c *Client) SmartReply(ctx context.Context, o Outgoing) error {
	return c.send(ctx, "SmartReply", wbxml.ComposeMailSmartReply, o)
}

// SmartForward lets the server add the original and its attachments.
func (c *Client) SmartForward(ctx context.Context, o Outgoing) error {
	return c.send(ctx, "SmartForward", wbxml.ComposeMailSmartForward, o)
}

func (c *Client) send(ctx context.Context, cmd string, tag wbxml.Tag, o Outgoing) error {
	if !c.AtLeast("14.0") {
		params := map[string]string{}
		if o.Save {
			params["SaveInSent"] = "T"
		}
		if o.Folder != nil {
			params["CollectionId"], params["ItemId"] = o.Folder.ID, o.Item
		}
		_, err := c.post(ctx, cmd, params, "message/rfc822", bytes.NewReader(o.MIME), true)
		return err
	}
	doc := El(tag, El(wbxml.ComposeMailClientId, o.ClientID))
	if o.Folder != nil {
		doc.Children = append(doc.Children, El(wbxml.ComposeMailSource,
			El(wbxml.ComposeMailFolderId, o.Folder.ID), El(wbxml.ComposeMailItemId, o.Item)))
	}
	if o.Save {
		doc.Children = append(doc.Children, El(wbxml.ComposeMailSaveInSentItems))
	}
	if o.Replace {
		doc.Children = append(doc.Children, El(wbxml.ComposeMailReplaceMime))
	}
	doc.Children = append(doc.Children, Data(wbxml.ComposeMailMime, o.MIME))
	answer, err := c.Do(ctx, cmd, doc)
	if err != nil || answer == nil {
		return err
	}
	return check(cmd, answer, wbxml.ComposeMailStatus)
}
