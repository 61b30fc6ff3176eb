package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/gannetmail/gannet/store/sqlite"
)

// versionCmd is `gannet version`.
type versionCmd struct{}

// versionInfo is the result of version.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	System  string `json:"system"` // operating system/processor
	SQLite  string `json:"sqlite"`
}

func (versionCmd) Run(in *invocation) error {
	info := versionInfo{
		Version: version, Commit: buildCommit(), Go: strings.TrimPrefix(runtime.Version(), "go"),
		System: runtime.GOOS + "/" + runtime.GOARCH, SQLite: sqlite.EngineVersion(),
	}
	return in.print(info, func(w io.Writer) {
		fmt.Fprintf(w, "gannet %s\ncommit %s\ngo %s %s\nsqlite %s\n", info.Version, info.Commit, info.Go, info.System, info.SQLite)
	})
}

// configCmd is `gannet config`.
type configCmd struct {
	Reference bool `help:"Print every key with its explanation and default instead; needs no data directory."`
}

func (c configCmd) Run(in *invocation) error {
	if c.Reference {
		if in.cli.JSON {
			return usagef("the reference is for people and has no JSON form; gannet config --json prints what is in force")
		}
		return defaults(in.cli.Data).writeReference(in.stdout)
	}
	cfg, err := in.config()
	if err != nil {
		return err
	}
	if in.cli.JSON {
		return in.print(cfg.values(), nil)
	}
	return cfg.writeEffective(in.stdout)
}
