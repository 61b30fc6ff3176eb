package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail/queue"
)

// The values of Config. Each reads itself from text (TOML string, --set, environment) and writes
// itself the way an operator would type it.

// Listen is host:port, or off. Port 0 takes any free one.
type Listen string

const off Listen = "off"

// Enabled reports whether the listener is wanted.
func (l Listen) Enabled() bool { return l != off }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Listen) UnmarshalText(text []byte) error {
	s := string(text)
	if s == string(off) {
		*l = off
		return nil
	}
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not host:port and not off", s)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q: the port must be a number from 0 to 65535", s)
	}
	*l = Listen(s)
	return nil
}

// Duration is a time.Duration that also knows days: "90s", "5d", "1d12h".
type Duration time.Duration

const day = 24 * time.Hour

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "", s
	}
	var sum time.Duration
	if found {
		n, err := strconv.ParseUint(days, 10, 15)
		if err != nil {
			return badDuration(s)
		}
		sum = time.Duration(n) * day
	}
	if rest != "" {
		part, err := time.ParseDuration(rest)
		if err != nil || part < 0 {
			return badDuration(s)
		}
		sum += part
	}
	if s == "" || sum < 0 {
		return badDuration(s)
	}
	*d = Duration(sum)
	return nil
}

func badDuration(s string) error {
	return fmt.Errorf("%q is not a length of time such as 90s, 15m, 12h or 5d", s)
}

// String writes days where they come out even.
func (d Duration) String() string {
	t := time.Duration(d)
	if t >= day && t%day == 0 {
		return strconv.Itoa(int(t/day)) + "d"
	}
	s := t.String()
	if t >= time.Minute && t%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if t >= time.Hour && t%time.Hour == 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Size is a number of bytes: "50MB", "512 KB", "1048576". Units are powers of 1024.
type Size int64

var sizeUnits = []struct {
	name string
	size Size
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *Size) UnmarshalText(text []byte) error {
	s := strings.ToUpper(strings.TrimSpace(string(text)))
	s = strings.Replace(s, "IB", "B", 1)
	unit := Size(1)
	for _, u := range sizeUnits {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(number), u.size
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(unit) {
		return fmt.Errorf("%q is not a size such as 512KB, 50MB or 2GB", text)
	}
	*z = Size(n) * unit
	return nil
}

// String writes the largest unit that comes out even.
func (z Size) String() string {
	for _, u := range sizeUnits {
		if z >= u.size && z%u.size == 0 {
			return strconv.FormatInt(int64(z/u.size), 10) + u.name
		}
	}
	return "0"
}

// Prefix is a network; a single address is a network of one.
type Prefix struct{ netip.Prefix }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Prefix) UnmarshalText(text []byte) error {
	s := string(text)
	if a, err := netip.ParseAddr(s); err == nil {
		p.Prefix = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		return nil
	}
	n, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf("%q is not an address or a network such as 10.0.0.0/8", s)
	}
	p.Prefix = n.Masked()
	return nil
}

// Route is where mail of a domain goes: smtp://host:port and what else [queue.ParseRoute] reads.
type Route string

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Route) UnmarshalText(text []byte) error {
	if _, err := queue.ParseRoute(string(text)); err != nil {
		return err
	}
	*r = Route(text)
	return nil
}

// Level is a level of log/slog.
type Level string

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	switch s := string(text); s {
	case "debug", "info", "warn", "error":
		*l = Level(s)
		return nil
	}
	return fmt.Errorf("%q is not debug, info, warn or error", text)
}

func (l Level) slog() slog.Level {
	var s slog.Level
	if s.UnmarshalText([]byte(l)) != nil {
		return slog.LevelInfo
	}
	return s
}

// Format is the form of log lines.
type Format string

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Format) UnmarshalText(text []byte) error {
	switch s := string(text); s {
	case "text", "json":
		*f = Format(s)
		return nil
	}
	return errors.New(strconv.Quote(string(text)) + " is not text or json")
}
