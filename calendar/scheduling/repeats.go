package scheduling

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// repeats tells in English how a series goes on. What there are no plain words for is told by the rule itself.
func repeats(r *calendar.Rule) string {
	words := ""
	plain := len(r.BySecond)+len(r.ByMinute)+len(r.ByHour)+len(r.ByYearDay)+len(r.ByWeekNo)+len(r.BySetPos) == 0
	unit := map[calendar.Frequency]string{calendar.Daily: "day", calendar.Weekly: "week", calendar.Monthly: "month", calendar.Yearly: "year"}[r.Freq]
	if unit == "" || !plain {
		return "by the rule " + r.String()
	}
	words = "every " + unit
	if r.Interval > 1 {
		words = fmt.Sprintf("every %d %ss", r.Interval, unit)
	}
	if len(r.ByDay) > 0 {
		words += " on " + list(r.ByDay, weekdayWords)
	}
	if len(r.ByMonthDay) > 0 {
		words += " on the " + list(r.ByMonthDay, ordinal)
	}
	if len(r.ByMonth) > 0 {
		words += " in " + list(r.ByMonth, func(m int) string { return time.Month(m).String() })
	}
	switch {
	case r.Count > 0:
		words += fmt.Sprintf(", %d times", r.Count)
	case !r.Last.IsZero():
		words += ", until " + r.Last.Wall.Format("2 January 2006")
	}
	return words
}

func weekdayWords(d calendar.Weekday) string {
	if d.N == 0 {
		return d.Day.String()
	}
	return "the " + ordinal(d.N) + " " + d.Day.String()
}

// ordinal writes which one of a row, from its end if negative.
func ordinal(n int) string {
	if n == -1 {
		return "last"
	}
	if n < 0 {
		return ordinal(-n) + " to last"
	}
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

func list[T any](items []T, word func(T) string) string {
	var words []string
	for _, it := range items {
		words = append(words, word(it))
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
