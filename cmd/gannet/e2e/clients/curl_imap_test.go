package clients

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// curlIMAP is curl with the URLs of a host's account.
type curlIMAP struct {
	*program
	tls, starttls string
}

func newCurlIMAP(t *testing.T, h *host) *curlIMAP {
	t.Helper()
	c := &curlIMAP{
		program:  find(t, "curl").on(h),
		tls:      "imaps://localhost:" + h.Port("imaps") + "/",
		starttls: "imap://localhost:" + h.Port("imap") + "/",
	}
	c.write(t, ".curlrc", fmt.Sprintf("cacert = %q\nuser = %q\nsilent\nshow-error\nssl-reqd\n", h.CA, alice+":"+password))
	return c
}

func TestCurlIMAP(t *testing.T) {
	find(t, "curl")
	h := newHost(t)
	c := newCurlIMAP(t, h)
	letters := slices.Concat(write("curl", someLetters, ordinary, unusual, exact), corpus(t, withoutNUL))
	letters = append(letters, huge("huge-0000-attachment", hugeSize))
	control := newControl(t, h, alice)

	c.run(t, c.tls, "-X", `CREATE "Uploads"`)
	c.upload(t, letters)
	c.compareUploads(t, control, letters)
	c.fetchAll(t, letters)
	c.fetchParts(t, letters)
	c.search(t, letters)
	c.change(t, control)
}

// upload appends every letter, over one connection.
func (c *curlIMAP) upload(t *testing.T, letters []letter) {
	t.Helper()
	source := c.dir(t, "source")
	writeAll(t, source, letters)
	var args []string
	for _, l := range letters {
		args = append(args, "-T", filepath.Join(source, l.Name), c.starttls+"Uploads")
	}
	c.run(t, args...)
}

func (c *curlIMAP) compareUploads(t *testing.T, control *control, letters []letter) {
	t.Helper()
	uploaded := control.contents("Uploads")
	if len(uploaded) != len(letters) {
		t.Fatalf("%d of %d letters were uploaded", len(uploaded), len(letters))
	}
	for i, l := range letters {
		if diff := identical(uploaded[i], l.Raw); diff != "" {
			t.Errorf("uploaded %s: %s", l.Name, diff)
		}
	}
}

// fetchAll reads every letter by UID under TLS and by number under STARTTLS.
func (c *curlIMAP) fetchAll(t *testing.T, letters []letter) {
	t.Helper()
	for _, way := range []struct{ url, kind string }{{c.tls, "UID"}, {c.starttls, "MAILINDEX"}} {
		target := c.dir(t, way.kind)
		c.run(t, fmt.Sprintf("%sUploads;%s=[1-%d]", way.url, way.kind, len(letters)), "-o", filepath.Join(target, "#1"))
		for i, l := range letters {
			got, err := os.ReadFile(filepath.Join(target, strconv.Itoa(i+1)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := identical(got, l.Raw); diff != "" {
				t.Errorf("by %s, %s: %s", way.kind, l.Name, diff)
			}
		}
	}
	if _, code, _ := c.try(t, c.tls+"Uploads;UID=999999"); code != 78 {
		t.Errorf("a message that is not there: exit code %d, want 78 (not found)", code)
	}
}

// fetchParts reads sections and ranges.
func (c *curlIMAP) fetchParts(t *testing.T, letters []letter) {
	t.Helper()
	i := slices.IndexFunc(letters, func(l letter) bool { return strings.HasSuffix(l.Name, "-plain") })
	raw := string(letters[i].Raw)
	head, text, _ := strings.Cut(raw, "\r\n\r\n")
	url := fmt.Sprintf("%sUploads;UID=%d", c.tls, i+1)
	for section, want := range map[string]string{
		";SECTION=HEADER": head + "\r\n\r\n", ";SECTION=TEXT": text, ";SECTION=1": text,
		";SECTION=TEXT;PARTIAL=10.50": text[10:60], ";PARTIAL=0.30": raw[:30],
	} {
		if got := c.run(t, url+section); got != want {
			t.Errorf("%s: %s", section, difference([]byte(got), []byte(want)))
		}
	}
}

// search finds single letters by their subject and by a word of the body.
func (c *curlIMAP) search(t *testing.T, letters []letter) {
	t.Helper()
	for i, l := range letters {
		if i%10 != 0 || !strings.Contains(string(l.Raw), "Subject: "+l.Name) {
			continue
		}
		if got, want := c.run(t, c.tls+"Uploads?SUBJECT%20"+l.Name), fmt.Sprintf("* SEARCH %d\r\n", i+1); got != want {
			t.Errorf("search for the subject of %s: %q, want %q", l.Name, got, want)
		}
	}
	found := strings.Fields(c.run(t, c.tls+"Uploads?TEXT%20%22AB%20first%22"))
	for i, l := range letters {
		wanted := strings.HasPrefix(l.Name, "curl-") && strings.Contains(string(l.Raw), "tab first")
		if wanted && !slices.Contains(found, strconv.Itoa(i+1)) {
			t.Errorf("search for a text did not find %s", l.Name)
		}
	}
}

// change uses commands of curl's user's own.
func (c *curlIMAP) change(t *testing.T, control *control) {
	t.Helper()
	before := len(control.all("Uploads"))
	c.run(t, c.tls+"Uploads", "-X", `STORE 1:3 +FLAGS.SILENT (\Deleted)`)
	c.run(t, c.tls+"Uploads", "-X", "EXPUNGE")
	if left := len(control.all("Uploads")); left != before-3 {
		t.Errorf("%d messages are left of %d, want 3 fewer", left, before)
	}
	if got := c.run(t, c.tls, "-X", `STATUS "Uploads" (MESSAGES)`); !strings.Contains(got, fmt.Sprintf("MESSAGES %d", before-3)) {
		t.Errorf("STATUS: %q", got)
	}
	if got := c.run(t, c.tls, "-X", `LIST "" "*"`); !strings.Contains(got, "Uploads") || !strings.Contains(got, "INBOX") {
		t.Errorf("LIST: %q", got)
	}
	if _, code, _ := c.try(t, c.tls+"nowhere;UID=1"); code == 0 {
		t.Error("curl read from a mailbox that is not there")
	}
	if _, code, _ := c.try(t, c.tls, "--user", alice+":wrong"); code != 67 {
		t.Errorf("a wrong password: exit code %d, want 67 (login denied)", code)
	}
}
