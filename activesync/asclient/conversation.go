package asclient

import (
	"context"

	"github.com/gannetmail/gannet/wbxml"
)

// AlwaysMove moves a conversation to a folder, with what will still come to it; id is the ConversationId of one
// of its messages. The device hears of the moves by Sync. 14.0 and later. MS-ASCON, MoveAlways.
func (c *Client) AlwaysMove(ctx context.Context, id string, to *Folder) error {
	move := El(wbxml.ItemOperationsMove, Data(wbxml.ItemOperationsConversationId, []byte(id)),
		El(wbxml.ItemOperationsDstFldId, to.ID), El(wbxml.ItemOperationsOptions, El(wbxml.ItemOperationsMoveAlways)))
	answer, err := c.Do(ctx, "ItemOperations", El(wbxml.ItemOperationsItemOperations, move))
	if err != nil {
		return err
	}
	if err := check("ItemOperations", answer, wbxml.ItemOperationsStatus); err != nil {
		return err
	}
	got := answer.Find(wbxml.ItemOperationsResponse, wbxml.ItemOperationsMove)
	if echo := got.Value(wbxml.ItemOperationsConversationId); echo != id {
		c.violate("ItemOperations: conversation %x answered as %x", id, echo)
	}
	return check("ItemOperations", got, wbxml.ItemOperationsStatus)
}

// EmptyFolder removes for good what a folder holds, with the folders in it if that is wanted. MS-ASCMD,
// EmptyFolderContents.
func (c *Client) EmptyFolder(ctx context.Context, f *Folder, folders bool) error {
	empty := El(wbxml.ItemOperationsEmptyFolderContents, El(wbxml.AirSyncCollectionId, f.ID))
	if folders {
		empty.Children = append(empty.Children, El(wbxml.ItemOperationsOptions, El(wbxml.ItemOperationsDeleteSubFolders)))
	}
	answer, err := c.Do(ctx, "ItemOperations", El(wbxml.ItemOperationsItemOperations, empty))
	if err != nil {
		return err
	}
	if err := check("ItemOperations", answer, wbxml.ItemOperationsStatus); err != nil {
		return err
	}
	return check("ItemOperations", answer.Find(wbxml.ItemOperationsResponse, wbxml.ItemOperationsEmptyFolderContents), wbxml.ItemOperationsStatus)
}
