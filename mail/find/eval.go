package find

import (
	"context"
	"fmt"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/uidset"
)

// evaluator is one program at work.
type evaluator struct {
	*Mailbox
	only   *store.Record // the one message that is asked about; nil: those of the mailbox
	scores map[uint32]uint8

	done, total uint32 // messages looked at, and to look at
}

func newEvaluator(m *Mailbox) *evaluator { return &evaluator{Mailbox: m} }

// eval finds which of some messages a key names.
func (e *evaluator) eval(ctx context.Context, n *node, within uidset.Set) (uidset.Set, error) {
	if len(within) == 0 {
		return nil, nil
	}
	switch n.op {
	case nodeEvery:
		return within, nil
	case nodeSet:
		return within.Intersect(n.set), nil
	case nodeRow:
		return e.rows(ctx, n, within)
	case nodeText:
		return e.text(ctx, n.text, within)
	case nodeFuzzy:
		return e.fuzzy(ctx, n.fuzz, within)
	case nodeThread:
		return e.thread(ctx, n.thread, within)
	case nodeNot:
		found, err := e.eval(ctx, n.kids[0], within)
		return within.Minus(found), err
	case nodeOr:
		return e.either(ctx, n.kids, within)
	}
	return e.all(ctx, n.kids, within)
}

// all finds what several keys name, each among what those before it have left.
func (e *evaluator) all(ctx context.Context, kids []*node, within uidset.Set) (found uidset.Set, err error) {
	for len(kids) > 0 && len(within) > 0 {
		n := 0
		for n < len(kids) && kids[n].op == nodeText && kids[n].text.piece != "" {
			n++
		}
		if n > 1 && e.only == nil && within.Len() > fewSummaries {
			within, err = e.texts(ctx, kids[:n], within)
			kids = kids[n:]
		} else {
			within, err = e.eval(ctx, kids[0], within)
			kids = kids[1:]
		}
		if err != nil {
			return nil, err
		}
	}
	return within, nil
}

func (e *evaluator) either(ctx context.Context, kids []*node, within uidset.Set) (found uidset.Set, err error) {
	for _, kid := range kids {
		more, err := e.eval(ctx, kid, within)
		if err != nil {
			return nil, err
		}
		found = found.Union(more)
		within = within.Minus(more)
	}
	return found, nil
}

// rows finds by looking at each message's row.
func (e *evaluator) rows(ctx context.Context, n *node, within uidset.Set) (uidset.Set, error) {
	var found collector
	err := e.scan(ctx, within, n.need, func(r *Row) {
		if n.test(r) {
			found.add(r.UID)
		}
	})
	return found.set, err
}

// thread finds what belongs to a conversation.
func (e *evaluator) thread(ctx context.Context, id store.ThreadID, within uidset.Set) (uidset.Set, error) {
	if e.only != nil {
		if e.only.Item.Thread != id {
			return nil, nil
		}
		return within, nil
	}
	var uids []uint32
	err := e.View(ctx, func(r store.Reader) error {
		for rec, err := range r.Thread(id, store.WantEntry) {
			if err != nil {
				return fmt.Errorf("read conversation: %w", err)
			}
			if rec.Collection == e.Collection {
				uids = append(uids, uint32(rec.UID))
			}
		}
		return nil
	})
	return within.Intersect(uidset.Of(uids)), err
}

// collector makes a set of rising numbers.
type collector struct{ set uidset.Set }

func (c *collector) add(n uint32) {
	if last := len(c.set) - 1; last >= 0 && c.set[last].Last+1 == n {
		c.set[last].Last = n
		return
	}
	c.set = append(c.set, uidset.Range{First: n, Last: n})
}
