package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// startControl serves verbs on a control socket and returns its directory.
func startControl(t *testing.T, verbs map[string]verb) string {
	t.Helper()
	data := t.TempDir()
	ln, err := listenControl(data)
	if err != nil {
		t.Fatal(err)
	}
	a := &admin{log: slog.New(slog.DiscardHandler)}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: controlHandler(a, verbs)}}
	srv.Start()
	t.Cleanup(srv.Close)
	return data
}

func TestControlCarriesVerbs(t *testing.T) {
	type question struct{ N int }
	data := startControl(t, map[string]verb{
		"double": on(func(_ *admin, _ context.Context, q question, progress say) (int, error) {
			progress("one")
			progress("two")
			return 2 * q.N, nil
		}),
		"lose": on(func(*admin, context.Context, nothing, say) (nothing, error) { return nothing{}, store.NotFound }),
	})
	r, err := dialControl(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	var lines []string
	answer, err := r.run(t.Context(), "double", []byte(`{"N": 21}`), func(line string) { lines = append(lines, line) })
	if err != nil || string(answer) != "42" || !slices.Equal(lines, []string{"one", "two"}) {
		t.Errorf("double = %s, %v with progress %q; want 42 and one, two", answer, err, lines)
	}
	if _, err := r.run(t.Context(), "lose", []byte(`{}`), nil); exitCode(err) != exitNotFound {
		t.Errorf("lose = %v with exit code %d, want %d", err, exitCode(err), exitNotFound)
	}
	if _, err := r.run(t.Context(), "other", []byte(`{}`), nil); err == nil {
		t.Error("an unknown verb was run")
	}
	if _, err := r.run(t.Context(), "double", []byte(`{"N":`), nil); exitCode(err) != exitUsage {
		t.Errorf("a broken request gave %v", err)
	}
}

// TestControlCancels proves that an interrupted client ends its verb in the server.
func TestControlCancels(t *testing.T) {
	ended := make(chan error, 1)
	data := startControl(t, map[string]verb{
		"wait": func(ctx context.Context, _ *admin, _ []byte, progress say) (any, error) {
			progress("waiting")
			<-ctx.Done()
			ended <- ctx.Err()
			return nil, ctx.Err()
		},
	})
	r, err := dialControl(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = r.run(ctx, "wait", []byte(`{}`), func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v, want that it was interrupted", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the verb ended with %v", err)
	}
}

// TestControlAfterCrash takes over a socket whose process is gone.
func TestControlAfterCrash(t *testing.T) {
	data := t.TempDir()
	dead, err := net.Listen("unix", filepath.Join(data, controlFile))
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	dead.Close()
	if _, err := dialControl(t.Context(), data); err == nil {
		t.Fatal("a dead socket answered")
	}
	ln, err := listenControl(data)
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
}

// TestVerbsReadTheirRequests proves that no verb mistakes a broken request for an empty one.
func TestVerbsReadTheirRequests(t *testing.T) {
	for name, do := range verbs() {
		if _, err := do(t.Context(), &admin{}, json.RawMessage(`{`), nil); exitCode(err) != exitUsage {
			t.Errorf("%s took a broken request: %v", name, err)
		}
	}
}
