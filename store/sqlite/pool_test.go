package sqlite

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A burst of readers waits for the pool's connections and gets few more; a reader inside a reader, which
// nobody else can help, gets one more.
func TestPoolGrowsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := 0
		var mu sync.Mutex
		p := newPool(2, func() (*conn, error) {
			mu.Lock()
			defer mu.Unlock()
			opened++
			return &conn{}, nil
		})
		count := func() int {
			mu.Lock()
			defer mu.Unlock()
			return opened
		}
		ctx, cancel := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		for range 1000 {
			readers.Go(func() { p.get(ctx) }) // and keeps it
		}
		time.Sleep(p.patience / 2)
		synctest.Wait()
		if n := count(); n != 2 {
			t.Errorf("%d opened at once; want 2", n)
		}
		time.Sleep(4 * p.patience)
		synctest.Wait()
		if n := count(); n < 4 || n > 7 {
			t.Errorf("%d opened after a while; want about one more in each %v", n, p.patience)
		}
		cancel()
		readers.Wait()
		time.Sleep(p.patience)
	})
}
