package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gannetmail/gannet/mail/archive"
	"github.com/gannetmail/gannet/store"
)

// program prepares the program on a new data directory with one account.
func program(t *testing.T) func(args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "gannet") // the name decides what the test's binary is
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "GANNET_DATA="+filepath.Join(dir, "data"))
		for _, l := range defaults("").listeners() {
			cmd.Env = append(cmd.Env, envName(l.key)+"=off")
		}
		return cmd
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("correct-horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"init", "--hostname", "mail.example.test", "--domain", "example.test"},
		{"account", "add", "alice@example.test", "--password-file", password},
	} {
		if out, err := command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return command
}

// writeMbox writes an mbox of numbered messages of about size bytes.
func writeMbox(t *testing.T, number, size int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "big")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat("x", 70) + "\n"
	w := bufio.NewWriter(f)
	for i := range number {
		fmt.Fprintf(w, "From a@b Mon Jan  1 10:00:00 2024\nSubject: number %d\n\n", i)
		for range size / len(filler) {
			w.WriteString(filler)
		}
		w.WriteString("\n")
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// exported returns the subjects of a folder's messages.
func exported(t *testing.T, command func(...string) *exec.Cmd, folder string) map[string]int {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	if out, err := command("export", "eml", "alice@example.test", dir, "--folder", folder).CombinedOutput(); err != nil {
		t.Fatalf("export: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	subjects := map[string]int{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\r\n")
		subjects[first]++
	}
	return subjects
}

// TestImportKilled kills an import again and again, at moments of which nothing is known, until one comes to its end:
// nothing is lost and nothing comes twice.
func TestImportKilled(t *testing.T) {
	command := program(t)
	const number = 3000
	box := writeMbox(t, number, 2000)
	kills := 0
	for wait := 30 * time.Millisecond; ; wait += wait / 3 {
		cmd := command("import", "mbox", "alice@example.test", box)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(wait, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		killer.Stop()
		if err == nil {
			break
		} else if cmd.ProcessState.ExitCode() >= 0 {
			t.Fatalf("import: %v\n%s", err, out.String())
		}
		kills++
	}
	t.Logf("killed %d times", kills)
	got := exported(t, command, "big")
	for i := range number {
		if n := got[fmt.Sprintf("Subject: number %d", i)]; n != 1 {
			t.Fatalf("message %d is there %d times", i, n)
		}
	}
	if out, err := command("check", "--deep").CombinedOutput(); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
}

// TestImportServerStops stops the server in the middle of an import: it ends in order, the import says so, and goes on
// without a server.
func TestImportServerStops(t *testing.T) {
	command := program(t)
	const number = 6000
	box := writeMbox(t, number, 2000)
	server := command("serve")
	log, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	tail := follow(server, log)
	if _, err := tail.find("msg=ready", 0); err != nil {
		t.Fatal(err)
	}
	cmd := command("import", "mbox", "alice@example.test", box)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := tail.find("verb=import.begin", 0); err != nil {
		t.Fatal(err)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := tail.wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if err := cmd.Wait(); err != nil && !strings.Contains(out.String(), "run the same command again") {
		t.Errorf("the import ended with %v: %s", err, out.String())
	}
	if text, err := command("import", "mbox", "alice@example.test", box).CombinedOutput(); err != nil {
		t.Fatalf("the second import: %v\n%s", err, text)
	}
	if got := exported(t, command, "big"); len(got) != number {
		t.Errorf("%d messages are there, want %d", len(got), number)
	}
}

// TestImportInterrupted wants Ctrl-C to end an import behind a batch, and to say how to go on.
func TestImportInterrupted(t *testing.T) {
	command := program(t)
	box := writeMbox(t, 20000, 500)
	cmd := command("import", "mbox", "alice@example.test", box)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() { cmd.Process.Signal(os.Interrupt) })
	text, err := io.ReadAll(stderr)
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if err == nil {
		t.Skip("the import was quicker than the signal")
	}
	if cmd.ProcessState.ExitCode() != exitInterrupted {
		t.Errorf("it ended with %v: %s", err, text)
	}
	if strings.Contains(string(text), "stopped after") && !strings.Contains(string(text), "run the same command again") {
		t.Errorf("it said %s", text)
	}
}

// TestImportMemory wants the memory of an import not to grow with what is imported.
func TestImportMemory(t *testing.T) {
	if runtime.GOOS != "linux" || raced {
		t.Skip("the peak of memory is measured on Linux, without the race detector")
	}
	peak := func(number, size int) int64 {
		command := program(t)
		box := writeMbox(t, number, size)
		cmd := command("import", "mbox", "alice@example.test", box)
		cmd.Env = append(cmd.Env, "GOGC=100")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("import: %v\n%s", err, out)
		}
		return maxRSS(cmd)
	}
	small, large := peak(2000, 10_000), peak(6, 40<<20)
	many := peak(20_000, 1000)
	t.Logf("peaks: 20 MB %d KiB, 240 MB in 6 messages %d KiB, 20,000 messages %d KiB", small, large, many)
	const bound = 120 << 10
	if small > bound || large > bound || many > bound {
		t.Errorf("an import took more than %d KiB", bound)
	}
}

// TestTransfer sends messages through a stream that is read in small pieces.
func TestTransfer(t *testing.T) {
	var stream bytes.Buffer
	out := newTransferWriter(&stream)
	texts := []string{"", "short", strings.Repeat("long ", 50_000)}
	for i, text := range texts {
		if unread, err := out.message(messageRecord{ID: strconv.Itoa(i)}, strings.NewReader(text)); unread != nil || err != nil {
			t.Fatal(unread, err)
		}
	}
	broken := errors.New("broken")
	unread, err := out.message(messageRecord{ID: "bad"}, io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken)))
	if !errors.Is(unread, broken) || err != nil {
		t.Fatal(unread, err)
	}
	if err := errors.Join(out.record(recordEnd, frame{}), out.flush()); err != nil {
		t.Fatal(err)
	}
	whole := stream.Bytes()
	in := newTransferReader(iotest.OneByteReader(bytes.NewReader(whole)))
	for i, text := range texts {
		kind, record, err := in.next()
		var m messageRecord
		if err != nil || kind != recordMessage || json.Unmarshal(record, &m) != nil || m.ID != strconv.Itoa(i) {
			t.Fatalf("record %d: %q %s %v", i, kind, record, err)
		}
		if i == 2 {
			continue // what is not read is passed over
		}
		if got, err := io.ReadAll(in.body); err != nil || string(got) != text {
			t.Errorf("message %d has %d bytes, %v", i, len(got), err)
		}
	}
	if _, _, err := in.next(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(in.body); !errors.Is(err, errGivenUp) {
		t.Errorf("a message that was given up: %v", err)
	}
	if kind, _, err := in.next(); kind != recordEnd || err != nil {
		t.Errorf("end: %q %v", kind, err)
	}
	for cutAt := range len(whole) {
		if cutAt > 100 && cutAt < len(whole)-100 {
			continue
		}
		in := newTransferReader(bytes.NewReader(whole[:cutAt]))
		var err error
		for err == nil {
			_, _, err = in.next()
		}
		var cut *brokenTransfer
		if !errors.As(err, &cut) {
			t.Fatalf("cut at %d: %v", cutAt, err)
		}
	}
}

