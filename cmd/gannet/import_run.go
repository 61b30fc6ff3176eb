package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gannetmail/gannet/mail/archive"
	"github.com/gannetmail/gannet/store"
)

// Bounds of a batch: what is asked about and sent at once. Ctrl-C stops behind one.
const (
	batchMessages = 200
	batchBytes    = 32 << 20 // as far as the source knows sizes
)

// importInfo is the result of an import.
type importInfo struct {
	Account string         `json:"account"`
	Source  string         `json:"source"`
	Memory  string         `json:"memory"` // the device that remembers what was imported
	DryRun  bool           `json:"dryRun,omitempty"`
	New     int            `json:"new"`     // messages imported; of a dry run: that would be
	Known   int            `json:"known"`   // imported before
	Refused int            `json:"refused"` // see Refusals, or the report
	Bytes   int64          `json:"bytes"`   // sent
	Folders []importFolder `json:"folders"`

	Refusals []refusal `json:"refusals,omitempty"` // the first maxProblems
}

// importFolder is what became of a folder.
type importFolder struct {
	From    string `json:"from"`
	To      string `json:"to"`
	New     int    `json:"new"`
	Known   int    `json:"known"`
	Refused int    `json:"refused"`
	LeftOut string `json:"leftOut,omitempty"` // why it was not imported
}

// importRun is one import on its way.
type importRun struct {
	in     *invocation
	run    runner
	source archive.Source
	memory string
	start  importStart
	dry    bool
	info   importInfo
	report *reportFile
	began  time.Time
	teller teller

	folder  archive.Folder
	target  importTarget
	current *importFolder
}

// runImport imports everything that a source has.
func runImport(ctx context.Context, in *invocation, f importFlags, account, title string, source archive.Source) (err error) {
	folders, err := source.Folders(ctx)
	if err != nil {
		return err
	}
	places, err := f.placing(folders)
	if err != nil {
		return err
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
	run := &importRun{in: in, run: r, source: source, memory: f.memoryOf(title), dry: f.DryRun, report: report, began: time.Now(), teller: newTeller(in)}
	run.start, err = callOn[importStart](ctx, r, "import.begin", importBegin{account, run.memory, title, f.DryRun}, in.progress)
	if err != nil {
		return err
	}
	run.info = importInfo{Account: run.start.Name, Source: title, Memory: run.memory, DryRun: f.DryRun, Folders: []importFolder{}}
	for _, folder := range folders {
		if why := places.leaves(folder); why != "" {
			run.info.Folders = append(run.info.Folders, importFolder{From: folder.String(), LeftOut: why})
			continue
		}
		if err := run.importFolder(ctx, places, folder); err != nil {
			return run.stopped(err)
		}
	}
	return run.finish()
}

// stopped says how to go on.
func (r *importRun) stopped(err error) error {
	r.in.progress(fmt.Sprintf("stopped after %s; run the same command again to go on from there", r.counts()))
	return err
}

// messageNouns are what people call what mail is made of.
var messageNouns = [2]string{"message", "messages"}

func (r *importRun) counts() string {
	verb := "imported"
	if r.dry {
		verb = "to import"
	}
	return fmt.Sprintf("%s %s (%s), %d known from before, %d refused", countOf(r.info.New, messageNouns), verb, rough(r.info.Bytes), r.info.Known, r.info.Refused)
}

func (r *importRun) finish() error {
	r.info.Refusals = r.report.first
	err := r.in.print(r.info, func(w io.Writer) {
		row(w, "FROM", "TO", "NEW", "KNOWN", "REFUSED")
		for _, f := range r.info.Folders {
			if f.LeftOut != "" {
				row(w, f.From, "left out: "+f.LeftOut)
				continue
			}
			row(w, f.From, f.To, f.New, f.Known, f.Refused)
		}
		fmt.Fprintln(w, r.counts())
	})
	if r.info.Refused > 0 {
		return errors.Join(err, &verbError{exitProblems, fmt.Errorf("%s; %s", countOf(r.info.Refused, [2]string{"message was refused", "messages were refused"}), r.report.where())})
	}
	return err
}

// importFolder imports one folder in batches.
func (r *importRun) importFolder(ctx context.Context, places placing, folder archive.Folder) error {
	role, path := places.place(folder)
	r.folder = folder
	r.target = importTarget{ID: r.start.ID, Memory: r.memory, Role: role, Path: path}
	r.info.Folders = append(r.info.Folders, importFolder{From: folder.String(), To: placeText(role, path)})
	r.current = &r.info.Folders[len(r.info.Folders)-1]
	var batch []archive.Message
	size, sent := int64(0), false
	for m, err := range r.source.Messages(ctx, folder) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		if m.Refused == "" && m.Size > r.start.MaxSize {
			m.Refused = fmt.Sprintf("larger than mail.max_size: %s", rough(m.Size))
		}
		if m.Refused != "" {
			r.refuse(m, m.Refused)
			continue
		}
		batch = append(batch, m)
		if size += max(m.Size, 0); len(batch) == batchMessages || size >= batchBytes {
			if err := r.batch(ctx, batch); err != nil {
				return err
			}
			batch, size, sent = batch[:0], 0, true
		}
	}
	if len(batch) == 0 && sent {
		return nil
	}
	return r.batch(ctx, batch) // of no messages too: it makes the folder
}

