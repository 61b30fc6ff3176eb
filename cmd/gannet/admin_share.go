package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// shareRequest names a folder of an account, and what somebody else may do with it.
type shareRequest struct {
	Owner  string `json:"owner"`
	Folder string `json:"folder,omitempty"` // its path
	With   string `json:"with,omitempty"`   // an address, or everyone
	Rights string `json:"rights,omitempty"` // of shareRights
}

// shareInfo is a share as the verbs show it.
type shareInfo struct {
	Owner  string `json:"owner"`
	Folder string `json:"folder"`
	Class  string `json:"class"`
	With   string `json:"with"`
	Rights string `json:"rights"` // of shareRights, or the letters of IMAP (RFC 4314) for other sets
}

// everyone stands for all accounts of the server.
const everyone = "everyone"

// A namedRights is a set of rights that has a name.
type namedRights struct {
	name   string
	rights store.Rights
}

var shareRights = []namedRights{
	{"read", store.MayLookup | store.MayRead | store.MayKeepSeen},
	{"write", store.MayLookup | store.MayRead | store.MayKeepSeen | store.MayWrite | store.MayInsert | store.MayDelete | store.MayExpunge},
	{"freebusy", store.MayLookup | store.MaySeeTimes},
}

// rightsNamed is the name of a set of rights, or its letters.
func rightsNamed(r store.Rights) string {
	for _, set := range shareRights {
		if set.rights == r {
			return set.name
		}
	}
	return r.String()
}

// addShare sets what somebody may do with a folder.
func (a *admin) addShare(ctx context.Context, q shareRequest, _ say) (shareInfo, error) {
	i := slices.IndexFunc(shareRights, func(set namedRights) bool { return set.name == q.Rights })
	if i < 0 {
		return shareInfo{}, usagef("%q are no rights: say read, write or freebusy", q.Rights)
	}
	return a.changeShare(ctx, q, func(c store.Collection, _ store.Rights) (store.Rights, error) {
		switch {
		case q.Rights == "freebusy" && c.Class != store.Calendar:
			return 0, usagef("%s is no calendar: only a calendar can be shared by its times alone", q.Folder)
		case q.Rights == "write" && c.Fed():
			return 0, usagef("%s is kept by the server and can be read only", q.Folder)
		}
		return shareRights[i].rights, nil
	})
}

// removeShare takes a share back.
func (a *admin) removeShare(ctx context.Context, q shareRequest, _ say) (shareInfo, error) {
	return a.changeShare(ctx, q, func(_ store.Collection, has store.Rights) (store.Rights, error) {
		if has == 0 {
			return 0, notFound("%s of %s is not shared with %s; `gannet share list %s` shows what is", q.Folder, q.Owner, q.With, q.Owner)
		}
		return 0, nil
	})
}

// changeShare sets the rights on a folder to what change makes of them, and returns what was set, or taken back.
func (a *admin) changeShare(ctx context.Context, q shareRequest, change func(store.Collection, store.Rights) (store.Rights, error)) (info shareInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		owner, err := findAccount(tx, q.Owner)
		if err != nil {
			return err
		}
		with, err := granteeNamed(tx, q.With)
		if err != nil {
			return err
		}
		if with.ID == owner.ID {
			return usagef("%s is the owner", owner.Name)
		}
		mine, err := tx.TxOf(owner.ID)
		if err != nil {
			return err
		}
		c, path, err := folderAt(mine, owner, q.Folder)
		if err != nil {
			return err
		}
		has, err := rightsOf(mine, c.ID, with.ID)
		if err != nil {
			return err
		}
		rights, err := change(c, has)
		if err != nil {
			return err
		}
		info = shareInfo{owner.Name, path, c.Class.String(), with.Name, rightsNamed(cmp.Or(rights, has))}
		return mine.PutGrant(store.Grant{Collection: c.ID, Grantee: with.ID, Rights: rights})
	})
	return info, err
}

// granteeNamed returns the account that is named; everyone has the id 0.
func granteeNamed(r store.Directory, name string) (store.Account, error) {
	if strings.EqualFold(name, everyone) {
		return store.Account{Name: everyone}, nil
	}
	a, err := findAccount(r, name)
	if exitCode(err) == exitNotFound {
		if _, alias := r.Resolve(name); alias == nil {
			return a, usagef("%s is no account but leads to others; share with each of them", name)
		}
	}
	return a, err
}

// rightsOf reads what was granted to an account.
func rightsOf(r store.Reader, c store.CollectionID, to store.AccountID) (store.Rights, error) {
	grants, err := r.Grants(c)
	for _, g := range grants {
		if g.Grantee == to {
			return g.Rights, nil
		}
	}
	return 0, err
}

// folderAt returns the folder with a path, as people write it: whatever its case, if it is the only one.
func folderAt(r store.Reader, owner store.Account, path string) (store.Collection, string, error) {
	all, err := r.Collections(0)
	if err != nil {
		return store.Collection{}, "", err
	}
	var found []store.Collection
	var names []string
	for _, c := range all {
		name := strings.Join(pathOf(all, c), "/")
		names = append(names, name)
		switch {
		case name == path:
			return c, name, nil
		case strings.EqualFold(name, path):
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return store.Collection{}, "", notFound("%s has no folder %q; %s", owner.Name, path, thereAre(names))
	case 1:
		return found[0], strings.Join(pathOf(all, found[0]), "/"), nil
	}
	return store.Collection{}, "", usagef("%s has several folders %q, which differ by case: write it as it is", owner.Name, path)
}

// listShares lists what an account shares, or all accounts.
func (a *admin) listShares(ctx context.Context, q shareRequest, _ say) ([]shareInfo, error) {
	list := []shareInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		accounts, err := r.Accounts()
		if err != nil {
			return err
		}
		names := map[store.AccountID]string{0: everyone}
		for _, account := range accounts {
			names[account.ID] = account.Name
		}
		if q.Owner != "" {
			owner, err := findAccount(r, q.Owner)
			if err != nil {
				return err
			}
			accounts = []store.Account{owner}
		}
		for _, owner := range accounts {
			shares, err := sharesOf(r, owner, names)
			if err != nil {
				return err
			}
			list = append(list, shares...)
		}
		return nil
	})
	return list, err
}

// sharesOf lists what one account shares.
func sharesOf(r store.Reader, owner store.Account, names map[store.AccountID]string) (list []shareInfo, err error) {
	mine, err := r.Of(owner.ID)
	if err != nil {
		return nil, err
	}
	all, err := mine.Collections(0)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		grants, err := mine.Grants(c.ID)
		if err != nil {
			return nil, err
		}
		for _, g := range grants {
			list = append(list, shareInfo{owner.Name, strings.Join(pathOf(all, c), "/"), c.Class.String(), names[g.Grantee], rightsNamed(g.Rights)})
		}
	}
	return list, nil
}
