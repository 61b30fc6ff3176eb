package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The control socket lets verbs run in the serving process, which has the store to itself. It is
// HTTP over a Unix socket that only the owner of the data directory may open:
//
//	POST /v1/account.add      the request as JSON
//	200                       one JSON frame a line: progress, progress, …, result or error
//
// Closing the connection cancels the verb.
const controlPrefix = "/v1/"

// maxControlRequest bounds a request; the largest carries an account's names and a password.
const maxControlRequest = 1 << 20

// maxSocketPath is what a Unix socket's address holds, less its final zero byte.
const maxSocketPath = 107

// frame is one line of an answer; exactly one field is set.
type frame struct {
	Progress *string         `json:"progress,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
	Error    *frameError     `json:"error,omitempty"`
}

// frameError is an error with the exit code that the asking process ends with.
type frameError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// listenControl opens the control socket of a data directory. The caller holds the store, so a socket
// file that is there already was left by a process that is gone.
func listenControl(data string) (net.Listener, error) {
	name := filepath.Join(data, controlFile)
	if len(name) > maxSocketPath {
		return nil, usagef("the path of the control socket, %s, has %d bytes and the system allows %d: choose a shorter --data", name, len(name), maxSocketPath)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	ln, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	// Until the mode is set the directory keeps others out: it is 0700.
	if err := os.Chmod(name, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), ln.Close())
	}
	return ln, nil
}

// serveControl answers on the control socket until ctx ends.
func serveControl(ctx context.Context, ln net.Listener, a *admin) error {
	srv := &http.Server{
		Handler:           controlHandler(a, verbs()),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	var closing sync.WaitGroup
	defer closing.Wait()
	stop := make(chan struct{})
	defer close(stop)
	closing.Go(func() {
		select {
		case <-ctx.Done():
			// The verbs' contexts have ended with ctx: they return by themselves.
			srv.Shutdown(context.WithoutCancel(ctx))
		case <-stop:
		}
	})
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

func controlHandler(a *admin, all map[string]verb) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, controlPrefix)
		do := all[name]
		if ok && r.Method == http.MethodPost && serveStream(a, name, w, r) {
			return
		}
		if !ok || do == nil || r.Method != http.MethodPost {
			http.Error(w, "unknown verb", http.StatusNotFound)
			return
		}
		request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlRequest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out := frameWriter{w: w}
		result, err := do(r.Context(), a, request, out.progress)
		a.logVerb(r.Context(), name, request, err)
		out.finish(result, err)
	})
}

// frameWriter writes the frames of one answer. Write errors mean that nobody listens any more; the
// request's context tells the verb.
type frameWriter struct{ w http.ResponseWriter }

func (f frameWriter) progress(line string) { f.write(frame{Progress: &line}) }

func (f frameWriter) finish(result any, err error) {
	if err == nil {
		var raw []byte
		if raw, err = json.Marshal(result); err == nil {
			f.write(frame{Result: raw})
			return
		}
	}
	f.write(frame{Error: &frameError{Code: exitCode(err), Message: explain(err, "")}})
}

func (f frameWriter) write(fr frame) {
	if json.NewEncoder(f.w).Encode(fr) == nil {
		http.NewResponseController(f.w).Flush()
	}
}

// remote runs verbs in the serving process.
type remote struct{ client *http.Client }

// dialControl returns the serving process of a data directory; an error when there is none.
func dialControl(ctx context.Context, data string) (*remote, error) {
	name := filepath.Join(data, controlFile)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", name)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil, err
	}
	conn.Close()
	return &remote{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

func (r *remote) run(ctx context.Context, name string, request []byte, progress say) (json.RawMessage, error) {
	resp, err := r.post(ctx, name, bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return readFrames(ctx, resp.Body, progress)
}

// post sends a request and returns the answer, whose body the caller closes.
func (r *remote) post(ctx context.Context, name string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+controlPrefix+name, body)
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("running server: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusNotFound:
		return nil, fmt.Errorf("the running server does not know %s: it is another version than this program; restart it", name)
	}
	return nil, fmt.Errorf("the running server answered %s", resp.Status)
}

func readFrames(ctx context.Context, r io.Reader, progress say) (json.RawMessage, error) {
	dec := json.NewDecoder(bufio.NewReader(r))
	for {
		var f frame
		err := dec.Decode(&f)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fmt.Errorf("the running server ended before it answered: %w", err)
		case f.Progress != nil:
			progress(*f.Progress)
		case f.Error != nil:
			return nil, &verbError{f.Error.Code, errors.New(f.Error.Message)}
		default:
			return f.Result, nil
		}
	}
}

func (r *remote) close() error {
	r.client.CloseIdleConnections()
	return nil
}
