package find

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/fold"
	"github.com/gannetmail/gannet/store/uidset"
)

// textKey is a text to look for where the index knows of it, or in the bytes of messages. Either test or look tells of one
// message for certain.
type textKey struct {
	field store.Field // in which the index looks for
	piece string      // what must be there, folded; empty: the index is no help
	exact bool        // what the index is sure of is found
	test  func(*Row) bool
	look  func(*letter) (bool, error)
}

func (k *textKey) node() *node {
	switch {
	case k.piece == "" && k.test != nil:
		return rowNode(NeedSummary, k.test)
	case k.piece == "":
		return &node{op: nodeText, rank: rankBytes, text: k}
	}
	return &node{op: nodeText, rank: rankIndex, text: k}
}

// fewSummaries is up to how many summaries are read rather than to ask the index.
const fewSummaries = 100

func (e *evaluator) text(ctx context.Context, k *textKey, within uidset.Set) (found uidset.Set, err error) {
	open := within
	if e.only == nil && k.piece != "" && (k.test == nil || within.Len() > fewSummaries) {
		if found, open, err = e.index(ctx, k, within); err != nil {
			return nil, err
		}
	}
	more, err := e.verify(ctx, k, open)
	return found.Union(more), err
}

// verify looks at messages for a text.
func (e *evaluator) verify(ctx context.Context, k *textKey, open uidset.Set) (uidset.Set, error) {
	switch {
	case len(open) == 0:
		return nil, nil
	case k.test != nil:
		return e.rows(ctx, rowNode(NeedSummary, k.test), open)
	}
	return e.letters(ctx, open, k.look)
}

// texts finds what has several texts. The index is asked for all of them before a message is looked at for any, and what
// summaries tell is looked at before what only the messages do.
func (e *evaluator) texts(ctx context.Context, kids []*node, within uidset.Set) (uidset.Set, error) {
	type answer struct {
		*textKey
		sure, open uidset.Set
	}
	answers := make([]answer, len(kids))
	for i, kid := range kids {
		sure, open, err := e.index(ctx, kid.text, within)
		if err != nil {
			return nil, err
		}
		answers[i] = answer{kid.text, sure, open}
		if within = sure.Union(open); len(within) == 0 {
			return nil, nil
		}
	}
	slices.SortStableFunc(answers, func(a, b answer) int { return cmp.Compare(a.effort(), b.effort()) })
	for _, a := range answers {
		more, err := e.verify(ctx, a.textKey, a.open.Intersect(within))
		if err != nil {
			return nil, err
		}
		within = a.sure.Intersect(within).Union(more)
	}
	return within, nil
}

// effort orders texts by what it costs to look at a message for them.
func (k *textKey) effort() int {
	if k.test != nil {
		return 0
	}
	return 1
}

// index asks the index which messages have the text, and of which it can't tell.
func (e *evaluator) index(ctx context.Context, k *textKey, within uidset.Set) (sure, open uidset.Set, err error) {
	var certain, possible collector
	err = e.View(ctx, func(r store.Reader) error {
		for hit, err := range r.Containing(e.Collection, k.field, k.piece) {
			if err != nil {
				return fmt.Errorf("ask the index: %w", err)
			}
			if hit.Sure && k.exact {
				certain.add(uint32(hit.UID))
			} else {
				possible.add(uint32(hit.UID))
			}
		}
		return nil
	})
	return within.Intersect(certain.set), within.Intersect(possible.set), err
}

// needle is a text to look for.
type needle struct {
	folded string
	raw    bool // it seems to hold an encoded word: what was sent is looked at too
}

func newNeedle(text string) needle {
	return needle{folded: fold.String(text), raw: strings.Contains(text, "=?")}
}

// longText is from where on a text is folded piece by piece.
const longText = 64 << 10

// in reports whether the text contains the needle.
func (n needle) in(text string) bool {
	if len(text) <= longText {
		return strings.Contains(fold.String(text), n.folded)
	}
	f := fold.NewFinder(n.folded)
	for len(text) > 0 && !f.Found() {
		k := min(len(text), longText)
		_, _ = f.Write([]byte(text[:k])) // never fails
		text = text[k:]
	}
	return f.Found()
}

func (n needle) inAny(texts ...string) bool {
	for _, t := range texts {
		if n.in(t) {
			return true
		}
	}
	return false
}

// inValue reports whether the value of a field contains the needle, decoded or, where it asks for that, as sent.
func (n needle) inValue(value []byte, charset string) bool {
	return n.in(mail.DecodeText(value, charset)) || n.raw && n.in(string(value))
}

// marksOfLists are what stands between and around the parts of addresses, where the index has none of it.
const marksOfLists = "<>\"\\,;:()"

// hasMarks reports whether the needle may span parts of an address.
func (n needle) hasMarks() bool { return strings.ContainsAny(n.folded, marksOfLists) }

// piece is the longest part of the needle that lies inside one part of an address.
func (n needle) piece() string {
	longest := ""
	for part := range strings.FieldsFuncSeq(n.folded, func(r rune) bool { return strings.ContainsRune(marksOfLists, r) }) {
		if part = strings.TrimSpace(part); len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// bodyNode plans BODY.
func bodyNode(text string) *node {
	n := newNeedle(text)
	if n.folded == "" {
		return everyNode()
	}
	k := &textKey{field: store.BodyField, piece: n.folded, exact: true, look: func(l *letter) (bool, error) {
		return n.in(l.searchText().Body), nil
	}}
	return k.node()
}

// textNode plans TEXT: the index knows the parts of addresses one by one, so a text that may span several is also looked
// for in the addresses.
func textNode(text string) *node {
	n := newNeedle(text)
	if n.folded == "" {
		return everyNode()
	}
	k := &textKey{field: store.AnyField, piece: n.folded, exact: true, look: func(l *letter) (bool, error) { return l.hasText(n) }}
	if n.raw {
		k.piece = ""
	}
	if !n.hasMarks() || n.raw {
		return k.node()
	}
	return join(nodeOr, []*node{k.node(), addressNode("FROM", n), addressNode("SENDER", n), recipientsNode(n)})
}

// attachmentNode plans a text in the names of attachments.
func attachmentNode(text string) *node {
	n := newNeedle(text)
	if n.folded == "" {
		return rowNode(NeedSummary, func(r *Row) bool { return r.Head.Flags.Has(mail.HasAttachments) })
	}
	k := &textKey{field: store.AttachmentField, piece: n.folded, exact: true, look: func(l *letter) (bool, error) {
		return n.in(l.searchText().Attachments), nil
	}}
	return k.node()
}
