package activesync

import (
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/wbxml"
)

// TestContactCorpus takes other people's cards to a device and back: a device that says what it was told changes no
// byte; one that changes a single property changes that and no other line; a contact that is made of all that a device was
// told of another one tells the same.
func TestContactCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	cards := 0
	err := filepath.WalkDir(filepath.Join(root, "vcard"), func(path string, info fs.DirEntry, err error) error {
		if err != nil || info.IsDir() || filepath.Ext(path) != ".vcf" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := vcard.Decode(bytes.NewReader(raw), vcard.Limits{})
		if err != nil {
			return nil
		}
		for _, c := range f.Cards {
			cards++
			for _, v := range []Version{V141, V161} {
				thereAndBack(t, path, c.Bytes(), contactForm(v))
			}
		}
		return nil
	})
	must(t, err)
	t.Logf("%d cards", cards)
}

// thereAndBack is what [TestContactCorpus] does with one card.
func thereAndBack(t *testing.T, name string, raw []byte, form objectForm) {
	t.Helper()
	form.whole = true
	told := shownContact(t, raw, form)
	list, note := properties(told, nil), ""
	if told.Picture != nil {
		list = append(list, wire.Property{Tag: wbxml.ContactsPicture, Text: base64.StdEncoding.EncodeToString(*told.Picture)})
	}
	if told.Body != nil && told.Body.Data != nil {
		b, err := io.ReadAll(told.Body.Data)
		must(t, err)
		note = string(b)
	}
	if out := changedContact(t, raw, said(form, list, &note)); !bytes.Equal(out, raw) {
		t.Errorf("%s, %s: the same makes\n%.3000s\nof\n%.3000s", name, form.version, out, raw)
	}
	title := "Another title"
	changed := changedContact(t, raw, said(form, properties(told, map[wbxml.Tag]*string{wbxml.ContactsJobTitle: &title}), nil))
	for _, line := range strings.Split(string(raw), "\r\n") {
		if !strings.HasPrefix(line, "TITLE") && !strings.HasPrefix(line, "REV") && !strings.HasPrefix(line, " ") && !strings.Contains(line, ".TITLE") &&
			!slices.Contains(strings.Split(string(changed), "\r\n"), line) {
			t.Errorf("%s, %s: another title takes away %.200q", name, form.version, line)
		}
	}
	made := shownContact(t, changedContact(t, nil, said(form, list, &note)), form)
	if !maps.Equal(made.Texts, told.Texts) {
		t.Errorf("%s, %s: made of it: %v", name, form.version, differing(told.Texts, made.Texts))
	}
	if (made.Birthday == nil) != (told.Birthday == nil) || told.Birthday != nil && !made.Birthday.Equal(*told.Birthday) ||
		(made.Categories == nil) != (told.Categories == nil) || told.Categories != nil && !slices.Equal(*made.Categories, *told.Categories) ||
		(made.Children == nil) != (told.Children == nil) || (made.Picture == nil) != (told.Picture == nil) ||
		told.Picture != nil && !bytes.Equal(*made.Picture, *told.Picture) {
		t.Errorf("%s, %s: dates, lists or photo of what is made of it", name, form.version)
	}
}

func FuzzContact(f *testing.F) {
	f.Add([]byte("BEGIN:VCARD\nVERSION:2.1\nN:b;a\nTEL;HOME:1\nTEL:2\nEMAIL:a@x\nEMAIL:b@x\nADR;WORK:a;b;c;d\nIMPP:xmpp:a%20b\nBDAY:--0203\nEND:VCARD\n"),
		uint64(3), "text, a; b\n")
	f.Add([]byte("BEGIN:VCARD\nVERSION:4.0\nFN:x y\nNOTE:a\\nb\nNICKNAME:a,b\nORG:a;b;c\nitem1.X-ABDATE:20010203\nitem1.X-ABLabel:Anniversary\nCATEGORIES:a,b\nEND:VCARD\n"),
		uint64(70), "")
	f.Fuzz(func(t *testing.T, in []byte, which uint64, text string) {
		c, _, err := vcard.Read(string(in))
		if err != nil {
			return
		}
		raw, form := c.Bytes(), contactForm(V161)
		thereAndBack(t, "made", raw, form)
		told := shownContact(t, raw, form)
		all := slices.Sorted(maps.Keys(everyText()))
		tag := all[which%uint64(len(all))]
		text = readable(singleLine(text))
		changes := map[wbxml.Tag]*string{tag: &text}
		out := changedContact(t, raw, said(form, properties(told, changes), nil))
		if _, problems, err := vcard.Read(string(out)); err != nil || len(problems) > 0 {
			t.Fatalf("%q of %s makes %v, %v:\n%s", text, tag, err, problems, out)
		}
		again := shownContact(t, out, form)
		if once := changedContact(t, out, said(form, properties(again, nil), nil)); !bytes.Equal(once, out) {
			t.Fatalf("the same makes\n%s\nof\n%s", once, out)
		}
	})
}
