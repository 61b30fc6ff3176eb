package activesync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// Statuses of Ping. MS-ASCMD, Status (Ping).
const (
	pingExpired    = 1
	pingChanges    = 2
	pingIncomplete = 3
	pingSyntax     = 4
	pingInterval   = 5
	pingTooMany    = 6
	pingHierarchy  = 7
)

// maxPing is how many folders one Ping may watch.
const maxPing = 300

// A pingCache is what the device's last Ping said, for one that leaves it out.
type pingCache struct {
	Heartbeat int               `json:"h"` // seconds
	Folders   []wire.PingFolder `json:"f"`
}

const pingKey = "ping"

// ping answers Ping: it waits until something has changed in the folders that a device watches. While it
// waits it is nothing but a goroutine; each wake-up reads what has been written to the journal since.
func (h *Handler) ping(ctx context.Context, q *request, w *answer) error {
	asked, err := wire.ReadPing(q.body)
	if err != nil {
		return err
	}
	waiting, release := h.park(ctx, q)
	defer release()
	cache, err := h.pingParameters(ctx, q, asked)
	if err != nil {
		return err
	}
	result := h.checkPing(cache)
	if result.Status != 0 {
		q.note(doctor.Event{What: doctor.Unready, Status: result.Status})
	}
	if h.policyDue(q, q.device.PolicyKey) != nil { // a Ping need not carry the key
		result.Status = pingHierarchy // the FolderSync that follows is sent to Provision
	}
	if result.Status == 0 {
		if result, err = h.watchFolders(waiting, q, cache); err != nil {
			return err
		}
	}
	wire.WritePing(w.encoder(), result)
	return nil
}

// pingParameters completes the request with what the device said before, and remembers it.
func (h *Handler) pingParameters(ctx context.Context, q *request, asked wire.PingRequest) (pingCache, error) {
	var cache pingCache
	var raw []byte
	err := h.Store.View(ctx, q.account.ID, func(r store.Reader) (err error) {
		raw, err = r.State(q.device.ID, pingKey)
		return err
	})
	if err != nil && !errors.Is(err, store.NotFound) {
		return cache, fmt.Errorf("ping parameters: %w", err)
	}
	if len(raw) > 0 && json.Unmarshal(raw, &cache) != nil {
		cache = pingCache{}
	}
	if asked.Heartbeat != nil {
		cache.Heartbeat = *asked.Heartbeat
	}
	if asked.HasFolders {
		cache.Folders = asked.Folders
	}
	if h.checkPing(cache).Status != 0 {
		return cache, nil
	}
	now, err := json.Marshal(cache)
	if err != nil || string(now) == string(raw) {
		return cache, err
	}
	err = h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		if err := tx.PutState(q.device.ID, pingKey, now); err != nil {
			return err
		}
		return q.touch(tx)
	})
	if err != nil {
		return cache, fmt.Errorf("ping parameters: %w", err)
	}
	return cache, nil
}

// checkPing returns the answer to parameters that cannot be served; its status is 0 when they can.
func (h *Handler) checkPing(p pingCache) wire.PingAnswer {
	ids := make(map[string]bool, len(p.Folders))
	for _, f := range p.Folders {
		ids[f.ID] = true
	}
	wait := time.Duration(p.Heartbeat) * time.Second
	switch {
	case p.Heartbeat == 0 || len(p.Folders) == 0:
		return wire.PingAnswer{Status: pingIncomplete}
	case len(ids) < len(p.Folders):
		return wire.PingAnswer{Status: pingSyntax}
	case len(p.Folders) > maxPing:
		return wire.PingAnswer{Status: pingTooMany, MaxFolders: maxPing}
	case wait < h.MinHeartbeat:
		return wire.PingAnswer{Status: pingInterval, Heartbeat: int((h.MinHeartbeat + time.Second - 1) / time.Second)}
	case wait > h.MaxHeartbeat:
		return wire.PingAnswer{Status: pingInterval, Heartbeat: int(h.MaxHeartbeat / time.Second)}
	}
	return wire.PingAnswer{}
}

// watchFolders waits for changes.
func (h *Handler) watchFolders(ctx context.Context, q *request, p pingCache) (wire.PingAnswer, error) {
	watches := make([]*watch, 0, len(p.Folders))
	asked := make(map[store.CollectionID]string, len(p.Folders))
	for _, f := range p.Folders {
		id, ok, err := h.collectionNamed(ctx, q, f.ID)
		if err != nil {
			return wire.PingAnswer{}, err
		}
		if !ok {
			q.note(doctor.Event{What: doctor.TreeNews})
			return wire.PingAnswer{Status: pingHierarchy}, nil
		}
		watches, asked[id] = append(watches, newWatch(id)), f.ID
	}
	wait, offer := h.rhythm(q, seconds(p.Heartbeat), time.Second, true)
	if offer != 0 {
		return wire.PingAnswer{Status: pingInterval, Heartbeat: int(offer / time.Second)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	found, err := h.await(ctx, q, watches, func(r store.Reader, err error) error {
		if err != nil {
			return errTreeChanged // a folder is gone
		}
		return treeUnchanged(r, q)
	})
	switch {
	case errors.Is(err, errTreeChanged):
		q.note(doctor.Event{What: doctor.TreeNews})
		return wire.PingAnswer{Status: pingHierarchy}, nil
	case err != nil:
		return wire.PingAnswer{}, fmt.Errorf("ping: %w", err)
	case len(found) == 0:
		return wire.PingAnswer{Status: pingExpired}, nil
	}
	answer := wire.PingAnswer{Status: pingChanges}
	for _, n := range found {
		answer.Folders = append(answer.Folders, asked[n.id])
	}
	return answer, nil
}
