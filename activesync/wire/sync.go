package wire

import (
	"errors"
	"io"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// Bounds of a Sync request.
const (
	maxCollections = 1000 // read; the command answers fewer
	maxCommands    = 2000 // read, in all collections together; the command refuses fewer
	maxSyncOptions = 8    // in one collection
	maxKey         = 64   // bytes of a SyncKey, ServerId or ClientId
)

// SyncRequest is a request of Sync. MS-ASCMD, Sync.
type SyncRequest struct {
	Empty       bool // no document at all: as last time
	Partial     bool // collections that are not named are as last time
	Collections []SyncCollection
	Wait        *int // minutes; nil: absent
	Heartbeat   *int // seconds; nil: absent
	WindowSize  *int // of the whole answer; nil: absent
}

// SyncCollection is what a device asks of one collection.
type SyncCollection struct {
	ID         string // CollectionId
	SyncKey    string
	Class      string      // up to 12.1; empty: absent
	Supported  []wbxml.Tag // properties that the device manages; see HasSupported
	GetChanges *bool       // nil: absent
	WindowSize *int        // nil: absent

	ConversationMode *bool // nil: absent

	HasSupported bool
	Destroy      bool      // DeletesAsMoves 0
	Options      []Options // one for each class; see HasOptions
	HasOptions   bool      // they replace the options of before
	Commands     []SyncCommand
	Invalid      string // what is wrong with its options, which concerns this collection alone; empty: nothing
}

// SyncOp is what a command of Sync does.
type SyncOp uint8

// The operations. SyncSoftDelete is the server's alone, SyncFetch the device's.
const (
	SyncAdd SyncOp = iota + 1
	SyncChange
	SyncDelete
	SyncFetch
	SyncSoftDelete
)

var syncTags = [...]wbxml.Tag{
	SyncAdd: wbxml.AirSyncAdd, SyncChange: wbxml.AirSyncChange, SyncDelete: wbxml.AirSyncDelete,
	SyncFetch: wbxml.AirSyncFetch, SyncSoftDelete: wbxml.AirSyncSoftDelete,
}

// SyncCommand is one command of a device.
type SyncCommand struct {
	Op       SyncOp
	Class    string // empty: that of the folder
	ClientID string // of SyncAdd
	ServerID string // of all others
	Email    EmailChange

	Instance   string     // InstanceId: the occurrence of a series that it is about, 16.0; empty: none
	Properties []Property `json:",omitempty"` // of an event, a card, a task or a note
	properties int        // read so far, in all levels
}

// ReadSync reads a request. contents gets the bodies and files in it as they arrive.
func ReadSync(body io.Reader, contents Contents) (SyncRequest, error) {
	var q SyncRequest
	r, _, err := newReader(body, wbxml.AirSyncSync)
	if errors.Is(err, ErrEmpty) {
		return SyncRequest{Empty: true}, nil
	} else if err != nil {
		return q, err
	}
	r.contents = contents
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncCollections:
			return r.each(func(tag wbxml.Tag) error {
				if tag != wbxml.AirSyncCollection {
					return nil
				}
				return r.syncCollection(&q)
			})
		case wbxml.AirSyncWait:
			q.Wait = new(int)
			return r.number(q.Wait)
		case wbxml.AirSyncHeartbeatInterval:
			q.Heartbeat = new(int)
			return r.number(q.Heartbeat)
		case wbxml.AirSyncWindowSize:
			q.WindowSize = new(int)
			return r.number(q.WindowSize)
		case wbxml.AirSyncPartial:
			return r.flag(&q.Partial)
		}
		return nil
	})
	return q, err
}

func (r *reader) syncCollection(q *SyncRequest) error {
	if len(q.Collections) >= maxCollections {
		return r.fail("too many collections")
	}
	var c SyncCollection
	if err := r.each(func(tag wbxml.Tag) error { return r.syncChild(&c, tag) }); err != nil {
		return err
	}
	if c.ID == "" || c.SyncKey == "" {
		return r.fail("collection without id or key")
	}
	q.Collections = append(q.Collections, c)
	return nil
}

func (r *reader) syncChild(c *SyncCollection, tag wbxml.Tag) error {
	switch tag {
	case wbxml.AirSyncClass:
		return r.short(&c.Class, maxKey)
	case wbxml.AirSyncSyncKey:
		return r.short(&c.SyncKey, maxKey)
	case wbxml.AirSyncCollectionId:
		return r.short(&c.ID, maxKey)
	case wbxml.AirSyncSupported:
		return r.supported(c)
	case wbxml.AirSyncDeletesAsMoves:
		var moves bool
		err := r.flag(&moves)
		c.Destroy = !moves
		return err
	case wbxml.AirSyncGetChanges:
		c.GetChanges = new(bool)
		return r.flag(c.GetChanges)
	case wbxml.AirSyncWindowSize:
		c.WindowSize = new(int)
		return r.number(c.WindowSize)
	case wbxml.AirSyncConversationMode:
		c.ConversationMode = new(bool)
		return r.flag(c.ConversationMode)
	case wbxml.AirSyncOptions:
		return r.syncOptions(c)
	case wbxml.AirSyncCommands:
		return r.each(func(tag wbxml.Tag) error { return r.syncCommand(c, tag) })
	}
	return nil
}

func (r *reader) supported(c *SyncCollection) error {
	c.HasSupported = true
	return r.each(func(tag wbxml.Tag) error {
		if len(c.Supported) >= 256 {
			return r.fail("too many properties")
		}
		c.Supported = append(c.Supported, tag)
		return nil
	})
}

func (r *reader) syncOptions(c *SyncCollection) error {
	var o Options
	var schema *SchemaError
	open := r.depth
	err := r.options(&o, nil)
	if errors.As(err, &schema) {
		c.Invalid = schema.Reason
		for err = nil; r.depth >= open && err == nil; {
			err = r.skip()
		}
	}
	if err != nil {
		return err
	}
	if len(c.Options) >= maxSyncOptions {
		return r.fail("too many options")
	}
	for _, before := range c.Options {
		if before.Class == o.Class {
			c.Invalid = "two options for one class"
		}
	}
	c.HasOptions = true
	c.Options = append(c.Options, o)
	return nil
}

func (r *reader) syncCommand(c *SyncCollection, tag wbxml.Tag) error {
	m := SyncCommand{}
	switch tag {
	case wbxml.AirSyncAdd:
		m.Op = SyncAdd
	case wbxml.AirSyncChange:
		m.Op = SyncChange
	case wbxml.AirSyncDelete:
		m.Op = SyncDelete
	case wbxml.AirSyncFetch:
		m.Op = SyncFetch
	default:
		return nil
	}
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncClass:
			return r.short(&m.Class, maxKey)
		case wbxml.AirSyncClientId:
			return r.short(&m.ClientID, maxKey)
		case wbxml.AirSyncServerId:
			return r.short(&m.ServerID, maxKey)
		case wbxml.AirSyncBaseInstanceId:
			return r.short(&m.Instance, maxKey)
		case wbxml.AirSyncApplicationData:
			if m.Op == SyncAdd || m.Op == SyncChange {
				return r.emailChange(&m)
			}
		}
		return nil
	})
	if strings.EqualFold(m.Class, "SMS") { // a short message, which is not kept
		m.Email = EmailChange{}
	}
	switch {
	case err != nil:
		return err
	case m.Op == SyncAdd && m.ClientID == "", m.Op != SyncAdd && m.ServerID == "":
		return r.fail("command without id")
	case r.commands >= maxCommands:
		return r.fail("too many commands")
	}
	r.commands++
	c.Commands = append(c.Commands, m)
	return nil
}
