package wire

import (
	"io"
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxMoves is how many items one MoveItems may move.
const MaxMoves = 1000

// A Move is one item to move. MS-ASCMD, MoveItems.
type Move struct {
	SrcMsgID, SrcFldID, DstFldID string
	Several                      bool // there was more than one DstFldId
}

// ReadMoveItems reads a request.
func ReadMoveItems(body io.Reader) ([]Move, error) {
	var moves []Move
	r, _, err := newReader(body, wbxml.MoveMoveItems)
	if err != nil {
		return nil, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		if tag != wbxml.MoveMove {
			return nil
		}
		if len(moves) == MaxMoves {
			return r.fail("too many moves")
		}
		var m Move
		err := r.move(&m)
		moves = append(moves, m)
		return err
	})
	if err == nil && len(moves) == 0 {
		err = r.fail("nothing to move")
	}
	return moves, err
}

func (r *reader) move(m *Move) error {
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.MoveSrcMsgId:
			return r.short(&m.SrcMsgID, maxID)
		case wbxml.MoveSrcFldId:
			return r.short(&m.SrcFldID, maxID)
		case wbxml.MoveDstFldId:
			m.Several = m.Several || m.DstFldID != ""
			return r.short(&m.DstFldID, maxID)
		}
		return nil
	})
	if err == nil && (m.SrcMsgID == "" || m.SrcFldID == "" || m.DstFldID == "") {
		err = r.fail("move without an id")
	}
	return err
}

// maxID is the longest id of a folder, an item or a request that is looked at, in bytes. MS-ASCMD says 64,
// and 256 for a LongId.
const maxID = 256

// A Moved answers a Move.
type Moved struct {
	SrcMsgID string
	Status   int
	DstMsgID string // empty: absent
}

// WriteMoveItems writes an answer.
func WriteMoveItems(e *wbxml.Encoder, moved []Moved) {
	e.Start(wbxml.MoveMoveItems)
	for _, m := range moved {
		e.Start(wbxml.MoveResponse)
		e.Elem(wbxml.MoveSrcMsgId, m.SrcMsgID)
		e.Elem(wbxml.MoveStatus, strconv.Itoa(m.Status))
		if m.DstMsgID != "" {
			e.Elem(wbxml.MoveDstMsgId, m.DstMsgID)
		}
		e.End()
	}
	e.End()
}
