package activesync

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// corpusAll makes TestCorpusSync take every message, which lasts minutes.
var corpusAll = flag.Bool("corpus.all", false, "sync every message of the corpus, not one of each forty")

// A corpusWish is a form in which a device wants its mail.
type corpusWish struct {
	name    string
	version Version
	kind    string // Type of the Body, of 2.5 the name of the element
	limit   int    // bytes of text; 0: none
	options []string
}

// corpusWishes are every type of body at four versions.
func corpusWishes() []corpusWish {
	list := []corpusWish{
		{"text", V25, "Email:Body", 5 << 10, []string{`AirSync:Truncation "4"`}},
		{"mime", V25, "Email:MIMEData", 20 << 10, []string{`AirSync:MIMETruncation "5"`, `AirSync:MIMESupport "2"`}},
	}
	for _, v := range []Version{V121, V141, V161} {
		for _, w := range []struct {
			name, kind string
			limit      int
		}{{"text", "1", 500}, {"html", "2", 32 << 10}, {"mime", "4", 20 << 10}, {"whole text", "1", 0}, {"whole html", "2", 0}, {"whole mime", "4", 0}} {
			options := []string{}
			if w.kind == "4" {
				options = append(options, `AirSync:MIMESupport "2"`)
			}
			options = append(options, "AirSyncBase:BodyPreference", fmt.Sprintf(">AirSyncBase:Type %q", w.kind))
			if w.limit != 0 {
				options = append(options, fmt.Sprintf(">AirSyncBase:TruncationSize %q", strconv.Itoa(w.limit)))
			}
			list = append(list, corpusWish{w.name, v, w.kind, w.limit, options})
		}
	}
	return list
}

// TestCorpusSync lets devices sync an Inbox of other people's messages, with every type of body at four
// versions. Each message comes once, within the limits that the device has set, as text that is text; and each
// answer reads the same for libwbxml, whose tool wbxml2xml writes it as XML.
func TestCorpusSync(t *testing.T) {
	every := 40
	if *corpusAll {
		every = 1
	} else if testing.Short() {
		every = 400
	}
	r := newRig(t, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
	number := 0
	forCorpus(t, every, func(_ string, raw []byte) {
		in, err := mail.Ingest(t.Context(), r.st, bytes.NewReader(raw), 1<<30)
		must(t, err)
		defer in.Blob.Release()
		in.Item.Received = r.clock
		inbox := r.folder(store.Inbox).ID
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { _, err := tx.Add(inbox, in.Item); return err }))
		number++
	})
	tool, err := exec.LookPath("wbxml2xml")
	if err != nil {
		t.Log("no wbxml2xml: answers are read by our own decoder only")
	}
	for _, w := range corpusWishes() {
		t.Run(w.version.String()+" "+w.name, func(t *testing.T) {
			c := corpusReader{rig: r, t: t, w: w, tool: tool, seen: map[string]bool{}}
			c.syncAll()
			if len(c.seen) != number {
				t.Errorf("%d messages of %d", len(c.seen), number)
			}
			t.Logf("%d messages in %d answers of %d bytes", len(c.seen), c.answers, c.bytes)
		})
	}
}

// forCorpus calls f for one of so many messages of the corpus, or skips the test if there is none.
func forCorpus(t *testing.T, every int, f func(path string, raw []byte)) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	n := 0
	must(t, filepath.WalkDir(filepath.Join(root, "mail"), func(path string, info fs.DirEntry, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		if n++; n%every != 0 {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			f(path, raw)
		}
		return err
	}))
}

// A corpusReader is a device that reads the corpus.
type corpusReader struct {
	*rig
	t       *testing.T
	w       corpusWish
	tool    string
	seen    map[string]bool
	answers int
	bytes   int
}

// largestAnswer is how long an answer may be: what it may hold, and what one message may go beyond that.
const largestAnswer = 2*answerBytes + 2*maxBody

