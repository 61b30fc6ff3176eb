package mail

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shape writes a part as nested brackets: b a leaf, m(…) a multipart, r(…) an embedded message.
func shape(p *Part) string {
	switch {
	case p.Message != nil:
		return "r(" + shape(p.Message.Root) + ")"
	case p.Type == "multipart" && len(p.Children) > 0:
		var inner []string
		for _, c := range p.Children {
			inner = append(inner, shape(c))
		}
		return "m(" + strings.Join(inner, " ") + ")"
	}
	return "b"
}

// leaves lists the encoded bodies of the leaves, without CR.
func leaves(s *Summary, ra io.ReaderAt, p *Part, list []string) []string {
	switch {
	case p.Message != nil:
		return leaves(s, ra, p.Message.Root, list)
	case p.Type == "multipart" && len(p.Children) > 0:
		for _, c := range p.Children {
			list = leaves(s, ra, c, list)
		}
		return list
	}
	b, _ := io.ReadAll(s.RawPart(ra, p))
	return append(list, strings.ReplaceAll(string(b), "\r", ""))
}

// xmlNode is an element of mime4j's event trees.
type xmlNode struct {
	XMLName xml.Name
	Text    string    `xml:",chardata"`
	Nodes   []xmlNode `xml:",any"`
}

func (n *xmlNode) shape() string {
	for i := range n.Nodes {
		switch c := &n.Nodes[i]; c.XMLName.Local {
		case "body":
			return "b"
		case "message":
			return "r(" + c.shape() + ")"
		case "multipart":
			var inner []string
			for j := range c.Nodes {
				if c.Nodes[j].XMLName.Local == "body-part" {
					inner = append(inner, c.Nodes[j].shape())
				}
			}
			if len(inner) == 0 {
				return "b"
			}
			return "m(" + strings.Join(inner, " ") + ")"
		}
	}
	return "b"
}

func (n *xmlNode) leaves(list []string) []string {
	for i := range n.Nodes {
		switch c := &n.Nodes[i]; c.XMLName.Local {
		case "body":
			list = append(list, strings.TrimPrefix(c.Text, "\n"))
		case "message", "multipart", "body-part":
			list = c.leaves(list)
		}
	}
	return list
}

// mime4jDeviations are the messages that are read otherwise on purpose.
var mime4jDeviations = map[string]string{
	"hdr-fakeout.msg": "a line with only a blank ends the header when no field follows: the text is shown, not lost",
	"basic-plain-with-bad-header-separator.msg": "the same",
	"malformedHeader-nocrlfcrlf.msg":            "a line that is no field begins the body when no known field follows",
	"malformedHeaderStartsBody-nocrlfcrlf.msg":  "the same",
	"malformedHeader-noheader.msg":              "the same: a message without header is all body",
	"malformedHeaderStartsBody-noheader.msg":    "the same",
	"weird-boundary.msg":                        "a boundary does not end in blanks (RFC 2046), so lines that differ only there are the same",
	"very-long-boundary.msg":                    "the same",
	"very-very-long-boundary.msg":               "a boundary of 7000 bytes is beyond the bound",
}

func TestMIME4JTrees(t *testing.T) {
	dir := filepath.Join(corpusDir(t), "mime4j")
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*.msg"))
	agree, total := 0, 0
	for _, file := range files {
		expected, err := os.ReadFile(strings.TrimSuffix(file, ".msg") + ".xml")
		if err != nil {
			continue
		}
		msg, _ := os.ReadFile(file)
		var want xmlNode
		dec := xml.NewDecoder(strings.NewReader(decodeCharset(expected, "", "")))
		if err := dec.Decode(&want); err != nil {
			t.Logf("%s: %v", filepath.Base(file), err)
			continue
		}
		s, _ := Parse(bytes.NewReader(msg))
		total++
		name := filepath.Base(file)
		if why := mime4jDeviations[name]; why != "" {
			continue
		}
		got := shape(s.Root)
		ok := got == want.shape()
		detail := fmt.Sprintf("shape %s, want %s", got, want.shape())
		if ok {
			a, b := leaves(s, bytes.NewReader(msg), s.Root, nil), want.leaves(nil)
			for i := range a {
				if i < len(b) && strings.TrimSpace(a[i]) != strings.TrimSpace(b[i]) && isPlainHeader([]byte(strings.ReplaceAll(a[i], "\n", ""))) {
					ok = false
					detail = fmt.Sprintf("leaf %d: %.300q, want %.300q", i, a[i], b[i])
					break
				}
			}
		}
		if ok {
			agree++
		} else {
			t.Errorf("%s: %s", name, detail)
		}
	}
	t.Logf("%d of %d trees agree, %d differ on purpose", agree, total, len(mime4jDeviations))
}

