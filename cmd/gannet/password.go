package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// passwordFlags is how a verb gets a password: never from the command line, where others see it.
type passwordFlags struct {
	PasswordFile string `help:"File whose first line is the password; - for standard input. Without it, gannet asks." placeholder:"FILE|-"`
}

// maxPassword bounds what is read.
const maxPassword = 1024

// read returns the password.
func (p passwordFlags) read(ctx context.Context, in *invocation, whose string) (string, error) {
	switch p.PasswordFile {
	case "":
		return promptPassword(ctx, in, whose)
	case "-":
		return firstLine(in.stdin, "standard input")
	}
	f, err := os.Open(p.PasswordFile)
	if err != nil {
		return "", usage(err)
	}
	defer f.Close()
	return firstLine(f, p.PasswordFile)
}

func firstLine(r io.Reader, name string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPassword+1)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("password from %s: %w", name, err)
	}
	line = bytes.TrimRight(line, "\r\n")
	switch {
	case len(line) == 0:
		return "", usagef("the first line of %s is empty; it must be the password", name)
	case len(line) > maxPassword:
		return "", usagef("the password in %s is longer than %d bytes", name, maxPassword)
	}
	return string(line), nil
}

// secret returns a password that another server has, so it is asked for once.
func (p passwordFlags) secret(ctx context.Context, in *invocation, whose string) (string, error) {
	if p.PasswordFile != "" {
		return p.read(ctx, in, whose)
	}
	tty, ok := in.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return "", errNoTerminal
	}
	password, err := promptHidden(ctx, in, tty, "Password of "+whose+": ")
	return string(password), err
}

// errNoTerminal means that nobody can be asked.
var errNoTerminal = usagef("standard input is not a terminal: give the password with --password-file FILE, or - to read it from standard input")

// promptPassword asks twice, without echo.
func promptPassword(ctx context.Context, in *invocation, whose string) (string, error) {
	tty, ok := in.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return "", errNoTerminal
	}
	first, err := promptHidden(ctx, in, tty, "New password for "+whose+": ")
	if err != nil {
		return "", err
	}
	if len(first) == 0 {
		return "", usagef("an empty password is not allowed")
	}
	second, err := promptHidden(ctx, in, tty, "The same again: ")
	if err != nil {
		return "", err
	}
	if !bytes.Equal(first, second) {
		return "", usagef("the two passwords differ; nothing was changed")
	}
	return string(first), nil
}

func promptHidden(ctx context.Context, in *invocation, tty *os.File, prompt string) ([]byte, error) {
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	fmt.Fprint(in.stderr, prompt)
	password, err := interruptible(ctx, func() ([]byte, error) { return term.ReadPassword(int(tty.Fd())) })
	if ctx.Err() != nil {
		err = errors.Join(err, term.Restore(int(tty.Fd()), before)) // echo is still off
	}
	fmt.Fprintln(in.stderr)
	if err != nil {
		return nil, fmt.Errorf("reading the password: %w", err)
	}
	return password, nil
}

// confirm asks for a word to be typed before something that cannot be undone.
func confirm(ctx context.Context, in *invocation, yes bool, what, word string) error {
	if yes {
		return nil
	}
	return confirmTyped(ctx, in, "--yes", what, word)
}

// confirmTyped asks for word; where nobody can be asked, flag is what says the same.
func confirmTyped(ctx context.Context, in *invocation, flag, what, word string) error {
	tty, ok := in.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return usagef("%s cannot be undone: repeat the command with %s", strings.ToLower(what[:1])+what[1:], flag)
	}
	fmt.Fprintf(in.stderr, "%s cannot be undone. Type %s to go on: ", what, word)
	line, err := interruptible(ctx, func() (string, error) { return bufio.NewReader(tty).ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if got := bytes.TrimSpace([]byte(line)); string(got) != word {
		return usagef("not confirmed; nothing was changed")
	}
	return nil
}

// interruptible runs a read of the terminal, which nothing can end, and gives up waiting for it when
// ctx ends. The process then ends too, and the read with it.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := read()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
