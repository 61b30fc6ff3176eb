package imap

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// TestDialogue plays testdata/dialogue/*.txtar against a server. The comment of an archive says what it shows and may set
// options; its files are messages; the file "dialogue" is what is said:
//
//	alice> a SELECT INBOX      a line that the client sends; alice2, bob … are further sessions
//	alice+ message             the bytes of a file, and a line end
//	alice< a OK ...            the line that comes next; "..." stands for anything, <n> for a number
//	alice< ...                 lines that do not matter, up to the next that is expected
//	alice= message             a literal of these bytes, announced at the end of the line before
//	alice!                     nothing more is on its way: a NOOP is answered at once
//	alice. closed              the server has closed the connection
//	deliver alice message      a message arrives
//
// A session begins logged in, but those called stranger, stranger2 ….
func TestDialogue(t *testing.T) {
	names, err := filepath.Glob("testdata/dialogue/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			d := &dialogue{t: t, name: name, files: map[string][]byte{}, sessions: map[string]*fetcher{}}
			for _, f := range archive.Files {
				d.files[f.Name] = f.Data
			}
			d.site = newSite(t, d.options(string(archive.Comment)))
			d.play(string(d.files["dialogue"]))
		})
	}
}

type dialogue struct {
	t        *testing.T
	name     string
	site     *site
	files    map[string][]byte
	sessions map[string]*fetcher
	at       int    // line of the dialogue
	skip     bool   // lines that do not matter may come
	literal  []byte // what the last line announced
}

// options reads lines "option: value" of the comment.
func (d *dialogue) options(comment string) func(*Options) {
	return func(o *Options) {
		for _, line := range strings.Split(comment, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "without":
				w, err := ParseWithout(value)
				if err != nil {
					d.t.Fatal(err)
				}
				o.Without = append(o.Without, w)
			case "plain":
				o.LoopbackPlain = value == "yes"
			case "quota": // alice's, in bytes
				d.limit(o, value)
			}
		}
	}
}

func (d *dialogue) limit(o *Options, bytes string) {
	quota, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := o.Store.Update(d.t.Context(), 0, func(tx store.Tx) error {
		ids, err := tx.Resolve("alice@example.test")
		if err != nil {
			return err
		}
		a, err := tx.AccountByID(ids[0])
		if err != nil {
			return err
		}
		a.Quota = quota
		return tx.UpdateAccount(a)
	}); err != nil {
		d.t.Fatal(err)
	}
}

var said = regexp.MustCompile(`^(\w+)([>+<=!.])(?: (.*))?$`)

func (d *dialogue) play(text string) {
	d.t.Helper()
	for i, line := range strings.Split(text, "\n") {
		d.at = i + 1
		switch rest, isDelivery := strings.CutPrefix(line, "deliver "); {
		case line == "" || strings.HasPrefix(line, "#"):
		case isDelivery:
			who, file, _ := strings.Cut(rest, " ")
			d.deliver(who, d.file(file))
		default:
			m := said.FindStringSubmatch(line)
			if m == nil {
				d.fatalf("no line of a dialogue: %s", line)
			}
			d.step(d.session(m[1]), m[2], m[3])
		}
	}
}

func (d *dialogue) fatalf(format string, args ...any) {
	d.t.Helper()
	d.t.Fatalf("%s, line %d: %s", d.name, d.at, fmt.Sprintf(format, args...))
}