type duckNode struct {
	ChildNodes   []duckNode
	ParsedHeader map[string]json.RawMessage
	Message      *duckNode
	LineCount    int64
	Size         int64
}

// compare walks two trees and reports where they differ.
func (n *duckNode) compare(p *Part, report func(format string, args ...any)) {
	if len(n.ChildNodes) != len(p.Children) {
		report("part %s: %d children, want %d", p.ID, len(p.Children), len(n.ChildNodes))
		return
	}
	for i := range n.ChildNodes {
		n.ChildNodes[i].compare(p.Children[i], report)
	}
	var typ struct{ Value string }
	if raw := n.ParsedHeader["content-type"]; raw != nil {
		if err := json.Unmarshal(raw, &typ); err == nil && typ.Value != p.MediaType() {
			report("part %s: type %s, want %s", p.ID, p.MediaType(), typ.Value)
		}
	}
	// wildduck counts one line more than there are where the last has its end
	if len(n.ChildNodes) == 0 && p.Message == nil && (n.Size != p.Body.Length || n.LineCount != p.Lines && n.LineCount != p.Lines+1) {
		report("part %s: %d bytes, %d lines, want %d, %d", p.ID, p.Body.Length, p.Lines, n.Size, n.LineCount)
	}
	if (n.Message != nil) != (p.Message != nil) {
		report("part %s: message %v, want %v", p.ID, p.Message != nil, n.Message != nil)
	} else if n.Message != nil {
		n.Message.compare(p.Message.Root, report)
	}
}

