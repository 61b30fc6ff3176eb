package protocols

import (
	"net"
	"syscall"
)

// AckAtOnce asks the kernel, where it can, to acknowledge what the client sends next without the usual wait
// for something to send along. It is for the moment after the client was told to go ahead: many programs
// write what they then have in two pieces, and the second leaves their machine only when the first is
// acknowledged, after 40 ms otherwise. It holds until this side sends again; errors do not matter.
func (c *Conn) AckAtOnce() {
	if s, ok := below(c.IdleConn).(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			raw.Control(ackAtOnce)
		}
	}
}

// below is the connection that all wrappings with a NetConn method are around.
func below(c net.Conn) net.Conn {
	for {
		w, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return c
		}
		c = w.NetConn()
	}
}
