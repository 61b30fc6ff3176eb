package protocols

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// HTTPRemote is the network address of a request's client; the zero Addr if it has none.
func HTTPRemote(r *http.Request) netip.Addr {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr().Unmap()
	}
	addr, _ := netip.ParseAddr(r.RemoteAddr) // without a port behind a proxy
	return addr.Unmap()
}

// BasicChallenge answers 401. Only Basic is offered: old phones cannot choose. RFC 7617.
func BasicChallenge(w http.ResponseWriter, realm string) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q, charset=\"UTF-8\"", realm))
	http.Error(w, "log in with name and password", http.StatusUnauthorized)
}

// SetRetryAfter says in the header of an answer when to come again: in whole seconds, rounded up, at least one.
func SetRetryAfter(h http.Header, d time.Duration) {
	h.Set("Retry-After", strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10))
}
