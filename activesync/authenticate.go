package activesync

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/store"
)

// slowest is how long at most a client with a password that was refused before waits for the next refusal.
const slowest = 10 * time.Second

// person is who asks, and by which name.
type person struct {
	account store.Account
	login   string
}

// authenticate checks the credentials of a request, and that the User of its request line is the same
// person. It answers the request itself when it reports false.
func (h *Handler) authenticate(w http.ResponseWriter, r *http.Request, query Query) (person, bool) {
	login, password, ok := auth.ParseBasic(r.Header.Get("Authorization"))
	if !ok {
		protocols.BasicChallenge(w, h.Hostname)
		return person{}, false
	}
	ctx := r.Context()
	id, err := h.Auth.Verify(ctx, auth.Attempt{
		Login: login, Password: password, Proto: auth.EAS, Remote: protocols.HTTPRemote(r), Device: query.DeviceID,
	})
	if err != nil {
		h.refuse(ctx, w, err)
		return person{}, false
	}
	if id.Account.Disabled {
		http.Error(w, "account disabled", http.StatusForbidden)
		return person{}, false
	}
	same, err := h.samePerson(ctx, query.User, login, id.Account)
	if err != nil {
		h.refuse(ctx, w, err)
		return person{}, false
	}
	if !same {
		h.Log.Info("User is not who logged in", protocols.LogAccount, id.Account.Name,
			protocols.LogRemote, protocols.HTTPRemote(r).String(), "user", query.User)
		http.Error(w, "User does not match the credentials", http.StatusForbidden)
		return person{}, false
	}
	return person{id.Account, login}, true
}

// refuse answers a login that failed with err. A password that is known to be wrong is refused slowly: a
// phone with an old one comes again and again.
func (h *Handler) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	var busy *auth.Throttled
	switch {
	case errors.Is(err, auth.ErrCredentials):
		protocols.BasicChallenge(w, h.Hostname)
	case errors.As(err, &busy) && busy.Refused:
		if sleep(ctx, min(busy.RetryAfter, slowest)) != nil {
			return
		}
		protocols.SetRetryAfter(w.Header(), busy.RetryAfter)
		protocols.BasicChallenge(w, h.Hostname)
	case errors.As(err, &busy):
		h.retryLater(w, busy.RetryAfter)
	case ctx.Err() != nil:
	default:
		h.Log.Error("login", "error", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	}
}

// retryLater answers 503 with the time after which to come again.
func (h *Handler) retryLater(w http.ResponseWriter, after time.Duration) {
	protocols.SetRetryAfter(w.Header(), after)
	w.Header().Set("X-MS-ASThrottle", "CommandFrequency")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// samePerson reports whether the User parameter means the account: the login, the primary address or an
// alias, with or without a domain in front. An absent one does.
func (h *Handler) samePerson(ctx context.Context, user, login string, acct store.Account) (bool, error) {
	if user == "" || sameLogin(user, login) || sameLogin(user, acct.Name) {
		return true, nil
	}
	return h.Auth.Owns(ctx, acct.ID, bareLogin(user))
}

// sameLogin compares two ways to write a login; a domain that only one of them has does not count.
func sameLogin(a, b string) bool {
	a, b = bareLogin(a), bareLogin(b)
	if strings.EqualFold(a, b) {
		return true
	}
	userA, domainA, _ := strings.Cut(a, "@")
	userB, domainB, _ := strings.Cut(b, "@")
	return strings.EqualFold(userA, userB) && (domainA == "" || domainB == "")
}

// bareLogin removes DOMAIN\ from a login.
func bareLogin(s string) string {
	if _, user, ok := strings.Cut(s, `\`); ok {
		return user
	}
	return s
}

// sleep waits for d or until the client is gone.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
