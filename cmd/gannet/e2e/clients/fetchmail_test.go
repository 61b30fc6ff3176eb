package clients

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// fetchmail is a program with a run control file that brings alice's mail from a host, one file a message.
type fetchmail struct {
	*program
	Drop string
	rc   string
}

// newFetchmail writes what fetchmail wants to know: the protocol with options of it, and how to use TLS.
func newFetchmail(t *testing.T, h *host, protocol, listener, security string) *fetchmail {
	t.Helper()
	f := &fetchmail{program: find(t, "fetchmail").on(h)}
	f.Drop = f.dir(t, "drop")
	keep := f.write(t, "keep", "exec cat >\"$(mktemp "+f.Drop+"/XXXXXXXXXX)\"\n")
	f.rc = f.write(t, "fetchmailrc", fmt.Sprintf(`set invisible
set no bouncemail
poll localhost protocol %s service %s timeout 120 bad-header accept
  user %q password %q sslcertfile %q sslcertck %s
  no rewrite pass8bits
  mda "/bin/sh %s"
`, protocol, h.Port(listener), alice, password, h.CA, security, keep))
	return f
}

// fetch runs fetchmail once; it says whether there was mail.
func (f *fetchmail) fetch(t *testing.T, args ...string) bool {
	t.Helper()
	args = append([]string{"--fetchmailrc", f.rc, "--idfile", filepath.Join(f.Home, "ids"), "--pidfile", filepath.Join(f.Home, "pid"), "--nosyslog"}, args...)
	out, code, diagnostics := f.try(t, args...)
	if code != 0 && code != 1 { // 1: no mail
		t.Fatalf("fetchmail %v: exit code %d\n%s%s\nserver:\n%s", args, code, end(out), end(diagnostics), f.host.tail())
	}
	return code == 0
}

func TestFetchmailPOP3(t *testing.T) {
	for _, way := range []struct{ name, listener, security string }{
		{"stls", "pop3", "sslproto tls1.2+"}, {"tls", "pop3s", "ssl"},
	} {
		t.Run(way.name, func(t *testing.T) {
			find(t, "fetchmail")
			h := newHost(t)
			letters := maildrop(t, h, ordinary)
			f := newFetchmail(t, h, "pop3 uidl", way.listener, way.security)
			leaveAndTake(t, h, f, letters)
		})
	}
}

// leaveAndTake fetches and leaves mail on the server, then what is new, then everything for good.
func leaveAndTake(t *testing.T, h *host, f *fetchmail, letters []letter) {
	t.Helper()
	if !f.fetch(t, "--keep") {
		t.Fatal("fetchmail saw no mail")
	}
	sameLetters(t, readAll(t, f.Drop), letters, deliveredLines)
	if f.fetch(t, "--keep") {
		t.Error("fetchmail fetched again what it had left on the server")
	}
	more := write("later", 5, ordinary)
	h.deliver(t, alice, more...)
	f.fetch(t, "--keep")
	letters = slices.Concat(letters, more)
	sameLetters(t, readAll(t, f.Drop), letters, deliveredLines)

	g := *f
	g.Drop = f.dir(t, "again")
	keep := f.write(t, "keep-again", "exec cat >\"$(mktemp "+g.Drop+"/XXXXXXXXXX)\"\n")
	g.fetch(t, "--all", "--nokeep", "--mda", "/bin/sh "+keep)
	sameLetters(t, readAll(t, g.Drop), letters, deliveredLines)
	if f.fetch(t, "--check") {
		t.Error("mail is left after fetchmail took everything")
	}
}

func TestFetchmailIMAP(t *testing.T) {
	for _, way := range []struct{ name, listener, security string }{
		{"starttls", "imap", "sslproto tls1.2+"}, {"tls", "imaps", "ssl"},
	} {
		t.Run(way.name, func(t *testing.T) {
			find(t, "fetchmail")
			h := newHost(t)
			letters := maildrop(t, h, ordinary)
			f := newFetchmail(t, h, "imap", way.listener, way.security)
			leaveAndTake(t, h, f, letters)
		})
	}
}
