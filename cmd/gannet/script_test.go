package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
)

// TestMain lets scripts run this test binary as the program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gannet": main})
}

// TestScripts runs testdata/script/*.txtar, one story each, against the real program. Beside the
// usual commands of testscript there are:
//
//	serve [flag…]       starts the server on free ports and waits until it is ready; sets $HTTPS, $SMTP, …
//	halt                sends SIGTERM and wants exit code 0
//	crash               sends SIGKILL
//	reload              sends SIGHUP
//	log text…           waits until the server's log has a line with the text; with ! it has none so far
//	http …, smtp …      clients, see script_clients_test.go
//	pop3 …              another, see script_pop3_test.go
//	oldserver …         another IMAP server to import from, see script_imapsource_test.go
//	phone …             a phone that adds an account, see script_phone_test.go
//	park …, parked      a phone that waits in Ping; how that ended
//	carryon …           the phone goes on, see script_policy_test.go
//	ignore …            the phone ignores a conversation, see script_ignore_test.go
//	search …            a phone searches, see script_search_test.go
//	certify …, portrait …, resolve …, validate …  people and their certificates, see script_people_test.go
//	free …, gal …, rush …, answers …  who is free, who is in the address list, many who want one room, see script_room_test.go
//	publish …, agenda …  a calendar that others publish, and a phone that looks at one, see script_calendar_test.go
//	waitmail …          waits for a message, see script_policy_test.go
//	sink, sunk …, rsvp …, meeting …  another mail server; meetings on a phone, see script_meeting_test.go
//	outside …           somebody elsewhere answers, as his program does, see script_outside_test.go
//
// A story runs to its last line: see script_guard_test.go.
func TestScripts(t *testing.T) {
	refuseStop(t, storyDir)
	testscript.Run(t, testscript.Params{
		Dir:                storyDir,
		RequireUniqueNames: true,
		Setup:              setupScript,
		Cmds:               storyCommands(),
	})
}

const storyDir = "testdata/script"

type storyCommand = func(ts *testscript.TestScript, neg bool, args []string)

func storyCommands() map[string]storyCommand {
	return map[string]storyCommand{
		"serve": serveCommand, "halt": haltCommand, "crash": crashCommand, "reload": reloadCommand, "log": logCommand,
		"http": httpCommand, "smtp": smtpCommand, "pop3": pop3Command, "oldserver": oldServerCommand,
		"phone": phoneCommand, "park": parkCommand, "parked": parkedCommand, "carryon": carryOnCommand, "ignore": ignoreCommand, "search": searchCommand,
		"waitmail": waitMailCommand,
		"sink":     sinkCommand, "sunk": sunkCommand, "rsvp": rsvpCommand, "outside": outsideCommand, "meeting": meetingCommand, "lent": lentCommand,
		"free": freeCommand, "gal": galCommand, "rush": rushCommand, "answers": answersCommand,
		"publish": publishCommand, "agenda": agendaCommand, "derived": derivedCommand,
		"certify": certifyCommand, "portrait": portraitCommand, "resolve": resolveCommand, "validate": validateCommand,
	}
}

// patience is how long a script waits for what must come; reached only when it does not.
const patience = 60 * time.Second

// scriptKey is where a script keeps its server.
type scriptKey struct{}

// scriptServer is the server of one script; nil cmd: none runs.
type scriptServer struct {
	env       []string
	cmd       *exec.Cmd
	out       *logTail
	old       *imapmemserver.User      // of another server; see script_imapsource_test.go
	parked    chan string              // how the Ping of park ended
	phone     *asclient.Client         // that added an account last
	publisher *publisher               // of a calendar; see script_calendar_test.go
	sink      *sink                    // another mail server; see script_meeting_test.go
	meeting   map[string]*meetingPhone // by device; see script_meeting_test.go
}

func setupScript(e *testscript.Env) error {
	e.Setenv("GANNET_DATA", filepath.Join(e.WorkDir, "data"))
	for _, l := range defaults("").listeners() {
		if l.at.Enabled() {
			e.Setenv(envName(l.key), "127.0.0.1:0")
		}
	}
	s := &scriptServer{env: e.Vars}
	e.Values[scriptKey{}] = s
	e.Defer(func() {
		if s.cmd != nil {
			s.cmd.Process.Kill()
			s.out.wait()
		}
	})
	return nil
}

