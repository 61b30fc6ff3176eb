package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// checkCmd is `gannet check`.
type checkCmd struct {
	Deep bool `help:"Read every message and compare it with its hash."`
}

func (c checkCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[checkInfo](ctx, in, "check", checkRequest{Deep: c.Deep})
	if errors.Is(err, errStoreUnusable) {
		return &verbError{exitProblems, err}
	} else if err != nil {
		return err
	}
	err = in.print(info, func(w io.Writer) {
		for _, p := range info.Problems {
			fmt.Fprintln(w, plain(p))
		}
		if info.Count == 0 {
			fmt.Fprintln(w, "the store is clean")
		}
	})
	if info.Count > 0 {
		return errors.Join(err, &verbError{exitProblems, fmt.Errorf("%d problems; keep a copy of the data directory before anything else is changed", info.Count)})
	}
	return err
}

// backupCmd is `gannet backup FILE`.
type backupCmd struct {
	File string `arg:"" help:"The tar file to write; it must not exist." type:"path"`
}

func (c backupCmd) Run(ctx context.Context, in *invocation) error {
	path, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	info, err := call[backupInfo](ctx, in, "backup", backupRequest{Path: path})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) {
		fmt.Fprintf(w, "wrote %s, %s; it holds keys and mail: keep it as safe as the server\n", info.Path, rough(info.Size))
	})
}

// statusCmd is `gannet status`.
type statusCmd struct{}

func (statusCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[statusInfo](ctx, in, "status", nothing{})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) {
		row(w, "version", info.Version)
		row(w, "commit", info.Commit)
		row(w, "running since", info.Started)
		for _, l := range defaults("").listeners() {
			at := info.Addresses[l.name]
			if at == "" {
				at = string(off)
			}
			row(w, l.key, at)
		}
	})
}
