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
	"time"

	"github.com/gannetmail/gannet/store"
)

// itemFlags are what the imports of contacts and calendars take.
type itemFlags struct {
	Account string   `arg:"" help:"Whose they become."`
	Paths   []string `arg:"" name:"path" help:"Files with any number of them, folders of such files, or - for standard input." type:"path"`
	Into    string   `help:"The folder, made where it is missing; otherwise the main one." placeholder:"NAME"`
	DryRun  bool     `help:"Only say what would become of each."`
	Report  string   `help:"Write what became of each into this new file, one a line: file and line, name, result." placeholder:"FILE" type:"path"`
}

// itemsInfo is the result of an import of items.
type itemsInfo struct {
	Account string        `json:"account"`
	DryRun  bool          `json:"dryRun,omitempty"`
	New     int           `json:"new"`
	Changed int           `json:"changed"`
	Known   int           `json:"known"`
	Refused int           `json:"refused"` // items, and files that hold none
	Mended  int           `json:"mended"`  // of those that were taken, what was not as it should be
	Folders []itemsPlaced `json:"folders"`
	Refusal []refusal     `json:"refusals,omitempty"`
}

// itemsPlaced is what became of the items of one kind that go into one folder.
type itemsPlaced struct {
	Folder  string `json:"folder"`
	Kind    string `json:"kind"` // "contacts", "calendar" …
	New     int    `json:"new"`
	Changed int    `json:"changed"`
	Known   int    `json:"known"`

	class store.Class
}

// itemNouns are what people call the items of a class.
var itemNouns = map[store.Class][2]string{
	store.Contacts: {"card", "cards"}, store.Calendar: {"event", "events"}, store.Tasks: {"task", "tasks"}, store.Notes: {"note", "notes"},
}

// countOf is a number with a noun.
func countOf(n int, nouns [2]string) string {
	if n == 1 {
		return "1 " + nouns[0]
	}
	return fmt.Sprintf("%d %s", n, nouns[1])
}

// An itemForm is a form of files that hold items.
type itemForm struct {
	nouns      [2]string // for all that the files hold
	extensions []string  // of the files in a folder
	// read reads one file and puts what it holds.
	read func(ctx context.Context, r *itemRun, name string, file io.Reader) error
}

// An itemRun is one import of items on its way.
type itemRun struct {
	itemFlags
	form   itemForm
	in     *invocation
	run    runner
	report *reportFile
	info   itemsInfo
	teller teller

	waiting []waitingItem
	bytes   int
}

// A waitingItem was read and is not yet sent.
type waitingItem struct {
	place, name string // file and line; what it is about
	class       store.Class
	uid         string
	text        string
	problems    []string
}

// Bounds of what is sent at once. Ctrl-C stops behind a batch.
const (
	maxItemBatch = 200
	maxItemBytes = 8 << 20
)

