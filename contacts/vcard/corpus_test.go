package vcard

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestCorpus reads other people's cards, and reads again what it writes of them.
func TestCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	files, cards, refused := 0, 0, 0
	err := filepath.WalkDir(filepath.Join(root, "vcard"), func(path string, info fs.DirEntry, err error) error {
		if err != nil || info.IsDir() || filepath.Ext(path) != ".vcf" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		f, err := Decode(bytes.NewReader(raw), Limits{})
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 {
				t.Errorf("%s: %v", path, err)
			}
			refused++
			t.Logf("%s: %v", path, err)
			return nil
		}
		for _, c := range f.Cards {
			cards++
			again, problems, err := Read(string(c.Bytes()))
			if err != nil || len(problems) > 0 {
				t.Errorf("%s: written as 4.0 it is %v, %v", path, err, problems)
				continue
			}
			if !bytes.Equal(again.Bytes(), c.Bytes()) {
				t.Errorf("%s: not the same when it is read again", path)
			}
			throughThree(t, path, string(c.Bytes3()))
			three, _, err := Read(string(c.Bytes3()))
			if err == nil && c.Get("N") == nil {
				three.Remove("N")
			}
			if bytes.Contains(raw, []byte("4.0")) {
				continue // it may say things that 3.0 has no words for
			}
			if err != nil || !sameCard(three, c) {
				t.Errorf("%s: by 3.0 it says\n%.2000q\nnot\n%.2000q, %v", path, said(three), said(c), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d cards in %d files; %d files refused", cards, files, refused)
}
