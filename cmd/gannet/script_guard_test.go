package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// stopLine is a line with testscript's own command stop, with or without a condition before it.
var stopLine = regexp.MustCompile(`(?m)^[ \t]*(\[[^\]\n]*\][ \t]*)*(![ \t]*)?['"]?stop['"]?\b`)

// refuseStop fails a story that uses testscript's stop. That ends the story there, passing, and nothing after it runs.
func refuseStop(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		story, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if line := stopLine.Find(story.Comment); line != nil {
			t.Errorf("%s: %q ends the story, passing; to stop the server write halt", name, line)
		}
	}
}

func TestStopLine(t *testing.T) {
	for line, want := range map[string]bool{
		"serve\nstop\n": true, "[exec:swaks] stop": true, "[unix] [!exec:swaks] stop 'why'": true, "! stop": true, " 'stop'": true,
		"serve\nhalt\n": false, "# it does not\n# stop here": false, "stdout stop": false, "stopped": false,
	} {
		if got := stopLine.MatchString(line); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

// TestStoryCommandNames runs each command of ours by its name. Where testscript has a command of that name, it runs its own
// without a word, and ours never.
func TestStoryCommandNames(t *testing.T) {
	for name := range storyCommands() {
		ours := false
		t.Run(name, func(t *testing.T) {
			story := filepath.Join(t.TempDir(), "story.txtar")
			if err := os.WriteFile(story, []byte(name+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			testscript.Run(t, testscript.Params{
				Files: []string{story},
				Cmds:  map[string]storyCommand{name: func(*testscript.TestScript, bool, []string) { ours = true }},
			})
		})
		if !ours {
			t.Errorf("%s is a command of testscript, which takes precedence over ours", name)
		}
	}
}
