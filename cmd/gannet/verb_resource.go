package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// resourceCmds is `gannet account resource …`.
type resourceCmds struct {
	Set  resourceSetCmd  `cmd:"" help:"Make an account a room or a thing that answers invitations by itself, or change its rules."`
	Show resourceShowCmd `cmd:"" help:"Show the rules of one."`
	List resourceListCmd `cmd:"" help:"List the rooms and the equipment."`
}

// resourceFlags say what a resource is.
type resourceFlags struct {
	Capacity *int    `help:"How many people it holds." placeholder:"N"`
	Building *string `help:"Where it is." placeholder:"TEXT"`
	Floor    *string `help:"On which floor." placeholder:"TEXT"`
}

func (f resourceFlags) change() resourceChange {
	return resourceChange{Capacity: f.Capacity, Building: trimmedText(f.Building), Floor: trimmedText(f.Floor)}
}

func trimmedText(s *string) *string {
	if s == nil {
		return nil
	}
	text := strings.TrimSpace(*s)
	return &text
}

type resourceSetCmd struct {
	Account string  `arg:"" help:"The account's address."`
	Kind    *string `help:"room, equipment, or none: somebody's account again." enum:"room,equipment,none" placeholder:"KIND"`
	resourceFlags
	Horizon   *int      `help:"Within how many days a meeting must begin." placeholder:"DAYS"`
	Longest   *Duration `help:"How long a meeting may take, e.g. 4h; 0: without bound." placeholder:"TIME"`
	Conflicts *int      `help:"How many percent of a series may be taken already: those occurrences are declined one by one. With more the whole series is." placeholder:"PERCENT"`
	Outside   *bool     `help:"Whether people of other servers are answered." negatable:""`
}

func (c resourceSetCmd) Run(ctx context.Context, in *invocation) error {
	q := resourceRequest{Account: c.Account, resourceChange: c.change()}
	q.Kind, q.Horizon, q.Conflicts, q.Outside = c.Kind, c.Horizon, c.Conflicts, c.Outside
	if c.Longest != nil {
		if time.Duration(*c.Longest)%time.Minute != 0 {
			return usagef("--longest %v: it is whole minutes", time.Duration(*c.Longest))
		}
		minutes := int(time.Duration(*c.Longest) / time.Minute)
		q.Longest = &minutes
	}
	if q.resourceChange == (resourceChange{}) {
		return usagef("say what to set, for example --kind room; `gannet account resource set --help` lists all")
	}
	r, err := call[resourceInfo](ctx, in, "account.resource.set", q)
	if err != nil {
		return err
	}
	return in.print(r, r.write)
}

type resourceShowCmd struct {
	Account string `arg:"" help:"The account's address."`
}

func (c resourceShowCmd) Run(ctx context.Context, in *invocation) error {
	r, err := call[resourceInfo](ctx, in, "account.resource.show", resourceRequest{Account: c.Account})
	if err != nil {
		return err
	}
	return in.print(r, r.write)
}

type resourceListCmd struct{}

func (resourceListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]resourceInfo](ctx, in, "account.resource.list", nothing{})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "RESOURCE", "NAME", "KIND", "CAPACITY", "WHERE")
		for _, r := range all {
			row(w, r.Account, r.Display, r.Kind, seats(r.Resource), officeOf(r.Resource))
		}
	})
}

func seats(r calendar.Resource) string {
	if r.Capacity == 0 {
		return ""
	}
	return fmt.Sprint(r.Capacity)
}

// write shows a resource as text.
func (r resourceInfo) write(w io.Writer) {
	row(w, "account", r.Account)
	row(w, "name", r.Display)
	if !r.Is() {
		row(w, "kind", noResource)
		return
	}
	row(w, "kind", r.Kind)
	row(w, "capacity", seats(r.Resource))
	row(w, "building", r.Building)
	row(w, "floor", r.Floor)
	row(w, "horizon", fmt.Sprintf("%d days", r.Horizon))
	row(w, "longest", longestText(r.Resource))
	row(w, "conflicts", fmt.Sprintf("%d%%", r.Share))
	row(w, "outside", r.Outside)
}
