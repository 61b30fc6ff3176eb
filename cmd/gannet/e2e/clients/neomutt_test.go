package clients

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// neomutt is the program in a terminal that nobody looks at; keys are pushed into it.
type neomutt struct {
	*program
	rc string
}

func newNeomutt(t *testing.T, h *host, scheme, listener string) *neomutt {
	t.Helper()
	find(t, "script")
	n := &neomutt{program: find(t, "neomutt").on(h)}
	n.rc = n.write(t, "neomuttrc", fmt.Sprintf(`set imap_user = %q
set imap_pass = %q
set folder = "%s://localhost:%s/"
set spoolfile = "+INBOX"
set certificate_file = %q
set ssl_starttls = yes
set ssl_force_tls = yes
set mbox_type = Maildir
set header_cache = ""
set message_cachedir = ""
set record = ""
set copy = no
set confirmappend = no
set confirmcreate = no
set delete = yes
set quit = yes
set move = no
set mark_old = no
set wait_key = no
set auto_tag = no
set resolve = no
set sort = mailbox-order
set read_inc = 0
set sleep_time = 0
set imap_keepalive = 60
`, alice, password, scheme, h.Port(listener), h.CA))
	return n
}

// keys opens a mailbox and pushes keys.
func (n *neomutt) keys(t *testing.T, mailbox, keys string) {
	t.Helper()
	script, err := exec.LookPath("script")
	if err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf(`stty rows 40 cols 200; exec neomutt -n -F %s -f %s -e 'push "%s<quit>"'`, n.rc, mailbox, keys)
	terminal := *n.program
	terminal.Path = script
	out := terminal.run(t, "-qec", command, filepath.Join(n.Home, "typescript"))
	if strings.Contains(out, "Error") {
		t.Logf("neomutt showed: %q", end(out))
	}
}

// counts are fields that neomutt writes into messages of its own folders.
var counts = regexp.MustCompile(`(?m)^(?:Content-Length|Lines): \d+\r?\n`)

func TestNeomutt(t *testing.T) {
	for _, way := range []struct{ name, scheme, listener string }{{"starttls", "imap", "imap"}, {"tls", "imaps", "imaps"}} {
		t.Run(way.name, func(t *testing.T) {
			find(t, "neomutt")
			h := newHost(t)
			n := newNeomutt(t, h, way.scheme, way.listener)
			n.story(t, newControl(t, h, alice))
		})
	}
}

// story reads, flags, copies, moves, deletes and uploads.
func (n *neomutt) story(t *testing.T, c *control) {
	t.Helper()
	letters := write("mutt", someLetters, ordinary)
	c.append("INBOX", "", letters...)
	c.do(`CREATE "Kept"`)
	c.do(`CREATE "Uploaded"`)
	near := n.dir(t, "near")
	newMaildir(t, near)

	n.keys(t, "+INBOX", "<tag-pattern>~A<enter><tag-prefix><copy-message>"+near+"<enter>")
	sameLetters(t, maildir{near}.contents(t), letters, func(got, sent []byte) string {
		return identicalLines(counts.ReplaceAll(got, nil), sent)
	})

	n.keys(t, "+INBOX", "<tag-pattern>~s-plain<enter><tag-prefix><flag-message><untag-pattern>~A<enter>"+
		"<tag-pattern>~s-dots<enter><tag-prefix><copy-message>+Kept<enter><untag-pattern>~A<enter>"+
		"<tag-pattern>~s-nested<enter><tag-prefix><save-message>+Kept<enter><untag-pattern>~A<enter>"+
		"<delete-pattern>~s-8bit<enter><sync-mailbox>")
	var left, archived []letter
	for _, l := range letters {
		switch {
		case strings.HasSuffix(l.Name, "-dots"):
			archived = append(archived, l)
			left = append(left, l)
		case strings.HasSuffix(l.Name, "-nested"):
			archived = append(archived, l)
		case strings.HasSuffix(l.Name, "-8bit"):
		default:
			left = append(left, l)
		}
	}
	sameLetters(t, c.contents("INBOX"), left, identical)
	sameLetters(t, c.contents("Kept"), archived, identical)
	for _, s := range c.all("INBOX") {
		name := string(letterName.Find(s.Raw))
		if flagged := slices.Contains(s.Flags, `\Flagged`); flagged != strings.HasSuffix(name, "-plain") {
			t.Errorf("%s has flags %q", name, s.Flags)
		}
	}

	n.keys(t, near, "<tag-pattern>~A<enter><tag-prefix><copy-message>+Uploaded<enter>")
	sameLetters(t, c.contents("Uploaded"), letters, func(got, sent []byte) string {
		return identical(counts.ReplaceAll(got, nil), sent)
	})
}
