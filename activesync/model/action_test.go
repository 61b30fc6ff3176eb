package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A delivery is a request that has been made and that the network may bring again.
type delivery struct {
	step  int
	what  string
	again func() error
}

// lateness is how many steps later a request may still come again.
const lateness = 40

// remember keeps a request that may come again.
func (d *device) remember(what string, again func() error) {
	d.last = append(d.last, &delivery{d.w.count.steps, what, again})
	d.last = d.last[max(len(d.last)-4, 0):]
}

// arrives reports whether an answer comes through.
func (w *world) arrives() bool {
	if w.calm || !w.chance(6) {
		return true
	}
	w.count.lost++
	w.trail.add("(that answer was lost)")
	return false
}

// act lets the device do something, or do again what it has no answer to.
func (d *device) act() error {
	w := d.w
	if d.repeat != nil && (d.bound || !w.chance(3)) {
		again := d.repeat
		d.repeat, d.bound = nil, false
		w.count.twice++
		return again()
	}
	if d.tree.key == "0" {
		return d.folderSync()
	}
	actions := []struct {
		weight int
		name   string
		do     func() error
	}{
		{44, "Sync", d.someSync},
		{4, "FolderSync", d.folderSync},
		{4, "folders", d.editFolder},
		{8, "MoveItems", d.moveSome},
		{4, "GetItemEstimate", d.estimateSome},
		{4, "ItemOperations", d.operateSome},
		{5, "Ping", d.pingSome},
		{4, "send", d.sendSome},
		{6, "drafts", d.writeSome},
		{6, "late", d.comeLate},
		{2, "empty Sync", d.emptySync},
	}
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	n := w.rnd.IntN(total)
	for _, a := range actions {
		if n -= a.weight; n < 0 {
			w.count.actions[a.name]++
			if err := a.do(); err != nil {
				return fmt.Errorf("%s, %s: %w", d.name, a.name, err)
			}
			return nil
		}
	}
	return nil
}

// comeLate lets the network bring a request of before once more.
func (d *device) comeLate() error {
	if len(d.last) == 0 {
		return nil
	}
	i := d.w.rnd.IntN(len(d.last))
	l := d.last[i]
	d.last = slices.Delete(d.last, i, i+1)
	if d.w.count.steps-l.step > lateness {
		return nil
	}
	d.w.count.late++
	d.w.trail.add("(%s of %s comes again)", l.what, d.name)
	return l.again()
}

// known are the folders with mail that the device has heard of.
func (d *device) known() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(d.tree.folders)), func(id string) bool { return !isMail(d.tree.folders[id].kind) })
}

// all are the folders whose content the model knows that the device has heard of.
func (d *device) all() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(d.tree.folders)), func(id string) bool {
		class := d.tree.folders[id].class()
		return class != store.Mail && kinds[class] == nil
	})
}

