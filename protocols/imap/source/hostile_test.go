package source

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/mail/archive"
	"github.com/gannetmail/gannet/store"
)

// fake is a server that answers from a table, for what go-imap's server never does. The answer to a command is the
// one with the longest beginning of it; "\x00" in it closes the connection there.
type fake struct {
	answers map[string]string

	mu    sync.Mutex
	heard []string
}

func (f *fake) start(t *testing.T) Options {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { f.serve(conn) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		serving.Wait()
	})
	return Options{Address: ln.Addr().String(), Security: Plain, User: "u", Password: "p", MaxSize: 1 << 20}
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	conn.Write([]byte("* OK [CAPABILITY IMAP4rev1] hello\r\n"))
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		tag, command, _ := strings.Cut(lines.Text(), " ")
		f.mu.Lock()
		f.heard = append(f.heard, command)
		f.mu.Unlock()
		answer, best := "", -1
		for begins, a := range f.answers {
			if strings.HasPrefix(command, begins) && len(begins) > best {
				answer, best = a, len(begins)
			}
		}
		before, _, cut := strings.Cut(answer, "\x00")
		conn.Write([]byte(strings.ReplaceAll(before, "TAG", tag)))
		if cut {
			return
		}
		if !strings.Contains(before, "TAG") {
			fmt.Fprintf(conn, "%s OK done\r\n", tag)
		}
	}
}

// base is what a well-behaved server says.
func base(more map[string]string) *fake {
	f := &fake{answers: map[string]string{
		"CAPABILITY": "* CAPABILITY IMAP4rev1\r\n",
		"LIST":       "* LIST () \"/\" INBOX\r\n",
		"EXAMINE":    "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
		"FETCH": "* 1 FETCH (UID 10 FLAGS (\\Seen) INTERNALDATE \" 1-Jan-2024 10:00:00 +0000\" RFC822.SIZE 3)\r\n" +
			"* 2 FETCH (UID 11 FLAGS () INTERNALDATE \" 1-Jan-2024 10:00:00 +0000\" RFC822.SIZE 3)\r\n",
		"UID FETCH":       body(1, 10, "one") + body(2, 11, "two"),
		"UID FETCH 10":    body(1, 10, "one"),
		"UID FETCH 11":    body(2, 11, "two"),
		"UID FETCH 10:11": body(1, 10, "one") + body(2, 11, "two"),
	}}
	for k, v := range more {
		f.answers[k] = v
	}
	return f
}

func body(seq, uid int, text string) string {
	return fmt.Sprintf("* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n", seq, uid, len(text), text)
}

var there = time.Date(2024, 1, 1, 10, 0, 0, 0, time.UTC)

// TestHostile reads from servers that do wrong: what can be read is, what cannot is told.
func TestHostile(t *testing.T) {
	one, two := kept{Flags: store.Seen, Received: there, Bytes: "one"}, kept{Received: there, Bytes: "two"}
	dateless := two
	dateless.Received = time.Time{}
	listing := func(seq int, text string) string { return fmt.Sprintf("* %d FETCH (%s)\r\n", seq, text) }
	good := "UID 10 FLAGS (\\Seen) INTERNALDATE \" 1-Jan-2024 10:00:00 +0000\" RFC822.SIZE 3"
	bad := "UID 11 FLAGS () INTERNALDATE \"yesterday\" RFC822.SIZE 3"
	for _, c := range []struct {
		name    string
		answers map[string]string
		want    []kept
		refused []string // what each reason has in it
	}{
		{"well-behaved", nil, []kept{one, two}, nil},
		{"a date that is none", map[string]string{
			"FETCH": listing(1, good) + listing(2, bad), "FETCH 1 ": listing(1, good), "FETCH 2 ": listing(2, bad),
			"FETCH 2 (UID FLAGS RFC822.SIZE)": listing(2, "UID 11 FLAGS () RFC822.SIZE 3"), "FETCH 2 (UID RFC822.SIZE FLAGS)": listing(2, "UID 11 FLAGS () RFC822.SIZE 3"),
		}, []kept{one, dateless}, nil},
		{"a literal that never ends", map[string]string{
			"UID FETCH 10:11": body(1, 10, "one") + "* 2 FETCH (UID 11 BODY[] {999999999999}\r\n", "UID FETCH 11": "* 2 FETCH (UID 11 BODY[] {999999999999}\r\n",
		}, []kept{one}, []string{"UID 11: "}},
		{"a connection that ends in a body", map[string]string{
			"UID FETCH 10:11": "* 1 FETCH (UID 10 BODY[] {3}\r\non\x00",
		}, []kept{two}, []string{"UID 10: the connection ended 1 bytes before the message"}},
		{"a connection that ends between bodies", map[string]string{
			"UID FETCH 10:11": body(1, 10, "one") + "\x00",
		}, []kept{one, two}, nil},
		{"the UID behind the body", map[string]string{
			"UID FETCH 10:11": body(1, 10, "one") + "* 2 FETCH (BODY[] {3}\r\ntwo UID 11)\r\n", "UID FETCH 11": "* 2 FETCH (BODY[] {3}\r\ntwo UID 11)\r\n",
			"SEARCH": "* SEARCH 2\r\n", "FETCH 2 (BODY.PEEK[])": "* 2 FETCH (BODY[] {3}\r\ntwo)\r\n",
		}, []kept{one, two}, nil},
		{"a body that is NIL", map[string]string{
			"UID FETCH 10:11": "* 1 FETCH (UID 10 BODY[] NIL)\r\n" + body(2, 11, "two"),
		}, []kept{two}, []string{"UID 10: the server has no bytes"}},
		{"a message that goes meanwhile", map[string]string{
			"UID FETCH 10:11": body(1, 10, "one"), "UID FETCH 11": "", "SEARCH": "* SEARCH\r\n",
		}, []kept{one}, []string{"UID 11: the server did not send it"}},
		{"NO to one message", map[string]string{
			"UID FETCH 10:11": body(1, 10, "one") + "TAG NO cannot\r\n", "UID FETCH 11": "TAG NO [SERVERBUG] disk\r\n",
		}, []kept{one}, []string{"UID 11: imap: NO"}},
		{"a folder that does not open", map[string]string{"EXAMINE": "TAG NO [NOPERM] not yours\r\n"}, nil, []string{"the whole folder: the server does not open it"}},
		{"flags told without UID", map[string]string{
			"FETCH 1:2": listing(1, "FLAGS ()") + listing(1, good) + listing(2, strings.Replace(bad, "yesterday", " 1-Jan-2024 10:00:00 +0000", 1)),
		}, []kept{two}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := base(c.answers)
			s, err := Open(t.Context(), f.start(t))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			got, refused, err := readFolder(t.Context(), s, archive.Folder{Path: []string{"INBOX"}, Native: "INBOX"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\nheard %q", diff, f.heard)
			}
			if len(refused) != len(c.refused) {
				t.Fatalf("refused %q, want %q", refused, c.refused)
			}
			for i := range refused {
				if !strings.HasPrefix(refused[i], c.refused[i]) {
					t.Errorf("refused %q, want %q", refused[i], c.refused[i])
				}
			}
			for _, command := range f.heard {
				if strings.Contains(command, "SELECT") || strings.Contains(command, "STORE") || strings.Contains(command, "BODY[") {
					t.Errorf("the client sent %q", command)
				}
			}
		})
	}
}

