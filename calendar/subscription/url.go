package subscription

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// maxURL is the length of the longest URL, in bytes.
const maxURL = 2048

// errNoURL says no more than that, for what was given may hold a secret.
var errNoURL = fmt.Errorf("that is not the address of a calendar (https://… or webcal://…): %w", store.Invalid)

// parseURL reads the address of a calendar as people are given it and returns it in one form.
func (s *Service) parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Hostname() == "" || u.Opaque != "" || len(text) > maxURL {
		return nil, errNoURL
	}
	switch strings.ToLower(u.Scheme) {
	case "webcal", "webcals":
		u.Scheme = "https"
	}
	u.Host, u.Fragment, u.RawFragment = strings.ToLower(u.Host), "", ""
	return u, s.refuse(u)
}

// refuse says why a URL is not asked.
func (s *Service) refuse(u *url.URL) error {
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && s.o.Hosts.Have(u.Host):
		return nil
	case u.Scheme == "http":
		return fmt.Errorf("%s is to be asked without encryption; %s: %w", u.Hostname(), allowing(u), store.Invalid)
	}
	return errNoURL
}

// allowing says what makes the service ask a host that it does not ask by itself.
func allowing(u *url.URL) string {
	return fmt.Sprintf("to allow that, add %q to calendars.hosts in gannet.toml and restart the server", u.Host)
}

// follow says why a redirect is not followed.
func (s *Service) follow(from, to *url.URL) error {
	if from.Scheme == "https" && to.Scheme != "https" {
		return errors.New("a redirect leads away from https")
	}
	return s.refuse(to)
}

// isSource reports whether the source of a collection is one of this package's.
func isSource(source string) bool {
	return strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://")
}

// hostOf is all that is shown of a source.
func hostOf(source string) string {
	u, err := url.Parse(source)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
