package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/gannetmail/gannet/mail/archive"
)

// exportCmds is `gannet export …`.
type exportCmds struct {
	Maildir exportMaildirCmd `cmd:"" help:"Into a new Maildir++."`
	Mbox    exportMboxCmd    `cmd:"" help:"Into a new folder of mbox files."`
	EML     exportEMLCmd     `cmd:"" name:"eml" help:"Into a new folder of .eml files."`
	VCF     exportVCFCmd     `cmd:"" name:"vcf" help:"Contacts into a new .vcf file."`
	ICS     exportICSCmd     `cmd:"" name:"ics" help:"Calendars, tasks and notes into new .ics files."`
}

// exportFlags are what every export takes.
type exportFlags struct {
	Account  string           `arg:"" help:"Whose mail."`
	Path     string           `arg:"" help:"The folder to make; nothing may be in it." type:"path"`
	Folder   string           `help:"Only this folder, e.g. Projects/2026." placeholder:"FOLDER"`
	LineEnds archive.LineEnds `help:"keep: the bytes as stored, which import reads again without loss; lf: for programs that expect LF." enum:"keep,lf" default:"keep"`
}

type exportMaildirCmd struct{ exportFlags }

func (c exportMaildirCmd) Run(ctx context.Context, in *invocation) error {
	return c.export(ctx, in, archive.Maildir)
}

type exportMboxCmd struct{ exportFlags }

func (c exportMboxCmd) Run(ctx context.Context, in *invocation) error {
	return c.export(ctx, in, archive.Mbox)
}

type exportEMLCmd struct{ exportFlags }

func (c exportEMLCmd) Run(ctx context.Context, in *invocation) error {
	return c.export(ctx, in, archive.EML)
}

// exportInfo is the result of an export.
type exportInfo struct {
	Account  string    `json:"account"`
	Path     string    `json:"path"`
	Folders  int       `json:"folders"`
	Messages int       `json:"messages"`
	Bytes    int64     `json:"bytes"`
	Refusals []refusal `json:"refusals,omitempty"` // what could not be read
}

func (f exportFlags) export(ctx context.Context, in *invocation, form archive.Form) (err error) {
	path, err := filepath.Abs(f.Path)
	if err != nil {
		return err
	}
	r, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	request, err := json.Marshal(exportRequest{f.Account, f.Folder})
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	e := exporter{in: in, info: exportInfo{Account: f.Account, Path: path}, teller: newTeller(in)}
	e.open = func() (archive.Target, error) { return archive.NewTarget(form, path, f.LineEnds) }
	err = r.download(ctx, "export.get", request, e.take)
	if ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		return err
	}
	if err := in.print(e.info, func(w io.Writer) {
		fmt.Fprintf(w, "exported %s in %s, %s, into %s\n", countOf(e.info.Messages, messageNouns), countOf(e.info.Folders, [2]string{"folder", "folders"}), rough(e.info.Bytes), e.info.Path)
	}); err != nil {
		return err
	}
	if n := len(e.info.Refusals); n > 0 {
		return &verbError{exitProblems, fmt.Errorf("%s could not be read; see the lines above", countOf(n, messageNouns))}
	}
	return nil
}

// exporter writes what a download brings.
type exporter struct {
	in     *invocation
	info   exportInfo
	open   func() (archive.Target, error) // once there is something to write
	target archive.Target
	folder archive.Folder
	teller teller
}

// take reads a download to its end.
func (e *exporter) take(t *transferReader) error {
	for {
		kind, text, err := t.next()
		if err != nil {
			return err
		}
		switch kind {
		case recordFolder:
			err = e.begin(text)
		case recordMessage:
			err = e.message(text, t.body)
		case recordEnd:
			if err := endOf(text); err != nil || e.target == nil {
				return err
			}
			return e.target.Close()
		default:
			err = fmt.Errorf("transfer: unexpected record %q", kind)
		}
		if err != nil {
			return err
		}
	}
}

func (e *exporter) begin(text []byte) (err error) {
	var f exportFolder
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	if e.target == nil {
		if e.target, err = e.open(); err != nil {
			return err
		}
	}
	e.folder = archive.Folder{Path: f.Path, Role: f.Role, Count: int(f.Count)}
	e.info.Folders++
	return e.target.Folder(e.folder)
}

// message writes one message. One that the server cannot read is reported and left out.
func (e *exporter) message(text []byte, body io.Reader) error {
	var m messageRecord
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	counted := &counter{r: body}
	err := e.target.Message(archive.Message{Flags: m.Flags, Keywords: m.Keywords, Received: m.Received}, m.ID, counted)
	if errors.Is(err, errGivenUp) {
		e.info.Refusals = append(e.info.Refusals, refusal{e.folder.String(), m.ID, "the server cannot read it; gannet check --deep tells more"})
		e.in.progress(fmt.Sprintf("left out: %s: message %s cannot be read", plain(e.folder.String()), m.ID))
		return nil
	} else if err != nil {
		return err
	}
	e.info.Messages++
	e.info.Bytes += counted.n
	e.teller.tell(func() string {
		return fmt.Sprintf("%s: in all %s, %s", plain(e.folder.String()), countOf(e.info.Messages, messageNouns), rough(e.info.Bytes))
	})
	return nil
}
