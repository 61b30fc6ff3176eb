package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A command is what a device asks for about one item.
type command struct {
	op       string // Change, Delete, Fetch, Add
	id       string // ServerId, or ClientId of an Add
	read     *bool
	flag     *flagWish
	labels   *[]string
	draft    *draftWish
	class    store.Class // zero: mail
	said     fields      // of an object
	data     []*node     // likewise, as it is written
	instance string      // the occurrence of a series that it is about; empty: all of it
	text     string      // the element, by which a repetition is known
	node     *node
}

// A done is a command that the server has executed.
type done struct {
	text   string
	uid    store.UID
	status string
}

// A flagWish is what a device says of a flag.
type flagWish struct {
	status int
	kind   string
	due    time.Time // zero: no dates
	remind bool
}

func (f *flagWish) element() *node {
	n := el("Email:Flag")
	if f.status == 0 {
		return n
	}
	n.add(leaf("Email:Status", f.status), given("Email:FlagType", f.kind))
	if f.status == 1 {
		n.add(date("Tasks:DateCompleted", f.due), date("Email:CompleteTime", f.due))
		return n
	}
	n.add(date("Tasks:StartDate", f.due), date("Tasks:DueDate", f.due), date("Tasks:UtcStartDate", f.due), date("Tasks:UtcDueDate", f.due))
	if f.remind {
		n.add(leaf("Tasks:ReminderSet", 1), date("Tasks:ReminderTime", f.due))
	}
	return n
}

// on is the item's flag after the wish: one that is set already is updated, one that is completed without a time gets
// one. MS-ASEMAIL, Updating a Flag, Completing a Flag.
func (f *flagWish) on(i store.Item, now time.Time) (flags store.Flags, follow *store.Follow) {
	if f.status == 0 {
		return i.Flags &^ store.Flagged, nil
	}
	out := store.Follow{}
	if i.Follow != nil && flagStatus(i) == f.status {
		out = *i.Follow
	}
	out.Complete = f.status == 1
	if f.kind != "" {
		out.Type = f.kind
	}
	switch {
	case f.status == 1:
		at := cmp.Or(f.due, now)
		out.CompleteTime, out.DateCompleted = at, at
	case f.due.IsZero():
	default:
		out.StartDate, out.DueDate, out.UTCStartDate, out.UTCDueDate = f.due, f.due, f.due, f.due
		if f.remind {
			out.ReminderSet, out.ReminderTime = true, f.due
		}
	}
	if f.status == 1 {
		return i.Flags &^ store.Flagged, &out
	}
	return i.Flags | store.Flagged, &out
}

func flagStatus(i store.Item) int {
	switch {
	case i.Flags&store.Flagged != 0 && (i.Follow == nil || !i.Follow.Complete):
		return 2
	case i.Follow != nil && i.Follow.Complete:
		return 1
	}
	return 0
}

// finish writes the command.
func (c *command) finish() *command {
	c.node = el("AirSync:"+c.op, leaf("AirSync:ServerId", c.id))
	if c.op == "Add" {
		c.node = el("AirSync:Add", leaf("AirSync:ClientId", c.id))
	}
	if c.instance != "" {
		c.node.add(leaf("AirSyncBase:InstanceId", compact(c.instance)))
	}
	data := el("AirSync:ApplicationData")
	if c.draft != nil {
		data.add(c.draft.elements()...)
	}
	data.add(c.data...)
	if c.read != nil {
		data.add(leaf("Email:Read", map[bool]int{true: 1}[*c.read]))
	}
	if c.flag != nil {
		data.add(c.flag.element())
	}
	if c.labels != nil {
		n := el("Email:Categories")
		for _, k := range *c.labels {
			n.add(leaf("Email:Category", k))
		}
		data.add(n)
	}
	if len(data.kids) > 0 {
		c.node.add(data)
	}
	c.text = c.node.String()
	return c
}

