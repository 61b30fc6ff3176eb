package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// itemsGet asks for the items of a folder behind a UID.
type itemsGet struct {
	Account    string             `json:"account"`
	Collection store.CollectionID `json:"collection"`
	After      store.UID          `json:"after,omitempty"`
}

// itemsGot are some of them; more follow if there is a UID.
type itemsGot struct {
	Items  []string  `json:"items"`
	Unread []string  `json:"unread,omitempty"` // what could not be read, and why
	After  store.UID `json:"after,omitempty"`
}

// itemsPage is how many bytes of items are answered at once, about.
const itemsPage = 1 << 20

// getItems reads items of a folder.
func (a *admin) getItems(ctx context.Context, q itemsGet, _ say) (itemsGot, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return itemsGot{}, err
	}
	got := itemsGot{Items: []string{}}
	var page []store.Record
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		size := int64(0)
		for rec, err := range r.ByUID(q.Collection, q.After+1, store.MaxUID, store.WantItem) {
			if err != nil {
				return err
			}
			page = append(page, rec)
			if size += rec.Item.Size; size >= itemsPage {
				got.After = rec.UID
				break
			}
		}
		return nil
	})
	if err != nil {
		return itemsGot{}, err
	}
	for _, rec := range page {
		raw, err := a.readBlob(ctx, rec.Item.Blob)
		if err != nil && ctx.Err() != nil {
			return itemsGot{}, err
		} else if err != nil {
			got.Unread = append(got.Unread, fmt.Sprintf("item %d: %v", rec.UID, err))
			continue
		}
		got.Items = append(got.Items, string(raw))
	}
	return got, nil
}

func (a *admin) readBlob(ctx context.Context, id store.BlobID) ([]byte, error) {
	blob, err := a.store.OpenBlob(ctx, id)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	var raw bytes.Buffer
	_, err = io.Copy(&raw, interrupted{ctx, io.NewSectionReader(blob, 0, blob.Size())})
	return raw.Bytes(), err
}

// itemsAsk asks for the folders with items of some classes.
type itemsAsk struct {
	Account string        `json:"account"`
	Classes []store.Class `json:"classes"`
	Folder  string        `json:"folder,omitempty"` // only those with this name
	Main    bool          `json:"main,omitempty"`   // only the main one of each class
}

// itemFolders are those folders.
type itemFolders struct {
	Account string       `json:"account"`
	Folders []itemFolder `json:"folders"`
}

type itemFolder struct {
	ID    store.CollectionID `json:"id"`
	Class store.Class        `json:"class"`
	Path  []string           `json:"path"`
	Fed   bool               `json:"fed,omitempty"`
}

// listItemFolders lists them.
func (a *admin) listItemFolders(ctx context.Context, q itemsAsk, _ say) (itemFolders, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return itemFolders{}, err
	}
	got := itemFolders{Account: account.Name, Folders: []itemFolder{}}
	var names []string
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		all, err := r.Collections(0)
		for _, c := range all {
			kind, _ := itemKindOf(c.Class)
			if !slices.Contains(q.Classes, c.Class) || q.Main && c.Role != kind.role {
				continue
			}
			path := strings.Join(pathOf(all, c), "/")
			names = append(names, path)
			if q.Folder != "" && !strings.EqualFold(c.Name, q.Folder) && path != q.Folder {
				continue
			}
			got.Folders = append(got.Folders, itemFolder{c.ID, c.Class, pathOf(all, c), c.Fed()})
		}
		return err
	})
	if err == nil && len(got.Folders) == 0 {
		err = notFound("%s has no folder %q %s; %s", account.Name, q.Folder, kindsOf(q.Classes), thereAre(names))
	}
	return got, err
}

// kindsOf says of what classes a folder is to be.
func kindsOf(classes []store.Class) string {
	var kinds []string
	for _, c := range classes {
		kinds = append(kinds, itemNouns[c][1])
	}
	return "of " + strings.Join(kinds, ", ")
}

// maxNames is how many names are told to who named something that is not there.
const maxNames = 20

// thereAre tells the names of what is there.
func thereAre(names []string) string {
	switch {
	case len(names) == 0:
		return "there is none"
	case len(names) > maxNames:
		return fmt.Sprintf("there are %s and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
	case len(names) == 1:
		return "there is " + names[0]
	}
	return "there are " + strings.Join(names, ", ")
}
