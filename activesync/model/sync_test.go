package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/store"
)

// A syncRequest is one Sync.
type syncRequest struct {
	parts     []*part
	window    int // of all; 0: not said
	heartbeat int // seconds; 0: none
	empty     bool
}

// A part is one folder of it.
type part struct {
	box       *box
	key       string
	window    int      // 0: not said
	options   *options // nil: not said
	noChanges bool
	destroy   bool
	commands  []*command
	supported *node // what the device manages of objects, and the names of the fields; nil: not said
	managed   []string
}

// className is what the box holds, on the wire.
func (b *box) className() string {
	if k := kinds[b.class]; k != nil {
		return k.name
	}
	return "Email"
}

// document writes the request; nil is the empty one.
func (q *syncRequest) document(v activesync.Version) *node {
	if q.empty {
		return nil
	}
	list := el("AirSync:Collections")
	for _, p := range q.parts {
		c := el("AirSync:Collection")
		if v < activesync.V140 {
			c.add(leaf("AirSync:Class", p.box.className()))
		}
		c.add(leaf("AirSync:SyncKey", p.key), leaf("AirSync:CollectionId", p.box.id), p.supported)
		if p.destroy {
			c.add(leaf("AirSync:DeletesAsMoves", 0))
		}
		if p.noChanges {
			c.add(leaf("AirSync:GetChanges", 0))
		}
		if p.window > 0 {
			c.add(leaf("AirSync:WindowSize", p.window))
		}
		if p.options != nil {
			c.add(p.options.element(v, p.box.class))
		}
		if len(p.commands) > 0 {
			commands := el("AirSync:Commands")
			for _, x := range p.commands {
				commands.add(x.node)
			}
			c.add(commands)
		}
		list.add(c)
	}
	doc := el("AirSync:Sync", list)
	if q.heartbeat > 0 {
		doc.add(leaf("AirSync:HeartbeatInterval", q.heartbeat))
	}
	if q.window > 0 {
		doc.add(leaf("AirSync:WindowSize", q.window))
	}
	return doc
}

func (q *syncRequest) hasCommands() bool {
	return slices.ContainsFunc(q.parts, func(p *part) bool { return len(p.commands) > 0 })
}

// A syncCheck works out one answer of Sync.
type syncCheck struct {
	d             *device
	q             *syncRequest
	before, after *truth
	now           time.Time // when the request came
	left          int       // of the window over all
	outcomes      []*outcome
}

// An outcome is what becomes of one folder of a request.
type outcome struct {
	part    *part
	want    *node  // nil: the answer does not speak of it
	base    *state // that the server went on from; nil: it took no key
	state   *state // of the device that has had the answer; nil: it begins again
	key     string
	told    int
	stepped bool // the answer has a key of its own
	options bool // the request changed the options
}

// check compares an answer with what it must be, and returns what becomes of the folders.
func (x *syncCheck) check(a reply) error {
	x.d.cached(x.q)
	x.left = 512 * len(x.q.parts)
	if x.q.window > 0 {
		x.left = x.q.window
	}
	got := map[string]*node{}
	var sequence []string
	for _, c := range a.doc.at("AirSync:Collections").all("AirSync:Collection") {
		id := c.text("AirSync:CollectionId")
		got[id] = c
		sequence = append(sequence, id)
	}
	list := el("AirSync:Collections")
	for _, p := range x.q.parts {
		o, err := x.part(p, got[p.box.id])
		if err != nil {
			return fmt.Errorf("folder %s: %w", p.box.id, err)
		}
		x.outcomes = append(x.outcomes, o)
		list.add(o.want)
	}
	if len(list.kids) == 0 {
		return x.d.w.expect(a, nil)
	}
	return x.d.w.expect(a, el("AirSync:Sync", list))
}

// part works out one folder of the answer.
func (x *syncCheck) part(p *part, got *node) (*outcome, error) {
	o := &outcome{part: p, key: p.key}
	c, there := x.after.folder(p.box.id)
	switch {
	case !there && (p.key == "0" || len(p.commands) > 0 || p.box.unknown()):
		return o, x.status(o, 12)
	case !there:
		o.state = p.box.under(p.key) // quiet, until the device asks for its folders
		return o, x.quiet(o)
	case p.key == "0":
		return o, x.begin(o, got)
	}
	base := p.box.under(p.key)
	if base == nil {
		o.key = "0"
		return o, x.status(o, 3)
	}
	return o, x.goOn(o, c, base, got)
}

// unknown reports whether the server has no state of the folder.
func (b *box) unknown() bool { return len(b.used) == 0 }

