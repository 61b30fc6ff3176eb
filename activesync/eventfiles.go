package activesync

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// files are what is attached to a component, never nil. A link is none: there is nothing to be fetched. MS-ASAIRS,
// Attachments.
func (v *eventView) files(c *calendar.Component) *[]wire.Attachment {
	list := []wire.Attachment{}
	var shown map[string]bool
	for p := range c.All("ATTACH") {
		f, ok := calendar.FileOf(p)
		if !ok {
			continue
		}
		if shown == nil {
			shown = shownInText(textOf(c).html)
		}
		a := wire.Attachment{Name: fileName(f), Reference: fileReference(v.item, f.ID()), Method: 1, Size: f.Size(), ContentID: f.CID}
		a.Inline = f.CID != "" && shown[f.CID]
		list = append(list, a)
	}
	return &list
}

// shownInText are the Content-IDs of files that a text shows, never nil. It is read once, however many files there are.
func shownInText(html string) map[string]bool {
	ids := map[string]bool{}
	for {
		_, rest, found := strings.Cut(html, "cid:")
		if !found {
			return ids
		}
		end := strings.IndexAny(rest, "\"'<>() \t\r\n")
		if end < 0 {
			end = len(rest)
		}
		ids[rest[:end]] = true
		html = rest[end:]
	}
}

// fileName is what a file is called: all devices want a name.
func fileName(f calendar.InlineFile) string {
	if f.Name != "" {
		return f.Name
	}
	return "attachment"
}

// openEventFile opens what is attached to an event, to its series or to one of its occurrences.
func (h *Handler) openEventFile(ctx context.Context, r store.Record, v veil, id string) (*file, error) {
	raw, err := h.readObject(ctx, r.Item.Blob)
	switch {
	case err != nil:
		return nil, err
	case v.hides(r.Item.Class, raw):
		return nil, errNoItem
	}
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", r.Item.ID, err)
	}
	for _, f := range o.Files() {
		if f.ID() != id {
			continue
		}
		content, err := f.Content()
		if err != nil {
			return nil, fmt.Errorf("file of event %d: %w", r.Item.ID, err)
		}
		read := func() io.Reader { return bytes.NewReader(content) }
		return &file{kind: mediaType(f.Type), encoded: int64(len(raw)), read: read, close: func() error { return nil }}, nil
	}
	return nil, errNoItem
}

// mediaType is a media type without parameters; empty if s is none.
func mediaType(s string) string {
	media, _, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(media, "/") {
		return ""
	}
	return media
}

// changeFiles attaches and takes away what the device says. What is gone already is as it should be.
func (e *eventEdit) changeFiles(c *calendar.Component) error {
	d := e.c.Email.Draft
	if d == nil || e.c.version < V160 {
		return nil
	}
	for _, reference := range d.Delete {
		item, id, ok := parseFileReference(reference)
		if ok && item == e.c.item {
			removeFile(c, id)
		}
	}
	var err error
	e.files, err = e.attach(c, d.Add)
	return err
}

// plainName is a name without what no property may hold.
func plainName(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "_")))
}

func removeFile(c *calendar.Component, id string) {
	for _, p := range c.Attachments() {
		if f, ok := calendar.FileOf(p); ok && f.ID() == id {
			c.Replace(p, nil)
		}
	}
}

// attach attaches files to a component, each once, and returns their names in FileReferences.
func (e *eventEdit) attach(c *calendar.Component, add []wire.DraftFile) (names []string, err error) {
	for _, f := range add {
		content, err := io.ReadAll(io.LimitReader(e.c.file(f.Content), maxObject+1))
		switch {
		case err != nil:
			return nil, fmt.Errorf("read file: %w", err)
		case len(content) > maxObject:
			return nil, fail(syncCannotComplete, fmt.Errorf("file of more than %d bytes", maxObject))
		}
		p := calendar.NewFile(plainName(f.Name), mediaType(f.ContentType), strings.Trim(f.ContentID, "<> "), content)
		made, _ := calendar.FileOf(p)
		removeFile(c, made.ID())
		c.Add(p)
		names = append(names, made.ID())
	}
	return names, nil
}