// someFolders chooses folders to synchronise, those where things happen more often.
func (d *device) someFolders(n int) (list []string) {
	all := d.all()
	for range 8 * n {
		id := pick(d.w, all)
		kind := d.tree.folders[id].kind
		busy := kind == 2 || kind == 4 || kind >= 7 && kind <= 10 || kind > 12 || d.tree.folders[id].name == "Work"
		if len(list) < n && (busy || d.w.chance(4)) && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// objectFilters are the filters that classes of objects have. MS-ASCMD, FilterType.
var objectFilters = map[store.Class][]int{store.Calendar: {0, 4, 5, 6, 7}, store.Tasks: {0, 0, toBeDone}, store.Contacts: {0}, store.Notes: {0}}

// someOptions thinks of options.
func (d *device) someOptions(class store.Class) *options {
	w := d.w
	if class != store.Mail {
		o := noOptions
		o.filter, o.wins = pick(w, objectFilters[class]), pick(w, []int{-1, 0, 0, 1})
		if d.version < activesync.V120 {
			o.truncate = pick(w, []int{-1, 1, 2, len(textLimits) - 1})
		} else {
			o.limit = pick(w, []int{whole, unasked, 10, 100, 101}) // of 0, an empty text might be the one that was shown
		}
		return &o
	}
	o := options{filter: pick(w, []int{0, 0, 1, 2, 3, 4, 5}), wins: pick(w, []int{-1, -1, 0, 1}), truncate: -1, limit: unasked, mime: w.chance(5)}
	if d.version < activesync.V120 {
		o.truncate = w.rnd.IntN(len(mimeLimits)+1) - 1
	} else if o.limit = pick(w, []int{whole, unasked, 0, 10, 100, 101, 102, 5000}); o.limit == unasked {
		o.mime = false
	}
	return &o
}

// someSync makes a Sync of some folders, with changes in some of them.
func (d *device) someSync() error {
	w := d.w
	n := 1
	if w.chance(4) {
		n = 1 + w.rnd.IntN(4)
	}
	q := &syncRequest{}
	for _, id := range d.someFolders(n) {
		q.parts = append(q.parts, d.somePart(id))
	}
	if len(q.parts) == 0 {
		return nil
	}
	if w.chance(6) {
		q.window = 1 + w.rnd.IntN(20)
	}
	if d.version >= activesync.V140 && w.chance(8) {
		q.heartbeat = 60 + w.rnd.IntN(100)
	}
	return d.sync(q)
}

// somePart thinks of what to ask of a folder.
func (d *device) somePart(id string) *part {
	w := d.w
	b := d.box(id)
	p := &part{box: b}
	if b.state.key != "0" && w.chance(150) {
		b.forget()
	}
	p.key = b.state.key
	if p.key == "0" {
		b.pending = nil
		if w.chance(2) {
			d.someSupported(p)
		}
		if w.chance(2) {
			p.options = d.someOptions(b.class)
		}
		return p
	}
	if w.chance(2) {
		p.window = 1 + w.rnd.IntN(9)
	}
	if w.chance(12) {
		p.options = d.someOptions(b.class)
	}
	p.noChanges = w.chance(12)
	p.destroy = w.chance(3)
	p.commands = slices.Clone(b.pending)
	if b.class != store.Mail {
		d.someObjects(p)
		return p
	}
	if d.tree.folders[id].kind == 3 && d.version < activesync.V160 {
		return p
	}
	for _, id := range b.state.free(p.commands) {
		if len(p.commands) < 6 && w.chance(9) {
			p.commands = append(p.commands, d.wish(id))
		}
	}
	return p
}

// someSupported lets the device say what it manages of objects.
func (d *device) someSupported(p *part) {
	k := kinds[p.box.class]
	if k == nil || k.supported == nil {
		return
	}
	p.supported, p.managed = el("AirSync:Supported"), []string{}
	for _, name := range slices.Sorted(maps.Keys(k.supported)) {
		if !d.w.chance(3) {
			p.supported.add(el(k.supported[name]))
			p.managed = append(p.managed, name)
		}
	}
}

// someObjects thinks of what to do with objects.
func (d *device) someObjects(p *part) {
	w, b := d.w, p.box
	unheard := map[string]bool{} // what it has added, whose id it does not know
	for i, c := range p.commands {
		if a := b.state.added[c.id]; a != nil {
			unheard[a.id] = true
		}
		if c.op == "Add" && w.chance(2) { // whoever wrote it has gone on meanwhile
			p.commands[i] = d.addAgain(c)
		}
	}
	for _, id := range b.state.free(p.commands) {
		if len(p.commands) < 6 && w.chance(6) && !unheard[id] {
			p.commands = append(p.commands, d.wishObject(b, id))
		}
	}
	for len(b.state.items) < crowdOfObjects && len(p.commands) < 6 && w.chance(4) {
		p.commands = append(p.commands, d.addObject(b))
	}
}

// sync makes a Sync, whatever happens to it on its way.
func (d *device) sync(q *syncRequest) error {
	w := d.w
	r := d.ask("Sync", q.document(d.version))
	x, err := d.begin(q)
	if err != nil {
		return err
	}
	switch n := w.rnd.IntN(100); {
	case w.calm:
	case n < 2:
		return r.refuse()
	case n < 4 && q.window == 0: // else nobody could say which of the folders were told anything
		return x.death(r)
	case n < 8 && q.alike():
		return x.twice(r)
	}
	a, err := x.wait(r)
	if err != nil {
		return err
	}
	return x.finish(r, a)
}

// alike reports whether the request has the same answer twice at the same time: none of its folders has news for another,
// and the device has not asked so often that it gets items one by one from now on.
func (q *syncRequest) alike() bool {
	return q.heartbeat == 0 && (len(q.parts) == 1 || !q.hasCommands()) &&
		!slices.ContainsFunc(q.parts, func(p *part) bool { return p.box.state.asked > 0 })
}

// cached notes the request that an empty one repeats.
func (d *device) cached(q *syncRequest) {
	if !q.hasCommands() && !slices.ContainsFunc(q.parts, func(p *part) bool { return p.key == "0" }) {
		d.cache = q
	}
}

// begin prepares to check the answer of a Sync.
func (d *device) begin(q *syncRequest) (*syncCheck, error) {
	before, err := d.w.truth()
	if err != nil {
		return nil, err
	}
	return &syncCheck{d: d, q: q, before: before, now: d.w.now()}, d.w.readBefore(before, q)
}

// finish checks an answer and lets the device have it, or not.
func (x *syncCheck) finish(r *request, a reply) (err error) {
	if x.after, err = x.d.w.truth(); err != nil {
		return err
	}
	if err := x.check(a); err != nil {
		return err
	}
	x.arrive(r, x.d.w.arrives())
	return nil
}

// arrive concludes a Sync whose answer has come through, or has not.
func (x *syncCheck) arrive(r *request, arrived bool) {
	x.conclude(arrived, false)
	for _, p := range x.q.parts {
		if p.box.pending = p.commands; arrived {
			p.box.pending = nil
		}
	}
	fresh := slices.ContainsFunc(x.q.parts, func(p *part) bool { return p.key == "0" })
	if !arrived {
		x.d.repeat = func() error { return x.d.again(r, x.q) }
		if p := x.q.addsObject(); p != nil && x.d.w.chance(2) {
			x.d.repeat = func() error { return x.d.goOn(p) }
		}
	}
	if !fresh && x.q.heartbeat == 0 {
		x.d.remember("Sync", func() error { return x.d.late(r, x.q) })
	}
}

// addsObject is a part that adds an object; nil: none does.
func (q *syncRequest) addsObject() *part {
	for _, p := range q.parts {
		if slices.ContainsFunc(p.commands, func(c *command) bool { return c.op == "Add" && c.class != 0 }) {
			return p
		}
	}
	return nil
}

// goOn makes another request of a folder, for whoever works on the device has gone on since the answer was lost.
func (d *device) goOn(p *part) error {
	if p.box.state.key != p.key || p.box.state.asked > 4 {
		return nil
	}
	return d.sync(&syncRequest{parts: []*part{d.somePart(p.box.id)}})
}

// again makes a request again, to the byte, because there was no answer.
func (d *device) again(r *request, q *syncRequest) error {
	for _, p := range q.parts {
		if p.box.state.key != p.key || p.box.state.asked > 4 {
			return nil // the device has gone on
		}
	}
	x, err := d.begin(q)
	if err != nil {
		return err
	}
	a, err := x.wait(r)
	if err != nil {
		return err
	}
	return x.finish(r, a)
}

// late is a request of before that comes once more; nobody hears the answer, but what it does must be right.
func (d *device) late(r *request, q *syncRequest) error {
	for _, p := range q.parts {
		forgotten := p.key != "0" && p.box.state.key == "0" // by the device; the server may not have heard of it
		if s := p.box.under(p.key); s != nil && s.asked > 4 || p.box.unsure || forgotten {
			return nil
		}
	}
	x, err := d.begin(q)
	if err != nil {
		return err
	}
	a, err := r.send()
	if err != nil {
		return err
	}
	if x.after, err = d.w.truth(); err != nil {
		return err
	}
	if err := x.check(a); err != nil {
		return err
	}
	x.conclude(false, true)
	return nil
}

// twice is a request that comes twice at the same time.
func (x *syncCheck) twice(r *request) error {
	x.d.w.count.parallel++
	one, two := r.begin(), r.begin()
	a, err := one.end()
	b, err2 := two.end()
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if string(a.body) != string(b.body) {
		return fmt.Errorf("one request at the same time twice: %s", difference(a.doc.String(), b.doc.String()))
	}
	return x.finish(r, a)
}

// death is a request during which the server dies; what it has made durable has happened.
func (x *syncCheck) death(r *request) (err error) {
	w := x.d.w
	w.store.arm(1+w.rnd.IntN(2), w.chance(2))
	a := r.serveWaiting()
	executed := w.store.together > 0
	if !w.store.disarm() {
		if a, err = r.read(a); err != nil {
			return err
		}
		return x.finish(r, a)
	}
	w.count.deaths++
	w.trail.add("%s: Sync; the server died, executed: %v\n%s", x.d.name, executed, indented(r.doc))
	w.restart()
	if !executed {
		x.d.repeat = func() error { return x.d.again(r, x.q) }
		return nil
	}
	if x.after, err = w.truth(); err != nil {
		return err
	}
	if err := x.execute(); err != nil {
		return err
	}
	x.arrive(r, false)
	return nil
}

// execute works out what a request has done whose answer nobody has seen.
func (x *syncCheck) execute() error {
	x.d.cached(x.q)
	for _, p := range x.q.parts {
		o := &outcome{part: p, key: p.key}
		x.outcomes = append(x.outcomes, o)
		c, there := x.after.folder(p.box.id)
		if !there {
			continue
		}
		if p.key == "0" {
			p.box.restart(p.options)
			p.box.managed = p.managed
			continue
		}
		if o.base = p.box.under(p.key); o.base == nil {
			continue
		}
		o.base.asked++
		p.box.rename(o.base)
		o.options = p.box.say(p.options)
		if len(p.commands) > 0 {
			if err := x.execution(p, o.base, c).run(p.commands, nil); err != nil {
				return err
			}
		}
		v := x.d.w.view(x.after, x.d.version, c, p.box.options, x.now)
		if v.live, v.base = x.without(v.live, p, c), o.base; !p.noChanges {
			v.adopt(p.box, o.base)
		}
		if len(p.commands) == 0 && (p.noChanges || len(v.owed(o.base)) == 0) {
			p.box.unsure = v.lenient(o.base)
			continue // nothing was told, or what may be told again
		}
		o.stepped = true
		o.base.next = append(o.base.next, "unheard")
		o.base.next = o.base.next[max(len(o.base.next)-2, 0):]
	}
	return nil
}

// wait sends a request; when it waits, something happens or time passes.
func (x *syncCheck) wait(r *request) (reply, error) {
	if x.q.heartbeat == 0 {
		return r.send()
	}
	c := r.begin()
	if !c.answered() && x.d.w.chance(2) {
		x.d.w.waited = true // the first thing that happens is answered
		err := x.d.w.edit()
		if x.d.w.waited = false; err != nil {
			return reply{}, err
		}
	}
	return c.end()
}

// role is the id of the folder with a role.
func (w *world) role(t *truth, role store.Role) string { return folderID(t.role(role).ID) }
