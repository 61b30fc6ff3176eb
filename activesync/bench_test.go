package activesync

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/mail"
)

// benchRig is a rig for a benchmark.
func benchRig(b *testing.B, size int) (r *rig, inbox string) {
	b.Helper()
	r = newRig(b, func(o *Options) { o.Log, o.Limits.Rate = nil, -1 })
	in, err := mail.Ingest(b.Context(), r.st, strings.NewReader(crlf(fmt.Sprintf(plainMessage, 1, 1)+strings.Repeat("A line of text.\n", 300))), 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(in.Blob.Release)
	r.addMany(b, in, size)
	return r, r.fill(0)
}

// anyKey finds the SyncKey in an answer.
var anyKey = regexp.MustCompile(`k[0-9a-f]{16}-[0-9]+`)

// BenchmarkFirstSync synchronises 2,000 messages of 5 KB from the start, with bodies cut at 2 KB.
func BenchmarkFirstSync(b *testing.B) {
	const size = 2000
	r, inbox := benchRig(b, size)
	options := []string{`AirSync:WindowSize "512"`, "AirSync:Options", ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "1"`, `>>AirSyncBase:TruncationSize "2048"`}
	var bytes int64
	n := 0
	for b.Loop() {
		n++
		device := fmt.Sprint("bench", n)
		key := r.prime(b, call{device: device}, inbox)
		for {
			rec := httptest.NewRecorder()
			r.ServeHTTP(rec, r.request(call{cmd: "Sync", device: device, body: syncOne(inbox, key, options)}))
			bytes += int64(rec.Body.Len())
			if key = anyKey.FindString(rec.Body.String()); key == "" {
				break
			}
		}
	}
	b.ReportMetric(float64(size*n)/b.Elapsed().Seconds(), "items/s")
	b.ReportMetric(float64(bytes)/float64(n)/size, "B/item")
}

// BenchmarkEmptySync asks when there is nothing new.
func BenchmarkEmptySync(b *testing.B) {
	r, inbox := benchRig(b, 2000)
	key := r.whole(b, call{}, inbox, r.prime(b, call{}, inbox))
	body := syncOne(inbox, key, nil)
	for b.Loop() {
		if a := r.do(call{cmd: "Sync", body: body}); len(a.body) != 0 {
			b.Fatal(a.dump)
		}
	}
}
