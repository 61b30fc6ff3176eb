package autoreply

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
)

// TestNobodyIsAnswered lists who gets no answer. Each case is a message to alice from carol unless it says
// otherwise; without what the case adds it would be answered.
func TestNobodyIsAnswered(t *testing.T) {
	type given struct {
		header  []string
		sender  string            // instead of carol
		junk    bool              // delivered to Junk
		replace map[string]string // in the message
	}
	tests := map[string]given{
		"null sender":                     {sender: "<>"},
		"junk":                            {junk: true},
		"no address":                      {sender: "carol"},
		"address literal":                 {sender: "carol@[192.0.2.1]"},
		"alice herself":                   {sender: alice},
		"alice under an alias and tag":    {sender: "Sales+x@example.test"},
		"a list of ours that alice is in": {sender: "team@example.test"},
		"an address that alice catches":   {sender: "whoever@example.test"},
		"mailer-daemon":                   {sender: "MAILER-DAEMON@outside.test"},
		"mailer-daemon in From":           {replace: map[string]string{"Carol <carol@outside.test>": "Mail <mailer-daemon@outside.test>"}},
		"postmaster":                      {sender: "postmaster@outside.test"},
		"owner-":                          {sender: "owner-birds@lists.test"},
		"-owner":                          {sender: "birds-owner@lists.test"},
		"-request":                        {sender: "birds-request@lists.test"},
		"-bounces":                        {sender: "birds-bounces@lists.test"},
		"-bounces with VERP":              {sender: "birds-bounces+alice=example.test@lists.test"},
		"bounces+":                        {sender: "bounces+123-alice=example.test@mail.test"},
		"bounce-":                         {sender: "bounce-55_HTML-1@mail.test"},
		"listserv":                        {sender: "LISTSERV@lists.test"},
		"majordomo":                       {sender: "majordomo@lists.test"},
		"noreply":                         {sender: "noreply@shop.test"},
		"no-reply in From":                {replace: map[string]string{"carol@outside.test>": "no-reply@shop.test>"}},
		"Sender of a list":                {header: []string{"Sender: birds-request@lists.test"}},
		"Auto-Submitted generated":        {header: []string{"Auto-Submitted: auto-generated"}},
		"Auto-Submitted replied":          {header: []string{"Auto-Submitted: auto-replied (vacation)"}},
		"Auto-Submitted with parameter":   {header: []string{"Auto-Submitted: auto-notified; owner-email=\"x\""}},
		"Auto-Submitted no, then not":     {header: []string{"Auto-Submitted: no", "Auto-Submitted: auto-replied"}},
		"List-Id":                         {header: []string{"List-Id: Birds <birds.lists.test>"}},
		"List-Unsubscribe":                {header: []string{"List-Unsubscribe: <mailto:x@lists.test>"}},
		"List-Post":                       {header: []string{"LIST-POST: NO"}},
		"Mailing-List":                    {header: []string{"Mailing-List: list birds@lists.test"}},
		"X-BeenThere":                     {header: []string{"X-BeenThere: birds@lists.test"}},
		"Precedence bulk":                 {header: []string{"Precedence: Bulk"}},
		"Precedence list":                 {header: []string{"Precedence: list"}},
		"Precedence junk":                 {header: []string{"Precedence:  junk "}},
		"second Precedence":               {header: []string{"Precedence: normal", "Precedence: list"}},
		"X-Auto-Response-Suppress All":    {header: []string{"X-Auto-Response-Suppress: All"}},
		"X-Auto-Response-Suppress OOF":    {header: []string{"X-Auto-Response-Suppress: DR, RN, NRN,\r\n OOF"}},
		"X-Auto-Response-Suppress Auto":   {header: []string{"X-Auto-Response-Suppress: AutoReply"}},
		"X-Autoreply":                     {header: []string{"X-Autoreply: yes"}},
		"X-Loop":                          {header: []string{"X-Loop: alice@example.test"}},
		"X-Spam-Flag":                     {header: []string{"X-Spam-Flag: YES"}},
		"Return-Path empty":               {header: []string{"Return-Path: <>"}},
		"delivery report":                 {header: []string{"Content-Type: multipart/report; report-type=delivery-status; boundary=b"}},
		"receipt":                         {header: []string{"Content-Type: multipart/report; report-type=disposition-notification; boundary=b"}},
		"bare receipt":                    {header: []string{"Content-Type: message/disposition-notification"}},
		"no author":                       {replace: map[string]string{"Carol <carol@outside.test>": "<>"}},
		"Apple's responder":               {header: []string{"X-Apple-Action: VACATION"}},
		"a responder by its subject":      {replace: map[string]string{"Lunch?": "AutoReply: Lunch?"}},
		"blind copy":                      {replace: map[string]string{"Alice <alice@example.test>": "dave@outside.test"}},
		"only a list of ours":             {replace: map[string]string{"Alice <alice@example.test>": "team@example.test"}},
		"only caught":                     {replace: map[string]string{"Alice <alice@example.test>": "whoever@example.test"}},
		"alice elsewhere":                 {replace: map[string]string{"Alice <alice@example.test>": "alice@example.test.outside.test"}},
		"undisclosed":                     {replace: map[string]string{"Alice <alice@example.test>": "undisclosed-recipients:;"}},
	}
	r := newRig(t)
	r.set(r.alice, away("gone"))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := note(tt.header...)
			for old, fresh := range tt.replace {
				if !strings.Contains(text, old) {
					t.Fatalf("no %q in the message", old)
				}
				text = strings.Replace(text, old, fresh, 1)
			}
			m := mail.Incoming{Sender: carol, Junk: tt.junk}
			if tt.sender != "" {
				m.Sender = strings.Trim(tt.sender, "<>")
			}
			r.deliverAs(text, m, r.alice)
			if got := r.replies(); len(got) != 0 {
				t.Errorf("answered: %+v", got)
			}
		})
	}
	if !r.answers(note()) {
		t.Error("carol herself is not answered: the cases above show nothing")
	}
}

