package contacts

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmail/gannet/contacts/vcard"
)

// TestPicturesOfThunderbird reads the same photos from cards of both versions, in each of the ways in which they hold them.
func TestPicturesOfThunderbird(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "vcard", "thunderbird", "mailnews", "addrbook", "test", "unit", "data")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	for _, kind := range []string{"jpeg", "png", "webp"} {
		var first []byte
		for _, form := range []string{"v4-uri-", "v3-binary-", "v3-uri-binary-", "v3-uri-uri-"} {
			in, err := os.Open(filepath.Join(root, form+kind+".vcf"))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			f, err := vcard.Decode(in, vcard.Limits{})
			if err != nil || len(f.Cards) != 1 {
				t.Fatalf("%s%s: %v", form, kind, err)
			}
			photo := Picture(f.Cards[0])
			if first == nil {
				first = photo
			}
			if len(photo) == 0 || !bytes.Equal(photo, first) {
				t.Errorf("%s%s: %d bytes, want %d", form, kind, len(photo), len(first))
			}
		}
	}
}
