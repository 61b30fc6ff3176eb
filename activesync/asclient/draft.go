package asclient

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gannetmail/gannet/wbxml"
)

// Draft is what a device says of a draft: nil is not said. From 16.0 on. MS-ASEMAIL; MS-ASAIRS, Add, Delete.
type Draft struct {
	To, Cc, Bcc, ReplyTo, Subject *string
	Importance                    *int
	Body                          *Body // Type and Data; with MIME all of the message
	Attach                        []NewAttachment
	Detach                        []string // FileReferences
	Send                          bool
}

// NewAttachment is a file that a device adds to a draft.
type NewAttachment struct {
	ClientID  string
	Name      string
	Type      string // media type
	ContentID string // empty: not sent
	Inline    bool
	Content   []byte
}

// AddDraft is the Add of a new draft under an id of the device's own choice.
func AddDraft(clientID string, d Draft) *Node {
	return El(wbxml.AirSyncAdd, El(wbxml.AirSyncClientId, clientID), d.data())
}

// ChangeDraft is the Change of a draft.
func ChangeDraft(id string, d Draft) *Node {
	return El(wbxml.AirSyncChange, El(wbxml.AirSyncServerId, id), d.data())
}

// SendDraft is the Change that sends a draft as it is.
func SendDraft(id string) *Node { return ChangeDraft(id, Draft{Send: true}) }

func (d Draft) data() *Node {
	n := El(wbxml.AirSyncApplicationData)
	add := func(child *Node) { n.Children = append(n.Children, child) }
	for _, text := range []struct {
		tag  wbxml.Tag
		said *string
	}{
		{wbxml.EmailTo, d.To}, {wbxml.EmailCc, d.Cc}, {wbxml.Email2Bcc, d.Bcc}, {wbxml.EmailReplyTo, d.ReplyTo},
		{wbxml.EmailSubject, d.Subject},
	} {
		if text.said != nil {
			add(El(text.tag, *text.said))
		}
	}
	if d.Importance != nil {
		add(El(wbxml.EmailImportance, *d.Importance))
	}
	if len(d.Attach)+len(d.Detach) > 0 {
		add(d.attachments())
	}
	if d.Body != nil {
		add(El(wbxml.AirSyncBaseBody, El(wbxml.AirSyncBaseType, d.Body.Type), El(wbxml.AirSyncBaseData, d.Body.Data)))
	}
	if d.Send {
		add(El(wbxml.Email2Send))
	}
	return n
}

func (d Draft) attachments() *Node {
	n := El(wbxml.AirSyncBaseAttachments)
	for _, reference := range d.Detach {
		n.Children = append(n.Children, El(wbxml.AirSyncBaseDelete, El(wbxml.AirSyncBaseFileReference, reference)))
	}
	for _, a := range d.Attach {
		file := El(wbxml.AirSyncBaseAdd, El(wbxml.AirSyncBaseClientId, a.ClientID), Data(wbxml.AirSyncBaseContent, a.Content),
			El(wbxml.AirSyncBaseContentType, a.Type), El(wbxml.AirSyncBaseDisplayName, a.Name))
		if a.ContentID != "" {
			file.Children = append(file.Children, El(wbxml.AirSyncBaseContentId, a.ContentID))
		}
		if a.Inline {
			file.Children = append(file.Children, El(wbxml.AirSyncBaseIsInline, 1))
		}
		file.Children = append(file.Children, El(wbxml.AirSyncBaseMethod, 1))
		n.Children = append(n.Children, file)
	}
	return n
}

// Drafts sends commands on one folder and returns its responses, by ClientId or ServerId. After ErrLost the
// same call repeats the request.
func (c *Client) Drafts(ctx context.Context, f *Folder, commands ...*Node) (map[string]*Node, error) {
	result, err := c.Sync(ctx, SyncRequest{Folders: []SyncFolder{{Folder: f, Commands: commands}}})
	if err != nil {
		return nil, err
	}
	got := result.Folders[f.ID]
	if got == nil || got.Status != 1 {
		e := &StatusError{Command: "Sync", HTTP: http.StatusOK}
		if got != nil {
			e.Status = got.Status
		}
		return nil, e
	}
	responses := map[string]*Node{}
	for _, r := range got.Responses {
		id := r.Value(wbxml.AirSyncClientId)
		if id == "" {
			id = r.Value(wbxml.AirSyncServerId)
		}
		responses[id] = r
	}
	return responses, nil
}

// takeAdds puts into the replica what the accepted Adds have made.
func (f *Folder) takeAdds(commands, responses []*Node) error {
	data := map[string]*Node{}
	for _, cmd := range commands {
		if cmd.Tag == wbxml.AirSyncAdd {
			data[cmd.Value(wbxml.AirSyncClientId)] = cmd.Find(wbxml.AirSyncApplicationData)
		}
	}
	for _, r := range responses {
		client, id := r.Value(wbxml.AirSyncClientId), r.Value(wbxml.AirSyncServerId)
		if r.Tag != wbxml.AirSyncAdd || r.Value(wbxml.AirSyncStatus) != "1" {
			continue
		}
		sent, known := data[client]
		delete(data, client)
		switch {
		case !known:
			return fmt.Errorf("response to an Add %q that was not sent, or a second one", client)
		case id == "" || f.Items[id] != nil:
			return fmt.Errorf("Add %q got the id %q", client, id)
		}
		item := &Item{ID: id, Data: El(wbxml.AirSyncApplicationData)}
		item.merge(sent)
		item.merge(r.Find(wbxml.AirSyncApplicationData))
		f.Items[id] = item
	}
	return nil
}
