package asclient

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/gannetmail/gannet/wbxml"
)

// FetchItem returns the properties of one item, with its body as the preference asks. MS-ASCMD, Fetch
// (ItemOperations).
func (c *Client) FetchItem(ctx context.Context, f *Folder, id string, body ...BodyPreference) (*Node, error) {
	options := El(wbxml.ItemOperationsOptions)
	for _, b := range body {
		if b.Type == MIME {
			options.Children = append(options.Children, El(wbxml.AirSyncMIMESupport, 2))
		}
	}
	options.Children = append(options.Children, c.bodies(body)...)
	fetch := El(wbxml.ItemOperationsFetch, El(wbxml.ItemOperationsStore, "Mailbox"),
		El(wbxml.AirSyncCollectionId, f.ID), El(wbxml.AirSyncServerId, id))
	if len(options.Children) > 0 {
		fetch.Children = append(fetch.Children, options)
	}
	answer, err := c.Do(ctx, "ItemOperations", El(wbxml.ItemOperationsItemOperations, fetch))
	if err != nil {
		return nil, err
	}
	got, err := fetched(answer)
	if err != nil {
		return nil, err
	}
	return got.Find(wbxml.ItemOperationsProperties), nil
}

// fetched returns the only Fetch of an answer.
func fetched(answer *Node) (*Node, error) {
	if err := check("ItemOperations", answer, wbxml.ItemOperationsStatus); err != nil {
		return nil, err
	}
	got := answer.Find(wbxml.ItemOperationsResponse, wbxml.ItemOperationsFetch)
	return got, check("ItemOperations", got, wbxml.ItemOperationsStatus)
}

// Attachment returns the bytes of an attachment by its reference: with ItemOperations, inline in the
// document; before 12.0 with GetAttachment.
func (c *Client) Attachment(ctx context.Context, reference string) ([]byte, error) {
	if !c.AtLeast("12.0") {
		resp, err := c.post(ctx, "GetAttachment", map[string]string{"AttachmentName": reference}, "", bytes.NewReader(nil), false)
		if err != nil {
			return nil, err
		}
		return resp.body, nil
	}
	return c.attachment(ctx, reference, "")
}

// AttachmentRange returns the bytes from first to last, both included.
func (c *Client) AttachmentRange(ctx context.Context, reference string, first, last int64) ([]byte, error) {
	return c.attachment(ctx, reference, fmt.Sprintf("%d-%d", first, last))
}

func (c *Client) attachment(ctx context.Context, reference, span string) ([]byte, error) {
	answer, err := c.Do(ctx, "ItemOperations", El(wbxml.ItemOperationsItemOperations, attachmentFetch(reference, span)))
	if err != nil {
		return nil, err
	}
	got, err := fetched(answer)
	if err != nil {
		return nil, err
	}
	properties := got.Find(wbxml.ItemOperationsProperties)
	if (span == "") != (properties.Find(wbxml.ItemOperationsRange) == nil) {
		c.violate("ItemOperations: Range %q answered with %q", span, properties.Value(wbxml.ItemOperationsRange))
	}
	return base64.StdEncoding.DecodeString(properties.Value(wbxml.ItemOperationsData))
}

func attachmentFetch(reference, span string) *Node {
	fetch := El(wbxml.ItemOperationsFetch, El(wbxml.ItemOperationsStore, "Mailbox"), El(wbxml.AirSyncBaseFileReference, reference))
	if span != "" {
		fetch.Children = append(fetch.Children, El(wbxml.ItemOperationsOptions, El(wbxml.ItemOperationsRange, span)))
	}
	return fetch
}

// AttachmentMultipart returns the bytes of an attachment, fetched as a part of its own beside the
// document. MS-ASCMD, Delivery of Content Requested by Fetch.
func (c *Client) AttachmentMultipart(ctx context.Context, reference string) ([]byte, error) {
	doc, err := El(wbxml.ItemOperationsItemOperations, attachmentFetch(reference, "")).encode()
	if err != nil {
		return nil, err
	}
	resp, err := c.post(ctx, "ItemOperations", map[string]string{"AcceptMultiPart": "T"},
		"application/vnd.ms-sync.wbxml", bytes.NewReader(doc), true)
	if err != nil {
		return nil, err
	}
	if ct := resp.header.Get("Content-Type"); ct != "application/vnd.ms-sync.multipart" {
		return nil, fmt.Errorf("ItemOperations: multipart answer of type %q", ct)
	}
	parts, err := splitMultipart(resp.body)
	if err != nil {
		return nil, err
	}
	answer, err := parse(bytes.NewReader(parts[0]))
	if err != nil {
		return nil, err
	}
	got, err := fetched(answer)
	if err != nil {
		return nil, err
	}
	i := got.Int(wbxml.ItemOperationsProperties, wbxml.ItemOperationsPart)
	if i < 1 || i >= len(parts) {
		return nil, fmt.Errorf("ItemOperations: part %d of %d", i, len(parts))
	}
	return parts[i], nil
}

// splitMultipart cuts a multipart answer at the offsets that it begins with.
func splitMultipart(b []byte) ([][]byte, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("multipart answer of %d bytes", len(b))
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n < 1 || len(b) < 4+8*n {
		return nil, fmt.Errorf("multipart answer of %d bytes and %d parts", len(b), n)
	}
	parts := make([][]byte, n)
	for i := range parts {
		at, size := int64(binary.LittleEndian.Uint32(b[4+8*i:])), int64(binary.LittleEndian.Uint32(b[8+8*i:]))
		if at+size > int64(len(b)) {
			return nil, fmt.Errorf("part %d ends at %d of %d", i, at+size, len(b))
		}
		parts[i] = b[at : at+size]
	}
	return parts, nil
}
