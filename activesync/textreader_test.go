package activesync

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTextReader(t *testing.T) {
	for in, want := range map[string]string{
		"Größe\r\n":       "Größe\r\n",
		"Gr\xf6\xdfe":     "Gr??e",
		"\x1b$B \x00\x7f": "?$B ?\x7f",
		"cut \xe2\x82":    "cut ??",
		"":                "",
	} {
		for name, r := range map[string]io.Reader{
			"at once": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in)),
		} {
			if got, err := io.ReadAll(&textReader{r: bufio.NewReader(r)}); string(got) != want || err != nil {
				t.Errorf("%q, %s: %q, %v", in, name, got, err)
			}
		}
	}
}

// TestTextHead: a header in the bytes of another charset is read as the envelope is.
func TestTextHead(t *testing.T) {
	for in, want := range map[string]string{
		"Subject: Gr\xf6\xdfe\r\nTo: a@b.test\r\n\r\n":       "Subject: Größe\r\nTo: a@b.test\r\n\r\n",
		"Subject: x\n\tGr\xf6\xdfe\n\n":                      "Subject: x\n\tGröße\n\n",
		"Subject: Größe\r\n\r\n":                             "Subject: Größe\r\n\r\n",
		"Subject: =?utf-8?q?x?= Gr\xf6\xdfe\r\n\r\n":         "Subject: =?utf-8?q?x?= Gr\xf6\xdfe\r\n\r\n",
		"From: \xc4nne <a@b.test>\r\nSubject: Größe\r\n\r\n": "From: Änne <a@b.test>\r\nSubject: Größe\r\n\r\n",
	} {
		if got := string(textHead([]byte(in), "iso-8859-1")); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