// TestPeopleAreAnswered lists what looks like the above and is not.
func TestPeopleAreAnswered(t *testing.T) {
	for name, header := range map[string][]string{
		"plain":                        nil,
		"Auto-Submitted no":            {"Auto-Submitted: no"},
		"other suppression":            {"X-Auto-Response-Suppress: DR, NDR, RN, NRN"},
		"Precedence first-class":       {"Precedence: first-class"},
		"no spam":                      {"X-Spam-Flag: NO"},
		"Return-Path of this delivery": {"Return-Path: <carol@outside.test>"},
		"Listen-To":                    {"Listen-To: music", "X-Listening: yes"},
		"in Cc":                        {"Cc: sales@example.test"},
		"resent":                       {"Resent-To: alice@example.test", "Resent-From: dave@outside.test"},
	} {
		r := newRig(t)
		r.set(r.alice, away("gone"))
		text := note(header...)
		if name == "in Cc" || name == "resent" {
			text = strings.Replace(text, "To: Alice <alice@example.test>", "To: dave@outside.test", 1)
		}
		if !r.answers(text) {
			t.Errorf("%s: not answered", name)
		}
	}
	for _, addr := range []string{"owner@outside.test", "bob.owner@outside.test", "requests@outside.test", "ann+lists@outside.test", "bouncer@outside.test"} {
		if isRole(addr) {
			t.Errorf("%s is taken for a program", addr)
		}
	}
}

// TestCorpus judges the messages of other projects as if their authors had sent them under the addresses in
// From: no report and no message of a list is answered.
func TestCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	root = filepath.Join(root, "mail")
	table, err := os.ReadFile(filepath.Join(root, "FEATURES.tsv"))
	if err != nil {
		t.Skip("no corpus beside the repository")
	}
	looked, refused := 0, 0
	for line := range strings.Lines(string(table)) {
		name, rest, _ := strings.Cut(line, "\t")
		path, ok := strings.CutPrefix(name, "mail/")
		if !ok {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		why := judged(t, raw)
		looked++
		if why != "" {
			refused++
			continue
		}
		if head, _, _ := bytes.Cut(raw, []byte("\n\n")); bytes.Contains(bytes.ToLower(head), []byte("\nlist-")) || strings.Contains(rest, "dsn") {
			t.Errorf("%s would be answered", path)
		}
		if dir, file := filepath.Split(path); strings.HasPrefix(dir, "sisimai-bounces/") && !strings.HasSuffix(dir, "/mac/") && !personal[file] {
			t.Errorf("%s, a bounce, would be answered", path)
		}
	}
	t.Logf("%d messages, %d are never answered", looked, refused)
}

// personal are the samples among the bounces that are none: complaints in nobody's form, people who forward a
// bounce to others. Those in mac/ have line ends that no message has once it was received.
var personal = map[string]bool{
	"arf-22.eml": true, "arf-23.eml": true, "arf-24.eml": true, "lhost-sendmail-14.eml": true, "make-test-36.eml": true,
	"is-not-bounce-01.eml": true, "is-not-bounce-02.eml": true,
}

func judged(t *testing.T, raw []byte) string {
	s, err := mail.Parse(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	m := mail.Incoming{Ingested: &mail.Ingested{Summary: s}, Sender: carol}
	if len(s.Envelope.From) > 0 {
		m.Sender = s.Envelope.From[0].Local + "@" + s.Envelope.From[0].Domain
	}
	if why := refusal(m); why != "" {
		return why
	}
	fields, err := s.HeaderFields(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return headerRefusal(fields)
}
