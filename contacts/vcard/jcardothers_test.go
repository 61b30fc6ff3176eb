package vcard

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRFCAsJCard compares the example of RFC 6350 with the jCard that another program has of it. Its anniversary says
// seconds there, its telephone numbers and its zone are the same in other forms.
func TestRFCAsJCard(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "vcard", "ez-vcard", "ezvcard", "io")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	raw, err := os.ReadFile(filepath.Join(root, "text", "rfc6350-example.vcf"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Decode(bytes.NewReader(raw), Limits{})
	if err != nil || len(f.Cards) != 1 || len(f.Problems) > 0 {
		t.Fatal(err, f)
	}
	said, err := os.ReadFile(filepath.Join(root, "json", "jcard-example.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want []any
	if err := json.Unmarshal(said, &want); err != nil {
		t.Fatal(err)
	}
	agree := 0
	for _, w := range want[1].([]any) {
		entry := strings.ReplaceAll(jCardEntry(w.([]any)), "T1430000500", "T14300500")
		if strings.HasPrefix(entry, "VERSION ") {
			continue
		}
		found := false
		for field := range f.Cards[0].Fields() {
			found = found || entryOf(field, w.([]any)[2].(string)) == entry
		}
		if agree++; !found {
			t.Errorf("no %s in\n%s", entry, f.Cards[0].Bytes())
		}
	}
	t.Logf("%d fields agree", agree)
}
