package wire

import (
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// FolderRequest is a request of FolderSync (only SyncKey), FolderCreate, FolderDelete or FolderUpdate.
// MS-ASCMD, FolderSync, FolderCreate, FolderDelete, FolderUpdate.
type FolderRequest struct {
	SyncKey     string
	ServerID    string // FolderDelete, FolderUpdate
	ParentID    string // FolderCreate, FolderUpdate
	DisplayName string // FolderCreate, FolderUpdate
	Type        int    // FolderCreate
}

const (
	maxFolderName = 1024 // bytes; 256 characters
	maxFolderID   = 64   // bytes
)

// ReadFolder reads a request of the command whose root element that is.
func ReadFolder(body io.Reader, root wbxml.Tag) (FolderRequest, error) {
	var q FolderRequest
	r, _, err := newReader(body, root)
	if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.FolderHierarchySyncKey:
			return r.short(&q.SyncKey, maxFolderID)
		case wbxml.FolderHierarchyServerId:
			return r.short(&q.ServerID, maxFolderID)
		case wbxml.FolderHierarchyParentId:
			return r.short(&q.ParentID, maxFolderID)
		case wbxml.FolderHierarchyDisplayName:
			return r.short(&q.DisplayName, maxFolderName)
		case wbxml.FolderHierarchyType:
			return r.number(&q.Type)
		}
		return nil
	})
	if err == nil && q.SyncKey == "" {
		err = r.fail("no SyncKey")
	}
	return q, err
}

// Folder is a folder as a device sees it.
type Folder struct {
	ServerID    string
	ParentID    string
	DisplayName string
	Type        int // 2 to 19; MS-ASCMD, Type (FolderSync)
}

// FolderChanges are the changes of a folder tree, in the order in which a device can make them one by one:
// first what is there, parents before children, since a folder may move into one that is new; then what is
// gone, children before parents, for what was in it may have moved out.
type FolderChanges struct {
	There []FolderChange
	Gone  []string // ServerId
}

// A FolderChange is a folder that is new, or else has another name, place or type.
type FolderChange struct {
	Folder
	New bool
}

// Count returns how many there are.
func (c *FolderChanges) Count() int { return len(c.There) + len(c.Gone) }

// New returns how many folders are new.
func (c *FolderChanges) New() (n int) {
	for _, f := range c.There {
		if f.New {
			n++
		}
	}
	return n
}

// WriteFolderSync writes an answer of FolderSync.
func WriteFolderSync(e *wbxml.Encoder, key string, c *FolderChanges) {
	e.Start(wbxml.FolderHierarchyFolderSync)
	e.Elem(wbxml.FolderHierarchyStatus, "1")
	e.Elem(wbxml.FolderHierarchySyncKey, key)
	e.Start(wbxml.FolderHierarchyChanges)
	elemInt(e, wbxml.FolderHierarchyCount, c.Count())
	for i := range c.There {
		tag := wbxml.FolderHierarchyUpdate
		if c.There[i].New {
			tag = wbxml.FolderHierarchyAdd
		}
		c.There[i].write(e, tag)
	}
	for _, id := range c.Gone {
		e.Start(wbxml.FolderHierarchyDelete)
		e.Elem(wbxml.FolderHierarchyServerId, id)
		e.End()
	}
	e.End()
	e.End()
}

func (f *Folder) write(e *wbxml.Encoder, tag wbxml.Tag) {
	e.Start(tag)
	e.Elem(wbxml.FolderHierarchyServerId, f.ServerID)
	e.Elem(wbxml.FolderHierarchyParentId, f.ParentID)
	e.Elem(wbxml.FolderHierarchyDisplayName, f.DisplayName)
	elemInt(e, wbxml.FolderHierarchyType, f.Type)
	e.End()
}

// WriteFolderDone writes that a change of the tree was made; id is that of a folder created, else empty.
func WriteFolderDone(e *wbxml.Encoder, root wbxml.Tag, key, id string) {
	e.Start(root)
	e.Elem(wbxml.FolderHierarchyStatus, "1")
	e.Elem(wbxml.FolderHierarchySyncKey, key)
	elemText(e, wbxml.FolderHierarchyServerId, id)
	e.End()
}

// WriteHierarchy writes an answer of GetHierarchy. MS-ASCMD, GetHierarchy.
func WriteHierarchy(e *wbxml.Encoder, folders []Folder) {
	e.Start(wbxml.FolderHierarchyFolders)
	for _, f := range folders {
		e.Start(wbxml.FolderHierarchyFolder)
		e.Elem(wbxml.FolderHierarchyDisplayName, f.DisplayName)
		e.Elem(wbxml.FolderHierarchyServerId, f.ServerID)
		elemInt(e, wbxml.FolderHierarchyType, f.Type)
		e.Elem(wbxml.FolderHierarchyParentId, f.ParentID)
		e.End()
	}
	e.End()
}
