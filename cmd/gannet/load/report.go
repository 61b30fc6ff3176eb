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

// report collects the figures.
type report struct {
	began time.Time
	rows  []row
}

// row is one line of the table: a figure, what it is set beside, and their ratio.
type row struct {
	what   string
	figure string
	beside string // the peer of the same run, or the target
	ratio  string
}

// add adds a figure with its peer or target in the same unit. The ratio is figure over beside.
func (r *report) add(what string, figure, beside float64, unit, whose string) {
	line := row{what: what, figure: quantity(figure, unit)}
	if whose != "" {
		line.beside = quantity(beside, unit) + " " + whose
		line.ratio = fmt.Sprintf("%.2f", figure/beside)
	}
	r.rows = append(r.rows, line)
	r.progress("  %s: %s (%s)", line.what, line.figure, cmp.Or(line.beside, "-"))
}

// progress tells whoever waits what goes on.
func (r *report) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs "+format+"\n", append([]any{time.Since(r.began).Seconds()}, args...)...)
}

func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tfigure\tbeside\tratio")
	fmt.Fprintln(t, "----\t------\t------\t-----")
	for _, l := range r.rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.what, l.figure, cmp.Or(l.beside, "-"), cmp.Or(l.ratio, "-"))
	}
	return t.Flush()
}

// quantity writes a number with as many digits as mean something.
func quantity(v float64, unit string) string {
	digits := 0
	if a := math.Abs(v); a < 10 {
		digits = 2
	} else if a < 100 {
		digits = 1
	}
	return strings.TrimSpace(fmt.Sprintf("%.*f %s", digits, v, unit))
}

// timings are durations of one kind.
type timings []time.Duration

// percentile returns the duration that p percent do not exceed, in milliseconds.
func (t timings) percentile(p float64) float64 {
	if len(t) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(t))
	i := int(math.Ceil(p/100*float64(len(sorted)))) - 1
	return milliseconds(sorted[min(max(i, 0), len(sorted)-1)])
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
