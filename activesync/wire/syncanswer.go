package wire

import (
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// A SyncWriter writes an answer of Sync, in the one order that all clients take: Windows Mobile wants
// MoreAvailable between Status and Commands. It leaves out containers that would be empty, on which iOS and
// Windows Phone choke. MS-ASCMD, Sync.
type SyncWriter struct {
	e         *wbxml.Encoder
	begun     bool      // Collections is open
	container wbxml.Tag // Responses or Commands, when open
}

// NewSyncWriter begins an answer.
func NewSyncWriter(e *wbxml.Encoder) *SyncWriter {
	e.Start(wbxml.AirSyncSync)
	return &SyncWriter{e: e}
}

// Status says what became of the whole request; limit, when not 0, what would have been allowed. Nothing
// else belongs into such an answer.
func (w *SyncWriter) Status(status, limit int) {
	elemInt(w.e, wbxml.AirSyncStatus, status)
	if limit != 0 {
		elemInt(w.e, wbxml.AirSyncLimit, limit)
	}
}

// SyncHead is what comes first of a collection.
type SyncHead struct {
	Class   string // up to 12.1; empty: left out
	SyncKey string
	ID      string
	Status  int
	More    bool // MoreAvailable
}

// Begin begins a collection.
func (w *SyncWriter) Begin(h SyncHead) {
	if !w.begun {
		w.e.Start(wbxml.AirSyncCollections)
		w.begun = true
	}
	w.e.Start(wbxml.AirSyncCollection)
	elemText(w.e, wbxml.AirSyncClass, h.Class)
	w.e.Elem(wbxml.AirSyncSyncKey, h.SyncKey)
	w.e.Elem(wbxml.AirSyncCollectionId, h.ID)
	elemInt(w.e, wbxml.AirSyncStatus, h.Status)
	if h.More {
		w.e.Empty(wbxml.AirSyncMoreAvailable)
	}
}

// SyncResponse is what became of one command of the device.
type SyncResponse struct {
	Op       SyncOp
	Class    string // empty: left out
	ClientID string // empty: left out
	ServerID string // empty: left out
	Instance string // InstanceId; empty: left out
	Status   int
}

// Respond writes what became of a command. Responses come before commands. data, if not nil, writes what
// ApplicationData holds.
func (w *SyncWriter) Respond(r SyncResponse, data func()) {
	w.within(wbxml.AirSyncResponses)
	w.e.Start(syncTags[r.Op])
	elemText(w.e, wbxml.AirSyncClass, r.Class)
	elemText(w.e, wbxml.AirSyncClientId, r.ClientID)
	elemText(w.e, wbxml.AirSyncServerId, r.ServerID)
	elemText(w.e, wbxml.AirSyncBaseInstanceId, r.Instance)
	elemInt(w.e, wbxml.AirSyncStatus, r.Status)
	w.data(data)
	w.e.End()
}

// Command writes a command to the device. data, nil for those that have none, writes what ApplicationData
// holds.
func (w *SyncWriter) Command(op SyncOp, serverID string, data func()) {
	w.within(wbxml.AirSyncCommands)
	w.e.Start(syncTags[op])
	w.e.Elem(wbxml.AirSyncServerId, serverID)
	w.data(data)
	w.e.End()
}

// End ends the collection.
func (w *SyncWriter) End() {
	w.within(0)
	w.e.End()
}

// Close ends the answer.
func (w *SyncWriter) Close() {
	if w.begun {
		w.e.End()
	}
	w.e.End()
}

// within makes container the one that is open; 0 is none.
func (w *SyncWriter) within(container wbxml.Tag) {
	if w.container == container {
		return
	}
	if w.container != 0 {
		w.e.End()
	}
	if w.container = container; container != 0 {
		w.e.Start(container)
	}
}

func (w *SyncWriter) data(data func()) {
	if data == nil {
		return
	}
	w.e.Start(wbxml.AirSyncApplicationData)
	data()
	w.e.End()
}

// elemInt writes an element that holds a number.
func elemInt[N int | int64](e *wbxml.Encoder, tag wbxml.Tag, n N) {
	e.Elem(tag, strconv.FormatInt(int64(n), 10))
}

// elemText writes an element that holds text, if there is any.
func elemText(e *wbxml.Encoder, tag wbxml.Tag, text string) {
	if text != "" {
		e.Elem(tag, text)
	}
}

// elemBool writes an element that holds 0 or 1.
func elemBool(e *wbxml.Encoder, tag wbxml.Tag, b bool) {
	if b {
		e.Elem(tag, "1")
	} else {
		e.Elem(tag, "0")
	}
}
