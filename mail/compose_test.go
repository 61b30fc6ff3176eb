package mail

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 8, 22, 12, 0, 0, 0, time.FixedZone("", 2*3600))

func aliceRules() SubmitRules {
	return SubmitRules{
		Owns:     func(addr string) bool { return addr == "alice@example.test" || addr == "sales@example.test" },
		Primary:  Address{Name: "Alice Ängström", Local: "alice", Domain: "example.test"},
		Hostname: "mail.example.test", Now: noon,
	}
}

// wire makes a message of text written with LF.
func wire(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func submit(t *testing.T, message string, rules SubmitRules) (string, Submission) {
	t.Helper()
	var out bytes.Buffer
	sub, err := Submit(&out, strings.NewReader(message), rules)
	if err != nil {
		t.Fatalf("Submit: %v", err)
	}
	return out.String(), sub
}

func TestSubmitCompletesTheHeader(t *testing.T) {
	out, sub := submit(t, "From: alice@EXAMPLE.test\nTo: bob@example.test\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nHello\n", aliceRules())
	want := wire("From: alice@EXAMPLE.test\nTo: bob@example.test\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n" +
		"Date: Sat, 22 Aug 2026 12:00:00 +0200\nMessage-ID: <" + sub.MessageID + ">\nMIME-Version: 1.0\n\nHello\n")
	if out != want {
		t.Errorf("Submit wrote\n%s\nwant\n%s", out, want)
	}
	if sub.From != "alice@example.test" || sub.Subject != "Grüße" || !strings.HasSuffix(sub.MessageID, "@mail.example.test") {
		t.Errorf("Submission = %+v", sub)
	}
}

func TestSubmitKeepsWhatIsThere(t *testing.T) {
	in := wire("Date: Fri, 1 Jan 2027 00:00:00 +0000\nMessage-ID: <x@y>\nMIME-Version: 1.0\nFrom: Sales <sales@example.test>\n" +
		"To: bob@example.test\nX-Odd:   spaced\n\tfolded\n\n" + "8bit \xe4 and \x00 stay\n")
	if out, _ := submit(t, in, aliceRules()); out != in {
		t.Errorf("Submit wrote\n%q\nwant the message unchanged\n%q", out, in)
	}
}

func TestSubmitRecipients(t *testing.T) {
	in := "From: alice@example.test\nTo: Bob <bob@example.test>, friends: carl@example.test, BOB@example.test;\n" +
		"Cc: dora@bücher.example\nBcc: eve@example.test,\n frank@example.test\nBcc: not an address\n\nx"
	out, sub := submit(t, in, aliceRules())
	want := []string{"bob@example.test", "carl@example.test", "dora@xn--bcher-kva.example", "eve@example.test", "frank@example.test"}
	if !slices.Equal(sub.Recipients, want) {
		t.Errorf("Recipients = %q; want %q", sub.Recipients, want)
	}
	if len(sub.Refused) == 0 || !sub.HasBcc || sub.UTF8 {
		t.Errorf("Submission = %+v; want something refused, Bcc and no UTF8", sub)
	}
	if strings.Contains(out, "eve@") || strings.Contains(out, "frank@") || strings.Contains(strings.ToLower(out), "bcc") {
		t.Errorf("Bcc went out:\n%s", out)
	}
	rules := aliceRules()
	rules.KeepBcc = true
	if out, _ := submit(t, in, rules); !strings.Contains(out, "Bcc: eve@example.test,\r\n frank@example.test\r\n") {
		t.Errorf("KeepBcc lost it:\n%s", out)
	}
}

func TestSubmitFrom(t *testing.T) {
	replace := aliceRules()
	replace.ReplaceFrom = true
	tests := []struct {
		name, from string
		rules      SubmitRules
		want       string // of From; empty: refused
	}{
		{"own", "From: sales@example.test\n", aliceRules(), "sales@example.test"},
		{"none", "", aliceRules(), "alice@example.test"},
		{"foreign", "From: boss@example.test\n", aliceRules(), ""},
		{"two", "From: alice@example.test, sales@example.test\n", aliceRules(), ""},
		{"foreign replaced", "From: boss@example.test\nSender: boss@example.test\n", replace, "alice@example.test"},
		{"unreadable replaced", "From: <<>>\n", replace, "alice@example.test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			sub, err := Submit(&out, strings.NewReader(tt.from+"To: bob@example.test\n\nx"), tt.rules)
			if tt.want == "" {
				if !errors.Is(err, ErrForeignFrom) || out.Len() != 0 {
					t.Errorf("Submit = %v, wrote %d bytes; want ErrForeignFrom and nothing", err, out.Len())
				}
				return
			}
			s, perr := Parse(bytes.NewReader(out.Bytes()))
			if err != nil || perr != nil || sub.From != tt.want || len(s.Envelope.From) != 1 || s.Envelope.From[0].Addr() != tt.want {
				t.Errorf("Submit = %+v, %v, %v; wrote\n%s", sub, err, perr, out.String())
			}
			if strings.Contains(out.String(), "boss@") {
				t.Errorf("the foreign address went out:\n%s", out.String())
			}
		})
	}
}