func serverOf(ts *testscript.TestScript) *scriptServer {
	return ts.Value(scriptKey{}).(*scriptServer)
}

// logTail collects what a server logs and tells who waits for a line.
type logTail struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and made new with every line
	ended chan struct{} // closed when the process has ended
	err   error         // of the process; read after ended
}

func (l *logTail) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	close(l.more)
	l.more = make(chan struct{})
}

// find returns the first line with the text from index from on, waiting for it.
func (l *logTail) find(text string, from int) (string, error) {
	timeout := time.After(patience)
	for {
		l.mu.Lock()
		for ; from < len(l.lines); from++ {
			if strings.Contains(l.lines[from], text) {
				defer l.mu.Unlock()
				return l.lines[from], nil
			}
		}
		more := l.more
		l.mu.Unlock()
		select {
		case <-more:
		case <-l.ended:
			return "", fmt.Errorf("the server ended (%v) without logging %q:\n%s", l.err, text, l)
		case <-timeout:
			return "", fmt.Errorf("the server did not log %q:\n%s", text, l)
		}
	}
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

func (l *logTail) wait() error {
	<-l.ended
	return l.err
}

// follow reads a process's log until it ends.
func follow(cmd *exec.Cmd, stderr io.Reader) *logTail {
	l := &logTail{more: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			l.add(lines.Text())
		}
		l.err = cmd.Wait()
		close(l.ended)
	}()
	return l
}

var listening = regexp.MustCompile(` (\w+)=(127\.0\.0\.1:\d+)`)

func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	if s.cmd != nil {
		ts.Fatalf("a server runs already")
	}
	verb := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	cmd := exec.Command("gannet", append([]string{verb}, args...)...)
	cmd.Env, cmd.Dir = s.env, ts.MkAbs(".")
	stdout, err := os.Create(ts.MkAbs("serve.stdout"))
	ts.Check(err)
	defer stdout.Close()
	cmd.Stdout = stdout
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s.cmd, s.out = cmd, follow(cmd, stderr)
	_, err = s.out.find("msg=ready", 0)
	if neg {
		if err == nil {
			ts.Fatalf("the server started")
		}
		fmt.Fprintln(ts.Stderr(), s.out)
		s.cmd = nil
		return
	}
	ts.Check(err)
	line, err := s.out.find("msg=listening", 0)
	ts.Check(err)
	for _, m := range listening.FindAllStringSubmatch(line, -1) {
		ts.Setenv(strings.ToUpper(m[1]), m[2])
	}
}

func signalServer(ts *testscript.TestScript, sig os.Signal) *scriptServer {
	s := serverOf(ts)
	if s.cmd == nil {
		ts.Fatalf("no server runs")
	}
	ts.Check(s.cmd.Process.Signal(sig))
	return s
}

func haltCommand(ts *testscript.TestScript, _ bool, _ []string) {
	s := signalServer(ts, syscall.SIGTERM)
	err := s.out.wait()
	s.cmd = nil
	if err != nil {
		ts.Fatalf("the server stopped with %v:\n%s", err, s.out)
	}
}

func crashCommand(ts *testscript.TestScript, _ bool, _ []string) {
	s := signalServer(ts, syscall.SIGKILL)
	var exit *exec.ExitError
	if err := s.out.wait(); !errors.As(err, &exit) {
		ts.Fatalf("the server ended with %v", err)
	}
	s.cmd = nil
}

func reloadCommand(ts *testscript.TestScript, _ bool, _ []string) { signalServer(ts, syscall.SIGHUP) }

func logCommand(ts *testscript.TestScript, neg bool, args []string) {
	out, text := serverOf(ts).out, strings.Join(args, " ")
	if neg {
		if strings.Contains(out.String(), text) {
			ts.Fatalf("the server logged %q:\n%s", text, out)
		}
		return
	}
	_, err := out.find(text, 0)
	ts.Check(err)
}