// TestPlacing tells where folders go.
func TestPlacing(t *testing.T) {
	folders := []archive.Folder{
		{Path: []string{"INBOX"}, Role: store.Inbox}, {Path: []string{"INBOX", "Sent"}}, {Path: []string{"INBOX", "Work"}},
		{Path: []string{"[Gmail]", "Gesendet"}, Role: store.Sent}, {Path: []string{"Gelöscht", "2019"}}, {Path: []string{"Work", "a/b"}},
		{Path: []string{"My Drafts"}, Role: store.Drafts}, {Path: []string{"My Drafts", "old"}}, {},
	}
	for _, c := range []struct {
		flags importFlags
		want  []string
	}{
		{importFlags{}, []string{"Inbox", "Inbox/Sent", "Inbox/Work", "Sent Items", "Deleted Items/2019", "Work/a_b", "Drafts", "Drafts/old", "Inbox"}},
		{importFlags{Into: "Old/Mail"}, []string{"Old/Mail/INBOX", "Old/Mail/INBOX/Sent", "Old/Mail/INBOX/Work", "Old/Mail/[Gmail]/Gesendet",
			"Old/Mail/Gelöscht/2019", "Old/Mail/Work/a_b", "Old/Mail/My Drafts", "Old/Mail/My Drafts/old", "Old/Mail"}},
		{importFlags{Map: []string{"INBOX=In", "INBOX.Work=Job/Now"}}, []string{"In", "In/Sent", "Job/Now", "Sent Items", "Deleted Items/2019",
			"Work/a_b", "Drafts", "Drafts/old", "Inbox"}},
	} {
		p, err := c.flags.placing(folders)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range folders {
			if got := placeText(p.place(f)); got != c.want[i] {
				t.Errorf("%+v: %s goes to %q, want %q", c.flags, f, got, c.want[i])
			}
		}
	}
	guessed, err := importFlags{}.placing([]archive.Folder{{Path: []string{"INBOX"}, Role: store.Inbox}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"INBOX/Sent": "Sent Items", "INBOX/Spam/x": "Junk Email/x", "Entwürfe": "Drafts", "INBOX/Work": "Inbox/Work"} {
		if got := placeText(guessed.place(archive.Folder{Path: strings.Split(path, "/")})); got != want {
			t.Errorf("%s goes to %q, want %q", path, got, want)
		}
	}
	for _, bad := range []importFlags{{Map: []string{"INBOX"}}, {Map: []string{"=x"}}, {Map: []string{"None=x"}}, {Only: []string{"None"}}} {
		if _, err := bad.placing(folders); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// FuzzTransferRead reads streams that nobody wrote.
func FuzzTransferRead(f *testing.F) {
	var stream bytes.Buffer
	out := newTransferWriter(&stream)
	if _, err := out.message(messageRecord{ID: "1"}, strings.NewReader("text")); err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(out.record(recordEnd, frame{}), out.flush()); err != nil {
		f.Fatal(err)
	}
	f.Add(stream.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		in := newTransferReader(bytes.NewReader(text))
		for total := 0; ; {
			_, record, err := in.next()
			if err != nil {
				return
			}
			if total += len(record) + recordSize; total > len(text) {
				t.Fatalf("%d bytes of records in %d", total, len(text))
			}
		}
	})
}
