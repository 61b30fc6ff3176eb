package clients

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long one run of a program may take; it is reached only when the program hangs.
const patience = 5 * time.Minute

// program is a client program with a home directory of its own.
type program struct {
	Path string
	Home string
	host *host
}

// find returns the program of the first of the names that is installed, or skips the test.
func find(t *testing.T, names ...string) *program {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return &program{Path: path, Home: t.TempDir()}
		}
	}
	t.Skipf("no %s here; `make e2e` installs it where that is allowed", strings.Join(names, " or "))
	return nil
}

// on says which server the program talks to; what that one logged is shown when a run fails.
func (p *program) on(h *host) *program { p.host = h; return p }

// write puts a file into the home directory, readable by its owner only, and returns its path.
func (p *program) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(p.Home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// dir makes a directory in the home directory and returns its path.
func (p *program) dir(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(p.Home, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs the program, which must end well, and returns its standard output.
func (p *program) run(t *testing.T, args ...string) string {
	t.Helper()
	out, code, diagnostics := p.try(t, args...)
	if code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s%s\nserver:\n%s", filepath.Base(p.Path), strings.Join(args, " "), code,
			end(out), end(diagnostics), p.host.tail())
	}
	return out
}

// try runs the program and returns what it wrote and its exit code.
func (p *program) try(t *testing.T, args ...string) (out string, code int, diagnostics string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Dir = p.Home
	cmd.Env = append(os.Environ(), "HOME="+p.Home, "LC_ALL=C.UTF-8", "TERM=xterm", "FETCHMAILHOME="+p.Home)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("%s %s: %v\n%s%s\nserver:\n%s", filepath.Base(p.Path), strings.Join(args, " "), err,
			end(stdout.String()), end(stderr.String()), p.host.tail())
	}
	return stdout.String(), cmd.ProcessState.ExitCode(), stderr.String()
}

// end is the last part of a long text.
func end(text string) string { return text[max(0, len(text)-4000):] }
