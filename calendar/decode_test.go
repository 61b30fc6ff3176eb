package calendar

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// decoded reads an input that must be readable.
func decoded(t testing.TB, text string) *File {
	t.Helper()
	f, err := Decode(strings.NewReader(text), Limits{})
	if err != nil {
		t.Fatalf("%v\n%q", err, text)
	}
	return f
}

func TestDecodeTolerates(t *testing.T) {
	const begin, end = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"
	tests := []struct{ name, text, summary, problem string }{
		{"as it should be", begin + "SUMMARY:a\\, b\r\n" + end, "a, b", ""},
		{"a fold", begin + "SUMMARY:Har\r\n bour\r\n" + end, "Harbour", ""},
		{"a fold with a tab", begin + "SUMMARY:Har\r\n\tbour\r\n" + end, "Harbour", ""},
		{"a fold within a character", begin + "SUMMARY:M\xC3\r\n \xB6we\r\n" + end, "Möwe", ""},
		{"an empty line in a fold", begin + "SUMMARY:Har\r\n\r\n bour\r\n" + end, "Harbour", ""},
		{"LF", strings.ReplaceAll(begin+"SUMMARY:Har\r\n bour\r\n"+end, "\r\n", "\n"), "Harbour", ""},
		{"CR", strings.ReplaceAll(begin+"SUMMARY:Har\r\n bour\r\n"+end, "\r\n", "\r"), "Harbour", ""},
		{"a byte order mark", "\xEF\xBB\xBF" + begin + "SUMMARY:x\r\n" + end, "x", "byte order mark"},
		{"UTF-16", "\xFE\xFF" + wide(begin+"SUMMARY:Möwe\r\n"+end), "Möwe", "UTF-16"},
		{"Latin-1", begin + "SUMMARY:M\xF6we\r\n" + end, "Möwe", "Windows-1252"},
		{"no END", begin + "SUMMARY:x\r\n", "x", "no END of VEVENT"},
		{"no END of the inner", begin + "SUMMARY:x\r\nEND:VCALENDAR\r\n", "x", "no END of VEVENT"},
		{"text around", "Hello,\r\nsee below\r\n" + begin + "SUMMARY:x\r\n" + end + "Bye\r\n", "x", "text outside"},
		{"no calendar", "BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:x\r\nEND:VEVENT\r\n", "x", "outside of VCALENDAR"},
		{"broken text", begin + "SUMMARY:one\r\ntwo three\r\n" + end, "one\ntwo three", "broken without a fold"},
		{"unescaped", begin + "SUMMARY:a, b; c\r\n" + end, "a, b; c", "unescaped ,"},
		{"unknown escape", begin + "SUMMARY:a\\: b\r\n" + end, "a: b", "unknown escape"},
		{"twice", begin + "SUMMARY:x\r\nSUMMARY:y\r\n" + end, "x", "SUMMARY given twice"},
		{"lower case", strings.ToLower(begin + "SUMMARY:x\r\n" + end), "x", ""},
		{"control character", begin + "SUMMARY:x\x07\r\n" + end, "x", "control character"},
		{"no last end of line", begin + "SUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR", "x", ""},
		{"quoted-printable", "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nUID:u\r\n" +
			"SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:M=F6we=\r\n, grau=0D=0Aund laut\r\n" + end, "Möwe, grau\nund laut", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Decode(iotest.OneByteReader(strings.NewReader(tt.text)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for c := range f.Calendars[0].Children(VEvent) {
				got = c.Text("SUMMARY")
			}
			if got != tt.summary {
				t.Errorf("summary %q, want %q", got, tt.summary)
			}
			var told []string
			for _, p := range f.Problems {
				told = append(told, p.String())
			}
			if all := strings.Join(told, "; "); (tt.problem == "") != (all == "") || !strings.Contains(all, tt.problem) {
				t.Errorf("problems %q, want %q", all, tt.problem)
			}
			if again := decoded(t, string(f.Calendars[0].Bytes())); !again.Calendars[0].Equal(f.Calendars[0]) {
				t.Errorf("written and read again: %s", again.Calendars[0].Bytes())
			}
		})
	}
}

func wide(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r >> 8))
		b.WriteByte(byte(r))
	}
	return b.String()
}

