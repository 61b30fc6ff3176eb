package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// importICSCmd is `gannet import ics ACCOUNT PATH…`.
type importICSCmd struct{ itemFlags }

// calendarNouns are what people call what calendar files hold.
var calendarNouns = [2]string{"item", "items"}

func (c importICSCmd) Run(ctx context.Context, in *invocation) error {
	form := itemForm{calendarNouns, []string{".ics", ".ical", ".ifb", ".vcs"}, readCalendar}
	return runItems(ctx, in, c.itemFlags, form)
}

// importLimits are those of one file.
var importLimits = calendar.Limits{Bytes: 1 << 30, Properties: 100_000_000}

// calendarClass says as what the store keeps objects of a kind.
var calendarClass = map[string]store.Class{calendar.VEvent: store.Calendar, calendar.VTodo: store.Tasks, calendar.VJournal: store.Notes}

// readCalendar reads the events, tasks and notes of one file.
func readCalendar(ctx context.Context, r *itemRun, name string, file io.Reader) error {
	pieces, err := calendar.Split(file, importLimits)
	if bad := (*calendar.SyntaxError)(nil); errors.As(err, &bad) {
		r.refuse(fmt.Sprintf("%s:%d", name, bad.Line), "", bad.Reason)
		return nil
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range pieces.Problems {
		r.info.Mended++
		r.report.note(fmt.Sprintf("%s:%d", name, p.Line), "", p.Reason)
	}
	if pieces.Len() == 0 {
		r.report.note(name, "", "no event, task or note")
	}
	for _, other := range pieces.Others {
		r.refuse(fmt.Sprintf("%s:%d", name, other.Line), "", other.Kind+" is no event, task or note")
	}
	for piece, err := range pieces.All() {
		w := waitingItem{place: fmt.Sprintf("%s:%d", name, piece.Line), name: piece.UID, class: calendarClass[piece.Kind]}
		if bad := (*calendar.SyntaxError)(nil); errors.As(err, &bad) {
			r.refuse(fmt.Sprintf("%s:%d", name, bad.Line), w.name, bad.Reason)
			continue
		}
		if why := w.take(piece); why != "" {
			r.refuse(w.place, w.name, why)
		} else if err := r.put(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// take takes the object, and says why it is not wanted, "" if it is.
func (w *waitingItem) take(piece calendar.Piece) (why string) {
	o, _, err := calendar.ReadObject(string(piece.Text))
	if err != nil {
		return err.Error()
	}
	for c := range o.Components() {
		if s := c.Summary(); s != "" {
			w.name = s
			break
		}
	}
	w.uid, w.text = piece.UID, string(piece.Text)
	switch {
	case w.class == 0:
		return piece.Kind + " is no event, task or note"
	case !slices.Contains([]string{"", "PUBLISH", "REQUEST"}, piece.Method):
		return "METHOD:" + piece.Method + ", a message about a meeting and not the meeting"
	}
	if piece.UID == "" {
		w.text = withUID(o)
	}
	for _, p := range piece.Problems {
		w.problems = append(w.problems, p.String())
	}
	if zone := unknownZone(o); zone != "" {
		w.problems = append(w.problems, fmt.Sprintf("zone %.60q is not known: phones do not show it", zone))
	}
	return ""
}

// unknownZone is a zone by which an object says when it is and that is neither defined in it nor known; "" if there is none.
func unknownZone(o *calendar.Object) string {
	for c := range o.Components() {
		for _, m := range []calendar.Moment{c.Start(), c.End(), c.Due()} {
			if m.Form != calendar.Zoned {
				continue
			}
			if _, err := o.Zones().Find(m.TZID); err != nil {
				return m.TZID
			}
		}
	}
	return ""
}

// withUID is an object with a UID made of what it says, but for when somebody wrote it down.
func withUID(o *calendar.Object) string {
	bare := o.Clone()
	for c := range bare.Components() {
		c.Remove("DTSTAMP", "CREATED", "LAST-MODIFIED")
	}
	uid := uidOf(bare.Bytes())
	for c := range o.Components() {
		c.SetText("UID", uid)
	}
	return string(o.Bytes())
}

// exportICSCmd is `gannet export ics ACCOUNT PATH`.
type exportICSCmd struct {
	Account string   `arg:"" help:"Whose calendars, tasks and notes."`
	Path    string   `arg:"" help:"The folder to make, with a file for each; with --folder the file." type:"path"`
	Folder  string   `help:"Only this calendar, list of tasks or list of notes." placeholder:"NAME"`
	Only    []string `help:"Only some of them, separated by commas." placeholder:"events,tasks,notes" enum:"events,tasks,notes" default:"events,tasks,notes"`
}

func (c exportICSCmd) Run(ctx context.Context, in *invocation) (err error) {
	r, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	ask := itemsAsk{Account: c.Account, Folder: c.Folder}
	for _, class := range []store.Class{store.Calendar, store.Tasks, store.Notes} {
		if slices.Contains(c.Only, itemNouns[class][1]) {
			ask.Classes = append(ask.Classes, class)
		}
	}
	found, err := callOn[itemFolders](ctx, r, "items.folders", ask, in.progress)
	if err != nil {
		return err
	}
	e := &itemExport{in: in, run: r, info: itemsOut{Account: found.Account, Path: c.Path}, teller: newTeller(in)}
	switch {
	case c.Folder == "":
		err = e.allCalendars(ctx, found.Folders)
	case len(found.Folders) > 1:
		err = usagef("%d folders are called %s; name its path, or choose with --only", len(found.Folders), c.Folder)
	default:
		err = e.calendar(ctx, c.Path, found.Folders[0])
	}
	if err != nil {
		return err
	}
	return e.finish(calendarNouns)
}

// allCalendars makes a new folder with a file for each.
func (e *itemExport) allCalendars(ctx context.Context, folders []itemFolder) error {
	if _, err := os.Lstat(e.info.Path); !errors.Is(err, fs.ErrNotExist) {
		return exists("%s is there already; name a new folder", e.info.Path)
	}
	return buildAside(e.info.Path, func(dir string) error {
		taken := map[string]bool{}
		for _, f := range folders {
			if f.Fed {
				e.in.progress(fmt.Sprintf("left out: %s: its content comes from elsewhere; --folder exports it", plain(strings.Join(f.Path, "/"))))
				continue
			}
			base := fileNameOf(f.Path)
			name := base
			for n := 2; taken[strings.ToLower(name)]; n++ {
				name = fmt.Sprintf("%s (%d)", base, n)
			}
			taken[strings.ToLower(name)] = true
			if err := e.calendar(ctx, filepath.Join(dir, name+".ics"), f); err != nil {
				return err
			}
		}
		return nil
	})
}

// fileNameOf is a path of names as the name of a file, without its ending.
func fileNameOf(path []string) string {
	name := strings.Map(func(r rune) rune {
		if steers(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.Join(path, " - "))
	if len(name) > 200 {
		name = strings.ToValidUTF8(name[:200], "")
	}
	return strings.TrimLeft(name, ".")
}

// calendar writes a folder into a new file.
func (e *itemExport) calendar(ctx context.Context, name string, f itemFolder) error {
	return newFile(name, 0o600, func(file io.Writer) error {
		w, err := calendar.NewWriter(file, f.Path[len(f.Path)-1])
		if err != nil {
			return err
		}
		if err := e.folder(ctx, f, func(raw string) (unread, err error) {
			o, _, err := calendar.ReadObject(raw)
			if err != nil {
				return err, nil
			}
			return nil, w.Write(o)
		}); err != nil {
			return err
		}
		return w.Close()
	})
}
