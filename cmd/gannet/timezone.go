package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// zone is the zone in which the people of this server live, unless their accounts say otherwise: the one that is
// configured, else the machine's. known is false when the machine does not name it either; then it is UTC.
func (c *Config) zone() (zone *time.Location, known bool) {
	names := []string{c.Server.Timezone}
	if c.Server.Timezone == "" {
		names = machineZones()
	}
	for _, name := range names {
		if _, ok := calendar.LoadZone(name); !ok {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, true
		}
	}
	return time.UTC, false
}

// machineZones lists what the machine says of its zone, as IANA names, the strongest first.
func machineZones() []string {
	names := []string{strings.TrimPrefix(os.Getenv("TZ"), ":")}
	if to, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(filepath.ToSlash(to), "/zoneinfo/"); ok {
			names = append(names, name)
		}
	}
	if raw, err := os.ReadFile("/etc/timezone"); err == nil {
		names = append(names, strings.TrimSpace(string(raw)))
	}
	return names
}

// calendarZone is zone as calendars have it.
func (c *Config) calendarZone() *calendar.Zone {
	zone, _ := c.zone()
	z, _ := calendar.LoadZone(zone.String())
	return z
}
