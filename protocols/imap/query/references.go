package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store/fold"
)

// container is a message at its place in the tree of the algorithm REFERENCES, or one that is only referred to.
type container struct {
	uid      uint32 // 0: a dummy
	sent     time.Time
	subject  string // base subject, folded
	isReply  bool   // the subject says that it answers or forwards
	parent   *container
	children []*container
}

// threader builds the tree.
type threader struct {
	byID map[string]*container
	all  []*container // in the order met, so that the result does not depend on chance
}

// references is the algorithm REFERENCES, RFC 5256 section 3. Its steps have the names that they have there.
func (m *Mailbox) references(ctx context.Context, uids wire.Set) ([]Node, error) {
	t := &threader{byID: make(map[string]*container)}
	err := find.Scan(ctx, m.engine(), uids, find.NeedSummary, t.add) // step 1
	if err != nil {
		return nil, err
	}
	root := &container{}
	for _, c := range t.all { // step 2
		if c.parent == nil {
			root.children = append(root.children, c)
			c.parent = root
		}
	}
	prune(root)         // step 3
	sortTop(root)       // step 4
	mergeSubjects(root) // step 5
	for _, c := range slices.Backward(tree(root)) {
		slices.SortFunc(c.children, compareFirst) // step 6
	}
	return nodes(root), nil
}

// add links a message with those that it refers to.
func (t *threader) add(r *find.Row) {
	env := &r.Head.Envelope
	c := t.container(env.MessageID)
	if c.uid != 0 { // no id, or one that another message has already
		c = &container{}
		t.all = append(t.all, c)
	}
	c.uid, c.sent, c.isReply = r.UID, sentDate(r), env.IsReply()
	c.subject = strings.Clone(fold.String(env.BaseSubject()))
	var last *container
	for _, id := range referred(env) { // 1 A
		ref := t.container(id)
		if last != nil && ref.parent == nil && !ref.above(last) {
			ref.below(last)
		}
		last = ref
	}
	if c.parent == last { // 1 B
		return
	}
	if c.parent != nil {
		c.leave()
	}
	if last != nil && !c.above(last) {
		c.below(last)
	}
}

// referred is the ids of a message's References or, when there are none, the first of In-Reply-To.
func referred(env *mail.Envelope) []string {
	if len(env.References) > 0 {
		return env.References
	}
	return env.InReplyTo[:min(1, len(env.InReplyTo))]
}

// container is that of an id, made when there is none. Without an id it is new.
func (t *threader) container(id string) *container {
	if c, ok := t.byID[id]; ok && id != "" {
		return c
	}
	c := &container{}
	t.all = append(t.all, c)
	if id != "" {
		t.byID[strings.Clone(id)] = c
	}
	return c
}

// above reports whether c is d or has d below it.
func (c *container) above(d *container) bool {
	if c == d {
		return true
	}
	if len(c.children) == 0 {
		return false
	}
	for d = d.parent; d != nil; d = d.parent {
		if d == c {
			return true
		}
	}
	return false
}

func (c *container) below(parent *container) {
	c.parent = parent
	parent.children = append(parent.children, c)
}

func (c *container) leave() {
	siblings := c.parent.children
	i := slices.Index(siblings, c)
	c.parent.children = slices.Delete(siblings, i, i+1)
	c.parent = nil
}

// tree lists a container and all below it, each before those below it. Threads may be too deep for recursion.
func tree(root *container) []*container {
	list := []*container{root}
	for i := 0; i < len(list); i++ {
		list = append(list, list[i].children...)
	}
	return list
}

// prune removes dummies: those without children, and those whose children can take their places.
func prune(root *container) {
	for _, c := range slices.Backward(tree(root)) {
		kept := c.children[:0:0]
		for _, d := range c.children {
			if d.uid == 0 && (len(d.children) == 0 || c != root || len(d.children) == 1) {
				for _, up := range d.children {
					up.parent = c
				}
				kept = append(kept, d.children...)
				continue
			}
			kept = append(kept, d)
		}
		c.children = kept
	}
}

// sortTop orders the threads. The children of a dummy come first, so that the first of them can stand for it.
func sortTop(root *container) {
	for _, c := range root.children {
		if c.uid == 0 {
			slices.SortFunc(c.children, compareFirst)
		}
	}
	slices.SortFunc(root.children, compareFirst)
}

// first is the message that a container stands for: of a dummy its first child.
func (c *container) first() *container {
	for c.uid == 0 && len(c.children) > 0 {
		c = c.children[0]
	}
	return c
}

// compareFirst orders siblings: by sent date, then by sequence number.
func compareFirst(a, b *container) int {
	a, b = a.first(), b.first()
	return cmp.Or(a.sent.Compare(b.sent), cmp.Compare(a.uid, b.uid))
}

// mergeSubjects joins threads of the same base subject.
func mergeSubjects(root *container) {
	table := subjectTable(root)
	kept := root.children[:0:0]
	replaced := make(map[*container]*container) // a message of the table, and the dummy that took its place
	for _, c := range root.children {           // 5 C
		subject := c.first().subject
		old := table[subject]
		switch {
		case replaced[c] != nil, old == nil, old == c:
			kept = append(kept, c)
		case c.uid == 0 && old.uid == 0:
			old.children = append(old.children, c.children...)
		case old.uid == 0, c.isReply && !old.isReply:
			old.children = append(old.children, c)
		default:
			dummy := &container{children: []*container{old, c}}
			replaced[old], table[subject] = dummy, dummy
		}
	}
	for i, c := range kept {
		if dummy, ok := replaced[c]; ok {
			kept[i] = dummy
		}
	}
	root.children = kept
}

// subjectTable finds for each base subject the thread that others join, step 5 B.
func subjectTable(root *container) map[string]*container {
	table := make(map[string]*container)
	for _, c := range root.children {
		subject := c.first().subject
		if subject == "" {
			continue
		}
		old, ok := table[subject]
		if !ok || old.uid != 0 && (c.uid == 0 || old.isReply && !c.isReply) {
			table[subject] = c
		}
	}
	return table
}

// nodes turns what is below the root into the result.
func nodes(root *container) []Node {
	list := tree(root)
	made := make(map[*container][]Node, len(list))
	for _, c := range slices.Backward(list) {
		var replies []Node
		for _, d := range c.children {
			replies = append(replies, Node{UID: d.uid, Replies: made[d]})
			delete(made, d)
		}
		made[c] = replies
	}
	return made[root]
}