// wish thinks of something to do with an item.
func (d *device) wish(id string) *command {
	w := d.w
	c := &command{op: "Change", id: id}
	read := w.chance(2)
	n := w.rnd.IntN(12)
	switch {
	case n < 3:
		c.op = "Delete"
		return c.finish()
	case n < 4:
		c.op = "Fetch"
		return c.finish()
	case n < 8 || d.version < activesync.V120:
		c.read = &read
	case n < 10:
		c.flag = &flagWish{status: w.rnd.IntN(3)}
		if c.flag.status > 0 {
			c.flag.kind = pick(w, []string{"to do", "Flag for follow up"})
			if w.chance(2) {
				c.flag.due = w.now().Truncate(time.Hour).AddDate(0, 0, w.rnd.IntN(5))
				c.flag.remind = w.chance(2)
			}
		}
		if w.chance(4) {
			c.read = &read
		}
	default:
		labels := w.labels()
		c.labels = &labels
	}
	return c.finish()
}

// labels are some categories.
func (w *world) labels() []string {
	list := []string{}
	for _, name := range []string{"Blue", "Family", "Grün"} {
		if w.chance(2) {
			list = append(list, name)
		}
	}
	return list
}

// An execution is what the server makes of a device's commands in one folder.
type execution struct {
	d             *device
	box           *box
	state         *state
	when          time.Time
	wins          bool // Conflict 0: the device wins
	destroy       bool
	before, after entries
	trash         store.Collection
	afterTruth    *truth
	c             store.Collection
	want          []*node // Responses
}

// run executes the commands: each once, whatever comes again.
func (x *execution) run(commands []*command, got *node) error {
	left := slices.Clone(x.state.done)
	var met, fresh []done
	for _, c := range commands {
		if i := slices.IndexFunc(left, func(d done) bool { return d.text == c.text }); i >= 0 && c.op != "Fetch" {
			if err := x.respond(c, left[i].status, got); err != nil {
				return err
			}
			met = append(met, left[i])
			left = slices.Delete(left, i, i+1)
			continue
		}
		status, err := x.one(c, got)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", c.op, c.id, err)
		}
		if n := x.d.w.count.class(x.c.Class); status == "1" {
			n.executed++
		} else {
			n.refused++
		}
		if err := x.respond(c, status, got); err != nil {
			return err
		}
		if c.op != "Fetch" && c.op != "Add" {
			uid, _ := uidOf(x.box.id, c.id)
			fresh = append(fresh, done{c.text, uid, status})
		}
	}
	left = slices.DeleteFunc(left, func(d done) bool {
		return slices.ContainsFunc(fresh, func(f done) bool { return f.uid == d.uid && f.uid != 0 })
	})
	x.state.done = slices.Concat(left, met, fresh)
	return nil
}

// respond writes what the answer says of a command: of success only where there is something to say.
func (x *execution) respond(c *command, status string, got *node) error {
	n := el("AirSync:" + c.op)
	switch {
	case c.op == "Add" && c.class != 0:
		x.respondObject(c, status)
		return nil
	case c.op == "Add":
		return x.respondAdd(c, status, got)
	case c.op == "Fetch" && status == "1":
		it, _ := x.entry(c.id, x.after)
		data, err := x.d.w.render(x.d.version, x.c.Class, x.box.options, it, true)
		if err != nil {
			return err
		}
		n.add(leaf("AirSync:ServerId", c.id), leaf("AirSync:Status", 1), el("AirSync:ApplicationData", data...))
	case (c.op == "Fetch" || status != "1") && c.instance == "":
		n.add(leaf("AirSync:ServerId", c.id), leaf("AirSync:Status", status))
	case c.instance != "":
		n.add(leaf("AirSync:ServerId", c.id), leaf("AirSyncBase:InstanceId", compact(c.instance)), leaf("AirSync:Status", status))
	case c.class != 0:
		return nil
	default:
		return x.respondFiles(c, got)
	}
	x.want = append(x.want, n)
	return nil
}

// uid is the entry that an id means to the device.
func (x *execution) uid(id string) store.UID {
	if it := x.state.items[id]; it != nil {
		return it.uid
	}
	uid, _ := uidOf(x.box.id, id)
	return uid
}

// one executes a command that has not been before, and looks whether the store shows what it should.
func (x *execution) one(c *command, got *node) (status string, err error) {
	if c.class != 0 {
		return x.oneObject(c, got)
	}
	uid := x.uid(c.id)
	rec, live := x.before[uid]
	if it := x.state.items[c.id]; c.draft != nil && it != nil && !live {
		rec, live = x.adopt(it)
	}
	switch {
	case c.op == "Add":
		return x.add(c, got)
	case c.op == "Fetch" && !live:
		return "8", nil
	case c.op == "Fetch":
		return "1", nil
	case c.op == "Delete":
		return "1", x.remove(c.id, rec, live)
	case !live:
		return "8", nil
	case c.draft != nil:
		return x.changeDraft(c, rec, got)
	}
	return x.change(c, uid, rec)
}

