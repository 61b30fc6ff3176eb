package sqlite_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/store/storetest"
)

// openBench opens a store that is not checked at the end: that would be measured too.
func openBench(b *testing.B) (*sqlite.Store, store.Account, store.Collection) {
	b.Helper()
	s, err := sqlite.Open(context.Background(), b.TempDir(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	a := storetest.Account(b, s, "alice@example.test")
	return s, a, storetest.Role(b, s, a.ID, store.Inbox)
}

// callers runs fn b.N times in so many goroutines and returns how many a second.
func callers(b *testing.B, n int, fn func(i int) error) float64 {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	start := time.Now()
	for range n {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				if err := fn(int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	return float64(b.N) / time.Since(start).Seconds()
}

// rawRate is what the file system allows: callers hand records to one goroutine, which appends what
// waits, syncs once, and answers.
func rawRate(b *testing.B, n, size int) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	queue := make(chan chan struct{}, 1024)
	go func() {
		record := make([]byte, size)
		for first := range queue {
			batch := []chan struct{}{first}
			for len(batch) < 256 && len(queue) > 0 {
				batch = append(batch, <-queue)
			}
			for range batch {
				f.Write(record)
			}
			f.Sync()
			for _, done := range batch {
				close(done)
			}
		}
	}()
	defer close(queue)
	var wg sync.WaitGroup
	var count atomic.Int64
	end := time.Now().Add(500 * time.Millisecond)
	for range n {
		wg.Go(func() {
			for time.Now().Before(end) {
				done := make(chan struct{})
				queue <- done
				<-done
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / 0.5
}

// BenchmarkUpdate is a small durable write, beside what the file system allows.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", n), func(b *testing.B) {
			s, a, _ := openBench(b)
			raw := rawRate(b, n, 200)
			err := s.Update(context.Background(), a.ID, func(tx store.Tx) error { return tx.PutDevice(store.Device{ID: "d"}) })
			if err != nil {
				b.Fatal(err)
			}
			rate := callers(b, n, func(i int) error {
				return s.Update(context.Background(), a.ID, func(tx store.Tx) error {
					return tx.PutState("d", fmt.Sprint("key", i%1000), []byte("some small value"))
				})
			})
			b.ReportMetric(rate, "updates/s")
			b.ReportMetric(rate/raw, "of-raw")
		})
	}
}

// BenchmarkAdd delivers 5 KB messages with summary and text, from 64 callers.
func BenchmarkAdd(b *testing.B) {
	for _, indexed := range []bool{true, false} {
		b.Run(fmt.Sprintf("text=%v", indexed), func(b *testing.B) {
			s, a, in := openBench(b)
			raw := rawRate(b, 64, 5000)
			bodies := make([]string, 512)
			for i := range bodies {
				bodies[i] = body(i, 5000)
			}
			var worst atomic.Int64
			cpu := cpuTime()
			rate := callers(b, 64, func(i int) error {
				n := message(i, "")
				if indexed {
					n = message(i, bodies[i%512][:3000])
				}
				w, err := s.NewBlob(context.Background())
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%d %s", i, bodies[i%512])
				blob, err := w.Finish()
				if err != nil {
					return err
				}
				defer blob.Release()
				n.Blob = blob
				start := time.Now()
				err = s.Update(context.Background(), a.ID, func(tx store.Tx) error { _, err := tx.Add(in.ID, n); return err })
				for took := int64(time.Since(start)); ; {
					old := worst.Load()
					if took <= old || worst.CompareAndSwap(old, took) {
						return err
					}
				}
			})
			b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-us/op")
			b.ReportMetric(rate, "messages/s")
			b.ReportMetric(rate/raw, "of-raw")
			b.ReportMetric(float64(worst.Load())/1e6, "worst-ms")
		})
	}
}

// cpuTime is what this process has used so far; on a busy machine it says more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func message(i int, text string) store.NewItem {
	id := fmt.Sprintf("%d@example.test", i)
	n := store.NewItem{
		Received: time.UnixMilli(1.7e12 + int64(i)*1000), Summary: make([]byte, 1000),
		Refs: store.Refs{MessageID: id, References: []string{fmt.Sprintf("%d@example.test", i&^7)}, Subject: "s"},
	}
	if text != "" {
		n.Text = store.Text{Subject: "Subject of " + id, From: "Ann Sender ann@example.test", To: "alice@example.test", Body: text}
	}
	return n
}

// body is text of about so many bytes in words of a vocabulary of 20,000, few of them often.
func body(seed, size int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	var b strings.Builder
	for b.Len() < size {
		fmt.Fprintf(&b, "w%x ", int(r.ExpFloat64()*2500)%20000*7919)
	}
	return b.String()
}

// openLarge opens a store with a collection of 100,000 entries.
func openLarge(b *testing.B) (*sqlite.Store, store.Account, store.Collection) {
	b.Helper()
	s, a, in := openBench(b)
	blob := storetest.Stage(b, s, []byte("one for all"))
	for i := 0; i < 100_000; i += 500 {
		err := s.Update(context.Background(), a.ID, func(tx store.Tx) error {
			for k := i; k < i+500; k++ {
				n := message(k, "")
				n.Blob, n.Text.Body = blob, body(k, 60)
				if _, err := tx.Add(in.ID, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	s.Settle(b)
	return s, a, in
}

// BenchmarkWindow reads windows out of a collection of 100,000.
func BenchmarkWindow(b *testing.B) {
	s, a, in := openLarge(b)
	small := storetest.Account(b, s, "small@example.test")
	storetest.Add(b, s, small.ID, storetest.Role(b, s, small.ID, store.Inbox).ID, []byte("x"), store.NewItem{Text: store.Text{Body: "w0"}})
	s.Settle(b)
	windows := []struct {
		name string
		size int
		read func(r store.Reader, i int) (n int)
	}{
		{"newest-512", 512, func(r store.Reader, i int) (n int) {
			before := store.Age{Received: time.UnixMilli(1.7e12 + int64(i*7919%99_000+1000)*1000)}
			for range r.Newest(in.ID, before, store.Age{}, store.WantSummary) {
				if n++; n == 512 {
					break
				}
			}
			return n
		}},
		{"changes-100", 100, func(r store.Reader, i int) (n int) {
			for range r.Changes(in.ID, store.After(store.ModSeq(i%200+1)), store.WantItem) {
				if n++; n == 100 {
					break
				}
			}
			return n
		}},
		{"changes-none", 0, func(r store.Reader, i int) (n int) {
			for range r.Changes(in.ID, store.After(1<<40), store.WantItem) {
				n++
			}
			return n
		}},
		{"flags-100000", 100_000, func(r store.Reader, i int) (n int) {
			for range r.ByUID(in.ID, 1, store.MaxUID, store.WantItem) {
				n++
			}
			return n
		}},
		{"search-common-50", 50, func(r store.Reader, i int) (n int) {
			for range r.Search(store.Query{Terms: []store.Term{{Words: fmt.Sprintf("w%x", i%20*7919)}}}, store.WantItem) {
				if n++; n == 50 {
					break
				}
			}
			return n
		}},
	}
	b.Run("search-beside", func(b *testing.B) { // in a small account, for a word that the large one is full of
		for b.Loop() {
			err := s.View(context.Background(), small.ID, func(r store.Reader) error {
				n := 0
				for range r.Search(store.Query{Terms: []store.Term{{Words: "w0"}}}, store.WantItem) {
					n++
				}
				if n != 1 {
					b.Fatalf("%d found; want 1", n)
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, w := range windows {
		b.Run(w.name, func(b *testing.B) {
			read := 0
			for i := 0; b.Loop(); i++ {
				err := s.View(context.Background(), a.ID, func(r store.Reader) error {
					read += w.read(r, i)
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkWake has 5,000 waiters of as many accounts' worth of devices wait for one account.
func BenchmarkWake(b *testing.B) {
	const waiters = 5000
	s, a, _ := openBench(b)
	var woken sync.WaitGroup
	var ready sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	woken.Add(waiters)
	ready.Add(waiters)
	n, err := s.ModSeq(a.ID)
	if err != nil {
		b.Fatal(err)
	}
	for range waiters {
		all.Go(func() {
			ready.Done()
			for at := n; ; {
				next, err := s.Wait(ctx, a.ID, at)
				if err != nil {
					return
				}
				at = next
				woken.Done()
			}
		})
	}
	ready.Wait()
	for b.Loop() {
		err := s.Update(context.Background(), a.ID, func(tx store.Tx) error { _, err := tx.ModSeq(); return err })
		if err != nil {
			b.Fatal(err)
		}
		woken.Wait()
		woken.Add(waiters)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/waiters, "ns/waiter")
	cancel()
	all.Wait()
}

// BenchmarkBlob writes, reads and reads a range of 20 MB.
func BenchmarkBlob(b *testing.B) {
	const size = 20 << 20
	s, a, in := openBench(b)
	kinds := map[string][]byte{"text": []byte(body(1, size)), "noise": make([]byte, size)}
	for i := range kinds["noise"] {
		kinds["noise"][i] = byte(rand.Uint32())
	}
	for _, kind := range []string{"text", "noise"} {
		data := kinds[kind]
		var id store.BlobID
		b.Run(kind+"/write", func(b *testing.B) {
			b.SetBytes(size)
			for i := 0; b.Loop(); i++ {
				data[0] = byte(i)
				w, err := s.NewBlob(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				w.Write(data)
				blob, err := w.Finish()
				if err != nil {
					b.Fatal(err)
				}
				err = s.Update(context.Background(), a.ID, func(tx store.Tx) error {
					_, err := tx.Add(in.ID, store.NewItem{Blob: blob})
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				id = blob.ID()
				blob.Release()
			}
		})
		blob, err := s.OpenBlob(context.Background(), id)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(kind+"/read", func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if n, err := io.Copy(io.Discard, io.NewSectionReader(blob, 0, size)); n != size || err != nil {
					b.Fatal(n, err)
				}
			}
		})
		b.Run(kind+"/range", func(b *testing.B) {
			part := make([]byte, 4096)
			for i := 0; b.Loop(); i++ {
				if _, err := blob.ReadAt(part, int64(i*7919*4096%(size-4096))); err != nil {
					b.Fatal(err)
				}
			}
		})
		blob.Close()
	}
}