// TestSubmitLetsNoForgeryBy: whatever way a header is written, the only sender that goes out is an own one.
func TestSubmitLetsNoForgeryBy(t *testing.T) {
	const own, boss = "From: alice@example.test\n", "boss@example.test"
	for name, head := range map[string]string{
		"second From":           own + "From: " + boss + "\n",
		"second From first":     "From: " + boss + "\n" + own,
		"bare CR":               "X-Note: a\rFrom: " + boss + "\n" + own,
		"bare CR in From":       "From: alice@example.test\rFrom: " + boss + "\n",
		"bare CR, other fields": own + "Subject: a\r\r\nX: b\rSender: " + boss + "\n",
		"Sender":                own + "Sender: " + boss + "\n",
	} {
		for _, replace := range []bool{false, true} {
			rules := aliceRules()
			rules.ReplaceFrom = replace
			var out bytes.Buffer
			sub, err := Submit(&out, strings.NewReader(head+"To: bob@example.test\n\nx"), rules)
			if errors.Is(err, ErrForeignFrom) && !replace {
				continue
			}
			if err != nil || sub.From != "alice@example.test" {
				t.Errorf("%s: From %q, %v", name, sub.From, err)
			}
			for line := range strings.Lines(out.String()) {
				if (strings.HasPrefix(line, "From:") || strings.HasPrefix(line, "Sender:")) && strings.Contains(line, boss) {
					t.Errorf("%s, ReplaceFrom %v: %q went out", name, replace, line)
				}
			}
		}
	}
	rules := aliceRules()
	if out, _ := submit(t, own+"Sender: sales@example.test\nX: a\rBcc: eve@example.test\nTo: bob@example.test\n\nx", rules); strings.Contains(out, "\nBcc") || !strings.Contains(out, "Sender: sales@") {
		t.Errorf("a hidden Bcc went out, or the own Sender did not:\n%s", out)
	}
}

func TestSubmitThreading(t *testing.T) {
	rules := aliceRules()
	rules.InReplyTo, rules.References = "c@x", []string{"a@x", "b@x"}
	head := "From: alice@example.test\nTo: bob@example.test\n"
	out, _ := submit(t, head+"\nx", rules)
	if s, _ := Parse(strings.NewReader(out)); !slices.Equal(s.Envelope.References, []string{"a@x", "b@x", "c@x"}) || !slices.Equal(s.Envelope.InReplyTo, []string{"c@x"}) {
		t.Errorf("References %q, In-Reply-To %q", s.Envelope.References, s.Envelope.InReplyTo)
	}
	if out, _ := submit(t, head+"In-Reply-To: <own@x>\n\nx", rules); strings.Contains(out, "a@x") {
		t.Errorf("the client's own threading was replaced:\n%s", out)
	}
	for _, odd := range []string{"m\xc3\xbcll@x", strings.Repeat("y", 990) + "@x"} {
		rules.InReplyTo = odd
		if out, sub := submit(t, head+"\nx", rules); sub.UTF8 || strings.Contains(out, odd) || !strings.Contains(out, "<b@x>") {
			t.Errorf("an id that other servers refuse was taken over, UTF8 %v:\n%.300s", sub.UTF8, out)
		}
	}
	rules.InReplyTo = "c@x"
	for range 100 {
		rules.References = append(rules.References, "more@x")
	}
	out, _ = submit(t, head+"\nx", rules)
	if s, _ := Parse(strings.NewReader(out)); len(s.Envelope.References) != 20 || s.Envelope.References[0] != "a@x" || s.Envelope.References[19] != "c@x" {
		t.Errorf("long References became %q", s.Envelope.References)
	}
}

