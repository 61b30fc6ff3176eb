package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/protocols/imap"
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
	if _, ok := calendar.LoadZone(c.Server.Timezone); !ok && c.Server.Timezone != "" {
		bad("server.timezone", "%q is no zone of the IANA list, such as Europe/Berlin", c.Server.Timezone)
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
	for _, w := range c.IMAP.Without {
		if _, err := imap.ParseWithout(w); err != nil {
			bad("imap.without", "%v", err)
		}
	}
	for _, h := range c.Calendars.Hosts {
		if u, err := url.Parse("https://" + h); err != nil || h == "" || u.Host != h {
			bad("calendars.hosts", "%q is no host, such as calendar.example.test or 10.1.2.3:8080", h)
		}
	}
	if a := c.ActiveSync; a.MaxHeartbeat < a.MinHeartbeat {
		bad("activesync.max_heartbeat", "%v is below activesync.min_heartbeat %v", a.MaxHeartbeat, a.MinHeartbeat)
	}
	if e := time.Duration(c.POP3.Keep); e%day != 0 {
		bad("pop3.keep", "%v is no number of whole days", c.POP3.Keep)
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

// bound is the range in which the values of a key make sense.
type bound struct {
	key      string
	min, max string   // as an operator writes them
	outside  []string // the values that are not in it
}

func durationBound(key string, low, high time.Duration, values ...Duration) bound {
	b := bound{key: key, min: Duration(low).String(), max: Duration(high).String()}
	for _, v := range values {
		if t := time.Duration(v); t < low || t > high {
			b.outside = append(b.outside, v.String())
		}
	}
	return b
}

func numberBound(key string, low, high, value int) bound {
	b := bound{key: key, min: strconv.Itoa(low), max: strconv.Itoa(high)}
	if value < low || value > high {
		b.outside = []string{strconv.Itoa(value)}
	}
	return b
}

func sizeBound(key string, low, high, value Size) bound {
	b := bound{key: key, min: low.String(), max: high.String()}
	if value < low || value > high {
		b.outside = []string{value.String()}
	}
	return b
}

// bounds lists the range of every key that has one.
func (c *Config) bounds() []bound {
	return []bound{
		durationBound("server.drain", time.Second, time.Hour, c.Server.Drain),
		durationBound("queue.expire", time.Minute, 60*day, c.Queue.Expire),
		durationBound("queue.warn_after", 0, 60*day, c.Queue.WarnAfter),
		durationBound("activesync.min_heartbeat", time.Second, time.Hour, c.ActiveSync.MinHeartbeat),
		durationBound("activesync.max_heartbeat", time.Second, 59*time.Minute, c.ActiveSync.MaxHeartbeat),
		durationBound("smtp.idle", 10*time.Second, time.Hour, c.SMTP.Idle),
		durationBound("imap.idle", 30*time.Minute, 24*time.Hour, c.IMAP.Idle), // RFC 9051 allows no less
		durationBound("pop3.idle", 10*time.Minute, time.Hour, c.POP3.Idle),    // RFC 1939 allows no less
		durationBound("pop3.login_delay", 0, day, c.POP3.LoginDelay),
		durationBound("pop3.keep", 0, 3650*day, c.POP3.Keep),
		durationBound("store.tombstones", day, 3650*day, c.Store.Tombstones),
		numberBound("http.connections", 1, 1_000_000, c.HTTP.Connections),
		numberBound("http.per_address", 1, 1_000_000, c.HTTP.PerAddress),
		numberBound("smtp.connections", 1, 100_000, c.SMTP.Connections),
		numberBound("smtp.per_address", 1, 100_000, c.SMTP.PerAddress),
		numberBound("imap.connections", 1, 1_000_000, c.IMAP.Connections),
		numberBound("imap.per_address", 1, 1_000_000, c.IMAP.PerAddress),
		numberBound("imap.per_account", 1, 100_000, c.IMAP.PerAccount),
		numberBound("pop3.connections", 1, 100_000, c.POP3.Connections),
		numberBound("pop3.per_address", 1, 100_000, c.POP3.PerAddress),
		numberBound("smtp.max_recipients", 100, 1000, c.SMTP.MaxRecipients),
		durationBound("queue.retry", time.Second, 7*day, c.Queue.Retry...),
		sizeBound("mail.max_size", 64<<10, 1<<30, c.Mail.MaxSize),
	}
}

// checkBounds holds every key to its range.
func (c *Config) checkBounds(bad func(key, format string, args ...any)) {
	for _, b := range c.bounds() {
		for _, value := range b.outside {
			bad(b.key, "%s is outside %s to %s", value, b.min, b.max)
		}
	}
	if len(c.Queue.Retry) == 0 {
		bad("queue.retry", "there must be at least one wait")
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
