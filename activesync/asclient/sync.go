package asclient

import (
	"context"
	"net/http"

	"github.com/gannetmail/gannet/wbxml"
)

// SyncRequest is one Sync. It changes nothing on the client until its answer has arrived, so that a
// request whose answer was lost is repeated by calling Sync with the same value.
type SyncRequest struct {
	Folders   []SyncFolder
	Window    int // over all folders; 0: not sent
	Wait      int // minutes; 0: not sent
	Heartbeat int // seconds; 0: not sent
	Partial   bool
}

// SyncFolder is one folder's part of a Sync.
type SyncFolder struct {
	Folder    *Folder
	Window    int     // 0: not sent
	NoChanges bool    // GetChanges 0
	Expunge   bool    // DeletesAsMoves 0
	Options   []*Node // Options elements; see [Client.MailOptions]
	Commands  []*Node // Change, Delete, Fetch, Add; see [MarkRead], [Delete]
}

// SyncResult is what came of a Sync.
type SyncResult struct {
	Empty   bool // no document: nothing new
	Folders map[string]*FolderResult
}

// FolderResult is what came of one folder.
type FolderResult struct {
	Status    int
	More      bool
	Added     []string
	Changed   []string
	Deleted   []string
	Softened  []string // SoftDelete: left the filter window
	Responses []*Node
}

// Sync sends one request and takes its answer. A folder's own status is in the result; on status 3 its
// replica is forgotten, as phones do.
func (c *Client) Sync(ctx context.Context, r SyncRequest) (*SyncResult, error) {
	answer, err := c.Do(ctx, "Sync", c.syncDocument(r))
	if err != nil {
		return nil, err
	}
	result := &SyncResult{Folders: map[string]*FolderResult{}, Empty: answer == nil}
	if answer == nil {
		for _, f := range r.Folders {
			if len(f.Commands) > 0 {
				c.violate("Sync: empty answer to commands for %s", f.Folder.ID)
			}
		}
		return result, nil
	}
	if s := answer.Find(wbxml.AirSyncStatus); s != nil && s.Text != "1" {
		return nil, &StatusError{Command: "Sync", HTTP: http.StatusOK, Status: answer.Int(wbxml.AirSyncStatus)}
	}
	for _, col := range answer.Find(wbxml.AirSyncCollections).All(wbxml.AirSyncCollection) {
		id := col.Value(wbxml.AirSyncCollectionId)
		f := c.Folders[id]
		if f == nil {
			c.violate("Sync: answer for unknown folder %s", id)
			continue
		}
		result.Folders[id] = c.takeCollection(f, col, r)
	}
	return result, nil
}

func (c *Client) syncDocument(r SyncRequest) *Node {
	var cols []*Node
	for _, f := range r.Folders {
		cols = append(cols, c.collection(f))
	}
	doc := El(wbxml.AirSyncSync)
	if len(cols) > 0 {
		doc.Children = append(doc.Children, El(wbxml.AirSyncCollections, cols))
	}
	for _, n := range []struct {
		tag   wbxml.Tag
		value int
	}{{wbxml.AirSyncWait, r.Wait}, {wbxml.AirSyncHeartbeatInterval, r.Heartbeat}, {wbxml.AirSyncWindowSize, r.Window}} {
		if n.value != 0 {
			doc.Children = append(doc.Children, El(n.tag, n.value))
		}
	}
	if r.Partial {
		doc.Children = append(doc.Children, El(wbxml.AirSyncPartial))
	}
	if len(doc.Children) == 0 {
		return nil // the empty request
	}
	return doc
}

func (c *Client) collection(f SyncFolder) *Node {
	n := El(wbxml.AirSyncCollection)
	add := func(child *Node) { n.Children = append(n.Children, child) }
	if !c.AtLeast("14.0") {
		add(El(wbxml.AirSyncClass, "Email"))
	}
	add(El(wbxml.AirSyncSyncKey, f.Folder.SyncKey))
	add(El(wbxml.AirSyncCollectionId, f.Folder.ID))
	if f.Expunge {
		add(El(wbxml.AirSyncDeletesAsMoves, "0"))
	}
	if f.Folder.SyncKey != "0" {
		if f.NoChanges {
			add(El(wbxml.AirSyncGetChanges, "0"))
		} else if !c.AtLeast("12.1") {
			add(El(wbxml.AirSyncGetChanges))
		}
	}
	if f.Window != 0 {
		add(El(wbxml.AirSyncWindowSize, f.Window))
	}
	n.Children = append(n.Children, f.Options...)
	if len(f.Commands) > 0 {
		add(El(wbxml.AirSyncCommands, f.Commands))
	}
	return n
}