// runItems imports the items of files.
func runItems(ctx context.Context, in *invocation, f itemFlags, form itemForm) (err error) {
	var files []string
	for _, path := range f.Paths {
		more, err := itemFiles(path, form.extensions)
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	report, err := openReport(in, f.Report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	r, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	run := &itemRun{itemFlags: f, form: form, in: in, run: r, report: report, teller: newTeller(in)}
	run.info.Folders, run.info.DryRun = []itemsPlaced{}, f.DryRun
	if err := run.flush(ctx); err != nil { // is the account there?
		return err
	}
	for _, name := range files {
		if err := run.file(ctx, name); err != nil {
			return run.stopped(err)
		}
	}
	if err := run.flush(ctx); err != nil {
		return run.stopped(err)
	}
	return run.finish()
}

// standardInput is the path by which it is named.
const standardInput = "-"

// itemFiles lists the files of an import, those of a folder by name.
func itemFiles(path string, extensions []string) ([]string, error) {
	if path == standardInput {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage(err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) {
			files = append(files, name)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no %s files", path, extensions[0])
	}
	if err != nil {
		return nil, usage(err)
	}
	return files, nil
}

// file imports one file.
func (r *itemRun) file(ctx context.Context, name string) error {
	if name == standardInput {
		return r.form.read(ctx, r, "stdin", interrupted{ctx, r.in.stdin})
	}
	f, err := os.Open(name)
	if err != nil {
		r.refuse(name, "", err.Error())
		return nil
	}
	defer f.Close()
	return r.form.read(ctx, r, name, interrupted{ctx, f})
}

// put imports an item, some time.
func (r *itemRun) put(ctx context.Context, w waitingItem) error {
	if len(r.waiting) >= maxItemBatch || r.bytes+len(w.text) > maxItemBytes && len(r.waiting) > 0 {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.waiting, r.bytes = append(r.waiting, w), r.bytes+len(w.text)
	return nil
}

// flush sends the items that wait. It is not interrupted by ctx, which stops the import before it.
func (r *itemRun) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	answer, err := r.run.upload(context.WithoutCancel(ctx), "items.put", func(out transferWriter) error {
		if err := out.record(recordHead, itemsPut{r.Account, r.Into, r.DryRun}); err != nil {
			return err
		}
		for _, w := range r.waiting {
			if _, err := out.message(messageRecord{ID: w.uid, Class: w.class}, strings.NewReader(w.text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var done itemsDone
	if err := json.Unmarshal(answer, &done); err != nil || len(done.Outcomes) != len(r.waiting) {
		return errors.Join(errors.New("the server's answer does not fit what it was sent"), err)
	}
	r.info.Account = done.Account
	full := false
	for i, w := range r.waiting {
		full = full || done.Outcomes[i].Quota
		r.count(w, done.Outcomes[i])
	}
	r.waiting, r.bytes = nil, 0
	r.teller.tell(r.counts)
	if full {
		return quotaUsedUp(r.info.Account)
	}
	return nil
}

// count notes what became of an item.
func (r *itemRun) count(w waitingItem, o itemOutcome) {
	if o.Quota {
		return // it is not refused for good: the next run brings it
	}
	if o.Refused != "" {
		r.refuse(w.place, w.name, o.Refused)
		return
	}
	at := slices.IndexFunc(r.info.Folders, func(p itemsPlaced) bool { return p.Folder == o.Folder && p.class == w.class })
	if at < 0 {
		at = len(r.info.Folders)
		r.info.Folders = append(r.info.Folders, itemsPlaced{Folder: o.Folder, Kind: w.class.String(), class: w.class})
	}
	placed, result := &r.info.Folders[at], ""
	switch {
	case o.Added:
		result = "new"
		r.info.New++
		placed.New++
	case o.Changed:
		result = "changed"
		r.info.Changed++
		placed.Changed++
	default:
		result = "known"
		r.info.Known++
		placed.Known++
	}
	r.info.Mended += len(w.problems)
	r.report.note(w.place, w.name, strings.Join(append([]string{result}, w.problems...), "; "))
}

// refuse notes an item, or a file, that was not taken.
func (r *itemRun) refuse(place, name, reason string) {
	r.info.Refused++
	r.report.add(refusal{place, name, reason})
}

// stopped says how to go on.
func (r *itemRun) stopped(err error) error {
	r.in.progress(fmt.Sprintf("stopped after %s; run the same command again to go on from there", r.counts()))
	return err
}

func (r *itemRun) counts() string {
	return fmt.Sprintf("%s, %d changed, %d known from before, %d refused",
		r.imported(r.info.New, r.form.nouns), r.info.Changed, r.info.Known, r.info.Refused)
}

// imported says how many are, or would be.
func (r *itemRun) imported(n int, nouns [2]string) string {
	if r.info.DryRun {
		return countOf(n, nouns) + " to import"
	}
	return countOf(n, nouns) + " imported"
}

func (r *itemRun) finish() error {
	r.info.Refusal = r.report.first
	err := r.in.print(r.info, func(w io.Writer) {
		for _, p := range r.info.Folders {
			fmt.Fprintf(w, "%s into %s, %d changed, %d known from before\n", r.imported(p.New, itemNouns[p.class]), plain(p.Folder), p.Changed, p.Known)
		}
		if len(r.info.Folders) != 1 || r.info.Refused > 0 {
			fmt.Fprintf(w, "in all %s\n", r.counts())
		}
		if r.info.Mended > 0 {
			fmt.Fprintf(w, "%s; %s\n", countOf(r.info.Mended, [2]string{"thing was not as it should be", "things were not as they should be"}), r.mendings())
		}
	})
	if r.info.Refused > 0 {
		were := [2]string{r.form.nouns[0] + " was refused", r.form.nouns[1] + " were refused"}
		return errors.Join(err, &verbError{exitProblems, fmt.Errorf("%s; %s", countOf(r.info.Refused, were), r.report.where())})
	}
	return err
}

// mendings says where it is told what was not as it should be.
func (r *itemRun) mendings() string {
	if r.Report == "" {
		return "--report FILE tells of each"
	}
	return r.Report + " tells of each"
}

// uidOf makes a UID of an item's content, so that one without is the same one when it is imported again. RFC 9562,
// section 5.8.
func uidOf(content []byte) string {
	b := sha256.Sum256(content)
	b[6], b[8] = b[6]&0x0F|0x80, b[8]&0x3F|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// itemsOut is the result of an export of items.
type itemsOut struct {
	Account string   `json:"account"`
	Path    string   `json:"path"`
	Folders []string `json:"folders"`
	Items   int      `json:"items"`
	Unread  []string `json:"unread,omitempty"` // what could not be read
}

// An itemExport is one export of items on its way.
type itemExport struct {
	in     *invocation
	run    runner
	info   itemsOut
	teller teller
}

// folder hands the items of a folder to take, and counts them. An error of take that is one of unread is told.
func (e *itemExport) folder(ctx context.Context, f itemFolder, take func(raw string) (unread, err error)) error {
	path := strings.Join(f.Path, "/")
	e.info.Folders = append(e.info.Folders, path)
	for q := (itemsGet{Account: e.info.Account, Collection: f.ID}); ; {
		got, err := callOn[itemsGot](ctx, e.run, "items.get", q, e.in.progress)
		if err != nil {
			return err
		}
		for _, raw := range got.Items {
			unread, err := take(raw)
			if err != nil {
				return err
			}
			if unread != nil {
				got.Unread = append(got.Unread, unread.Error())
				continue
			}
			e.info.Items++
		}
		for _, one := range got.Unread {
			e.info.Unread = append(e.info.Unread, path+": "+one)
			e.in.progress("left out: " + plain(path+": "+one))
		}
		e.teller.tell(func() string { return fmt.Sprintf("%s: in all %d", plain(path), e.info.Items) })
		if got.After == 0 {
			return nil
		}
		q.After = got.After
	}
}

// finish prints what was exported.
func (e *itemExport) finish(nouns [2]string) error {
	if err := e.in.print(e.info, func(w io.Writer) {
		fmt.Fprintf(w, "exported %s of %s into %s\n", countOf(e.info.Items, nouns), plain(strings.Join(e.info.Folders, ", ")), e.info.Path)
	}); err != nil {
		return err
	}
	if n := len(e.info.Unread); n > 0 {
		return &verbError{exitProblems, fmt.Errorf("%s could not be read; see the lines above", countOf(n, nouns))}
	}
	return nil
}

// A teller tells now and then how something goes on.
type teller struct {
	in   *invocation
	told time.Time
}

// progressEvery is how often progress is shown.
const progressEvery = 2 * time.Second

func newTeller(in *invocation) teller { return teller{in, time.Now()} }

// tell shows a line, if the last one was long ago.
func (t *teller) tell(line func() string) {
	if now := time.Now(); now.Sub(t.told) >= progressEvery {
		t.told = now
		t.in.progress(line())
	}
}
