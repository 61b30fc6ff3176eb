package e2e

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/wbxml"
)

// tally counts what was compared, so that a story that compares nothing is noticed.
type tally struct{ subjects, plains, htmls, mimes, files int }

// testContent compares what every phone shows with what was sent.
func testContent(t *testing.T, phones []*phone, messages []specimen) {
	for n, p := range phones {
		t.Run(strings.ReplaceAll(p.String(), ", ", "-"), func(t *testing.T) {
			var count tally
			for i, m := range messages {
				if err := p.compare(t, p.ids[i], m, &count, n%3 == 0); err != nil {
					t.Errorf("%s: %v", m.Name, err)
				}
			}
			t.Logf("compared: %+v", count)
			if count.plains < 25 || count.files < 5 || count.mimes < 15 || count.subjects < 25 {
				t.Errorf("too little was compared: %+v", count)
			}
		})
	}
}

// compare fetches one message in every form. The files are fetched by every way if thorough.
func (p *phone) compare(t *testing.T, id string, m specimen, count *tally, thorough bool) error {
	item := p.inbox.Items[id]
	if got := item.Value(wbxml.EmailSubject); m.Subject != nil {
		if count.subjects++; !sameSpaces(got, *m.Subject) {
			t.Errorf("%s: subject %q, want %q", m.Name, got, *m.Subject)
		}
	}
	for _, kind := range []int{asclient.PlainText, asclient.HTML, asclient.MIME} {
		if kind == asclient.HTML && !p.AtLeast("12.0") {
			continue // 2.5 has no HTML
		}
		body, err := p.fetchBody(t, id, kind)
		if err != nil {
			return fmt.Errorf("body of type %d: %w", kind, err)
		}
		if diff := compareBody(body, kind, m, count); diff != "" {
			t.Errorf("%s: body of type %d: %s", m.Name, kind, diff)
		}
	}
	if m.Files == nil {
		return nil
	}
	return p.compareFiles(t, asclient.AttachmentsOf(item.Data), m, count, thorough)
}

// fetchBody fetches the whole body in one form: by ItemOperations, up to 2.5 by the Fetch of Sync.
func (p *phone) fetchBody(t *testing.T, id string, kind int) (asclient.Body, error) {
	if p.AtLeast("12.0") {
		data, err := p.FetchItem(t.Context(), p.inbox, id, asclient.BodyPreference{Type: kind})
		return asclient.BodyOf(data), err
	}
	o := asclient.MailOptions{Filter: -1, Conflict: -1}
	if kind == asclient.MIME {
		o.MIMESupport = 2
	}
	f := asclient.SyncFolder{Folder: p.inbox, NoChanges: true, Options: p.MailOptions(o), Commands: []*asclient.Node{asclient.Fetch(id)}}
	result, err := p.Sync(t.Context(), asclient.SyncRequest{Folders: []asclient.SyncFolder{f}})
	if err != nil {
		return asclient.Body{}, err
	}
	got := result.Folders[p.inbox.ID]
	if got == nil || got.Status != 1 || len(got.Responses) != 1 || got.Responses[0].Value(wbxml.AirSyncStatus) != "1" {
		return asclient.Body{}, fmt.Errorf("fetch brought %+v", got)
	}
	return asclient.BodyOf(got.Responses[0].Find(wbxml.AirSyncApplicationData)), nil
}

// compareBody returns how the body differs from what was sent.
func compareBody(body asclient.Body, kind int, m specimen, count *tally) string {
	if body.Truncated {
		return fmt.Sprintf("truncated to %d bytes", len(body.Data))
	}
	switch kind {
	case asclient.PlainText:
		if m.Plain == nil {
			return ""
		}
		count.plains++
		return difference(plainly(body.Data), plainly(*m.Plain))
	case asclient.HTML:
		return compareHTML(body, m, count)
	}
	if body.Type != asclient.MIME {
		return fmt.Sprintf("is of type %d", body.Type)
	}
	if m.Exact {
		count.mimes++
		return compareMIME([]byte(body.Data), m.Raw)
	}
	again := known(m.Name, []byte(body.Data))
	if m.Plain == nil || again.Plain == nil {
		return ""
	}
	count.mimes++
	return difference(plainly(*again.Plain), plainly(*m.Plain))
}

