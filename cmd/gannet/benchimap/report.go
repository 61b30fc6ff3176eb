package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one figure of the table.
type row struct {
	what   string
	unit   string
	higher bool // the higher the better; else the lower
}

// line is a row with what was measured, by side.
type line struct {
	row
	figures map[string][]float64
}

// report collects the figures.
type report struct {
	began time.Time
	lines []*line
}

// add adds a figure of one round.
func (r *report) add(what row, side string, figure float64) {
	i := slices.IndexFunc(r.lines, func(l *line) bool { return l.row == what })
	if i < 0 {
		i = len(r.lines)
		r.lines = append(r.lines, &line{row: what, figures: map[string][]float64{}})
	}
	l := r.lines[i]
	l.figures[side] = append(l.figures[side], figure)
	r.progress("  %-8s %s: %s", side, what.what, quantity(figure, what.unit))
}

// progress tells whoever waits what goes on.
func (r *report) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs "+format+"\n", append([]any{time.Since(r.began).Seconds()}, args...)...)
}

// print writes the table: medians of the rounds, and ours beside theirs, above 1 where we are better.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "what\t%s\t%s\tratio (above 1: %s is better)\n----\t------\t------\t-----\n", ours, theirs, ours)
	for _, l := range r.lines {
		mine, other := median(l.figures[ours]), median(l.figures[theirs])
		ratio := other / mine
		if l.higher {
			ratio = mine / other
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.what, quantity(mine, l.unit), quantity(other, l.unit), cmp.Or(quantity(ratio, ""), "-"))
	}
	return t.Flush()
}

// quantity writes a number with as many digits as mean something; nothing for none.
func quantity(v float64, unit string) string {
	if math.IsNaN(v) {
		return "-"
	}
	digits := 0
	switch a := math.Abs(v); {
	case a < 1:
		digits = 3
	case a < 10:
		digits = 2
	case a < 100:
		digits = 1
	}
	return strings.TrimSpace(fmt.Sprintf("%.*f %s", digits, v, unit))
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(of))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