// takeCollection applies one folder's answer to its replica.
func (c *Client) takeCollection(f *Folder, col *Node, r SyncRequest) *FolderResult {
	result := &FolderResult{Status: col.Int(wbxml.AirSyncStatus), More: col.Find(wbxml.AirSyncMoreAvailable) != nil}
	result.Responses = col.Find(wbxml.AirSyncResponses).allChildren()
	switch result.Status {
	case 1:
	case 3:
		f.reset()
		return result
	default:
		return result
	}
	c.takeKey(f, col)
	var own map[string]bool
	for _, sent := range r.Folders {
		if sent.Folder == f {
			if err := f.takeAdds(sent.Commands, result.Responses); err != nil {
				c.violate("Sync: %v", err)
			}
			own = f.applyOwn(sent.Commands, result.Responses)
		}
	}
	for _, cmd := range col.Find(wbxml.AirSyncCommands).allChildren() {
		c.takeCommand(f, cmd, result, own)
	}
	return result
}

func (c *Client) takeKey(f *Folder, col *Node) {
	key := col.Value(wbxml.AirSyncSyncKey)
	if key == "" || key == "0" {
		c.violate("Sync: key %q for %s", key, f.ID)
		return
	}
	if key != f.SyncKey && f.used[key] {
		c.violate("Sync: key %s for %s given twice", key, f.ID)
	}
	f.used[key] = true
	f.SyncKey = key
}

// applyOwn does to the replica what the accepted commands did to the server, and returns what they deleted.
func (f *Folder) applyOwn(commands, responses []*Node) (deleted map[string]bool) {
	deleted = map[string]bool{}
	failed := map[string]bool{}
	for _, resp := range responses {
		if resp.Value(wbxml.AirSyncStatus) != "1" {
			failed[resp.Value(wbxml.AirSyncServerId)] = true
		}
	}
	for _, cmd := range commands {
		id := cmd.Value(wbxml.AirSyncServerId)
		item := f.Items[id]
		if item == nil || failed[id] || cmd.Find(wbxml.AirSyncBaseInstanceId) != nil { // what became of one occurrence the server tells
			continue
		}
		switch cmd.Tag {
		case wbxml.AirSyncDelete:
			delete(f.Items, id)
			deleted[id] = true
		case wbxml.AirSyncChange:
			item.merge(cmd.Find(wbxml.AirSyncApplicationData))
		}
	}
	return deleted
}

// takeCommand applies one command of the server. own is what the client has just deleted itself: the same
// delete of another device may cross it.
func (c *Client) takeCommand(f *Folder, cmd *Node, result *FolderResult, own map[string]bool) {
	id := cmd.Value(wbxml.AirSyncServerId)
	item := f.Items[id]
	switch cmd.Tag {
	case wbxml.AirSyncAdd:
		if item != nil {
			c.violate("Sync: %s added twice", id)
		}
		f.Items[id] = &Item{ID: id, Data: cmd.Find(wbxml.AirSyncApplicationData)}
		result.Added = append(result.Added, id)
	case wbxml.AirSyncChange:
		if item == nil {
			c.violate("Sync: Change of unknown %s", id)
			return
		}
		item.merge(cmd.Find(wbxml.AirSyncApplicationData))
		result.Changed = append(result.Changed, id)
	case wbxml.AirSyncDelete, wbxml.AirSyncSoftDelete:
		if item == nil && !own[id] {
			c.violate("Sync: %v of unknown %s", cmd.Tag, id)
		}
		delete(f.Items, id)
		if cmd.Tag == wbxml.AirSyncDelete {
			result.Deleted = append(result.Deleted, id)
		} else {
			result.Softened = append(result.Softened, id)
		}
	}
}

// merge replaces the properties that change names.
func (i *Item) merge(change *Node) {
	for _, p := range change.allChildren() {
		replaced := false
		for k, old := range i.Data.Children {
			if old.Tag == p.Tag {
				i.Data.Children[k], replaced = p, true
			}
		}
		if !replaced {
			i.Data.Children = append(i.Data.Children, p)
		}
	}
}

func (n *Node) allChildren() []*Node {
	if n == nil {
		return nil
	}
	return n.Children
}

// SyncFully repeats Sync for one folder until nothing more is available, priming it first if need be.
// It returns how many requests that took.
func (c *Client) SyncFully(ctx context.Context, f SyncFolder) (requests int, err error) {
	for {
		priming := f.Folder.SyncKey == "0"
		sent := f
		if priming {
			sent.Commands = nil
		}
		result, err := c.Sync(ctx, SyncRequest{Folders: []SyncFolder{sent}})
		requests++
		if err != nil {
			return requests, err
		}
		got := result.Folders[f.Folder.ID]
		switch {
		case result.Empty:
			return requests, nil
		case got == nil:
			return requests, &StatusError{Command: "Sync", HTTP: http.StatusOK}
		case got.Status != 1:
			return requests, &StatusError{Command: "Sync", HTTP: http.StatusOK, Status: got.Status}
		case priming:
			continue
		case !got.More:
			return requests, nil
		}
		f.Commands = nil
	}
}
