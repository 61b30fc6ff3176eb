package queue

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// maxHeader is how much of the original's header a notice carries at most.
const maxHeader = 64 << 10

// notice is a report to a sender, staged and ready to be queued. nil is none.
type notice struct {
	staged store.Staged
	to     string
}

// enqueue queues the notice with the null reverse-path, so that nothing is ever sent in answer to it.
func (n *notice) enqueue(tx store.Tx, m *mail.Service) error {
	if n == nil {
		return nil
	}
	return m.EnqueueTx(tx, n.staged, store.Queued{Recipient: n.to})
}

func (n *notice) release() {
	if n != nil {
		n.staged.Release()
	}
}

// notices makes the reports that the verdicts on one message call for.
func (r *Runner) notices(ctx context.Context, verdicts []verdict) ([]*notice, error) {
	var failed, delayed, relayed []verdict
	for _, v := range verdicts {
		switch {
		case v.keep && v.warn && wants(v.row, "DELAY"):
			delayed = append(delayed, v)
		case v.keep:
		case v.outcome.Failed && wants(v.row, "FAILURE"):
			failed = append(failed, v)
		case v.outcome.Relayed && wants(v.row, "SUCCESS"):
			relayed = append(relayed, v)
		}
	}
	var all []*notice
	for _, part := range []struct {
		action   string
		verdicts []verdict
	}{{"failed", failed}, {"delayed", delayed}, {"relayed", relayed}} {
		n, err := r.notice(ctx, part.action, part.verdicts)
		if err != nil {
			return all, err
		}
		if n != nil {
			all = append(all, n)
		}
	}
	return all, nil
}

// successNotice reports a delivery to mailboxes here, if that was asked for. One that cannot be made is
// logged and left out: the delivery counts more.
func (r *Runner) successNotice(ctx context.Context, rows []store.Queued, action string) *notice {
	var done []verdict
	for _, row := range rows {
		if wants(row, "SUCCESS") {
			done = append(done, verdict{row: row, outcome: Outcome{Status: "2.0.0"}})
		}
	}
	n, err := r.notice(ctx, action, done)
	if err != nil {
		r.o.Log.ErrorContext(ctx, "make notice", "error", err)
		return nil
	}
	return n
}

// wants reports whether the row's sender is to hear of an event: SUCCESS, FAILURE or DELAY. Without a
// word from the sender it is failures and delays, RFC 3461 section 4.1.
func wants(row store.Queued, event string) bool {
	switch {
	case row.Sender == "":
		return false
	case row.Notify == "":
		return event != "SUCCESS"
	}
	for word := range strings.SplitSeq(row.Notify, ",") {
		if word == event {
			return true
		}
	}
	return false
}

// notice stages one report on recipients of the same message; none for no verdicts.
func (r *Runner) notice(ctx context.Context, action string, verdicts []verdict) (*notice, error) {
	if len(verdicts) == 0 {
		return nil, nil
	}
	first := verdicts[0].row
	if _, err := address.Canonical(first.Sender); err != nil {
		r.o.Log.LogAttrs(ctx, slog.LevelWarn, "no notice", slog.Any("error", err))
		return nil, nil
	}
	header, original, err := r.original(ctx, first.Blob)
	if err != nil {
		r.o.Log.LogAttrs(ctx, slog.LevelWarn, "header for notice", slog.Any("error", err))
	}
	info := mail.NoticeInfo{
		Hostname: r.mail.Hostname(), To: first.Sender, EnvID: first.EnvID, Arrived: first.Created, Now: r.o.Now(),
		Subject: original.Subject, ReplyTo: original.MessageID, OriginalHeader: bytes.NewReader(header),
	}
	for _, v := range verdicts {
		info.Failures = append(info.Failures, v.failure(action))
	}
	w, err := r.store.NewBlob(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin notice: %w", err)
	}
	defer w.Abort() // does nothing after Finish
	if err := mail.Notice(w, info); err != nil {
		return nil, fmt.Errorf("write notice: %w", err)
	}
	staged, err := w.Finish()
	if err != nil {
		return nil, fmt.Errorf("stage notice: %w", err)
	}
	return &notice{staged: staged, to: first.Sender}, nil
}

// failure is the notice's word on one recipient.
func (v verdict) failure(action string) mail.NoticeFailure {
	f := mail.NoticeFailure{Recipient: v.row.Recipient, Action: action, Status: v.outcome.Status, RemoteMTA: v.outcome.Remote}
	if v.outcome.Remote != "" {
		f.Diagnostic = v.outcome.Error() // the words of the other server
	} else {
		f.Reason = v.outcome.Text
	}
	if v.keep {
		f.RetryUntil = v.row.Expires
	}
	return f
}

// original reads the header of a stored message, with the empty line that ends it, and what it says.
func (r *Runner) original(ctx context.Context, id store.BlobID) ([]byte, mail.Envelope, error) {
	blob, err := r.store.OpenBlob(ctx, id)
	if err != nil {
		return nil, mail.Envelope{}, err
	}
	defer blob.Close()
	header, err := io.ReadAll(io.NewSectionReader(blob, 0, min(blob.Size(), maxHeader)))
	if err != nil {
		return nil, mail.Envelope{}, err
	}
	if end := bytes.Index(header, []byte("\r\n\r\n")); end >= 0 {
		header = header[:end+4]
	}
	s, err := mail.Parse(bytes.NewReader(header))
	if err != nil {
		return header, mail.Envelope{}, err
	}
	return header, s.Envelope, nil
}
