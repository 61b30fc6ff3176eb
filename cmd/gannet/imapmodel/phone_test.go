package imapmodel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// phone is a device of the same user.
type phone struct {
	*asclient.Client
	world  *world
	random *rand.Rand
	boxes  map[string]*asclient.Folder // by the name in IMAP
}

func newPhone(ctx context.Context, w *world, id, version string, random *rand.Rand) (*phone, error) {
	p := &phone{world: w, random: random, boxes: map[string]*asclient.Folder{}}
	p.Client = asclient.New(asclient.Config{
		URL: w.activeSync, User: user, Password: password, DeviceID: id, Version: version, HTTP: &http.Client{Transport: &http.Transport{}},
	})
	if err := p.Setup(ctx); err != nil {
		return nil, err
	}
	for _, f := range p.Folders {
		switch {
		case f.Type == asclient.TypeInbox:
			p.boxes["INBOX"] = f
		case f.Name == work:
			p.boxes[work] = f
		case f.Type == asclient.TypeDeleted:
			p.boxes[w.boxes[2].name] = f
		}
	}
	if len(p.boxes) != len(w.boxes) {
		return nil, fmt.Errorf("phone %s sees %d of the folders", id, len(p.boxes))
	}
	for _, b := range w.boxes {
		if err := p.sync(ctx, p.boxes[b.name]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// act does one thing.
func (p *phone) act(ctx context.Context) error {
	f := p.boxes[p.world.boxes[p.random.IntN(len(p.world.boxes))].name]
	item := p.pick(f)
	if item == nil {
		return p.sync(ctx, f)
	}
	switch n := p.random.IntN(12); {
	case n < 3:
		return p.sync(ctx, f)
	case n < 6:
		return p.sync(ctx, f, asclient.MarkRead(item.ID, item.Value(wbxml.EmailRead) == "0"))
	case n < 7:
		return p.sync(ctx, f, asclient.MarkFlag(item.ID, 2*p.random.IntN(2)))
	case n < 9:
		return p.categorise(ctx, f, item)
	case n < 10:
		return p.sync(ctx, f, asclient.Delete(item.ID))
	}
	to := p.boxes[p.world.boxes[p.random.IntN(len(p.world.boxes))].name]
	if to == f {
		return nil
	}
	_, err := p.Move(ctx, f, to, item.ID)
	if err != nil {
		return fmt.Errorf("move: %w", err)
	}
	return nil
}

// categorise gives an item categories: such as IMAP can say, and such as it can't.
func (p *phone) categorise(ctx context.Context, f *asclient.Folder, item *asclient.Item) error {
	if !p.AtLeast("14.0") {
		return nil
	}
	all := []string{"Later", "Blue", "Red category", "Grün"}
	var list []*asclient.Node
	for _, name := range all {
		if p.random.IntN(3) == 0 {
			list = append(list, asclient.El(wbxml.EmailCategory, name))
		}
	}
	return p.sync(ctx, f, asclient.El(wbxml.AirSyncChange, asclient.El(wbxml.AirSyncServerId, item.ID),
		asclient.El(wbxml.AirSyncApplicationData, asclient.El(wbxml.EmailCategories, list))))
}

func (p *phone) pick(f *asclient.Folder) *asclient.Item {
	if len(f.Items) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(f.Items)) // the seed decides, not the map
	return f.Items[ids[p.random.IntN(len(ids))]]
}

func (p *phone) sync(ctx context.Context, f *asclient.Folder, commands ...*asclient.Node) error {
	_, err := p.SyncFully(ctx, asclient.SyncFolder{Folder: f, Commands: commands})
	var status *asclient.StatusError
	if errors.As(err, &status) && status.Status == 3 { // it was away for too long and starts over
		_, err = p.SyncFully(ctx, asclient.SyncFolder{Folder: f})
		// The first key stands for nothing told: if nothing came after it, it is given again.
		p.Violations = slices.DeleteFunc(p.Violations, func(v string) bool { return strings.Contains(v, "-1 for "+f.ID+" given twice") })
	}
	if err != nil {
		return fmt.Errorf("phone %s, folder %s: %w", p.DeviceID, f.Name, err)
	}
	return nil
}

// settle brings all folders up to date and compares.
func (p *phone) settle(ctx context.Context, all []*mailbox) error {
	for _, m := range all {
		f := p.boxes[m.name]
		if err := p.sync(ctx, f); err != nil {
			return err
		}
		if got, want := p.shown(f), p.wanted(m); !slices.Equal(got, want) {
			return fmt.Errorf("phone %s shows in %s %q, the store has %q", p.DeviceID, m.name, without(got, want), without(want, got))
		}
	}
	if len(p.Violations) > 0 {
		return fmt.Errorf("phone %s: %s", p.DeviceID, strings.Join(p.Violations, "\n  "))
	}
	return nil
}

// shown lists a folder's items as the phone has them.
func (p *phone) shown(f *asclient.Folder) (list []string) {
	for _, item := range f.Items {
		var categories []string
		for _, c := range item.Data.Find(wbxml.EmailCategories).All(wbxml.EmailCategory) {
			categories = append(categories, c.Text)
		}
		list = append(list, p.line(item.Value(wbxml.EmailSubject), item.Value(wbxml.EmailRead) == "1", categories))
	}
	slices.Sort(list)
	return list
}

func (p *phone) wanted(m *mailbox) (list []string) {
	for _, s := range m.list {
		list = append(list, p.line(s.subject, strings.Contains(s.flags, `\seen`), s.categories))
	}
	slices.Sort(list)
	return list
}

// line is what a phone shows of a message; before 14.0 there are no categories. Keywords with $ are for programs.
func (p *phone) line(subject string, read bool, categories []string) string {
	if !p.AtLeast("14.0") {
		categories = nil
	}
	names := slices.DeleteFunc(slices.Clone(categories), func(k string) bool { return strings.HasPrefix(k, "$") })
	for i := range names {
		names[i] = strings.ToLower(names[i])
	}
	slices.Sort(names)
	return fmt.Sprintf("%s read=%v %q", subject, read, names)
}

// without is what is in a and not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