func TestWildduckTrees(t *testing.T) {
	dir := filepath.Join(corpusDir(t), "wildduck", "imap-core", "test", "fixtures")
	for _, name := range []string{"simple", "mimetorture"} {
		msg, err := os.ReadFile(filepath.Join(dir, name+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		msg = bytes.ReplaceAll(bytes.ReplaceAll(msg, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		raw, _ := os.ReadFile(filepath.Join(dir, name+".json"))
		var want duckNode
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		s, _ := Parse(bytes.NewReader(msg))
		differ := 0
		want.compare(s.Root, func(format string, args ...any) {
			differ++
			t.Errorf(name+": "+format, args...)
		})
		t.Logf("%s: %d differences in %d parts", name, differ, strings.Count(shape(s.Root), "b"))
	}
}

// cases reads JavaMail's test data: a field, which may be folded, then "Expect: N" and N lines.
func cases(t *testing.T, name, field string, f func(value string, want []string)) {
	t.Helper()
	lines := strings.Split(string(corpusFile(t, filepath.Join("javamail-headers", "mail", "javax", "mail", "internet", name))), "\n")
	var value string
	strict := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "Strict:"):
			strict = strings.Contains(line, "true")
		case strings.HasPrefix(line, field+":"):
			value = line[len(field)+1:]
			for i+1 < len(lines) && (strings.HasPrefix(lines[i+1], " ") || strings.HasPrefix(lines[i+1], "\t")) {
				i++
				value += "\r\n" + lines[i]
			}
		case strings.HasPrefix(line, "Expect: "):
			var n int
			if _, err := fmt.Sscanf(line, "Expect: %d", &n); err != nil || strict || value == "" {
				continue
			}
			var want []string
			for range n {
				i++
				want = append(want, strings.TrimSpace(lines[i]))
			}
			f(value, want)
			value = ""
		}
	}
}

// TestJavaMailAddresses compares with JavaMail's lists. What is an address there must be one here. The lists differ
// otherwise: JavaMail returns what it cannot read as an address made of the raw text, keeps the members of a group in
// one string, and takes blanks for commas where no @ occurs.
func TestJavaMailAddresses(t *testing.T) {
	same, total := 0, 0
	wellFormed := regexp.MustCompile(`^[^\s\x00-\x1f<>"(),;:\\\[\]?]+@[^\s\x00-\x1f<>"(),;:@\\?]+[^.>]$`)
	cases(t, "addrlist", "To", func(value string, want []string) {
		total++
		var got []string
		for _, a := range Mailboxes(ParseAddresses(value)) {
			got = append(got, a.Addr())
		}
		if strings.Join(got, "|") == strings.Join(want, "|") {
			same++
		}
		for _, w := range want {
			if wellFormed.MatchString(w) && w[0] != '@' && !strings.Contains(strings.Join(got, "|"), w) {
				t.Errorf("%q: got %q, want %q among them", value, got, w)
			}
		}
	})
	if same < 50 {
		t.Errorf("only %d of %d address lists are the same", same, total)
	}
	t.Logf("%d of %d address lists are the same; every address of the others is found", same, total)
}

// TestJavaMailParams counts likewise. The others: continuations with a gap, which we join; characters that the data
// writes as escapes; an encoded word without quotes, which we decode.
func TestJavaMailParams(t *testing.T) {
	agree, total := 0, 0
	for _, name := range []string{"paramdata", "paramdatanostrict"} {
		cases(t, name, "Content-Type", func(value string, want []string) {
			total++
			_, _, raw := parseMediaType([]byte(value))
			params, _ := decodeParams(raw, "")
			got := make(map[string]string)
			for _, p := range params {
				got[p.Name] = p.Value
			}
			ok := len(got) == len(want)
			for _, w := range want {
				k, v, _ := strings.Cut(w, "=")
				ok = ok && got[strings.ToLower(k)] == v
			}
			if ok {
				agree++
			} else {
				t.Logf("%q:\n got %q\nwant %q", value, got, want)
			}
		})
	}
	if agree < 16 {
		t.Errorf("only %d of %d parameter lists agree", agree, total)
	}
	t.Logf("%d of %d parameter lists agree", agree, total)
}

// TestTNEFLists compares the members of winmail.dat files with MimeKit's lists, where bodies are files too, and their
// bytes with what ytnef took out.
func TestTNEFLists(t *testing.T) {
	dir := corpusDir(t)
	files, _ := filepath.Glob(filepath.Join(dir, "mimekit", "tnef", "*.tnef"))
	agree, lists, same := 0, 0, 0
	for _, file := range files {
		tnef, _ := os.ReadFile(file)
		msg := append([]byte("Content-Type: application/ms-tnef\nContent-Transfer-Encoding: binary\n\n"), tnef...)
		s, _ := Parse(bytes.NewReader(msg))
		got := make(map[string]bool)
		for _, p := range s.Attachments() {
			got[p.DisplayName()] = true
			want, err := os.ReadFile(filepath.Join(dir, "ytnef", "results", p.DisplayName()))
			if err != nil {
				continue
			}
			content, _ := io.ReadAll(s.OpenPart(bytes.NewReader(msg), p))
			if !bytes.Equal(content, want) {
				t.Errorf("%s: %s: %d bytes, want %d", filepath.Base(file), p.DisplayName(), len(content), len(want))
			}
			same++
		}
		list, err := os.ReadFile(strings.TrimSuffix(file, ".tnef") + ".list")
		if err != nil {
			continue
		}
		lists++
		ok := true
		for _, name := range strings.Split(strings.TrimSpace(string(list)), "\n") {
			switch name = strings.TrimSpace(name); {
			case strings.HasPrefix(name, "body."):
				ok = ok && len(s.bodyParts(Plain)) > 0
			case name == "Untitled Attachment": // a message, whose own body and files are listed instead
				ok = ok && len(got) > 0
			default:
				ok = ok && got[name]
			}
		}
		if ok {
			agree++
		} else {
			t.Errorf("%s: got %v, want %q", filepath.Base(file), got, list)
		}
	}
	t.Logf("%d of %d lists agree, %d files have the same bytes", agree, lists, same)
}
