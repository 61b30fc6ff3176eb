package wire

import (
	"errors"
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// PingRequest is a request of Ping. What it leaves out is as last time. MS-ASCMD, Ping.
type PingRequest struct {
	Heartbeat  *int         // seconds; nil: absent
	Folders    []PingFolder // see HasFolders
	HasFolders bool
}

// PingFolder is a folder to watch.
type PingFolder struct {
	ID    string `json:"i"`
	Class string `json:"c,omitempty"` // informative
}

// maxPingFolders bounds what is read; the command answers fewer.
const maxPingFolders = 2000

// ReadPing reads a request; no body at all leaves out everything.
func ReadPing(body io.Reader) (PingRequest, error) {
	var q PingRequest
	r, _, err := newReader(body, wbxml.PingPing)
	if errors.Is(err, ErrEmpty) {
		return q, nil
	} else if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.PingHeartbeatInterval:
			q.Heartbeat = new(int)
			return r.number(q.Heartbeat)
		case wbxml.PingFolders:
			q.HasFolders = true
			return r.each(func(tag wbxml.Tag) error {
				if tag != wbxml.PingFolder {
					return nil
				}
				return r.pingFolder(&q)
			})
		}
		return nil
	})
	return q, err
}

func (r *reader) pingFolder(q *PingRequest) error {
	var f PingFolder
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.PingId:
			return r.short(&f.ID, maxKey)
		case wbxml.PingClass:
			return r.short(&f.Class, maxKey)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case f.ID == "":
		return r.fail("folder without id")
	case len(q.Folders) >= maxPingFolders:
		return r.fail("too many folders")
	}
	q.Folders = append(q.Folders, f)
	return nil
}

// PingAnswer is an answer of Ping.
type PingAnswer struct {
	Status     int
	Folders    []string // with changes
	MaxFolders int      // 0: absent
	Heartbeat  int      // seconds; 0: absent
}

// WritePing writes an answer.
func WritePing(e *wbxml.Encoder, a PingAnswer) {
	e.Start(wbxml.PingPing)
	elemInt(e, wbxml.PingStatus, a.Status)
	if len(a.Folders) > 0 {
		e.Start(wbxml.PingFolders)
		for _, id := range a.Folders {
			e.Elem(wbxml.PingFolder, id)
		}
		e.End()
	}
	if a.MaxFolders != 0 {
		elemInt(e, wbxml.PingMaxFolders, a.MaxFolders)
	}
	if a.Heartbeat != 0 {
		elemInt(e, wbxml.PingHeartbeatInterval, a.Heartbeat)
	}
	e.End()
}
