package asclient

import (
	"context"
	"net/http"

	"github.com/gannetmail/gannet/wbxml"
)

// Ping statuses. MS-ASCMD, Status (Ping).
const (
	PingExpired   = 1
	PingChanges   = 2
	PingHierarchy = 7
)

// Ping waits until one of the folders has something new, at most heartbeat seconds, and returns which.
// Without folders the request is empty or has the interval only: the server uses what it remembers.
// It touches no state of the client and may run beside other calls.
func (c *Client) Ping(ctx context.Context, heartbeat int, folders ...*Folder) (status int, changed []string, err error) {
	var doc *Node
	if heartbeat != 0 || len(folders) > 0 {
		doc = El(wbxml.PingPing)
		if heartbeat != 0 {
			doc.Children = append(doc.Children, El(wbxml.PingHeartbeatInterval, heartbeat))
		}
		var list []*Node
		for _, f := range folders {
			list = append(list, El(wbxml.PingFolder, El(wbxml.PingId, f.ID), El(wbxml.PingClass, "Email")))
		}
		if len(list) > 0 {
			doc.Children = append(doc.Children, El(wbxml.PingFolders, list))
		}
	}
	answer, err := c.Do(ctx, "Ping", doc)
	if err != nil {
		return 0, nil, err
	}
	status = answer.Int(wbxml.PingStatus)
	for _, f := range answer.Find(wbxml.PingFolders).All(wbxml.PingFolder) {
		changed = append(changed, f.Text)
	}
	if status > PingChanges && status != PingHierarchy {
		return status, changed, &StatusError{Command: "Ping", HTTP: http.StatusOK, Status: status}
	}
	return status, changed, nil
}

// Estimate asks how many changes a Sync of the folder would bring. MS-ASCMD, GetItemEstimate.
func (c *Client) Estimate(ctx context.Context, f *Folder) (int, error) {
	col := El(wbxml.GetItemEstimateCollection)
	if c.AtLeast("14.0") {
		col.Children = []*Node{El(wbxml.AirSyncSyncKey, f.SyncKey), El(wbxml.GetItemEstimateCollectionId, f.ID)}
	} else {
		col.Children = []*Node{El(wbxml.GetItemEstimateClass, "Email"), El(wbxml.GetItemEstimateCollectionId, f.ID),
			El(wbxml.AirSyncFilterType, 0), El(wbxml.AirSyncSyncKey, f.SyncKey)}
	}
	answer, err := c.Do(ctx, "GetItemEstimate", El(wbxml.GetItemEstimateGetItemEstimate, El(wbxml.GetItemEstimateCollections, col)))
	if err != nil {
		return 0, err
	}
	resp := answer.Find(wbxml.GetItemEstimateResponse)
	if err := check("GetItemEstimate", resp, wbxml.GetItemEstimateStatus); err != nil {
		return 0, err
	}
	return resp.Int(wbxml.GetItemEstimateCollection, wbxml.GetItemEstimateEstimate), nil
}

// Move moves items to another folder and returns their new ids by the old ones. The replicas follow.
// MS-ASCMD, MoveItems.
func (c *Client) Move(ctx context.Context, from, to *Folder, ids ...string) (map[string]string, error) {
	var moves []*Node
	for _, id := range ids {
		moves = append(moves, El(wbxml.MoveMove, El(wbxml.MoveSrcMsgId, id), El(wbxml.MoveSrcFldId, from.ID), El(wbxml.MoveDstFldId, to.ID)))
	}
	answer, err := c.Do(ctx, "MoveItems", El(wbxml.MoveMoveItems, moves))
	if err != nil {
		return nil, err
	}
	moved := map[string]string{}
	for _, resp := range answer.All(wbxml.MoveResponse) {
		src, dst := resp.Value(wbxml.MoveSrcMsgId), resp.Value(wbxml.MoveDstMsgId)
		if resp.Value(wbxml.MoveStatus) != "3" {
			continue
		}
		moved[src] = dst
		if item := from.Items[src]; item != nil {
			delete(from.Items, src)
			to.Items[dst] = &Item{ID: dst, Data: item.Data}
		}
	}
	return moved, nil
}
