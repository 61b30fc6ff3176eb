package main

import (
	"fmt"
	"runtime"
)

// versionCmd is `gannet version`.
type versionCmd struct{}

func (versionCmd) Run(in *invocation) error {
	_, err := fmt.Fprintf(in.stdout, "gannet %s\ncommit %s\ngo %s %s/%s\n",
		version, buildCommit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
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
