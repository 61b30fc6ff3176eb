package main

import (
	"context"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// folderInfo is a folder as `gannet account folders` shows it.
type folderInfo struct {
	Path  string `json:"path"` // names from the top of the tree on, with slashes between them
	Class string `json:"class"`
	Role  string `json:"role,omitempty"`
	Items int64  `json:"items"`
	Size  int64  `json:"size"` // bytes
	Fed   bool   `json:"fed,omitempty"`
}

// listFolders lists the folders of an account, parents before what is in them.
func (a *admin) listFolders(ctx context.Context, q accountRequest, _ say) ([]folderInfo, error) {
	account, err := a.account(ctx, q.Name)
	if err != nil {
		return nil, err
	}
	list := []folderInfo{}
	err = a.store.View(ctx, account.ID, func(r store.Reader) error {
		all, err := r.Collections(0)
		for _, c := range all {
			list = append(list, folderInfo{
				Path: strings.Join(pathOf(all, c), "/"), Class: c.Class.String(), Role: string(c.Role), Items: c.Total, Size: c.Size, Fed: c.Fed(),
			})
		}
		return err
	})
	return list, err
}
