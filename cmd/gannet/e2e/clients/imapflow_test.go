package clients

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestImapFlow(t *testing.T) {
	node := find(t, "node")
	script, err := filepath.Abs("testdata/imapflow/imap.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules")); err != nil {
		t.Skip("no imapflow here; `make e2e` installs it where that is allowed")
	}
	h := newHost(t)
	letters := slices.Concat(write("flow", someLetters, ordinary, unusual, exact), corpus(t, withNUL))
	letters = append(letters, huge("huge-0000-attachment", hugeSize))
	source, target := node.dir(t, "source"), node.dir(t, "target")
	writeAll(t, source, letters)
	t.Log(node.on(h).run(t, script, h.CA, h.Port("imap"), h.Port("imaps"), alice, password, source, target))
	readBack(t, target, letters)
}
