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

// newBody begins to count the time: a body that no command reads is still read by the server, to its end.
func newBody(r io.ReadCloser, control *http.ResponseController, l Limits) *body {
	b := &body{r: r, control: control, idle: l.BodyIdle, limit: l.MaxBody}
	b.expect()
	return b
}

// expect gives the client time for the next piece. Not every server can; then there is no limit.
func (b *body) expect() { b.control.SetReadDeadline(time.Now().Add(b.idle)) }

// hold takes the limit off while nobody reads: a request that waits must not end by it.
func (b *body) hold() { b.control.SetReadDeadline(time.Time{}) }

// Read implements io.Reader. Beyond the limit it returns an *http.MaxBytesError.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if left := b.limit + 1 - b.read; int64(len(p)) > left {
		p = p[:left]
	}
	b.expect()
	n, err := b.r.Read(p)
	b.read += int64(n)
	if b.read > b.limit {
		n, err = n-1, &http.MaxBytesError{Limit: b.limit}
	}
	if err == io.EOF {
		b.hold()
	}
	b.err = err
	return n, err
}

// drain passes over what is left, so that the server notices when a client that waits goes away.
func (b *body) drain() {
	io.Copy(io.Discard, b)
}