// head begins what the answer says of a folder.
func (x *syncCheck) head(o *outcome, status int) *node {
	n := el("AirSync:Collection")
	if x.d.version < activesync.V140 {
		n.add(leaf("AirSync:Class", o.part.box.className()))
	}
	return n.add(leaf("AirSync:SyncKey", o.key), leaf("AirSync:CollectionId", o.part.box.id), leaf("AirSync:Status", status))
}

// status is the answer that says no more than that.
func (x *syncCheck) status(o *outcome, status int) error {
	o.want = x.head(o, status)
	if status == 12 {
		o.state = o.part.box.under(o.part.key)
	}
	return nil
}

// quiet is the answer that has nothing to say.
func (x *syncCheck) quiet(o *outcome) error {
	if x.d.version < activesync.V121 {
		o.want = x.head(o, 1)
	}
	return nil
}

// begin is the answer to the key 0: a key and nothing else.
func (x *syncCheck) begin(o *outcome, got *node) error {
	b := o.part.box
	o.key = got.text("AirSync:SyncKey")
	if told, used := b.used[o.key]; o.key == "" || o.key == "0" || used && told != "first" {
		return fmt.Errorf("first key %q, given before: %v", o.key, used)
	}
	o.want, o.stepped = x.head(o, 1), true
	o.state = newState(o.key)
	b.used[o.key] = "first"
	b.restart(o.part.options)
	b.managed = o.part.managed
	return nil
}

// goOn is the answer to a key that the device was given.
func (x *syncCheck) goOn(o *outcome, c store.Collection, base *state, got *node) error {
	b, p := o.part.box, o.part
	o.base = base
	base.asked++
	if base.asked >= 3 {
		b.singly = 30
	}
	b.rename(base)
	o.options = b.say(p.options)
	var responses *node
	if len(p.commands) > 0 {
		e := x.execution(p, base, c)
		if err := e.run(p.commands, got.at("AirSync:Responses")); err != nil {
			return err
		}
		if len(e.want) > 0 {
			responses = el("AirSync:Responses", e.want...)
		}
	}
	v := x.d.w.view(x.after, x.d.version, c, b.options, x.now)
	v.live, v.base, v.names = x.without(v.live, p, c), base, b.names
	if !p.noChanges {
		v.adopt(b, base)
	}
	o.state = base.clone()
	commands, more, err := x.window(o, v, got)
	if err != nil {
		return err
	}
	o.told = len(commands)
	if o.told == 0 && len(p.commands) == 0 {
		if !more {
			return x.quiet(o)
		}
		o.want = x.head(o, 1).add(el("AirSync:MoreAvailable"))
		return nil
	}
	if err := x.step(o, got.text("AirSync:SyncKey"), commands, v.owed(o.state)); err != nil {
		return err
	}
	o.want = x.head(o, 1)
	if more {
		o.want.add(el("AirSync:MoreAvailable"))
	}
	o.want.add(responses)
	if len(commands) > 0 {
		o.want.add(el("AirSync:Commands", commands...))
	}
	return nil
}

// execution is what becomes of the commands of a folder.
func (x *syncCheck) execution(p *part, base *state, c store.Collection) *execution {
	return &execution{
		d: x.d, box: p.box, state: base, when: x.now, wins: p.box.options.wins == 0, destroy: p.destroy, before: x.before.entries[c.ID],
		after: x.after.entries[c.ID], trash: x.after.role(store.Trash), afterTruth: x.after, c: c,
	}
}

// without leaves out what the folders behind p in the request have brought: they come after it.
func (x *syncCheck) without(live entries, p *part, c store.Collection) entries {
	moved := map[store.ItemID]bool{}
	sends := false
	for _, later := range x.q.parts[slices.Index(x.q.parts, p)+1:] {
		folder, _ := x.before.folder(later.box.id)
		for _, command := range later.commands {
			uid := x.d.uidOf(later.box.id, command.id)
			if rec, ok := x.before.entries[folder.ID][uid]; ok && command.op == "Delete" {
				moved[rec.Item.ID] = true
			}
			sends = sends || command.draft != nil && command.draft.send
		}
	}
	if len(moved) == 0 && !sends {
		return live
	}
	out := entries{}
	for uid, rec := range live {
		_, before := x.before.entries[c.ID][uid]
		if before || !moved[rec.Item.ID] && !(sends && c.Role == store.Sent) {
			out[uid] = rec
		}
	}
	return out
}

