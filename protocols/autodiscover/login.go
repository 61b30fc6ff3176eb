package autodiscover

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/protocols"
)

// login finds out who asks. It answers the request itself when it reports false.
func (h *Handler) login(w http.ResponseWriter, r *http.Request) (auth.Identity, bool) {
	name, password, ok := auth.ParseBasic(r.Header.Get("Authorization"))
	if !ok {
		h.challenge(w)
		return auth.Identity{}, false
	}
	id, err := h.o.Auth.Verify(r.Context(), auth.Attempt{
		Login: name, Password: password, Proto: auth.Discover, Remote: remote(r),
	})
	var wait *auth.Throttled
	switch {
	case err == nil:
		return id, true
	case errors.Is(err, auth.ErrCredentials):
		h.challenge(w)
	case errors.As(err, &wait) && wait.Refused: // the person is told that the password is wrong, not that we are
		w.Header().Set("Retry-After", seconds(wait.RetryAfter))
		h.challenge(w)
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", seconds(wait.RetryAfter))
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	case r.Context().Err() != nil: // the client is gone
	default:
		h.fault(w, r, "login", err)
	}
	return auth.Identity{}, false
}

// challenge answers 401. Only Basic is offered: old phones cannot choose.
func (h *Handler) challenge(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q, charset=\"UTF-8\"", h.o.Hostname))
	http.Error(w, "log in with name and password", http.StatusUnauthorized)
}

// fault answers 503 for an error of ours, which is logged and not shown.
func (h *Handler) fault(w http.ResponseWriter, r *http.Request, what string, err error) {
	h.o.Log.ErrorContext(r.Context(), what, protocols.LogProto, "autodiscover", protocols.LogRemote, r.RemoteAddr, protocols.LogError, err)
	w.Header().Set("Retry-After", "30")
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}

// seconds writes a duration for Retry-After, rounded up and at least one second.
func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// remote is the address of the client; the zero Addr if it has none.
func remote(r *http.Request) netip.Addr {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr().Unmap()
	}
	a, err := netip.ParseAddr(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}
