package clients

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maildrop delivers the letters to alice, many of them with a huge one in between, and returns all.
func maildrop(t *testing.T, h *host, shapes ...[]shape) []letter {
	t.Helper()
	letters := write("pop", manyLetters, shapes...)
	letters = slices.Insert(letters, manyLetters/2, huge("huge-0000-attachment", hugeSize))
	h.deliver(t, alice, letters...)
	return letters
}

func TestPoplib(t *testing.T) {
	python := find(t, "/usr/bin/python3", "python3")
	h := newHost(t)
	letters := maildrop(t, h, ordinary, unusual)
	for _, l := range write("literal", 4, exact[:2]) { // what does not end in a line end gets one on the way
		newControl(t, h, alice).append("INBOX", "", l)
		letters = append(letters, letter{l.Name, append(l.Raw, "\r\n"...)})
	}
	drop := python.dir(t, "drop")
	script, err := filepath.Abs("testdata/pop.py")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(python.on(h).run(t, script, h.CA, h.Port("pop3"), h.Port("pop3s"), alice, password, drop))
	sameLetters(t, readAll(t, drop), letters, delivered)
}

func TestCurlPOP3(t *testing.T) {
	curl := find(t, "curl")
	host := newHost(t)
	curl.on(host)
	letters := maildrop(t, host, ordinary, unusual)
	curl.write(t, ".curlrc", fmt.Sprintf("cacert = %q\nuser = %q\nsilent\nshow-error\nfail-early\n", host.CA, alice+":"+password))
	tls := "pop3s://localhost:" + host.Port("pop3s") + "/"
	stls := "pop3://localhost:" + host.Port("pop3") + "/"

	listing := strings.Fields(curl.run(t, tls))
	if len(listing) != 2*len(letters) {
		t.Fatalf("LIST has %d words for %d messages", len(listing), len(letters))
	}
	uids := curl.run(t, tls, "-X", "UIDL")
	if again := curl.run(t, "--ssl-reqd", stls, "-X", "UIDL"); again != uids || strings.Count(uids, "\n") != len(letters) {
		t.Errorf("UIDL differs between two sessions: %.200q, %.200q", uids, again)
	}
	drop := curl.dir(t, "drop")
	curl.run(t, "--ssl-reqd", fmt.Sprintf("%s[1-%d]", stls, len(letters)), "-o", filepath.Join(drop, "#1"))
	sameLetters(t, readAll(t, drop), letters, delivered)

	whole, err := os.ReadFile(filepath.Join(drop, "1"))
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := bytes.Cut(whole, []byte("\r\n\r\n"))
	want := string(head) + "\r\n\r\n" + strings.Join(strings.SplitAfter(string(body), "\r\n")[:2], "")
	if top := curl.run(t, tls, "-X", "TOP 1 2"); top != want {
		t.Errorf("TOP 1 2: %s", difference([]byte(top), []byte(want)))
	}

	curl.run(t, "--ssl-reqd", "--head", stls+"1", "-X", "DELE")
	if left := curl.run(t, tls, "-X", "UIDL"); strings.Count(left, "\n") != len(letters)-1 {
		t.Errorf("after DELE of one of %d, %d are left", len(letters), strings.Count(left, "\n"))
	}
	if _, code, _ := curl.try(t, tls, "--user", alice+":wrong"); code != 67 {
		t.Errorf("a wrong password: exit code %d, want 67 (login denied)", code)
	}
	if _, code, _ := curl.try(t, stls, "--login-options", "AUTH=PLAIN"); code == 0 {
		t.Error("curl logged in without TLS")
	}
}

func TestMpop(t *testing.T) {
	mpop := find(t, "mpop")
	for _, way := range []struct{ name, listener, starttls string }{{"stls", "pop3", "on"}, {"tls", "pop3s", "off"}} {
		t.Run(way.name, func(t *testing.T) {
			mpop := &program{Path: mpop.Path, Home: t.TempDir()}
			host := newHost(t)
			mpop.on(host)
			letters := maildrop(t, host, ordinary, unusual)
			drop := newMaildir(t, mpop.dir(t, "drop"))
			rc := mpop.write(t, "mpoprc", fmt.Sprintf(`account default
host localhost
port %s
user %s
password %q
tls on
tls_starttls %s
tls_trust_file %s
delivery maildir %s
uidls_file %s/uidls
received_header off
`, host.Port(way.listener), alice, password, way.starttls, host.CA, drop.Dir, mpop.Home))

			mpop.run(t, "-C", rc, "--keep=on")
			sameLetters(t, drop.contents(t), letters, deliveredLines)
			more := write("later", 5, ordinary)
			host.deliver(t, alice, more...)
			mpop.run(t, "-C", rc, "--keep=on")
			letters = slices.Concat(letters, more)
			sameLetters(t, drop.contents(t), letters, deliveredLines)

			again := newMaildir(t, mpop.dir(t, "again"))
			mpop.run(t, "-C", rc, "--keep=off", "--only-new=off", "--auth=scram-sha-256", "--delivery=maildir,"+again.Dir)
			sameLetters(t, again.contents(t), letters, deliveredLines)
			if out := mpop.run(t, "-C", rc, "--status-only"); !strings.Contains(out, "no messages") {
				t.Errorf("after everything was deleted: %s", out)
			}
		})
	}
}
