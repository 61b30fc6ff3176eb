package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
)

// importVCFCmd is `gannet import vcf ACCOUNT PATH`.
type importVCFCmd struct {
	Account string `arg:"" help:"Whose address book it goes into."`
	Path    string `arg:"" help:"A file with any number of cards, or a folder of such files: vCard 2.1, 3.0 or 4.0." type:"path"`
	Into    string `help:"The address book, made where it is missing; otherwise the main one." placeholder:"NAME"`
	DryRun  bool   `help:"Only say what would become of each card."`
	Report  string `help:"Write what became of every card into this new file, one a line: file and line, name, result." placeholder:"FILE" type:"path"`
}

// cardsInfo is the result of an import of cards.
type cardsInfo struct {
	Account string    `json:"account"`
	Book    string    `json:"book"`
	DryRun  bool      `json:"dryRun,omitempty"`
	New     int       `json:"new"`
	Changed int       `json:"changed"`
	Known   int       `json:"known"`
	Refused int       `json:"refused"` // cards, and files that hold none
	Mended  int       `json:"mended"`  // of those that were taken, what was not as it should be
	Refusal []refusal `json:"refusals,omitempty"`
}

func (c importVCFCmd) Run(ctx context.Context, in *invocation) (err error) {
	files, err := cardFiles(c.Path)
	if err != nil {
		return err
	}
	report, err := openReport(in, c.Report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	r, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	run := cardRun{command: c, in: in, run: r, report: report}
	for _, name := range files {
		if err := run.file(ctx, name); err != nil {
			return err
		}
	}
	if err := run.flush(ctx); err != nil {
		return err
	}
	return run.finish()
}

// cardFiles lists the files of an import, by name.
func cardFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage(err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && slices.Contains([]string{".vcf", ".vcard"}, strings.ToLower(filepath.Ext(name))) {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no .vcf files", path)
	}
	if err != nil {
		return nil, usage(err)
	}
	return files, nil
}

// A cardRun is one import of cards on its way.
type cardRun struct {
	command importVCFCmd
	in      *invocation
	run     runner
	report  *reportFile
	info    cardsInfo

	waiting []waitingCard
	bytes   int
}

// A waitingCard was read and is not yet sent.
type waitingCard struct {
	place, name string // file and line; who it is about
	text        string
	problems    []string
}

// Bounds of what is sent at once.
const (
	maxCardBatch = 200
	maxCardBytes = 8 << 20
)

// file reads the cards of one file.
func (r *cardRun) file(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return usage(err)
	}
	defer f.Close()
	read, err := vcard.Decode(f, vcard.DefaultLimits)
	if errors.Is(err, vcard.ErrUnclear) {
		r.refuse(name, "", err.Error())
		return nil
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, c := range read.Cards {
		end := 1 << 62
		if i+1 < len(read.Lines) {
			end = read.Lines[i+1]
		}
		w := waitingCard{place: fmt.Sprintf("%s:%d", name, read.Lines[i]), name: contacts.FileAs(c)}
		for _, p := range read.Problems {
			if p.Line < end && (p.Line >= read.Lines[i] || i == 0) {
				w.problems = append(w.problems, p.String())
			}
		}
		if c.UID() == "" {
			c.SetText("UID", uidOf(c.Bytes()))
		}
		w.text = string(c.Bytes())
		if len(r.waiting) >= maxCardBatch || r.bytes+len(w.text) > maxCardBytes && len(r.waiting) > 0 {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
		r.waiting, r.bytes = append(r.waiting, w), r.bytes+len(w.text)
	}
	return nil
}

// uidOf makes a UID of a card's content, so that a card without one is the same one when it is imported again.
// RFC 9562, section 5.8.
func uidOf(card []byte) string {
	b := sha256.Sum256(card)
	b[6], b[8] = b[6]&0x0F|0x80, b[8]&0x3F|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// flush sends the cards that wait. Without any it finds out whether the account is there.
func (r *cardRun) flush(ctx context.Context) error {
	q := cardsPut{Account: r.command.Account, Book: r.command.Into, Dry: r.command.DryRun}
	answer, err := r.run.upload(ctx, "cards.put", func(out transferWriter) error {
		if err := out.record(recordHead, q); err != nil {
			return err
		}
		for _, w := range r.waiting {
			if _, err := out.message(messageRecord{}, strings.NewReader(w.text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var done cardsDone
	if err := json.Unmarshal(answer, &done); err != nil {
		return fmt.Errorf("answer of cards.put: %w", err)
	}
	if len(done.Results) != len(r.waiting) || len(done.Refused) != len(r.waiting) {
		return fmt.Errorf("answer of cards.put: %d results for %d cards", len(done.Results), len(r.waiting))
	}
	r.info.Account, r.info.Book, r.info.DryRun = done.Account, done.Book, q.Dry
	for i, w := range r.waiting {
		r.count(w, done.Results[i], done.Refused[i])
	}
	r.waiting, r.bytes = nil, 0
	return nil
}

// count notes what became of a card.
func (r *cardRun) count(w waitingCard, result string, refused bool) {
	switch {
	case refused:
		r.refuse(w.place, w.name, result)
		return
	case result == cardNew:
		r.info.New++
	case result == cardChanged:
		r.info.Changed++
	default:
		r.info.Known++
	}
	r.info.Mended += len(w.problems)
	r.report.note(w.place, w.name, strings.Join(append([]string{result}, w.problems...), "; "))
}

// refuse notes a card, or a file, that was not taken.
func (r *cardRun) refuse(place, name, reason string) {
	r.info.Refused++
	r.report.add(refusal{place, name, reason})
}

func (r *cardRun) finish() error {
	r.info.Refusal = r.report.first
	verb := "imported"
	if r.info.DryRun {
		verb = "to import"
	}
	err := r.in.print(r.info, func(w io.Writer) {
		fmt.Fprintf(w, "%d cards %s into %s, %d changed, %d known from before, %d refused", r.info.New, verb, r.info.Book, r.info.Changed, r.info.Known, r.info.Refused)
		if r.info.Mended > 0 {
			fmt.Fprintf(w, "; %d things were not as they should be", r.info.Mended)
		}
		fmt.Fprintln(w)
	})
	if r.info.Refused > 0 {
		return errors.Join(err, &verbError{exitProblems, fmt.Errorf("%d cards were refused; %s", r.info.Refused, r.report.where())})
	}
	return err
}

// exportVCFCmd is `gannet export vcf ACCOUNT FILE`.
type exportVCFCmd struct {
	Account string `arg:"" help:"Whose address book."`
	Path    string `arg:"" help:"The file to make." type:"path"`
	Book    string `help:"The address book; otherwise the main one." placeholder:"NAME"`
	Version string `help:"The version of vCard; 3.0 is for programs that cannot read 4.0, in which cards are kept." enum:"4.0,3.0" default:"4.0"`
}

// cardsOut is the result of an export of cards.
type cardsOut struct {
	Account string   `json:"account"`
	Book    string   `json:"book"`
	Path    string   `json:"path"`
	Cards   int      `json:"cards"`
	Unread  []string `json:"unread,omitempty"` // what could not be read
}

func (c exportVCFCmd) Run(ctx context.Context, in *invocation) (err error) {
	r, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	q := cardsGet{Account: c.Account, Book: c.Book, Three: c.Version == "3.0"}
	got, err := callOn[cardsGot](ctx, r, "cards.get", q, in.progress)
	if err != nil {
		return err
	}
	info := cardsOut{Account: got.Account, Book: got.Book, Path: c.Path}
	if err := newFile(c.Path, 0o600, func(w io.Writer) error {
		for {
			for _, card := range got.Cards {
				if !strings.HasSuffix(card, "\n") {
					card += "\r\n"
				}
				if _, err := io.WriteString(w, card); err != nil {
					return fmt.Errorf("write cards: %w", err)
				}
			}
			info.Cards += len(got.Cards)
			for _, one := range got.Unread {
				info.Unread = append(info.Unread, one)
				in.progress("left out: " + plain(one))
			}
			if got.After == 0 {
				return nil
			}
			q.After = got.After
			if got, err = callOn[cardsGot](ctx, r, "cards.get", q, in.progress); err != nil {
				return err
			}
		}
	}); err != nil {
		return err
	}
	if err := in.print(info, func(w io.Writer) {
		fmt.Fprintf(w, "exported %d cards of %s into %s\n", info.Cards, info.Book, info.Path)
	}); err != nil {
		return err
	}
	if n := len(info.Unread); n > 0 {
		return &verbError{exitProblems, fmt.Errorf("%d cards could not be read; see the lines above", n)}
	}
	return nil
}
