package subscription

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// form is the way in which events are made of what was fetched. Another one makes all of them anew.
const form = "1"

// noise are the properties that do not count when an event is compared: those that say when something was written and by
// what, the UID, and those that are not kept.
var noise = map[string]bool{
	"UID": true, "DTSTAMP": true, "CREATED": true, "LAST-MODIFIED": true, "PRODID": true,
	"ATTENDEE": true, "ORGANIZER": true, "REQUEST-STATUS": true,
}

// printOf is a fingerprint of what an object says, given as text in the form that calendar writes.
func printOf(text []byte) string {
	h := sha256.New()
	h.Write([]byte(form))
	skip, alarms := false, 0
	for line := range bytes.Lines(text) {
		if line[0] == ' ' || line[0] == '\t' {
			if !skip {
				h.Write(line)
			}
			continue
		}
		upper := strings.ToUpper(string(bytes.TrimRight(line, "\r\n")))
		name := upper
		if i := strings.IndexAny(upper, ":;"); i >= 0 {
			name = upper[:i]
		}
		if upper == "BEGIN:"+calendar.VAlarm {
			alarms++
		}
		skip = alarms > 0 || noise[name]
		if upper == "END:"+calendar.VAlarm && alarms > 0 {
			alarms--
		}
		if !skip {
			h.Write(line)
		}
	}
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil)[:18])
}

// A summary is what the store keeps of an event of such a calendar. There is no extent of package calendar's in it: what
// others publish makes nobody busy.
type summary struct {
	Print string `json:"feed"` // fingerprint
}

// summaryOf has a fingerprint.
func summaryOf(print string) ([]byte, error) { return json.Marshal(summary{print}) }

// printIn is the fingerprint in a summary, "" if there is none.
func printIn(r store.Record) string {
	var s summary
	if json.Unmarshal(r.Item.Summary, &s) != nil {
		return ""
	}
	return s.Print
}
