package clients

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// mbsync keeps a folder of Maildirs and an account alike.
type mbsync struct {
	*program
	rc string
}

func newMbsync(t *testing.T, h *host) *mbsync {
	t.Helper()
	m := &mbsync{program: find(t, "mbsync").on(h)}
	m.dir(t, "mail")
	m.dir(t, "state")
	m.configure(t, "IMAPS", "imaps")
	return m
}

// configure writes the program's run control file, for one way to the server.
func (m *mbsync) configure(t *testing.T, security, listener string) {
	t.Helper()
	m.rc = m.write(t, "mbsyncrc", fmt.Sprintf(`IMAPAccount far
Host localhost
Port %s
User %s
Pass %q
SSLType %s
SystemCertificates no
CertificateFile %s
Timeout 120

IMAPStore far
Account far

MaildirStore near
Path %s/mail/
Inbox %[6]s/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState %[6]s/state/
`, m.host.Port(listener), alice, password, security, m.host.CA, m.Home))
}

// sync makes both sides alike.
func (m *mbsync) sync(t *testing.T) {
	t.Helper()
	m.run(t, "-c", m.rc, "all")
}

// folder is the Maildir of a mailbox.
func (m *mbsync) folder(name string) maildir { return maildir{filepath.Join(m.Home, "mail", name)} }

// tuid is the field by which mbsync recognizes what it has just stored.
var tuid = regexp.MustCompile(`(?m)^X-TUID: \S+\r?\n`)

func TestMbsync(t *testing.T) {
	find(t, "mbsync")
	h := newHost(t)
	m := newMbsync(t, h)
	markDeleted := func(t *testing.T, dir maildir, k kept) { dir.flag(t, k, k.Flags+"T") }
	p := twin{folder: m.folder, strip: tuid, remove: markDeleted, shapes: ordinary, sync: m.sync, between: func(t *testing.T, round int) {
		if round == 1 {
			h.restart(t)
		}
		if round%2 == 0 {
			m.configure(t, "IMAPS", "imaps")
		} else {
			m.configure(t, "STARTTLS", "imap")
		}
	}}
	twoWay(t, h, p)
	t.Run("mailboxes", func(t *testing.T) { m.mailboxes(t, p, newControl(t, h, alice)) })
	t.Run("while mail arrives", func(t *testing.T) { p.busy(t, h) })
}

// mailboxes appear, are renamed and vanish, on one side and on the other.
func (m *mbsync) mailboxes(t *testing.T, p twin, c *control) {
	t.Helper()
	inside := write("inside", 10, ordinary)
	c.do(`CREATE "Passing"`)
	c.do(`CREATE "Passing/By"`)
	c.append("Passing/By", "", inside...)
	newMaildir(t, m.dir(t, "mail/Near"))
	m.sync(t)
	sameLetters(t, p.contents(t, "Passing/By"), inside, identicalLines)
	if !slices.Contains(c.mailboxes(), "Near") {
		t.Errorf("the mailbox made near is not far: %q", c.mailboxes())
	}

	c.do(`RENAME "Passing/By" "Passing/On"`)
	for _, k := range m.folder("Passing/By").all(t) { // mbsync removes empty mailboxes only
		if err := os.Remove(k.Path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(m.folder("Near").Dir); err != nil {
		t.Fatal(err)
	}
	m.sync(t)
	sameLetters(t, p.contents(t, "Passing/On"), inside, identicalLines)
	if _, err := os.Stat(m.folder("Passing/By").Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a renamed mailbox is still near under its old name: %v", err)
	}
	if names := c.mailboxes(); slices.Contains(names, "Near") || slices.Contains(names, "Passing/By") {
		t.Errorf("a mailbox removed near is still far: %q", names)
	}
}