func compareHTML(body asclient.Body, m specimen, count *tally) string {
	switch {
	case m.HTML != nil && body.Type == asclient.HTML:
		count.htmls++
		return difference(withoutMeta(body.Data), withoutMeta(*m.HTML))
	case m.Plain != nil && m.HTML == nil && body.Type == asclient.HTML:
		return difference(spaceless(html.UnescapeString(tags.ReplaceAllString(body.Data, ""))), spaceless(quotes.ReplaceAllString(*m.Plain, "")))
	}
	return ""
}

var (
	tags   = regexp.MustCompile(`(?s)<!--.*?-->|<(?:style|head|title)\b.*?</(?:style|head|title)>|<[^>]*>`)
	quotes = regexp.MustCompile(`(?m)^(> ?)+`) // become indentation
	dated  = regexp.MustCompile(`(?im)^date:`)
	meta   = regexp.MustCompile(`(?is)<meta[^>]*charset[^>]*>`)
)

// compareMIME wants the bytes that were sent behind the fields that a server adds on the way.
func compareMIME(got, sent []byte) string {
	added, ok := bytes.CutSuffix(got, sent)
	if !ok {
		return difference(string(got[max(0, len(got)-len(sent)):]), string(sent))
	}
	for line := range strings.Lines(string(added)) {
		name, _, _ := strings.Cut(line, ":")
		switch {
		case line[0] == ' ' || line[0] == '\t':
		case name == "Received", name == "Return-Path", name == "Delivered-To":
		case name == "Date" && !dated.Match(sent): // phones show the day on which they synchronised otherwise
		default:
			return fmt.Sprintf("begins with %q", line)
		}
	}
	return ""
}

// compareFiles fetches every file that is expected and compares it.
func (p *phone) compareFiles(t *testing.T, offered []asclient.Attachment, m specimen, count *tally, thorough bool) error {
	if len(offered) != len(m.Files) {
		return fmt.Errorf("%d attachments, want %d", len(offered), len(m.Files))
	}
	for i, want := range m.Files {
		a := offered[i]
		if name := want.Name; name != "" && !strings.Contains(name, "=?") && a.Name != name {
			t.Errorf("%s: attachment %d is called %q, want %q", m.Name, i, a.Name, name)
		}
		got, err := p.Attachment(t.Context(), a.Reference)
		if err != nil {
			return fmt.Errorf("attachment %d: %w", i, err)
		}
		if !bytes.Equal(got, want.Data) {
			t.Errorf("%s: attachment %d (%s): %s", m.Name, i, a.Name, difference(string(got), string(want.Data)))
		}
		count.files++
		if thorough && p.AtLeast("12.0") {
			if err := p.compareFileOtherwise(t, a, want, m.Name); err != nil {
				return fmt.Errorf("attachment %d: %w", i, err)
			}
		}
	}
	return nil
}

// compareFileOtherwise fetches a file by range and as a part of its own.
func (p *phone) compareFileOtherwise(t *testing.T, a asclient.Attachment, want file, message string) error {
	got, err := p.AttachmentMultipart(t.Context(), a.Reference)
	if err != nil {
		return fmt.Errorf("multipart: %w", err)
	}
	if !bytes.Equal(got, want.Data) {
		t.Errorf("%s: %s as a part: %s", message, a.Name, difference(string(got), string(want.Data)))
	}
	first, last := int64(len(want.Data)/3), int64(len(want.Data)/2)
	got, err = p.AttachmentRange(t.Context(), a.Reference, first, last)
	if err != nil {
		return fmt.Errorf("range %d-%d: %w", first, last, err)
	}
	if want := want.Data[first:min(last+1, int64(len(want.Data)))]; !bytes.Equal(got, want) {
		t.Errorf("%s: %s, bytes %d-%d: %s", message, a.Name, first, last, difference(string(got), string(want)))
	}
	return nil
}

// plainly removes what may differ between two writings of one text: line ends and white space before them.
func plainly(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		b.WriteString(strings.TrimRight(line, " \t\r"))
		b.WriteByte('\n')
	}
	return strings.Trim(b.String(), "\n")
}

func withoutMeta(s string) string { return words(meta.ReplaceAllString(s, "")) }

// words makes all white space one space.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

func spaceless(s string) string { return strings.Join(strings.Fields(s), "") }

func sameSpaces(a, b string) bool { return words(a) == words(b) }

// difference shows where two texts part; nothing when they are equal.
func difference(got, want string) string {
	if got == want {
		return ""
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	show := func(s string) string { return fmt.Sprintf("%q", s[max(0, i-20):min(len(s), i+40)]) }
	return fmt.Sprintf("%d bytes, want %d; at %d: %s, want %s", len(got), len(want), i, show(got), show(want))
}