// batch imports those of messages that are new. It is not interrupted by ctx, which stops the import behind it.
func (r *importRun) batch(ctx context.Context, messages []archive.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = shortHash(r.folder.Native + "\x00" + m.Key)
	}
	known, err := callOn[importKnown](ctx, r.run, "import.known", importAsk{r.start.ID, r.memory, ids}, r.in.progress)
	if err != nil {
		return err
	}
	if len(known.Known) != len(ids) {
		return errors.New("the server answered about other messages than it was asked about")
	}
	var fresh []archive.Message
	var freshIDs []string
	for i, m := range messages {
		if known.Known[i] {
			r.known()
			continue
		}
		fresh, freshIDs = append(fresh, m), append(freshIDs, ids[i])
	}
	if r.dry {
		for _, m := range fresh {
			r.added(m.Size)
		}
	} else if len(fresh) > 0 || len(messages) == 0 {
		err = r.send(ctx, fresh, freshIDs)
	}
	r.teller.tell(r.tell)
	return err
}

// send uploads messages.
func (r *importRun) send(ctx context.Context, messages []archive.Message, ids []string) error {
	var sent []sentMessage
	answer, err := r.run.upload(ctx, "import.put", func(out transferWriter) error {
		if err := out.record(recordHead, r.target); err != nil {
			return err
		}
		if len(messages) == 0 {
			return nil
		}
		return r.source.Read(ctx, r.folder, messages, func(i int, body io.Reader, unread error) error {
			m := messages[i]
			if unread != nil {
				r.refuse(m, unread.Error())
				return nil
			}
			counted := &counter{r: io.LimitReader(body, r.start.MaxSize+1)}
			record := messageRecord{ID: ids[i], Flags: m.Flags, Keywords: m.Keywords, Received: m.Received}
			unread, err := out.message(record, counted)
			sent = append(sent, sentMessage{m, counted.n, unread})
			return err
		})
	})
	if err != nil {
		return err
	}
	var done importDone
	if err := json.Unmarshal(answer, &done); err != nil || len(done.Outcomes) != len(sent) {
		return errors.Join(errors.New("the server's answer does not fit what it was sent"), err)
	}
	return r.settle(sent, done.Outcomes)
}

// sentMessage is a message that an upload had.
type sentMessage struct {
	archive.Message
	size   int64
	unread error // why it was given up
}

// settle counts what became of the messages of an upload.
func (r *importRun) settle(sent []sentMessage, outcomes []outcome) error {
	full := false
	for i, o := range outcomes {
		switch {
		case o.Quota:
			full = true // it is not refused for good: the next run brings it
		case sent[i].unread != nil:
			r.refuse(sent[i].Message, sent[i].unread.Error())
		case o.Refused != "":
			r.refuse(sent[i].Message, o.Refused)
		case o.Added:
			r.added(sent[i].size)
		default:
			r.known()
		}
	}
	if full {
		return quotaUsedUp(r.start.Name)
	}
	return nil
}

func quotaUsedUp(account string) error {
	return fmt.Errorf("the quota of %s is used up; raise it with `gannet account quota`: %w", account, store.OverQuota)
}

func (r *importRun) added(size int64) {
	r.info.New++
	r.current.New++
	r.info.Bytes += max(size, 0)
}

func (r *importRun) known() {
	r.info.Known++
	r.current.Known++
}

func (r *importRun) refuse(m archive.Message, why string) {
	r.info.Refused++
	r.current.Refused++
	r.report.add(refusal{r.folder.String(), m.Name, why})
}

func (r *importRun) tell() string {
	c, of := r.current, ""
	if r.folder.Count >= 0 {
		of = fmt.Sprintf(" of %d", r.folder.Count)
	}
	seconds := time.Since(r.began).Seconds()
	return fmt.Sprintf("%s: %d%s; in all %s; %.0f messages/s, %s/s", plain(c.From), c.New+c.Known+c.Refused, of,
		r.counts(), float64(r.info.New+r.info.Known)/seconds, rough(int64(float64(r.info.Bytes)/seconds)))
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
