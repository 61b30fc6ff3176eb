package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/activesync/policy"
)

// devicePolicyCmds is `gannet device policy …`.
type devicePolicyCmds struct {
	Set       policySetCmd       `cmd:"" help:"Set elements of a policy, at one level."`
	Unset     policyUnsetCmd     `cmd:"" help:"Leave elements to the levels above again."`
	Show      policyShowCmd      `cmd:"" help:"Show what is set at one level."`
	Effective policyEffectiveCmd `cmd:"" help:"Show what holds for an account or a device, and where it comes from."`
	Elements  policyElementsCmd  `cmd:"" help:"List all elements with their values."`
}

// policyLevelFlags name a level. A device comes before its account, that before its groups, of which the
// strictest counts, and these before the server.
type policyLevelFlags struct {
	Group   string `help:"All members of an alias; the strictest of several." placeholder:"ALIAS"`
	Account string `help:"One account." placeholder:"ADDRESS"`
	Device  string `help:"One device of --account." placeholder:"ID"`
}

func (f policyLevelFlags) request() policyRequest {
	return policyRequest{Account: f.Account, Group: f.Group, ID: f.Device}
}

type policySetCmd struct {
	policyLevelFlags
	Settings []string `arg:"" placeholder:"NAME=VALUE" help:"Elements with their values, for example DevicePasswordEnabled=1 MinDevicePasswordLength=6."`
}

func (c policySetCmd) Run(ctx context.Context, in *invocation) error {
	q := c.request()
	q.Set = map[string]string{}
	for _, s := range c.Settings {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return usagef("%q is not NAME=VALUE; for example DevicePasswordEnabled=1", s)
		}
		q.Set[name] = value
	}
	return changePolicyBy(ctx, in, q)
}

type policyUnsetCmd struct {
	policyLevelFlags
	Names []string `arg:"" optional:"" help:"Elements."`
	All   bool     `help:"All that are set at the level."`
}

func (c policyUnsetCmd) Run(ctx context.Context, in *invocation) error {
	if c.All == (len(c.Names) > 0) {
		return usagef("say which elements to unset, or --all")
	}
	q := c.request()
	q.Unset, q.All = c.Names, c.All
	return changePolicyBy(ctx, in, q)
}

func changePolicyBy(ctx context.Context, in *invocation, q policyRequest) error {
	p, err := call[policyInfo](ctx, in, "device.policy.change", q)
	if err != nil {
		return err
	}
	return in.print(p, func(w io.Writer) { printLevel(w, p) })
}

type policyShowCmd struct{ policyLevelFlags }

func (c policyShowCmd) Run(ctx context.Context, in *invocation) error {
	p, err := call[policyInfo](ctx, in, "device.policy.show", c.request())
	if err != nil {
		return err
	}
	return in.print(p, func(w io.Writer) { printLevel(w, p) })
}

func printLevel(w io.Writer, p policyInfo) {
	if len(p.Values) == 0 {
		fmt.Fprintln(w, "nothing is set for the", plain(p.Of))
		return
	}
	fmt.Fprintln(w, "set for the", plain(p.Of)+":")
	for _, v := range p.Values {
		row(w, v.Name, v.Value)
	}
}

type policyEffectiveCmd struct {
	Account string `arg:"" help:"The account's address."`
	ID      string `arg:"" optional:"" name:"device" help:"One of its devices; otherwise one that has nothing of its own."`
	All     bool   `help:"What is not set, too."`
}

func (c policyEffectiveCmd) Run(ctx context.Context, in *invocation) error {
	p, err := call[policyInfo](ctx, in, "device.policy.effective", policyRequest{Account: c.Account, ID: c.ID})
	if err != nil {
		return err
	}
	return in.print(p, func(w io.Writer) {
		switch {
		case p.State != "":
			fmt.Fprintln(w, plain(p.Of)+":", plain(p.State))
		case !p.Demanded:
			fmt.Fprintln(w, plain(p.Of), "has nothing to agree to")
		default:
			fmt.Fprintln(w, plain(p.Of), "has to agree to this:")
		}
		for _, v := range p.Values {
			if v.From == policy.FromDefault && !c.All {
				continue
			}
			from := v.From
			if v.Idle {
				from += "; no effect: DevicePasswordEnabled is not 1"
			}
			row(w, v.Name, v.Value, from)
		}
	})
}

type policyElementsCmd struct{}

func (policyElementsCmd) Run(in *invocation) error {
	type element struct {
		Name, Since, Values, Default, Meaning string
	}
	var all []element
	for _, e := range policy.Elements() {
		since := "server"
		if e.Since != 0 {
			since = fmt.Sprintf("%d.%d", e.Since/10, e.Since%10)
		}
		all = append(all, element{e.Name, since, e.Allowed(), e.Default, e.Help})
	}
	return in.print(all, func(w io.Writer) {
		row(w, "ELEMENT", "SINCE", "UNSET", "MEANING", "VALUES")
		for _, e := range all {
			row(w, e.Name, e.Since, e.Default, e.Meaning, e.Values)
		}
	})
}