// remove takes an item away, or into Deleted Items.
func (x *execution) remove(id string, rec store.Record, live bool) error {
	if !live {
		if x.state.items[id] != nil {
			x.state.gone[id] = true
		}
		delete(x.state.items, id)
		return nil
	}
	delete(x.state.items, id)
	if _, still := x.after[rec.UID]; still {
		return fmt.Errorf("it is still there")
	}
	inTrash := false
	for _, r := range x.afterTruth.entries[x.trash.ID] {
		inTrash = inTrash || r.Item.ID == rec.Item.ID
	}
	if moves := !x.destroy && x.trash.ID != x.c.ID; inTrash != moves {
		return fmt.Errorf("in Deleted Items: %v, want %v", inTrash, moves)
	}
	return nil
}

// change changes marks: of what somebody else has changed meanwhile the one or the other value stays.
func (x *execution) change(c *command, uid store.UID, rec store.Record) (status string, err error) {
	it := x.state.items[c.id]
	if it == nil {
		it = &item{uid: uid, shown: map[string]*node{}}
	}
	must, may := it.news(activesync.V161, rec)
	got := x.after[uid].Item
	want, lost, asked := x.wanted(c, rec.Item, must)
	for f := range store.AllFacets + 1 { // what it may be told again is not certain to be known to the device
		if !sameMarks(got, want) && f&^(may&^must) == 0 {
			want, lost, asked = x.wanted(c, rec.Item, must|f)
		}
	}
	if !sameMarks(got, want) {
		return "", fmt.Errorf("the store has %v %q %+v, want %v %q %+v", got.Flags, got.Keywords, got.Follow, want.Flags, want.Keywords, want.Follow)
	}
	x.note(it, rec.Item, x.after[uid], asked&^lost)
	if lost != 0 {
		return "7", nil
	}
	return "1", nil
}

// wanted is the item as it should be, which facets the device lost to somebody else, and which it wants changed.
func (x *execution) wanted(c *command, i store.Item, news store.Facets) (want store.Item, lost, asked store.Facets) {
	want = i
	if x.wins {
		news = 0
	}
	set := func(f store.Facets, same bool, do func()) {
		asked |= f
		if !same && news&f != 0 {
			lost |= f
			return
		}
		do()
	}
	if c.read != nil {
		set(store.ReadFlag, *c.read == (i.Flags&store.Seen != 0), func() {
			want.Flags &^= store.Seen
			if *c.read {
				want.Flags |= store.Seen
			}
		})
	}
	if c.flag != nil {
		set(store.FollowUp, c.flag.status == flagStatus(i), func() {
			flags, follow := c.flag.on(i, x.when)
			want.Flags, want.Follow = want.Flags&^store.Flagged|flags&store.Flagged, follow
		})
	}
	if c.labels != nil {
		set(store.Labels, slices.Equal(*c.labels, categories(i)), func() {
			programs := slices.DeleteFunc(slices.Clone(i.Keywords), func(k string) bool { return !strings.HasPrefix(k, "$") })
			want.Keywords = slices.Sorted(slices.Values(slices.Concat(*c.labels, programs)))
		})
	}
	return want, lost, asked
}

// note lets the device know its own changes.
func (x *execution) note(it *item, before store.Item, after store.Record, facets store.Facets) {
	for k := range store.NumFacets {
		if facets&(1<<k) == 0 {
			continue
		}
		if at := after.Item.Stamps[k]; at != before.Stamps[k] {
			it.stamps[k], it.own[k] = at, at
			it.show(marks(after.Item, facets&(1<<k)))
		}
	}
}

func sameMarks(a, b store.Item) bool {
	return a.Flags == b.Flags && slices.Equal(a.Keywords, b.Keywords) && sameFollow(a.Follow, b.Follow)
}

func sameFollow(a, b *store.Follow) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// free are the items that no command of the list is about.
func (s *state) free(commands []*command) []string {
	about := map[string]bool{}
	for _, c := range commands {
		about[c.id] = true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.items)), func(id string) bool { return about[id] })
}
