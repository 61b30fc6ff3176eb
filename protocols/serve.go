package protocols

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
)

// Serve accepts connections from ln, which it closes, and runs handle for each in a goroutine, until ctx
// ends. Then each handler's context ends, which tells it to finish what it is doing, say goodbye and
// return; what is still open after [Options].Grace is closed. Serve returns when all handlers have. The
// error is nil when ctx ended, else that of Accept. A connection is closed when its handler returns; a
// panic ends only the connection.
func Serve(ctx context.Context, ln net.Listener, o Options, handle func(context.Context, *Conn)) error {
	l := Listen(ln, o)
	var handlers sync.WaitGroup
	defer handlers.Wait()
	working, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		c, err := l.accept()
		if err != nil {
			stop()
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.o.Grace)
			defer cancel()
			if left := l.Shutdown(end); left != nil {
				l.o.Log.Warn("stop", LogProto, o.Proto, LogError, left)
			}
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept on %v: %w", ln.Addr(), err)
		}
		handlers.Go(func() {
			defer c.Close()
			defer rescue(ctx, c)
			handle(working, c)
		})
	}
}

// rescue turns a handler's panic into a log record.
func rescue(ctx context.Context, c *Conn) {
	if p := recover(); p != nil {
		c.Log().ErrorContext(ctx, "panic", LogError, p, "stack", string(debug.Stack()))
	}
}