func TestSubmitEncodesTheHeader(t *testing.T) {
	in := "From: Alice \xc3\x84ngstr\xc3\xb6m <alice@example.test>\nTo: J\xf6rg <j@b\xc3\xbccher.example>, Fr\xc3\xbcnde: a@x.test, \"B, b\" <b@x.test>;, c@x.test\n" +
		"Subject: Gr\xc3\xbc\xc3\x9fe =?iso-8859-1?q?=E4?=\nX-Note: \xe2\x82\xac\n\nx"
	out, sub := submit(t, in, aliceRules())
	if head, _, _ := strings.Cut(out, "\r\n\r\n"); hasEightBit(head) || sub.UTF8 {
		t.Errorf("the header is not ASCII:\n%s", head)
	}
	s, _ := Parse(strings.NewReader(out))
	var to []string
	for _, a := range s.Envelope.To {
		to = append(to, a.String())
	}
	want := []string{`Jörg <j@xn--bcher-kva.example>`, "Fründe:", "a@x.test", `"B, b" <b@x.test>`, ";", "c@x.test"}
	if !slices.Equal(to, want) || s.Envelope.Subject != "Grüße ä" || s.Envelope.From[0].Name != "Alice Ängström" {
		t.Errorf("To %q, Subject %q, From %+v", to, s.Envelope.Subject, s.Envelope.From)
	}
	if _, sub := submit(t, "From: alice@example.test\nTo: j\xc3\xb6rg@example.test\n\nx", aliceRules()); !sub.UTF8 {
		t.Error("a local part beyond ASCII needs SMTPUTF8")
	}
}

func TestSubmitRefusesNoHeader(t *testing.T) {
	for _, in := range []string{"", "\r\n\r\nbody", "just text\n", strings.Repeat("A: b\n", 300000), "X: " + strings.Repeat("y", 1<<20) + "\n\n"} {
		if _, err := Submit(io.Discard, strings.NewReader(in), aliceRules()); !errors.Is(err, ErrHeader) {
			t.Errorf("Submit(%.20q… of %d) = %v; want ErrHeader", in, len(in), err)
		}
	}
}

func TestCRLFWriter(t *testing.T) {
	for _, in := range []string{"a\nb\rc\r\nd\n\r\r\n", "\r", "\n", "", "a\r\r\nb"} {
		want := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(in)
		for _, size := range []int{1, 2, 3, 100} {
			var out bytes.Buffer
			w := newCRLFWriter(&out)
			for rest := in; rest != ""; {
				n := min(size, len(rest))
				io.WriteString(w, rest[:n])
				rest = rest[n:]
			}
			if err := w.close(); err != nil || out.String() != want {
				t.Errorf("%q in steps of %d = %q, %v; want %q", in, size, out.String(), err, want)
			}
		}
	}
}

func FuzzSubmit(f *testing.F) {
	f.Add("From: alice@example.test\nTo: bob@example.test\nBcc: x@example.test\n\nbody\r")
	f.Add("From: a\r\n b\r\nBCC:\t=?utf-8?q?x?= <y@z>\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		rules := aliceRules()
		rules.ReplaceFrom = true
		sub, err := Submit(&out, strings.NewReader(in), rules)
		if err != nil {
			return
		}
		if bare := strings.ReplaceAll(out.String(), "\r\n", ""); strings.ContainsAny(bare, "\r\n") {
			t.Errorf("bare CR or LF in %q", out.String())
		}
		s, err := Parse(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Envelope.Bcc) != 0 {
			t.Errorf("Bcc left in %q", out.String())
		}
		if s.Envelope.MessageID != sub.MessageID {
			t.Errorf("Message-ID %q, reported %q, in %q", s.Envelope.MessageID, sub.MessageID, out.String())
		}
	})
}
