package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
)

// print writes what is known of how a device fares: figures, then what happened to it, in sentences.
func (d *deviceDoctor) print(w io.Writer) {
	c := &d.Counters
	row(w, "waiting", d.Waiting)
	row(w, "counted since", c.Since)
	row(w, "requests", fmt.Sprint(c.Total(), perHour(c.Total(), c.Since), counts(c.Requests)))
	row(w, "bytes", fmt.Sprintf("%s in, %s out", rough(c.In), rough(c.Out)))
	row(w, "waits", fmt.Sprintf("%d, of these %d in vain, %d cut off", c.Waits, c.Vain, c.Cut))
	row(w, "heartbeat", heartbeatText(d.Heartbeat))
	row(w, "woken by", d.wakes())
	row(w, "new items reached it in", pushText(&c.Push))
	row(w, "held back", fmt.Sprintf("%d told to come later, %d delayed", c.Throttled, c.Delayed))
	row(w, "refused", strings.TrimPrefix(counts(c.Refused), ": "))
	if c.Error != "" {
		row(w, "last refusal", c.ErrorAt.Local().Format("2006-01-02 15:04")+" it "+c.Error)
	}
	if len(d.Story) > 0 {
		fmt.Fprintln(w, "\nwhat happened:")
	}
	for _, sentence := range d.Story {
		fmt.Fprintln(w, plain(sentence))
	}
}

// counts lists counts, the largest first.
func counts(list []doctor.Count) string {
	if len(list) == 0 {
		return ""
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b doctor.Count) int { return int(b.N - a.N) })
	parts := make([]string, 0, len(list))
	for _, c := range list {
		parts = append(parts, fmt.Sprint(c.N, " ", c.Name))
	}
	return ": " + strings.Join(parts, ", ")
}

// perHour is a rate, once there was an hour to measure it in.
func perHour(n int64, since time.Time) string {
	hours := time.Since(since).Hours()
	if since.IsZero() || hours < 1 {
		return ""
	}
	return fmt.Sprintf(" (%.1f an hour)", float64(n)/hours)
}

func heartbeatText(h doctor.Heartbeat) string {
	switch {
	case h.Asked == 0:
		return ""
	case h.Limit != 0:
		return fmt.Sprintf("asks for %s; its network was found to allow %s", doctor.Span(h.Asked), doctor.Span(h.Limit))
	case h.Survived != 0:
		return fmt.Sprintf("asks for %s; up to %s came through", doctor.Span(h.Asked), doctor.Span(h.Survived))
	}
	return "asks for " + doctor.Span(h.Asked)
}

// wakes lists what woke the device, the most frequent first.
func (d *deviceDoctor) wakes() string {
	wakes := slices.Clone(d.Counters.Wakes)
	slices.SortStableFunc(wakes, func(a, b doctor.Wake) int { return int(b.N - a.N) })
	parts := make([]string, 0, len(wakes))
	for _, k := range wakes {
		name := d.Folders[k.Collection]
		switch {
		case k.Why == doctor.FolderTree:
			name = "the folder tree"
		case name == "":
			name = "other folders"
		}
		parts = append(parts, fmt.Sprintf("%d %s in %s", k.N, wakeText[k.Why], name))
	}
	return strings.Join(parts, ", ")
}

var wakeText = map[doctor.Why]string{
	doctor.ItemAdded: "new", doctor.ItemChanged: "changed", doctor.ItemRemoved: "gone", doctor.NotBegun: "to synchronise",
	doctor.FolderTree: "changes",
}

func pushText(p *doctor.Push) string {
	if p.N == 0 {
		return ""
	}
	worst := time.Duration(p.Worst) * time.Millisecond
	return fmt.Sprintf("%s (median of the last), %s at worst, of %d", doctor.Span(p.Median()), doctor.Span(worst), p.N)
}
