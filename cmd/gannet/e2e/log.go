package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// maxLogLines is how much of a log is kept; of a longer one the first and the latest lines are.
const maxLogLines = 20_000

// Log collects what a server writes and tells who waits for a line.
type Log struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and made new with every line
	ended chan struct{} // closed when the process has ended
	err   error         // of the process; read after ended
}

// follow reads a process's log until it ends.
func follow(cmd *exec.Cmd, stderr io.Reader) *Log {
	l := &Log{more: make(chan struct{}), ended: make(chan struct{})}
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

func (l *Log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == maxLogLines {
		l.lines = append(l.lines[:maxLogLines/2], l.lines[maxLogLines/2+maxLogLines/4:]...)
	}
	l.lines = append(l.lines, line)
	close(l.more)
	l.more = make(chan struct{})
}

// Find returns the first line with the text, waiting for it.
func (l *Log) Find(ctx context.Context, text string) (string, error) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		for _, line := range l.lines {
			if strings.Contains(line, text) {
				l.mu.Unlock()
				return line, nil
			}
		}
		more := l.more
		l.mu.Unlock()
		select {
		case <-more:
		case <-l.ended:
			return "", fmt.Errorf("the server ended (%v) without logging %q:\n%s", l.err, text, l.Tail(30))
		case <-ctx.Done():
			return "", ctx.Err()
		case <-timeout.C:
			return "", fmt.Errorf("the server did not log %q:\n%s", text, l.Tail(30))
		}
	}
}

// Lines returns the lines so far that contain the text.
func (l *Log) Lines(text string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// Tail returns the last n lines.
func (l *Log) Tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines[max(0, len(l.lines)-n):], "\n")
}

// Wait returns how the process ended, once it has.
func (l *Log) Wait() error {
	<-l.ended
	return l.err
}
