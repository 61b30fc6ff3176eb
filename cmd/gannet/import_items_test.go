package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestImportCorpus imports everything of the corpus: each file is told of, with its items or with why it was refused, and
// a second time nothing is new.
func TestImportCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	gannet := program(t)
	for _, tt := range []struct {
		verb, folder string
		extensions   []string
	}{
		{"ics", "ical", []string{".ics", ".vcs"}}, {"vcf", "vcard", []string{".vcf", ".vcard"}},
	} {
		dir := filepath.Join(root, tt.folder)
		if _, err := os.Stat(dir); err != nil {
			t.Skip("no corpus")
		}
		report := filepath.Join(t.TempDir(), "report")
		run := func(args ...string) (info itemsInfo) {
			args = append([]string{"import", tt.verb, "alice@example.test", dir, "--json"}, args...)
			cmd := gannet(args...)
			out, err := cmd.Output()
			if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitProblems) {
				t.Fatalf("%s: %v", tt.verb, err)
			}
			if err := json.Unmarshal(out, &info); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			return info
		}
		first := run("--report", report)
		text, err := os.ReadFile(report)
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || !slices.Contains(tt.extensions, strings.ToLower(filepath.Ext(name))) {
				return err
			}
			files++
			if !strings.Contains(string(text), name) {
				t.Errorf("nothing is said of %s", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		second := run()
		t.Logf("%s: %d files, %d new, %d refused; again: %d changed, %d known", tt.verb, files, first.New, first.Refused, second.Changed, second.Known)
		if first.New == 0 || second.New != 0 {
			t.Errorf("%s: %+v, then %+v", tt.verb, first, second)
		}
	}
}
