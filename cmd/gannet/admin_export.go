package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// exportRequest names what to export: an account's mail, or one folder of it.
type exportRequest struct {
	Account string `json:"account"`
	Folder  string `json:"folder,omitempty"` // its path, "Projects/2026"; empty: all
}

// exportFolder is a folder record.
type exportFolder struct {
	Path  []string   `json:"path"`
	Role  store.Role `json:"role,omitempty"`
	Count int64      `json:"count"`
}

// exportPage is how many entries are read at a time. No snapshot of the store is held while bytes travel.
const exportPage = 500

// getExport writes the folders and their messages by rising UID.
func (a *admin) getExport(ctx context.Context, request []byte, out transferWriter) error {
	var q exportRequest
	if err := json.Unmarshal(request, &q); err != nil {
		return usagef("request: %w", err)
	}
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return err
	}
	var all []store.Collection
	err = a.store.View(ctx, account.ID, func(r store.Reader) (err error) {
		all, err = r.Collections(0)
		return err
	})
	if err != nil {
		return err
	}
	found := false
	for _, c := range all {
		path := pathOf(all, c)
		if c.Class != store.Mail || q.Folder != "" && !sameFolder(c, path, q.Folder) {
			continue
		}
		found = true
		if err := a.exportFolder(ctx, out, c, path); err != nil {
			return err
		}
	}
	if !found {
		return notFound("%s has no mail folder %q", account.Name, q.Folder)
	}
	return nil
}

// sameFolder compares a folder with what the operator typed.
func sameFolder(c store.Collection, path []string, typed string) bool {
	return strings.Join(path, "/") == typed || c.Role == store.Inbox && strings.EqualFold(typed, "INBOX")
}

// pathOf is the path of a collection's names.
func pathOf(all []store.Collection, c store.Collection) (path []string) {
	for {
		path = append(path, c.Name)
		i := slices.IndexFunc(all, func(up store.Collection) bool { return up.ID == c.Parent })
		if c.Parent == 0 || i < 0 {
			slices.Reverse(path)
			return path
		}
		c = all[i]
	}
}

func (a *admin) exportFolder(ctx context.Context, out transferWriter, c store.Collection, path []string) error {
	if err := out.record(recordFolder, exportFolder{path, c.Role, c.Total}); err != nil {
		return err
	}
	for next := store.UID(1); ; {
		page, err := a.exportPage(ctx, c, next)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, rec := range page {
			if err := a.exportMessage(ctx, out, rec); err != nil {
				return err
			}
		}
		last := page[len(page)-1].UID
		if last == store.MaxUID {
			return nil
		}
		next = last + 1
	}
}

func (a *admin) exportPage(ctx context.Context, c store.Collection, from store.UID) (page []store.Record, err error) {
	err = a.store.View(ctx, c.Account, func(r store.Reader) error {
		for rec, err := range r.ByUID(c.ID, from, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			rec.Item.Keywords = slices.Clone(rec.Item.Keywords)
			if page = append(page, rec); len(page) == exportPage {
				break
			}
		}
		return nil
	})
	if errors.Is(err, store.NotFound) { // the folder was removed meanwhile
		return nil, nil
	}
	return page, err
}

func (a *admin) exportMessage(ctx context.Context, out transferWriter, rec store.Record) error {
	blob, err := a.store.OpenBlob(ctx, rec.Item.Blob)
	if errors.Is(err, store.NotFound) { // the message was removed meanwhile
		return nil
	} else if err != nil {
		return fmt.Errorf("message %d: %w", rec.UID, err)
	}
	defer blob.Close()
	m := messageRecord{
		ID: fmt.Sprintf("%010d", rec.UID), Flags: rec.Item.Flags, Keywords: rec.Item.Keywords, Received: rec.Received,
	}
	unread, err := out.message(m, interrupted{ctx, io.NewSectionReader(blob, 0, blob.Size())})
	if unread != nil && ctx.Err() == nil {
		a.log.Error("message not exported", "collection", rec.Collection, "uid", rec.UID, "error", unread)
	}
	return errors.Join(err, ctx.Err())
}
