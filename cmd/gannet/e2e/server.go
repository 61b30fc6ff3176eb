package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// patience is how long anything may take that must come; it is reached only when it does not.
const patience = 2 * time.Minute

// Binary is the path of a built gannet.
type Binary string

// Build builds the binary into dir; module is the root of the checkout.
func Build(ctx context.Context, module, dir string) (Binary, error) {
	path := filepath.Join(dir, "gannet")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "sqlite_fts5", "-o", path, "./cmd/gannet")
	cmd.Dir = module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return Binary(path), nil
}

// Site is a data directory with the accounts that were added to it.
type Site struct {
	Binary Binary
	Data   string
	Set    []string // KEY=VALUE, given to every verb
}

// Init makes a data directory for one domain. Every listener that there is gets a free port.
func (b Binary) Init(ctx context.Context, data, domain string) (*Site, error) {
	s := &Site{Binary: b, Data: data}
	reference, err := s.Run(ctx, "", "config", "--reference")
	if err != nil {
		return nil, err
	}
	for _, key := range listenKeys(reference) {
		s.Set = append(s.Set, "listen."+key+"=127.0.0.1:0")
	}
	_, err = s.Run(ctx, "", "init", "--hostname", "localhost", "--domain", domain)
	return s, err
}

var listenKey = regexp.MustCompile(`^# (\w+) = "`)

// listenKeys finds the keys of all listeners in the configuration's reference.
func listenKeys(reference string) (keys []string) {
	section := ""
	for line := range strings.Lines(reference) {
		if strings.HasPrefix(line, "[") {
			section = strings.TrimSpace(line)
		} else if m := listenKey.FindStringSubmatch(line); m != nil && section == "[listen]" {
			keys = append(keys, m[1])
		}
	}
	return keys
}

// AddAccount adds an account with a password.
func (s *Site) AddAccount(ctx context.Context, address, password string) error {
	_, err := s.Run(ctx, password+"\n", "account", "add", address, "--password-file", "-")
	return err
}

// Run executes one verb to its end and returns what it printed.
func (s *Site) Run(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := s.command(ctx, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("gannet %s: %w\n%s%s", strings.Join(args, " "), err, out.String(), diagnostics.String())
	}
	return out.String(), nil
}

func (s *Site) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append(args, "--data", s.Data)
	for _, set := range s.Set {
		args = append(args, "--set", set)
	}
	return exec.CommandContext(ctx, string(s.Binary), args...)
}

// Check is `gannet check --deep`; an error tells what is wrong.
func (s *Site) Check(ctx context.Context) error {
	_, err := s.Run(ctx, "", "check", "--deep")
	return err
}

// Server is one serving process.
type Server struct {
	Site *Site
	Addr map[string]string // host:port by listener: "https", "smtp", …
	Log  *Log
	Took time.Duration // from the start of the process until it was ready

	cmd *exec.Cmd
}

var listening = regexp.MustCompile(` (\w+)=(127\.0\.0\.1:\d+)`)

// Serve starts a server and waits until it is ready. The process ends with ctx, or earlier by
// [Server.Stop] or [Server.Kill], one of which must be called.
func (s *Site) Serve(ctx context.Context) (*Server, error) {
	cmd := s.command(ctx, "serve")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	srv := &Server{Site: s, Addr: map[string]string{}, Log: follow(cmd, stderr), cmd: cmd}
	line, err := srv.Log.Find(ctx, "msg=listening")
	if err == nil {
		_, err = srv.Log.Find(ctx, "msg=ready")
	}
	srv.Took = time.Since(began)
	if err != nil {
		return nil, errors.Join(err, srv.Kill())
	}
	for _, m := range listening.FindAllStringSubmatch(line, -1) {
		srv.Addr[m[1]] = m[2]
	}
	return srv, nil
}

// PID is the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Stop asks the server to end and waits for it; an error means that it did not end well.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := s.Log.Wait(); err != nil {
		return fmt.Errorf("stopped server: %w\n%s", err, s.Log.Tail(30))
	}
	return nil
}

// Kill ends the process at once, as a power cut would end it for the process, and waits until it is gone.
// An error means that it had ended by itself before.
func (s *Server) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := s.Log.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return nil
		}
	}
	return fmt.Errorf("server had ended before it was killed: %v\n%s", err, s.Log.Tail(30))
}

// URL is the base of the HTTPS listener.
func (s *Server) URL() string { return "https://" + s.Addr["https"] }

// ActiveSync is the URL of the service.
func (s *Server) ActiveSync() string { return s.URL() + "/Microsoft-Server-ActiveSync" }

// Trust returns TLS settings that trust the authority of the data directory.
func (s *Site) Trust() (*tls.Config, error) {
	text, err := os.ReadFile(filepath.Join(s.Data, "tls", "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("no certificate in %s", s.Data)
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}, nil
}

// HTTP returns a client with connections of its own, as every device has them. Of HTTP/2 a device asks only
// if told to.
func (s *Site) HTTP(http2 bool) (*http.Client, error) {
	settings, err := s.Trust()
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: settings, ForceAttemptHTTP2: http2,
		DisableCompression: true, MaxIdleConnsPerHost: 2, TLSHandshakeTimeout: patience,
	}}, nil
}
