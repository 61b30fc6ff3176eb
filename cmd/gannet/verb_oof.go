package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/autoreply"
)

// oofCmds is `gannet account oof …`.
type oofCmds struct {
	Show oofShowCmd `cmd:"" help:"Show what an account answers with, and when."`
	Set  oofSetCmd  `cmd:"" help:"Answer an account's mail automatically: from now on, or for a time."`
	Off  oofOffCmd  `cmd:"" help:"Stop answering; the texts are kept."`
}

type oofShowCmd struct {
	Account string `arg:"" help:"Its address."`
}

func (c oofShowCmd) Run(ctx context.Context, in *invocation) error {
	return printOof(ctx, in, "account.oof.show", oofRequest{Account: c.Account})
}

type oofOffCmd struct {
	Account string `arg:"" help:"Its address."`
}

func (c oofOffCmd) Run(ctx context.Context, in *invocation) error {
	return printOof(ctx, in, "account.oof.set", oofRequest{Account: c.Account, Off: true})
}

type oofSetCmd struct {
	Account  string `arg:"" help:"Its address."`
	Text     string `help:"What to say; without it, what was said last." xor:"text" placeholder:"TEXT"`
	TextFile string `help:"The same from a file; - for standard input." xor:"text" placeholder:"FILE|-"`
	External string `help:"What to say to people outside instead." xor:"external" placeholder:"TEXT"`
	Inside   bool   `help:"Answer people of this server only." xor:"external"`
	HTML     bool   `name:"html" help:"The texts are HTML."`
	From     string `help:"When to begin, as in \"2026-10-05\" or \"2026-10-05 17:00\", or with a zone as RFC 3339 has it; with --until, default now." placeholder:"TIME"`
	Until    string `help:"When to end." placeholder:"TIME"`
}

func (c oofSetCmd) Run(ctx context.Context, in *invocation) error {
	q := oofRequest{Account: c.Account, Text: c.Text, External: c.External, Inside: c.Inside, HTML: c.HTML}
	var err error
	if c.TextFile != "" {
		if q.Text, err = readText(in, c.TextFile); err != nil {
			return err
		}
	}
	if q.From, q.Until, err = c.times(time.Now()); err != nil {
		return err
	}
	return printOof(ctx, in, "account.oof.set", q)
}

// times reads the schedule, if there is one.
func (c oofSetCmd) times(now time.Time) (from, until time.Time, err error) {
	if c.Until == "" {
		if c.From != "" {
			return from, until, usagef("--from needs --until; without both, answering begins now and goes on until `gannet account oof off`")
		}
		return from, until, nil
	}
	if from = now; c.From != "" {
		if from, err = parseMoment(c.From); err != nil {
			return from, until, err
		}
	}
	until, err = parseMoment(c.Until)
	return from, until, err
}

// parseMoment reads a time as an operator types it, in the machine's zone unless it names one.
func parseMoment(s string) (time.Time, error) {
	for _, form := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(form, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%q is no time such as \"2026-10-05\", \"2026-10-05 17:00\" or 2026-10-05T17:00:00+02:00", s)
}

// readText reads a text from a file or from standard input.
func readText(in *invocation, name string) (string, error) {
	from := in.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", usage(err)
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, autoreply.MaxMessage+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return string(raw), nil
}

// printOof runs a verb and shows what the replies then are.
func printOof(ctx context.Context, in *invocation, verb string, q oofRequest) error {
	info, err := call[oofInfo](ctx, in, verb, q)
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) {
		row(w, "account", info.Account)
		row(w, "automatic replies", info.State)
		if !info.Until.IsZero() {
			row(w, "from", info.From)
			row(w, "until", info.Until)
		}
		row(w, "answers now", info.Active)
		for a := range autoreply.Audiences {
			m := info.Messages[a.String()]
			row(w, audienceTitles[a], m.Enabled)
			text := strings.TrimSpace(autoreply.Message(m).Form(false))
			for line := range strings.Lines(text) {
				fmt.Fprintln(w, "  "+plain(strings.TrimRight(line, "\r\n")))
			}
		}
	})
}

// audienceTitles name the audiences for people.
var audienceTitles = [autoreply.Audiences]string{
	autoreply.Internal: "to this server", autoreply.Known: "to contacts outside", autoreply.Unknown: "to others outside",
}
