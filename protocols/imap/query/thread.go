package query

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/find"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store/fold"
)

// Node is a message in a thread with those that answer it.
type Node struct {
	UID     uint32 // 0: a message that is not here, but whose answers are
	Replies []Node
}

// ErrAlgorithm says that threads are not made in the way that was asked for.
var ErrAlgorithm = errors.New("unknown algorithm of THREAD")

// Thread finds the messages that a program names and puts them in threads, RFC 5256 section 3. algorithm is
// "ORDEREDSUBJECT" or "REFERENCES"; any other is ErrAlgorithm. Memory grows with what is found. Threads may be as deep as
// there are messages.
func Thread(ctx context.Context, m *Mailbox, algorithm string, program wire.Key) ([]Node, error) {
	arrange := m.references
	switch algorithm {
	case "REFERENCES":
	case "ORDEREDSUBJECT":
		arrange = m.orderedSubject
	default:
		return nil, ErrAlgorithm
	}
	found, err := m.find(ctx, program)
	if err != nil {
		return nil, err
	}
	return arrange(ctx, found.UIDs)
}

// orderedSubject makes a thread of the messages of each base subject: the first, and the others as answers to it.
func (m *Mailbox) orderedSubject(ctx context.Context, uids wire.Set) ([]Node, error) {
	type message struct {
		uid     uint32
		subject string
		sent    time.Time
	}
	list := make([]message, 0, uids.Len())
	err := find.Scan(ctx, m.engine(), uids, find.NeedSummary, func(r *find.Row) {
		subject := strings.Clone(fold.String(r.Head.Envelope.BaseSubject()))
		list = append(list, message{r.UID, subject, sentDate(r)})
	})
	if err != nil {
		return nil, err
	}
	byDate := func(a, b message) int { return cmp.Or(a.sent.Compare(b.sent), cmp.Compare(a.uid, b.uid)) }
	slices.SortFunc(list, byDate)
	place := make(map[string]int)
	var threads []Node // in the order of their first messages
	for _, msg := range list {
		if i, ok := place[msg.subject]; ok {
			threads[i].Replies = append(threads[i].Replies, Node{UID: msg.uid})
			continue
		}
		place[msg.subject] = len(threads)
		threads = append(threads, Node{UID: msg.uid})
	}
	return threads, nil
}
