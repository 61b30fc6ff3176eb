package autodiscover

import (
	"errors"
	"net/http"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/protocols"
)

// login finds out who asks. It answers the request itself when it reports false.
func (h *Handler) login(w http.ResponseWriter, r *http.Request) (auth.Identity, bool) {
	name, password, ok := auth.ParseBasic(r.Header.Get("Authorization"))
	if !ok {
		protocols.BasicChallenge(w, h.o.Hostname)
		return auth.Identity{}, false
	}
	id, err := h.o.Auth.Verify(r.Context(), auth.Attempt{
		Login: name, Password: password, Proto: auth.Discover, Remote: protocols.HTTPRemote(r),
	})
	var wait *auth.Throttled
	switch {
	case err == nil:
		return id, true
	case errors.Is(err, auth.ErrCredentials):
		protocols.BasicChallenge(w, h.o.Hostname)
	case errors.As(err, &wait) && wait.Refused: // the person is told that the password is wrong, not that we are
		protocols.SetRetryAfter(w.Header(), wait.RetryAfter)
		protocols.BasicChallenge(w, h.o.Hostname)
	case errors.As(err, &wait):
		protocols.SetRetryAfter(w.Header(), wait.RetryAfter)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	case r.Context().Err() != nil: // the client is gone
	default:
		h.fault(w, r, "login", err)
	}
	return auth.Identity{}, false
}

// fault answers 503 for an error of ours, which is logged and not shown.
func (h *Handler) fault(w http.ResponseWriter, r *http.Request, what string, err error) {
	h.o.Log.ErrorContext(r.Context(), what, protocols.LogProto, "autodiscover", protocols.LogRemote, r.RemoteAddr, protocols.LogError, err)
	w.Header().Set("Retry-After", "30")
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}
