package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
)

// errStoreInUse means that another process has the store open.
var errStoreInUse = errors.New("another process has the store open")

// errStoreUnusable means that the store is there and cannot be opened.
var errStoreUnusable = errors.New("the store cannot be opened")

// openStore opens the store of a data directory; errStoreInUse when another process has it. It makes
// none: a server whose store was lost must not go on as an empty one.
func openStore(ctx context.Context, c *Config, log *slog.Logger) (*sqlite.Store, error) {
	const advice = "restore a backup with gannet restore FILE --data NEWDIR, or make a new directory with gannet init"
	info, err := os.Stat(filepath.Join(c.Data, databaseFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, notFound("there is no %s in %s; %s", databaseFile, c.Data, advice)
	case err != nil:
		return nil, fmt.Errorf("store: %w", err)
	case info.Size() == 0: // SQLite would take it for a new database
		return nil, notFound("%s in %s is empty; %s", databaseFile, c.Data, advice)
	}
	return createStore(ctx, c, log)
}

// createStore opens the store of a data directory and makes an empty one where there is none.
func createStore(ctx context.Context, c *Config, log *slog.Logger) (*sqlite.Store, error) {
	s, err := sqlite.Open(ctx, filepath.Join(c.Data, databaseFile), sqlite.Options{Log: log})
	switch {
	case errors.Is(err, store.Busy):
		return nil, fmt.Errorf("%w: %w", errStoreInUse, err)
	case errors.Is(err, store.Damaged):
		return nil, fmt.Errorf("%w: %w; keep %s as it is and restore a backup with gannet restore FILE --data NEWDIR", errStoreUnusable, err, c.Data)
	case errors.Is(err, store.Internal) && !errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %w", errStoreUnusable, err)
	}
	return s, err
}

// newAdmin builds what the administrative verbs work on.
func newAdmin(c *Config, st store.Store, log *slog.Logger) (*admin, error) {
	secret, err := readSecret(c.Data)
	if err != nil {
		return nil, err
	}
	return &admin{
		config: c,
		store:  st,
		auth:   auth.New(st, auth.Options{DefaultDomains: c.Auth.DefaultDomains, Secret: secret, Log: log}),
		log:    log,
		now:    time.Now,

		subscriptions: newSubscriptions(c, st, log, nil),
	}, nil
}

// warnings is the log of a verb that runs in this process.
func (in *invocation) warnings() *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelWarn}
	if in.cli.JSON {
		return slog.New(slog.NewJSONHandler(in.stderr, o))
	}
	return slog.New(slog.NewTextHandler(in.stderr, o))
}

// openLocal opens the store to run verbs in this process. Only warnings are logged, to standard error.
func openLocal(ctx context.Context, in *invocation, c *Config) (*local, error) {
	log := in.warnings()
	st, err := openStore(ctx, c, log)
	if err != nil {
		return nil, err
	}
	return newLocal(c, st, log)
}

// newLocal runs verbs on an open store. When it cannot, the store is closed.
func newLocal(c *Config, st *sqlite.Store, log *slog.Logger) (*local, error) {
	a, err := newAdmin(c, st, log)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &local{a}, nil
}

// readSecret reads the random bytes that outlive restarts. Without the file they are new each time.
func readSecret(data string) ([]byte, error) {
	secret, err := os.ReadFile(filepath.Join(data, secretFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case len(secret) != secretSize:
		return nil, fmt.Errorf("%s has %d bytes instead of %d; remove it to get a new one", secretFile, len(secret), secretSize)
	}
	return secret, nil
}