func (c *corpusReader) syncAll() {
	inbox := collectionID(c.folder(store.Inbox).ID)
	ask := call{version: c.w.version, device: strings.ReplaceAll(c.w.version.String()+c.w.name, " ", "")}
	inside := append([]string{"AirSync:Options"}, deeperBy(">", c.w.options)...)
	key := c.prime(c.t, ask, inbox, inside...)
	for more := true; more; {
		inside := append([]string{`AirSync:WindowSize "100"`, "AirSync:Options"}, deeperBy(">", c.w.options)...)
		ask.body = syncOne(inbox, key, inside)
		a := c.rig.sync(c.t, ask)
		c.check(a)
		key, more = a.key(), a.c.at("AirSync:MoreAvailable") != nil
	}
}

func deeperBy(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = prefix + l
	}
	return out
}

// check looks at one answer.
func (c *corpusReader) check(a syncReply) {
	c.answers++
	c.bytes += len(a.body)
	if a.status() != "1" || len(a.body) > largestAnswer {
		c.t.Fatalf("status %q, %d bytes", a.status(), len(a.body))
	}
	adds := a.commands("Add")
	if len(adds) > 100 {
		c.t.Errorf("%d messages in a window of 100", len(adds))
	}
	for _, add := range adds {
		id := add.get("AirSync:ServerId")
		if c.seen[id] {
			c.t.Errorf("%s came twice", id)
		}
		c.seen[id] = true
		if problem := c.body(add.at("AirSync:ApplicationData")); problem != "" {
			c.t.Errorf("%s: %s", id, problem)
		}
	}
	if c.tool != "" {
		c.readBeside(a, len(adds))
	}
}

// body says what is wrong with a message's body.
func (c *corpusReader) body(data *node) string {
	var kind, text, size string
	switch {
	case c.w.kind == "Email:Body":
		kind, text, size = c.w.kind, data.get("Email:Body"), data.get("Email:BodySize")
	case c.w.kind == "Email:MIMEData":
		kind, text, size = c.w.kind, data.get("Email:MIMEData"), data.get("Email:MIMESize")
	default:
		body := data.at("AirSyncBase:Body")
		kind, text, size = body.get("AirSyncBase:Type"), body.get("AirSyncBase:Data"), body.get("AirSyncBase:EstimatedDataSize")
	}
	whole, err := strconv.Atoi(size)
	truncated := data.at("AirSyncBase:Body", "AirSyncBase:Truncated") != nil || data.get("Email:BodyTruncated") == "1" || data.get("Email:MIMETruncated") == "1"
	switch {
	case data.get("Email:DateReceived") == "" || data.get("Email:MessageClass") == "" || data.get("Email:Importance") == "":
		return "without what every message has"
	case kind == "1" && c.w.kind == "2": // nothing but text
	case kind != c.w.kind && kind != "":
		return fmt.Sprintf("body of type %s, want %s", kind, c.w.kind)
	}
	switch {
	case err != nil && text != "":
		return "a body without its size"
	case c.w.limit != 0 && len(text) > c.w.limit:
		return fmt.Sprintf("%d bytes of %d", len(text), c.w.limit)
	case !truncated && text != "" && (whole > len(text)+len(text)/10+64 || whole < len(text)-len(text)/10-64): // of MIME an estimate
		return fmt.Sprintf("%d bytes, said to be %d", len(text), whole)
	case !utf8.ValidString(text), strings.ContainsFunc(text, illegal):
		return "text that is none"
	}
	return ""
}

// illegal reports whether XML has no place for the character.
func illegal(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

// readBeside gives the answer to libwbxml.
func (c *corpusReader) readBeside(a syncReply, adds int) {
	cmd := exec.Command(c.tool, "-l", "ACTIVESYNC", "-m", "0", "-o", "-", "-")
	cmd.Stdin = bytes.NewReader(a.body)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		c.t.Errorf("wbxml2xml: %v: %s", err, &complaint)
		return
	}
	found := 0
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			c.t.Errorf("what wbxml2xml wrote: %v", err)
			return
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "Add" {
			found++
		}
	}
	if found != adds {
		c.t.Errorf("wbxml2xml reads %d messages, want %d", found, adds)
	}
}
