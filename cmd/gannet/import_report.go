package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// refusal is a message that was not imported, or not exported, and why.
type refusal struct {
	Folder  string `json:"folder"`
	Message string `json:"message"`
	Reason  string `json:"reason"`
}

// reportFile takes refusals: into a file, or else as lines on standard error. The first few are kept for the result.
type reportFile struct {
	in    *invocation
	f     *os.File
	w     *bufio.Writer
	first []refusal
	err   error
}

// openReport makes the file, where one is wanted.
func openReport(in *invocation, name string) (*reportFile, error) {
	r := &reportFile{in: in}
	if name == "" {
		return r, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, exists("%s is there already; name a new file for --report", name)
	} else if err != nil {
		return nil, usage(err)
	}
	r.f, r.w = f, bufio.NewWriter(f)
	return r, nil
}

func (r *reportFile) add(one refusal) {
	if len(r.first) < maxProblems {
		r.first = append(r.first, one)
	}
	if r.w == nil {
		words := []string{"refused", plain(one.Folder), plain(one.Message), plain(one.Reason)}
		words = slices.DeleteFunc(words, func(word string) bool { return word == "" }) // a file has no message's name
		r.in.progress(strings.Join(words, ": "))
		return
	}
	line := strings.Join([]string{plain(one.Folder), plain(one.Message), plain(one.Reason)}, "\t")
	if _, err := r.w.WriteString(line + "\n"); err != nil && r.err == nil {
		r.err = fmt.Errorf("report: %w", err)
	}
}

// note writes a line about something that was not refused, where there is a file.
func (r *reportFile) note(words ...string) {
	if r.w == nil {
		return
	}
	for i := range words {
		words[i] = plain(words[i])
	}
	if _, err := r.w.WriteString(strings.Join(words, "\t") + "\n"); err != nil && r.err == nil {
		r.err = fmt.Errorf("report: %w", err)
	}
}

// where says where the list is.
func (r *reportFile) where() string {
	if r.f == nil {
		return "see the lines above"
	}
	return "see " + r.f.Name()
}

func (r *reportFile) close() error {
	if r.f == nil {
		return nil
	}
	return errors.Join(r.err, r.w.Flush(), r.f.Close())
}
