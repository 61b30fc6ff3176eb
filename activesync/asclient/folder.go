package asclient

import (
	"context"

	"github.com/gannetmail/gannet/wbxml"
)

// Folder types. MS-ASCMD, Type (FolderSync).
const (
	TypeInbox    = 2
	TypeDrafts   = 3
	TypeDeleted  = 4
	TypeSent     = 5
	TypeOutbox   = 6
	TypeCalendar = 8
	TypeContacts = 9
	TypeUser     = 12

	TypeRecipients = 19
)

// Folder is a folder as the device has it.
type Folder struct {
	ID      string
	Parent  string // "0": top
	Name    string
	Type    int
	SyncKey string // "0" before the first Sync
	Items   map[string]*Item

	used map[string]bool // keys that the server has given
}

// Item is a message as the device has it.
type Item struct {
	ID   string
	Data *Node // ApplicationData as first sent, with later changes merged in
}

// Value returns a property of the item, by the path below ApplicationData.
func (i *Item) Value(path ...wbxml.Tag) string { return i.Data.Value(path...) }

// FolderByType returns the folder of a default type, or nil.
func (c *Client) FolderByType(t int) *Folder {
	for _, f := range c.Folders {
		if f.Type == t {
			return f
		}
	}
	return nil
}

// FolderSync brings the tree up to date. MS-ASCMD, FolderSync.
func (c *Client) FolderSync(ctx context.Context) error {
	answer, err := c.Do(ctx, "FolderSync", El(wbxml.FolderHierarchyFolderSync, El(wbxml.FolderHierarchySyncKey, c.FolderKey)))
	if err != nil {
		return err
	}
	if err := check("FolderSync", answer, wbxml.FolderHierarchyStatus); err != nil {
		return err
	}
	changes := answer.Find(wbxml.FolderHierarchyChanges)
	if n := len(changes.All(wbxml.FolderHierarchyAdd)) + len(changes.All(wbxml.FolderHierarchyUpdate)) +
		len(changes.All(wbxml.FolderHierarchyDelete)); n != changes.Int(wbxml.FolderHierarchyCount) {
		c.violate("FolderSync: Count %d, changes %d", changes.Int(wbxml.FolderHierarchyCount), n)
	}
	first := c.FolderKey == "0"
	fresh := map[string]*Folder{}
	for _, add := range changes.All(wbxml.FolderHierarchyAdd) {
		f := c.addFolder(add, first)
		fresh[f.ID] = f
	}
	if first {
		c.Folders = fresh
	}
	c.changeFolders(changes)
	c.FolderKey = answer.Value(wbxml.FolderHierarchySyncKey)
	return nil
}

// addFolder takes one Add. A device that starts over keeps what it has of a folder that comes again.
func (c *Client) addFolder(add *Node, first bool) *Folder {
	id := add.Value(wbxml.FolderHierarchyServerId)
	f, there := c.Folders[id]
	if there && !first {
		c.violate("FolderSync: %s added twice", id)
	}
	if !there {
		f = &Folder{ID: id, SyncKey: "0", Items: map[string]*Item{}, used: map[string]bool{}}
	}
	if parent := add.Value(wbxml.FolderHierarchyParentId); parent != "0" && c.Folders[parent] == nil && !first {
		c.violate("FolderSync: %s before its parent %s", id, parent)
	}
	f.take(add)
	c.Folders[id] = f
	return f
}

func (f *Folder) take(n *Node) {
	f.Parent = n.Value(wbxml.FolderHierarchyParentId)
	f.Name = n.Value(wbxml.FolderHierarchyDisplayName)
	f.Type = n.Int(wbxml.FolderHierarchyType)
}

func (c *Client) changeFolders(changes *Node) {
	for _, update := range changes.All(wbxml.FolderHierarchyUpdate) {
		id := update.Value(wbxml.FolderHierarchyServerId)
		if f := c.Folders[id]; f != nil {
			f.take(update)
		} else {
			c.violate("FolderSync: Update of unknown %s", id)
		}
	}
	for _, del := range changes.All(wbxml.FolderHierarchyDelete) {
		id := del.Value(wbxml.FolderHierarchyServerId)
		if c.Folders[id] == nil {
			c.violate("FolderSync: Delete of unknown %s", id)
		}
		delete(c.Folders, id)
	}
}

// reset forgets what the device has of a folder, as phones do on status 3.
func (f *Folder) reset() {
	f.SyncKey, f.Items = "0", map[string]*Item{}
}
