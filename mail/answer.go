package mail

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/gannetmail/gannet/store"
)

// Responder makes the automatic answers of the people here to what they receive; package mail/autoreply has
// one. It is safe for concurrent use.
type Responder interface {
	// Prepare decides, before m is delivered to acct, whether it is answered, and stages the answer; nil is
	// no answer. Whatever keeps it from answering is logged, never returned: the delivery counts more.
	Prepare(ctx context.Context, m Incoming, acct store.AccountID) *AutoReply
}

// AutoReply is an automatic answer that is queued if and when the message that it answers is delivered. nil
// is none.
type AutoReply struct {
	Blob store.Staged
	To   string // forward-path
	// Claim notes in the delivery's transaction that the answer is sent; false: another delivery was
	// quicker, or it is not to be sent any more.
	Claim func(store.Tx) (bool, error)
}

// Release gives up the staged answer; what was queued stays.
func (a *AutoReply) Release() {
	if a != nil {
		a.Blob.Release()
	}
}

// PrepareReply asks the service's [Responder], if it has one, for the answer to m of the account acct. The
// caller gives it to [Service.ReplyTx] in the transaction of the delivery, and releases it afterwards.
func (s *Service) PrepareReply(ctx context.Context, m Incoming, acct store.AccountID) (a *AutoReply) {
	if s.responder == nil {
		return nil
	}
	defer func() {
		if v := recover(); v != nil { // in the way of nobody's mail
			s.log.LogAttrs(ctx, slog.LevelError, "panic in an automatic reply",
				slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			a = nil
		}
	}()
	return s.responder.Prepare(ctx, m, acct)
}

// ReplyTx queues an automatic answer in the transaction of the delivery, with the null reverse-path (RFC
// 3834, section 3.3). A failure is logged: the sender goes without the answer, the delivery stands.
func (s *Service) ReplyTx(tx store.Tx, a *AutoReply) {
	if a == nil {
		return
	}
	send, err := a.Claim(tx)
	if err == nil && send {
		err = s.EnqueueTx(tx, a.Blob, store.Queued{Recipient: a.To})
	}
	if err != nil {
		s.log.LogAttrs(context.Background(), slog.LevelWarn, "automatic reply not sent", slog.String("to", a.To), slog.Any("error", err))
	}
}

// OpenIncoming opens the bytes of a message on its way into mailboxes: staged, or stored already. The
// caller closes the result.
func OpenIncoming(ctx context.Context, st store.Store, m Incoming) (store.Blob, error) {
	if m.Blob != nil {
		return staged{m.Blob}, nil
	}
	b, err := st.OpenBlob(ctx, m.Stored)
	if err != nil {
		return nil, fmt.Errorf("open message: %w", err)
	}
	return b, nil
}

// staged is a staged blob as an open one; whoever staged it releases it.
type staged struct{ store.Staged }

// Close implements io.Closer.
func (staged) Close() error { return nil }
