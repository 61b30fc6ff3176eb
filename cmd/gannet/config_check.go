package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store/address"
)

// defaultRoute is the key under routes for every domain without a route of its own.
const defaultRoute = "default"

// Validate reports every problem at once, each naming the key to change. It also brings host names
// into canonical form.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", key, fmt.Errorf(format, args...)))
	}
	if host, err := address.Domain(c.Server.Hostname); err != nil {
		bad("server.hostname", "%q is not a host name", c.Server.Hostname)
	} else {
		c.Server.Hostname = host
	}
	if err := c.canonicalRoutes(); err != nil {
		errs = append(errs, err)
	}
	for i, d := range c.Auth.DefaultDomains {
		domain, err := address.Domain(d)
		if err != nil {
			bad("auth.default_domains", "%q is not a domain", d)
			continue
		}
		c.Auth.DefaultDomains[i] = domain
	}
	if a := c.ActiveSync; a.MaxHeartbeat < a.MinHeartbeat {
		bad("activesync.max_heartbeat", "%v is below activesync.min_heartbeat %v", a.MaxHeartbeat, a.MinHeartbeat)
	}
	if u, err := url.Parse(c.HTTP.PublicURL); c.HTTP.PublicURL != "" && (err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "") {
		bad("http.public_url", "%q is not of the form https://host or https://host:port", c.HTTP.PublicURL)
	}
	c.checkBounds(bad)
	c.checkListeners(bad)
	if c.TLS.Cert == "" || c.TLS.Key == "" {
		bad("tls.cert", "tls.cert and tls.key must both name a file")
	}
	return errors.Join(errs...)
}

// checkBounds holds every number to the range in which it makes sense.
func (c *Config) checkBounds(bad func(key, format string, args ...any)) {
	durations := []struct {
		key      string
		is       Duration
		min, max time.Duration
	}{
		{"server.drain", c.Server.Drain, time.Second, time.Hour},
		{"queue.expire", c.Queue.Expire, time.Minute, 60 * day},
		{"queue.warn_after", c.Queue.WarnAfter, 0, 60 * day},
		{"activesync.min_heartbeat", c.ActiveSync.MinHeartbeat, time.Second, time.Hour},
		{"activesync.max_heartbeat", c.ActiveSync.MaxHeartbeat, time.Second, 59 * time.Minute},
		{"smtp.idle", c.SMTP.Idle, 10 * time.Second, time.Hour},
		{"pop3.idle", c.POP3.Idle, 10 * time.Minute, time.Hour}, // RFC 1939 allows no less
		{"store.tombstones", c.Store.Tombstones, day, 3650 * day},
	}
	for _, d := range durations {
		if t := time.Duration(d.is); t < d.min || t > d.max {
			bad(d.key, "%v is outside %v to %v", d.is, Duration(d.min), Duration(d.max))
		}
	}
	if len(c.Queue.Retry) == 0 {
		bad("queue.retry", "there must be at least one wait")
	}
	for _, d := range c.Queue.Retry {
		if t := time.Duration(d); t < time.Second || t > 7*day {
			bad("queue.retry", "%v is outside 1s to 7d", d)
		}
	}
	numbers := []struct {
		key          string
		is, min, max int
	}{
		{"http.connections", c.HTTP.Connections, 1, 1_000_000},
		{"http.per_address", c.HTTP.PerAddress, 1, 1_000_000},
		{"smtp.connections", c.SMTP.Connections, 1, 100_000},
		{"smtp.per_address", c.SMTP.PerAddress, 1, 100_000},
		{"pop3.connections", c.POP3.Connections, 1, 100_000},
		{"pop3.per_address", c.POP3.PerAddress, 1, 100_000},
		{"smtp.max_recipients", c.SMTP.MaxRecipients, 100, 1000},
	}
	for _, n := range numbers {
		if n.is < n.min || n.is > n.max {
			bad(n.key, "%d is outside %d to %d", n.is, n.min, n.max)
		}
	}
	if z := c.Mail.MaxSize; z < 64<<10 || z > 1<<30 {
		bad("mail.max_size", "%v is outside 64KB to 1GB", z)
	}
}

// checkListeners refuses two listeners on one address.
func (c *Config) checkListeners(bad func(key, format string, args ...any)) {
	taken := map[Listen]string{}
	for _, l := range c.listeners() {
		if !l.at.Enabled() {
			continue
		}
		_, port, _ := net.SplitHostPort(string(l.at))
		if other, ok := taken[l.at]; ok && port != "0" {
			bad(l.key, "%s is also the address of %s", l.at, other)
		}
		taken[l.at] = l.key
	}
}

// listener is one key of the listen section.
type listener struct {
	key  string // listen.https
	name string // https
	at   Listen
}

// listeners lists the listen section in its order.
func (c *Config) listeners() []listener {
	var all []listener
	for _, f := range c.fields() {
		if at, ok := f.v.Interface().(Listen); ok {
			all = append(all, listener{key: f.key, name: f.key[len("listen."):], at: at})
		}
	}
	return all
}
