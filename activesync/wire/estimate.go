package wire

import (
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxEstimates is how many collections one GetItemEstimate may name. MS-ASCMD, Limiting Size of Commands.
const MaxEstimates = 1000

// EstimateRequest asks for one collection how much there is to synchronise. MS-ASCMD, GetItemEstimate.
type EstimateRequest struct {
	ID         string
	SyncKey    string
	Class      string // up to 12.1
	Options    []Options
	HasOptions bool

	ConversationMode *bool // nil: absent
}

// ReadEstimate reads a request. FilterType stands in Options from 14.0 on, before that beside the key.
func ReadEstimate(body io.Reader) ([]EstimateRequest, error) {
	var list []EstimateRequest
	r, _, err := newReader(body, wbxml.GetItemEstimateGetItemEstimate)
	if err != nil {
		return nil, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		if tag != wbxml.GetItemEstimateCollections {
			return nil
		}
		return r.each(func(tag wbxml.Tag) error {
			if tag != wbxml.GetItemEstimateCollection {
				return nil
			}
			if len(list) >= MaxEstimates {
				return r.fail("too many collections")
			}
			var q EstimateRequest
			err := r.estimate(&q)
			list = append(list, q)
			return err
		})
	})
	if err == nil && len(list) == 0 {
		err = r.fail("no collections")
	}
	return list, err
}

func (r *reader) estimate(q *EstimateRequest) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncSyncKey:
			return r.short(&q.SyncKey, maxKey)
		case wbxml.GetItemEstimateCollectionId, wbxml.AirSyncCollectionId:
			return r.short(&q.ID, maxKey)
		case wbxml.GetItemEstimateClass, wbxml.AirSyncClass:
			return r.short(&q.Class, maxKey)
		case wbxml.AirSyncConversationMode:
			q.ConversationMode = new(bool)
			return r.flag(q.ConversationMode)
		case wbxml.AirSyncFilterType:
			var o Options
			q.HasOptions = true
			err := r.within(&o.FilterType, 0, 8)
			q.Options = []Options{o}
			return err
		case wbxml.AirSyncOptions:
			var o Options
			if len(q.Options) >= maxSyncOptions {
				return r.fail("too many options")
			}
			q.HasOptions = true
			err := r.options(&o, nil)
			q.Options = append(q.Options, o)
			return err
		}
		return nil
	})
}

// Estimate is the answer for one collection.
type Estimate struct {
	Status int
	Class  string // up to 12.1; empty: left out
	ID     string
	Count  int // with Status 1
}

// WriteEstimate writes an answer.
func WriteEstimate(e *wbxml.Encoder, list []Estimate) {
	e.Start(wbxml.GetItemEstimateGetItemEstimate)
	for _, x := range list {
		e.Start(wbxml.GetItemEstimateResponse)
		elemInt(e, wbxml.GetItemEstimateStatus, x.Status)
		if x.Status == 1 {
			e.Start(wbxml.GetItemEstimateCollection)
			elemText(e, wbxml.GetItemEstimateClass, x.Class)
			e.Elem(wbxml.GetItemEstimateCollectionId, x.ID)
			elemInt(e, wbxml.GetItemEstimateEstimate, x.Count)
			e.End()
		}
		e.End()
	}
	e.End()
}
