package activesync

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A syncCache is the last complete Sync request of a device, without its commands: what an empty request
// repeats and a partial one changes. Options are not in it, they are kept with each collection's state.
// MS-ASCMD, Empty Sync Request, Partial.
type syncCache struct {
	Collections []cachedCollection `json:"c"`
	Wait        *int               `json:"w,omitempty"`
	Heartbeat   *int               `json:"h,omitempty"`
	WindowSize  *int               `json:"s,omitempty"`
}

type cachedCollection struct {
	ID         string `json:"i"`
	SyncKey    string `json:"k"`
	Class      string `json:"c,omitempty"`
	GetChanges *bool  `json:"g,omitempty"`
	WindowSize *int   `json:"s,omitempty"`
	Destroy    bool   `json:"d,omitempty"`
}

const cacheKey = "cache"

// errNoCache says that a request leaves out what the server cannot know.
var errNoCache = errors.New("what the request leaves out is not known")

// complete makes the request a whole one with what is remembered, and remembers it.
func (s *syncRun) complete(ctx context.Context, asked wire.SyncRequest) error {
	s.asked = asked
	if s.q.version < V121 {
		if asked.Empty {
			return fail(syncProtocol, errors.New("empty request"))
		}
		return nil
	}
	if asked.Partial && len(asked.Collections) == 0 && asked.Wait == nil && asked.Heartbeat == nil && asked.WindowSize == nil {
		return fail(syncProtocol, errors.New("partial request that says nothing"))
	}
	var before []byte
	err := s.h.Store.View(ctx, s.q.account.ID, func(r store.Reader) (err error) {
		before, err = r.State(s.q.device.ID, cacheKey)
		if errors.Is(err, store.NotFound) {
			err = nil
		}
		if err == nil && (asked.Empty || asked.Partial) {
			err = s.recall(r, before)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sync cache: %w", err)
	}
	if len(s.asked.Collections) == 0 {
		return fail(syncIncomplete, errNoCache)
	}
	return s.remember(before)
}

// recall adds to the request what it leaves out.
func (s *syncRun) recall(r store.Reader, raw []byte) error {
	var cache syncCache
	if len(raw) == 0 || json.Unmarshal(raw, &cache) != nil || len(cache.Collections) == 0 {
		return fail(syncIncomplete, errNoCache)
	}
	named := make(map[string]bool)
	for _, c := range s.asked.Collections {
		named[c.ID] = true
	}
	for _, c := range cache.Collections {
		if named[c.ID] {
			continue
		}
		if err := s.current(r, c); err != nil {
			return err
		}
		s.asked.Collections = append(s.asked.Collections, wire.SyncCollection{
			ID: c.ID, SyncKey: c.SyncKey, Class: c.Class, GetChanges: c.GetChanges, WindowSize: c.WindowSize, Destroy: c.Destroy,
		})
	}
	if s.asked.Wait == nil && s.asked.Heartbeat == nil {
		s.asked.Wait, s.asked.Heartbeat = cache.Wait, cache.Heartbeat
	}
	if s.asked.WindowSize == nil {
		s.asked.WindowSize = cache.WindowSize
	}
	return nil
}

// current refuses a remembered key that an answer has moved on: whether that answer came through only the
// device can say, with a complete request.
func (s *syncRun) current(r store.Reader, c cachedCollection) error {
	id, ok, err := s.q.reachOf(r, nil).named(c.ID)
	if err != nil || !ok {
		return err
	}
	st, _, err := readState(r, s.q.device.ID, id)
	if err != nil || st == nil {
		return err
	}
	if latest := st.latest(); st.key(latest.N) != c.SyncKey {
		return fail(syncIncomplete, errors.New("an answer may or may not have come through"))
	}
	return nil
}

// remember keeps the request for the next one that is not complete, if it is not what is kept already.
func (s *syncRun) remember(before []byte) error {
	cache := syncCache{Wait: s.asked.Wait, Heartbeat: s.asked.Heartbeat, WindowSize: s.asked.WindowSize}
	for _, c := range s.asked.Collections {
		if len(c.Commands) > 0 || c.SyncKey == initialKey {
			return nil // not one to be repeated
		}
		cache.Collections = append(cache.Collections, cachedCollection{
			ID: c.ID, SyncKey: c.SyncKey, Class: c.Class, GetChanges: c.GetChanges, WindowSize: c.WindowSize, Destroy: c.Destroy,
		})
	}
	raw, err := json.Marshal(cache)
	if err == nil && !bytes.Equal(raw, before) {
		s.cache = raw
	}
	return err
}
