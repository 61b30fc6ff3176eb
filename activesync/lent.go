package activesync

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// A folderPlace is what a device knows of the folder tree: of its own account up to a place in the journal, and which
// folders of others it was told, by which names. Those have no journal of ours: what is news of them follows from the
// difference.
type folderPlace struct {
	ModSeq store.ModSeq
	Lent   lentFolders
}

// lentFolders are folders of others as a device was told them: a line for each, of its id, its type and its name.
type lentFolders string

// A lentFolder is one of them.
type lentFolder struct {
	ID   store.CollectionID `json:"i"`
	Type int                `json:"y"`
	Name string             `json:"n"`
}

// lentOf makes the memory of folders.
func lentOf(list []lentFolder) lentFolders {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%d %d %s\n", f.ID, f.Type, f.Name)
	}
	return lentFolders(b.String())
}

// list returns the folders.
func (l lentFolders) list() (list []lentFolder) {
	for line := range strings.Lines(string(l)) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		kind, name, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseInt(id, 10, 64)
		y, err2 := strconv.Atoi(kind)
		if err == nil && err2 == nil {
			list = append(list, lentFolder{store.CollectionID(n), y, name})
		}
	}
	return list
}

// storedPlace is the form in which a folderPlace with folders of others is kept; without it is a number, as it was
// before there were such folders.
type storedPlace struct {
	ModSeq store.ModSeq `json:"m"`
	Lent   []lentFolder `json:"l"`
}

// MarshalJSON implements json.Marshaler.
func (p folderPlace) MarshalJSON() ([]byte, error) {
	if p.Lent == "" {
		return json.Marshal(p.ModSeq)
	}
	return json.Marshal(storedPlace{p.ModSeq, p.Lent.list()})
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *folderPlace) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] != '{' {
		*p = folderPlace{}
		return json.Unmarshal(raw, &p.ModSeq)
	}
	var s storedPlace
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	*p = folderPlace{s.ModSeq, lentOf(s.Lent)}
	return nil
}

// lentNow returns the folders of others that a device is to know, by their ids.
func lentNow(r store.Reader, q *request) ([]lentFolder, error) {
	shared, err := q.reachOf(r, nil).lent()
	if err != nil || len(shared) == 0 {
		return nil, err
	}
	own, err := r.Collections(0)
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(own))
	for _, c := range own {
		if c.Parent == 0 {
			names[strings.ToLower(c.Name)] = true
		}
	}
	shared = slices.Clone(shared)
	slices.SortFunc(shared, func(a, b store.Shared) int { return int(a.ID - b.ID) }) // so that no name depends on a later one
	owners := make(map[store.AccountID]store.Account)
	list := make([]lentFolder, 0, len(shared))
	for _, s := range shared {
		if q.quirks.hides(store.Collection{Class: s.Class}) { // the owner's main one is a further one here
			continue
		}
		owner, known := owners[s.Account]
		if !known {
			if owner, err = r.AccountByID(s.Account); err != nil {
				return nil, err
			}
			owners[s.Account] = owner
		}
		list = append(list, lentFolder{s.ID, userFolderTypes[s.Class], lentName(s.Collection, owner, names)})
	}
	return list, nil
}

// lentName is what a folder of somebody else is called, other than all names before.
func lentName(c store.Collection, owner store.Account, names map[string]bool) string {
	who := owner.Display
	if who == "" {
		who = owner.Name
	}
	for _, name := range []string{
		fmt.Sprintf("%s (%s)", c.Name, who), fmt.Sprintf("%s (%s)", c.Name, owner.Name), fmt.Sprintf("%s (%s, %d)", c.Name, owner.Name, c.ID),
	} {
		name = strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, name)
		if key := strings.ToLower(name); !names[key] {
			names[key] = true
			return name
		}
	}
	return collectionID(c.ID)
}

// tellLent adds what is news of folders of others to the changes, when the device knows those of before.
func (f *folderRun) tellLent(before lentFolders, now []lentFolder) {
	if before == lentOf(now) {
		return
	}
	had := before.list()
	for _, l := range now {
		i := slices.IndexFunc(had, func(old lentFolder) bool { return old.ID == l.ID })
		if i >= 0 && had[i] == l {
			continue
		}
		folder := wire.Folder{ServerID: collectionID(l.ID), ParentID: rootID, DisplayName: l.Name, Type: l.Type}
		f.changes.There = append(f.changes.There, wire.FolderChange{Folder: folder, New: i < 0})
	}
	for _, old := range had {
		if !slices.ContainsFunc(now, func(l lentFolder) bool { return l.ID == old.ID }) {
			f.changes.Gone = append(f.changes.Gone, collectionID(old.ID))
		}
	}
}
