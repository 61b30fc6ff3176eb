package clients

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// offlineIMAP keeps a folder of Maildirs and an account alike.
type offlineIMAP struct {
	*program
	rc string
}

// configure writes the program's settings. It uses TLS from the first byte: its STARTTLS hangs now and then,
// with other servers too.
func (o *offlineIMAP) configure(t *testing.T) {
	t.Helper()
	o.rc = o.write(t, "offlineimaprc", fmt.Sprintf(`[general]
accounts = alice
metadata = %s/metadata
socktimeout = 120

[Account alice]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = %[1]s/mail
sep = /

[Repository far]
type = IMAP
remotehost = localhost
remoteport = %s
remoteuser = %s
remotepass = %s
ssl = yes
sslcacertfile = %s
maxconnections = 2
`, o.Home, o.host.Port("imaps"), alice, password, o.host.CA))
}

func (o *offlineIMAP) sync(t *testing.T) {
	t.Helper()
	o.run(t, "-c", o.rc, "-o", "-u", "basic")
}

func (o *offlineIMAP) folder(name string) maildir {
	return maildir{filepath.Join(o.Home, "mail", name)}
}

// offlineMark is the field by which offlineimap recognizes what it has stored on servers without UIDPLUS.
var offlineMark = regexp.MustCompile(`(?m)^X-OfflineIMAP: \S+\r?\n`)

// rewritten are the shapes that offlineimap, which takes messages apart and writes them anew, changes: it
// closes what is unclosed and puts a space into an empty field.
var rewritten = []string{"unclosed", "folded"}

func TestOfflineIMAP(t *testing.T) {
	o := &offlineIMAP{program: find(t, "offlineimap")}
	h := newHost(t)
	o.on(h)
	o.configure(t)
	remove := func(t *testing.T, _ maildir, k kept) {
		if err := os.Remove(k.Path); err != nil {
			t.Fatal(err)
		}
	}
	shapes := slices.DeleteFunc(slices.Clone(ordinary), func(s shape) bool { return slices.Contains(rewritten, s.kind) })
	p := twin{folder: o.folder, strip: offlineMark, remove: remove, shapes: shapes, sync: o.sync, between: func(t *testing.T, round int) {
		if round == 1 {
			h.restart(t)
		}
		o.configure(t)
	}}
	twoWay(t, h, p)
	t.Run("while mail arrives", func(t *testing.T) { p.busy(t, h) })
}