// TestBounds wants lines and literals without end to be cut off.
func TestBounds(t *testing.T) {
	for name, list := range map[string]string{
		"line":           "* LIST () \"/\" " + strings.Repeat("x", 2*maxLine) + "\r\n",
		"quoted":         "* LIST () \"/\" \"" + strings.Repeat("x", 2*maxLine),
		"literal":        "* LIST () \"/\" {5000000}\r\n" + strings.Repeat("x", 1000),
		"negative":       "* LIST () \"/\" {-5}\r\n",
		"bad UTF-7":      "* LIST () \"/\" \"a&b\"\r\n",
		"deep":           "* LIST " + strings.Repeat("(", 10000) + "\r\n",
		"nothing":        "\x00",
		"unknown number": "* 99999999999999999999 EXISTS\r\n",
	} {
		s, err := Open(t.Context(), base(map[string]string{"LIST": list}).start(t))
		if err != nil {
			t.Fatal(err)
		}
		if folders, err := s.Folders(t.Context()); err == nil && len(folders) > 0 {
			t.Errorf("%s: gave %d folders", name, len(folders))
		}
		s.Close()
	}
}

// TestFolders wants roles, namespaces and views to be seen.
func TestFolders(t *testing.T) {
	f := base(map[string]string{
		"CAPABILITY": "* CAPABILITY IMAP4rev1 NAMESPACE SPECIAL-USE LIST-EXTENDED\r\n",
		"LOGIN":      "TAG OK [CAPABILITY IMAP4rev1 NAMESPACE SPECIAL-USE LIST-EXTENDED] in\r\n",
		"NAMESPACE":  "* NAMESPACE ((\"INBOX.\" \".\")) ((\"Others.\" \".\")) NIL\r\n",
		"LIST": "* LIST () \".\" INBOX\r\n* LIST (\\Sent) \".\" INBOX.Gone\r\n* LIST (\\Noselect) \".\" INBOX.x\r\n" +
			"* LIST (\\All) \".\" INBOX.All\r\n* LIST () \".\" Others.bob\r\n* LIST () \".\" \"INBOX.x.B&APw-cher\"\r\n",
	})
	s, err := Open(t.Context(), f.start(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []archive.Folder{
		{Path: []string{"INBOX"}, Native: "INBOX", Role: store.Inbox, Count: -1},
		{Path: []string{"Gone"}, Native: "INBOX.Gone", Role: store.Sent, Count: -1},
		{Path: []string{"All"}, Native: "INBOX.All", Count: -1, Aside: "it shows messages of other folders"},
		{Path: []string{"Others", "bob"}, Native: "Others.bob", Count: -1, Aside: "it belongs to others"},
		{Path: []string{"x", "Bücher"}, Native: "INBOX.x.Bücher", Count: -1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(archive.Folder{})); diff != "" {
		t.Error(diff)
	}
}

// TestStartTLSInjection wants bytes that were sent in the clear behind the answer to STARTTLS to be no answers.
func TestStartTLSInjection(t *testing.T) {
	f := &fake{answers: map[string]string{"STARTTLS": "TAG OK go on\r\n* OK [CAPABILITY IMAP4rev1] injected\r\n"}}
	o := f.start(t)
	o.Security = StartTLS
	if _, err := Open(t.Context(), o); err == nil {
		t.Fatal("connected")
	}
	f = &fake{answers: map[string]string{"STARTTLS": "TAG NO not today\r\n"}}
	o = f.start(t)
	o.Security = StartTLS
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not today") {
		t.Fatal(err)
	}
	for _, command := range f.heard {
		if strings.Contains(command, "LOGIN") {
			t.Error("the password was sent in the clear")
		}
	}
}

// TestCanceled ends a read from a server that stopped talking.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := base(nil)
	s, err := Open(t.Context(), f.start(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cancel()
	if _, _, err := readFolder(ctx, s, archive.Folder{Native: "INBOX"}); err == nil {
		t.Error("a canceled read went on")
	}
}
