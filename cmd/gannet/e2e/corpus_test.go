package e2e

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusDir is the folder with other people's messages, or nothing.
func corpusDir() string {
	dir := os.Getenv("GANNET_CORPUS")
	if dir == "" {
		dir = filepath.Join(moduleRoot, "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "mail", "FEATURES.tsv")); err != nil {
		return ""
	}
	return dir
}

// wanted are the kinds of message that the story must have, by charset or feature of the corpus's index,
// and how many of each.
var wanted = []struct {
	kind string
	n    int
}{
	{"gb18030", 1}, {"gb2312", 1}, {"x-gbk", 1}, {"big5", 2}, {"iso-2022-jp", 2}, {"shift_jis", 1}, {"koi8-r", 2},
	{"euc-kr", 2}, {"windows-1251", 1}, {"windows-1252", 1}, {"iso-8859-2", 1}, {"iso-8859-7", 1}, {"iso-8859-15", 1},
	{"unicode-1-1-utf-7", 1}, {"utf-16le", 1}, {"bad-charset", 1},
	{"tnef", 3}, {"smime-signed", 1}, {"smime-signed-data", 1}, {"smime-enveloped-data", 1}, {"pgp-encrypted", 1},
	{"pgp-signed", 1}, {"related", 2}, {"cid-image", 1}, {"flowed", 2}, {"rfc822", 2}, {"dsn", 2}, {"mdn", 1}, {"deep", 1},
	{"rfc2231", 2}, {"raw-8bit-header", 1}, {"long-line", 1}, {"nul", 1}, {"many-headers", 1}, {"digest", 1}, {"richtext", 1},
	{"partial", 1}, {"imip:REQUEST", 1}, {"odd-cte", 1}, {"external-body", 1}, {"arf", 1}, {"alternative", 3},
}

// storySize is how many messages of the corpus the story has.
const storySize = 50

// indexed is one line of the corpus's index.
type indexed struct {
	path  string
	kinds []string // charsets and features
}

// corpusMessages chooses the messages of the corpus for the story, always the same: of each wanted kind the
// first in the index, then some large ones.
func corpusMessages(t *testing.T, dir string) []specimen {
	t.Helper()
	index := readIndex(t, dir)
	chosen := map[string]bool{}
	var paths []string
	take := func(path string) {
		if !chosen[path] && len(paths) < storySize {
			chosen[path] = true
			paths = append(paths, path)
		}
	}
	for _, path := range []string{"mail/nodemailer-mailparser/large_text.eml", "mail/nodemailer-mailparser/htmllargecallstack.eml"} {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			take(path)
		}
	}
	for _, w := range wanted {
		left := w.n
		for _, m := range index {
			if left > 0 && !chosen[m.path] && slices.Contains(m.kinds, w.kind) {
				take(m.path)
				left--
			}
		}
	}
	for i := 0; i < len(index) && len(paths) < storySize; i += 97 {
		take(index[i].path)
	}
	var list []specimen
	for _, path := range paths {
		raw, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, known(path, wireForm(raw)))
	}
	return list
}

// readIndex reads the index of single messages.
func readIndex(t *testing.T, dir string) []indexed {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "mail", "FEATURES.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []indexed
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if len(columns) < 8 || columns[0] == "path" || !fs.ValidPath(columns[0]) {
			continue
		}
		kinds := append(strings.Split(strings.ToLower(columns[6]), ","), strings.Split(columns[7], ",")...)
		list = append(list, indexed{columns[0], kinds})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// wireForm makes a message fit for SMTP: every line ends in CRLF.
func wireForm(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/40)
	for i, b := range raw {
		if b == '\n' && (i == 0 || raw[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, b)
	}
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return out
}
