package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/activesync/policy"
)

// deviceRulesCmds is `gannet device rules …`.
type deviceRulesCmds struct {
	Show    rulesShowCmd    `cmd:"" help:"Show the rules for new devices."`
	Default rulesDefaultCmd `cmd:"" help:"Say what happens to new devices that no rule is about."`
	Add     rulesAddCmd     `cmd:"" help:"Add a rule; the first one that fits decides."`
	Remove  rulesRemoveCmd  `cmd:"" help:"Remove a rule."`
	Notify  rulesNotifyCmd  `cmd:"" help:"Say who hears of devices that wait; otherwise it is the postmaster."`
	Text    rulesTextCmd    `cmd:"" help:"Say what is added to the mail that users get about a device that is kept out."`
	Apply   rulesApplyCmd   `cmd:"" help:"Let the rules decide about devices that were here before them, but for those decided one by one."`
}

type rulesShowCmd struct{}

func (rulesShowCmd) Run(ctx context.Context, in *invocation) error {
	rules, err := call[policy.Access](ctx, in, "device.rules", nothing{})
	if err != nil {
		return err
	}
	return in.print(rules, func(w io.Writer) { printRules(w, rules) })
}

func printRules(w io.Writer, rules policy.Access) {
	for _, r := range rules.Rules {
		row(w, r.String(), string(r.Decision))
	}
	if rules.Default == "" {
		rules.Default = policy.Allow
	}
	row(w, "all others", string(rules.Default))
	notify := "the postmaster of the account's domain"
	if len(rules.Notify) > 0 {
		notify = strings.Join(rules.Notify, " ")
	}
	row(w, "told of those that wait", notify)
	row(w, "added to what users are told", strings.ReplaceAll(rules.Text, "\n", " / "))
}

func changeRules(ctx context.Context, in *invocation, q rulesRequest) error {
	rules, err := call[policy.Access](ctx, in, "device.rules.change", q)
	if err != nil {
		return err
	}
	return in.print(rules, func(w io.Writer) { printRules(w, rules) })
}

type rulesDefaultCmd struct {
	Decision string `arg:"" help:"allow, quarantine or block."`
}

func (c rulesDefaultCmd) Run(ctx context.Context, in *invocation) error {
	return changeRules(ctx, in, rulesRequest{Default: c.Decision})
}

type rulesAddCmd struct {
	Rule     string `arg:"" placeholder:"FIELD=PATTERN" help:"type, agent, model or os with a pattern in which * stands for anything; model and os are known from ActiveSync 14.1 on. For example type=iPhone, agent=Android-Mail/*."`
	Decision string `arg:"" help:"allow, quarantine or block."`
	First    bool   `help:"Before the other rules, not behind them."`
}

func (c rulesAddCmd) Run(ctx context.Context, in *invocation) error {
	return changeRules(ctx, in, rulesRequest{Add: c.Rule, Access: c.Decision, First: c.First})
}

type rulesRemoveCmd struct {
	Rule string `arg:"" placeholder:"FIELD=PATTERN" help:"The rule as 'device rules show' prints it, for example type=iPhone."`
}

func (c rulesRemoveCmd) Run(ctx context.Context, in *invocation) error {
	return changeRules(ctx, in, rulesRequest{Remove: c.Rule})
}

type rulesNotifyCmd struct {
	Addresses  []string `arg:"" optional:"" help:"Who is told, besides those that are already."`
	Postmaster bool     `help:"The postmaster again, instead of those set before."`
}

func (c rulesNotifyCmd) Run(ctx context.Context, in *invocation) error {
	return changeRules(ctx, in, rulesRequest{Notify: c.Addresses, Nobody: c.Postmaster})
}

type rulesTextCmd struct {
	Text string `arg:"" help:"Whom to ask, for example; empty: nothing."`
}

func (c rulesTextCmd) Run(ctx context.Context, in *invocation) error {
	return changeRules(ctx, in, rulesRequest{Text: &c.Text})
}

type rulesApplyCmd struct {
	DryRun bool `help:"Only say what would change."`
}

func (c rulesApplyCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]rulesChange](ctx, in, "device.rules.apply", rulesRequest{DryRun: c.DryRun, By: in.operator()})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, "nothing changes")
			return
		}
		row(w, "ACCOUNT", "DEVICE", "TYPE", "MODEL", "WAS", "IS", "RULE")
		for _, c := range all {
			row(w, c.Account, c.ID, c.Type, c.Model, c.From, c.To, c.Rule)
		}
	})
}
