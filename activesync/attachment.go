package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// getAttachment answers GetAttachment, of up to 12.1: the bare bytes of a file. One that is not there is
// 500 by the specification. MS-ASCMD, GetAttachment.
func (h *Handler) getAttachment(ctx context.Context, q *request, w *answer) error {
	if q.query.Attachment == "" {
		return fail(statusServerError, errors.New("no AttachmentName"))
	}
	f, err := h.openFile(ctx, q, q.query.Attachment)
	if err != nil {
		return fail(statusServerError, err)
	}
	defer f.Close()
	size, err := f.size()
	if err != nil {
		return fail(statusServerError, err)
	}
	if err := q.allowFile(size); err != nil {
		return fail(statusAccessDenied, err)
	}
	content, err := f.open(0, size)
	if err != nil {
		return fail(statusServerError, err)
	}
	// A browser that remembers the password can be made to ask by any page: it must not show what it gets.
	w.w.Header().Set("Content-Disposition", "attachment")
	if _, err := io.Copy(w.raw(f.contentType(), size), content); err != nil {
		return fmt.Errorf("send attachment: %w", err)
	}
	return nil
}
