package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// runner executes verbs: local in this process, remote in the serving one.
type runner interface {
	run(ctx context.Context, name string, request []byte, progress say) (json.RawMessage, error)
	// upload runs an operation on a transfer that write writes, but for its end.
	upload(ctx context.Context, name string, write func(transferWriter) error) (json.RawMessage, error)
	// download lets read read the transfer that an operation answers with.
	download(ctx context.Context, name string, request []byte, read func(*transferReader) error) error
	close() error
}

// storeWait is how long a verb waits for another process to open its control socket or to let go of
// the store: a server that is starting or stopping, or another verb.
const storeWait = 10 * time.Second

// open returns the runner for the data directory. One process has the store: the serving one, if
// there is one, and otherwise this one.
func (in *invocation) open(ctx context.Context) (runner, error) {
	c, err := in.config()
	if err != nil {
		return nil, err
	}
	deadline := time.NewTimer(storeWait)
	defer deadline.Stop()
	for {
		if r, err := dialControl(ctx, c.Data); err == nil {
			return r, nil
		}
		l, err := openLocal(ctx, in, c)
		if !errors.Is(err, errStoreInUse) {
			return l, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline.C:
			return nil, &verbError{exitExists, fmt.Errorf("another process holds %s and does not answer on %s; wait until it has ended", c.Data, controlFile)}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// local runs verbs in this process.
type local struct{ admin *admin }

func (l *local) run(ctx context.Context, name string, request []byte, progress say) (json.RawMessage, error) {
	result, err := verbs()[name](ctx, l.admin, request, progress)
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}

func (l *local) close() error { return l.admin.store.Close() }

// call runs one verb wherever the store is. Progress goes to standard error.
func call[Res any](ctx context.Context, in *invocation, name string, request any) (res Res, err error) {
	r, err := in.open(ctx)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	return callOn[Res](ctx, r, name, request, in.progress)
}

// callOn runs one verb with a runner.
func callOn[Res any](ctx context.Context, r runner, name string, request any, progress say) (res Res, err error) {
	raw, err := json.Marshal(request)
	if err != nil {
		return res, fmt.Errorf("request: %w", err)
	}
	answer, err := r.run(ctx, name, raw, progress)
	if err != nil {
		return res, err
	}
	if err := json.Unmarshal(answer, &res); err != nil {
		return res, fmt.Errorf("answer of %s: %w", name, err)
	}
	return res, nil
}
