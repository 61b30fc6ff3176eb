package main

import (
	"strings"

	"github.com/gannetmail/gannet/mail/archive"
	"github.com/gannetmail/gannet/store"
)

// placing decides where the folders of a source go.
type placing struct {
	rules []placingRule
	into  []string
	only  []string
	skip  []string
	aside bool
	roles map[string]store.Role // of the source's folders, by path
}

// placingRule is one --map.
type placingRule struct {
	from string
	to   []string
}

func (f importFlags) placing(folders []archive.Folder) (placing, error) {
	p := placing{only: f.Only, skip: f.Skip, aside: f.Aside, roles: map[string]store.Role{}}
	if f.Into != "" {
		p.into = archive.CleanPath(strings.Split(f.Into, "/"))
	}
	for _, text := range f.Map {
		from, to, ok := strings.Cut(text, "=")
		path := archive.CleanPath(strings.Split(to, "/"))
		if !ok || from == "" || len(path) == 0 {
			return p, usagef("--map %s: write FROM=TO, the path of a folder in the source and where it goes", text)
		}
		p.rules = append(p.rules, placingRule{from, path})
	}
	for _, folder := range folders {
		if folder.Role != "" {
			p.roles[strings.Join(folder.Path, "/")] = folder.Role
		}
	}
	for _, named := range append(append([]string{}, f.Only...), f.Skip...) {
		if !anyWithin(folders, named) {
			return p, notFound("the source has no folder %q; --dry-run shows all", named)
		}
	}
	for _, rule := range p.rules {
		if !anyWithin(folders, rule.from) {
			return p, notFound("--map: the source has no folder %q; --dry-run shows all", rule.from)
		}
	}
	return p, nil
}

func anyWithin(folders []archive.Folder, named string) bool {
	for _, f := range folders {
		if _, ok := below(f, named); ok {
			return true
		}
	}
	return false
}

// below returns the names of a folder's path below the folder that was named; false when it is not in it. Folders are
// named by their path with slashes or dots, or as the source names them.
func below(f archive.Folder, named string) ([]string, bool) {
	for i := len(f.Path); i > 0; i-- {
		if strings.Join(f.Path[:i], "/") == named || strings.Join(f.Path[:i], ".") == named {
			return f.Path[i:], true
		}
	}
	return nil, f.Native == named
}

// leaves says why a folder is not imported; empty: it is.
func (p placing) leaves(f archive.Folder) string {
	in := func(list []string) bool {
		for _, named := range list {
			if _, ok := below(f, named); ok {
				return true
			}
		}
		return false
	}
	switch {
	case in(p.skip):
		return "--skip"
	case len(p.only) > 0 && !in(p.only):
		return "not in --only"
	case f.Aside != "" && len(p.only) == 0 && !p.aside:
		return f.Aside + "; --aside imports it"
	}
	return ""
}

// place returns where a folder goes: below the collection of a role, or of the top.
func (p placing) place(f archive.Folder) (store.Role, []string) {
	if to, ok := p.ruled(f); ok {
		return "", append(append([]string{}, p.into...), to...)
	}
	path := archive.CleanPath(f.Path)
	switch {
	case len(p.into) > 0:
		return "", append(append([]string{}, p.into...), path...)
	case len(path) == 0:
		return store.Inbox, nil
	}
	role, from := p.declared(f)
	if first := archive.RoleOf(path[0]); from <= 1 && len(path) > 1 && (first == store.Inbox || role == store.Inbox) {
		if guess := p.guess(path[1]); guess != "" { // INBOX.Sent, as Courier has it
			return guess, path[2:]
		}
	}
	if role != "" {
		return role, archive.CleanPath(f.Path[from:])
	}
	if guess := p.guess(path[0]); guess != "" {
		return guess, path[1:]
	}
	return "", path
}

// declared is the role that the source gives to a folder, or to the nearest one that it is in, and how many names lead
// there.
func (p placing) declared(f archive.Folder) (role store.Role, names int) {
	for i := len(f.Path); i > 0; i-- {
		if role := p.roles[strings.Join(f.Path[:i], "/")]; role != "" {
			return role, i
		}
	}
	return "", 0
}

// guess is the role of a folder by its name, where the source does not say which folder has that role.
func (p placing) guess(name string) store.Role {
	role := archive.RoleOf(name)
	for _, declared := range p.roles {
		if declared == role {
			return ""
		}
	}
	return role
}

// ruled applies the most particular --map.
func (p placing) ruled(f archive.Folder) (to []string, ok bool) {
	longest := -1
	for _, rule := range p.rules {
		if rest, in := below(f, rule.from); in && len(rule.from) > longest {
			longest, ok = len(rule.from), true
			to = append(append([]string{}, rule.to...), archive.CleanPath(rest)...)
		}
	}
	return to, ok
}

// placeText is a place for people.
func placeText(role store.Role, path []string) string {
	if role == "" {
		return strings.Join(path, "/")
	}
	name := string(role)
	for _, c := range store.DefaultCollections {
		if c.Role == role {
			name = c.Name
		}
	}
	return strings.Join(append([]string{name}, path...), "/")
}