// window lets the device take the commands of the answer, and checks that they are as many as they should be.
func (x *syncCheck) window(o *outcome, v *view, got *node) (commands []*node, more bool, err error) {
	if o.part.noChanges {
		return nil, false, nil
	}
	limit := o.part.window
	if limit == 0 {
		limit = 100
	}
	if len(o.part.commands) > 0 {
		limit = min(limit, 100)
	}
	limit = min(limit, x.left)
	var told []*node
	if n := got.at("AirSync:Commands"); n != nil {
		told = n.kids
	}
	last := 0
	for _, n := range told {
		want, err := v.take(o.state, n)
		if err != nil {
			return nil, false, err
		}
		commands = append(commands, want)
		if ph := phase(n); ph > 1 || last > 1 {
			last = max(last, ph)
		}
	}
	owed := v.owed(o.state)
	more = got.at("AirSync:MoreAvailable") != nil
	x.left -= len(told)
	switch {
	case len(told) > limit:
		return nil, false, fmt.Errorf("%d commands in a window of %d", len(told), limit)
	case !more && len(owed) > 0:
		return nil, false, fmt.Errorf("not told, and no MoreAvailable: %v", owed)
	case more && len(owed) == 0 && !v.lenient(o.state):
		return nil, false, fmt.Errorf("MoreAvailable, but there is nothing more")
	case more && len(told) < limit && o.part.box.singly == 0:
		return nil, false, fmt.Errorf("MoreAvailable with %d commands in a window of %d; to come: %v", len(told), limit, owed)
	case more && len(told) == 0 && limit > 0:
		return nil, false, fmt.Errorf("MoreAvailable without progress")
	}
	v.settle(o.state, told, more)
	return commands, more, nil
}

// lenient reports whether something may be told that the device knows.
func (v *view) lenient(s *state) bool {
	if len(s.leave) > 0 || len(s.gone) > 0 {
		return true
	}
	for id, it := range s.items {
		if rec, live := v.entryOf(id, it); live {
			if _, may := it.news(v.v, rec); may != 0 {
				return true
			}
		}
	}
	return false
}

// step notes the key of an answer: it is new, or that of an answer to the same key that said the same, but for what is
// to come again because it has changed once more since, or what the device has changed itself.
func (x *syncCheck) step(o *outcome, key string, commands []*node, owed map[string]string) error {
	b := o.part.box
	told := []string{"to " + o.part.key}
	for _, n := range commands {
		told = append(told, n.name+" "+n.text("AirSync:ServerId"))
	}
	said := strings.Join(told, ", ")
	before, used := b.used[key]
	if used {
		rest := slices.DeleteFunc(strings.Split(before, ", "), func(one string) bool {
			_, id, _ := strings.Cut(one, " ")
			mine := slices.ContainsFunc(o.part.commands, func(c *command) bool { return c.id == id })
			return !slices.Contains(told, one) && (mine || owed[id] != "")
		})
		before = strings.Join(rest, ", ")
	}
	switch {
	case key == "" || key == "0" || key == o.part.key:
		return fmt.Errorf("key %q in an answer that tells something, to %q", key, o.part.key)
	case used && before != said:
		return fmt.Errorf("key %s was given before, for %q, now for %q", key, before, said)
	case used && !slices.Contains(o.base.next, key):
		return fmt.Errorf("key %s was given before", key)
	case !used:
		o.base.next = append(o.base.next, key)
		o.base.next = o.base.next[max(len(o.base.next)-2, 0):]
	}
	b.used[key] = said
	o.key, o.stepped = key, true
	s := o.state
	s.key, s.next, s.done, s.asked = key, nil, nil, 0
	o.base.later[key] = s
	s.made, s.added = map[string]string{}, map[string]*added{}
	return nil
}

// conclude makes the outcome of a request that of its folders. The server has executed it in any case; arrived says
// whether the device has heard. A request of before (late) is answered to nobody.
func (x *syncCheck) conclude(arrived, late bool) {
	for _, o := range x.outcomes {
		b := o.part.box
		current := o.base == b.state
		if o.base != nil && current && (o.stepped || o.options) {
			b.prev = nil // the server has seen that the key came through
		}
		if o.part.key == "0" && !late {
			b.state, b.prev = newState("0"), nil // the server has begun anew, whether the device hears it or not
		}
		b.singly = max(b.singly-1, 0)
		if !arrived || late {
			continue
		}
		switch {
		case o.state == nil:
			b.forget()
		case o.stepped && o.base != nil:
			b.state, b.prev, b.unsure = o.state, o.base, false
		case o.stepped:
			b.state = o.state
		case o.base != nil && !o.part.noChanges:
			o.state.asked = o.base.asked
			b.state = o.state
		}
	}
}
