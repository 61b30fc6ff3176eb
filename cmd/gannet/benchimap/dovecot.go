package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"
)

//go:embed dovecot.conf.tmpl
var dovecotConf string

var dovecotTemplate = template.Must(template.New("dovecot.conf").Parse(dovecotConf))

// howToInstall is what is said where there is no Dovecot.
const howToInstall = "Dovecot is not installed, gannet is measured alone; for both: apt-get install dovecot-imapd dovecot-pop3d dovecot-lmtpd"

// startTime is how long Dovecot may take until it answers.
const startTime = 20 * time.Second

// dovecotModes are the ways to run it. Debian's default gives every connection a login process of its own, which
// stays for its TLS.
type dovecotModes struct {
	shared    bool   // login processes serve many connections: the fast way, see LoginProcess in its documentation
	hibernate bool   // idle sessions move into one process, imap_hibernate_timeout
	fsync     string // mail_fsync
}

// dovecot is an instance of Dovecot without privileges: everything of it runs as one user, who is the caller or,
// for root, nobody.
type dovecot struct {
	storage string // "maildir", "sdbox" or "mdbox"
	dir     string // of this run, on the disk to measure
	run     string // its sockets: their paths must be short
	as      *user.User
	group   string
	version string
	cmd     *exec.Cmd
}

// findDovecot returns nil when it isn't there.
func findDovecot(ctx context.Context, dir, storage string) (*dovecot, error) {
	path, err := dovecotPath()
	if err != nil {
		return nil, nil // it is not installed
	}
	d := &dovecot{storage: storage, dir: filepath.Join(dir, "dovecot")}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("dovecot --version: %w", err)
	}
	d.version = strings.TrimSpace(string(version))
	if !strings.HasPrefix(d.version, "2.3.") {
		return nil, fmt.Errorf("the configuration here is for Dovecot 2.3, not for %s", d.version)
	}
	if d.as, err = unprivileged(); err != nil {
		return nil, err
	}
	group, err := user.LookupGroupId(d.as.Gid)
	if err != nil {
		return nil, err
	}
	d.group = group.Name
	if d.run, err = os.MkdirTemp("", "bench"); err != nil {
		return nil, err
	}
	for _, folder := range []string{d.dir, filepath.Join(d.dir, "mail"), filepath.Join(d.dir, "tls")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		if err := d.own(folder); err != nil {
			return nil, err
		}
	}
	return d, d.own(d.run)
}

// dovecotPath finds the program, which Debian keeps out of the PATH of ordinary people.
func dovecotPath() (string, error) {
	if path, err := exec.LookPath("dovecot"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/dovecot")
}

// unprivileged is who runs Dovecot.
func unprivileged() (*user.User, error) {
	if os.Geteuid() == 0 {
		return user.Lookup("nobody")
	}
	return user.Current()
}

// own gives a file to the user that Dovecot runs as.
func (d *dovecot) own(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := d.ids()
	if err != nil {
		return err
	}
	return os.Chown(path, uid, gid)
}

func (d *dovecot) ids() (uid, gid int, err error) {
	uid, err = strconv.Atoi(d.as.Uid)
	if err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(d.as.Gid)
	return uid, gid, err
}

// start runs it with the certificate of our own data directory and returns it as a side to measure.
func (d *dovecot) start(ctx context.Context, b *bench, modes dovecotModes) (*side, error) {
	s := &side{name: "dovecot", tls: b.trust, stop: d.stop}
	conf, err := d.configure(b, s, modes)
	if err != nil {
		return nil, err
	}
	path, err := dovecotPath()
	if err != nil {
		return nil, err
	}
	d.cmd = exec.Command(path, "-F", "-c", conf)
	d.cmd.Dir = d.dir
	if os.Geteuid() == 0 {
		uid, gid, err := d.ids()
		if err != nil {
			return nil, err
		}
		d.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	var said bytes.Buffer
	d.cmd.Stderr = &said
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	s.pid = d.cmd.Process.Pid
	if err := d.await(ctx, s.imaps); err != nil {
		err = fmt.Errorf("dovecot does not start: %w\n%s%s", err, said.String(), d.logTail())
		return nil, errors.Join(err, d.stop())
	}
	return s, nil
}

// await waits for the listener.
func (d *dovecot) await(ctx context.Context, addr string) error {
	deadline := time.Now().Add(startTime)
	for {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// stop ends it with all its processes.
func (d *dovecot) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if err := d.cmd.Wait(); err != nil {
		return fmt.Errorf("dovecot: %w\n%s", err, d.logTail())
	}
	return nil
}

// remove removes what lies outside of the folder of the run.
func (d *dovecot) remove() error { return os.RemoveAll(d.run) }

// logTail is the end of its log.
func (d *dovecot) logTail() string {
	const most = 3000
	text, err := os.ReadFile(filepath.Join(d.dir, "log"))
	if err != nil {
		return ""
	}
	return string(text[max(0, len(text)-most):])
}

// configure writes the configuration and returns its path.
func (d *dovecot) configure(b *bench, s *side, modes dovecotModes) (string, error) {
	ports, err := freePorts(3)
	if err != nil {
		return "", err
	}
	s.imaps, s.pop3s, s.lmtp = loopback(ports[0]), loopback(ports[1]), loopback(ports[2])
	for _, name := range []string{"server.crt", "server.key"} {
		text, err := os.ReadFile(filepath.Join(b.site.Data, "tls", name))
		if err != nil {
			return "", err
		}
		to := filepath.Join(d.dir, "tls", name)
		if err := errors.Join(os.WriteFile(to, text, 0o600), d.own(to)); err != nil {
			return "", err
		}
	}
	mail := filepath.Join(d.dir, "mail")
	location := d.storage + ":" + mail + "/%n/" + d.storage
	values := map[string]any{
		"Run": d.run, "Log": filepath.Join(d.dir, "log"), "User": d.as.Username, "Group": d.group,
		"Cert": filepath.Join(d.dir, "tls", "server.crt"), "Key": filepath.Join(d.dir, "tls", "server.key"),
		"Password": password, "Mail": mail, "Location": location, "Fsync": modes.fsync, "Shared": modes.shared,
		"Hibernate": modes.hibernate, "CPUs": runtime.NumCPU(), "IMAPS": ports[0], "POP3S": ports[1], "LMTP": ports[2],
	}
	var text bytes.Buffer
	if err := dovecotTemplate.Execute(&text, values); err != nil {
		return "", err
	}
	path := filepath.Join(d.dir, "dovecot.conf")
	return path, errors.Join(os.WriteFile(path, text.Bytes(), 0o600), d.own(path))
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts finds ports that nobody listens on now.
func freePorts(n int) (ports []int, err error) {
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close() // at the end, so that no two are the same
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
