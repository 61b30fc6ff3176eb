package activesync

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
)

// refusing is an Authenticator that lets nobody in.
type refusing struct {
	Authenticator
	err error
}

func (r refusing) Verify(context.Context, auth.Attempt) (auth.Identity, error) {
	return auth.Identity{}, r.err
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		code  int
		retry string
		takes time.Duration
	}{
		{"wrong password", auth.ErrCredentials, 401, "", 0},
		{"wrong again", &auth.Throttled{RetryAfter: 1500 * time.Millisecond, Refused: true}, 401, "2", 1500 * time.Millisecond},
		{"wrong for ever", &auth.Throttled{RetryAfter: time.Hour, Refused: true}, 401, "3600", slowest},
		{"too many attempts", &auth.Throttled{RetryAfter: 90 * time.Second}, 503, "90", 0},
		{"store is busy", store.Busy, 503, "", 0},
		{"anything else", errors.New("out of order"), 503, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := New(Options{Auth: refusing{err: tt.err}, Hostname: "mx.example.test"})
				req := httptest.NewRequest(http.MethodPost, "/Microsoft-Server-ActiveSync?Cmd=Sync", nil)
				req.SetBasicAuth(rita, password)
				rec := httptest.NewRecorder()
				began := time.Now()
				h.ServeHTTP(rec, req)
				if rec.Code != tt.code || rec.Header().Get("Retry-After") != tt.retry || time.Since(began) != tt.takes {
					t.Errorf("%d, Retry-After %q, after %v", rec.Code, rec.Header().Get("Retry-After"), time.Since(began))
				}
			})
		})
	}
}

func TestSameLogin(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"rita", "rita@example.test", true}, {"RITA", "rita", true}, {`HOME\rita`, "rita@example.test", true},
		{"rita@example.test", "rita@Example.Test", true}, {"rita@example.test", "rita@other.test", false},
		{"rita", "otto", false}, {"rita", "otto@example.test", false}, {`HOME\rita@example.test`, "rita", true},
	}
	for _, tt := range tests {
		if got := sameLogin(tt.a, tt.b); got != tt.want {
			t.Errorf("sameLogin(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}
