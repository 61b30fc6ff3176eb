package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/gannetmail/gannet/store/sqlite"
)

// versionCmd is `gannet version`.
type versionCmd struct{}

func (versionCmd) Run(in *invocation) error {
	_, err := fmt.Fprintf(in.stdout, "gannet %s\ncommit %s\ngo %s %s/%s\nsqlite %s\n",
		version, buildCommit(), strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH, sqlite.EngineVersion())
	return err
}

// configCmd is `gannet config`.
type configCmd struct {
	Reference bool `help:"Print every key with its explanation and default instead."`
}

func (c configCmd) Run(in *invocation) error {
	if c.Reference {
		return defaults(in.cli.Data).writeReference(in.stdout)
	}
	cfg, err := in.config()
	if err != nil {
		return err
	}
	return cfg.writeEffective(in.stdout)
}
