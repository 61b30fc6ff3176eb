package subscription

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/fetch"
)

// Bounds of one fetch.
const (
	maxFeed      = 20 << 20 // bytes, without compression
	maxRedirects = 5
	dialTime     = 10 * time.Second
	answerTime   = 30 * time.Second
	fetchTime    = 90 * time.Second // for all of it
	maxValidator = 1024             // bytes of an ETag or a date
)

// An answer is what a server says to a fetch that did not fail.
type answer struct {
	same     bool // the calendar is what it was; the fields below are then empty
	body     []byte
	etag     string
	modified string        // Last-Modified, as it was written
	maxAge   time.Duration // of Cache-Control; 0: not said
}

// A statusError is an HTTP status that is no calendar.
type statusError struct {
	status int
	retry  time.Duration // Retry-After; 0: not said
}

func (e *statusError) Error() string {
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("the server wants a name and a password, or other ones (HTTP %d)", e.status)
	case http.StatusNotFound:
		return "there is no calendar at that address (HTTP 404)"
	case http.StatusGone:
		return "the calendar is gone for good (HTTP 410)"
	}
	return strings.TrimSpace(fmt.Sprintf("the server answered HTTP %d %s", e.status, http.StatusText(e.status)))
}

// get fetches a calendar unless it is the one that the server had called etag and modified. Errors do not hold the URL.
func (s *Service) get(ctx context.Context, source, etag, modified string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	from, err := url.Parse(source)
	if err != nil {
		return nil, errNoURL
	}
	if err := s.refuse(from); err != nil {
		return nil, err // the operator may have thought better of it
	}
	client := fetch.Client(fetch.Options{
		Hosts: s.o.Hosts, Redirects: maxRedirects, DialTime: dialTime, AnswerTime: answerTime, Compressed: true,
		Refuse: func(to *url.URL) error { return s.follow(from, to) }, Roots: s.o.Roots,
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return nil, errNoURL
	}
	req.Header.Set("Accept", "text/calendar, */*;q=0.1")
	req.Header.Set("User-Agent", "Gannet")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	if modified != "" {
		req.Header.Set("If-Modified-Since", modified)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, s.unreachable(from, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotModified && (etag != "" || modified != ""):
		return &answer{same: true, maxAge: maxAge(res.Header)}, nil
	case res.StatusCode != http.StatusOK:
		return nil, &statusError{res.StatusCode, retryAfter(res.Header, s.o.Now())}
	}
	a := &answer{etag: validator(res.Header, "ETag"), modified: validator(res.Header, "Last-Modified"), maxAge: maxAge(res.Header)}
	if a.body, err = fetch.Body(res.Body, maxFeed); err != nil {
		return nil, fmt.Errorf("the calendar was not read to its end: %w", fetch.Cause(err))
	}
	return a, nil
}

// unreachable says in words of people why a server was not reached.
func (s *Service) unreachable(u *url.URL, err error) error {
	if errors.Is(err, fetch.ErrPrivate) {
		return private(u, err)
	}
	err = fetch.Cause(err)
	switch {
	case strings.Contains(err.Error(), "Location"): // net/http repeats it
		return fmt.Errorf("%s leads elsewhere, and does not say where", u.Hostname())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer in time", u.Hostname())
	}
	return fmt.Errorf("%s was not reached: %w", u.Hostname(), err)
}

// validator is a header field that a later fetch repeats; one that is too long is none.
func validator(h http.Header, name string) string {
	if v := h.Get(name); len(v) <= maxValidator {
		return v
	}
	return ""
}

// maxAge is how long an answer may be kept. RFC 9111, section 5.2.2.1.
func maxAge(h http.Header) time.Duration {
	for _, field := range h.Values("Cache-Control") {
		for one := range strings.SplitSeq(field, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
			if n, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil && n > 0 && strings.EqualFold(name, "max-age") {
				return min(time.Duration(n), 1<<31) * time.Second
			}
		}
	}
	return 0
}

// retryAfter is when a server wants to be asked again, from now. RFC 9110, section 10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil {
		return time.Duration(min(max(n, 0), 1<<31)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// private says that u, or what it leads to, is in a network that is not asked.
func private(u *url.URL, err error) error {
	if at := (*url.Error)(nil); errors.As(err, &at) {
		if last, bad := url.Parse(at.URL); bad == nil {
			u = last
		}
	}
	cause := fetch.Cause(err)
	if dial := (*net.OpError)(nil); errors.As(cause, &dial) {
		cause = dial.Err
	}
	if _, bad := netip.ParseAddr(u.Hostname()); bad == nil {
		return fmt.Errorf("%w; %s", cause, allowing(u))
	}
	return fmt.Errorf("%s: %w; %s", u.Hostname(), cause, allowing(u))
}
