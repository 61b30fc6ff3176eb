package protocols

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// Why a connection is refused.
var (
	ErrTooMany            = errors.New("too many connections")
	ErrTooManyFromAddress = errors.New("too many connections from this address")
)

// limiter counts connections, together and by address.
type limiter struct {
	most, mostEach int // 0: no limit

	mu    sync.Mutex
	total int
	each  map[netip.Prefix]int
}

// take counts a connection from p, or says which limit is reached.
func (l *limiter) take(p netip.Prefix) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.most > 0 && l.total >= l.most:
		return ErrTooMany
	case p.IsValid() && l.mostEach > 0 && l.each[p] >= l.mostEach:
		return ErrTooManyFromAddress
	}
	l.total++
	if p.IsValid() {
		if l.each == nil {
			l.each = make(map[netip.Prefix]int)
		}
		l.each[p]++
	}
	return nil
}

// give undoes a take.
func (l *limiter) give(p netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if !p.IsValid() {
		return
	}
	if l.each[p]--; l.each[p] == 0 {
		delete(l.each, p)
	}
}

// remoteIP returns the network address of a connection's other end; invalid for one that has none, such
// as a Unix socket.
func remoteIP(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// counted is what an address is counted by.
func counted(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address
	}
	return p
}
