package smtp

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	benchConns = 10
	benchSize  = 5 << 10
)

// BenchmarkDelivery measures durable delivery of messages of 5 KB over 10 connections to one mailbox each,
// pipelined as MTAs do. Beside messages/s and the CPU time of each (server and clients together) it
// reports the ratio to a bare group commit of the same bytes on the same file system in the same run.
func BenchmarkDelivery(b *testing.B) {
	w := newWorld(b)
	addr := w.serve(Options{MaxPerAddress: 100})
	clients := make([]*benchClient, benchConns)
	for i := range clients {
		clients[i] = dialBench(b, addr)
	}
	bare := bareGroupCommit(b, 300*time.Millisecond)
	var left atomic.Int64
	var slowest atomic.Int64
	left.Store(int64(b.N))
	cpu := cpuTime()
	b.ResetTimer()
	var running sync.WaitGroup
	for _, c := range clients {
		running.Go(func() {
			for left.Add(-1) >= 0 {
				begin := time.Now()
				if err := c.deliver(); err != nil {
					b.Error(err)
					return
				}
				took := int64(time.Since(begin))
				for old := slowest.Load(); took > old && !slowest.CompareAndSwap(old, took); old = slowest.Load() {
				}
			}
		})
	}
	running.Wait()
	b.StopTimer()
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "msgs/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/1000/float64(b.N), "cpu-ms/msg")
	b.ReportMetric(rate/bare, "of-bare-group-commit")
	b.ReportMetric(float64(slowest.Load())/1e6, "slowest-ms")
}

// bareGroupCommit is how many records of the size a second one file takes durably from as many writers:
// whatever waits is written and synced together.
func bareGroupCommit(b *testing.B, during time.Duration) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	type record struct {
		data []byte
		done chan struct{}
	}
	queue := make(chan record, benchConns)
	var written sync.WaitGroup
	written.Go(func() {
		for first := range queue {
			batch := []record{first}
			for more := true; more; {
				select {
				case r, ok := <-queue:
					if more = ok; ok {
						batch = append(batch, r)
					}
				default:
					more = false
				}
			}
			for _, r := range batch {
				if _, err := f.Write(r.data); err != nil {
					b.Error(err)
				}
			}
			if err := f.Sync(); err != nil {
				b.Error(err)
			}
			for _, r := range batch {
				r.done <- struct{}{}
			}
		}
	})
	var count atomic.Int64
	var writers sync.WaitGroup
	begin := time.Now()
	for range benchConns {
		writers.Go(func() {
			r := record{make([]byte, benchSize), make(chan struct{})}
			for time.Since(begin) < during {
				queue <- r
				<-r.done
				count.Add(1)
			}
		})
	}
	writers.Wait()
	took := time.Since(begin)
	close(queue)
	written.Wait()
	return float64(count.Load()) / took.Seconds()
}

type benchClient struct {
	conn net.Conn
	r    *bufio.Reader
	rng  *rand.Rand
	n    int
}

func dialBench(b *testing.B, addr string) *benchClient {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := &benchClient{conn: conn, r: bufio.NewReader(conn), rng: rand.New(rand.NewPCG(1, uint64(conn.LocalAddr().(*net.TCPAddr).Port)))}
	if err := c.want("220"); err != nil {
		b.Fatal(err)
	}
	io.WriteString(conn, "EHLO bench.example\r\n")
	if err := c.want("250"); err != nil {
		b.Fatal(err)
	}
	return c
}

func (c *benchClient) want(code string) error {
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return err
		}
		if !strings.HasPrefix(line, code) {
			return fmt.Errorf("reply %q; want %s", line, code)
		}
		if line[3] == ' ' {
			return nil
		}
	}
}

func (c *benchClient) deliver() error {
	if _, err := io.WriteString(c.conn, "MAIL FROM:<a@elsewhere.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n"); err != nil {
		return err
	}
	for _, code := range []string{"250", "250", "354"} {
		if err := c.want(code); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(c.conn, c.message()); err != nil {
		return err
	}
	return c.want("250")
}

// message makes a text of words that differ from message to message, as the index will have to take them.
func (c *benchClient) message() string {
	var m strings.Builder
	m.Grow(benchSize + 200)
	c.n++
	fmt.Fprintf(&m, "From: Ann <a@elsewhere.test>\r\nTo: alice@example.test\r\nSubject: number %d\r\nMessage-ID: <%d.%d@elsewhere.test>\r\n"+
		"Date: Mon, 2 Mar 2026 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", c.n, c.n, c.rng.Uint64())
	for line := 0; m.Len() < benchSize; line++ {
		for range 10 {
			m.WriteString(benchWords[c.rng.IntN(len(benchWords))])
			m.WriteByte(' ')
		}
		m.WriteString("\r\n")
	}
	m.WriteString(".\r\n")
	return m.String()
}

var benchWords = func() []string {
	rng := rand.New(rand.NewPCG(7, 7))
	words := make([]string, 5000)
	for i := range words {
		b := make([]byte, 2+rng.IntN(9))
		for j := range b {
			b[j] = byte('a' + rng.IntN(26))
		}
		words[i] = string(b)
	}
	return words
}()

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
