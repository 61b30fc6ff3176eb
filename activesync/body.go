package activesync

import (
	"io"
	"net/http"
	"time"
)

// A body is what a client sends: no longer than limit, each piece of it in its own time.
type body struct {
	r       io.ReadCloser
	control *http.ResponseController
	idle    time.Duration
	limit   int64
	read    int64
	err     error // the first; io.EOF included
}

func newBody(r io.ReadCloser, control *http.ResponseController, l Limits) *body {
	return &body{r: r, control: control, idle: l.BodyIdle, limit: l.MaxBody}
}

// Read implements io.Reader. Beyond the limit it returns an *http.MaxBytesError.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if left := b.limit + 1 - b.read; int64(len(p)) > left {
		p = p[:left]
	}
	b.control.SetReadDeadline(time.Now().Add(b.idle)) // not every server can; then there is none
	n, err := b.r.Read(p)
	b.read += int64(n)
	if b.read > b.limit {
		n, err = n-1, &http.MaxBytesError{Limit: b.limit}
	}
	if err != nil {
		b.err = err
		b.control.SetReadDeadline(time.Time{}) // a request that waits must not end by it
	}
	return n, err
}

// drain passes over what is left, so that the server notices when a client that waits goes away.
func (b *body) drain() {
	io.Copy(io.Discard, b)
}

// hold takes the time limit off the body while nobody reads it.
func (b *body) hold() { b.control.SetReadDeadline(time.Time{}) }