func (d *dialogue) file(name string) []byte {
	b, is := d.files[name]
	if !is {
		d.fatalf("no file %s", name)
	}
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

func (d *dialogue) session(name string) *fetcher {
	if d.sessions[name] == nil {
		who := strings.TrimRight(name, "0123456789")
		if who == "stranger" {
			d.sessions[name] = d.site.dial(d.t)
		} else {
			d.sessions[name] = d.site.loginAs(d.t, who)
		}
	}
	f := d.sessions[name]
	f.conn.SetDeadline(time.Now().Add(20 * time.Second))
	return f
}

func (d *dialogue) step(f *fetcher, verb, text string) {
	d.t.Helper()
	switch verb {
	case ">":
		d.put(f, d.expand(text)+"\r\n")
	case "+":
		d.put(f, string(d.file(text))+"\r\n")
	case "<":
		d.expect(f, text)
	case "=":
		if want := d.file(text); !bytes.Equal(d.literal, want) {
			d.fatalf("literal %q; want %q", d.literal, want)
		}
	case "!":
		d.put(f, "quiet NOOP\r\n")
		d.expect(f, "quiet OK ...")
	case ".":
		if b, err := io.ReadAll(f.r); err != nil || len(b) > 0 {
			d.fatalf("not closed: %q, %v", b, err)
		}
	}
}

var sizeOf = regexp.MustCompile(`\{(\w+)\.size(\+?)\}`)

// expand puts the size of a file for {file.size}.
func (d *dialogue) expand(text string) string {
	return sizeOf.ReplaceAllStringFunc(text, func(s string) string {
		m := sizeOf.FindStringSubmatch(s)
		return fmt.Sprintf("{%d%s}", len(d.file(m[1])), m[2])
	})
}

func (d *dialogue) put(f *fetcher, text string) {
	d.t.Helper()
	if _, err := io.WriteString(f.conn, text); err != nil {
		d.fatalf("send: %v", err)
	}
}

// expect reads the next line, and those that do not matter before it.
func (d *dialogue) expect(f *fetcher, pattern string) {
	d.t.Helper()
	if pattern == "..." {
		d.skip = true
		return
	}
	want := linePattern(d.expand(pattern))
	var passed []string
	for {
		line, literal, err := f.split()
		if err != nil {
			d.fatalf("want %s: %v; passed\n%s", pattern, err, strings.Join(passed, "\n"))
		}
		if want.MatchString(line) {
			d.skip, d.literal = false, literal
			return
		}
		if !d.skip {
			d.fatalf("got  %s\nwant %s", line, pattern)
		}
		passed = append(passed, line)
	}
}

// linePattern makes a pattern of a line with "..." and <n>.
func linePattern(text string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(text)
	quoted = strings.ReplaceAll(quoted, `\.\.\.`, `.*`)
	quoted = strings.ReplaceAll(quoted, `<n>`, `\d+`)
	return regexp.MustCompile(`^` + quoted + `$`)
}

// split reads a line; literals in it are shown by their announcement only, and the last one's bytes are returned.
func (f *fetcher) split() (text string, literal []byte, err error) {
	for {
		line, err := f.r.ReadString('\n')
		if err != nil {
			return text, literal, err
		}
		line = strings.TrimSuffix(line, "\r\n")
		text += line
		var size int
		open := strings.LastIndexByte(line, '{')
		if open < 0 || !strings.HasSuffix(line, "}") {
			return text, literal, nil
		}
		if _, err := fmt.Sscanf(line[open:], "{%d}", &size); err != nil {
			return text, literal, nil
		}
		literal = make([]byte, size)
		if _, err := io.ReadFull(f.r, literal); err != nil {
			return text, literal, err
		}
	}
}

// deliver brings a message into an Inbox.
func (d *dialogue) deliver(who string, message []byte) {
	d.t.Helper()
	ctx := d.t.Context()
	in, err := mail.Ingest(ctx, d.site.store, bytes.NewReader(message), 1<<20)
	if err != nil {
		d.fatalf("deliver: %v", err)
	}
	defer in.Blob.Release()
	to, err := d.site.mail.Resolve(ctx, who+"@example.test")
	if err == nil {
		err = d.site.store.Update(ctx, to[0].Account, func(tx store.Tx) error {
			_, err := d.site.mail.DeliverTx(tx, mail.Incoming{Ingested: in, Sender: "carol@example.test"})
			return err
		})
	}
	if err != nil {
		d.fatalf("deliver: %v", err)
	}
}