func TestDecodeRefuses(t *testing.T) {
	small := Limits{Bytes: 1000, Line: 200, Properties: 10, Depth: 3}
	for name, text := range map[string]string{
		"nothing":     "",
		"a letter":    "Dear all,\r\nthe plan: see below\r\n",
		"too long":    "BEGIN:VCALENDAR\r\n" + strings.Repeat("X:y\r\n", 300),
		"a long line": "BEGIN:VCALENDAR\r\nX:" + strings.Repeat("y", 400),
		"long folded": "BEGIN:VCALENDAR\r\nX:" + strings.Repeat("y\r\n ", 200),
		"too many":    "BEGIN:VCALENDAR\r\n" + strings.Repeat("X:y\r\n", 20),
		"too deep":    strings.Repeat("BEGIN:X\r\n", 9),
	} {
		_, err := Decode(strings.NewReader(text), small)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line < 1 || !errors.Is(err, ErrUnclear) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("broken")
	if _, err := Decode(iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestParameters(t *testing.T) {
	const head = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
	tests := []struct{ line, name, param, want, value string }{
		{`ATTENDEE;CN="Otto, head: boats":mailto:o@example.test`, "ATTENDEE", "CN", "Otto, head: boats", "mailto:o@example.test"},
		{`ATTENDEE;CN=Otto^'s^n^^:mailto:o@example.test`, "ATTENDEE", "CN", "Otto\"s\n^", "mailto:o@example.test"},
		{`ATTENDEE;CN=Head: boats:mailto:o@example.test`, "ATTENDEE", "CN", "Head: boats", "mailto:o@example.test"},
		{`ATTENDEE;CN="Otto:mailto:o@example.test`, "ATTENDEE", "CN", "Otto", "mailto:o@example.test"},
		{`ATTENDEE;MEMBER="mailto:a@example.test","mailto:b@example.test":mailto:o@example.test`, "ATTENDEE", "MEMBER", "mailto:a@example.test,mailto:b@example.test", "mailto:o@example.test"},
		{`DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin:20260828T100000`, "DTSTART", "TZID", "(UTC+01:00) Amsterdam, Berlin", "20260828T100000"},
		{`X-ODD;FLAG:v`, "X-ODD", "TYPE", "FLAG", "v"},
		{`FOO;BAR=baz;:v`, "FOO", "BAR", "baz", "v"},
	}
	for _, tt := range tests {
		f := decoded(t, head+tt.line+"\r\n")
		for c := range f.Calendars[0].Children("") {
			p := c.Get(tt.name)
			if p == nil {
				t.Errorf("%s is lost", tt.line)
				continue
			}
			if p.Param(tt.param) != strings.ReplaceAll(tt.want, ", B", ", B") && strings.ReplaceAll(p.Param(tt.param), ", ", ",") != strings.ReplaceAll(tt.want, ", ", ",") || p.Value() != tt.value {
				t.Errorf("%s: %q, value %q", tt.line, p.Param(tt.param), p.Value())
			}
			q := p.WithParam("X-NEW", `"quoted"; here`)
			again := decoded(t, head+q.String()+"\r\n")
			for c := range again.Calendars[0].Children("") {
				if !c.Get(tt.name).Equal(q) {
					t.Errorf("%s became %s", tt.line, c.Get(tt.name))
				}
			}
		}
	}
}

func TestEncodeFolds(t *testing.T) {
	c := NewComponent(VEvent)
	text := strings.Repeat("Möwe, ", 60)
	c.Add(NewText("SUMMARY", text))
	out := string(c.Bytes())
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
		if len(line) > maxFolded || !strings.HasPrefix(strings.ToValidUTF8(line, "?"), line) {
			t.Errorf("line of %d octets: %q", len(line), line)
		}
	}
	f := decoded(t, out)
	for c := range f.Calendars[0].Children("") {
		if c.Text("SUMMARY") != strings.TrimSpace(text) {
			t.Errorf("read as %q", c.Text("SUMMARY"))
		}
	}
}

// TestUnchanged wants what was well written to come out as it went in, to the byte, but for what is changed.
func TestUnchanged(t *testing.T) {
	const text = "BEGIN:VCALENDAR\r\nversion:2.0\r\nX-Odd;x=\"1\";Y=2,3:v\r\nBEGIN:VEVENT\r\nDESCRIPTION:fol\r\n ded\r\n\t oddly\r\nUID:u\r\n" +
		"BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	f := decoded(t, text)
	if got := string(f.Calendars[0].Bytes()); got != text {
		t.Errorf("got %q", got)
	}
	for c := range f.Calendars[0].Children("") {
		c.SetText("SUMMARY", "y")
	}
	if got, want := string(f.Calendars[0].Bytes()), strings.Replace(text, "SUMMARY:x", "SUMMARY:y", 1); got != want {
		t.Errorf("got %q", got)
	}
}

// eachCorpus calls f with every calendar of the corpus.
func eachCorpus(t testing.TB, f func(path string, raw []byte)) {
	t.Helper()
	root := corpus(t, "ical")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ics") && !strings.HasSuffix(path, ".vcs") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			f(path, raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDecodeCorpus reads every calendar of the corpus: each loads or is refused with line and reason; what was loaded
// and written is the same when it is read again, and without problems of form.
func TestDecodeCorpus(t *testing.T) {
	loaded, clean, same := 0, 0, 0
	problems := map[string]int{}
	eachCorpus(t, func(path string, raw []byte) {
		f, err := Decode(strings.NewReader(string(raw)), Limits{})
		if err != nil {
			t.Logf("%s: %v", filepath.Base(path), err)
			return
		}
		loaded++
		if len(f.Problems) == 0 {
			clean++
		}
		for _, p := range f.Problems {
			problems[p.Reason]++
		}
		var out []byte
		for _, c := range f.Calendars {
			out = append(out, c.Bytes()...)
		}
		if string(out) == strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n", "\r\n") {
			same++
		}
		again, err := Decode(strings.NewReader(string(out)), Limits{})
		if err != nil || len(again.Calendars) != len(f.Calendars) {
			t.Errorf("%s: written and read again: %v", path, err)
			return
		}
		for i, c := range again.Calendars {
			if !c.Equal(f.Calendars[i]) {
				t.Errorf("%s: changed when written and read again: %s", path, difference(f.Calendars[i], c))
			}
		}
	})
	t.Logf("%d loaded, %d of them without problems, %d written to the byte but for ends of lines", loaded, clean, same)
	for reason, n := range problems {
		t.Logf("%5d × %s", n, reason)
	}
}

// difference names the first thing in which two components differ.
func difference(a, b *Component) string {
	if a.name != b.name || len(a.items) != len(b.items) {
		return fmt.Sprintf("%q with %d, %q with %d", a.name, len(a.items), b.name, len(b.items))
	}
	for i := range a.items {
		x, y := a.items[i], b.items[i]
		switch {
		case x.prop != nil && !x.prop.Equal(y.prop):
			return fmt.Sprintf("%q, %q", x.prop, y.prop)
		case x.child != nil && !x.child.Equal(y.child):
			if y.child == nil {
				return "a component is lost"
			}
			return difference(x.child, y.child)
		}
	}
	return ""
}

func FuzzDecode(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nRRULE:MP1 1+ SU #5\r\nDALARM:19960415T235000;PT5M;2;x\r\nSUMMARY;ENCODING=QUOTED-PRINTABLE:=\r\n=41\r\n")
	f.Add("\xFF\xFEB\x00")
	f.Add("BEGIN:A\rX;Y=\"a,b\",c;Z:^n\\,\n t\n\n\tu\rEND:A")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Decode(strings.NewReader(text), ObjectLimits)
		if err != nil {
			return
		}
		for _, c := range file.Calendars {
			out := c.Bytes()
			again, err := Decode(strings.NewReader(string(out)), Limits{})
			if err != nil || len(again.Calendars) != 1 || !again.Calendars[0].Equal(c) {
				t.Fatalf("%q is written %q and read %v, %v", text, out, again, err)
			}
		}
	})
}
