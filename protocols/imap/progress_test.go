package imap

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestInProgress searches for what must be read for, with a clock on which that takes long: RFC 9585.
func TestInProgress(t *testing.T) {
	var now atomic.Int64
	w := newSite(t, func(o *Options) {
		o.Now = func() time.Time { return time.Unix(now.Add(20), 0) } // 20 seconds each time that somebody looks
	})
	f := w.login(t)
	for range 2 {
		f.do("APPEND INBOX" + strings.Repeat(" {11+}\r\nA: b\r\n\r\nc\r\n", 800))
	}
	f.do("SELECT INBOX")
	told := 0
	for _, line := range f.do(`SEARCH HEADER X-Nothing "nowhere"`) {
		var done, total int
		if n, _ := fmt.Sscanf(string(line), `* OK [INPROGRESS ("t5" %d %d)]`, &done, &total); n == 2 {
			if told++; done > total || total != 1600 {
				t.Errorf("%s", line)
			}
		}
	}
	if told == 0 {
		t.Error("nothing was told of long work")
	}
}
