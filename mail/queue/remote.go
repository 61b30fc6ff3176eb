package queue

import (
	"context"
	"io"
)

// relay hands a message to its hop.
func (r *Runner) relay(ctx context.Context, j *job) {
	first := j.rows[0]
	blob, err := r.store.OpenBlob(ctx, first.Blob)
	if err != nil {
		r.o.Log.ErrorContext(ctx, "open queued message", "blob", first.Blob, "error", err)
		r.settle(ctx, j.rows, same(len(j.rows), localError))
		return
	}
	defer blob.Close()
	m := Message{
		Sender: first.Sender, UTF8: first.UTF8, EnvID: first.EnvID, Size: blob.Size(),
		Body: io.NewSectionReader(blob, 0, blob.Size()),
	}
	for _, row := range j.rows {
		m.Recipients = append(m.Recipients, Target{Address: row.Recipient, Notify: row.Notify})
	}
	outcomes := r.send.Send(ctx, *j.hop, m)
	if len(outcomes) != len(j.rows) {
		r.o.Log.ErrorContext(ctx, "transport lost count of recipients", "want", len(j.rows), "got", len(outcomes))
		outcomes = same(len(j.rows), localError)
	}
	r.settle(ctx, j.rows, outcomes)
}
