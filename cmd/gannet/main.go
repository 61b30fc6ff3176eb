package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strconv"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line: each verb is a struct with its flags and a Run method.
type cli struct {
	Data string   `help:"Data directory; ./data when neither this nor the variable is given." env:"GANNET_DATA" placeholder:"DIR"`
	Set  []string `help:"Override a key of gannet.toml for this run only, e.g. --set listen.smtp=127.0.0.1:3525; nothing of it is written." placeholder:"KEY=VALUE" sep:"none"`

	JSON bool `name:"json" help:"Print results as JSON, and progress and errors as JSON on standard error."`

	Init     initCmd      `cmd:"" help:"Make a data directory: configuration, keys, an empty store."`
	Serve    serveCmd     `cmd:"" help:"Serve until told to stop."`
	Demo     demoCmd      `cmd:"" help:"Make a data directory with two accounts and some mail, and serve it."`
	Account  accountCmds  `cmd:"" help:"Accounts and their passwords."`
	Domain   domainCmds   `cmd:"" help:"Domains that this server takes mail for."`
	Alias    aliasCmds    `cmd:"" help:"Further addresses of accounts."`
	Group    groupCmds    `cmd:"" help:"Groups of people in the address list."`
	Share    shareCmds    `cmd:"" help:"Folders that accounts let others see."`
	Device   deviceCmds   `cmd:"" help:"Phones and other ActiveSync devices."`
	Queue    queueCmds    `cmd:"" help:"Mail on its way out."`
	Calendar calendarCmds `cmd:"" help:"Calendars of others that accounts are subscribed to."`
	Import   importCmds   `cmd:"" help:"Bring mail from another server, and mail, contacts and calendars from files. Can be stopped and run again."`
	Export   exportCmds   `cmd:"" help:"Write an account's mail, contacts and calendars into files."`
	Check    checkCmd     `cmd:"" help:"Verify the store."`
	Backup   backupCmd    `cmd:"" help:"Write everything into one file while the server runs."`
	Restore  restoreCmd   `cmd:"" help:"Make the data directory --data of a backup, or only verify it."`
	Status   statusCmd    `cmd:"" help:"Show the running server and its addresses."`
	Config   configCmd    `cmd:"" help:"Print the configuration in force, or the reference."`
	Version  versionCmd   `cmd:"" help:"Print the version."`
}

// invocation is what a verb may touch of the process that runs it.
type invocation struct {
	cli     *cli
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	environ []string

	dataGiven bool // the data directory was named, not left to the default
}

// defaultData is the data directory that is meant when none is named.
const defaultData = "data"

// config loads the configuration of the data directory.
func (in *invocation) config() (*Config, error) {
	return load(in.cli.Data, in.environ, in.cli.Set)
}

func main() {
	syscall.Umask(0o077) // what is written is the owner's alone
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	in := &invocation{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}
	code := run(ctx, in, os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit code of the process.
func run(ctx context.Context, in *invocation, args []string) int {
	in.cli = &cli{}
	done := false
	parser, err := kong.New(in.cli,
		kong.Name("gannet"),
		kong.Description("Mail, calendars, contacts and tasks for phones (Exchange ActiveSync) and mail programs. Exit codes: "+exitCodeHelp()),
		kong.Writers(in.stdout, in.stderr),
		kong.Exit(func(int) { done = true }), // --help has printed
		kong.KindMapper(reflect.Int, kong.MapperFunc(wholeNumber)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return in.fail(err)
	}
	parsed, err := parser.Parse(asFlag(args))
	if done {
		return exitOK
	}
	if err != nil {
		in.cli.JSON = slices.Contains(args, "--json")
		return in.fail(usage(fmt.Errorf("%w (see %s --help)", err, commandOf(err))))
	}
	in.dataGiven = in.cli.Data != ""
	if !in.dataGiven {
		in.cli.Data = defaultData
	}
	in.cli.Data = kong.ExpandPath(in.cli.Data)
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(in); err != nil {
		return in.fail(err)
	}
	return exitOK
}

// wholeNumber reads a number of the command line.
func wholeNumber(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("number", &text); err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("%q is no whole number", text)
	}
	target.SetInt(int64(n))
	return nil
}

// asFlag makes --help of what people type instead: nothing at all, or `gannet help VERB`.
func asFlag(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// commandOf is the command as far as a command line that is wrong names one.
func commandOf(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return "gannet " + wrong.Context.Selected().Path()
	}
	return "gannet"
}
