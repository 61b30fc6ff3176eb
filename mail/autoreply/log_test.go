package autoreply

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestReasons: whoever asks for it is told why nobody was answered, of accounts that answer.
func TestReasons(t *testing.T) {
	var log bytes.Buffer
	r := newRig(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r.answers(note("Precedence: bulk"))
	if log.Len() != 0 {
		t.Errorf("of somebody who is not away: %s", log.String())
	}
	r.set(r.alice, away("gone"))
	for _, tt := range []struct{ header, want string }{
		{"Precedence: bulk", "from a list"}, {"X-Loop: x", "x-loop"}, {"", ""}, {"", "the sender has heard already"},
	} {
		log.Reset()
		r.answers(strings.TrimPrefix(note(tt.header), "\r\n"))
		if got := log.String(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%q: %s; want %q", tt.header, got, tt.want)
		}
	}
}
